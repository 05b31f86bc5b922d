"""Take the picture of the home page that README.md shows. Run by `make picture`.

Serves the demo from a temporary folder, opens its home page in a Chromium as wide as a desk's
screen, without an account, and writes the upper part to docs/home.png with a palette of 256
colours: a picture in a repository is downloaded by everyone who clones it.
"""

from __future__ import annotations

import io
import subprocess
import sys
import tempfile
from pathlib import Path

from PIL import Image
from playwright.sync_api import sync_playwright

ROOT = Path(__file__).resolve().parent.parent
PICTURE = ROOT / "docs" / "home.png"
WIDTH, HEIGHT = 1280, 1690  # CSS pixels, drawn one to one
LARGEST = 600_000  # bytes

sys.path.insert(0, str(ROOT))  # the site of the tests is the site of the picture

from tests.whole_site import running  # noqa: E402


def main() -> int:
    browser = _browser()
    with (
        tempfile.TemporaryDirectory(prefix="gemella-picture-") as folder,
        running(Path(folder) / "site", workers=1) as site,
    ):
        drawn = _draw(browser, f"{site.url}/")
    packed = _packed(drawn)
    if len(packed) > LARGEST:
        print(f"{len(packed)} bytes are too many: at most {LARGEST}", file=sys.stderr)
        return 1
    PICTURE.write_bytes(packed)
    print(f"{PICTURE.relative_to(ROOT)}: {WIDTH} x {HEIGHT}, {len(packed) / 1000:.0f} kB")
    return 0


def _browser() -> str:
    """The Chromium of the browser tests."""
    found = subprocess.run(
        [sys.executable, ROOT / "tools" / "find_chromium.py"],
        stdout=subprocess.PIPE, text=True, check=True,
    )  # fmt: skip
    return found.stdout.strip()


def _draw(browser: str, url: str) -> bytes:
    """The upper part of a page as PNG; a page that fails or is shorter is not worth showing."""
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=browser, args=["--no-sandbox"])
        page = chromium.new_page(
            viewport={"width": WIDTH, "height": HEIGHT}, locale="it-IT", reduced_motion="reduce"
        )
        answer = page.goto(url, wait_until="networkidle")
        if answer is None or not answer.ok:
            raise SystemExit(f"{url} answers {answer.status if answer else 'nothing'}")
        page.evaluate("() => document.fonts.ready")
        picture = page.screenshot()
        chromium.close()
    return picture


def _packed(png: bytes) -> bytes:
    """The same picture with a palette, as small as PNG gets."""
    whole = Image.open(io.BytesIO(png)).convert("RGB")
    small = io.BytesIO()
    whole.quantize(256, dither=Image.Dither.NONE).save(small, "PNG", optimize=True)
    return small.getvalue()


if __name__ == "__main__":
    sys.exit(main())
