"""Suggestions: who is compared with whom, what they say, and that repeating is harmless."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask, current_app
from sqlalchemy import select, update

from core.actor import SYSTEM
from core.database import db
from core.events import Event, OutboxRow
from core.outbox import drain
from core.registry import registry
from organisations.models import Level, Organisation
from organisations.services import remove_organisation
from practices import services
from practices.models import Match, MatchState, Practice, PracticeKind, PracticeState
from practices.rules import matching as rules
from practices.rules.matching import PartKind
from practices.services import matching
from search.queries.likeness import TextStatistics
from search.queries.results import EXTENSION
from search.services.indexer import Indexer
from taxonomy.models import Theme
from taxonomy.queries import theme_by_code
from territory.queries import region
from tests.factories import LONG_AGO
from tests.factories.organisations import OrganisationFactory
from tests.factories.practices import StoryFactory

SEEK, OFFER = PracticeKind.SEEK, PracticeKind.OFFER


def story(kind: PracticeKind, theme: str = "home-care", **values: Any) -> Practice:
    """A published story of a body of its own in a region of its own part of the country."""
    found = theme_by_code(theme)
    assert found is not None
    level = values.pop("level", Level.MUNICIPALITY)
    place = region(values.pop("region", "puglia" if kind is SEEK else "piemonte"))
    assert place is not None
    if "organisation_id" not in values:
        values["organisation_id"] = OrganisationFactory.make(level=level).id
    return StoryFactory.make(
        kind=kind,
        themes=[db.session.get_one(Theme, found.id)],
        territory_id=place.id,
        **values,
    )


def index() -> None:
    indexer = Indexer(current_app.config["GEMELLA"].index_folder)
    while indexer.step():
        pass
    indexer.close()


def statistics() -> TextStatistics:
    return TextStatistics(current_app.extensions[EXTENSION])


def match(*stories: Practice) -> bool:
    """Bring all of them up to date; whether anything changed."""
    changed = [matching.match_story(one.id, statistics()) for one in stories]
    return any(changed)


def pairs(state: MatchState = MatchState.SUGGESTED) -> dict[tuple[int, int], int]:
    rows = db.session.scalars(select(Match).where(Match.state == state))
    return {(row.seek_id, row.offer_id): row.score for row in rows}


def the_match() -> Match:
    db.session.expire_all()
    return db.session.scalars(select(Match)).one()


@pytest.fixture(autouse=True)
def _in_request(app: Flask, in_request: None) -> None:
    """Documents of search hold addresses."""


def test_the_parts_say_why() -> None:
    seek = story(SEEK, title="Assistenza domiciliare integrata", need="Telesoccorso per anziani")
    offer = story(OFFER, title="Telesoccorso", solution="Il telesoccorso per gli anziani soli")
    index()
    assert match(seek)
    found = the_match()
    assert (found.seek_id, found.offer_id) == (seek.id, offer.id)
    by_kind = {part.kind: part for part in rules.parts_of(found.parts)}
    theme = theme_by_code("home-care")
    assert theme is not None
    assert by_kind[PartKind.THEME].of == (theme.id, theme.id)
    assert by_kind[PartKind.THEME].value == 40
    assert by_kind[PartKind.LEVEL].of == ("municipality", "municipality")
    assert PartKind.TERRITORY not in by_kind
    assert "telesoccorso" in by_kind[PartKind.TEXT].of
    assert found.score == sum(part["value"] for part in found.parts)


@pytest.mark.parametrize("first", [SEEK, OFFER])
def test_the_score_is_the_same_whichever_story_is_asked_about(first: PracticeKind) -> None:
    seek = story(SEEK, title="Asili nido aperti d’estate", theme="early-childhood")
    offer = story(OFFER, title="Nido estivo", theme="early-childhood", solution="Il nido d’estate")
    index()
    order = [seek, offer] if first is SEEK else [offer, seek]
    assert match(order[0])
    before = (the_match().score, the_match().parts)
    assert not match(order[1])
    assert (the_match().score, the_match().parts) == before


def test_computing_again_changes_and_tells_nothing() -> None:
    seek, offer = story(SEEK), story(OFFER)
    index()
    assert match(seek)
    assert not match(seek, offer, seek)
    names = list(db.session.scalars(select(Event.name).where(Event.kind == "matches")))
    assert names == ["MatchesComputed", "MatchesSuggested", "MatchesSuggested"]


def test_new_suggestions_are_told_once_a_day() -> None:
    seek = story(SEEK)
    for _ in range(3):
        match(story(OFFER))
    told = select(Event).where(Event.name == "MatchesSuggested", Event.object_id == seek.id)
    assert len(db.session.scalars(told).all()) == 1


@pytest.mark.parametrize("state", sorted(set(PracticeState) - rules.MATCHED_STATES))
def test_what_is_not_in_the_catalogue_is_not_suggested(state: PracticeState) -> None:
    seek = story(SEEK)
    hidden = story(OFFER, state=state)
    assert not match(seek, hidden)
    assert pairs() == {}


def test_nobody_is_suggested_to_the_own_body_or_to_himself(author: Any) -> None:
    body = OrganisationFactory.make()
    seek = story(SEEK, organisation_id=body.id, author_id=author.id)
    story(OFFER, organisation_id=body.id)
    story(OFFER, author_id=author.id)
    assert not match(seek)


def test_who_has_little_in_common_is_not_suggested() -> None:
    seek = story(SEEK, theme="home-care", title="Badanti", need="Badanti", summary="Badanti")
    story(
        OFFER, theme="heritage-railways", title="Locomotive", level=Level.REGION, summary="Treni",
        problem="Binari", solution="Vapore", results="Turisti", region="puglia",
    )  # fmt: skip
    index()
    assert not match(seek)


def test_a_story_that_leaves_takes_its_suggestions_along() -> None:
    seek, offer = story(SEEK), story(OFFER)
    index()
    match(seek)
    services.archive_story(
        practice_id=offer.id, version=offer.version, reason="Superata", by=SYSTEM
    )
    _work()
    assert pairs() == {}


def test_what_people_decided_stays_and_does_not_come_back() -> None:
    seek = story(SEEK)
    offers = {state: story(OFFER) for state in MatchState}
    match(seek)
    for state, offer in offers.items():
        db.session.execute(update(Match).where(Match.offer_id == offer.id).values(state=state))
    db.session.execute(update(Match).values(score=99, parts=[]))
    db.session.commit()
    assert match(seek)
    for state, offer in offers.items():
        assert pairs(state).keys() == {(seek.id, offer.id)}
        is_kept = pairs(state)[seek.id, offer.id] == 99
        assert is_kept is (state is not MatchState.SUGGESTED)
    index()
    services.archive_story(practice_id=seek.id, version=seek.version, reason="Fatto", by=SYSTEM)
    _work()
    assert pairs() == {}
    assert len(db.session.scalars(select(Match)).all()) == 3


def test_a_story_keeps_its_best(monkeypatch: pytest.MonkeyPatch) -> None:
    """Three of five, and one more for whom it is among the best."""
    monkeypatch.setattr(matching, "MOST_SUGGESTED", 3)
    seek = story(SEEK, level=Level.REGION, region="puglia")
    near = [story(OFFER, level=Level.REGION, region="puglia") for _ in range(3)]
    far = [story(OFFER, level=Level.REGION, region="piemonte") for _ in range(2)]
    match(*near)
    assert len(pairs()) == 3
    match(*far)
    kept = {offer for _, offer in pairs()}
    assert kept == {one.id for one in near + far}, "for them it is the best there is"
    others = [story(SEEK, level=Level.REGION, region="piemonte") for _ in range(3)]
    match(*others)
    kept = {offer for number, offer in pairs() if number == seek.id}
    assert kept == {one.id for one in near}
    for offer in far:
        assert {n for n, other in pairs() if other == offer.id} == {one.id for one in others}


def test_the_body_counts_as_it_is_now() -> None:
    seek, offer = story(SEEK), story(OFFER, region="puglia")
    match(seek)
    before = the_match().score
    body = db.session.get_one(Organisation, offer.organisation_id)
    body.level = Level.SCHOOL
    db.session.commit()
    match(offer)
    assert the_match().score == before - 15


def test_without_an_index_the_texts_are_left_out_and_follow(author: Any) -> None:
    """The rest of the score stands at once; the fact waits in the outbox for the index."""
    story(OFFER, title="Telesoccorso", solution="Telesoccorso", region="puglia")
    seek = story(SEEK, title="Telesoccorso", need="Telesoccorso", state=PracticeState.SUBMITTED)
    services.publish_story(practice_id=seek.id, version=seek.version, by=SYSTEM)
    _work()
    found = the_match()
    assert [part["nearness"] for part in found.parts if part["kind"] == "text"] == ["unknown"]
    before = found.score
    waiting = select(OutboxRow).where(OutboxRow.consumer == matching.CONSUMER)
    assert db.session.scalars(waiting).one().attempts == 1
    index()
    db.session.execute(update(OutboxRow).values(due_at=LONG_AGO))
    db.session.commit()
    _work()
    found = the_match()
    assert [part["nearness"] for part in found.parts if part["kind"] == "text"] == ["words"]
    assert found.score > before
    assert db.session.scalars(waiting).all() == []


def test_publishing_leads_the_worker_there(author: Any) -> None:
    """Through the outbox, and not in the request that published."""
    index()
    story(OFFER)
    seek = story(SEEK, state=PracticeState.SUBMITTED)
    services.publish_story(practice_id=seek.id, version=seek.version, by=SYSTEM)
    assert pairs() == {}
    waiting = select(OutboxRow.id).where(OutboxRow.consumer == matching.CONSUMER)
    assert len(db.session.scalars(waiting).all()) == 1
    _work()
    assert pairs().keys() == {(seek.id, seek.id - 1)}
    assert db.session.scalars(waiting).all() == []


def test_a_body_that_leaves_is_compared_again() -> None:
    index()
    offer = story(OFFER)
    match(story(SEEK))
    body = db.session.get_one(Organisation, offer.organisation_id)
    remove_organisation(organisation_id=body.id, reason="Soppresso", by=SYSTEM)
    waiting = select(OutboxRow.id).where(OutboxRow.consumer == matching.CONSUMER)
    assert len(db.session.scalars(waiting).all()) == 1
    _work()


def _work() -> None:
    consumer = registry().consumers[matching.CONSUMER]
    while drain(consumer):
        pass
    db.session.expire_all()


def test_all_stories_can_be_compared_anew(app: Flask) -> None:
    seek, offer = story(PracticeKind.SEEK), story(PracticeKind.OFFER)
    index()
    assert pairs() == {}
    answer = app.test_cli_runner().invoke(args=["matches", "rebuild"])
    assert answer.exit_code == 0, answer.output
    assert "2 stories compared" in answer.output
    assert set(pairs()) == {(seek.id, offer.id)}
