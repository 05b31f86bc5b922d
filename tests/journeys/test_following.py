"""Who follows a twinning is told once of a reply, reads it, and the number on top goes down."""

from __future__ import annotations

from uuid import uuid4

import pytest

from tests.journeys.browser import OpenBrowser, Reader
from tests.journeys.tour import TREPU
from tests.journeys.waiting import until

pytestmark = [pytest.mark.soak, pytest.mark.browser, pytest.mark.timeout(300)]

LIST = "/il-mio-spazio/avvisi"


@pytest.mark.parametrize("with_script", [True, False], ids=["script", "no script"])
def test_a_follower_is_told_once_of_a_reply(open_browser: OpenBrowser, with_script: bool) -> None:
    word = f"calendario{uuid4().hex[:8]}"
    follower = open_browser("verified member", with_script=with_script)
    writer = open_browser("contact person", with_script=with_script)

    follower.sign_in("verificato@demo.gemella.example")
    follower.open(TREPU)
    follower.press("Segui")
    follower.sees("Ora lo segui")
    before = unread(follower)

    writer.sign_in("referente.puglia@demo.gemella.example")
    writer.open(f"{TREPU}/discussioni")
    thread = writer.main.locator("h3 a, h2 a").first.get_attribute("href")
    writer.open(thread or "")
    writer.fill_in({"Messaggio": f"Proponiamo un {word} comune."})
    writer.press("Pubblica la risposta")
    writer.sees(word)

    until(lambda: unread(follower) > before, seconds=20, what="nobody was told")
    assert unread(follower) == before + 1, "told once"
    newest = follower.main.locator(".g-notices li").first
    follower.press("Da leggere:", within=newest)
    follower.sees(word)
    assert "#m" in follower.page.url
    assert unread(follower) == before

    follower.open("/il-mio-spazio/seguiti")
    followed = follower.main.get_by_role("listitem").filter(has_text="TrePu")
    follower.press("Non seguire più", within=followed)
    follower.sees("Non lo segui più")


def unread(reader: Reader) -> int:
    """The number beside the link to the notices, in the head of the page."""
    reader.open(LIST)
    head = reader.page.get_by_label("Strumenti").get_by_role("link", name="Avvisi")
    digits = "".join(c for c in head.inner_text() if c.isdigit())
    return int(digits or 0)
