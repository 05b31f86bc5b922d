"""The same in a real browser: no payload runs, whatever field it is in and whoever reads it.

The policy that would stop scripts anyway is switched off here: what is tried is that nothing gets
that far. That the policy stops what does get there is tried, too.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Browser as Chromium
from playwright.sync_api import BrowserContext, Error, Page
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from core.access import public
from core.database import db
from tests.security import hostile
from tests.security.poison import WORD, Poisoned, poison
from tests.security.test_scripts import DESKS, JUDGING, LISTS, index
from tests.security.world import World

pytestmark = [pytest.mark.soak, pytest.mark.browser, pytest.mark.timeout(900)]

PAYLOADS = 150
# Where the texts of a thing stand together, every payload is met. Of the other pages each payload
# meets one of so many, and each of these pages meets as many of the payloads.
SPREAD = 6
# To go to a page costs a browser three times as much as to write it into a frame of another one.
VISITED = 4
TYPED = 20

EMPTY = "/vuota"

# Runs before every page: notes whatever a script would do to be noticed.
WATCH = """
window.__ran = [];
for (const name of ["alert", "confirm", "prompt", "print", "open"])
  window[name] = () => { window.__ran.push(name); return null; };
window.addEventListener("message", () => window.__ran.push("message"));
"""
# What needs a hand or a pointer to run, and what no template of ours writes.
LOOK = """
(window) => {
  const document = window.document;
  const found = [...window.__ran];
  for (const element of document.querySelectorAll("*")) {
    for (const { name, value } of element.attributes) {
      if (/^on/i.test(name)) found.push(`<${element.localName} ${name}>`);
      if (/^(href|src|action|formaction|data|xlink:href|srcdoc)$/i.test(name)
          && /^[\\s\\x00-\\x20]*(javascript|vbscript|data):/i.test(value)
          && !(element.localName === "img" && /^data:image/.test(value)))
        found.push(`<${element.localName} ${name}=${value.slice(0, 60)}>`);
    }
  }
  for (const element of document.querySelectorAll(
      "iframe,object,embed,frame,base,applet,math,animate,set,foreignObject,style,"
      + "meta[http-equiv],video,audio,marquee,script:not([src^='/static/'])"))
    found.push(`<${element.localName}>`);
  if (!document.querySelector("main#contenuto")) found.push("no page");
  return found;
}
"""
# Each page is fetched and parsed in a frame of its own, with its scripts, by the same parser that
# a page is parsed by which is gone to. To write forgets listeners, and keeps what was replaced.
READ = f"""
(paths) => {{
  const look = {LOOK};
  const read = async (path) => {{
    const answer = await fetch(path);
    if (answer.status >= 500) return [`status ${{answer.status}}`];
    const text = await answer.text();
    const frame = document.body.appendChild(document.createElement("iframe"));
    const inside = frame.contentWindow;
    frame.contentDocument.open();
    inside.addEventListener("message", () => inside.__ran.push("message"));
    const loaded = new Promise((done) => {{
      frame.addEventListener("load", () => done([]));
      setTimeout(() => done(["did not end to load"]), 10_000);
    }});
    frame.contentDocument.write(text);
    frame.contentDocument.close();
    const found = await loaded;
    if (frame.contentWindow !== inside) found.push("went elsewhere");
    found.push(...look(inside));
    frame.remove();
    return found;
  }};
  return Promise.all(paths.map(read));
}}
"""


@dataclass
class Watch:
    """A page of a real browser, and what it was seen to do on its own."""

    page: Page
    origin: str
    seen: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.on("dialog", self._dialog)
        self.page.on("request", self._request)
        self.page.on("popup", lambda _page: self.seen.append("opened a window"))

    def _dialog(self, dialog: Any) -> None:
        self.seen.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    def _request(self, request: Any) -> None:
        if not request.url.startswith((self.origin, "data:image/")):
            self.seen.append(f"asked for {request.url[:80]}")

    def open(self, path: str) -> list[str]:
        """Open a page; what ran, what could, and what went elsewhere."""
        self.seen.clear()
        try:
            answer = self.page.goto(self.origin + path, wait_until="load")
        except Error as error:
            return [f"did not open: {str(error)[:100]}"]
        assert answer is not None
        found = [] if answer.status < 500 else [f"status {answer.status}"]
        return [*found, *self.look()]

    def look(self) -> list[str]:
        try:
            ran = self.page.evaluate(f"({LOOK})(window)")
        except Error as error:
            ran = [f"the page went away: {error}"]
        return [*self.seen, *ran]

    def read(self, paths: Iterable[str]) -> list[str]:
        """Let pages be parsed in frames of an empty page, side by side; as ``open``."""
        self.seen.clear()
        asked = list(paths)
        try:
            if not self.page.url.endswith(EMPTY):
                self.page.goto(self.origin + EMPTY)
            found = self.page.evaluate(READ, asked)
        except Error as error:
            self.page.goto("about:blank")
            return [f"one of {asked} leads away: {str(error)[:100]}"]
        faults = [f"{path}: {one}" for path, of in zip(asked, found, strict=True) for one in of]
        return [*self.seen, *faults]


class _Quiet(WSGIRequestHandler):
    def log(self, type: str, message: str, *args: Any) -> None:  # noqa: A002 - its name there
        pass


class Plain:
    """The site without style, which nothing that is tried here needs, and with an empty page."""

    def __init__(self, site: Flask) -> None:
        self._site = site

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        path = environ["PATH_INFO"]
        if path == EMPTY:
            start_response("200 OK", [("Content-Type", "text/html")])
            return [b"<!doctype html><title>-</title><body>"]
        if path.endswith((".css", ".woff2")):
            kept = ("Cache-Control", "max-age=3600, immutable")
            start_response("200 OK", [("Content-Type", "text/css"), kept])
            return []
        return self._site(environ, start_response)


@pytest.fixture
def server(site: Flask) -> Iterator[BaseWSGIServer]:
    server = make_server("127.0.0.1", 0, Plain(site), threaded=True, request_handler=_Quiet)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def watch(
    chromium: Chromium, server: BaseWSGIServer, cookie: str | None, *, policy: bool = False
) -> tuple[BrowserContext, Watch]:
    origin = f"http://127.0.0.1:{server.server_port}"
    # A small window: nobody looks, and painting is most of the work.
    window: Any = {"width": 320, "height": 240}
    context = chromium.new_context(bypass_csp=not policy, viewport=window)
    context.set_default_timeout(15_000)
    context.add_init_script(WATCH)
    if cookie is not None:
        context.add_cookies([{"name": "gemella", "value": cookie, "url": origin}])
    return context, Watch(context.new_page(), origin)


@pytest.fixture
def payloads(shared: Path) -> list[str]:
    published = hostile.sample(hostile.suite(shared, "xss_lists"), PAYLOADS)
    return [hostile.MARKUP, *hostile.texts(published)]


@pytest.fixture
def poisoned(site: Flask, payloads: list[str]) -> list[Poisoned]:
    with site.test_request_context():
        made = poison(payloads)
        index(site)
        db.session.remove()
    return made


def test_no_payload_runs_on_any_page(
    chromium: Chromium, server: BaseWSGIServer, poisoned: list[Poisoned], world: World
) -> None:
    """Visitors read all that can be read; administrators meet every text again in forms, evaluators
    beside their questions."""
    faults: list[str] = []
    for role, lists, pages_of, main_pages_of in (
        ("visitor", LISTS, Poisoned.pages, Poisoned.main_pages),
        ("administrator", (*LISTS, *DESKS), Poisoned.forms, Poisoned.main_forms),
        ("evaluator", JUDGING, Poisoned.judged, Poisoned.main_judged),
    ):
        context, browser = watch(chromium, server, world.cookies.get(role))
        results = [f"/cerca?q={WORD}&pagina={number}" for number in range(2, 12)]
        for path in lists:
            faults += [f"{path}: {fault}" for fault in browser.open(path)]
        faults += browser.read(results)
        for number, one in enumerate(poisoned):
            # The forms that only ask for a reason show but the title, as the pages do.
            paths = [path for path in pages_of(one) if not path.endswith(_ASKING)]
            if number % (len(poisoned) // VISITED) == 0:
                found = [f"{path}: {fault}" for path in paths for fault in browser.open(path)]
            else:
                main = set(main_pages_of(one))
                others = [path for path in paths if path not in main]
                found = browser.read([*main, *others[number % SPREAD :: SPREAD]])
            faults += [f"{one.payload!r} on {fault}" for fault in found]
        context.close()
    assert faults == [], "\n".join(faults[:60])


_ASKING = ("/rimuovi", "/archivia", "/stato", "/elimina", "/chiudi", "/nascondi", "/togli")


def test_no_payload_runs_when_it_is_typed(
    chromium: Chromium, server: BaseWSGIServer, payloads: list[str], world: World
) -> None:
    """Previews, refused forms, search boxes: typed into the page, sent, shown again."""
    context, browser = watch(chromium, server, world.cookies["verified"])
    thread = world.things["thread_open"].id
    faults: list[str] = []
    for payload in payloads[:: max(1, len(payloads) // TYPED)]:
        for path, action, button in (
            ("/invia-una-storia?tipo=offro", "invia-una-storia", "avanti"),
            (f"/discussioni/{thread}", f"discussioni/{thread}", "anteprima"),
            ("/discussioni/nuova", "discussioni/nuova", "anteprima"),
            ("/profilo", "/profilo", ""),
            ("/cerca", "/cerca", ""),
            ("/iscritti", "/iscritti", ""),
        ):
            faults += [f"{path}: {fault}" for fault in browser.open(path)]
            with browser.page.expect_navigation():
                browser.page.evaluate(TYPE, [action, payload, button])
            faults += [f"{payload!r} typed on {path}: {fault}" for fault in browser.look()]
    context.close()
    assert faults == [], "\n".join(faults[:60])


# Fill all texts of the form that is sent there, and send it.
TYPE = """
([action, payload, button]) => {
  const forms = [...document.forms].filter((form) => form.action.split("?")[0].endsWith(action));
  const form = forms.at(-1);
  for (const one of form.elements) {
    if (one.localName === "textarea" || ["text", "search", "email"].includes(one.type))
      one.value = payload;
  }
  const pressed = [...form.elements].find((one) => button && one.value === button);
  form.requestSubmit(pressed || undefined);
}
"""


# The twins.


@pytest.fixture
def planted(site: Flask, payloads: list[str]) -> Iterator[int]:
    """Pages of the site that print a payload as it is; how many there are."""
    from flask import render_template_string

    def page(number: int) -> str:
        frame = (
            "{% extends '_layout/base.html' %}{% block content %}<p title='{{ t|safe }}'>"
            "{{ t|safe }}</p>{% endblock %}"
        )
        return render_template_string(frame, t=payloads[number])

    site._got_first_request = False
    site.add_url_rule("/piantata/<int:number>", "planted", public(page))
    yield len(payloads)
    site._got_first_request = True
    site.view_functions.pop("planted")


@pytest.mark.parametrize("way", ["open", "read"])
def test_payloads_that_are_printed_as_they_are_are_seen(
    chromium: Chromium, server: BaseWSGIServer, planted: int, way: str
) -> None:
    context, browser = watch(chromium, server, None)
    context.set_default_timeout(3_000)
    numbers = range(1, planted, 3 if way == "open" else 1)
    pages = [f"/piantata/{number}" for number in numbers]
    seen = [
        page for page in pages if (browser.open(page) if way == "open" else browser.read([page]))
    ]
    context.close()
    assert len(seen) > 0.75 * len(pages), f"{len(seen)} of {len(pages)}"


def test_the_policy_stops_what_is_printed_as_it_is(
    chromium: Chromium, server: BaseWSGIServer, planted: int
) -> None:
    """The second line: with the policy that pages carry, no planted script runs."""
    ran = {}
    for policy in (False, True):
        context, browser = watch(chromium, server, None, policy=policy)
        context.set_default_timeout(3_000)
        ran[policy] = [word for n in range(1, planted, 3) for word in _ran(browser, n)]
        context.close()
    assert ran[False], "no payload runs even without a policy: nothing was tried"
    assert ran[True] == []


def _ran(browser: Watch, number: int) -> list[str]:
    browser.open(f"/piantata/{number}")
    try:
        return list(browser.page.evaluate("window.__ran || []"))
    except Error:
        return []
