"""Writing anew: how long, by whom, and what readers see of it."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from flask import Flask

from core import clock
from core.config import ConfigurationError, Settings
from core.database import db
from core.domain import Forbidden
from core.text import render_markdown
from forum import services
from forum.models import Post, PostState, Thread
from members.models import Member
from members.queries import actor_for
from tests.forum.conftest import SignIn
from tests.visitor import Visitor, text_of


def write(thread: Thread, by: Member, text: str = "Il bando scade lunedì.") -> Post:
    return services.add_post(thread_id=thread.id, text=render_markdown(text), by=actor_for(by.id))


def rewrite(post: Post, by: Member, text: str, **more: bool) -> Post:
    return services.edit_post(
        post_id=post.id, text=render_markdown(text), version=None, by=actor_for(by.id), **more
    )


def words(reader: Visitor, post: Post) -> str:
    return text_of(reader.get(f"/messaggi/{post.id}/cronologia"))


def test_readers_see_what_was_changed_word_by_word(
    thread: Thread, verified: Member, visitor: Visitor
) -> None:
    post = write(thread, verified)
    rewrite(post, verified, "Il bando scade martedì.")
    link = f"/messaggi/{post.id}/cronologia"
    assert link in visitor.page(f"/discussioni/{thread.id}").xpath("//article//a/@href")
    page = visitor.page(link)
    assert "lunedì" in next(page.iter("del")).text_content()
    assert "martedì" in next(page.iter("ins")).text_content()


def test_after_the_time_only_moderators(
    thread: Thread, verified: Member, moderator: Member, visitor: Visitor, signed_in: SignIn
) -> None:
    post = write(thread, verified)
    with time_machine.travel(clock.now() + timedelta(minutes=31), tick=False):
        with pytest.raises(Forbidden):
            rewrite(post, verified, "Altro")
        rewrite(post, moderator, "Il bando scade mercoledì.")
        assert "Paola Moretti (chi modera)" in words(visitor, post)


def test_the_time_is_a_setting(
    app: Flask, thread: Thread, verified: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    post = write(thread, verified)
    object.__setattr__(app.config["GEMELLA"], "edit_minutes", 24 * 60)
    try:
        with time_machine.travel(clock.now() + timedelta(hours=23), tick=False):
            rewrite(post, verified, "Entro il giorno")
        late = clock.now() + timedelta(hours=25)
        with time_machine.travel(late, tick=False), pytest.raises(Forbidden):
            rewrite(post, verified, "Tardi")
    finally:
        object.__setattr__(app.config["GEMELLA"], "edit_minutes", 30)
    environment = {"GEMELLA_DATA": str(app.config["GEMELLA"].data)}
    longer = Settings.from_environment({**environment, "GEMELLA_EDIT_MINUTES": "90"})
    assert longer.edit_minutes == 90
    with pytest.raises(ConfigurationError):
        Settings.from_environment({**environment, "GEMELLA_EDIT_MINUTES": "sempre"})


def test_what_waited_and_was_changed_is_never_shown(
    thread: Thread, registered: Member, moderator: Member, visitor: Visitor, signed_in: SignIn
) -> None:
    post = write(thread, registered, "Una parola infelice.")
    rewrite(post, registered, "Una parola gentile.")
    services.clear_post(post_id=post.id, by=actor_for(moderator.id))
    rewrite(post, registered, "Una terza parola.")
    services.clear_post(post_id=post.id, by=actor_for(moderator.id))
    seen = words(visitor, post)
    assert "infelice" not in seen
    assert "gentile" in seen
    assert "terza" in seen
    # Who wrote it, and who decided, see all of it.
    assert "infelice" in words(signed_in(registered), post)
    assert "infelice" in words(signed_in(moderator), post)


def test_a_moderator_may_take_the_earlier_words_away(
    thread: Thread, verified: Member, moderator: Member, visitor: Visitor, signed_in: SignIn
) -> None:
    post = write(thread, verified, "Il codice fiscale è RSSMRA80.")
    answer = signed_in(moderator).submit(
        f"/messaggi/{post.id}/modifica",
        {"text": "Il codice fiscale è tolto.", "hides_earlier": "y"},
        action=f"/messaggi/{post.id}/modifica",
    )
    assert answer.status_code == 200
    assert "RSSMRA80" not in words(visitor, post)
    # Nobody else can: for the author the box counts for nothing.
    other = write(thread, verified, "Prima")
    rewrite(other, verified, "Dopo", hides_earlier=True)
    assert "Prima" in words(visitor, other)


@pytest.mark.parametrize("state", [PostState.HELD, PostState.HIDDEN, PostState.REMOVED])
def test_a_history_is_as_visible_as_its_message(
    state: PostState, thread: Thread, verified: Member, visitor: Visitor
) -> None:
    post = write(thread, verified)
    path = f"/messaggi/{post.id}/cronologia"
    assert visitor.get(path).status_code == 200
    db.session.get_one(Post, post.id).state = state
    db.session.commit()
    assert visitor.get(path).status_code == 404
