"""The pages that the journeys passed are open to everybody, on every screen, and valid HTML."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.journeys import tour
from tests.journeys.album import Album
from tests.journeys.browser import browsers
from tests.journeys.judging import EXTREMES, html_faults, judging
from tests.whole_site import Site

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]


@pytest.fixture
def pages(chromium: Browser, site: Site, album: Album) -> Album:
    """What the journeys showed; where none went before, what a visitor sees."""
    if not len(album):
        with browsers(chromium, site.url, album) as open_browser:
            open_browser("visitor").collect(*tour.VISITOR)
    return album


def test_pages_hold_on_every_screen(chromium: Browser, site: Site, pages: Album) -> None:
    with judging(chromium, site.url) as judge:
        # The other pages of these addresses, and the other screens, are left to the long run.
        faults = [fault for sheet in pages.fullest() for fault in judge.faults(sheet, EXTREMES)]
    assert not faults, "\n".join(faults)


def test_pages_are_valid_html(pages: Album, tmp_path: Path) -> None:
    faults = html_faults(pages, tmp_path)
    assert not faults, "\n".join(faults)
