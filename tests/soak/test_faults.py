"""The disk full, the database restarted, a backup taken in the middle of it all."""

from __future__ import annotations

import contextlib
import os
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.client import Client, form_of
from tests.journeys.waiting import until
from tests.postgres import Server, serving
from tests.soak.conftest import ON_BOTH, Record
from tests.whole_site import Site, running

pytestmark = pytest.mark.soak

MEGABYTE = 1024 * 1024


class Poster(threading.Thread):
    """Posts one message after the other; notes those that were acknowledged, in order."""

    def __init__(self, site: Site, name: str) -> None:
        super().__init__(daemon=True)
        self.site = site
        self.word = name
        self.acknowledged: list[str] = []
        self.statuses: Counter[int] = Counter()
        self.stop = threading.Event()
        # Before anything goes wrong: who cannot sign in has acknowledged nothing.
        self.client = Client(site.url, timeout=40)
        self.client.sign_in("verificato@demo.gemella.example")
        self.thread = f"/discussioni/{site.rows('SELECT min(id) FROM threads')[0][0]}"

    def run(self) -> None:
        client, thread = self.client, self.thread
        number = 0
        target = ""
        values = None
        while not self.stop.is_set():
            text = f"Sotto carico {self.word}{number:05d}."
            if values is None:
                page = client.get(thread)
                self.statuses[page.status] += 1
                if page.status != 200:
                    self.stop.wait(0.05)
                    continue
                target, values = form_of(page, thread)
            answer = client.post(target, {**values, "text": text})
            self.statuses[answer.status] += 1
            if answer.status == 200:
                self.acknowledged.append(text)
                number += 1
                values = None
            else:
                # The same form, with the same key, as a browser's reload sends it.
                self.stop.wait(0.05)


@contextlib.contextmanager
def posting(site: Site, clients: int = 3) -> Iterator[list[Poster]]:
    posters = [Poster(site, chr(97 + number)) for number in range(clients)]
    for poster in posters:
        poster.start()
    try:
        yield posters
    finally:
        for poster in posters:
            poster.stop.set()
        for poster in posters:
            poster.join(timeout=60)


def texts_of(site: Site) -> Counter[str]:
    return Counter(t for (t,) in site.rows("SELECT text FROM posts WHERE text LIKE 'Sotto%'"))


# -- backup


@ON_BOTH
def test_a_backup_under_load_holds_what_was_acknowledged_before(
    site: Site, tmp_path: Path, variables: dict[str, str], request: pytest.FixtureRequest,
    record_property: Record,
) -> None:  # fmt: skip
    archive = tmp_path / "under-load.backup"
    with posting(site) as posters:
        until(
            lambda: sum(len(poster.acknowledged) for poster in posters) >= 20,
            seconds=60,
            what="no twenty messages were acknowledged",
        )
        before = [text for poster in posters for text in list(poster.acknowledged)]
        said = site.command("backup", str(archive)).stdout
        time.sleep(1)
    after = texts_of(site)
    statuses: Counter[int] = sum((poster.statuses for poster in posters), Counter())
    record_property("backup", f"{len(before)} before, {len(after)} in all, {statuses}; {said}")
    assert before
    assert {s for s in statuses if s >= 500} <= {503}
    # Into an empty installation.
    elsewhere = dict(variables)
    if elsewhere:
        server: Server = request.getfixturevalue("postgres")
        server.create("restored")
        elsewhere["GEMELLA_DATABASE_URL"] = server.url("restored")
    second = Site(tmp_path / "second", demo=False, **elsewhere)
    second.folder.mkdir()
    assert second.command("restore", str(archive)).returncode == 0
    kept = texts_of(second)
    assert set(before) <= set(kept)
    assert set(kept.values()) <= {1}
    assert set(kept) <= set(after)
    with running(tmp_path / "second", demo=False, **elsewhere) as restored:
        assert restored.fetch("/gemellaggi")[0] == 200
        wait_for_agreement(restored)
        # And back into the first one, while it serves.
        assert site.command("restore", str(archive), "--force").returncode == 0
        assert texts_of(site) == kept
        assert site.fetch("/gemellaggi")[0] == 200
        wait_for_agreement(site)


def wait_for_agreement(site: Site) -> None:
    deadline = time.monotonic() + 60
    done = site.command("check-consistency", check=False)
    while done.returncode and time.monotonic() < deadline:
        time.sleep(0.5)
        done = site.command("check-consistency", check=False)
    assert done.returncode == 0, done.stdout


# -- PostgreSQL goes away and comes back


def test_postgresql_restarted_under_load(tmp_path: Path, record_property: Record) -> None:
    with serving(safe=True) as server:
        server.create("site")
        variables = {"GEMELLA_DATABASE_URL": server.url("site")}
        with running(tmp_path / "site", **variables) as site:
            with posting(site) as posters:
                for _ in range(3):
                    time.sleep(1.5)
                    server.stop()
                    time.sleep(1)
                    server.start()
                before = sum(len(poster.acknowledged) for poster in posters)
                until(
                    lambda: sum(len(poster.acknowledged) for poster in posters) > before,
                    seconds=30,
                    what="it did not go on without a restart of its own",
                )
            statuses: Counter[int] = sum((poster.statuses for poster in posters), Counter())
            acknowledged = [text for poster in posters for text in poster.acknowledged]
            record_property("restarts", f"{len(acknowledged)} acknowledged, {dict(statuses)}")
            log = site.log.read_text()
            assert "raised an exception" not in log, log[log.index("raised an exception") :][:9_000]
            assert set(statuses) <= {200, 503}
            assert statuses[503], "the restarts were never met"
            found = texts_of(site)
            assert set(acknowledged) <= set(found)
            assert set(found.values()) == {1}
            wait_for_agreement(site)


# -- the disk is full


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of its own, in memory; only root can have one."""
    folder = tmp_path / "small"
    folder.mkdir()
    made = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=48m", "tmpfs", str(folder)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if made.returncode:
        pytest.skip(f"no file system of its own for the test: {made.stderr.strip()}")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


def fill(folder: Path) -> Path:
    """Leave not a byte."""
    ballast = folder / "ballast"
    with ballast.open("wb", buffering=0) as file, contextlib.suppress(OSError):
        for size in (MEGABYTE, 4096, 1):
            with contextlib.suppress(OSError):
                while True:
                    file.write(os.urandom(size))
    return ballast


def test_a_full_disk(small_disk: Path, tmp_path: Path, record_property: Record) -> None:
    with running(tmp_path / "site", GEMELLA_DATA=str(small_disk / "data")) as site:
        client = Client(site.url, timeout=40)
        client.sign_in("verificato@demo.gemella.example")
        thread = f"/discussioni/{site.rows('SELECT min(id) FROM threads')[0][0]}"
        target, values = client.form(thread, thread)
        ballast = fill(small_disk)
        statuses: Counter[int] = Counter()
        long = "Un testo che non deve andare perduto. " + "parola " * 2_000
        refused = 0
        for number in range(20):
            answer = client.post(target, {**values, "text": f"{long} {number}"})
            statuses[answer.status] += 1
            assert answer.status in (200, 503, 507), site.log.read_text()[-3_000:]
            if answer.status == 200:
                target, values = client.form(thread, thread)
                continue
            refused += 1
            assert f"{long} {number}" in answer.text.replace("&#39;", "'")
            for path in ("/", "/gemellaggi", "/cerca?q=distretti", thread):
                assert site.fetch(path)[0] == 200, path
            assert client.get(thread).status == 200
        record_property("full disk", dict(statuses))
        assert refused, "the disk was never full"
        ballast.unlink()
        answer = client.post(target, {**values, "text": "Dopo."})
        deadline = time.monotonic() + 20
        while answer.status != 200 and time.monotonic() < deadline:
            time.sleep(0.5)
            answer = client.post(target, {**values, "text": "Dopo."})
        assert answer.status == 200
        assert "Dopo." in answer.text
        assert site.rows("SELECT count(*) FROM posts WHERE text = 'Dopo.'") == [(1,)]
        wait_for_agreement(site)
