"""A newcomer finds TrePu, comes in, is recognised by the own body, and takes part."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from uuid import uuid4

import pytest
from playwright.sync_api import expect

from tests.journeys.browser import OpenBrowser, Reader
from tests.journeys.waiting import until
from tests.whole_site import Site

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

TREPU = "TrePu: rafforzamento sistema servizi ed iniziative per le famiglie"
TREPU_THREAD = (
    "TrePu: rafforzamento del sistema dei servizi e delle iniziative destinate alle famiglie"
)
FOUND_WITHIN = 2.0  # seconds between the acknowledgement of a reply and the first search with it


@dataclass(frozen=True)
class Newcomer:
    """Somebody who was never here; ``word`` is in nobody else's texts."""

    word: str = field(default_factory=lambda: f"sportello{uuid4().hex[:10]}")
    first_name: str = "Rosa"
    password: str = "quattro parole per entrare"

    @property
    def last_name(self) -> str:
        return f"Castellano {self.word[-4:]}"

    @property
    def email(self) -> str:
        return f"{self.word}@regione.puglia.example"


# Without script it is walked in the soak test; test_story.py goes without script in any case.
@pytest.mark.parametrize(
    "with_script",
    [
        pytest.param(True, id="with script"),
        pytest.param(False, marks=pytest.mark.soak, id="without script"),
    ],
)
def test_from_the_first_search_to_a_reply(
    site: Site,
    open_browser: OpenBrowser,
    with_script: bool,
    record_property: Callable[[str, object], None],
) -> None:
    who = Newcomer()
    newcomer = open_browser("newcomer", with_script=with_script)
    contact = open_browser("contact person", with_script=with_script)
    citizen = open_browser("visitor", with_script=with_script)

    find_trepu(newcomer)
    before = participants(citizen)
    newcomer.follow("Vai alla discussione")
    newcomer.follow("Accedi per rispondere")
    register(newcomer, who)
    confirm_address(newcomer, who)
    enter(newcomer)
    ask_to_belong(newcomer)
    accept(contact, who)

    newcomer.open("/il-mio-spazio")
    mine = newcomer.main.get_by_role("region", name="Appartenenze")
    expect(mine.get_by_role("listitem")).to_contain_text(["confermata"])
    find_trepu(newcomer)
    newcomer.follow("Vai alla discussione")
    seconds = reply(newcomer, site, who.word, with_script=with_script)
    record_property("A reply is found after its acknowledgement, in seconds", f"{seconds:.2f}")
    assert seconds < FOUND_WITHIN

    assert participants(citizen) == before + 1
    citizen.open(f"/cerca?q={who.word}")
    citizen.follow(TREPU_THREAD)
    citizen.sees(who.word)
    citizen.sees("Regione Puglia")


def find_trepu(reader: Reader) -> None:
    """From the home page, by words that do not stand in its title."""
    reader.open("/")
    reader.main.get_by_role("searchbox").fill("distretti famiglia")
    reader.press("Cerca")
    reader.follow(TREPU)
    reader.sees(TREPU, role="heading")


def participants(reader: Reader) -> int:
    """How many take part in TrePu's discussion, as its page counts them."""
    find_trepu(reader)
    row = reader.main.get_by_role("listitem").filter(has_text=TREPU_THREAD)
    counted = row.get_by_text(re.compile(r"^\d+ partecipant[ei]$")).inner_text()
    number = int(counted.split()[0])
    assert counted == ("1 partecipante" if number == 1 else f"{number} partecipanti")
    return number


def register(reader: Reader, who: Newcomer) -> None:
    reader.follow("Registrati alla community")
    form = reader.main.get_by_role("form", name="Registrati")
    for label, value in {
        "Nome": who.first_name,
        "Cognome": who.last_name,
        "E-mail di lavoro": who.email,
        "Password": who.password,
    }.items():
        form.get_by_label(label, exact=True).fill(value)
    form.get_by_role("checkbox").check()
    reader.press("Crea il profilo")
    reader.sees("Controlla la posta", role="heading")


def confirm_address(reader: Reader, who: Newcomer) -> None:
    """Open the letter in the demo's mailbox and prove that the address is one's own."""
    letter = reader.page.get_by_role("article").filter(has_text=who.email)

    def arrived() -> bool:
        reader.open("/posta-di-prova")
        return letter.count() > 0

    until(arrived, seconds=20, what=f"no letter for {who.email}")
    reader.open(letter.get_by_role("link", name="/conferma/").get_attribute("href") or "")
    reader.fill_in({"Password scelta alla registrazione": who.password})
    reader.press("Conferma ed entra")


def enter(reader: Reader) -> None:
    reader.sees("Buongiorno, Rosa", role="heading")


def ask_to_belong(reader: Reader) -> None:
    reader.follow("Scegli l’ente")
    reader.fill_in({"Cerca l’ente per nome, sigla o codice IPA": "regione puglia"})
    reader.press("Cerca l’ente")
    reader.main.get_by_role("radio", name=re.compile("^Regione Puglia")).check()
    reader.fill_in({"Ruolo nell’ente": "Funzionaria"})
    reader.press("Invia la richiesta")
    reader.sees("In attesa")


def accept(contact: Reader, who: Newcomer) -> None:
    contact.sign_in("referente.puglia@demo.gemella.example")
    contact.open("/il-mio-spazio")
    contact.follow("Decidi")
    contact.follow(
        "Decidi", within=contact.main.get_by_role("listitem").filter(has_text=who.last_name)
    )
    contact.sees(f"Rosa {who.last_name} lavora per Regione Puglia?", role="heading")
    contact.press("Conferma")


def reply(reader: Reader, site: Site, word: str, *, with_script: bool) -> float:
    """Reply, looking at the preview first; seconds from the acknowledgement until it is found."""
    box = reader.main.get_by_role("region", name="Rispondi")
    text = box.get_by_role("textbox", name="Messaggio")
    text.fill(f"A Bari partiamo *domani* con lo {word}.")
    if not with_script:  # else the preview follows the typing
        reader.press("Guarda prima")
    expect(box.get_by_role("emphasis")).to_have_text("domani")
    expect(text).to_have_value(f"A Bari partiamo *domani* con lo {word}.")
    reader.press("Pubblica la risposta")
    acknowledged = reader.answered_at
    expect(reader.main.get_by_role("article").filter(has_text=word)).to_have_count(1)
    until(
        lambda: f"<mark>{word}</mark>" in site.fetch(f"/cerca?q={word}")[1],
        seconds=20, what=f"{word} is not found",
    )  # fmt: skip
    return time.monotonic() - acknowledged
