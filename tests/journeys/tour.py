"""A walk to every page that no journey passes, in every state that readers meet."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from tests.journeys.browser import OpenBrowser, Reader
from tests.journeys.waiting import until

TREPU = "/gemellaggi/trepu-rafforzamento-sistema-servizi-ed-iniziative-per-le-famiglie"
THREAD = "/discussioni/1"

VISITOR = (
    "/",
    "/en/",
    "/de/",
    "/menu",
    "/feed",
    "/privacy",
    "/accessibilita",
    "/gemellaggi",
    "/gemellaggi?stato=concluso&ordina=titolo",
    "/gemellaggi?regione=puglia&tema=smart-city",
    TREPU,
    f"{TREPU}/partecipanti",
    f"{TREPU}/discussioni",
    "/gemellaggi/numero-unico-pronto-intervento-nu112",
    "/buone-pratiche",
    "/buone-pratiche?tipo=cerco",
    "/buone-pratiche?tema=smart-city",
    "/buone-pratiche?ordina=utili&regione=puglia&anno=2001",
    "/buone-pratiche/distretti-famiglia",
    "/buone-pratiche/marchi-standard-e-distretti-famiglia-per-sostenere-la-natalita",
    "/buone-pratiche/distretti-famiglia/versioni",
    "/discussioni",
    "/discussioni?su=forum",
    THREAD,
    "/iscritti",
    "/iscritti?q=nessuno+si+chiama+cosi",
    "/iscritti/ilaria-santoro",
    "/enti",
    "/enti?natura=public&q=nessuno+si+chiama+cosi",
    "/enti/regione-puglia",
    "/enti/comune-di-pordenone",
    "/cerca",
    "/cerca?q=famiglia",
    "/cerca?q=xyzzy",
    "/accedi",
    "/registrati",
    "/registrati/nuovo-collegamento",
    "/registrati/controlla-la-posta",
    "/password-dimenticata",
    "/password-dimenticata/controlla-la-posta",
    "/conferma/non-vale",
    "/nuova-password/non-vale",
    "/invito/non-vale",
    "/avvisi/disattiva/non-vale",
    "/ricorso/non-vale",
    "/segnala/thread/1",
    *(f"/allegati/{number}" for number in (1, 2)),
    "/segnala/attachment/2",
    "/non-esiste",
    "/discussioni?dopo=non-vale",
    "/discussioni?stato=senza-risposta",
)
MEMBER = (
    "/",
    "/il-mio-spazio",
    "/il-mio-spazio/avvisi",
    "/il-mio-spazio/avvisi/preferenze",
    "/il-mio-spazio/seguiti",
    "/il-mio-spazio/segnalazioni",
    "/il-mio-spazio/provvedimenti",
    "/il-mio-spazio/appartenenze",
    "/il-mio-spazio/appartenenze?ente=xyzzy",
    "/il-mio-spazio/richieste",
    "/il-mio-spazio/storie",
    "/il-mio-spazio/senza-risposta",
    "/il-mio-spazio/storie/valgono-ancora",
    "/il-mio-spazio/corrispondenze",
    "/il-mio-spazio/corrispondenze?stato=in-contatto",
    "/il-mio-spazio/corrispondenze?stato=in-gemellaggio",
    "/il-mio-spazio/corrispondenze?stato=scartate",
    "/profilo",
    "/profilo/password",
    "/iscritti/nadia-ferrigno",
    "/invia-una-storia",
    "/invia-una-storia?tipo=offro",
    "/invia-una-storia?tipo=cerco",
    "/discussioni/nuova",
    THREAD,
    "/buone-pratiche",
    "/buone-pratiche/distretti-famiglia",
    "/buone-pratiche/distretti-famiglia/utile",
    "/moderazione",
    "/redazione/storie",
)
STORY_FORM = ("modifica", "modifica/racconto", "modifica/componenti", "rivedi")
EDITOR = (
    "/redazione/storie",
    "/buone-pratiche/distretti-famiglia",
    *(f"/buone-pratiche/distretti-famiglia/{page}" for page in STORY_FORM),
    "/buone-pratiche/distretti-famiglia/archivia",
    "/buone-pratiche/distretti-famiglia/rimuovi",
    "/redazione/storie/distretti-famiglia",
    "/buone-pratiche/distretti-famiglia/versioni",
    "/buone-pratiche/distretti-famiglia/confronta?da=2&a=3",
    "/buone-pratiche/distretti-famiglia/vale-ancora",
    "/buone-pratiche/distretti-famiglia/superata",
    "/allegati/practice/1/nuovo",
    "/allegati/practice/1/ordine",
    "/allegati/1",
    *(f"/allegati/1/{action}" for action in ("modifica", "rimuovi", "versioni/nuova")),
)
EVALUATOR = (
    "/valutazione/storie",
    "/buone-pratiche/disciplinare-del-marchio-family-per-i-comuni/valida",
    "/buone-pratiche/disciplinare-del-marchio-family-per-i-comuni/valida/non-ancora",
)
MODERATOR = (
    "/moderazione",
    "/moderazione?mostra=profili",
    "/moderazione/decisi",
    "/moderazione/ricorsi",
    "/moderazione/iscritti/2",
    THREAD,
    f"{THREAD}/chiudi",
    f"{THREAD}/titolo",
    *(f"{THREAD}/{step}" for step in ("sposta", "unisci", "dividi")),
    f"{THREAD}/rimuovi",
    "/allegati/2",
    "/allegati/2/nascondi",
)
ADMINISTRATOR = (
    "/amministrazione",
    "/amministrazione/iscritti?q=a",
    "/amministrazione/iscritti/2",
    "/amministrazione/iscritti/2/ruoli",
    "/amministrazione/iscritti/2/stato",
    "/amministrazione/iscritti/2/accessi",
    "/amministrazione/enti?quali=senza-referente",
    "/amministrazione/enti/1",
    "/amministrazione/enti/1/referente",
    "/amministrazione/appartenenze",
    "/amministrazione/attivita?chi=admin",
    "/amministrazione/attivita",
    "/amministrazione/posta",
    "/amministrazione/coda",
    "/amministrazione/indice",
    "/il-mio-spazio/richieste",
    "/enti/nuovo",
    "/enti/regione-puglia",
    "/enti/regione-puglia/modifica",
    "/enti/regione-puglia/elimina",
    "/enti/regione-puglia/appartenenze",
    "/enti/regione-puglia/invita",
    "/il-mio-spazio/inviti",
    "/il-mio-spazio/inviti/ente",
    "/gemellaggi/nuovo",
    f"{TREPU}/stato",
    f"{TREPU}/partecipanti",
    f"{TREPU}/partecipanti/aggiungi",
    f"{TREPU}/partecipanti/1/togli",
)
COORDINATOR = (TREPU, f"{TREPU}/modifica", f"{TREPU}/partecipanti")


def walk(open_browser: OpenBrowser) -> None:
    """Everybody goes their way; nothing here asserts more than that the pages come."""
    _visitor(open_browser("visitor", with_script=False))
    _newcomer(open_browser("registered member", with_script=False))
    _author(open_browser("verified member", with_script=False))
    _editor(open_browser("editor", with_script=False))
    _evaluator(open_browser("evaluator", with_script=False))
    _moderator(open_browser("moderator", with_script=False))
    _administrator(open_browser("administrator", with_script=False))
    _coordinator(open_browser("coordinator", with_script=False))
    _contact(open_browser("contact person", with_script=False))


def _visitor(reader: Reader) -> None:
    reader.collect(*VISITOR)
    reader.send_empty("/registrati", "Crea il profilo")
    reader.send_empty("/accedi", "Accedi")
    reader.send_empty("/password-dimenticata", "Manda il collegamento")
    reader.open("/password-dimenticata")
    reader.fill_in({"E-mail": "valutatore@demo.gemella.example"})
    reader.press("Manda il collegamento")
    letter = reader.main.get_by_role("article").filter(has_text="valutatore@")
    link = letter.get_by_role("link", name="/nuova-password/")

    def arrived() -> bool:
        reader.open("/posta-di-prova")
        return link.count() > 0

    until(arrived, seconds=20, what="no letter for a new password")
    reader.collect(link.first.get_attribute("href") or "")
    reader.send_empty("/segnala/thread/1", "Invia la segnalazione")
    reader.main.get_by_role("radio").first.check()
    reader.press("Invia la segnalazione")
    for size in ("piu", "meno"):
        reader.collect(f"/dimensione-testo/{size}?next=/gemellaggi")


def _newcomer(reader: Reader) -> None:
    reader.sign_in("registrato@demo.gemella.example")
    reader.collect(*MEMBER)
    reader.open(THREAD)
    reader.press("Pubblica la risposta")  # empty
    reader.fill_in({"Messaggio": "Aspetta chi modera."})
    reader.press("Pubblica la risposta")
    reader.sees("Aspetta chi modera.")
    reader.send_empty("/discussioni/nuova", "Apri la discussione")
    reader.send_empty("/profilo/password", "Cambia la password")
    reader.send_empty("/il-mio-spazio/appartenenze?ente=puglia", "Invia la richiesta")
    reader.open("/profilo")
    reader.fill_in({"Nome": ""})
    reader.press("Salva il profilo")
    reader.open("/invia-una-storia?tipo=cerco")
    reader.press("Salva e continua")
    reader.fill_in({"Titolo": "Come aprire uno sportello unico"})
    reader.press("Salva la bozza")
    story = reader.page.url.removesuffix("/modifica")
    parts = [f"{story}/{page}" for page in STORY_FORM]
    reader.collect(story, *parts, f"{story}/rimuovi", "/il-mio-spazio/storie")
    reader.open(f"{story}/rivedi")
    reader.press("Invia alla redazione")
    _write_twice(reader, f"{story}/modifica/racconto")


def _write_twice(reader: Reader, path: str) -> None:
    """Two windows with the same part of a story: the second one is shown both texts."""
    reader.open(path)
    url = reader.page.url
    form = {one: reader.main.locator(f"[name={one}]").input_value() for one in CARRIED}
    form |= {"need": "Un ufficio solo."}
    answer = reader.context.request.post(url, form=form, headers={"Referer": url})
    assert answer.ok, answer.status
    reader.fill_in({"Il bisogno": "Un ufficio solo, aperto anche il sabato."})
    reader.press("Salva la bozza")
    reader.sees("Usa questo al posto del mio")


CARRIED = ("csrf_token", "version", "seen", "submission_key")


def _author(reader: Reader) -> None:
    """A member whose messages appear at once, and who has something to withdraw."""
    reader.sign_in("verificato@demo.gemella.example")
    reader.open(THREAD)
    reader.fill_in({"Messaggio": "Qui i **binari** ci sono ancora.\n\n> Davvero?\n\n- sì\n- sì"})
    reader.press("Pubblica la risposta")
    post = reader.main.get_by_role("article").filter(has_text="binari").last
    for action in ("Rispondi", "Cita", "Modifica", "Ritira"):
        reader.collect(reader.address_of(action, within=post))
    reader.follow("Modifica", within=post)
    reader.fill_in({"Messaggio": "Qui i **binari** ci sono ancora, fino al ponte."})
    reader.press("Guarda prima")
    reader.press("Salva il messaggio")
    post = reader.main.get_by_role("article").filter(has_text="fino al ponte").last
    reader.collect(reader.address_of("modificato", within=post))
    reader.fill_in({"Messaggio": "Da finire"})
    reader.press("Salva la bozza")
    reader.sees("Riprendi la tua bozza.")
    reader.open("/il-mio-spazio/appartenenze")
    reader.collect(reader.address_of("Termina"), "/il-mio-spazio", "/iscritti/tommaso-lorusso")


def _editor(reader: Reader) -> None:
    reader.sign_in("redattore@demo.gemella.example")
    reader.collect(*EDITOR)


def _evaluator(reader: Reader) -> None:
    reader.sign_in("valutatore@demo.gemella.example")
    reader.collect(*EVALUATOR)
    reader.send_empty(EVALUATOR[1], "Valida")
    reader.send_empty(EVALUATOR[2], "Invia all’autore")


def _moderator(reader: Reader) -> None:
    reader.sign_in("moderatore@demo.gemella.example")
    reader.collect(*MODERATOR)
    reader.open(THREAD)
    reader.collect(reader.address_of("Nascondi…"), reader.address_of("Respingi…"))
    reader.send_empty(reader.address_of("Respingi…"), "Respingi")
    reader.collect("/moderazione", "/moderazione/segnalazioni/thread/1")


def _administrator(reader: Reader) -> None:
    reader.sign_in("admin@demo.gemella.example")
    reader.collect(*ADMINISTRATOR)
    reader.send_empty("/enti/nuovo", "Aggiungi al registro")
    reader.send_empty("/il-mio-spazio/inviti/ente", "Manda l’invito")
    reader.send_empty("/gemellaggi/nuovo", "Salva la bozza")
    reader.send_empty(f"{TREPU}/partecipanti/aggiungi", "Registra")


def _coordinator(reader: Reader) -> None:
    reader.sign_in("coordinatore@demo.gemella.example")
    reader.collect(*COORDINATOR)
    reader.open("/gemellaggi/nuovo")
    reader.fill_in({"Titolo": "Una bozza per due finestre"})
    reader.press("Salva la bozza")
    draft = reader.page.url
    reader.collect(draft, f"{draft}/partecipanti", f"{draft}/stato")
    _stop_a_mail(reader)
    _save_twice(reader, f"{draft}/modifica")
    _lose_the_session(reader)


def _stop_a_mail(reader: Reader) -> None:
    """An answer to somebody, whose mail says how to have no more of them."""
    reader.open(THREAD)
    reader.follow(
        "Rispondi", within=reader.main.get_by_role("article").filter(has_text="binari").last
    )
    reader.fill_in({"Messaggio": "Davvero, e sono in ordine."})
    reader.press("Pubblica la risposta")
    letter = reader.main.get_by_role("article").filter(has_text="verificato@")
    link = letter.get_by_role("link", name="/avvisi/disattiva/")

    def arrived() -> bool:
        reader.open("/posta-di-prova")
        return link.count() > 0

    until(arrived, seconds=20, what="no letter about the answer")
    reader.collect(link.first.get_attribute("href") or "")


def _suited(reader: Reader) -> None:
    """What the worker found to suit Trento's offer, and what can be done with it."""
    looked_at = reader.main.get_by_role("link", name=re.compile("^Valuta e contatta"))

    def found() -> bool:
        reader.open("/il-mio-spazio/corrispondenze")
        return looked_at.count() > 0

    until(found, seconds=40, what="nothing that suits the demo's offer")
    match = looked_at.first.get_attribute("href") or ""
    reader.collect("/il-mio-spazio", "/il-mio-spazio/corrispondenze", match, f"{match}/scarta")
    reader.send_empty(match, "Invia il messaggio")


def _contact(reader: Reader) -> None:
    """What the contact person of a partner of old meets, and a proposal from its beginning."""
    reader.sign_in("referente.trento@demo.gemella.example")
    reader.collect(
        "/il-mio-spazio/gemellaggi",
        "/gemellaggi/nuovo",
        f"{TREPU}/spazio",
        f"{TREPU}/partecipanti",
        f"{TREPU}/partecipanti/1/rispondi",
        f"{TREPU}/partecipanti/1/lascia",
    )
    _suited(reader)
    reader.open("/gemellaggi/nuovo")
    reader.fill_in({"Titolo": "Una proposta senza inviti"})
    reader.main.get_by_role("radio", name=re.compile("^Offre")).check()
    reader.press("Salva la bozza")
    draft = reader.page.url
    reader.collect("/il-mio-spazio", "/il-mio-spazio/gemellaggi", f"{draft}/spazio")
    reader.send_empty(f"{draft}/partecipanti/invita", "Manda l’invito")
    reader.send_empty(f"{draft}/partecipanti/invita/nuovo", "Manda l’invito")
    own = f"{draft}/partecipanti"
    reader.open(own)
    leaving = reader.address_of("Esci dal gemellaggio…")
    reader.collect(leaving, leaving.replace("/lascia", "/rispondi"))
    reader.open(f"{draft}/spazio")
    reader.send_empty(reader.address_of("Apri una discussione riservata"), "Apri la discussione")


def _save_twice(reader: Reader, path: str) -> None:
    """The same text changed in two windows: the second is shown both."""
    reader.open(path)
    other = reader.context.new_page()
    other.goto(reader.page.url)
    for page, words in ((other, "Prima così."), (reader.page, "Poi così.")):
        page.get_by_label("In breve").fill(words)
        page.get_by_role("button", name="Salva le modifiche").click()
    reader.keep()
    expect(reader.main.get_by_text("Prima così.")).to_be_visible()
    other.close()


def _lose_the_session(reader: Reader) -> None:
    """Signed out elsewhere while writing: the text comes back."""
    reader.open(THREAD)
    reader.fill_in({"Messaggio": "Scritto prima di uscire."})
    reader.context.clear_cookies(name="gemella")
    reader.press("Pubblica la risposta")
    reader.sees("Il tuo testo è qui", role="heading")
