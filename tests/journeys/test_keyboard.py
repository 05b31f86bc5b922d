"""Sign in and reply with the keyboard alone."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

from tests.journeys.browser import OpenBrowser
from tests.visitor import DEMO_PASSWORD

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

MOST_STEPS = 60  # Tab keys to anything on a page, after its menus were skipped
THREAD = "Le Ferrovie dimenticate e le vie del Gusto"

FOCUSED = """() => {
  const { labels, innerText } = document.activeElement;
  return (labels?.length ? labels[0].innerText : innerText).trim();
}"""


class Keyboard:
    """Hands that have no mouse."""

    def __init__(self, page: Page) -> None:
        self._page = page

    def skip_menus(self) -> None:
        """Take the first link of the page: past the menus, to the content."""
        self._page.wait_for_load_state()
        self.press("Tab")
        assert self._page.evaluate(FOCUSED) == "Vai al contenuto"
        self.press("Enter")
        assert self._page.evaluate("document.activeElement.id") == "contenuto"

    def reach(self, words: str) -> None:
        """Go on until what is focused says this."""
        passed = []
        for _ in range(MOST_STEPS):
            self.press("Tab")
            passed.append(str(self._page.evaluate(FOCUSED)).split("\n")[0])
            if passed[-1] == words:
                return
        raise AssertionError(f"“{words}” is not reached, only {passed}")

    def choose(self, words: str) -> None:
        """Go to a link or a button and open or press it."""
        self.reach(words)
        with self._page.expect_navigation():
            self.press("Enter")

    def write(self, label: str, text: str) -> None:
        """Go to a field and type into it."""
        self.reach(label)
        self._page.keyboard.insert_text(text)

    def press(self, key: str) -> None:
        self._page.keyboard.press(key)


def test_sign_in_and_reply_without_a_mouse(open_browser: OpenBrowser) -> None:
    reader = open_browser("verified member")
    keyboard = Keyboard(reader.open("/discussioni"))
    keyboard.skip_menus()
    keyboard.choose(THREAD)
    keyboard.skip_menus()
    keyboard.choose("Accedi per rispondere")
    keyboard.skip_menus()
    keyboard.write("E-mail", "verificato@demo.gemella.example")
    keyboard.write("Password", DEMO_PASSWORD)
    keyboard.choose("Accedi")
    reader.sees(THREAD, role="heading")
    keyboard.write("Messaggio", "Scritto senza toccare il mouse.")
    keyboard.choose("Pubblica la risposta")
    reader.sees("Scritto senza toccare il mouse.")


@pytest.mark.soak
def test_what_the_keyboard_does_not_reach_is_noticed(open_browser: OpenBrowser) -> None:
    reader = open_browser("visitor")
    keyboard = Keyboard(reader.open("/accedi"))
    reader.main.get_by_label("Password", exact=True).evaluate("field => { field.tabIndex = -1 }")
    keyboard.skip_menus()
    with pytest.raises(AssertionError, match="“Password” is not reached"):
        keyboard.write("Password", DEMO_PASSWORD)
