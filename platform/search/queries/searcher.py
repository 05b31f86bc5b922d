"""Asking the index: one searcher a process, shared by its threads, always of the last commit."""

from __future__ import annotations

import threading
import time
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from core.references import Reference
from search.models import IndexUnavailable, read_pointer
from search.queries.segments import PostingCache
from search.queries.snapshot import Results, Snapshot, last_commit
from search.rules.query import understand

_ATTEMPTS: Final = 5
_PAUSE: Final = 0.01  # seconds between two attempts to open while the indexer commits
_BROKEN_FOR: Final = 2.0  # seconds in which an index that could not be opened is not tried again


@dataclass(frozen=True, slots=True)
class Differences:
    """How the index differs from what it should hold."""

    missing: frozenset[Reference]
    """Expected, not in the index."""
    ghosts: frozenset[Reference]
    """In the index, not expected (or not readable as a reference, then left to a rebuild)."""
    stale: frozenset[Reference]
    """In the index with another version, or more than once."""

    def __bool__(self) -> bool:
        return bool(self.missing or self.ghosts or self.stale)


class Searcher:
    """Reads the index in a folder; every call sees the last commit that was finished before it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._cache = PostingCache()
        self._snapshot: Snapshot | None = None
        self._opening = threading.Lock()
        self._broken: tuple[float, str] | None = None

    def search(
        self,
        query_text: str,
        *,
        tokens: frozenset[str],
        kinds: frozenset[str] | None = None,
        limit: int = 20,
        offset: int = 0,
        exclude: frozenset[Reference] = frozenset(),
    ) -> Results:
        """Return what a reader with these audience `tokens` finds, best first.

        Whatever is typed is a query; one without a usable word finds nothing. `exclude` takes
        references out of hits, total and counts. Raises `IndexUnavailable`, nothing else.
        """
        query = understand(query_text)
        snapshot = self.snapshot()
        if not (query.terms or query.codes):
            return Results()
        return snapshot.search(query, tokens, kinds, limit, offset, exclude)

    def check(self, expected: Iterable[tuple[Reference, int]]) -> Differences:
        """Compare the index with all (reference, version) it should hold.

        Raises `IndexUnavailable`. Costs one pass over two columns; nothing is written.
        """
        wanted = {str(reference): (reference, version) for reference, version in expected}
        found: dict[str, list[int]] = defaultdict(list)
        for segment in self.snapshot().segments:
            for key, version in segment.stamps():
                found[key].append(version)
        return Differences(
            missing=frozenset(ref for key, (ref, _) in wanted.items() if key not in found),
            ghosts=frozenset(
                ghost for key in found.keys() - wanted.keys() if (ghost := _reference(key))
            ),
            stale=frozenset(
                ref
                for key, (ref, version) in wanted.items()
                if key in found and found[key] != [version]
            ),
        )

    def snapshot(self) -> Snapshot:
        """Return the index as of its last commit; raise `IndexUnavailable`."""
        current = self._snapshot
        if current is not None and current.is_last():
            return current
        with self._opening:
            current = self._snapshot
            if current is not None and current.is_last():
                return current
            if self._is_known_broken():
                raise IndexUnavailable("the index could not be read a moment ago")
            self._snapshot = None  # what it has open may be cut or gone
            try:
                self._snapshot = self._open(current)
            except IndexUnavailable:
                self._broken = (time.monotonic() + _BROKEN_FOR, _state(self._folder))
                raise
            self._broken = None
            return self._snapshot

    def _is_known_broken(self) -> bool:
        if self._broken is None or time.monotonic() > self._broken[0]:
            return False
        return self._broken[1] == _state(self._folder)

    def _open(self, before: Snapshot | None) -> Snapshot:
        """Open the last commit, again if the indexer removed files in the same moment."""
        known = {s.name: s.facts for s in before.segments} if before else {}
        for attempt in range(1, _ATTEMPTS + 1):
            try:
                snapshot = Snapshot(self._folder, known, self._cache)
                if snapshot.is_last() or attempt == _ATTEMPTS:
                    return snapshot
            except IndexUnavailable:
                if attempt == _ATTEMPTS:
                    raise
                time.sleep(_PAUSE)
        raise IndexUnavailable("the index changes too fast to be opened")  # pragma: no cover


def _reference(key: str) -> Reference | None:
    try:
        return Reference.parse(key)
    except ValueError:
        return None


def _state(folder: Path) -> str:
    """Return what would have to change for a broken index to be worth another try."""
    try:
        pointer = read_pointer(folder)
        return f"{pointer}/{last_commit(folder / pointer.generation)}"
    except IndexUnavailable as error:
        return str(error)
