"""A clean house: spam is cleared or goes, what was reported is gone at once, who is out objects."""

from __future__ import annotations

from uuid import uuid4

import pytest

from tests.journeys.browser import OpenBrowser, Reader
from tests.journeys.test_held_post import nothing_waits
from tests.journeys.waiting import until
from tests.whole_site import Site

pytestmark = [pytest.mark.soak, pytest.mark.browser, pytest.mark.timeout(300)]

THREAD = "La Governance della Smart City and Community. BG-LE"
SPAM = (
    "Scopri i prestiti immediati: https://soldi.example/1 https://soldi.example/2 "
    "https://soldi.example/3 https://soldi.example/4"
)


def test_suspected_spam_is_held_cleared_and_told_once(
    site: Site, open_browser: OpenBrowser
) -> None:
    word = f"cabina{uuid4().hex[:8]}"
    writer, follower = open_browser("verified member"), open_browser("follower")
    moderator = open_browser("moderator")

    follower.sign_in("referente.puglia@demo.gemella.example")
    open_thread(follower)
    follower.press("Segui")
    writer.sign_in("verificato@demo.gemella.example")
    open_thread(writer)
    writer.fill_in({"Messaggio": f"{word}: {SPAM}"})
    writer.press("Pubblica la risposta")
    writer.sees("In attesa")
    until(lambda: nothing_waits(site), seconds=30, what="the worker is not done")
    assert notices_of(follower) == 0

    moderator.sign_in("moderatore@demo.gemella.example")
    moderator.open("/moderazione")
    waiting = moderator.main.get_by_role("article").filter(has_text=word)
    moderator.sees("Sospetto di pubblicità")
    waiting.get_by_role("checkbox").check()
    moderator.press("Pubblica o archivia")
    moderator.sees("1 elemento deciso.")
    until(lambda: nothing_waits(site), seconds=30, what="the worker is not done")
    assert notices_of(follower) == 1
    open_thread(follower)
    follower.sees(word)


def test_what_was_reported_is_gone_in_the_same_second(
    site: Site, open_browser: OpenBrowser
) -> None:
    word = f"aspro{uuid4().hex[:8]}"
    writer, moderator = open_browser("verified member"), open_browser("moderator")
    visitor = open_browser("visitor")
    writer.sign_in("verificato@demo.gemella.example")
    open_thread(writer)
    writer.fill_in({"Messaggio": f"Un testo {word} contro qualcuno."})
    writer.press("Pubblica la risposta")
    thread = writer.page.url.partition("#")[0].partition("?")[0]
    feed = thread.replace(site.url, "") + "/feed"
    until(lambda: found(site, word), seconds=30, what=f"{word} is not found")
    assert word in site.fetch(feed)[1]

    visitor.open(thread)
    post = visitor.main.get_by_role("article").filter(has_text=word)
    visitor.follow("Segnala", within=post)
    visitor.main.get_by_role("radio", name="Offende o minaccia qualcuno").check()
    visitor.press("Invia la segnalazione")
    visitor.sees("Grazie della segnalazione")

    moderator.sign_in("moderatore@demo.gemella.example")
    moderator.open("/moderazione?mostra=segnalati")
    moderator.main.get_by_role("article").filter(has_text=word).get_by_role("checkbox").check()
    moderator.fill_in({"Motivo": "Il tono offende chi legge."})
    moderator.press("Nascondi")
    # At once: nobody waits for the worker.
    assert not found(site, word)
    assert word not in site.fetch(feed)[1]
    assert word not in site.fetch(thread.replace(site.url, ""))[1]
    moderator.sees("1 elemento deciso.")
    moderator.open("/moderazione/decisi")
    moderator.sees("Il tono offende chi legge.")
    moderator.open("/moderazione/iscritti/" + number_of(moderator, "Tommaso Lorusso"))
    moderator.sees("Nascosto")
    # Both can still turn: the moderator lifts it, or the writer objects.
    moderator.open("/moderazione/decisi")
    moderator.follow("Annulla il provvedimento")
    writer.open("/il-mio-spazio/provvedimenti")
    writer.follow("Fai ricorso")


def test_who_is_suspended_is_out_at_once_and_objects(site: Site, open_browser: OpenBrowser) -> None:
    out, moderator = open_browser("suspended"), open_browser("moderator")
    admin = open_browser("administrator")
    out.sign_in("registrato@demo.gemella.example")
    moderator.sign_in("moderatore@demo.gemella.example")
    moderator.open("/moderazione?mostra=profili")
    moderator.follow(
        "Richiama o sospendi",
        within=moderator.main.get_by_role("article").filter(has_text="Nadia Ferrigno"),
    )
    moderator.main.get_by_role("radio", name="Sospendi per 7 giorni").check()
    moderator.fill_in({"Motivo": "Profilo usato per pubblicità."})
    moderator.press("Conferma")
    moderator.sees("È sospeso.")

    out.open("/il-mio-spazio")
    out.sees("Accedi", role="heading")
    out.fill_in({"E-mail": "registrato@demo.gemella.example", "Password": "una frase di prova"})
    out.press("Accedi")
    out.sees("Profilo usato per pubblicità.")
    out.follow("Fai ricorso")
    out.fill_in({"Perché non sei d’accordo": "Lavoro davvero in un comune."})
    out.press("Invia il ricorso")
    out.sees("in attesa di risposta")

    moderator.open("/moderazione/ricorsi")
    moderator.misses("Lavoro davvero in un comune.")
    admin.sign_in("admin@demo.gemella.example")
    admin.open("/moderazione/ricorsi")
    admin.follow("Ricorso di Nadia Ferrigno")
    admin.main.get_by_role("radio", name="Accogli").check()
    admin.fill_in({"Motivo": "Abbiamo verificato: è così."})
    admin.press("Rispondi")
    out.sign_in("registrato@demo.gemella.example")
    out.open("/il-mio-spazio/provvedimenti")
    out.sees("Abbiamo verificato: è così.")


def open_thread(reader: Reader) -> None:
    reader.open("/discussioni")
    reader.follow(THREAD, within=reader.main.get_by_role("heading", name=THREAD))
    reader.sees(THREAD, role="heading")


def notices_of(reader: Reader) -> int:
    """How many lines of the list lead to this discussion."""
    reader.open("/il-mio-spazio/avvisi")
    return reader.main.get_by_role("region", name=THREAD).get_by_role("listitem").count()


def number_of(moderator: Reader, name: str) -> str:
    """The number of a member, as the way to what was decided about him or her names it."""
    link = moderator.main.get_by_role("link", name=name).first
    return (link.get_attribute("href") or "").rpartition("/")[2]


def found(site: Site, word: str) -> bool:
    return f"<mark>{word}</mark>" in site.fetch(f"/cerca?q={word}")[1]
