"""Who will be told is said before, by what tells them afterwards."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import select

from core import outbox
from core.database import db
from core.references import Reference
from core.text import render_markdown
from forum import services
from forum.models import Thread
from members.models import Member, MemberState
from members.queries import actor_for
from notifications import services as notifications
from notifications.models import Notification
from practices.models import PracticeState
from tests.factories.forum import ThreadFactory
from tests.factories.members import MemberFactory
from tests.factories.practices import StoryFactory
from tests.forum.conftest import SignIn
from tests.forum.test_drafts import form_of
from tests.visitor import Visitor, text_of


def told() -> set[int]:
    """Who was told of everything, once the worker has done its work."""
    while outbox.drain(notifications.CONSUMER):
        pass
    return set(db.session.scalars(select(Notification.member_id)))


def asked(browser: Visitor, thread: Thread, text: str, path: str = "") -> str:
    values = {**form_of(browser, path or f"/discussioni/{thread.id}"), "text": text}
    answer = browser.post(f"/discussioni/{thread.id}/avvisi", values)
    assert answer.status_code == 200
    return text_of(answer)


def test_what_is_said_before_is_what_happens(
    app: Flask, thread: Thread, verified: Member, moderator: Member, signed_in: SignIn
) -> None:
    named = MemberFactory.make(first_name="Nora", last_name="Bianchi")
    follower = MemberFactory.make()
    gone = MemberFactory.make(state=MemberState.SUSPENDED)
    for one in (follower, gone, named):
        notifications.begin_following(Reference("thread", thread.id), one.id)
    first = services.add_post(
        thread_id=thread.id, text=render_markdown("Una domanda"), by=actor_for(moderator.id)
    )
    told()
    db.session.query(Notification).delete()
    db.session.commit()
    browser = signed_in(verified)
    path = f"/discussioni/{thread.id}?rispondi={first.id}"
    words = asked(browser, thread, "Ecco, @Nora Bianchi", path)
    assert words == (
        "Riceveranno un avviso: Paola Moretti (rispondi a un suo messaggio), "
        "Nora Bianchi (scrivi il suo nome), e 1 persona che segue."
    )
    browser.submit(path, {"text": "Ecco, @Nora Bianchi"}, action=f"/discussioni/{thread.id}")
    assert told() == {moderator.id, named.id, follower.id}


def test_the_preview_says_it_without_script(
    thread: Thread, verified: Member, signed_in: SignIn
) -> None:
    answer = signed_in(verified).submit(
        f"/discussioni/{thread.id}",
        {"text": "Ciao"},
        action=f"/discussioni/{thread.id}",
        button="azione=anteprima",
    )
    assert "Nessuno riceverà un avviso" in text_of(answer)


def test_nobody_is_told_of_what_waits(
    thread: Thread, registered: Member, moderator: Member, signed_in: SignIn
) -> None:
    notifications.begin_following(Reference("thread", thread.id), moderator.id)
    words = asked(signed_in(registered), thread, "Ciao")
    assert words == "Nessuno riceve un avviso finché chi modera non ha letto il messaggio."


@pytest.mark.parametrize("state", [PracticeState.DRAFT, PracticeState.PUBLISHED])
def test_only_who_may_read_is_counted_and_told(
    state: PracticeState, app: Flask, verified: Member, signed_in: SignIn
) -> None:
    """The twin: the same follower counts where the story is public."""
    story = StoryFactory.make(state=state, author_id=verified.id)
    thread = ThreadFactory.make(subject_kind="practice", subject_id=story.id)
    follower = MemberFactory.make()
    notifications.begin_following(Reference("thread", thread.id), follower.id)
    browser = signed_in(verified)
    words = asked(browser, thread, "Ciao")
    reached = state is PracticeState.PUBLISHED
    assert ("1 persona che segue" in words) is reached
    browser.submit(
        f"/discussioni/{thread.id}", {"text": "Ciao"}, action=f"/discussioni/{thread.id}"
    )
    assert told() == ({follower.id} if reached else set())


def test_a_new_discussion_says_it_too(verified: Member, signed_in: SignIn) -> None:
    MemberFactory.make(first_name="Nora", last_name="Bianchi")
    answer = signed_in(verified).submit(
        "/discussioni/nuova",
        {"title": "Nuova", "text": "Che ne dici, @Nora Bianchi?"},
        action="/discussioni/nuova",
        button="azione=anteprima",
    )
    assert "Riceveranno un avviso: Nora Bianchi (scrivi il suo nome)." in text_of(answer)
