"""Who belongs to no body yet writes: a moderator reads it before anybody else does."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from uuid import uuid4

import pytest

from tests.journeys.browser import OpenBrowser, Reader
from tests.journeys.waiting import until
from tests.whole_site import Site

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

THREAD = "Numero Unico Pronto Intervento - NU112"


def test_a_reply_is_held_until_it_is_cleared(site: Site, open_browser: OpenBrowser) -> None:
    word = f"centralino{uuid4().hex[:8]}"
    writer = open_browser("registered member")
    other = open_browser("verified member")
    moderator = open_browser("moderator")

    writer.sign_in("registrato@demo.gemella.example")
    open_thread(writer)
    writer.sees("Prima di comparire sarà letto da chi modera")
    writer.fill_in({"Messaggio": f"Da noi il {word} risponde già in quattro lingue."})
    writer.press("Pubblica la risposta")
    writer.sees(word)
    writer.sees("In attesa")

    other.sign_in("verificato@demo.gemella.example")
    until(lambda: nothing_waits(site), seconds=20, what="the worker is not done")
    check_unseen(other, word)

    moderator.sign_in("moderatore@demo.gemella.example")
    moderator.open("/il-mio-spazio")
    moderator.follow("Decidi")
    waiting = moderator.main.get_by_role("article").filter(has_text=word)
    moderator.press("Pubblica", within=waiting)
    moderator.misses(word)

    with pytest.raises(AssertionError):
        check_unseen(other, word)
    open_thread(other)
    other.sees(word)
    until(
        lambda: f"<mark>{word}</mark>" in site.fetch(f"/cerca?q={word}")[1],
        seconds=20, what=f"{word} is not found",
    )  # fmt: skip


def open_thread(reader: Reader) -> None:
    reader.open("/discussioni")
    reader.follow(THREAD, within=reader.main.get_by_role("heading", name=THREAD))
    reader.sees(THREAD, role="heading")


def check_unseen(reader: Reader, word: str) -> None:
    """Neither in the discussion nor by search; the word itself comes back in the search box."""
    open_thread(reader)
    reader.misses(word)
    reader.open(f"/cerca?q={word}")
    reader.sees("Nessun risultato")


def nothing_waits(site: Site) -> bool:
    """Whether the background worker has done all that was to be done."""
    address = f"file:{site.folder / 'data' / 'gemella.sqlite3'}?mode=ro"
    with closing(sqlite3.connect(address, uri=True)) as database:
        count: int = database.execute("SELECT count(*) FROM outbox").fetchone()[0]
        return count == 0
