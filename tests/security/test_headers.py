"""What every answer says about itself, whatever kind of answer it is."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask

from core.config import Settings
from core.database import db
from portal.factory import create_app
from tests.conftest import build_settings
from tests.security import world as worlds
from tests.security.browser import Answer, Browser
from tests.security.conftest import As
from tests.security.crawl import Crawl
from tests.security.world import DOMAIN, World
from tests.visitor import DEMO_PASSWORD

SECURE = "https://gemella.example.it"
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:;"
    " font-src 'self'; connect-src 'self'; manifest-src 'self'; form-action 'self';"
    " base-uri 'none'; frame-ancestors 'none'"
)
EXPECTED = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Strict-Transport-Security": "max-age=31536000; includeSubDomains",
}


_FILE = re.compile(r"/allegati/\d+/versioni/\d+(?:/miniatura)?")


def header_faults(answer: Answer, *, secure: bool = True) -> list[str]:
    """Headers that are missing, different, or there twice."""
    faults = []
    for name, value in EXPECTED.items():
        wanted = [value] if secure or name != "Strict-Transport-Security" else []
        found = answer.all_headers(name)
        if name == "Content-Security-Policy" and _FILE.fullmatch(answer.path):
            # A file that somebody sent runs nowhere at all.
            wanted = ["sandbox; default-src 'none'", *wanted] if answer.status == 200 else wanted
        if found != wanted:
            faults.append(f"{answer.method} {answer.path} ({answer.status}): {name}: {found}")
    talkative = [name for name in ("Server", "X-Powered-By") if answer.header(name)]
    faults += [f"{answer.path}: {name} tells too much" for name in talkative]
    return faults


@pytest.fixture(scope="module")
def secure_app(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """The site as it is served to the world, with the cache of pages in front."""
    folder = tmp_path_factory.mktemp("secure")
    worlds.copy(template, folder)
    app = create_app(replace(build_settings(folder), base_url=SECURE, page_cache=True))
    yield app
    with app.app_context():
        db.engine.dispose()


@pytest.fixture
def secure(secure_app: Flask, template: Path) -> Callable[[str | None], Browser]:
    """A browser on it; with a role, signed in."""
    worlds.restore(template, secure_app.config["GEMELLA"].data)
    cookies = World.load((template / "world.json").read_text()).cookies
    return lambda role: Browser(secure_app, cookies[role] if role else None)


def test_every_kind_of_answer_has_all_headers(
    secure: Callable[[str | None], Browser],
    secure_app: Flask,
    world: World,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    visitor, member = secure(None), secure("registered")
    token = member.token()
    etag = visitor.get("/buone-pratiche/feed").header("ETag")
    asset = visitor.get("/static/css/gemella.css")
    thread = f"/discussioni/{world.things['thread_open'].id}"
    monkeypatch.setitem(secure_app.view_functions, "portal.privacy", _broken)
    answers = {
        "page": (200, visitor.get("/")),
        "kept page": (200, visitor.get("/")),
        "page that is known": (
            304,
            visitor.get("/", headers={"If-None-Match": visitor.get("/").header("ETag")}),
        ),
        "page for a head": (200, visitor.open("/", "HEAD")),
        "options": (200, visitor.open("/", "OPTIONS")),
        "members' page": (200, member.get("/il-mio-spazio")),
        "to sign-in": (302, visitor.get("/il-mio-spazio")),
        "to one slash": (308, visitor.get("//gemellaggi")),
        "text size": (302, visitor.get("/dimensione-testo/piu")),
        "no token": (400, visitor.post("/accedi")),
        "unknown": (404, visitor.get("/manca")),
        "forbidden": (403, member.get("/moderazione")),
        "another method": (405, visitor.open("/", "PUT")),
        "not valid": (
            422,
            member.post(thread, [("csrf_token", token)], headers={"Referer": SECURE + thread}),
        ),
        "no referrer": (400, member.post(thread, [("csrf_token", token)])),
        "spent link": (410, visitor.get("/conferma/x")),
        "too large": (413, member.post(thread, [("text", "x" * 9_000_000)])),
        "fault": (500, visitor.get("/privacy")),
        "forged host": (400, visitor.get("/", headers={"Host": "example.com"})),
        "asset": (200, asset),
        "asset in another language": (200, visitor.get("/en/static/css/gemella.css")),
        "unknown asset": (404, visitor.get("/static/manca.css")),
        "feed": (200, visitor.get("/buone-pratiche/feed")),
        "feed that is known": (
            304,
            visitor.get("/buone-pratiche/feed", headers={"If-None-Match": etag}),
        ),
        "picture": (200, visitor.get(f"/immagini/{world.things['picture_active'].slug}")),
        "words": (200, visitor.get("/robots.txt")),
        "JSON": (200, visitor.get("/healthz")),
        "description": (200, visitor.get("/opensearch.xml")),
    }
    statuses = {name: answer.status for name, (_, answer) in answers.items()}
    assert statuses == {name: status for name, (status, _) in answers.items()}
    faults = [fault for _, answer in answers.values() for fault in header_faults(answer)]
    assert faults == [], "\n".join(faults)


def _broken() -> str:
    raise RuntimeError("a fault that nobody thought of")


def test_a_fault_tells_nothing_of_the_house(
    secure: Callable[[str | None], Browser],
    secure_app: Flask,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(secure_app.view_functions, "portal.privacy", _broken)
    page = secure(None).get("/privacy").text
    for word in ("Traceback", "RuntimeError", "nobody thought of", "/platform/", "werkzeug"):
        assert word not in page


def test_the_policy_has_no_hole() -> None:
    assert "unsafe" not in POLICY
    assert "*" not in POLICY
    assert "http:" not in POLICY
    assert "data:" not in POLICY.replace("img-src 'self' data:", "")


@pytest.mark.parametrize(
    "bad",
    [
        {"Content-Security-Policy": POLICY.replace("script-src 'self'", "script-src *")},
        {"X-Content-Type-Options": ""},
        {"Strict-Transport-Security": ""},
        {"Referrer-Policy": "unsafe-url"},
    ],
)
def test_a_header_that_is_not_right_is_seen(bad: dict[str, str]) -> None:
    headers = [(name, value) for name, value in (EXPECTED | bad).items() if value]
    answer = Answer("GET", "/prova", 200, headers, b"", 0.1)
    assert len(header_faults(answer)) == 1
    twice = Answer("GET", "/prova", 200, [*EXPECTED.items(), *EXPECTED.items()], b"", 0.1)
    assert len(header_faults(twice)) == len(EXPECTED)


def test_without_https_nothing_is_said_of_it(browse_as: As) -> None:
    for path in ("/", "/manca", "/static/css/gemella.css"):
        assert header_faults(browse_as("visitor").get(path), secure=False) == []


@pytest.mark.parametrize("role", ["visitor", "registered", "administrator"])
def test_every_page_of_a_walk_has_all_headers(role: str, crawled: Callable[[str], Crawl]) -> None:
    pages = crawled(role).pages.values()
    faults = [fault for page in pages for fault in header_faults(page, secure=False)]
    assert faults == []


def kept_private(pages: Iterator[Answer]) -> list[str]:
    """Pages of somebody who is signed in that a cache may keep."""
    return [
        f"{page.path}: {page.header('Cache-Control')!r}"
        for page in pages
        # A picture or file that everybody may see is the same for everybody.
        if page.header("Cache-Control") != "no-store"
        and not page.path.startswith("/immagini/")
        and not (_FILE.fullmatch(page.path) and page.header("Cache-Control") == FILE_FOR_ALL)
    ]


# Kept, but asked for each time.
FILE_FOR_ALL = "public, no-cache"


@pytest.mark.parametrize("role", ["registered", "administrator"])
def test_no_cache_keeps_private_pages(role: str, crawled: Callable[[str], Crawl]) -> None:
    assert kept_private(iter(crawled(role).pages.values())) == []


def test_a_private_page_that_is_kept_is_seen() -> None:
    public = [("Cache-Control", "public, max-age=60")]
    page = Answer("GET", "/il-mio-spazio", 200, public, b"", 0.1)
    assert kept_private(iter([page])) == ["/il-mio-spazio: 'public, max-age=60'"]


def test_a_hidden_picture_is_not_kept(browse_as: As, world: World) -> None:
    path = f"/immagini/{world.things['picture_suspended'].slug}"
    assert browse_as("visitor").get(path).status == 404
    assert browse_as("moderator").get(path).header("Cache-Control") == "no-store"


def test_only_files_for_everybody_are_kept(browse_as: As, world: World) -> None:
    for name, role, expected in (
        ("file_on_story", "visitor", FILE_FOR_ALL),
        ("file_on_story", "editor", FILE_FOR_ALL),
        ("file_on_draft", "registered", "no-store"),
        ("file_of_partners", "trento", "no-store"),
        ("file_on_private_twinning", "puglia", "no-store"),
        ("file_hidden", "moderator", "no-store"),
    ):
        path = f"/allegati/{world.things[name].id}/versioni/1"
        for part in ("", "/miniatura"):
            assert browse_as(role).get(path + part).header("Cache-Control") == expected, name


# Hosts.


@pytest.mark.parametrize(
    "host",
    [
        "example.com",
        "gemella.example.it.example.com",
        "example.com#gemella.example.it",
        "gemella.example.it:443@example.com",
        "gemella.example.it:8443",
        "127.0.0.1",
        "localhost",
        "gemella.example.it\\@example.com",
        "[::1",
        " ",
        "a" * 5_000,
        "gemella.example.it, example.com",
    ],
)
def test_another_host_is_refused(host: str, secure: Callable[[str | None], Browser]) -> None:
    """So that no forged name reaches a link in a page or a mail."""
    for path in ("/", "/accedi", "/manca", "/buone-pratiche/feed"):
        answer = secure(None).get(path, headers={"Host": host})
        assert answer.status == 400, (path, answer.status)
        assert "example.com" not in answer.text.replace("gemella.example.it", "")


@pytest.mark.parametrize("name", ["X-Forwarded-Host", "X-Forwarded-Server", "Forwarded", "X-Host"])
def test_no_other_header_names_the_host(name: str, secure: Callable[[str | None], Browser]) -> None:
    for path in ("/", "/gemellaggi/feed", "/.well-known/security.txt", "/opensearch.xml"):
        answer = secure(None).get(path, headers={name: "evil.example"})
        assert answer.status == 200
        assert "evil.example" not in answer.text


def test_nobody_bends_the_page_of_the_next_visitor(
    secure: Callable[[str | None], Browser],
) -> None:
    """What one visitor sends changes nothing in the pages that are kept for others."""
    bent = {
        "X-Forwarded-Host": "evil.example",
        "X-Forwarded-Proto": "http",
        "X-Original-URL": "/moderazione",
        "X-HTTP-Method-Override": "POST",
        "Accept-Language": "de",
        "Cookie": "testo=<script>; lingua=de; altra=evil",
        "Origin": "https://evil.example",
        "Range": "bytes=0-10",
    }
    for path in ("/enti", "/cerca?q=x", "/iscritti", "/en/enti", "/gemellaggi/feed"):
        first = secure(None).get(path, headers=bent)
        second = secure(None).get(path)
        assert first.status == second.status == 200
        assert "evil" not in second.text
        assert "gemella.js" in second.text or "feed" in path
        assert second.body == secure(None).get(path).body


# Cookies and sessions.


def sign_in(browser: Browser, mailbox: str = "registrato", password: str = DEMO_PASSWORD) -> Answer:
    token = browser.token("/accedi")
    fields = [
        ("csrf_token", token),
        ("email", f"{mailbox}@{DOMAIN}"),
        ("password", password),
    ]
    return browser.post("/accedi", fields, headers={"Referer": f"{browser.origin}/accedi"})


def is_signed_in(browser: Browser) -> bool:
    return browser.get("/il-mio-spazio").status == 200


def test_cookies_are_closed(secure: Callable[[str | None], Browser], browse_as: As) -> None:
    for browser, name, is_secure in (
        (secure(None), "__Host-gemella", True),
        (browse_as("visitor"), "gemella", False),
    ):
        for answer in (browser.get("/accedi"), sign_in(browser)):
            (cookie,) = answer.all_headers("Set-Cookie")
            parts = [part.strip() for part in cookie.split(";")]
            assert parts[0].startswith(f"{name}=")
            attributes = {re.sub("=.*", "", part): part for part in parts[1:]}
            assert attributes["HttpOnly"]
            assert attributes["SameSite"] == "SameSite=Lax"
            assert attributes["Path"] == "Path=/"
            assert ("Secure" in attributes) is is_secure
            assert "Domain" not in attributes
            assert "no-store" in answer.header("Cache-Control")
        (size,) = browser.get("/dimensione-testo/piu").all_headers("Set-Cookie")
        assert ("Secure" in size) is is_secure
        assert "HttpOnly" in size


def test_signing_in_makes_a_new_session(browse_as: As) -> None:
    """What somebody planted before is worth nothing afterwards."""
    browser = browse_as("visitor")
    browser.get("/accedi")
    planted = browser.cookie
    sign_in(browser)
    first = browser.cookie
    assert is_signed_in(browser)
    assert first != planted
    other = browse_as("visitor")
    other.cookie = planted
    assert not is_signed_in(other)
    sign_in(other)
    assert other.cookie != first
    assert is_signed_in(browser)


def test_signing_out_ends_the_session_for_good(browse_as: As) -> None:
    browser = browse_as("visitor")
    sign_in(browser)
    kept = browser.cookie
    token = browser.token()
    answer = browser.post("/esci", [("csrf_token", token)])
    assert answer.status == 302
    browser.cookie = kept
    assert not is_signed_in(browser)


def test_a_new_password_ends_the_other_sessions(browse_as: As) -> None:
    here, there = browse_as("visitor"), browse_as("visitor")
    sign_in(here)
    sign_in(there)
    changed = here.post(
        "/profilo/password",
        [
            ("csrf_token", here.token()),
            ("current", DEMO_PASSWORD),
            ("password", "quattro parole di prova insieme"),
        ],
    )
    assert changed.status == 303
    assert is_signed_in(here)
    assert not is_signed_in(there)


def test_a_reset_ends_all_sessions_and_works_once(browse_as: As, world: World) -> None:
    signed_in, visitor = browse_as("registered"), browse_as("visitor")
    assert is_signed_in(signed_in)
    path = f"/nuova-password/{world.tokens['reset']}"
    fields = [("csrf_token", visitor.token(path)), ("password", "quattro parole di prova insieme")]
    assert visitor.post(path, fields).status == 303
    assert not is_signed_in(signed_in)
    assert visitor.get(path).status == 410


def test_a_cookie_of_another_house_opens_nothing(
    browse_as: As, world: World, settings_in: Settings, template: Path
) -> None:
    worlds.copy(template, settings_in.data)
    app = create_app(replace(settings_in, secret_key="another key, of another installation"))
    assert not is_signed_in(Browser(app, world.cookies["administrator"]))
    with app.app_context():
        db.engine.dispose()
    for bent in ("", "x", world.cookies["administrator"][:-4] + "AAAA", "a.b.c", "\xe9"):
        browser = browse_as("visitor")
        browser.cookie = bent
        assert browser.get("/il-mio-spazio").leads_to_sign_in
