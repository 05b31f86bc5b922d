"""Authors learn by mail what a moderator decided, and nobody hears of what waits."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import select

from core import outbox
from core.config import Settings
from core.database import db
from core.flags import DEMO, set_flag
from core.mail import TestMail
from core.text import Rendered
from core.transactions import transaction
from forum import services
from forum.models import Post, Thread
from members.models import Member
from members.queries import actor_for
from notifications import services as notifications


def letters(app: Flask) -> list[TestMail]:
    """All mails after the worker has done its work, oldest first."""
    while outbox.drain(notifications.CONSUMER):
        pass
    notifications.send_due(50)
    db.session.rollback()
    return list(db.session.scalars(select(TestMail).order_by(TestMail.id)))


@pytest.fixture(autouse=True)
def _demo(app: Flask) -> None:
    """Mail stays in the mailbox of the demo."""
    settings: Settings = app.config["GEMELLA"]
    assert settings.smtp is None
    with transaction():
        set_flag(DEMO, "1")


def write(thread: Thread, author: Member) -> Post:
    return services.add_post(
        thread_id=thread.id,
        text=Rendered("Il **mio** testo", "<p>Il <strong>mio</strong> testo</p>"),
        by=actor_for(author.id),
    )


def test_who_is_cleared_is_told(
    app: Flask, thread: Thread, registered: Member, moderator: Member
) -> None:
    post = write(thread, registered)
    assert letters(app) == []
    services.clear_post(post_id=post.id, by=actor_for(moderator.id))
    (letter,) = letters(app)
    assert letter.to == registered.email
    assert letter.subject.startswith("Il tuo messaggio è pubblicato")
    for body in (letter.text, letter.html):
        assert f"http://localhost/messaggi/{post.id}" in body


def test_who_is_refused_gets_the_reason_and_the_text(
    app: Flask, thread: Thread, registered: Member, moderator: Member
) -> None:
    post = write(thread, registered)
    services.refuse_post(post_id=post.id, reason="È pubblicità <b>", by=actor_for(moderator.id))
    (letter,) = letters(app)
    assert "È pubblicità <b>" in letter.text
    assert "Il **mio** testo" in letter.text
    assert "È pubblicità &lt;b&gt;" in letter.html
    assert "<strong>mio</strong>" in letter.html


def test_who_is_hidden_gets_the_reason(
    app: Flask, thread: Thread, verified: Member, moderator: Member
) -> None:
    post = write(thread, verified)
    assert letters(app) == []
    services.hide_post(post_id=post.id, reason="Dati personali", by=actor_for(moderator.id))
    (letter,) = letters(app)
    assert "Dati personali" in letter.text


def test_a_decision_that_was_taken_back_is_not_told(
    app: Flask, thread: Thread, registered: Member, moderator: Member
) -> None:
    """The mail speaks of now: refused by mistake and cleared at once is told as cleared."""
    post = write(thread, registered)
    keeper = actor_for(moderator.id)
    services.refuse_post(post_id=post.id, reason="Errore", by=keeper)
    services.clear_post(post_id=post.id, by=keeper)
    assert [letter.subject.split(":")[0] for letter in letters(app)] == [
        "Il tuo messaggio è pubblicato"
    ]
