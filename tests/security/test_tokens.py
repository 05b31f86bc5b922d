"""No form is carried out without the token of the session that it was given to."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from flask import Flask

from tests.security.browser import Browser
from tests.security.conftest import As
from tests.security.permissions import ROUTES, Answer, address_of, routes_of, things_for
from tests.security.test_permissions import TYPED
from tests.security.world import DATABASE, Thing, World

PEOPLE = (
    "administrator", "moderator", "verified", "registered", "puglia", "former", "other_coordinator",
    "evaluator",
)  # fmt: skip
# What takes a form without the token of a session, and why.
EXEMPT = {
    "POST /avvisi/disattiva/<token:token>": (
        "mail programs send it (RFC 8058) without cookies; the address is signed, and allows no "
        "more than to stop one sort of mail to one member, who can undo it"
    ),
}
# What a form cannot do without: refused for the lack of it, it would tell nothing of the token.
NEEDED = {
    "POST /buone-pratiche/<slug:slug>/ripristina": [("number", "1")],
    "POST /discussioni/<int:thread_id>/letto": [("fino", "1")],
    "POST /messaggi/<int:post_id>/reazione": [("useful", "1")],
}
POSTS = sorted(route for route in ROUTES if route.startswith("POST ") and route not in EXEMPT)


def contents(database: Path) -> dict[str, int]:
    """A number for each table that any change of its rows changes."""
    with closing(sqlite3.connect(database, timeout=10)) as connection:
        tables = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        return {
            table: hash(tuple(connection.execute(f'SELECT * FROM "{table}"')))
            for (table,) in tables.fetchall()
            if table not in ("territories", "sqlite_sequence")
        }


def somebody_who_may(route: str, world: World) -> tuple[str, Thing | None]:
    """Who may do this, and to what; without, the route would refuse for another reason."""
    rule = ROUTES[route]
    things = things_for(rule.about, world) if rule.about else {"": None}
    for name, thing in things.items():
        # Signing out and the like need somebody to be signed in.
        for role in (*PEOPLE, "visitor"):
            if rule.answer(role, name) is Answer.OPEN:
                return role, thing
    raise AssertionError(f"nobody may {route}")


def unguarded(
    app: Flask, world: World, browse_as: As, route: str, foreign: str, database: Path
) -> Iterator[str]:
    """Ways in which the route can be used without its token."""
    role, thing = somebody_who_may(route, world)
    browser: Browser = browse_as(role)
    path = address_of(app, route, thing, world)
    typed = [*TYPED, *NEEDED.get(route, [])]
    before = contents(database)
    good = browser.token()
    attempts = {
        "no token": [],
        "an empty token": [("csrf_token", "")],
        "nonsense": [("csrf_token", "IjAwIg.x.y")],
        "a bent token": [("csrf_token", _bent(good))],
        "the token of another session": [("csrf_token", foreign)],
        "the token twice, the wrong one first": [("csrf_token", foreign), ("csrf_token", good)],
    }
    for way, token in attempts.items():
        answer = browser.post(path, [*token, *typed])
        if answer.status != 400:
            yield f"{route} with {way}: {answer.status}"
    # A form of another site, and what is no form at all.
    foreign_page = {"Sec-Fetch-Site": "cross-site", "Origin": "https://example.com"}
    if browser.post(path, typed, headers=foreign_page).status != 400:
        yield f"{route} from another site"
    if browser.open(path, "POST", data=b"{}", content_type="application/json").status != 400:
        yield f"{route} as JSON"
    in_address = browser.post(f"{path}?csrf_token={good}", typed)
    if in_address.status != 400:
        yield f"{route} with the token in the address: {in_address.status}"
    after = contents(database)
    yield from (f"{route} changed {table}" for table in after if after[table] != before[table])


def _bent(token: str) -> str:
    """Another signature: its tenth letter from the end is another one."""
    return token[:-10] + ("a" if token[-10] != "a" else "b") + token[-9:]


@pytest.fixture
def database(site: Flask) -> Path:
    return Path(site.config["GEMELLA"].data / DATABASE)


def test_every_post_needs_its_token(
    site: Flask, world: World, browse_as: As, database: Path
) -> None:
    asked = {r for r in routes_of(site) if not r.startswith("GET ")}
    assert asked == set(POSTS) | set(EXEMPT)
    foreign = browse_as("editor").token()
    faults = [
        fault
        for route in POSTS
        for fault in unguarded(site, world, browse_as, route, foreign, database)
    ]
    assert faults == [], "\n".join(faults)


@pytest.mark.parametrize("route", POSTS)
def test_the_right_token_is_taken(route: str, site: Flask, world: World, browse_as: As) -> None:
    """Twin: what is refused above is refused for its token and for nothing else."""
    role, thing = somebody_who_may(route, world)
    browser = browse_as(role)
    path = address_of(site, route, thing, world)
    typed = [*TYPED, *NEEDED.get(route, [])]
    answer = browser.post(path, [("csrf_token", browser.token()), *typed])
    assert "La pagina era aperta da troppo tempo" not in answer.text
    # Without its kind there is no story to begin.
    assert answer.status != 400 or path == "/invia-una-storia"


def test_no_other_form_is_exempt(site: Flask) -> None:
    csrf = site.extensions["csrf"]
    assert csrf._exempt_views == {"notifications.views.mails.unsubscribe_now"}
    assert csrf._exempt_blueprints == set()
    rules = {
        f"POST {rule.rule}"
        for rule in site.url_map.iter_rules()
        if rule.endpoint == "notifications.unsubscribe_now"
    }
    assert rules == set(EXEMPT)


def test_a_site_without_tokens_is_seen(
    site: Flask,
    world: World,
    browse_as: As,
    database: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Twin: the same check on a site that asks for none."""
    foreign = browse_as("editor").token()
    monkeypatch.setitem(site.config, "WTF_CSRF_ENABLED", False)
    monkeypatch.setitem(site.config, "WTF_CSRF_CHECK_DEFAULT", False)
    # Its pages hold no token any more.
    monkeypatch.setattr(Browser, "token", lambda _self, _path="": foreign)
    route = "POST /discussioni/<int:thread_id>"
    faults = list(unguarded(site, world, browse_as, route, foreign, database))
    assert f"{route} with no token: 302" in faults
    assert f"{route} changed posts" in faults


def test_a_token_is_given_back_only_to_our_own_pages(browse_as: As, world: World) -> None:
    """What was typed comes back with a fresh token; a foreign page must not get to see one."""
    browser = browse_as("registered")
    path = f"/discussioni/{world.things['thread_open'].id}"
    typed = [("text", "Un testo lungo, scritto con cura")]
    ours = browser.post(path, typed)
    assert ours.status == 400
    assert "Un testo lungo, scritto con cura" in ours.text
    foreign = browser.post(path, typed, headers={"Sec-Fetch-Site": "cross-site"})
    assert foreign.status == 400
    assert "Un testo lungo" not in foreign.text
    secret = browser.post(path, [*typed, ("password", "segreta"), ("new_password", "segreta")])
    assert "segreta" not in secret.text
