"""Whatever stands in an address, no page breaks, runs it, or leads away from the site."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import quote, quote_plus, urljoin, urlsplit

import pytest
from flask import Flask, Request
from werkzeug.datastructures import ImmutableMultiDict

from tests.security import hostile
from tests.security.alive import alive_in
from tests.security.browser import Answer, Browser, as_bytes, forms_of
from tests.security.conftest import As
from tests.security.crawl import Crawl, rule_of
from tests.security.expectations import SEARCHES
from tests.security.form_attack import survived, visible
from tests.security.world import ACCOUNTS, DOMAIN, World
from tests.visitor import DEMO_PASSWORD

LONGEST_QUERY = 300
CURSORS = ("dopo", "prima")


def query(name: str, value: str | bytes) -> str:
    return f"{name}={quote_plus(as_bytes(value))}"


def search_faults(browser: Browser, path: str, name: str, text: str) -> list[str]:
    """Ask a search box: it answers, soon, repeats the question, and nothing of it is alive."""
    answer = browser.get(f"{path}?{query(name, text)}")
    faults = [*survived(answer), *alive_in(answer)]
    if answer.status != 200:
        faults.append(f"answered with {answer.status}")
    else:
        boxes = [f for f in forms_of(answer) if f.path == path and name in f.names]
        shown = [_solid("".join(box.control(name).values)) for box in boxes]
        wanted = _solid(text)
        # Long questions are cut, and what no page can show is left out.
        if not any(one == wanted or (len(one) > 80 and wanted.startswith(one)) for one in shown):
            faults.append(f"does not repeat the question: {shown}")
    return [f"{path} {text[:60]!r}: {fault}" for fault in faults]


def queries(shared: Path, count: int) -> list[str]:
    """Hostile questions; most of them from collections, spread evenly."""
    published = [
        *hostile.sample(hostile.suite(shared, "search_box_injection"), count),
        *hostile.sample(hostile.suite(shared, "blns"), count),
    ]
    own = [case.text for case in (*hostile.REFUSED_TEXTS, *hostile.KEPT_TEXTS)]
    return [*hostile.texts(published), *map(str, own), "famiglia " * 3_000, '"' * 500, "-" * 500]


def _solid(text: str) -> str:
    """What is seen of a text, white space apart."""
    return visible(text).replace(" ", "")


BOXES = [(path, name) for path, (_names, name) in SEARCHES.items() if name is not None]


def _who_searches(path: str) -> str:
    return "administrator" if path.startswith("/amministrazione") else "registered"


@pytest.mark.parametrize(("path", "name"), BOXES)
def test_a_search_box_takes_any_question(path: str, name: str, browse_as: As, shared: Path) -> None:
    browser = browse_as(_who_searches(path))
    count = 15 if path == "/cerca" else 3
    faults = [
        fault
        for text in queries(shared, count)
        for fault in search_faults(browser, path, name, text)
    ]
    assert faults == [], "\n".join(faults)


@pytest.mark.soak
@pytest.mark.timeout(900)
@pytest.mark.parametrize(("path", "name"), BOXES)
def test_a_search_box_takes_every_question(
    path: str, name: str, browse_as: As, shared: Path
) -> None:
    browser = browse_as(_who_searches(path))
    faults = [
        fault
        for text in queries(shared, 1_000)
        for fault in search_faults(browser, path, name, text)
    ]
    assert faults == [], "\n".join(faults)


class Asked(ImmutableMultiDict[str, str]):
    """Arguments of an address that note which of them a view asks for."""

    names: ClassVar[set[str]] = set()

    def get(self, key: str, *args: Any, **kwargs: Any) -> Any:
        self.names.add(key)
        return super().get(key, *args, **kwargs)

    def getlist(self, key: str, *args: Any, **kwargs: Any) -> Any:
        self.names.add(key)
        return super().getlist(key, *args, **kwargs)

    def __contains__(self, key: object) -> bool:
        self.names.add(str(key))
        return super().__contains__(key)


@pytest.fixture
def asked_of(
    site: Flask, browse_as: As, crawled: Callable[[str], Crawl], monkeypatch: pytest.MonkeyPatch
) -> Callable[[str], dict[str, set[str]]]:
    """For a role: pages that ask for arguments, one of each rule, with the names they ask for.

    Members' pages are those that visitors do not have.
    """

    def pages_of(role: str) -> dict[str, str]:
        """A page of each rule, by rule."""
        found: dict[str, str] = {}
        for path, answer in crawled(role).pages.items():
            if answer.status < 400 and not answer.leads_to_sign_in:
                found.setdefault(rule_of(site, urlsplit(path).path), path)
        return found

    def find(role: str) -> dict[str, set[str]]:
        browser, found, known = browse_as(role), {}, {}
        if role != "visitor":
            known = pages_of("visitor")
        for rule, path in pages_of(role).items():
            if rule in known:
                continue
            Asked.names = set()
            with monkeypatch.context() as patch:
                patch.setattr(Request, "parameter_storage_class", Asked)
                browser.get(path)
            if Asked.names:
                found[path] = Asked.names
        return found

    return find


ASKING = ("visitor", "verified", "editor", "administrator")
# One value in so many, another on each page: every value is tried, though not everywhere.
SPREAD = 8


# Who administers opens nearly all pages that others have.
@pytest.mark.parametrize("role", ["visitor", "administrator"])
def test_arguments_of_addresses_break_nothing(
    role: str, browse_as: As, asked_of: Callable[[str], dict[str, set[str]]]
) -> None:
    faults = argument_faults(browse_as(role), asked_of(role), every=False)
    assert faults == [], "\n".join(faults)


@pytest.mark.soak
@pytest.mark.timeout(900)
@pytest.mark.parametrize("role", ASKING)
def test_every_argument_breaks_nothing(
    role: str, browse_as: As, asked_of: Callable[[str], dict[str, set[str]]]
) -> None:
    faults = argument_faults(browse_as(role), asked_of(role), every=True)
    assert faults == [], "\n".join(faults)


def argument_faults(browser: Browser, asked: dict[str, set[str]], *, every: bool) -> list[str]:
    """Ask for some nonsense in all arguments at once, and with ``every`` for all of it and in each
    argument alone, too.
    """
    faults: list[str] = []
    cursors = hostile.cursors()
    for page, (path, names) in enumerate(sorted(asked.items())):
        base = path.partition("?")[0]
        plain = sorted(names - set(CURSORS))
        for number, value in enumerate(hostile.ARGUMENTS):
            if not every and number % SPREAD != page % SPREAD:
                continue
            groups = [plain, *([name] for name in plain if every)]
            for group in groups:
                asking = "&".join(query(name, value) for name in group)
                faults += _judge(browser.get(f"{base}?{asking}"))
        for number, cursor in enumerate(cursors if names & set(CURSORS) else ()):
            if every or number % 16 == page % 16:
                for name in CURSORS:
                    faults += _judge(browser.get(f"{base}?{query(name, cursor)}"))
    return faults


def _judge(answer: Answer) -> list[str]:
    faults = [*survived(answer), *leads_away(answer)]
    return [f"{answer.path[:160]}: {fault}" for fault in faults] + alive_in(answer)


def leads_away(answer: Answer) -> list[str]:
    """A redirect to another site, or a link that we did not mean to leave it."""
    if answer.location and not is_local(answer.location):
        return [f"leads to {answer.location!r}"]
    return []


def is_local(location: str) -> bool:
    """Whether a browser that follows this stays: backslashes are slashes, blanks are dropped."""
    bare = re.sub("[\x00-\x20]", "", location).replace("\\", "/")
    parts = urlsplit(urljoin("http://localhost/x/y", bare))
    return parts.scheme == "http" and parts.netloc == "localhost"


# Ways out of the folders of files, and addresses that are none.


def odd_paths(shared: Path, count: int) -> list[str]:
    published = hostile.texts(hostile.sample(hostile.suite(shared, "path_traversal"), count))
    own = [
        "../gemella.sqlite3",
        "..%2fgemella.sqlite3",
        "%2e%2e/%2e%2e/pyproject.toml",
        "....//....//etc/passwd",
        "/etc/passwd",
        "vendor/../../platform/portal/factory.py",
        "\\..\\..\\secret_key",
        "%00",
        "a%00.css",
        "%ff%fe",
        "%ed%a0%80",
        "x" * 5_000,
        "è" * 300,
        ".git/config",
        "//example.com",
        "/%09/example.com",
        "%0d%0aSet-Cookie: x=y",
        "<script>alert(1)</script>",
    ]
    return [*published, *own]


ROOTS = (
    "/static/",
    "/static/css/",
    "/immagini/",
    "/iscritti/",
    "/gemellaggi/",
    "/buone-pratiche/",
    "/dimensione-testo/",
    "/conferma/",
    "/discussioni/",
    "/en/",
    "/en/static/",
    "/",
)


@pytest.mark.parametrize("root", ROOTS)
def test_no_path_leads_out_of_the_site(root: str, browse_as: As, shared: Path) -> None:
    faults = path_faults(browse_as("visitor"), root, odd_paths(shared, 12))
    assert faults == [], "\n".join(faults)


@pytest.mark.soak
@pytest.mark.parametrize("root", ROOTS)
def test_no_path_at_all_leads_out_of_the_site(root: str, browse_as: As, shared: Path) -> None:
    faults = path_faults(browse_as("visitor"), root, odd_paths(shared, 1_000))
    assert faults == [], "\n".join(faults)


# A text size that nobody knows leads back; any word may be a link that is spent.
_ALSO = {"/dimensione-testo/": (302,), "/conferma/": (410,)}


def path_faults(browser: Browser, root: str, paths: Iterable[str]) -> list[str]:
    """Nothing but "unknown" and "not valid", whether the path is sent as it is or escaped."""
    faults = []
    for path in paths:
        for sent in dict.fromkeys((root + path, root + quote(path, safe=""))):
            answer = browser.get(_sendable(sent))
            found = [*survived(answer), *leads_away(answer), *alive_in(answer)]
            found += [f"links to {link}" for link in links_away(answer)]
            allowed = {404, 400, 308, *_ALSO.get(root, ())}
            if answer.status not in allowed and not _is_the_root(sent):
                found.append(f"answered with {answer.status}")
            if b"root:x:" in answer.body or b"[build-system]" in answer.body:
                found.append("gave a file away")
            faults += [f"{sent[:120]!r}: {fault}" for fault in found]
    return faults


def _sendable(path: str) -> str:
    """What a client would put on the wire: no raw blanks or letters, the rest as it is."""
    return quote(path, safe="/%\\:?#[]@!$&'()*+,;=")


def _is_the_root(path: str) -> bool:
    """A question mark or a hash ends the path: what is before it may be a page."""
    return bool(re.match(r"/(?:[a-z-]+/?)?(?:[?#]|$)", path))


def links_away(answer: Answer) -> list[str]:
    """Links of our own frame that an address bent: they all begin with one slash, or are known."""
    if not answer.is_page:
        return []
    found = [e.get("href") or "" for e in answer.page.iter("a", "link")]
    return [one for one in found if not is_local(one) and not one.startswith("mailto:")]


def test_a_link_that_an_address_bent_is_seen() -> None:
    page = b'<a href="//example.com/">Italiano</a><a href="/iscritti">Iscritti</a>'
    answer = Answer("GET", "/en//example.com/", 404, [("Content-Type", "text/html")], page, 0.1)
    assert links_away(answer) == ["//example.com/"]


# Open redirects.


def next_targets(shared: Path) -> list[str]:
    published = hostile.texts(hostile.suite(shared, "open_redirect"))
    bare = [one.removeprefix("/") for one in published]
    own = [
        "https://example.com",
        "//example.com",
        "/\\example.com",
        "/\t/example.com",
        "/\n/example.com",
        "\\/\\/example.com",
        "javascript:alert(1)",
        " /\x00/example.com",
        "/%5cexample.com",
        "/accedi?next=//example.com",
        "///example.com",
        "/..//example.com",
        "/./\\example.com",
        "http:example.com",
    ]
    return [*published, *bare, *own]


WAYS = ("signed in", "text size", "signing in")


@pytest.mark.parametrize(
    ("way", "share"),
    [*((way, 4) for way in WAYS), *(pytest.param(way, 1, marks=pytest.mark.soak) for way in WAYS)],
)
def test_next_never_leads_away(
    way: str,
    share: int,
    browse_as: As,
    shared: Path,
    site: Flask,
    restore: Callable[[], None],
) -> None:
    faults = []
    browser = browse_as("registered" if way == "signed in" else "visitor")
    token = browser.token("/accedi") if way == "signing in" else ""
    cookie = browser.cookie
    # Other ones on each way: together they take nearly all.
    targets = next_targets(shared)[WAYS.index(way) % share :: share]
    for number, target in enumerate(targets):
        asking = query("next", target)
        if way == "text size":
            answer = browser.get(f"/dimensione-testo/piu?{asking}")
        elif way == "signed in":
            answer = browser.get(f"/accedi?{asking}")
        else:
            mailbox = list(ACCOUNTS.values())[number % 9]
            fields = [
                ("csrf_token", token),
                ("email", f"{mailbox}@{DOMAIN}"),
                ("password", DEMO_PASSWORD),
            ]
            browser.cookie = cookie
            if number % 25 == 24:
                restore()
            answer = browser.post(f"/accedi?{asking}", fields)
        assert answer.status == 302, (target, answer.status)
        faults += [f"{target!r}: {fault}" for fault in leads_away(answer)]
        faults += [
            f"{target!r}: header broken" for _, v in answer.headers if re.search("[\r\n]", v)
        ]
    assert faults == []


@pytest.mark.parametrize(
    "location",
    [
        "//example.com",
        "https://example.com",
        "/\\example.com",
        "/\t/example.com",
        "javascript:alert(1)",
        "https:/example.com",
        "http://localhost@example.com/",
    ],
)
def test_a_way_out_is_seen(location: str) -> None:
    assert not is_local(location)


# Everything else that stands in a request.


@pytest.mark.parametrize("path", ["/", "/cerca?q=famiglia", "/accedi", "/il-mio-spazio", "/manca"])
def test_odd_headers_break_nothing(path: str, browse_as: As) -> None:
    for role in ("visitor", "registered"):
        browser = browse_as(role)
        for name, value in hostile.HEADERS.items():
            if name == "Cookie" and role != "visitor":
                continue
            answer = browser.get(path, headers={name: value})
            assert answer.status < 500, (name, answer.status)
            assert leads_away(answer) == [], name


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "TRACE", "CONNECT", "PROPFIND", "X"])
def test_other_methods_are_refused(method: str, browse_as: As) -> None:
    for path in ("/", "/accedi", "/profilo", "/discussioni/1", "/static/css/gemella.css", "/manca"):
        answer = browse_as("administrator").open(path, method)
        assert answer.status in (404, 405), (path, answer.status)


BODIES = (
    ("application/x-www-form-urlencoded", b"title=\xff\xfe&csrf_token=\x80"),
    ("application/x-www-form-urlencoded; charset=utf-16", "title=è".encode("utf-16")),
    ("application/x-www-form-urlencoded", b"&" * 100_000),
    ("application/x-www-form-urlencoded", b"=;=&&%&%0&%zz=%"),
    ("multipart/form-data", b"--x\r\n"),
    ("multipart/form-data; boundary=", b"----"),
    ("multipart/form-data; boundary=x", b"--x\r\nContent-Disposition: form-data\r\n\r\nx"),
    ("multipart/form-data; boundary=x", b'--x\r\nContent-Disposition: form-data; name="\xff"\r\n'),
    ("multipart/form-data; boundary=" + "x" * 5_000, b"--x--"),
    ("multipart/form-data; boundary=x", b"--x\r\n" * 50_000),
    ("application/json", b'{"title": '),
    ("application/json", b"[" * 100_000),
    ("application/xml", b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><x>&e;</x>'),
    ("text/plain", b"csrf_token=x"),
    ("", b"\0" * 1_000),
    ("x" * 3_000, b"x"),
)


@pytest.mark.parametrize("path", ["/accedi", "/profilo", "/profilo/immagine", "/discussioni/nuova"])
def test_bodies_that_are_no_form_are_refused(path: str, browse_as: As) -> None:
    browser = browse_as("registered")
    token = browser.token()
    for headers in ({}, {"X-CSRFToken": token}):
        for media_type, body in BODIES:
            answer = browser.open(path, "POST", data=body, content_type=media_type, headers=headers)
            # Nothing that was understood leaves a profile as it is.
            allowed = (400, 413, 422, 303) if path == "/profilo" else (400, 413, 422)
            assert answer.status in allowed, (media_type[:60], answer.status)
            assert answer.seconds < 2


def test_a_preview_takes_any_text(browse_as: As) -> None:
    browser = browse_as("registered")
    token = browser.token()
    cases = (*hostile.REFUSED_TEXTS, *hostile.KEPT_TEXTS, *hostile.BROKEN_TEXTS)
    for text in [case.text for case in cases] + ["", "x" * hostile.HUGE, "[" * 20_000]:
        answer = browser.post("/discussioni/anteprima", [("csrf_token", token), ("text", text)])
        assert [*survived(answer), *alive_in(answer)] == []
        assert answer.status == 200


def test_a_lost_connection_to_an_address_leaves_no_lock(site: Flask, world: World) -> None:
    """Reading never holds the database: a writer comes through while a page is half read."""
    browser = Browser(site, world.cookies["registered"])
    response = browser.client.get("/", base_url="http://localhost")
    with sqlite3.connect(site.config["GEMELLA"].data / "gemella.sqlite3", timeout=1) as connection:
        connection.execute("UPDATE flags SET value = value")
    connection.close()
    response.close()
