"""The same in a real browser: no payload runs, whatever field it is in and whoever reads it.

The policy that would stop scripts anyway is switched off here: what is tried is that nothing gets
that far. That the policy stops what does get there is tried, too.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
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
from tests.security.test_scripts import DESKS, LISTS, index
from tests.security.world import World

pytestmark = [pytest.mark.soak, pytest.mark.browser, pytest.mark.timeout(600)]

PAYLOADS = 150
TYPED = 20

# Runs before every page: notes whatever a script would do to be noticed.
WATCH = """
window.__ran = [];
for (const name of ["alert", "confirm", "prompt", "print", "open"])
  window[name] = () => { window.__ran.push(name); return null; };
window.addEventListener("message", () => window.__ran.push("message"));
"""
# What needs a hand or a pointer to run, and what no template of ours writes.
LOOK = """
() => {
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
            ran = self.page.evaluate(LOOK)
        except Error as error:
            ran = [f"the page went away: {error}"]
        return [*self.seen, *ran]


class _Quiet(WSGIRequestHandler):
    def log(self, type: str, message: str, *args: Any) -> None:  # noqa: A002 - its name there
        pass


@pytest.fixture
def server(site: Flask) -> Iterator[BaseWSGIServer]:
    server = make_server("127.0.0.1", 0, site, threaded=True, request_handler=_Quiet)
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
    """Visitors read all that can be read; administrators meet every text again in forms."""
    faults: list[str] = []
    for role, lists, pages_of in (
        ("visitor", LISTS, Poisoned.pages),
        ("administrator", (*LISTS, *DESKS), Poisoned.forms),
    ):
        context, browser = watch(chromium, server, world.cookies.get(role))
        results = [f"/cerca?q={WORD}&pagina={number}" for number in range(2, 12)]
        for path in (*lists, *results):
            faults += [f"{path}: {fault}" for fault in browser.open(path)]
        for one in poisoned:
            # The forms that only ask for a reason show but the title, as the pages do.
            paths = [path for path in pages_of(one) if not path.endswith(_ASKING)]
            for path in paths:
                faults += [f"{one.payload!r} on {path}: {fault}" for fault in browser.open(path)]
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


def test_payloads_that_are_printed_as_they_are_are_seen(
    chromium: Chromium, server: BaseWSGIServer, planted: int
) -> None:
    context, browser = watch(chromium, server, None)
    context.set_default_timeout(3_000)
    seen = [number for number in range(1, planted) if browser.open(f"/piantata/{number}")]
    context.close()
    assert len(seen) > 0.75 * planted, f"{len(seen)} of {planted}"


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
