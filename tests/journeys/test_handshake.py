"""Puglia proposes and invites; who was asked is seen once it accepts, and who leaves is out."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from uuid import uuid4

import pytest
from playwright.sync_api import expect

from tests.journeys.browser import OpenBrowser, Reader
from tests.journeys.test_following import LIST, unread
from tests.journeys.test_invitation import arrive, register
from tests.journeys.waiting import until
from tests.whole_site import Site

pytestmark = [pytest.mark.soak, pytest.mark.browser, pytest.mark.timeout(300)]

DOMAIN = "demo.gemella.example"
TRENTO = "Provincia autonoma di Trento"
THIRD = "Ambito territoriale sociale di Manfredonia"
THIRD_BODY = "/enti/ambito-territoriale-sociale-di-manfredonia"


@dataclass(frozen=True)
class Plan:
    """A twinning that was never there; ``word`` is in nobody else's texts."""

    word: str = field(default_factory=lambda: f"costiero{uuid4().hex[:8]}")

    @property
    def title(self) -> str:
        return f"Distretti {self.word}"

    @property
    def path(self) -> str:
        return f"/gemellaggi/distretti-{self.word}"

    @property
    def newcomer(self) -> str:
        return f"Comunità {self.word}"

    @property
    def mailbox(self) -> str:
        return f"segreteria@{self.word}.example"

    @property
    def secret(self) -> str:
        return f"Calendario {self.word}"


@pytest.mark.parametrize("with_script", [True, False], ids=["with script", "without script"])
def test_from_a_proposal_to_a_partner_who_leaves(
    site: Site, open_browser: OpenBrowser, with_script: bool
) -> None:
    plan = Plan()

    def sign_in(mailbox: str) -> Reader:
        reader = open_browser(mailbox, with_script=with_script)
        reader.sign_in(f"{mailbox}@{DOMAIN}")
        return reader

    citizen = open_browser("citizen", with_script=with_script)
    puglia, trento, third = (
        sign_in(one) for one in ("referente.puglia", "referente.trento", "a.dimauro")
    )
    coordinator, administrator = sign_in("coordinatore"), sign_in("admin")
    name_contact_person(administrator)

    propose(puglia, plan)
    invite(puglia, plan, TRENTO, "Offre")
    invite(puglia, plan, THIRD, "Riceve")
    submit(puglia, plan)
    nobody_sees(citizen, site, plan)
    nobody_sees(coordinator, site, plan, among_coordinators=True)

    answer(trento, plan)
    answer(third, plan)
    take_charge(coordinator, plan)
    activate(coordinator, plan)

    stands_everywhere(citizen, site, plan)
    speak_in_private(trento, plan)
    third.open(f"{plan.path}/spazio")
    third.follow(plan.secret)
    thread = third.page.url
    third.sees("tra noi soltanto")
    citizen.open(plan.path)
    citizen.misses(plan.secret)
    assert citizen.page.get_by_role("link", name="Spazio riservato").count() == 0

    leave(third, plan)
    for path in (thread, f"{plan.path}/spazio"):
        third.open(path)
        third.misses("tra noi soltanto")
        third.misses(plan.secret)
    third.open(f"/cerca?q={plan.word}")
    third.misses(plan.secret)
    third.open(plan.path)
    third.misses("Spazio riservato")
    trento.open(thread)
    trento.sees("tra noi soltanto")


@pytest.mark.parametrize("with_script", [True, False], ids=["with script", "without script"])
def test_a_body_that_was_not_here_arrives_and_takes_part(
    site: Site, open_browser: OpenBrowser, with_script: bool
) -> None:
    plan = Plan()

    def sign_in(mailbox: str) -> Reader:
        reader = open_browser(mailbox, with_script=with_script)
        reader.sign_in(f"{mailbox}@{DOMAIN}")
        return reader

    citizen = open_browser("citizen", with_script=with_script)
    newcomer = open_browser("newcomer", with_script=with_script)
    puglia, trento, follower = (
        sign_in(one) for one in ("referente.puglia", "referente.trento", "verificato")
    )
    coordinator, administrator = sign_in("coordinatore"), sign_in("admin")

    propose(puglia, plan)
    invite(puglia, plan, TRENTO, "Offre")
    invite_newcomer(puglia, plan)
    submit(puglia, plan)
    nobody_sees(citizen, site, plan)
    for reader in (citizen, trento, follower):
        for path in ("/enti", f"/cerca?q={plan.word}", f"{plan.path}/partecipanti"):
            reader.open(path)
            reader.misses(plan.newcomer)

    answer(trento, plan)
    arrive(newcomer, plan.mailbox)
    newcomer.sees(f"Rappresenti {plan.newcomer}?", role="heading")
    register(newcomer, plan.word)
    newcomer.open("/il-mio-spazio")
    assert newcomer.main.get_by_role("link", name="Decidi").count() == 0, "not confirmed yet"
    confirm(administrator, plan)
    newcomer.open("/il-mio-spazio")
    newcomer.follow("Decidi")
    respond(newcomer, plan)

    take_charge(coordinator, plan)
    activate(coordinator, plan)
    stands_everywhere(citizen, site, plan)
    citizen.sees(plan.newcomer)

    follower.open(plan.path)
    follower.press("Segui")
    before = unread(follower)
    speak_in_public(trento, plan)
    until(lambda: unread(follower) > before, seconds=20, what="the follower was not told")
    assert unread(follower) == before + 1, "told once"

    speak_in_private(trento, plan)
    newcomer.open(f"{plan.path}/spazio")
    newcomer.follow(plan.secret)
    thread = newcomer.page.url
    newcomer.sees("tra noi soltanto")
    # The only one that receives beside Puglia, so that nothing is suspended.
    leave(newcomer, plan)
    for path in (thread, f"{plan.path}/spazio", f"/cerca?q={plan.word}", LIST):
        newcomer.open(path)
        newcomer.misses("tra noi soltanto")
        newcomer.misses(plan.secret)
    assert unread(follower) == before + 1, "nothing of the private discussion"


def invite_newcomer(puglia: Reader, plan: Plan) -> None:
    puglia.open(f"{plan.path}/partecipanti")
    puglia.follow("Invita un ente")
    puglia.follow("L’ente non è ancora su Gemella")
    puglia.main.get_by_role("radio", name=re.compile("^Riceve")).check()
    puglia.fill_in(
        {
            "Nome dell’ente": plan.newcomer,
            "E-mail di lavoro": plan.mailbox,
            "Messaggio per chi inviti (facoltativo)": f"Venite con noi? {plan.word}",
        }
    )
    puglia.main.get_by_label("Paese").select_option(label="Austria")
    puglia.press("Manda l’invito")
    puglia.sees("In attesa di risposta")


def confirm(administrator: Reader, plan: Plan) -> None:
    administrator.open("/amministrazione/enti")
    administrator.fill_in({"Nome, sigla o codice IPA": plan.newcomer})
    administrator.press("Applica i filtri")
    administrator.follow(plan.newcomer)
    administrator.follow("Decidi")
    administrator.press("Conferma")


def speak_in_public(trento: Reader, plan: Plan) -> None:
    trento.open(f"{plan.path}/discussioni")
    thread = trento.main.locator("h3 a, h2 a").first.get_attribute("href")
    trento.open(thread or "")
    trento.fill_in({"Messaggio": f"Cominciamo da {plan.word}."})
    trento.press("Pubblica la risposta")
    trento.sees(f"Cominciamo da {plan.word}.")


def name_contact_person(administrator: Reader) -> None:
    """The third body gets a contact person, unless an earlier journey named one."""
    administrator.open(f"{THIRD_BODY}/appartenenze")
    row = administrator.main.get_by_role("listitem").filter(has_text="Agnese Di Mauro")
    button = row.get_by_role("button", name="Nomina referente")
    if button.count():
        administrator.press("Nomina referente", within=row)


def propose(puglia: Reader, plan: Plan) -> None:
    puglia.open("/gemellaggi")
    puglia.follow("Proponi un gemellaggio")
    puglia.fill_in({"Titolo": plan.title, "In breve (facoltativo)": "Reti di enti sulla costa."})
    puglia.main.get_by_role("radio", name=re.compile("^Riceve")).check()
    puglia.press("Salva la bozza")
    puglia.sees("Per inviare la proposta manca ancora qualcosa.")
    assert puglia.page.url.endswith(plan.path)


def invite(puglia: Reader, plan: Plan, body: str, role: str) -> None:
    puglia.open(f"{plan.path}/partecipanti")
    puglia.follow("Invita un ente")
    puglia.fill_in({"Ente": body, "Messaggio (facoltativo)": f"Venite con noi? {plan.word}"})
    puglia.main.get_by_role("radio", name=re.compile(f"^{role}")).check()
    puglia.press("Manda l’invito")
    puglia.sees("L’invito è partito")


def submit(puglia: Reader, plan: Plan) -> None:
    puglia.open(plan.path)
    puglia.follow("Invia la proposta")
    puglia.main.get_by_role("radio", name="Proporre il gemellaggio").check()
    puglia.fill_in({"Motivo": "Tutto è scritto."})
    puglia.press("Conferma")
    puglia.sees("Proposto")


def nobody_sees(
    reader: Reader, site: Site, plan: Plan, *, among_coordinators: bool = False
) -> None:
    """Neither the proposal nor who was asked; a coordinator reads the proposal alone."""
    reader.open(f"{plan.path}/partecipanti")
    if among_coordinators:
        reader.sees("Regione Puglia")
    reader.misses(TRENTO)
    reader.misses(THIRD)
    for path in ("/gemellaggi", f"/cerca?q={plan.word}", "/gemellaggi/feed", "/"):
        assert plan.title not in site.fetch(path)[1], path


def answer(contact: Reader, plan: Plan) -> None:
    contact.open("/il-mio-spazio")
    contact.follow("Decidi")
    respond(contact, plan)


def respond(contact: Reader, plan: Plan) -> None:
    waiting = contact.main.get_by_role("listitem").filter(has_text=plan.title)
    contact.follow("Leggi e rispondi", within=waiting)
    contact.main.get_by_role("radio", name="Accettiamo").check()
    contact.press("Invia la risposta")
    contact.sees("partecipa al gemellaggio.")


def take_charge(coordinator: Reader, plan: Plan) -> None:
    coordinator.open("/il-mio-spazio/gemellaggi")
    coordinator.follow(plan.title)
    coordinator.press("Prendi in carico")
    coordinator.sees("Tutti hanno accettato")


def activate(coordinator: Reader, plan: Plan) -> None:
    coordinator.follow("Attiva il gemellaggio")
    coordinator.main.get_by_role("radio", name="Attivare il gemellaggio").check()
    coordinator.fill_in({"Motivo": "Gli enti sono d’accordo."})
    coordinator.press("Conferma")
    coordinator.sees("Attivo")


def stands_everywhere(citizen: Reader, site: Site, plan: Plan) -> None:
    """Home page, list and feed at once, search as soon as it is indexed."""
    for path in ("/", "/gemellaggi", "/gemellaggi/feed"):
        assert plan.title in site.fetch(path)[1], path
    until(
        lambda: plan.path in site.fetch(f"/cerca?q={plan.word}")[1],
        seconds=20,
        what=f"{plan.word} is not found",
    )
    citizen.open(f"{plan.path}/partecipanti")
    citizen.sees(TRENTO)


def speak_in_private(trento: Reader, plan: Plan) -> None:
    trento.open(plan.path)
    trento.page.get_by_role("link", name="Spazio riservato").click()
    trento.keep()
    trento.follow("Apri una discussione riservata")
    trento.main.get_by_label("Titolo", exact=True).fill(plan.secret)
    trento.main.get_by_label("Primo messaggio", exact=True).fill("Questo resta tra noi soltanto.")
    trento.press("Apri la discussione")
    expect(trento.main.get_by_role("article")).to_contain_text("tra noi soltanto")


def leave(third: Reader, plan: Plan) -> None:
    third.open(f"{plan.path}/partecipanti")
    third.follow("Esci dal gemellaggio…")
    third.fill_in({"Motivo": "Il progetto non riguarda più l’ambito."})
    third.press("Esci dal gemellaggio")
    third.sees("non partecipa più al gemellaggio.")
