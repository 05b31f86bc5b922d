"""Many at once: nothing is overwritten, nothing is doubled, nobody is told of a lock."""

from __future__ import annotations

import multiprocessing
import re
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.client import Answer, Client
from tests.soak.conftest import ON_BOTH, Record
from tests.whole_site import Site

pytestmark = pytest.mark.soak

EDITS = 200
DOUBLE_CLICKS = 100
WRITERS = 4
WRITES = 60
STORY = "distretti-famiglia-e-standard-familiari"


def signed_in(site: Site, mailbox: str) -> Client:
    client = Client(site.url, timeout=30)
    client.sign_in(f"{mailbox}@demo.gemella.example")
    return client


def a_thread(site: Site) -> str:
    return f"/discussioni/{site.rows('SELECT min(id) FROM threads')[0][0]}"


@ON_BOTH
def test_two_hundred_edits_of_one_story(site: Site, record_property: Record) -> None:
    number, slug, before = site.rows(
        "SELECT id, slug, version FROM practices WHERE state = 'published' ORDER BY id"
    )[0]
    path = f"/buone-pratiche/{slug}/modifica"

    def edit(numbers: range) -> list[tuple[str, Answer]]:
        client = signed_in(site, "redattore")
        answers = []
        for one in numbers:
            text = f"Riassunto numero {one} di prova."
            target, values = client.form(path, path)
            answers.append((text, client.post(target, {**values, "summary": text})))
        return answers

    with ThreadPoolExecutor(8) as pool:
        shares = [range(n, EDITS, 8) for n in range(8)]
        answers = [answer for share in pool.map(edit, shares) for answer in share]
    statuses = Counter(answer.status for _, answer in answers)
    record_property("edits", dict(statuses))
    assert set(statuses) <= {200, 409}
    after = site.rows(f"SELECT version FROM practices WHERE id = {number}")[0][0]
    assert after - before == statuses[200]
    revisions = site.rows(
        f"SELECT count(*) FROM revisions WHERE kind = 'practice' AND object_id = {number}"
        f" AND version > {before}"
    )
    assert revisions[0][0] == statuses[200]
    for text, answer in answers:
        if answer.status == 409:
            assert text in answer.text, "what was typed is lost"
            others = set(re.findall(r"Riassunto numero \d+ di prova\.", answer.text)) - {text}
            assert others, "what stands now is not shown"
    assert statuses[409], "they never met: the test proves nothing"


@ON_BOTH
def test_a_hundred_double_clicks(site: Site, record_property: Record) -> None:
    thread = a_thread(site)
    client = signed_in(site, "verificato")
    before = site.rows("SELECT count(*) FROM posts")[0][0]
    statuses: Counter[int] = Counter()
    places: list[set[str]] = []
    with ThreadPoolExecutor(2) as pool:
        for number in range(DOUBLE_CLICKS):
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
    record_property("double clicks", dict(statuses))
    assert set(statuses) == {200}
    assert all(len(where) == 1 for where in places), "the second is led elsewhere"
    rows = site.rows("SELECT text FROM posts WHERE text LIKE 'Doppio clic%'")
    assert len(rows) == len(set(rows)) == DOUBLE_CLICKS
    assert site.rows("SELECT count(*) FROM posts")[0][0] == before + DOUBLE_CLICKS


def write_much(environment: dict[str, str], number: int, said: multiprocessing.Queue[str]) -> None:
    """One process of its own, below the web: reads a number, writes the next one."""
    import os

    os.environ.update(environment)
    from core.flags import Flag, set_flag
    from core.transactions import transaction
    from portal.factory import create_app

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


@ON_BOTH
def test_four_processes_that_write(site: Site) -> None:
    context = multiprocessing.get_context("spawn")
    said = context.Queue()
    environment = {k: v for k, v in site.environment.items() if k.startswith("GEMELLA_")}
    writers = [
        context.Process(target=write_much, args=(environment, number, said))
        for number in range(WRITERS)
    ]
    for writer in writers:
        writer.start()
    faults = [said.get(timeout=120) for _ in writers]
    for writer in writers:
        writer.join()
    assert faults == [""] * WRITERS
    assert site.rows("SELECT value FROM flags WHERE name = 'counter'") == [(str(WRITERS * WRITES),)]
