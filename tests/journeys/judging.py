"""What every page must hold to, whoever reads it, on whatever screen and with whatever hands."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import axe_playwright_python
from playwright.sync_api import Browser, Page

from tests.journeys.album import Sheet
from tests.journeys.browser import listen_for_faults

ROOT = Path(__file__).parents[2]
SCRIPTS = (
    Path(axe_playwright_python.__file__).with_name("axe.min.js"),
    Path(__file__).with_suffix(".js"),
)
VALIDATOR = ROOT / "node_modules" / ".bin" / "html-validate"

TAGS = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")
# What larger text can break; contrast it only makes easier.
LAYOUT_RULES = ("scrollable-region-focusable", "target-size")
# Width in pixels, size of the text, axe's rules; in an order that saves redrawing.
Screen = tuple[int, str, tuple[str, ...]]
SCREENS: tuple[Screen, ...] = (
    (1280, "100%", TAGS),
    (1280, "200%", LAYOUT_RULES),
    (360, "200%", LAYOUT_RULES),
    (360, "100%", TAGS),
)
# What breaks on one of the four breaks on one of these two, but for what axe sees on phones alone.
EXTREMES = (SCREENS[0], SCREENS[2])
HEIGHT = 800


class Judge:
    """Draws pages as they were sent, in a browser with script, and says what is wrong with them.

    All are drawn into one window, which has the site's own address and security policy: twice as
    fast as opening each, because axe and the style sheets are read once.
    """

    def __init__(self, page: Page, site: str) -> None:
        self._page = page
        self._heard: list[str] = []
        page.goto(f"{site}/privacy")
        for script in SCRIPTS:
            page.evaluate(script.read_text(encoding="utf-8"))
        listen_for_faults(page, site, self._heard.append)

    def faults(self, sheet: Sheet, screens: Sequence[Screen] = SCREENS) -> list[str]:
        """What is wrong with a page, each with the screen on which it is."""
        page = self._page
        self._heard.clear()
        found = []
        page.set_viewport_size({"width": screens[0][0], "height": HEIGHT})
        page.set_content(sheet.html)
        for width, size, rules in screens:
            page.set_viewport_size({"width": width, "height": HEIGHT})
            page.evaluate("size => { document.documentElement.style.fontSize = size }", size)
            seen = page.evaluate("judging.overflow()")
            seen += page.evaluate("only => judging.axe(only)", rules)
            found += [f"[{width} px, {size}] {fault}" for fault in seen]
        page.keyboard.press("Tab")
        found += [f"[keyboard] {fault}" for fault in page.evaluate("judging.focus()")]
        return [f"{sheet.name} {fault}" for fault in [*found, *self._heard]]


@contextmanager
def judging(chromium: Browser, site: str) -> Iterator[Judge]:
    """A judge with a browser of its own."""
    context = chromium.new_context(locale="it-IT", reduced_motion="reduce")
    try:
        yield Judge(context.new_page(), site)
    finally:
        context.close()


def html_faults(sheets: Iterable[Sheet], folder: Path) -> list[str]:
    """What html-validate finds in the pages as they were sent."""
    files = {folder / f"{number:03d}.html": sheet for number, sheet in enumerate(sheets)}
    for file, sheet in files.items():
        file.write_text(sheet.html, encoding="utf-8")
    done = subprocess.run(
        [VALIDATOR, "--config", ROOT / ".htmlvalidate.json", "--formatter", "json", folder],
        capture_output=True, text=True, check=False, cwd=ROOT,
    )  # fmt: skip
    assert done.stdout.strip(), f"html-validate failed: {done.stderr}"
    return [
        f"{files[Path(result['filePath'])].name} line {message['line']} "
        f"{message['ruleId']}: {message['message']}"
        for result in json.loads(done.stdout)
        for message in result["messages"]
    ]
