"""The indexer killed, the index damaged: nothing missing, no ghost, nothing twice, no fault."""

from __future__ import annotations

import random
import shutil
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from lxml import html

from tests.client import Client
from tests.journeys.waiting import until
from tests.soak.conftest import Record, kill
from tests.soak.faults import planted
from tests.whole_site import Site, running

pytestmark = pytest.mark.soak

KILLS = 30
WITHIN = 60.0


class Reader(threading.Thread):
    """Searches all the time and notes every status."""

    def __init__(self, site: Site) -> None:
        super().__init__(daemon=True)
        self.site = site
        self.statuses: Counter[int] = Counter()
        self.stop = threading.Event()

    def run(self) -> None:
        while not self.stop.is_set():
            self.statuses[self.site.fetch("/cerca?q=distretti+famiglia")[0]] += 1
            self.stop.wait(0.02)


@contextmanager
def searching(site: Site) -> Iterator[Reader]:
    reader = Reader(site)
    reader.start()
    try:
        yield reader
    finally:
        reader.stop.set()
        reader.join()


def hits(site: Site) -> dict[str, int]:
    """How much some questions find; a page that says it looks through titles only finds nothing."""
    found = {}
    for question in ("distretti+famiglia", "gemellaggio", "numero+unico"):
        deadline = time.monotonic() + WITHIN
        text = site.fetch(f"/cerca?q={question}")[1]
        while "si sta ripristinando" in text and time.monotonic() < deadline:
            time.sleep(0.2)
            text = site.fetch(f"/cerca?q={question}")[1]
        found[question] = len(html.fromstring(text).xpath("//ul[contains(@class,'g-list')]/li"))
    return found


def wait_until_it_agrees(site: Site) -> str:
    """Give the worker time; return what does not agree in the end, nothing if all is well."""
    deadline = time.monotonic() + WITHIN
    while time.monotonic() < deadline:
        done = site.command("check-consistency", check=False)
        if done.returncode == 0:
            return ""
        time.sleep(0.5)
    return done.stdout


def serving_generation(index: Path) -> Path:
    return max(index.glob("gen-*"))


def cut_segments(index: Path) -> None:
    for path in serving_generation(index).glob("*.seg"):
        path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def flip_segments(index: Path) -> None:
    for path in serving_generation(index).glob("*.seg"):
        content = bytearray(path.read_bytes())
        for place in range(0, len(content), 97):
            content[place] ^= 0xFF
        path.write_bytes(content)


def cut_contents(index: Path) -> None:
    for path in serving_generation(index).glob("_MAIN_*.toc"):
        path.write_bytes(path.read_bytes()[:20])


def lose_contents(index: Path) -> None:
    for path in serving_generation(index).glob("_MAIN_*.toc"):
        path.unlink()


def lose_segments(index: Path) -> None:
    for path in serving_generation(index).glob("*.seg"):
        path.unlink()


def lose_generation(index: Path) -> None:
    shutil.rmtree(serving_generation(index))


def lose_pointer(index: Path) -> None:
    (index / "CURRENT").unlink()


def garble_pointer(index: Path) -> None:
    (index / "CURRENT").write_bytes(b"\xff\x00{")


DAMAGES: tuple[Callable[[Path], None], ...] = (
    cut_segments, flip_segments, cut_contents, lose_contents, lose_segments, lose_generation,
    lose_pointer, garble_pointer,
)  # fmt: skip


def test_an_indexer_that_is_killed_again_and_again(site: Site, record_property: Record) -> None:
    client = Client(site.url)
    client.sign_in("verificato@demo.gemella.example")
    thread = f"/discussioni/{site.rows('SELECT min(id) FROM threads')[0][0]}"
    rng = random.Random(11)
    killed = posts = 0
    with searching(site) as reader:
        while killed < KILLS:
            target, values = client.form(thread, thread)
            posts += client.post(target, {**values, "text": f"Goccia {posts}."}).status == 200
            time.sleep(rng.random() * 0.4)
            killed += kill(site.background_worker())
    record_property("indexer", f"{killed} kills, {posts} posts, {dict(reader.statuses)}")
    assert set(reader.statuses) == {200}
    assert wait_until_it_agrees(site) == ""


def test_an_index_that_is_damaged_in_eight_ways(site: Site, record_property: Record) -> None:
    index = site.folder / "data" / "index"
    assert wait_until_it_agrees(site) == ""
    before = hits(site)
    assert all(before.values())
    rebuilt = 0
    with searching(site) as reader:
        for damage in DAMAGES:
            generation = serving_generation(index).name
            damage(index)
            # What no reader stumbles over is what the comparison is for.
            site.command("check-consistency", "--repair", check=False)
            left = wait_until_it_agrees(site)
            assert left == "", f"{damage.__name__}: {left}"
            assert hits(site) == before, damage.__name__
            rebuilt += serving_generation(index).name != generation
    record_property(
        "index", f"{len(DAMAGES)} damages, {rebuilt} built anew, searches {dict(reader.statuses)}"
    )
    assert set(reader.statuses) == {200}
    assert rebuilt >= len(DAMAGES) // 2, "the damage did no harm: the test proves nothing"


# An indexer that takes what waits off its list first, and dies before it has written any of it;
# and a site that neither builds a lost index anew nor searches without one.
HELPLESS = """
import os, signal
from core import outbox
from search.models import IndexUnavailable
from search.queries import results
from search.services.indexer import Indexer
due, needs = outbox._due, Indexer._needs_rebuild

def forget_and_die(consumer):
    rows = due(consumer)
    if rows and consumer.name == "search":
        outbox._forget([row.outbox_id for row in rows])
        os.kill(os.getpid(), signal.SIGKILL)
    return rows

def no_titles(*_):
    raise IndexUnavailable("there is no index")

outbox._due = forget_and_die
results._titles = no_titles
Indexer._needs_rebuild = lambda self: needs(self) and not any(self._folder.glob("gen-*"))
"""


def test_what_a_helpless_site_loses_is_noticed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Twin: a message forgotten too early, searches that fail, an index that stays away."""
    with running(tmp_path / "site", **planted(tmp_path / "fault", HELPLESS)) as site:
        # The first building reads what there is, and needs no list.
        assert wait_until_it_agrees(site) == ""
        monkeypatch.setattr("tests.soak.test_index.WITHIN", 2.0)
        client = Client(site.url)
        client.sign_in("verificato@demo.gemella.example")
        thread = f"/discussioni/{site.rows('SELECT min(id) FROM threads')[0][0]}"
        target, values = client.form(thread, thread)
        assert client.post(target, {**values, "text": "Goccia perduta."}).status == 200
        waiting = "SELECT count(*) FROM outbox WHERE consumer = 'search'"
        until(lambda: site.rows(waiting) == [(0,)], seconds=30, what="it was never taken")
        assert "missing" in wait_until_it_agrees(site)
        with searching(site) as reader:
            lose_pointer(site.folder / "data" / "index")
            assert wait_until_it_agrees(site) != ""
        assert 500 in reader.statuses
