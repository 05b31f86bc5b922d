"""Every page of the site holds, in every state that a walk through it meets."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Browser

from tests.journeys import tour
from tests.journeys.album import Album
from tests.journeys.browser import browsers
from tests.journeys.judging import html_faults, judging
from tests.whole_site import Site

# Some 120 pages on four screens: longer than `make test` has, which judges those of the journeys.
pytestmark = [pytest.mark.soak, pytest.mark.timeout(900)]

# Not pages: what programs read, files, and addresses that lead on at once.
NO_PAGES = re.compile(
    r"/(healthz|readyz|robots\.txt|opensearch\.xml|\.well-known/.*|static/.*|immagini/.*|"
    r"dimensione-testo/.*|messaggi/<int:post_id>|(.*/)?feed|(.*/)?esporta\.csv|"
    r"allegati/<int:attachment_id>/versioni/<int:number>(/miniatura)?|buone-pratiche/<slug:slug>/riprendi|"
    r"discussioni/(<int:thread_id>/)?persone|discussioni/<int:thread_id>/(giorno|non-letti))"
)

# Behind a letter or a request: test_twinning.py, test_invitation.py and test_clean_house.py come
# to these.
OF_THE_JOURNEY = (
    "/conferma/<token:token>",
    "/appartenenze/<int:number>",
    "/invito/<token:token>",
    "/ricorso/<token:token>",
    "/moderazione/ricorsi/<int:number>",
    "/moderazione/provvedimenti/<int:number>/annulla",
    "/il-mio-spazio/provvedimenti/<int:number>/ricorso",
)


@pytest.fixture(scope="module")
def pages(chromium: Browser, site: Site, album: Album) -> Album:
    """What the journeys showed, and every page that they did not pass."""
    with browsers(chromium, site.url, album) as open_browser:
        tour.walk(open_browser)
    return album


def test_pages_hold_on_every_screen(chromium: Browser, site: Site, pages: Album) -> None:
    with judging(chromium, site.url) as judge:
        faults = [fault for sheet in pages for fault in judge.faults(sheet)]
    assert not faults, "\n".join(faults)


def test_pages_are_valid_html(pages: Album, tmp_path: Path) -> None:
    faults = html_faults(pages, tmp_path)
    assert not faults, "\n".join(faults)


def test_no_page_is_left_out(app: Flask, pages: Album) -> None:
    seen = {sheet.path for sheet in pages if sheet.status == 200}
    left_out = [
        rule.rule
        for rule in app.url_map.iter_rules()
        if "GET" in (rule.methods or ())
        and not NO_PAGES.fullmatch(rule.rule)
        and rule.rule not in OF_THE_JOURNEY
        and not any(_pattern(rule.rule).fullmatch(path) for path in seen)
    ]
    assert not left_out, f"tests/journeys/tour.py does not come to {left_out}"


def _pattern(rule: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"<int:\w+>", r"\\d+", re.sub(r"<(slug|token):\w+>", "[^/]+", rule)))
