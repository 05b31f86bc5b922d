"""Pages that a member reads again: answered before Flask, and never otherwise than Flask would."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from flask import Flask
from tests.conftest import build_settings
from tests.factories.members import AffiliationFactory, MemberFactory
from tests.factories.organisations import OrganisationFactory
from tests.visitor import Visitor, parse, text_of

from core import clock
from core.actor import SYSTEM, Actor, Role
from core.database import db
from core.statements import Asked
from core.text import Rendered
from forum.policies import edit_time
from forum.services import add_post, hide_post, hide_thread, open_thread
from members.models import Member, RoleGrant
from members.queries import actor_for
from members.services import sessions
from portal.factory import create_app
from portal.read_again import ReadAgain


@pytest.fixture(scope="module")
def _kept_app(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    return create_app(replace(build_settings(tmp_path_factory.mktemp("again")), page_cache=True))


@pytest.fixture
def app(_kept_app: Flask, _template: Path) -> Iterator[Flask]:
    """The application with its memories empty, over a fresh database."""
    with _kept_app.app_context():
        db.engine.dispose()
        database = _kept_app.config["GEMELLA"].data / "gemella.sqlite3"
        for leftover in ("-wal", "-shm"):
            Path(f"{database}{leftover}").unlink(missing_ok=True)
        shutil.copyfile(_template, database)
        _kept_app.extensions.pop("gemella.kept_pages", None)
        layer_of(_kept_app)._known.clear()
        yield _kept_app
        db.session.remove()


def layer_of(app: Flask) -> ReadAgain:
    layer: Any = app.wsgi_app
    while not isinstance(layer, ReadAgain):
        layer = getattr(layer, "_application", None) or layer.application
    return layer


@dataclass
class Reading:
    """A discussion with one message, and members who read it."""

    app: Flask
    author: Member
    reader: Member
    path: str
    thread_id: int
    post_id: int
    asked_flask: list[str]

    @property
    def by(self) -> Actor:
        return actor_for(self.author.id)

    def browser(self, member: Member) -> Visitor:
        """Signed in, and has read the page as often as it takes to know it."""
        browser = Visitor(self.app)
        browser.sign_in(member.email)
        for _ in range(3):
            assert browser.get(self.path).status_code == 200
        self.asked_flask.clear()
        return browser


@pytest.fixture
def reading(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Reading:
    body = OrganisationFactory.make()
    author, reader = MemberFactory.make(), MemberFactory.make()
    for member in (author, reader):
        AffiliationFactory.make(member=member, organisation=body)
    by = actor_for(author.id)
    thread = open_thread(
        title="Che orari?", introduction=Rendered("x", "<p>x</p>"), subject=None, space_id=None,
        by=by,
    )  # fmt: skip
    post = add_post(thread_id=thread.id, text=Rendered("Alle otto", "<p>Alle otto</p>"), by=by)
    layer, asked = layer_of(app), []
    flask: Any = layer._application

    def noted(environ: Any, start_response: Any) -> Any:
        asked.append(environ["PATH_INFO"])
        return flask(environ, start_response)

    monkeypatch.setattr(layer, "_application", noted)
    path = f"/discussioni/{thread.id}"
    return Reading(app, author, reader, path, thread.id, post.id, asked)


def test_flask_is_not_asked_for_what_is_read_again(reading: Reading) -> None:
    browser = reading.browser(reading.reader)
    pages = [browser.get(reading.path) for _ in range(3)]
    assert reading.asked_flask == []
    keys = {parse(page).xpath("//*[@name='submission_key']")[0].get("value") for page in pages}
    assert len(keys) == 3, "a key of a form was given out twice"
    other = browser.get(f"{reading.path}?da=1")
    assert reading.asked_flask == [reading.path]
    assert text_of(other) == text_of(pages[0])
    for name in ("Cache-Control", "Content-Security-Policy", "Content-Type", "Vary"):
        assert [page.headers[name] for page in pages] == [other.headers[name]] * 3
    assert pages[0].content_length == len(pages[0].get_data())


def test_everybody_has_a_page_of_ones_own(reading: Reading) -> None:
    members = (reading.author, reading.reader)
    browsers = {member.name: reading.browser(member) for member in members}
    pages = {name: text_of(browser.get(reading.path)) for name, browser in browsers.items()}
    assert reading.asked_flask == []
    assert "Modifica" in pages[reading.author.name]
    assert "Modifica" not in pages[reading.reader.name]
    tokens = {
        parse(browser.get(reading.path)).xpath("//*[@name='csrf_token']")[0].get("value")
        for browser in browsers.values()
    }
    assert len(tokens) == 2


def _reply(reading: Reading) -> None:
    text = Rendered("Alle nove", "<p>Alle nove</p>")
    add_post(thread_id=reading.thread_id, text=text, by=reading.by)


def _hide(reading: Reading) -> None:
    hide_post(post_id=reading.post_id, reason="prova", by=SYSTEM)


def _remove(reading: Reading) -> None:
    hide_thread(thread_id=reading.thread_id, reason="prova", by=SYSTEM)


def _end_sessions(reading: Reading) -> None:
    sessions.end_sessions(by=actor_for(reading.reader.id))


def _grant(reading: Reading) -> None:
    """As from another process, which announces nothing that this one hears of."""
    grant = RoleGrant(member_id=reading.reader.id, role=Role.MODERATOR, granted_at=clock.now())
    db.session.add(grant)
    db.session.commit()


def _rename(reading: Reading) -> None:
    db.session.get_one(Member, reading.reader.id).name = "Nome Nuovo"
    db.session.commit()


CHANGES = (_reply, _hide, _remove, _end_sessions, _grant, _rename)


def is_seen(reading: Reading, change: Callable[[Reading], None]) -> bool:
    """Whether the next page after a change is the one that Flask makes, and another than before."""
    browser = reading.browser(reading.reader)
    before = browser.get(reading.path)
    assert reading.asked_flask == []
    change(reading)
    after = browser.get(reading.path)
    return bool(reading.asked_flask) and text_of(after) != text_of(before)


@pytest.mark.parametrize("change", CHANGES)
def test_what_happens_is_seen_at_once(reading: Reading, change: Callable[[Reading], None]) -> None:
    assert is_seen(reading, change)


@pytest.mark.parametrize("change", [_remove, _end_sessions, _grant])
def test_the_check_above_can_fail(
    reading: Reading, change: Callable[[Reading], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Asked, "is_answered_alike", lambda *_: True)
    assert not is_seen(reading, change)


def test_a_message_to_show_is_shown_once(reading: Reading) -> None:
    browser = reading.browser(reading.reader)
    shown = browser.submit(
        reading.path, {"text": "Va bene"}, action=reading.path, button="azione=invia"
    )
    assert shown.status_code == 200
    assert len({text_of(browser.get(reading.path)) for _ in range(4)}) == 1
    assert text_of(shown) != text_of(browser.get(reading.path))


def test_what_ends_with_time_ends_in_time(reading: Reading) -> None:
    start = clock.now()
    with time_machine.travel(start + edit_time() - timedelta(seconds=30), tick=False):
        browser = reading.browser(reading.author)
        assert "Modifica" in text_of(browser.get(reading.path))
        assert reading.asked_flask == []
    with time_machine.travel(start + edit_time() + timedelta(seconds=20), tick=False):
        assert "Modifica" not in text_of(browser.get(reading.path))


def test_flask_is_asked_once_a_minute(reading: Reading) -> None:
    start = clock.now()
    with time_machine.travel(start, tick=False):
        browser = reading.browser(reading.reader)
    with time_machine.travel(start + timedelta(seconds=59), tick=False):
        browser.get(reading.path)
        assert reading.asked_flask == []
    with time_machine.travel(start + timedelta(seconds=61), tick=False):
        browser.get(reading.path)
        assert reading.asked_flask == [reading.path]
