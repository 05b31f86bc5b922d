"""Questions that nobody answers: both contact persons of the twinning hear of them, once."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from core import clock, outbox
from core.database import db
from core.flags import DEMO, set_flag
from core.mail import TestMail
from core.text import Rendered
from core.transactions import transaction
from forum import services
from forum.models import Thread, ThreadState
from members.models import Member
from members.queries import actor_for
from notifications import services as notifications
from organisations.models import Organisation
from tests.factories.forum import PostFactory, ThreadFactory
from tests.factories.members import member_with
from tests.factories.twinning import region, takes_part, twinning_between
from tests.forum.conftest import SignIn
from tests.visitor import text_of
from twinning.models import ParticipationRole, ParticipationState, Twinning

WAITING = "Discussioni dei tuoi gemellaggi senza risposta"


def mailed(app: Flask) -> list[str]:
    """To whom all mails went so far, once the worker has done its work."""
    with app.test_request_context():
        while services.tell_of_lonely_threads():
            pass
        while outbox.drain(notifications.CONSUMER):
            pass
        notifications.send_due(50)
    db.session.rollback()
    return sorted(db.session.scalars(select(TestMail.to)))


@pytest.fixture(autouse=True)
def _demo(app: Flask) -> None:
    with transaction():
        set_flag(DEMO, "1")


@pytest.fixture
def contacts(app: Flask) -> list[Member]:
    """The contact persons of the giver, of the receiver, and of a body that was only invited."""
    names = ("Provincia autonoma di Trento", "Regione Puglia", "Regione Piemonte")
    return [member_with(of=region(name), contact=True) for name in names]


@pytest.fixture
def twinning(contacts: list[Member]) -> Twinning:
    bodies = [actor_for(one.id).contact_organisation_ids for one in contacts]
    giver, receiver, invited = (next(iter(one)) for one in bodies)
    made = twinning_between(_body(giver), _body(receiver), title="TrePu")
    takes_part(made, _body(invited), ParticipationRole.RECEIVER, state=ParticipationState.INVITED)
    return made


def _body(number: int) -> Organisation:
    return db.session.get_one(Organisation, number)


def question(twinning: Twinning, author: Member, days: float) -> Thread:
    thread = ThreadFactory.make(
        title="Chi guida?",
        author=author,
        subject_kind="twinning",
        subject_id=twinning.id,
        opened_at=clock.now() - timedelta(days=days),
    )
    PostFactory.make(thread=thread, author=author)
    return thread


def test_both_contact_persons_are_told_once_and_see_it_in_their_space(
    app: Flask,
    twinning: Twinning,
    contacts: list[Member],
    registered: Member,
    signed_in: SignIn,
) -> None:
    thread = question(twinning, registered, days=8)
    giver, receiver, invited = contacts
    both = sorted([giver.email, receiver.email])
    assert mailed(app) == both
    assert mailed(app) == both  # another round tells nothing anew
    for member in (giver, receiver):
        browser = signed_in(member)
        assert WAITING in text_of(browser.get("/il-mio-spazio"))
        assert "Chi guida?" in text_of(browser.get("/il-mio-spazio/senza-risposta"))
    for member in (invited, registered):
        browser = signed_in(member)
        assert WAITING not in text_of(browser.get("/il-mio-spazio"))
        assert "Chi guida?" not in text_of(browser.get("/il-mio-spazio/senza-risposta"))
    services.add_post(
        thread_id=thread.id,
        text=Rendered("Il comune.", "<p>Il comune.</p>"),
        by=actor_for(giver.id),
    )
    assert WAITING not in text_of(signed_in(receiver).get("/il-mio-spazio"))


def test_nothing_is_told_too_early_or_of_what_was_answered(
    app: Flask, twinning: Twinning, contacts: list[Member], registered: Member
) -> None:
    question(twinning, registered, days=6.9)
    answered = question(twinning, registered, days=30)
    PostFactory.make(thread=answered, author=contacts[0])
    closed = question(twinning, registered, days=30)
    closed.state = ThreadState.CLOSED
    db.session.commit()
    assert mailed(app) == []


def test_who_asked_is_not_asked_to_answer(
    app: Flask, twinning: Twinning, contacts: list[Member]
) -> None:
    giver, receiver, _invited = contacts
    question(twinning, giver, days=8)
    assert mailed(app) == [receiver.email]


def test_a_mail_that_has_no_more_reason_is_not_sent(
    app: Flask, twinning: Twinning, contacts: list[Member], registered: Member
) -> None:
    thread = question(twinning, registered, days=8)
    with app.test_request_context():
        services.tell_of_lonely_threads()
        while outbox.drain(notifications.CONSUMER):
            pass
    PostFactory.make(thread=thread, author=contacts[0])
    assert mailed(app) == []
