"""Validate the HTML of every page that a visitor of the demo can reach. Run by `make check`.

Sets up an installation in a temporary folder by the `gemella` command, follows the links from the
home page breadth-first through Flask's test client, keeps each page in build/pages/ and hands them
to html-validate. A link that leads to an error is a fault too.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections import Counter, deque
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import urldefrag, urljoin, urlsplit

from flask.testing import FlaskClient

ROOT = Path(__file__).resolve().parent.parent
PAGES = ROOT / "build" / "pages"
VALIDATOR = ROOT / "node_modules" / ".bin" / "html-validate"
GEMELLA = Path(sys.executable).parent / "gemella"

ORIGIN = "http://127.0.0.1:8000"
STARTS = ("/", "/en/", "/de/")
MOST_PAGES = 150
# Filters multiply: a path is validated with this many of its queries.
QUERIES_PER_PATH = 3


class _Links(HTMLParser):
    """The addresses of the links and of the forms that only read."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        if tag == "a" and values.get("href"):
            self.found.append(values["href"] or "")
        elif tag == "form" and (values.get("method") or "get").lower() == "get":
            self.found.append(values.get("action") or "")


def main() -> int:
    with tempfile.TemporaryDirectory(prefix="gemella-pages-") as data:
        os.environ |= {
            "GEMELLA_DATA": data,
            "GEMELLA_BASE_URL": ORIGIN,
            "GEMELLA_DEMO_PASSWORD": "una frase di prova",
        }
        for command in (["migrate"], ["demo"]):
            if not _ran(command):
                return 1
        pages, faults = _crawl()
    faults += _html_faults(pages)
    for fault in faults:
        print(fault)
    print(f"{len(pages)} pages validated, {len(faults)} faults")
    return 1 if faults or not pages else 0


def _ran(command: list[str]) -> bool:
    done = subprocess.run(
        [GEMELLA, *command], capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False
    )
    if done.returncode:
        print(f"gemella {' '.join(command)} failed:\n{done.stdout}{done.stderr}")
    return done.returncode == 0


def _crawl() -> tuple[dict[Path, str], list[str]]:
    """The pages kept, file to URL, and what was wrong with links."""
    from core.config import Settings
    from portal.factory import create_app

    # As in tests: without a line of log for each page.
    client = create_app(replace(Settings.from_environment(), testing=True)).test_client()
    shutil.rmtree(PAGES, ignore_errors=True)
    PAGES.mkdir(parents=True)
    pages: dict[Path, str] = {}
    faults: list[str] = []
    seen = set(STARTS)
    queries: Counter[str] = Counter()
    waiting = deque((url, "") for url in STARTS)
    while waiting and len(pages) < MOST_PAGES:
        url, linked_from = waiting.popleft()
        body, fault = _page(client, url)
        if fault:
            faults.append(f"{url}: {fault}, linked from {linked_from or 'the start'}")
        if body is None:
            continue
        file = PAGES / f"{len(pages):03d}.html"
        file.write_bytes(body)
        pages[file] = url
        for link in _internal_links(body, url):
            parts = urlsplit(link)
            if link in seen or (parts.query and queries[parts.path] >= QUERIES_PER_PATH):
                continue
            seen.add(link)
            queries[parts.path] += bool(parts.query)
            waiting.append((link, url))
    return pages, faults


def _page(client: FlaskClient, url: str) -> tuple[bytes | None, str]:
    """The HTML behind an address, if it is HTML, and what is wrong with the answer."""
    with client.get(url, base_url=ORIGIN, follow_redirects=True) as answer:
        if answer.status_code >= 400:
            return None, f"answers {answer.status_code}"
        return (answer.get_data(), "") if answer.mimetype == "text/html" else (None, "")


def _internal_links(body: bytes, url: str) -> list[str]:
    parser = _Links()
    parser.feed(body.decode())
    found = []
    for link in parser.found:
        target = urldefrag(urljoin(f"{ORIGIN}{url}", link)).url
        if target.startswith(f"{ORIGIN}/"):
            found.append(target.removeprefix(ORIGIN))
    return found


def _html_faults(pages: dict[Path, str]) -> list[str]:
    if not pages:
        return []
    done = subprocess.run(
        [VALIDATOR, "--config", ROOT / ".htmlvalidate.json", "--formatter", "json", PAGES],
        capture_output=True, text=True, check=False, cwd=ROOT,
    )  # fmt: skip
    if done.returncode and not done.stdout.strip():
        return [f"html-validate failed: {done.stderr}"]
    return [
        f"{pages[Path(result['filePath'])]} (build/pages/{Path(result['filePath']).name}:"
        f"{message['line']}:{message['column']}) {message['ruleId']}: {message['message']}"
        for result in json.loads(done.stdout)
        for message in result["messages"]
    ]


if __name__ == "__main__":
    sys.exit(main())
