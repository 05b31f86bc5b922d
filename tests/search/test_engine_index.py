"""Writing the index: batches, rebuilds beside the one that serves, damage, the single indexer."""

from __future__ import annotations

import errno
import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

from core.contracts import SearchDocument
from core.references import Reference
from search import models
from search.models import CURRENT, ForeignIndexer, IndexerRunning, IndexUnavailable, SegmentWriter
from search.queries.searcher import Searcher
from search.rules.terms import document_fields
from search.services import index as writing
from search.services.index import Index, Rebuild
from tests.search.engine_samples import document, found, results


@pytest.fixture
def index(tmp_path: Path) -> Iterator[Index]:
    built = Index(tmp_path)
    rebuild = built.rebuild()
    rebuild.feed([document(n, f"numero{n} comune") for n in range(1, 6)], 5)
    rebuild.finish()
    yield built
    built.close()


def segment_files(index: Index) -> list[Path]:
    generation = json.loads((index.folder / CURRENT).read_text())["generation"]
    return sorted((index.folder / generation).glob("*.seg"))


# --- Batches --------------------------------------------------------------------------------------


def test_a_batch_replaces_and_deletes_by_reference(index: Index) -> None:
    searcher = Searcher(index.folder)
    assert set(found(searcher, "comune")) == {1, 2, 3, 4, 5}
    index.apply(
        [
            document(1, "cambiato", version=2),
            document(1, "ancora", version=3),
            document(9, "nuovo"),
        ],
        [Reference("practice", 2), Reference("practice", 9), Reference("practice", 77)],
    )
    assert set(found(searcher, "comune")) == {3, 4, 5}
    assert found(searcher, "cambiato") == []
    assert (found(searcher, "ancora"), found(searcher, "nuovo")) == ([1], [9])
    expected = {1: 3, 3: 1, 4: 1, 5: 1, 9: 1}
    assert not searcher.check((Reference("practice", n), v) for n, v in expected.items())


def test_a_batch_can_be_repeated_and_empty(index: Index) -> None:
    for _ in range(3):
        index.apply([document(1, "ripetuto")], [Reference("practice", 2)])
    index.apply()
    searcher = Searcher(index.folder)
    assert results(searcher, "ripetuto").total == 1
    assert not searcher.check((Reference("practice", n), 1) for n in (1, 3, 4, 5))


def test_many_small_batches_keep_few_segments_and_every_document(index: Index) -> None:
    searcher = Searcher(index.folder)
    for number in range(10, 70):
        index.apply([document(number, "goccia"), document(number - 1, "goccia", version=2)])
        if number % 20 == 0:
            assert number in found(searcher, f"pratica {number}", limit=100)
    assert len(segment_files(index)) < 15
    versions = dict.fromkeys((*range(1, 6), 69), 1) | dict.fromkeys(range(9, 69), 2)
    assert not searcher.check((Reference("practice", n), v) for n, v in versions.items())


def test_check_names_each_difference(index: Index) -> None:
    expected = {1: 1, 2: 7, 3: 1, 4: 1, 8: 1}
    differences = Searcher(index.folder).check(
        (Reference("practice", n), v) for n, v in expected.items()
    )
    assert differences
    assert differences.missing == {Reference("practice", 8)}
    assert differences.ghosts == {Reference("practice", 5)}
    assert differences.stale == {Reference("practice", 2)}


def check_failed_batch(index: Index, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        _fill_the_disk_at(3, patch)
        with pytest.raises(OSError, match="full"):
            index.apply([document(n, "meta") for n in (1, 2, 3, 4)])
    index.apply([document(6, "dopo")])
    searcher = Searcher(index.folder)
    assert found(searcher, "meta") == []
    assert found(searcher, "dopo") == [6]


def _fill_the_disk_at(count: int, patch: pytest.MonkeyPatch) -> None:
    """Let Whoosh fail at the document with this number, as on a full disk."""
    original = SegmentWriter.add_document
    added = 0

    def add(self: object, **fields: object) -> None:
        nonlocal added
        added += 1
        if added == count:
            raise OSError(errno.ENOSPC, "disk full")
        original(self, **fields)

    patch.setattr(SegmentWriter, "add_document", add)


def test_a_failed_batch_leaves_no_trace_and_no_lock(
    index: Index, monkeypatch: pytest.MonkeyPatch
) -> None:
    check_failed_batch(index, monkeypatch)


def test_failed_batch_check_notices_a_writer_that_is_not_cancelled(
    index: Index, monkeypatch: pytest.MonkeyPatch
) -> None:
    held: list[Any] = []  # as the traceback in a log would hold it

    def uncancelled(opened: Any, documents: Iterable[SearchDocument], gone: object) -> None:
        held.append(opened.writer())
        for one in documents:
            held[-1].add_document(**document_fields(one))
        held[-1].commit()

    monkeypatch.setattr(writing, "_write", uncancelled)
    with pytest.raises(models.LockError):
        check_failed_batch(index, monkeypatch)
    held[0].cancel()


# --- Rebuilds -------------------------------------------------------------------------------------


def check_changes_during_a_rebuild(index: Index) -> None:
    searcher = Searcher(index.folder)
    rebuild = index.rebuild()
    read_before = [document(n, f"numero{n} comune") for n in range(1, 6)]
    rebuild.feed(read_before[:2], 2)
    index.apply([document(3, "fresco", version=2)], [Reference("practice", 4)])
    index.apply([document(1, "anche", version=2)])
    assert found(searcher, "fresco") == [3]
    rebuild.feed(read_before[2:], 5)
    rebuild.finish()
    expected = {1: 2, 2: 1, 3: 2, 5: 1}
    assert not searcher.check((Reference("practice", n), v) for n, v in expected.items())
    assert json.loads((index.folder / CURRENT).read_text())["generation"] == "gen-000002"


def test_changes_during_a_rebuild_are_in_both_generations(index: Index) -> None:
    check_changes_during_a_rebuild(index)


def test_rebuild_check_notices_old_rows_written_over_new_ones(
    index: Index, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Rebuild, "_overtake", lambda self, references: None)
    with pytest.raises(AssertionError):
        check_changes_during_a_rebuild(index)


def test_a_rebuild_goes_on_where_it_was_killed(index: Index) -> None:
    rebuild = index.rebuild()
    rebuild.feed([document(n, "uno") for n in (1, 2)], {"after": 2})
    # Killed after the documents and before the progress: the batch comes again.
    writing._write(models.open_index(rebuild.path), [document(3, "uno")], ())
    index.close()

    later = Index(index.folder)
    assert later.rebuilding
    later.apply([document(20, "durante")])
    resumed = later.rebuild()
    assert (resumed.name, resumed.cursor, resumed.count) == (rebuild.name, {"after": 2}, 2)
    resumed.feed([document(n, "uno") for n in (3, 4)], {"after": 4})
    resumed.finish()
    assert not (index.folder / models.REBUILD).exists()
    searcher = Searcher(index.folder)
    assert not searcher.check((Reference("practice", n), 1) for n in (1, 2, 3, 4, 20))
    later.close()


def test_a_rebuild_killed_after_the_switch_is_over(index: Index) -> None:
    rebuild = index.rebuild()
    progress = (index.folder / models.REBUILD).read_text()
    rebuild.finish()
    (index.folder / models.REBUILD).write_text(progress)
    index.close()
    later = Index(index.folder)
    later.apply([document(1, "dopo")])
    assert not later.rebuilding
    assert found(Searcher(index.folder), "dopo") == [1]
    later.close()


def test_readers_of_the_generation_before_keep_working(index: Index) -> None:
    old = Searcher(index.folder).snapshot()
    for _ in range(2):
        index.rebuild().finish()
        names = {path.name for path in index.folder.glob("gen-*")}
        assert len(names) == 2
    assert not old.is_last()
    assert old.segments[0].card(0).url  # its files are gone, what was open still reads
    assert results(Searcher(index.folder), "comune").total == 0


def test_finish_twice_and_a_lost_rebuild_are_refused(index: Index) -> None:
    rebuild = index.rebuild()
    shutil.rmtree(rebuild.path)
    index.apply([document(1, "serve")])  # the one that serves does not suffer
    with pytest.raises(IndexUnavailable):
        rebuild.feed([document(2)], 2)
    again = index.rebuild()
    again.finish()
    with pytest.raises(IndexUnavailable):
        again.finish()


def test_an_abandoned_rebuild_leaves_nothing(index: Index) -> None:
    rebuild = index.rebuild()
    rebuild.abandon()
    assert not index.rebuilding
    assert not rebuild.path.exists()
    assert results(Searcher(index.folder), "comune").total == 5


# --- Absence and damage ---------------------------------------------------------------------------


def test_no_index_is_unavailable_until_one_is_built(tmp_path: Path) -> None:
    folder = tmp_path / "none" / "yet"
    searcher, index = Searcher(folder), Index(folder)
    with pytest.raises(IndexUnavailable):
        results(searcher, "qualcosa")
    with pytest.raises(IndexUnavailable):
        index.apply([document(1)])
    rebuild = index.rebuild()
    index.apply([document(1, "prima")])  # goes into the one being built
    rebuild.finish()
    assert found(searcher, "prima") == [1]
    index.close()


def _without_current(index: Index) -> None:
    (index.folder / CURRENT).unlink()


def _current_cut(index: Index) -> None:
    (index.folder / CURRENT).write_text('{"generat')


def _current_is_no_object(index: Index) -> None:
    (index.folder / CURRENT).write_bytes(b"\xff[]")


def _current_points_elsewhere(index: Index) -> None:
    (index.folder / CURRENT).write_text(
        json.dumps({"generation": "../../etc", "schema": models.SCHEMA_VERSION})
    )


def _other_schema(index: Index) -> None:
    (index.folder / CURRENT).write_text(json.dumps({"generation": "gen-000001", "schema": 1}))


def _without_generation(index: Index) -> None:
    shutil.rmtree(index.folder / "gen-000001")


def _without_segment(index: Index) -> None:
    segment_files(index)[0].unlink()


def _segment_cut(index: Index) -> None:
    file = segment_files(index)[0]
    with file.open("r+b") as opened:
        opened.truncate(file.stat().st_size // 2)


def _segment_empty(index: Index) -> None:
    segment_files(index)[0].write_bytes(b"")


def _segment_scrambled(index: Index) -> None:
    file = segment_files(index)[0]
    file.write_bytes(bytes(255 - byte for byte in file.read_bytes()))


def _toc_cut(index: Index) -> None:
    toc = next((index.folder / "gen-000001").glob("*.toc"))
    toc.write_bytes(toc.read_bytes()[:40])


def _without_toc(index: Index) -> None:
    next((index.folder / "gen-000001").glob("*.toc")).unlink()


DAMAGES = [
    _without_current,
    _current_cut,
    _current_is_no_object,
    _current_points_elsewhere,
    _other_schema,
    _without_generation,
    _without_segment,
    _segment_cut,
    _segment_empty,
    _segment_scrambled,
    _toc_cut,
    _without_toc,
]


@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize("is_open", [False, True], ids=["cold", "open"])
def test_damage_is_unavailable_and_heals_by_a_rebuild(
    index: Index, damage: Callable[[Index], None], is_open: bool
) -> None:
    searcher = Searcher(index.folder)
    if is_open:
        assert results(searcher, "comune").total == 5
    damage(index)
    if not (is_open and damage is _segment_scrambled):  # same size, already in memory: see check
        for _ in range(2):
            with pytest.raises(IndexUnavailable):
                results(searcher, "comune")
        with pytest.raises(IndexUnavailable):
            index.apply([document(1, "perso"), document(2, "perso")])
    rebuild = index.rebuild()
    rebuild.feed([document(1, "guarito")], 1)
    rebuild.finish()
    assert found(searcher, "guarito") == [1]


# --- The single indexer ---------------------------------------------------------------------------

SECOND = """
import sys
from pathlib import Path
from typing import Any
from search.services.index import Index
from tests.search.engine_samples import document
Index(Path(sys.argv[1])).apply([document(1, "secondo")])
"""


def test_a_second_process_is_refused_and_may_follow(index: Index) -> None:
    index.apply([document(1, "primo")])
    command = [sys.executable, "-c", SECOND, str(index.folder)]
    root = Path(__file__).parents[2]
    where = {"cwd": root, "env": {"PYTHONPATH": f"{root / 'platform'}:{root}"}}
    refused = subprocess.run(command, capture_output=True, text=True, check=False, **where)  # type: ignore[call-overload]
    assert IndexerRunning.__name__ in refused.stderr
    index.close()
    subprocess.run(command, check=True, **where)  # type: ignore[call-overload]
    assert found(Searcher(index.folder), "secondo") == [1]


def test_another_object_of_this_process_is_refused(index: Index) -> None:
    with pytest.raises(IndexerRunning):
        Index(index.folder).apply()


def test_another_host_is_refused_with_the_way_out(index: Index) -> None:
    index.apply()
    text = (index.folder / models.LOCK).read_text()
    index.close()
    (index.folder / models.LOCK).write_text(text)  # as a killed indexer leaves it
    Index(index.folder).lease.acquire()
    with pytest.raises(ForeignIndexer, match=r"gone for good, delete indexer\.lock"):
        Index(index.folder, host="another.example").apply()
