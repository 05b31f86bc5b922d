"""Reading a list that others wrote into the house: batches, what became of each row, dry runs.

The pace is that of small transactions: whoever is killed in the middle reads the list again, and
what is there already is known by its origin (``core.origins``) and left as it is.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, Generic, Protocol, TypeVar

import structlog
from sqlalchemy.orm import Session

from core.domain import Refused
from core.rows import FieldMap, RowRefused, SourceRow
from core.transactions import Busy, transaction

log = structlog.get_logger(__name__)

BATCH = 200


class Outcome(StrEnum):
    """What became of a row; ``kept``: the thing was changed here since, and stays as it is."""

    CREATED = "created"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    KEPT = "kept"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class RowResult:
    """What became of the row on this line, and what somebody should know of it."""

    line: int
    external_id: str
    name: str
    outcome: Outcome
    remarks: tuple[str, ...] = ()
    read: int = 0


class Readable(Protocol):
    """A row that was understood: the line it began on, and its key among all rows."""

    @property
    def line(self) -> int: ...
    @property
    def key(self) -> Hashable: ...
    @property
    def external_id(self) -> str: ...
    @property
    def name(self) -> str: ...


R = TypeVar("R", bound=Readable)
Write = Callable[[Sequence[R]], Sequence[RowResult]]


@dataclass
class Reader(Generic[R]):
    """Rows on their way in: understood one by one, written in batches."""

    fields: FieldMap
    understand: Callable[[int, Mapping[str, Any]], R]
    write: Write[R]
    batch: int = BATCH

    def results(self, rows: Iterable[SourceRow]) -> Iterator[RowResult]:
        """What became of each row, in their order; raise ``Busy`` where nothing can be written."""
        seen: dict[Hashable, int] = {}
        waiting: list[R | RowResult] = []
        for row in rows:
            waiting.append(self._understood(row, seen))
            if len(waiting) >= self.batch:
                yield from self._written(waiting, row.read)
                waiting = []
        if waiting:
            yield from self._written(waiting, 0)

    def _understood(self, row: SourceRow, seen: dict[Hashable, int]) -> R | RowResult:
        try:
            if row.fault:
                raise RowRefused(row.fault)
            found = self.understand(row.line, self.fields.apply(row.values))
            if found.key in seen:
                raise RowRefused(f"the same thing as line {seen[found.key]}")
        except RowRefused as refused:
            return RowResult(row.line, "", "", Outcome.REFUSED, (str(refused),))
        seen[found.key] = row.line
        return found

    def _written(self, waiting: list[R | RowResult], read: int) -> Iterator[RowResult]:
        understood = [one for one in waiting if not isinstance(one, RowResult)]
        results = {one.line: one for one in waiting if isinstance(one, RowResult)}
        results |= {one.line: one for one in self._attempted(understood)}
        for line in sorted(results):
            yield replace(results[line], read=read)

    def _attempted(self, rows: Sequence[R]) -> Sequence[RowResult]:
        """Write them together; where that fails, one by one, so that one row stops no other."""
        if not rows:
            return ()
        try:
            return self.write(rows)
        except Busy:
            raise
        except Exception as error:
            if len(rows) > 1:
                return [result for row in rows for result in self._attempted([row])]
            (row,) = rows
            if isinstance(error, Refused | RowRefused):
                reason = str(error)
            else:
                log.exception("import.failed", line=row.line)
                reason = f"not written: {type(error).__name__}"
            return [RowResult(row.line, row.external_id, row.name, Outcome.REFUSED, (reason,))]


class _Rehearsed(Exception):
    """The end of a transaction that was only tried."""


@contextmanager
def rehearsal(dry_run: bool) -> Iterator[Session]:
    """A write transaction; a dry run takes everything back at its end."""
    try:
        with transaction() as session:
            yield session
            if dry_run:
                session.flush()
                raise _Rehearsed
    except _Rehearsed:
        pass
