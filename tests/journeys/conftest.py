"""One site and one browser for all journeys; the pages of all journeys are judged last."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.journeys.album import Album
from tests.journeys.browser import OpenBrowser, browsers
from tests.whole_site import Site, running

LAST = ("test_pages.py", "test_all_pages.py")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whatever order chance gives: what judges the album comes after those who fill it."""
    items.sort(key=lambda item: LAST.index(item.path.name) if item.path.name in LAST else -1)


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The demo, served by the real command with both kinds of workers."""
    with running(tmp_path_factory.mktemp("journeys")) as site:
        yield site


@pytest.fixture(scope="session")
def album() -> Album:
    """Every page that was shown so far."""
    return Album()


@pytest.fixture
def open_browser(chromium: Browser, site: Site, album: Album) -> Iterator[OpenBrowser]:
    """``open_browser("newcomer", with_script=False)``; in the end none may have complained."""
    with browsers(chromium, site.url, album) as opened:
        yield opened
