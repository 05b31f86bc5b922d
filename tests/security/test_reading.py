"""Reading leaves no trace: no write on GET, no cookie and no token for visitors."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from datetime import timedelta

import pytest
import time_machine
from flask import Flask
from sqlalchemy import text

from core import clock
from core.access import public
from core.database import db
from tests.security.browser import Answer, Browser
from tests.security.conftest import As
from tests.security.crawl import Crawl, crawl, links_of, rule_of, starts, writes_noted
from tests.security.world import World

READERS = (
    "visitor",
    "registered",
    "puglia",
    "administrator",
    # These meet hardly a page that the others do not.
    *(
        pytest.param(role, marks=pytest.mark.soak)
        for role in ("verified", "former", "coordinator", "editor", "moderator")
    ),
)
# Pages that are forms for visitors: they begin a session, which holds the token.
FORMS_FOR_VISITORS = {
    "/accedi",
    "/registrati",
    "/registrati/nuovo-collegamento",
    "/password-dimenticata",
    "/conferma/<token:token>",
    "/nuova-password/<token:token>",
    "/invito/<token:token>",
    "/segnala/<slug:kind>/<int:object_id>",
}


@pytest.mark.parametrize("role", READERS)
def test_no_page_writes(role: str, crawled: Callable[[str], Crawl]) -> None:
    assert crawled(role).writes == []


@pytest.mark.parametrize("role", READERS)
def test_no_link_leads_astray(role: str, crawled: Callable[[str], Crawl], world: World) -> None:
    """What somebody is shown a link to, somebody may open."""
    assert astray(crawled(role).pages, starts(world)) == []


def astray(pages: Mapping[str, Answer], begun_with: Collection[str] = ()) -> list[str]:
    """Refused pages; where the walk began may be closed to this reader, if no link leads there."""
    # A page that refuses links to itself in other languages.
    opened = [page for page in pages.values() if page.status < 400]
    linked = {link for page in opened for link in links_of(page)}
    return [
        str(page)
        for path, page in pages.items()
        if page.status >= 400
        and not (page.status in (403, 404) and path in begun_with and path not in linked)
    ]


def test_the_use_of_a_session_is_noted_once_in_a_quarter_of_an_hour(
    site: Flask, browse_as: As
) -> None:
    """The one write that a GET may cause."""
    browser = browse_as("registered")
    with writes_noted() as writes:
        browser.get("/gemellaggi")
        assert writes == []
        with time_machine.travel(clock.now() + timedelta(minutes=16), tick=False):
            browser.get("/gemellaggi")
            browser.get("/enti")
            browser.get("/")
    assert len(writes) == 1
    assert writes[0].startswith("UPDATE sign_in_sessions SET last_seen_at")


def kept_of_visitors(app: Flask, pages: Mapping[str, Answer]) -> list[str]:
    """Pages that give a visitor a cookie or a token without being a form for visitors."""
    faults = []
    for path, page in pages.items():
        rule = rule_of(app, path.partition("?")[0])
        if rule in FORMS_FOR_VISITORS:
            continue
        if page.header("Set-Cookie"):
            faults.append(f"{path} sets a cookie")
        if "csrf" in page.text.lower():
            faults.append(f"{path} holds a token")
        if page.status == 200 and "no-store" in page.header("Cache-Control"):
            faults.append(f"{path} cannot be kept by caches")
    return faults


def test_visitors_get_no_cookie_and_no_token(
    site: Flask, browse_as: As, crawled: Callable[[str], Crawl]
) -> None:
    """Each page is somebody's first."""
    paths = [path for path, page in crawled("visitor").pages.items() if page.status == 200]
    pages = {path: browse_as("visitor").get(path) for path in paths}
    assert kept_of_visitors(site, pages) == []


def test_forms_for_visitors_do_hold_a_token(browse_as: As) -> None:
    """Twin: what is looked for can be found."""
    page = browse_as("visitor").get("/accedi")
    assert page.header("Set-Cookie")
    assert "csrf_token" in page.text


@pytest.fixture
def planted(site: Flask) -> Flask:
    """The site with three pages that do what no page may."""
    app = Flask("planted")
    app.config.update(
        SECRET_KEY="x", SQLALCHEMY_DATABASE_URI="sqlite://", GEMELLA=site.config["GEMELLA"]
    )
    db.init_app(app)

    def writing() -> str:
        db.session.execute(text("CREATE TABLE IF NOT EXISTS visits (id INTEGER)"))
        db.session.execute(text("INSERT INTO visits VALUES (1)"))
        db.session.execute(text("  update visits set id = 2"))
        db.session.execute(text("WITH one AS (SELECT 1) DELETE FROM visits"))
        db.session.execute(text("SELECT id AS created_at, 'delete' AS updates FROM visits"))
        return "<a href='/token'>avanti</a>"

    app.add_url_rule("/", "writing", public(writing))
    app.add_url_rule("/token", "token", public(lambda: '<input name="csrf_token">'))
    app.add_url_rule("/cookie", "cookie", public(lambda: ("", 200, {"Set-Cookie": "x=1"})))
    return app


def test_a_page_that_writes_is_seen(planted: Flask) -> None:
    browser = Browser(planted, base_url="http://localhost")
    with writes_noted() as writes:
        pages = crawl(planted, browser, "/token", "/cookie")
    assert [write.split()[0].lower() for write in writes] == ["create", "insert", "update", "with"]
    assert kept_of_visitors(planted, pages) == ["/token holds a token", "/cookie sets a cookie"]
    assert any("/menu: 404" in one for one in astray(pages))


def test_a_link_to_a_closed_page_is_seen() -> None:
    """Also where the walk began with it; what nothing leads to may be closed."""

    def page(path: str, status: int, body: str = "") -> Answer:
        kind = [("Content-Type", "text/html")]
        return Answer("GET", path, status, kind, f"<html><body>{body}</body></html>".encode(), 0.0)

    closed = {"/a/modifica": page("/a/modifica", 404, '<a href="/en/a/modifica">English</a>')}
    own = {"/": page("/", 200, '<a href="/a">a</a>')}
    led = {"/": page("/", 200, '<a href="/a/modifica">a</a>')}
    assert astray(own | closed, ["/a/modifica"]) == []
    assert len(astray(own | closed)) == 1
    assert len(astray(led | closed, ["/a/modifica"])) == 1
    broken = {"/a/modifica": page("/a/modifica", 500)}
    assert len(astray(own | broken, ["/a/modifica"])) == 1


def test_two_readers_get_the_same_page(browse_as: As, world: World) -> None:
    """What is the same for all visitors depends on nothing that one of them brought."""
    odd = {"User-Agent": "x", "Referer": "http://localhost/accedi", "Accept-Language": "de"}
    for path in ("/", "/gemellaggi", f"/discussioni/{world.things['thread_open'].id}", "/enti"):
        first = browse_as("visitor").get(path)
        second = browse_as("visitor").get(path, headers=odd)
        assert first.body == second.body, path
