"""Somebody at a real browser, who says what is clicked in the words that stand on the page."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from urllib.parse import urljoin, urlsplit

from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Locator,
    Page,
    Request,
    Response,
    expect,
)

from tests.journeys.album import Album, Sheet
from tests.visitor import DEMO_PASSWORD

PATIENCE = 15_000  # milliseconds until an expectation has failed; a busy machine is no fault
DESK = {"width": 1280, "height": 900}

expect.set_options(timeout=PATIENCE)


class Reader:
    """One person with one browser; every page that it is given goes into the album."""

    def __init__(self, context: BrowserContext, *, name: str, site: str, album: Album) -> None:
        self.name = name
        self.context = context
        self.faults: list[str] = []
        self._site = site
        self._album = album
        context.set_default_timeout(PATIENCE)
        self._documents: list[Response] = []
        self.answered_at = 0.0  # when the last form that was sent was answered, monotonic seconds
        self.page = self._new_tab()

    def _new_tab(self) -> Page:
        page = self.context.new_page()
        listen_for_faults(page, self._site, lambda fault: self.faults.append(f"{page.url} {fault}"))
        page.on("response", self._note)
        return page

    def close_tab(self) -> None:
        """Close the tab without a word, as a crash does, and open an empty one."""
        self.page.close(run_before_unload=False)
        self.page = self._new_tab()

    def open(self, path: str) -> Page:
        """Open a page by its address."""
        self.page.goto(urljoin(self._site, path))
        self.keep()
        return self.page

    def collect(self, *paths: str) -> None:
        """Put pages into the album without drawing them: they are drawn when they are judged."""
        for path in paths:
            answer = self.context.request.get(urljoin(self._site, path))
            self._album.add(
                Sheet(self.name, answer.url, answer.status, answer.headers, answer.text())
            )

    def sign_in(self, email: str, password: str = DEMO_PASSWORD) -> None:
        """Sign in through the page."""
        self.open("/accedi")
        self.fill_in({"E-mail": email, "Password": password})
        self.press("Accedi")
        self.sees("Esci", role="button")

    def fill_in(self, fields: dict[str, str]) -> None:
        """Type into the fields that have these labels."""
        for label, value in fields.items():
            self.main.get_by_label(label, exact=True).fill(value)

    def press(self, label: str, *, within: Locator | None = None) -> None:
        """Press the button that says this; more may follow for those who do not see the page."""
        (within or self.main).get_by_role("button", name=_beginning(label)).click()
        self.keep()

    def follow(self, label: str, *, within: Locator | None = None) -> None:
        """Follow the link that says this; more may follow for those who do not see the page."""
        (within or self.main).get_by_role("link", name=_beginning(label)).first.click()
        self.keep()

    def send_empty(self, path: str, button: str) -> None:
        """Press the button of a form in which nothing was written."""
        self.open(path)
        self.press(button)

    def address_of(self, label: str, *, within: Locator | None = None) -> str:
        """Where the link that says this leads."""
        link = (within or self.main).get_by_role("link", name=_beginning(label)).first
        return link.get_attribute("href") or ""

    def sees(self, words: str, *, role: str | None = None) -> None:
        """The page shows these words, as a heading, a link … where a role is given."""
        place = (
            self.page.get_by_role(role, name=words)  # type: ignore[arg-type]
            if role
            else self.main.get_by_text(words)
        )
        expect(place.first).to_be_visible()

    def misses(self, words: str) -> None:
        """The page does not have these words, now that all of it has come."""
        self.page.wait_for_load_state()
        assert self.main.get_by_text(words).count() == 0, f"{self.page.url} shows “{words}”"

    @property
    def main(self) -> Locator:
        return self.page.get_by_role("main")

    def _note(self, response: Response) -> None:
        if response.request.method == "POST":
            self.answered_at = time.monotonic()
        if response.request.is_navigation_request() and not 300 <= response.status < 400:
            self._documents.append(response)

    def keep(self) -> None:
        """Put the page that was given into the album: with the next one it is forgotten."""
        while self._documents:
            response = self._documents.pop(0)
            if response.headers.get("content-type", "").startswith("text/html"):
                self._album.add(
                    Sheet(
                        self.name, response.url, response.status, response.headers, response.text()
                    )
                )


def listen_for_faults(page: Page, site: str, note: Callable[[str], None]) -> None:
    """Note what a page must not do: write to the console, fail, ask another host for something."""

    def console(message: ConsoleMessage) -> None:
        # An error page is an answer; only the browser calls it a fault.
        if not (message.location["url"] == page.url and "Failed to load" in message.text):
            note(f"console: {message.text}")

    def request(request: Request) -> None:
        if not request.url.startswith((f"{site}/", "data:", "blob:")):
            note(f"asks another host: {request.url}")

    def answered(response: Response) -> None:
        # A form that a script sends may be refused as one that sends itself may.
        is_refused = response.status == 422
        if response.status >= 400 and not (is_refused or response.request.is_navigation_request()):
            note(f"{urlsplit(response.url).path} answers {response.status}")

    page.on("console", console)
    page.on("pageerror", lambda error: note(f"script: {error.message}"))
    page.on("request", request)
    page.on("response", answered)


def _beginning(label: str) -> re.Pattern[str]:
    return re.compile(rf"^{re.escape(label)}(?!\w)")


OpenBrowser = Callable[..., Reader]


@contextmanager
def browsers(chromium: Browser, site: str, album: Album) -> Iterator[OpenBrowser]:
    """Gives out browsers, each for one person, and closes them all in the end."""
    contexts: list[BrowserContext] = []
    readers: list[Reader] = []

    def open_browser(name: str, *, with_script: bool = True) -> Reader:
        context = chromium.new_context(
            java_script_enabled=with_script,
            viewport=DESK,  # type: ignore[arg-type]
            locale="it-IT",
            reduced_motion="reduce",
        )
        contexts.append(context)
        readers.append(Reader(context, name=name, site=site, album=album))
        return readers[-1]

    try:
        yield open_browser
        faults = [f"{reader.name}: {fault}" for reader in readers for fault in reader.faults]
        assert not faults, "\n".join(faults)
    finally:
        for context in contexts:
            context.close()
