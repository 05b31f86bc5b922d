"""Acknowledged means kept: posts written while web workers and the indexer are killed."""

from __future__ import annotations

import os
import random
import re
import shutil
import signal
import threading
import time
from collections import Counter
from pathlib import Path

import pytest
from lxml import html

from tests.client import Client
from tests.soak.conftest import ON_BOTH, Record, kill
from tests.whole_site import Site, running

pytestmark = pytest.mark.soak

CLIENTS = 8
POSTS = 1_000
KILLS = 20
FOUND_WITHIN = 60.0
PATIENCE = 120.0


class Writer(threading.Thread):
    """Posts its share, and notes for each word whether it was acknowledged.

    A broken connection says nothing about what was kept, so the same form is sent again with the
    same key, as a browser's reload does: the site must make one post of it.
    """

    def __init__(self, site: Site, thread_id: int, words: list[str]) -> None:
        super().__init__()
        self.site = site
        # Before anything is killed: who cannot sign in has acknowledged nothing.
        self.client = Client(site.url)
        self.client.sign_in("verificato@demo.gemella.example")
        self.thread_id = thread_id
        self.words = words
        self.acknowledged: list[str] = []
        self.statuses: Counter[int] = Counter()

    def run(self) -> None:
        for word in self.words:
            self._write(self.client, word)

    def _write(self, client: Client, word: str) -> None:
        path = f"/discussioni/{self.thread_id}"
        deadline = time.monotonic() + PATIENCE
        form = None
        while time.monotonic() < deadline:
            try:
                form = form or client.form(path, path)
            except AssertionError:
                time.sleep(0.2)
                continue
            target, values = form
            answer = client.post(target, {**values, "text": f"Messaggio di prova {word}."})
            self.statuses[answer.status] += 1
            if answer.status == 200:
                self.acknowledged.append(word)
                return
            time.sleep(0.2)


def words_on_pages(site: Site, thread_id: int) -> Counter[str]:
    """Every test word on all pages of the thread, with how often it is there."""
    client = Client(site.url)
    seen: Counter[str] = Counter()
    address: str | None = f"/discussioni/{thread_id}"
    while address:
        answer = client.get(address)
        assert answer.status == 200
        seen.update(re.findall(r"Messaggio di prova (parola\d+)\.", answer.text))
        links = html.fromstring(answer.text).xpath("//a[@rel='next']/@href")
        address = str(links[0]) if links else None
    return seen


def words_in_database(site: Site) -> Counter[str]:
    rows = site.rows("SELECT text FROM posts WHERE state = 'visible'")
    return Counter(
        word for (text,) in rows for word in re.findall(r"Messaggio di prova (parola\d+)\.", text)
    )


def words_in_feed(site: Site, thread_id: int) -> Counter[str]:
    """Every test word in all pages of the discussion's feed, with how often it is there."""
    seen: Counter[str] = Counter()
    address: str | None = f"/discussioni/{thread_id}/feed"
    while address:
        status, text = site.fetch(address)
        assert status == 200
        seen.update(re.findall(r"Messaggio di prova (parola\d+)\.", text))
        following = re.search(r'<link href="https?://[^/"]+([^"]+)" rel="next"', text)
        address = following[1] if following else None
    return seen


def found(site: Site, word: str) -> int:
    """How many results search has for a word; it must never fail."""
    status, text = site.fetch(f"/cerca?q={word}&tipo=post")
    assert status == 200
    return len(html.fromstring(text).xpath("//ul[contains(@class,'g-list')]/li"))


def trepu_thread(site: Site) -> int:
    status, text = site.fetch("/gemellaggi")
    assert status == 200
    link = html.fromstring(text).xpath("//a[contains(@href, '/gemellaggi/trepu')]/@href")[0]
    _, page = site.fetch(str(link))
    return int(re.search(r"/discussioni/(\d+)", page)[1])  # type: ignore[index]


@ON_BOTH
def test_every_acknowledged_post_is_there_exactly_once(site: Site, record_property: Record) -> None:
    thread_id = trepu_thread(site)
    words = [f"parola{number:04d}" for number in range(POSTS)]
    writers = [Writer(site, thread_id, words[n::CLIENTS]) for n in range(CLIENTS)]
    for writer in writers:
        writer.start()
    rng = random.Random(7)
    web = background = 0
    while any(writer.is_alive() for writer in writers):
        time.sleep(0.5)
        # One of two dies at a time, as one does in life; the other answers.
        workers = site.web_workers()
        if web < KILLS and len(workers) == site.workers:
            web += kill(rng.choice(workers))
        if background < KILLS:
            background += kill(site.background_worker())
    for writer in writers:
        writer.join()
    while web < KILLS or background < KILLS:
        time.sleep(0.5)
        web += web < KILLS and bool(site.web_workers()) and kill(site.web_workers()[0])
        background += background < KILLS and kill(site.background_worker())
    acknowledged = [word for writer in writers for word in writer.acknowledged]
    statuses: Counter[int] = sum((writer.statuses for writer in writers), Counter())
    record_property("posts", f"{dict(statuses)} answers, {web}+{background} kills")
    assert len(acknowledged) == POSTS
    assert {s for s in statuses if s >= 500} <= {503}
    site.wait_until_ready()
    assert disagreements(site, thread_id, acknowledged) == []


def disagreements(site: Site, thread_id: int, acknowledged: list[str]) -> list[str]:
    """Where something else stands than every acknowledged word once."""
    expected = Counter(acknowledged)
    told = {
        "database": words_in_database(site),
        "pages": words_on_pages(site, thread_id),
        "feed": words_in_feed(site, thread_id),
    }
    faults = [where for where, words in told.items() if words != expected]
    deadline = time.monotonic() + FOUND_WITHIN
    # What is counted before the last message is indexed would hide a double.
    while time.monotonic() < deadline and waits_for_the_index(site):
        time.sleep(0.2)
    missing = set(acknowledged)
    while missing and time.monotonic() < deadline:
        missing = {word for word in missing if found(site, word) != 1}
        time.sleep(0.2)
    return faults + ["search"] * bool(missing)


def waits_for_the_index(site: Site) -> bool:
    return site.rows("SELECT count(*) FROM outbox WHERE consumer = 'search'")[0][0] != 0


def test_the_check_above_can_fail(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """A message that was acknowledged and is not there, and one that is there twice."""
    monkeypatch.setattr("tests.soak.test_kills.FOUND_WITHIN", 10.0)
    thread_id = trepu_thread(site)
    writer = Writer(site, thread_id, ["parola0001", "parola0002"])
    writer.run()
    assert disagreements(site, thread_id, writer.acknowledged) == []
    everywhere = ["database", "pages", "feed", "search"]
    assert disagreements(site, thread_id, ["parola0001", "parola0002", "parola0003"]) == everywhere
    Writer(site, thread_id, ["parola0002"]).run()
    assert disagreements(site, thread_id, writer.acknowledged) == everywhere


def test_the_index_comes_back_by_itself(site: Site) -> None:
    deadline = time.monotonic() + FOUND_WITHIN
    while found_twinnings(site) == 0 and time.monotonic() < deadline:
        time.sleep(0.1)
    complete = found_twinnings(site)
    assert complete > 0
    shutil.rmtree(site.folder / "data" / "index")
    saw_notice = False
    deadline = time.monotonic() + FOUND_WITHIN
    while time.monotonic() < deadline:
        status, text = site.fetch("/cerca?q=distretti+famiglia")
        assert status == 200
        saw_notice = saw_notice or "si sta ripristinando" in text
        if saw_notice and "si sta ripristinando" not in text:
            break
        time.sleep(0.02)
    assert saw_notice, "the fallback was never seen"
    assert found_twinnings(site) == complete


def found_twinnings(site: Site) -> int:
    status, text = site.fetch("/cerca?q=distretti+famiglia")
    assert status == 200
    if "si sta ripristinando" in text:
        return 0
    return len(html.fromstring(text).xpath("//ul[contains(@class,'g-list')]/li"))


def test_nothing_outlives_the_supervisor(tmp_path: Path) -> None:
    with running(tmp_path / "site") as one:
        children = one.children()
        assert len(children) >= 4
        assert one.process is not None
        os.kill(one.process.pid, signal.SIGKILL)
        one.process.wait()
        deadline = time.monotonic() + 15
        while alive(children) and time.monotonic() < deadline:
            time.sleep(0.2)
        assert alive(children) == []


def test_ctrl_c_ends_everything_at_once(tmp_path: Path) -> None:
    """A terminal sends it to the whole group: children that heard it twice used to hang."""
    with running(tmp_path / "site") as one:
        children = one.children()
        assert one.stop() == 0
        assert alive(children) == []


def alive(pids: list[int]) -> list[int]:
    """Those of the processes that still run; a zombie does not."""
    running_now = []
    for pid in pids:
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
        except OSError:
            continue
        if state != "Z":
            running_now.append(pid)
    return running_now
