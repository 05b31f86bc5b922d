"""Who gets a mail about a twinning, and that it says nothing stale."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask

from core import outbox
from core.actor import SYSTEM, Role
from core.database import db
from core.flags import DEMO, set_flag
from core.mail import TestMail
from core.transactions import transaction
from notifications import services as notifications
from tests.factories.members import member_with
from tests.factories.twinning import TwinningFactory, region, twinning_between
from twinning import services
from twinning.models import ParticipationRole, Twinning, TwinningState

Post = Callable[[], list[TestMail]]


@pytest.fixture
def post(app: Flask) -> Post:
    """Deliver what is on its way, and return all letters, oldest first."""
    with transaction():
        set_flag(DEMO, "1")

    def deliver() -> list[TestMail]:
        db.session.rollback()
        outbox.drain(notifications.CONSUMER)
        notifications.run_once()
        db.session.expire_all()
        return db.session.query(TestMail).order_by(TestMail.id).all()

    return deliver


def record(made: Twinning) -> int:
    body = region("Regione Puglia")
    member_with(of=body, contact=True, email="referente@puglia.example")
    member_with(of=body, email="collega@puglia.example")
    return services.record_partner(
        twinning_id=made.id,
        organisation_id=body.id,
        role=ParticipationRole.RECEIVER,
        act="Deliberazione n. 12",
        by=SYSTEM,
    ).id


def step(made: Twinning, state: TwinningState, reason: str = "prova") -> None:
    services.change_state(twinning_id=made.id, new=state, version=None, reason=reason, by=SYSTEM)


def test_the_contact_person_learns_what_was_recorded(post: Post) -> None:
    made = TwinningFactory.make(title="TrePu")
    record(made)
    [letter] = post()
    assert letter.to == "referente@puglia.example"
    assert letter.subject == "Agli atti di un gemellaggio: TrePu – Gemella"
    assert "Regione Puglia" in letter.text
    assert "Deliberazione n. 12" in letter.text
    assert f"http://localhost/gemellaggi/{made.slug}/partecipanti" in letter.text
    assert "Deliberazione n. 12" in letter.html


def test_nobody_is_told_what_is_over_already(post: Post) -> None:
    made = TwinningFactory.make(title="TrePu", state=TwinningState.SUSPENDED)
    participation_id = record(made)
    services.withdraw_partner(participation_id=participation_id, reason="errore", by=SYSTEM)
    assert post() == []


def test_editors_learn_of_a_proposal_and_the_coordinator_of_the_answer(post: Post) -> None:
    coordinator = member_with(Role.COORDINATOR, email="coordina@example.org")
    member_with(Role.EDITOR, email="redige@example.org")
    made = twinning_between(
        region("Uno"),
        region("Due"),
        title="NU112",
        state=TwinningState.DRAFT,
        coordinator_id=coordinator.id,
    )
    step(made, TwinningState.PROPOSED)
    [letter] = post()
    assert (letter.to, letter.subject) == (
        "redige@example.org",
        "Gemellaggio proposto: NU112 – Gemella",
    )
    step(made, TwinningState.CHANGES_REQUESTED, "Manca il calendario")
    *_, letter = post()
    assert letter.to == "coordina@example.org"
    assert "Manca il calendario" in letter.text
    step(made, TwinningState.PROPOSED)
    post()
    step(made, TwinningState.REJECTED, "Fuori programma")
    *_, letter = post()
    assert letter.subject == "Gemellaggio respinto: NU112 – Gemella"
    assert "Fuori programma" in letter.html


def test_a_proposal_taken_further_needs_no_mail(post: Post) -> None:
    member_with(Role.EDITOR)
    made = twinning_between(region("Uno"), region("Due"), state=TwinningState.DRAFT)
    step(made, TwinningState.PROPOSED)
    step(made, TwinningState.REMOVED)
    assert post() == []
