"""A contact person invites a colleague, who arrives by the mail, registers and belongs."""

from __future__ import annotations

from uuid import uuid4

import pytest

from tests.journeys.browser import OpenBrowser, Reader
from tests.journeys.waiting import until

pytestmark = [pytest.mark.soak, pytest.mark.browser, pytest.mark.timeout(300)]


@pytest.mark.parametrize("with_script", [True, False], ids=["with script", "without script"])
def test_from_the_invitation_to_the_body(open_browser: OpenBrowser, with_script: bool) -> None:
    word = f"segreteria{uuid4().hex[:8]}"
    email = f"{word}@regione.puglia.example"
    contact = open_browser("contact person", with_script=with_script)
    colleague = open_browser("colleague", with_script=with_script)

    contact.sign_in("referente.puglia@demo.gemella.example")
    invite(contact, email)
    arrive(colleague, email)
    colleague.sees("Lavori per Regione Puglia?", role="heading")
    colleague.sees("Ci serve una mano")
    register(colleague, word)
    colleague.sees("ora fai parte di Regione Puglia")

    contact.open("/enti/regione-puglia/appartenenze")
    contact.sees(f"Mara {word}")
    contact.open("/il-mio-spazio/inviti")
    contact.sees("accettato")


def invite(contact: Reader, email: str) -> None:
    contact.open("/il-mio-spazio")
    contact.follow("Inviti", within=contact.main)
    contact.follow("Un collega", within=contact.main)
    contact.fill_in({"E-mail di lavoro": "qualcuno@gmail.com"})
    contact.press("Manda l’invito")
    contact.sees("È una casella personale")
    contact.main.get_by_label("E-mail di lavoro", exact=True).fill(email)
    contact.main.get_by_label("Messaggio per chi inviti").fill("Ci serve una mano con TrePu.")
    contact.press("Manda l’invito")
    contact.sees(f"Invito inviato a {email}")


def arrive(colleague: Reader, email: str) -> None:
    """By the link of the mail, as soon as it is there."""
    letter = colleague.page.get_by_role("article").filter(has_text=email)
    link = letter.get_by_role("link", name="/invito/")

    def arrived() -> bool:
        colleague.open("/posta-di-prova")
        return link.count() > 0

    until(arrived, seconds=20, what=f"no letter for {email}")
    colleague.open(link.first.get_attribute("href") or "")


def register(colleague: Reader, word: str) -> None:
    colleague.press("Crea il profilo e accetta")  # nothing filled in yet
    colleague.sees("Alcuni punti sono da correggere")
    main = colleague.main
    main.get_by_label("Nome", exact=True).fill("Mara")
    main.get_by_label("Cognome", exact=True).fill(word)
    main.get_by_label("Ruolo nell’ente", exact=True).fill("Segretaria")
    main.get_by_label("Password", exact=True).fill("quattro parole per entrare")
    main.get_by_label("Ho letto l’informativa sulla privacy").check()
    colleague.press("Crea il profilo e accetta")
