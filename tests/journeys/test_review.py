"""A story from the draft to its validation, with two editors who decide at once."""

from __future__ import annotations

import re
from uuid import uuid4

import pytest

from tests.journeys.browser import OpenBrowser
from tests.journeys.test_story import begin, go_on, send
from tests.journeys.waiting import until
from tests.whole_site import Site

pytestmark = [pytest.mark.browser, pytest.mark.soak, pytest.mark.timeout(300)]


@pytest.mark.parametrize("with_script", [True, False], ids=["with script", "without script"])
def test_from_the_draft_to_the_validation(
    site: Site, open_browser: OpenBrowser, with_script: bool
) -> None:
    word = f"nonni{uuid4().hex[:8]}"
    title = f"Orto di quartiere con i {word}"
    author = open_browser("verified member", with_script=with_script)
    first = open_browser("editor", with_script=with_script)
    second = open_browser("moderator", with_script=with_script)
    evaluator = open_browser("evaluator", with_script=with_script)
    partner = open_browser("contact person", with_script=with_script)
    reader = open_browser("visitor", with_script=with_script)

    author.sign_in("verificato@demo.gemella.example")
    begin(author, title)
    go_on(author, title, word, with_script=with_script)
    send(author)

    # Both read; the second decides after the first, and is told.
    for editor, mailbox in ((first, "redattore"), (second, "moderatore")):
        editor.sign_in(f"{mailbox}@demo.gemella.example")
        editor.open("/redazione/storie")
        editor.follow(title)
    desk = first.page.url
    first.fill_in({"Che cosa scrivi all’autore": "Quanti ragazzi, prima?"})
    first.press("Chiedi modifiche")
    first.sees("Fatto: l’autore riceve la tua risposta per posta.")
    second.press("Pubblica")
    second.sees("Qualcun altro ha già deciso.")
    second.sees("Chieste modifiche")
    second.sees("Quanti ragazzi, prima?")

    author.open("/il-mio-spazio/storie")
    author.sees("Quanti ragazzi, prima?")
    story = desk.replace("/redazione/storie/", "/buone-pratiche/")
    author.open(f"{story}/modifica/racconto")
    author.fill_in({"I risultati misurabili": "In un anno **novanta** ragazzi, erano dieci."})
    author.press("Salva e continua")
    author.open(f"{story}/rivedi")
    send(author)

    first.open(desk)
    first.sees("Che cosa è cambiato", role="heading")
    assert any("novanta" in text for text in first.main.locator("ins").all_inner_texts())
    first.press("Pubblica")
    first.sees("La storia è pubblica")

    evaluator.sign_in("valutatore@demo.gemella.example")
    evaluator.open("/valutazione/storie")
    evaluator.follow(title)
    evaluator.fill_in(
        {
            "Risultati misurabili": "Da dieci a novanta in un anno.",
            "Trasferibilità": "Bastano un’aula e un educatore.",
        }
    )
    evaluator.press("Valida")
    evaluator.sees("La storia è validata")
    reader.open(story)
    reader.sees("Storia validata", role="heading")
    reader.sees("Bastano un’aula e un educatore.")

    # Somebody of another body finds it useful, and readers see whose body that is.
    partner.sign_in("referente.trento@demo.gemella.example")
    partner.open(story)
    partner.press("Utile per noi")
    partner.sees("ora si legge che è utile al tuo ente")
    reader.open(story)
    reader.sees("Provincia autonoma di Trento")

    # A new text: everybody goes on reading the old one.
    author.open(f"{story}/modifica/racconto")
    author.fill_in({"I risultati misurabili": "In un anno **cento** ragazzi, erano dieci."})
    author.press("Salva e continua")
    author.open(story)
    author.sees("Il tuo nuovo testo è in redazione.")
    reader.open(story)
    reader.misses("cento")
    first.open(desk)
    first.sees("Se lo approvi la validazione decade")
    first.press("Approva il nuovo testo")
    first.sees("Il nuovo testo è pubblico")

    def renewed() -> bool:
        reader.open(story)
        return re.search(r"\bcento\b", reader.main.inner_text()) is not None

    until(renewed, seconds=20, what="the new text is not public")
    reader.misses("Storia validata")
