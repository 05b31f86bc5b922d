"""A question, an answer, the best answer; and a moved discussion that keeps its addresses."""

from __future__ import annotations

import re
from uuid import uuid4

import pytest

from tests.journeys.browser import OpenBrowser
from tests.journeys.tour import TREPU
from tests.whole_site import Site

pytestmark = [pytest.mark.soak, pytest.mark.browser, pytest.mark.timeout(300)]


def test_a_question_is_answered_and_moved(site: Site, open_browser: OpenBrowser) -> None:
    word = f"voucher{uuid4().hex[:8]}"
    asker = open_browser("verified member")
    other = open_browser("contact person")
    moderator = open_browser("moderator")

    asker.sign_in("verificato@demo.gemella.example")
    asker.open("/discussioni/nuova")
    asker.fill_in({"Titolo": f"Chi usa il {word}?", "Primo messaggio": "Come lo finanziate?"})
    asker.press("Apri la discussione")
    asker.sees(f"Chi usa il {word}?", role="heading")
    found = re.search(r"/discussioni/(\d+)", asker.page.url)
    assert found is not None
    thread = found[0]

    other.sign_in("referente.trento@demo.gemella.example")
    other.open("/discussioni?stato=senza-risposta")
    other.follow(f"Chi usa il {word}?")
    other.fill_in({"Messaggio": "Con il fondo sociale, dal 2012."})
    other.press("Pubblica la risposta")
    other.sees("Con il fondo sociale, dal 2012.")

    asker.open(thread)
    asker.press("È la risposta migliore il messaggio 2")
    asker.sees("Questa è ora la risposta migliore")
    asker.sees("Risposta migliore", role="heading")
    status, page = site.fetch("/discussioni?stato=risolte")
    assert status == 200
    assert word in page
    assert word not in site.fetch("/discussioni?stato=senza-risposta")[1]

    moderator.sign_in("moderatore@demo.gemella.example")
    moderator.open(thread)
    moderator.follow("Sposta…")
    moderator.page.get_by_label("Su un gemellaggio, una buona pratica, un ente…").check()
    moderator.page.get_by_label("Indirizzo della pagina").fill(TREPU)
    moderator.press("Sposta la discussione")
    moderator.sees("La discussione è stata spostata")
    for address in (thread, f"{thread}?da=1"):
        status, page = site.fetch(address)
        assert status == 200
        assert word in page
        assert "Con il fondo sociale, dal 2012." in page
