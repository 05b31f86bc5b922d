"""A file is hung on a draft: with script how far it is shows, and it can be stopped."""

from __future__ import annotations

from uuid import uuid4

import pytest
from playwright.sync_api import expect

from tests.factories.attachments import PDF
from tests.journeys.browser import OpenBrowser, Reader
from tests.journeys.test_story import begin

pytestmark = [pytest.mark.soak, pytest.mark.browser, pytest.mark.timeout(300)]

LARGE = PDF + b"% " + b"x" * 1_500_000
SLOW = 400_000  # bytes a second


@pytest.fixture
def title() -> str:
    return f"Lo sportello {uuid4().hex[:8]}"


def test_with_script_it_shows_how_far_it_is_and_can_be_stopped(
    open_browser: OpenBrowser, title: str
) -> None:
    author = choosing(open_browser("uploading member"), title, "bando.pdf", LARGE)
    slow_down(author, SLOW)
    bar, said = author.main.get_by_role("progressbar"), author.main.get_by_role("status")
    expect(bar).to_be_hidden()
    author.press("Allega il file")
    expect(bar).to_be_visible()
    expect(said).to_have_text("Caricamento in corso: 25 %")
    assert 25 <= float(bar.evaluate("bar => bar.value")) < 100
    author.press("Interrompi")
    expect(said).to_have_text("Hai interrotto il caricamento: non è stato allegato niente.")
    expect(bar).to_be_hidden()

    slow_down(author, -1)
    author.press("Allega il file")  # it is still chosen
    is_told(author, "Il file «bando» è allegato.")
    author.sees("bando", role="link")


def test_what_is_refused_and_what_is_too_large_is_said_in_place(
    open_browser: OpenBrowser, title: str
) -> None:
    author = choosing(open_browser("uploading member"), title, "foto.pdf", b"no PDF at all")
    called = author.main.get_by_role("textbox", name="Titolo")
    called.fill("La foto")
    author.press("Allega il file")
    expect(author.page.locator("#errori")).to_be_focused()
    expect(called).to_have_value("La foto")
    assert author.page.title().startswith("Errore")

    # Nobody waits for what would be refused: nothing is sent.
    author.main.get_by_label("File", exact=True).evaluate(CHOOSE_TOO_MUCH)
    expect(author.main.get_by_role("status")).to_contain_text("Il file supera 20 MB")
    author.press("Allega il file")
    choose(author, "bando.pdf", PDF)
    expect(author.main.get_by_role("status")).to_be_empty()
    author.press("Allega il file")
    is_told(author, "Il file «La foto» è allegato.")


def test_without_script_the_form_sends_itself(open_browser: OpenBrowser, title: str) -> None:
    author = choosing(open_browser("plain member", with_script=False), title, "bando.pdf", PDF)
    expect(author.main.get_by_role("progressbar")).to_be_hidden()
    author.press("Allega il file")
    is_told(author, "Il file «bando» è allegato.")


# Playwright does not hand over more than 50 MB, and copies what it does.
CHOOSE_TOO_MUCH = """
(input) => {
  const chosen = new DataTransfer();
  chosen.items.add(new File([new Uint8Array(21 * 1024 * 1024)], "grande.pdf"));
  input.files = chosen.files;
  input.dispatchEvent(new Event("change", { bubbles: true }));
}
"""


def choosing(author: Reader, title: str, name: str, data: bytes) -> Reader:
    """Begin a draft, and choose a file for it."""
    author.sign_in("verificato@demo.gemella.example")
    begin(author, title)
    author.open("/il-mio-spazio/storie")
    author.follow(title)
    author.follow("Allega un file")
    choose(author, name, data)
    return author


def choose(author: Reader, name: str, data: bytes) -> None:
    author.main.get_by_label("File", exact=True).set_input_files(
        {"name": name, "mimeType": "application/pdf", "buffer": data}
    )


def is_told(author: Reader, words: str) -> None:
    """What was done stands above the page."""
    expect(author.page.get_by_text(words)).to_be_visible()


def slow_down(author: Reader, bytes_a_second: int) -> None:
    """Let the network take so much; -1 is as much as it can."""
    author.context.new_cdp_session(author.page).send(
        "Network.emulateNetworkConditions",
        {
            "offline": False,
            "latency": 0,
            "downloadThroughput": -1,
            "uploadThroughput": bytes_a_second,
        },
    )
