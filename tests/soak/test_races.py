"""Many at once: nothing is overwritten, nothing is doubled, nobody is told of a lock."""

from __future__ import annotations

import multiprocessing
import re
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.client import Answer, Client
from tests.soak.conftest import ON_BOTH, Record
from tests.soak.faults import planted
from tests.whole_site import Site, running

pytestmark = pytest.mark.soak

EDITS = 200
DOUBLE_CLICKS = 100
WRITERS = 4
WRITES = 60


def signed_in(site: Site, mailbox: str) -> Client:
    client = Client(site.url, timeout=30)
    client.sign_in(f"{mailbox}@demo.gemella.example")
    return client


def a_thread(site: Site) -> str:
    return f"/discussioni/{site.rows('SELECT min(id) FROM threads')[0][0]}"


@dataclass(frozen=True)
class Edit:
    """One text that was sent, the version of the story that its form was made from, the answer."""

    text: str
    based_on: str
    answer: Answer


def edit_at_once(site: Site, edits: int) -> tuple[Counter[int], list[str]]:
    """Have eight clients rewrite one story; return the statuses, and all that is wrong then."""
    number, slug, before = site.rows(
        "SELECT id, slug, version FROM practices WHERE state = 'published' ORDER BY id"
    )[0]
    path = f"/buone-pratiche/{slug}/modifica"

    def edit(numbers: range) -> list[Edit]:
        client = signed_in(site, "redattore")
        sent = []
        for one in numbers:
            text = f"Riassunto numero {one} di prova."
            target, values = client.form(path, path)
            answer = client.post(target, {**values, "summary": text})
            sent.append(Edit(text, values["version"], answer))
        return sent

    with ThreadPoolExecutor(8) as pool:
        shares = [range(n, edits, 8) for n in range(8)]
        sent = [one for share in pool.map(edit, shares) for one in share]
    statuses = Counter(one.answer.status for one in sent)
    after = site.rows(f"SELECT version FROM practices WHERE id = {number}")[0][0]
    revisions = site.rows(
        f"SELECT count(*) FROM revisions WHERE kind = 'practice' AND object_id = {number}"
        f" AND version > {before}"
    )[0][0]
    taken = Counter(one.based_on for one in sent if one.answer.status == 200)
    checks = {
        "another answer than 200 and 409": set(statuses) <= {200, 409},
        "the version tells of another number of edits": after - before == statuses[200],
        "an edit has no revision of its own": revisions == statuses[200],
        "an edit was overwritten by one who had not seen it": set(taken.values()) <= {1},
        "what was typed is lost": all(one.text in one.answer.text for one in refused(sent)),
        "what stands now is not shown": all(shows_another(one) for one in refused(sent)),
    }
    return statuses, [what for what, holds in checks.items() if not holds]


def refused(edits: list[Edit]) -> list[Edit]:
    return [one for one in edits if one.answer.status == 409]


def shows_another(edit: Edit) -> bool:
    found = set(re.findall(r"Riassunto numero \d+ di prova\.", edit.answer.text))
    return bool(found - {edit.text})


@ON_BOTH
def test_two_hundred_edits_of_one_story(site: Site, record_property: Record) -> None:
    statuses, faults = edit_at_once(site, EDITS)
    record_property("edits", dict(statuses))
    assert faults == []
    assert statuses[409], "they never met: the test proves nothing"


def click_twice(site: Site, times: int) -> tuple[Counter[int], list[str]]:
    """Send each of these forms twice at once; return the statuses, and all that is wrong then."""
    thread = a_thread(site)
    client = signed_in(site, "verificato")
    before = site.rows("SELECT count(*) FROM posts")[0][0]
    statuses: Counter[int] = Counter()
    places: list[set[str]] = []
    with ThreadPoolExecutor(2) as pool:
        for number in range(times):
            target, values = client.form(thread, thread)
            gate = threading.Barrier(2)
            fields = {**values, "text": f"Doppio clic {number}."}

            def click(
                target: str = target, fields: dict[str, str] = fields,
                gate: threading.Barrier = gate,
            ) -> Answer:  # fmt: skip
                gate.wait(timeout=20)
                return client.post(target, fields)

            pair = [future.result() for future in [pool.submit(click), pool.submit(click)]]
            statuses.update(answer.status for answer in pair)
            places.append({answer.url for answer in pair})
    rows = site.rows("SELECT text FROM posts WHERE text LIKE 'Doppio clic%'")
    after = site.rows("SELECT count(*) FROM posts")[0][0]
    checks = {
        "another answer than 200": set(statuses) == {200},
        "the second is led elsewhere": all(len(where) == 1 for where in places),
        "a message is there twice": len(rows) == len(set(rows)),
        "another number of messages": after == before + times,
    }
    return statuses, [what for what, holds in checks.items() if not holds]


@ON_BOTH
def test_a_hundred_double_clicks(site: Site, record_property: Record) -> None:
    statuses, faults = click_twice(site, DOUBLE_CLICKS)
    record_property("double clicks", dict(statuses))
    assert faults == []


# Whoever saves last wins, and forms have no keys.
CARELESS = """
from core import submissions
from core.versions import Versioned
from practices.services import parts

def count(self, seen):
    self.version += 1

Versioned.raise_version = count
parts._has_seen = lambda *_: True
submissions.remember = lambda *_: None
"""


def test_a_site_without_locks_and_keys_is_noticed(tmp_path: Path) -> None:
    """Twin: texts are overwritten, and both of two clicks write."""
    with running(tmp_path / "site", **planted(tmp_path / "fault", CARELESS)) as site:
        statuses, faults = edit_at_once(site, 24)
        doubled = click_twice(site, 2)[1]
    assert set(statuses) == {200}
    assert faults == ["an edit was overwritten by one who had not seen it"]
    assert doubled == [
        "the second is led elsewhere",
        "a message is there twice",
        "another number of messages",
    ]


def write_much(
    environment: dict[str, str], is_careless: bool, said: multiprocessing.Queue[str]
) -> None:
    """One process of its own, below the web: reads a number, writes the next one.

    A careless one begins as most programs do: it reads, and takes the writers' lock only when it
    writes.
    """
    import os

    os.environ.update(environment)
    from core import transactions
    from core.flags import Flag, set_flag
    from core.transactions import transaction
    from portal.factory import create_app

    if is_careless:
        transactions.BEGIN_OPTION = "nobody_asks_for_this"  # type: ignore[misc]
    app = create_app()
    for _ in range(WRITES):
        try:
            with app.app_context(), transaction() as session:
                row = session.get(Flag, "counter")
                set_flag("counter", str(int(row.value if row else 0) + 1))
        except Exception as fault:  # noqa: BLE001 - counted by who started this
            said.put(repr(fault))
            return
    said.put("")


def write_at_once(site: Site, *, is_careless: bool = False) -> list[str]:
    """Have four processes count together; return all that is wrong then."""
    context = multiprocessing.get_context("spawn")
    said = context.Queue()
    environment = {k: v for k, v in site.environment.items() if k.startswith("GEMELLA_")}
    writers = [
        context.Process(target=write_much, args=(environment, is_careless, said))
        for _ in range(WRITERS)
    ]
    for writer in writers:
        writer.start()
    faults = [fault for fault in [said.get(timeout=120) for _ in writers] if fault]
    for writer in writers:
        writer.join()
    counted = site.rows("SELECT value FROM flags WHERE name = 'counter'")
    if counted != [(str(WRITERS * WRITES),)]:
        faults.append(f"they counted to {counted}")
    return faults


@ON_BOTH
def test_four_processes_that_write(site: Site) -> None:
    assert write_at_once(site) == []


@ON_BOTH
def test_writers_that_read_before_they_lock_are_noticed(
    tmp_path: Path, variables: dict[str, str]
) -> None:
    """Twin: updates are lost, or refused as "locked"."""
    site = Site(tmp_path / "site", demo=False, **variables)
    site.folder.mkdir()
    site.command("migrate")
    assert write_at_once(site, is_careless=True) != []
