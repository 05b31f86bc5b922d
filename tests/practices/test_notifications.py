"""Editors learn what waits for them, authors what became of their stories; nobody else does."""

from __future__ import annotations

import pytest

from core import outbox
from core.actor import Role
from core.database import db
from core.flags import DEMO, set_flag
from core.mail import TestMail
from core.transactions import transaction
from members.models import Member, RoleGrant
from members.queries import actor_for
from notifications import services as notifications
from practices import services
from practices.models import Practice, PracticeKind, PracticeState
from tests.factories.members import member_with
from tests.factories.practices import StoryFactory, content

pytestmark = pytest.mark.usefixtures("app")


def delivered() -> list[tuple[str, str]]:
    """Address and subject of all mails, oldest first, after everything on its way went out."""
    with transaction():
        set_flag(DEMO, "1")
    outbox.drain(notifications.CONSUMER)
    notifications.run_once()
    db.session.expire_all()
    return [(one.to, one.subject) for one in db.session.query(TestMail).order_by(TestMail.id)]


def sent_by(author: Member) -> Practice:
    return services.send_story(
        kind=PracticeKind.OFFER, content=content(), key="", by=actor_for(author.id)
    )


def test_editors_are_told_what_waits(author: Member, editor: Member) -> None:
    member_with(Role.MODERATOR)
    sent_by(author)
    assert delivered() == [(editor.email, "Da rivedere: Distretti Famiglia – Gemella")]
    [letter] = db.session.query(TestMail)
    for body in (letter.text, letter.html):
        assert "http://localhost/redazione/storie/distretti-famiglia" in body


def test_who_decided_meanwhile_or_lost_the_role_gets_nothing(
    author: Member, editor: Member
) -> None:
    late = member_with(Role.EDITOR)
    story = sent_by(author)
    db.session.query(RoleGrant).filter_by(member_id=late.id).delete()
    db.session.commit()
    services.publish_story(practice_id=story.id, version=None, by=actor_for(editor.id))
    assert [to for to, _ in delivered()] == [author.email]


@pytest.mark.parametrize(
    ("decide", "subject"),
    [
        (services.request_changes, "Da modificare: Sportello – Gemella"),
        (services.reject_story, "Non pubblicata: Sportello – Gemella"),
    ],
)
def test_authors_are_told_why(author: Member, editor: Member, decide: object, subject: str) -> None:
    story = StoryFactory.make(title="Sportello", author_id=author.id, state=PracticeState.SUBMITTED)
    decide(  # type: ignore[operator]
        practice_id=story.id, version=None, reason="Mancano <i costi>.", by=actor_for(editor.id)
    )
    assert delivered() == [(author.email, subject)]
    [letter] = db.session.query(TestMail)
    assert "Mancano <i costi>." in letter.text
    assert "Mancano &lt;i costi&gt;." in letter.html


def test_authors_are_told_once_that_all_may_read(author: Member, editor: Member) -> None:
    story = StoryFactory.make(title="Sportello", author_id=author.id, state=PracticeState.SUBMITTED)
    services.publish_story(practice_id=story.id, version=None, by=actor_for(editor.id))
    assert delivered() == [(author.email, "La tua storia è pubblica: Sportello – Gemella")]
    assert len(delivered()) == 1


def test_nobody_is_told_of_the_own_deeds(editor: Member) -> None:
    story = sent_by(editor)
    services.publish_story(practice_id=story.id, version=None, by=actor_for(editor.id))
    assert delivered() == []
