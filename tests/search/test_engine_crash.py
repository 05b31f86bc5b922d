"""Kill -9 while the index is written: what was acknowledged is there, once."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from core.references import Reference
from search.queries.searcher import Searcher
from search.services.index import Index
from tests.search.engine_samples import document, found

ROOT = Path(__file__).parents[2]
BATCH = 3

WRITER = """
import sys
from pathlib import Path
from search.services.index import Index
from tests.search.engine_samples import document
index, number = Index(Path(sys.argv[1])), int(sys.argv[2])
early = sys.argv[3] == "early"
while True:
    batch = [document(number + n, "goccia") for n in range({batch})]
    old = [document(max(number - 1, 0), "goccia", version=2)]
    if early:
        print(number, flush=True)
    index.apply(batch + old)
    if not early:
        print(number, flush=True)
    number += {batch}
"""


def write_until_killed(folder: Path, number: int, acknowledge: str, batches: int) -> int:
    """Start a writer at `number`, kill it after some batches; return the first number not said."""
    process = subprocess.Popen(
        [sys.executable, "-c", WRITER.format(batch=BATCH), str(folder), str(number), acknowledge],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": f"{ROOT / 'platform'}:{ROOT}"},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    for line in process.stdout:
        number = int(line) + BATCH
        batches -= 1
        if batches == 0:
            if acknowledge == "late":
                time.sleep(0.004 * (number % 7))  # somewhere inside the next commit
            process.send_signal(signal.SIGKILL)
            break
    for line in process.stdout:  # what it still said before it died
        number = int(line) + BATCH
    process.wait()
    process.stdout.close()
    return number


def check_kills(folder: Path, acknowledge: str) -> None:
    index = Index(folder)
    index.rebuild().finish()
    index.close()
    number = 1
    searcher = Searcher(folder)
    for batches in (1, 2, 3, 1, 2):
        number = write_until_killed(folder, number, acknowledge, batches)
        differences = searcher.check((Reference("practice", n), 1) for n in range(1, number))
        assert not differences.missing
        assert all(ghost.id == 0 or ghost.id >= number for ghost in differences.ghosts)
        for segment_numbers in [found(searcher, "goccia", limit=10_000)]:
            assert len(segment_numbers) == len(set(segment_numbers))
    later = Index(folder)
    later.apply([document(1, "subito dopo")])  # no lock was left behind
    assert found(searcher, "subito") == [1]
    later.close()


def test_what_was_acknowledged_survives_kills(tmp_path: Path) -> None:
    check_kills(tmp_path, "late")


def test_kill_check_notices_an_early_acknowledgement(tmp_path: Path) -> None:
    with pytest.raises(AssertionError):
        check_kills(tmp_path, "early")
