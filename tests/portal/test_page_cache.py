"""Kept pages: quick, the same for all visitors, never older than the last thing that happened."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import time_machine
from flask import Flask
from sqlalchemy import event, select
from tests.conftest import build_settings
from tests.factories.members import AffiliationFactory, MemberFactory
from tests.factories.organisations import OrganisationFactory
from tests.factories.practices import StoryFactory
from tests.visitor import Visitor, text_of

from core import clock
from core.actor import SYSTEM
from core.database import db
from core.text import Rendered
from forum.models import Post
from forum.services import add_post, open_thread
from members.queries import actor_for
from portal.factory import create_app
from portal.page_cache import BESIDE, LONGEST_ADDRESS, PageCache
from practices.models import PracticeState
from practices.services import archive_story


@pytest.fixture(scope="module")
def _kept_app(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    return create_app(replace(build_settings(tmp_path_factory.mktemp("kept")), page_cache=True))


@pytest.fixture
def app(_kept_app: Flask, _template: Path) -> Iterator[Flask]:
    """The application with the cache in front, over a fresh database."""
    with _kept_app.app_context():
        db.engine.dispose()
        database = _kept_app.config["GEMELLA"].data / "gemella.sqlite3"
        for leftover in ("-wal", "-shm"):
            Path(f"{database}{leftover}").unlink(missing_ok=True)
        shutil.copyfile(_template, database)
        cache = _cache_of(_kept_app)
        cache._pages.clear()
        cache._bytes = 0
        yield _kept_app
        db.session.remove()


def _cache_of(app: Flask) -> PageCache:
    layer = app.wsgi_app
    while type(layer).__name__ != "PageCache":
        layer = getattr(layer, "_application", None) or layer.application
    assert isinstance(layer, PageCache)
    return layer


def queries_of(visitor: Visitor, path: str) -> list[str]:
    """The statements of the ORM for one page; the cache's own question is none of them."""
    statements: list[str] = []

    def note(_c: object, _cursor: object, statement: str, *_rest: object) -> None:
        statements.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        assert visitor.get(path).status_code == 200
    finally:
        event.remove(db.engine, "before_cursor_execute", note)
    return statements


def test_a_page_is_rendered_once(visitor: Visitor) -> None:
    StoryFactory.make(title="Nidi in famiglia")
    assert queries_of(visitor, "/buone-pratiche/nidi-in-famiglia")
    first = visitor.get("/buone-pratiche/nidi-in-famiglia").get_data()
    assert queries_of(visitor, "/buone-pratiche/nidi-in-famiglia") == []
    assert visitor.get("/buone-pratiche/nidi-in-famiglia").get_data() == first


def test_what_is_taken_back_is_gone_with_the_next_request(visitor: Visitor) -> None:
    story = StoryFactory.make(title="Nidi in famiglia")
    assert "Nidi in famiglia" in text_of(visitor.get("/buone-pratiche?tipo=offro"))
    archive_story(practice_id=story.id, version=None, reason="superata", by=SYSTEM)
    assert "Nidi in famiglia" not in text_of(visitor.get("/buone-pratiche?tipo=offro"))


def test_the_check_above_can_fail(visitor: Visitor) -> None:
    """A change that nobody announces is not seen: every service must announce what it did."""
    story = StoryFactory.make(title="Nidi in famiglia")
    assert visitor.get("/buone-pratiche/nidi-in-famiglia").status_code == 200
    story.state = PracticeState.REMOVED
    db.session.commit()
    assert visitor.get("/buone-pratiche/nidi-in-famiglia").status_code == 200


def test_a_post_is_on_the_page_at_once(visitor: Visitor) -> None:
    author = MemberFactory.make()
    AffiliationFactory.make(member=author, organisation=OrganisationFactory.make())
    by = actor_for(author.id)
    thread = open_thread(
        title="Che orari?", introduction=Rendered("x", "<p>x</p>"), subject=None, space_id=None,
        by=by,
    )  # fmt: skip
    path = f"/discussioni/{thread.id}"
    assert "Dalle otto" not in text_of(visitor.get(path))
    add_post(thread_id=thread.id, text=Rendered("Dalle otto", "<p>Dalle otto</p>"), by=by)
    assert "Dalle otto" in text_of(visitor.get(path))


def test_who_wrote_may_edit_for_half_an_hour_and_no_longer(app: Flask) -> None:
    """A page of one's own comes from memory, too; the half hour ends without anything happening."""
    author, other = MemberFactory.make(), MemberFactory.make()
    body = OrganisationFactory.make()
    for member in (author, other):
        AffiliationFactory.make(member=member, organisation=body)
    by = actor_for(author.id)
    thread = open_thread(
        title="Che orari?", introduction=Rendered("x", "<p>x</p>"), subject=None, space_id=None,
        by=actor_for(other.id),
    )  # fmt: skip
    add_post(thread_id=thread.id, text=Rendered("Dalle otto", "<p>Dalle otto</p>"), by=by)
    path = f"/discussioni/{thread.id}"
    start = clock.now()
    with time_machine.travel(start, tick=False):
        mine, theirs = Visitor(app), Visitor(app)
        mine.sign_in(author.email)
        theirs.sign_in(other.email)
        first = mine.get(path)
        for browser in (mine, theirs):
            browser.get(path)
        assert queries_of(mine, path) != []
        edit = f"/messaggi/{db.session.scalars(select(Post.id)).one()}/modifica"
        assert edit in first.get_data(as_text=True)
        assert edit in mine.get(path).get_data(as_text=True)
        assert edit not in theirs.get(path).get_data(as_text=True)
    with time_machine.travel(start + timedelta(minutes=31), tick=False):
        assert edit not in mine.get(path).get_data(as_text=True)


def test_two_forms_of_one_page_are_two_forms(app: Flask) -> None:
    """A page from memory holds a fresh key each time: two windows send two messages."""
    member = MemberFactory.make()
    AffiliationFactory.make(member=member, organisation=OrganisationFactory.make())
    thread = open_thread(
        title="Che orari?", introduction=Rendered("x", "<p>x</p>"), subject=None, space_id=None,
        by=actor_for(member.id),
    )  # fmt: skip
    browser = Visitor(app)
    browser.sign_in(member.email)
    keys = {
        str(browser.page(f"/discussioni/{thread.id}").xpath("//*[@name='submission_key']/@value"))
        for _ in range(3)
    }
    assert len(keys) == 3


def test_a_cookie_that_is_too_old_opens_nothing(app: Flask) -> None:
    """It was seen before, and its signature is remembered; its age is not."""
    member = MemberFactory.make()
    browser = Visitor(app)
    browser.sign_in(member.email)
    # The first page shows the greeting, and the cookie loses it.
    for _ in range(2):
        assert browser.get("/il-mio-spazio").status_code == 200
    cookie = browser._client.get_cookie("gemella")
    assert cookie is not None
    assert cookie.value in app.session_interface._opened, "it was never remembered"
    with time_machine.travel(clock.now() + app.permanent_session_lifetime + timedelta(minutes=1)):
        assert browser.get("/il-mio-spazio").status_code == 302
    # Not the last sign: of that one only four bits count.
    forged = cookie.value[:-5] + ("A" if cookie.value[-5] != "A" else "B") + cookie.value[-4:]
    browser._client.set_cookie("gemella", forged)
    assert browser.get("/il-mio-spazio").status_code == 302


def test_members_get_pages_of_their_own(app: Flask, visitor: Visitor) -> None:
    member = MemberFactory.make()
    visitor.get("/buone-pratiche")
    signed_in = Visitor(app)
    signed_in.sign_in(member.email)
    assert member.name in text_of(signed_in.get("/buone-pratiche"))
    page = text_of(visitor.get("/buone-pratiche"))
    assert member.name not in page
    assert "csrf_token" not in visitor.get("/buone-pratiche").get_data(as_text=True)


def test_forms_are_never_kept(app: Flask) -> None:
    tokens = {
        Visitor(app).page("/accedi").xpath("//input[@name='csrf_token']/@value")[0]
        for _ in range(3)
    }
    assert len(tokens) == 3


def test_language_and_text_size_have_pages_of_their_own(app: Flask) -> None:
    assert Visitor(app).page("/gemellaggi").get("lang") == "it"
    assert Visitor(app).page("/de/gemellaggi").get("lang") == "de"
    large = Visitor(app)
    large.get("/dimensione-testo/piu?next=/gemellaggi")
    assert "testo-piu" in large.page("/gemellaggi").get("class")
    assert "testo-piu" not in (Visitor(app).page("/gemellaggi").get("class") or "")


def test_who_has_the_page_gets_304(visitor: Visitor) -> None:
    etag = visitor.get("/gemellaggi").headers["ETag"]
    again = visitor.get("/gemellaggi", headers={"If-None-Match": etag})
    assert (again.status_code, again.get_data()) == (304, b"")
    assert "default-src 'none'" in again.headers["Content-Security-Policy"]


def test_kept_answers_have_all_headers(visitor: Visitor) -> None:
    fresh = dict(visitor.get("/gemellaggi").headers)
    kept = dict(visitor.get("/gemellaggi").headers)
    fresh.pop("X-Request-Id", None)
    assert kept == fresh
    assert kept["Vary"] == "Cookie"


def test_errors_and_redirects_are_not_kept(app: Flask, visitor: Visitor) -> None:
    assert visitor.get("/gemellaggi/che-non-c-e").status_code == 404
    assert len(_cache_of(app)._pages) == 0


def test_memory_has_a_bound(app: Flask, visitor: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("portal.page_cache.MOST_BYTES", 60_000)
    for number in range(12):
        visitor.get(f"/feed?n={number}")
    assert 0 < len(_cache_of(app)._pages) < 12


def test_what_anybody_can_ask_for_does_not_fill_the_memory(app: Flask, visitor: Visitor) -> None:
    """Answers of a few bytes, each with an address of its own: the entries count, and no address is
    longer than those of pages."""
    cache = _cache_of(app)
    visitor.get(f"/robots.txt?{'x' * LONGEST_ADDRESS}")
    assert cache._pages == {}
    for number in range(3):
        visitor.get(f"/robots.txt?{number}")
    assert len(cache._pages) == 3
    assert cache._bytes >= 3 * BESIDE
    assert max(len("".join(key)) for key in cache._pages) < LONGEST_ADDRESS + 200


def test_the_oldest_pages_go(app: Flask, visitor: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("portal.page_cache.MOST_BYTES", 10 * BESIDE)
    cache = _cache_of(app)
    for number in range(30):
        visitor.get(f"/robots.txt?{number}")
    assert 5 < len(cache._pages) < 10
    assert [key[5] for key in cache._pages][-1] == "29"
    assert cache._bytes == sum(page.size for page in cache._pages.values()) <= 10 * BESIDE
