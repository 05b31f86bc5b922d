"""A file that was acknowledged is there, whole and once, whatever was killed meanwhile."""

from __future__ import annotations

import hashlib
import os
import random
import threading
import time
from collections import Counter
from pathlib import Path

import pytest

from core.storage import FOLDER
from tests.client import Client
from tests.soak.conftest import ON_BOTH, Record, kill
from tests.whole_site import Site

pytestmark = pytest.mark.soak

CLIENTS = 4
FILES = 40
SIZE = 1_000_000
KILLS = 15
PATIENCE = 120.0
STORIES = (1, 2)


def content(number: int) -> bytes:
    """A PDF like no other."""
    return b"%PDF-1.4\n" + random.Random(number).randbytes(SIZE)


class Sender(threading.Thread):
    """Uploads its share; what broke off is sent again with the same form, as a reload does."""

    def __init__(self, site: Site, numbers: list[int]) -> None:
        super().__init__()
        self.client = Client(site.url)
        self.client.sign_in("admin@demo.gemella.example")
        self.numbers = numbers
        self.acknowledged: list[int] = []
        self.statuses: Counter[int] = Counter()

    def run(self) -> None:
        for number in self.numbers:
            self._upload(number)

    def _upload(self, number: int) -> None:
        path = f"/allegati/practice/{STORIES[number % len(STORIES)]}/nuovo"
        deadline = time.monotonic() + PATIENCE
        form = None
        while time.monotonic() < deadline:
            try:
                form = form or self.client.form(path, path)
            except AssertionError:
                time.sleep(0.2)
                continue
            target, values = form
            answer = self.client.upload(
                target, {**values, "title": f"File {number}"}, f"{number}.pdf", content(number)
            )
            self.statuses[answer.status] += 1
            if answer.status == 200:
                self.acknowledged.append(number)
                return
            time.sleep(0.2)


def rows(site: Site) -> list[tuple[str, str, str]]:
    """Title, hash and key of every file that was sent here."""
    found = site.rows(
        "SELECT a.title, v.sha256, v.storage_key FROM attachments a"
        " JOIN attachment_versions v ON v.attachment_id = a.id WHERE a.title LIKE 'File %'"
    )
    return [(str(title), str(digest), str(key)) for title, digest, key in found]


def path_of(site: Site, key: str) -> Path:
    return site.folder / "data" / "files" / FOLDER / key[:2] / key


@ON_BOTH
def test_every_acknowledged_file_is_there_whole_and_once(
    site: Site, record_property: Record
) -> None:
    senders = [Sender(site, list(range(FILES))[n::CLIENTS]) for n in range(CLIENTS)]
    for sender in senders:
        sender.start()
    rng, killed = random.Random(7), 0
    while any(sender.is_alive() for sender in senders):
        time.sleep(0.4)
        workers = site.web_workers()
        if killed < KILLS and len(workers) == site.workers:
            killed += kill(rng.choice(workers))
    for sender in senders:
        sender.join()
    acknowledged = sorted(number for sender in senders for number in sender.acknowledged)
    statuses: Counter[int] = sum((sender.statuses for sender in senders), Counter())
    record_property("files", f"{dict(statuses)} answers, {killed} kills")
    assert acknowledged == list(range(FILES))
    assert {s for s in statuses if s >= 500} <= {503}
    site.wait_until_ready()
    kept = rows(site)
    assert Counter(title for title, _, _ in kept) == Counter(f"File {n}" for n in acknowledged)
    for title, digest, key in kept:
        data = path_of(site, key).read_bytes()
        assert data == content(int(title.removeprefix("File ")))
        assert hashlib.sha256(data).hexdigest() == digest
    lost = swept(site, {key for _, _, key in kept})
    record_property("files left without a row, and swept", lost)


def swept(site: Site, named: set[str]) -> int:
    """Let what is there grow old, have the check mend it, and see that it took the right ones."""
    folder = site.folder / "data" / "files" / FOLDER
    before = set(folder.glob("*/*"))
    for path in before:
        os.utime(path, (time.time() - 7_200,) * 2)
    site.command("check-consistency", "--repair", check=False)
    after = {path.name for path in folder.glob("*/*")}
    assert named <= after
    assert all("." not in name for name in after), "drafts are left"
    said = site.command("check-consistency", check=False).stdout
    assert "attached file" not in said
    assert "is not there" not in said
    return len(before) - len(after)


def test_a_lost_file_is_noticed(site: Site) -> None:
    """Twin: take a file away by hand, and the check says so."""
    client = Client(site.url)
    client.sign_in("admin@demo.gemella.example")
    target, values = client.form("/allegati/practice/1/nuovo", "/nuovo")
    assert client.upload(target, {**values, "title": "File 1"}, "1.pdf", content(1)).status == 200
    ((_, _, key),) = rows(site)
    path_of(site, key).unlink()
    assert f"file {key}" in site.command("check-consistency", check=False).stdout
