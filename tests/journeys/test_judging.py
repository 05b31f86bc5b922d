"""The checks on pages notice what they are there for: each meets its fault here."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.journeys.album import Album, Sheet
from tests.journeys.browser import browsers
from tests.journeys.judging import Judge, html_faults, judging
from tests.journeys.waiting import until
from tests.whole_site import Site

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

Spoil = Callable[[str, str], Sheet]


@pytest.fixture(scope="module")
def judge(chromium: Browser, site: Site) -> Iterator[Judge]:
    with judging(chromium, site.url) as judge:
        yield judge


@pytest.fixture(scope="module")
def sound(site: Site) -> str:
    """A page without fault."""
    return site.fetch("/cerca?q=famiglia")[1]


@pytest.fixture
def spoil(sound: str) -> Spoil:
    """The same page with one thing replaced."""

    def replaced(old: str, new: str) -> Sheet:
        assert sound.count(old), f"the page has no {old}"
        return Sheet("visitor", "http://site/cerca", 200, {}, sound.replace(old, new, 1))

    return replaced


def test_a_sound_page_has_no_fault(judge: Judge, spoil: Spoil, tmp_path: Path) -> None:
    sheet = spoil("</main>", "</main>")
    assert judge.faults(sheet) == []
    assert html_faults([sheet], tmp_path) == []


FAULTS = {
    "no label": ("</main>", '<input type="text" name="x"></main>', "] label, 1 times"),
    "pale text": (
        "</main>",
        '<p><font color="#cccccc">pallido</font></p></main>',
        "] color-contrast, 1 times",
    ),
    "no heading": ("<h1", "<p", "] page-has-heading-one"),
    "a small target": (
        "</main>",
        '<div class="g-xs"><div><a href="/">o</a></div><div><a href="/x">u</a></div></div></main>',
        "[360 px, 100%] target-size",
    ),
    "too wide for a phone": (
        "</main>",
        '<img src="/static/img/favicon.svg" alt="" width="500"></main>',
        "[360 px, 100%] 1",
    ),
    "too wide with large text": (
        "</main>",
        f"<table><tr><td nowrap>{'x' * 110}</td></tr></table></main>",
        "[1280 px, 200%] ",
    ),
    "cut off": (
        "</main>",
        f'<div class="g-clip"><table><tr><td nowrap>{"x" * 400}</td></tr></table></div></main>',
        "cuts its text off",
    ),
    "something before the skip link": (
        '<div class="skiplinks">',
        '<a href="/">prima</a><div class="skiplinks">',
        "[keyboard] the first stop is not the way to the content: a “prima”",
    ),
    "no place to skip to": ('id="contenuto"', "", "[keyboard] the first stop"),
    "focus that is not shown": (
        "</main>",
        '<p id="errori" tabindex="0">senza anello</p></main>',
        "[keyboard] does not show its focus: p “senza anello”",
    ),
    "another host": (
        "</main>",
        '<img src="https://altrove.example/punto.png" alt=""></main>',
        "asks another host: https://altrove.example/punto.png",
    ),
    "inline script": ("</main>", "<script>alert(1)</script></main>", "console: "),
    "a file that is not there": (
        "</main>",
        '<img src="/static/manca.png" alt=""></main>',
        "/static/manca.png answers 404",
    ),
}


# One of each way of looking in every run: axe, the layout, the keyboard, what the browser says.
IN_EVERY_RUN = {"no label", "too wide for a phone", "no place to skip to", "inline script"}


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        pytest.param(*fault, id=name, marks=() if name in IN_EVERY_RUN else pytest.mark.soak)
        for name, fault in FAULTS.items()
    ],
)
def test_a_fault_is_noticed(judge: Judge, spoil: Spoil, old: str, new: str, fault: str) -> None:
    noticed = judge.faults(spoil(old, new))
    assert any(fault in one for one in noticed), noticed


BAD_HTML = {
    "no-dup-id": '<p id="x">uno</p><p id="x">due</p></main>',
    "close-order": "<p><ul><li>dentro</li></ul></p></main>",
    "no-inline-style": '<p style="color: red">rosso</p></main>',
}


def test_bad_html_is_noticed(spoil: Spoil, tmp_path: Path) -> None:
    # In one go: the validator takes longer to start than to read.
    sheets = [
        replace(spoil("</main>", new), url=f"http://site/{rule}") for rule, new in BAD_HTML.items()
    ]
    noticed = html_faults(sheets, tmp_path)
    for rule in BAD_HTML:
        assert any(one.startswith(f"/{rule} ") and f" {rule}: " in one for one in noticed), noticed


def test_what_browsers_complain_of_on_the_way_fails_the_journey(
    chromium: Browser, site: Site
) -> None:
    album = Album()
    with (
        pytest.raises(AssertionError, match="asks another host"),
        browsers(chromium, site.url, album) as open_browser,
    ):
        reader = open_browser("visitor")
        reader.open("/privacy")
        reader.page.evaluate("new Image().src = 'https://altrove.example/punto.png'")
    assert len(album) == 1


def test_waiting_does_not_last_for_ever() -> None:
    with pytest.raises(AssertionError, match=r"nothing came after 0\.1 s"):
        until(lambda: False, seconds=0.1, what="nothing came")
