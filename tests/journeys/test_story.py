"""A member sends a story, an editor publishes it, and it stands where readers look."""

from __future__ import annotations

from uuid import uuid4

import feedparser
import pytest
from playwright.sync_api import Locator, expect

from tests.journeys.browser import OpenBrowser, Reader
from tests.journeys.waiting import until
from tests.whole_site import Site

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]


# With script it is walked in the soak test; test_twinning.py goes with script in any case.
@pytest.mark.parametrize(
    "with_script",
    [
        pytest.param(True, marks=pytest.mark.soak, id="with script"),
        pytest.param(False, id="without script"),
    ],
)
def test_from_the_first_word_to_the_feed(
    site: Site, open_browser: OpenBrowser, with_script: bool
) -> None:
    word = f"doposcuola{uuid4().hex[:8]}"
    title = f"Compiti insieme: il {word} di quartiere"
    author = open_browser("verified member", with_script=with_script)
    editor = open_browser("editor", with_script=with_script)
    reader = open_browser("visitor", with_script=with_script)

    author.sign_in("verificato@demo.gemella.example")
    begin(author, title)
    go_on(author, title, word, with_script=with_script)
    send(author)
    assert places(site, title, word) == set()
    reader.open("/")
    reader.misses(title)

    editor.sign_in("redattore@demo.gemella.example")
    editor.open("/il-mio-spazio")
    editor.follow("Decidi")
    editor.follow(title)
    editor.press("Pubblica")
    editor.sees("La storia è pubblica")

    until(
        lambda: places(site, title, word) == {"home page", "feed", "search"},
        seconds=20, what=f"{title} is not everywhere",
    )  # fmt: skip
    reader.open("/")
    reader.follow(title)
    reader.sees(title, role="heading")
    reader.sees("Comune di Lecce")
    expect(reader.main.locator("strong", has_text="ottanta")).to_be_visible()


def begin(author: Reader, title: str) -> None:
    """From the home page to a draft that has a title and nothing else."""
    author.open("/")
    author.follow("Invia una storia")
    author.follow("Una pratica che funziona")
    author.fill_in({"Titolo": title})
    author.press("Salva la bozza")
    author.sees("Bozza salvata. La vedi solo tu")


def go_on(author: Reader, title: str, word: str, *, with_script: bool) -> None:
    """Write the rest, step by step, with the tab closed in between; the last step shows it all."""
    author.open("/il-mio-spazio/storie")
    author.follow("Continua a scrivere", within=draft_of(author, title))
    author.fill_in(
        {
            "In breve": "I ragazzi più grandi aiutano i più piccoli, due pomeriggi a settimana.",
            "Persona da contattare": "Ufficio istruzione",
        }
    )
    author.main.get_by_role("checkbox").first.check()
    author.main.get_by_label("Territorio", exact=True).select_option(label="Puglia")
    author.main.get_by_label("Ente", exact=True).select_option(label="Comune di Lecce")
    author.press("Salva e continua")
    author.fill_in(
        {
            "Il problema": "Dopo le 14 i ragazzi restano soli.",
            "La soluzione": f"Il **{word}** usa le aule della scuola, con un educatore.",
        }
    )
    if with_script:
        expect(author.main.get_by_role("status")).to_contain_text("Bozza salvata alle")
        author.close_tab()
        author.open("/il-mio-spazio/storie")
        author.follow("Continua a scrivere", within=draft_of(author, title))
        author.sees("Riprendi da dove eri rimasto.")
    author.fill_in({"I risultati misurabili": "In un anno **ottanta** ragazzi, e meno assenze."})
    author.press("Passo 3")
    author.fill_in({"Nome del componente": "Il patto con la scuola"})
    author.press("Aggiungi un componente")
    second = author.main.get_by_role("group", name="Componente 2")
    second.get_by_label("Nome del componente").fill("La formazione dei tutor")
    author.press("Salva la bozza")
    author.press("Su", within=author.main.get_by_role("group", name="Componente 2"))
    author.press("Salva e rivedi")
    preview = author.main.get_by_role("region").filter(has_text="così la leggeranno gli altri")
    expect(preview.locator("strong", has_text=word)).to_be_visible()
    names = preview.locator("ol h4")
    expect(names).to_have_text(["La formazione dei tutor", "Il patto con la scuola"])


def draft_of(author: Reader, title: str) -> Locator:
    return author.main.get_by_role("listitem").filter(has_text=title)


def send(author: Reader) -> None:
    author.press("Invia alla redazione")
    author.sees("La storia è in redazione")


def places(site: Site, title: str, word: str) -> set[str]:
    """Where a visitor finds the story."""
    feed = feedparser.parse(site.fetch("/buone-pratiche/feed")[1])
    assert not feed.bozo, feed.bozo_exception
    found = {
        "home page": title in site.fetch("/")[1],
        "feed": any(title in entry.title for entry in feed.entries),
        "search": f"<mark>{word}</mark>" in site.fetch(f"/cerca?q={word}")[1],
    }
    return {place for place, stands in found.items() if stands}
