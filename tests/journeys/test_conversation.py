"""A conversation: a draft taken up in another browser, a quotation, a name that is told once."""

from __future__ import annotations

import re
from uuid import uuid4

import pytest
from playwright.sync_api import Locator, expect

from tests.journeys.browser import OpenBrowser, Reader
from tests.journeys.test_following import unread
from tests.journeys.waiting import until

pytestmark = [pytest.mark.soak, pytest.mark.browser, pytest.mark.timeout(300)]


@pytest.mark.parametrize("with_script", [True, False], ids=["script", "no script"])
def test_from_a_draft_to_a_quotation_that_names_somebody(
    open_browser: OpenBrowser, with_script: bool
) -> None:
    word = f"sportello{uuid4().hex[:8]}"
    asks = open_browser("verified member", with_script=with_script)
    elsewhere = open_browser("verified member elsewhere", with_script=with_script)
    answers = open_browser("contact person", with_script=with_script)
    asks.sign_in("verificato@demo.gemella.example")
    elsewhere.sign_in("verificato@demo.gemella.example")
    answers.sign_in("referente.puglia@demo.gemella.example")

    thread = opened(asks, word)
    draft(asks, thread, f"Una cosa sullo {word}: ", with_script=with_script)
    elsewhere.open("/il-mio-spazio")
    elsewhere.follow(f"Come va lo {word}?")
    elsewhere.sees("Riprendi la tua bozza.")
    expect(message(elsewhere)).to_have_value(f"Una cosa sullo {word}:")
    elsewhere.fill_in({"Messaggio": f"Lo {word} è aperto il martedì."})
    elsewhere.press("Pubblica la risposta")
    elsewhere.sees(f"Lo {word} è aperto il martedì.")
    asks.open(thread)
    asks.misses("Riprendi la tua bozza.")

    before = unread(asks)
    answers.open(thread)
    second = answers.main.get_by_role("article").filter(has_text="martedì")
    answers.follow("Cita", within=second)
    expect(message(answers)).to_have_value(re.compile(f"> Lo {word} è aperto il martedì."))
    called = name_of(answers, second)
    add(answers, f"Grazie, @{called}", with_script=with_script)
    if with_script:
        expect(answers.main.locator(".g-told")).to_contain_text(called)
    else:
        answers.press("Guarda prima")
        answers.sees("Riceveranno un avviso:")
    answers.press("Pubblica la risposta")
    quoted = answers.main.get_by_role("article").last
    expect(quoted.locator("blockquote")).to_contain_text(word)
    expect(quoted.locator(".g-source")).to_contain_text("messaggio n. 2")
    expect(quoted.locator(".g-mention")).to_have_text(f"@{called}")
    until(lambda: unread(asks) > before, seconds=20, what="nobody was told")
    assert unread(asks) == before + 1, "told once"


def opened(asks: Reader, word: str) -> str:
    """Open a discussion; its address."""
    asks.open("/discussioni/nuova")
    asks.fill_in({"Titolo": f"Come va lo {word}?", "Primo messaggio": "Chi ha già cominciato?"})
    asks.press("Apri la discussione")
    asks.sees("Chi ha già cominciato?")
    return asks.page.url.partition("#")[0]


def draft(asks: Reader, thread: str, text: str, *, with_script: bool) -> None:
    """Type and send nothing: the script keeps it, or the button does."""
    asks.open(thread)
    if with_script:
        message(asks).press_sequentially(text)
        expect(asks.main.locator("[data-draft-status]")).to_contain_text("Bozza salvata alle")
        asks.close_tab()
        return
    asks.fill_in({"Messaggio": text.strip()})
    asks.press("Salva la bozza")
    asks.sees("Bozza salvata.")


def add(answers: Reader, text: str, *, with_script: bool) -> None:
    """Write below what stands in the form; with script the name is picked from those offered."""
    area = message(answers)
    if not with_script:
        area.fill(f"{area.input_value()}{text}")
        return
    area.press("ControlOrMeta+End")
    area.press_sequentially(text)
    offered = answers.main.locator(".g-names")
    expect(offered.locator("li").first).to_be_visible()
    area.press("Enter")
    expect(offered).to_be_hidden()


def name_of(reader: Reader, article: Locator) -> str:
    """Who wrote a message, by the name above it."""
    return article.get_by_role("heading").first.inner_text().strip()


def message(reader: Reader) -> Locator:
    return reader.main.get_by_label("Messaggio", exact=True)
