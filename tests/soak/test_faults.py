"""The disk full, the database restarted, a backup taken in the middle of it all."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
import pytest

from core.submissions import new_key
from tests.client import Client, form_of
from tests.journeys.waiting import until
from tests.postgres import Server, serving
from tests.soak.conftest import ON_BOTH, Record
from tests.soak.faults import planted
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
    assert not_as_acknowledged(before, kept) == []
    assert set(kept) <= set(after)
    with running(tmp_path / "second", demo=False, **elsewhere) as restored:
        assert restored.fetch("/gemellaggi")[0] == 200
        wait_for_agreement(restored)
        # And back into the first one, while it serves.
        assert site.command("restore", str(archive), "--force").returncode == 0
        assert texts_of(site) == kept
        assert site.fetch("/gemellaggi")[0] == 200
        wait_for_agreement(site)


def not_as_acknowledged(acknowledged: list[str], found: Counter[str]) -> list[str]:
    """What was acknowledged and is lost, and what is there more than once."""
    lost = [f"lost: {text}" for text in acknowledged if text not in found]
    return lost + [f"{number} times: {text}" for text, number in found.items() if number > 1]


# A backup as most are made: the file of the database, copied.
COPIES_THE_FILE = """
import shutil
from portal.keeping import databases

def copy(target):
    shutil.copyfile(databases._our_file(), target)
    return databases.check_sqlite_file(target), databases.rows_by_table()

databases._save_sqlite = copy
"""


def test_a_backup_that_copies_the_file_is_noticed(tmp_path: Path) -> None:
    """Twin: what stands in the write-ahead log alone is not in the copy."""
    archive = tmp_path / "copied.backup"
    with running(tmp_path / "site", **planted(tmp_path / "fault", COPIES_THE_FILE)) as site:
        before = write(site, 3)
        site.command("backup", str(archive))
    second = Site(tmp_path / "second", demo=False)
    second.folder.mkdir()
    # It says so itself where rows are missing that the manifest counts.
    second.command("restore", str(archive), check=False)
    assert len(not_as_acknowledged(before, texts_of(second))) == 3


def write(site: Site, number: int) -> list[str]:
    """Write some messages one after the other; all of them are acknowledged."""
    poster = Poster(site, "x")
    for _ in range(number):
        target, values = poster.client.form(poster.thread, poster.thread)
        text = f"Sotto carico {new_key()}."
        assert poster.client.post(target, {**values, "text": text}).status == 200
        poster.acknowledged.append(text)
    return poster.acknowledged


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
            assert not_as_acknowledged(acknowledged, texts_of(site)) == []
            wait_for_agreement(site)


def test_a_server_that_acknowledges_too_early_is_noticed(tmp_path: Path) -> None:
    """Twin: a commit that is answered before it is on the disk is lost with the server."""
    with serving(safe=True) as server:
        server.create("site")
        with running(tmp_path / "site", GEMELLA_DATABASE_URL=server.url("site")) as site:
            with psycopg.connect(server.url("site"), autocommit=True) as connection:
                # Kept in memory for as long as the server allows.
                connection.execute("ALTER SYSTEM SET wal_writer_delay = '10s'")
                connection.execute("ALTER SYSTEM SET synchronous_commit = off")
                connection.execute("SELECT pg_reload_conf()")
                connection.execute("CHECKPOINT")
            time.sleep(0.5)
            acknowledged = write(site, 2)
            server.stop(how=signal.SIGQUIT)
            server.start()
            assert not_as_acknowledged(acknowledged, texts_of(site)) != []


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


@dataclass
class Meanwhile:
    """What a site did while its disk was full: answers to writers, and what was wrong with them."""

    site: Site
    client: Client
    thread: str
    statuses: Counter[int] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)

    def write(self, number: int) -> bool:
        """Send a long message; return whether it was taken."""
        target, values = self.client.form(self.thread, self.thread)
        text = f"{LONG} {number}"
        answer = self.client.post(target, {**values, "text": text})
        self.statuses[answer.status] += 1
        if answer.status == 200:
            return True
        if answer.status not in (503, 507):
            self.faults.append(f"{answer.status} for a writer")
        if text not in answer.text:
            self.faults.append("what was typed is lost")
        return False

    def read(self) -> None:
        for path in ("/", "/gemellaggi", "/cerca?q=distretti", self.thread):
            if (status := self.site.fetch(path)[0]) != 200:
                self.faults.append(f"{status} for a reader of {path}")
        if (status := self.client.get(self.thread).status) != 200:
            self.faults.append(f"{status} for a member")


LONG = "Un testo che non deve andare perduto. " + "parola " * 2_000


def with_a_full_disk(site: Site, small_disk: Path, times: int) -> tuple[Meanwhile, Path]:
    """Fill the disk and go on reading and writing; return what happened, and what fills it."""
    client = Client(site.url, timeout=40)
    client.sign_in("verificato@demo.gemella.example")
    thread = f"/discussioni/{site.rows('SELECT min(id) FROM threads')[0][0]}"
    seen = Meanwhile(site, client, thread)
    client.get(thread)
    ballast = fill(small_disk)
    for number in range(times):
        if not seen.write(number):
            seen.read()
    return seen, ballast


def test_a_full_disk(small_disk: Path, tmp_path: Path, record_property: Record) -> None:
    with running(tmp_path / "site", GEMELLA_DATA=str(small_disk / "data")) as site:
        seen, ballast = with_a_full_disk(site, small_disk, 20)
        record_property("full disk", dict(seen.statuses))
        assert seen.faults == [], site.log.read_text()[-3_000:]
        assert seen.statuses[503] + seen.statuses[507], "the disk was never full"
        client, thread = seen.client, seen.thread
        target, values = client.form(thread, thread)
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


# A database that refuses is a fault like any other, and nobody gives anything back.
FORGETFUL = """
from portal import errors
errors.busy = lambda _error: errors.page(500)
"""


def test_a_full_disk_that_costs_the_text_is_noticed(small_disk: Path, tmp_path: Path) -> None:
    """Twin: a bare error page in place of the form."""
    variables = planted(tmp_path / "fault", FORGETFUL)
    with running(tmp_path / "site", GEMELLA_DATA=str(small_disk / "data"), **variables) as site:
        seen = with_a_full_disk(site, small_disk, 5)[0]
    assert {"500 for a writer", "what was typed is lost"} <= set(seen.faults)
