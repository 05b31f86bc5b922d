"""How many twinnings carry a practice elsewhere: kept beside it by whatever changes that."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import func, select, update

from core.actor import SYSTEM, Role
from core.database import db
from core.events import Event
from practices.models import Practice
from tests.factories.members import member_with
from tests.factories.practices import StoryFactory
from tests.factories.twinning import region, twinning_between
from tests.visitor import Visitor, text_of
from twinning import services
from twinning.models import Twinning, TwinningState, TwinningVisibility
from twinning.queries.reuses import miscounted
from twinning.rules import REUSING_STATES, content_of

pytestmark = pytest.mark.usefixtures("app")


def reused(story: Practice) -> int:
    db.session.rollback()
    return db.session.get_one(Practice, story.id, populate_existing=True).reuse_count


def twinning_of(story: Practice | None, state: TwinningState, **values: object) -> Twinning:
    made = twinning_between(
        region("Regione Umbria"),
        region("Regione Calabria"),
        practice_id=story and story.id,
        state=state,
        results="Avviato.",
        coordinator_id=member_with(Role.COORDINATOR).id,
        **values,
    )
    db.session.commit()
    return made


def lead(made: Twinning, state: TwinningState) -> None:
    services.change_state(twinning_id=made.id, new=state, version=None, reason="prova", by=SYSTEM)


def test_the_number_goes_with_the_twinning() -> None:
    story = StoryFactory.make()
    made = twinning_of(story, TwinningState.PROPOSED)
    assert reused(story) == 0
    for state, number in (
        (TwinningState.ACTIVE, 1),
        (TwinningState.SUSPENDED, 0),
        (TwinningState.ACTIVE, 1),
        (TwinningState.CONCLUDED, 1),
        (TwinningState.ARCHIVED, 1),
        (TwinningState.REMOVED, 0),
    ):
        lead(made, state)
        assert (reused(story), miscounted()) == (number, []), state
        assert (number == 1) is (state in REUSING_STATES)


def test_another_source_and_another_audience_are_counted_anew() -> None:
    story, other = StoryFactory.make(), StoryFactory.make()
    made = twinning_of(story, TwinningState.PROPOSED)
    lead(made, TwinningState.ACTIVE)
    content = content_of(db.session.get_one(Twinning, made.id))
    services.change_twinning(
        twinning_id=made.id, version=None, content=replace(content, practice_id=other.id), by=SYSTEM
    )
    assert (reused(story), reused(other)) == (0, 1)
    hidden = replace(content, practice_id=other.id, visibility=TwinningVisibility.PARTNERS)
    services.change_twinning(twinning_id=made.id, version=None, content=hidden, by=SYSTEM)
    assert reused(other) == 0
    assert miscounted() == []


def test_visitors_read_the_new_number(visitor: Visitor) -> None:
    story = StoryFactory.make()
    made = twinning_of(story, TwinningState.PROPOSED)
    lead(made, TwinningState.ACTIVE)
    assert "Riusata da 1 gemellaggio" in text_of(visitor.get("/buone-pratiche"))
    told = select(func.count()).where(Event.name == "StoryRecounted")
    assert db.session.scalar(told) == 1


def test_a_wrong_number_is_found() -> None:
    story = StoryFactory.make()
    db.session.execute(update(Practice).values(reuse_count=3))
    db.session.commit()
    assert miscounted() == [(story.id, 3, 0)]
