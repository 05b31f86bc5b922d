"""Small tables that many pages need and that hardly ever change: read once a process.

A copy is thrown away when this process writes such a row, when its database is closed (after a
fork, between tests), and when it is older than ``FRESH`` seconds and the flag of its data has
another value: that is how other processes learn of a load.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any, Generic, TypeVar

from sqlalchemy import Engine, event
from sqlalchemy.orm import Session

from core.database import db
from core.flags import flag

T = TypeVar("T")
FRESH = 300.0


class Lookup(Generic[T]):
    """A copy of some tables, made by ``read``; ``models`` are the rows that make it stale."""

    def __init__(self, read: Callable[[], T], *, flag_name: str, models: Sequence[type]) -> None:
        self._read = read
        self._flag_name = flag_name
        self._copy: T | None = None
        self._flag: str | None = None
        self._engine: Engine | None = None
        self._checked = 0.0
        for model in models:
            for what in ("after_insert", "after_update", "after_delete"):
                event.listen(model, what, self._note_write)
        # Somebody may have read between a write and its end, whichever way it went.
        event.listen(Session, "after_commit", self._end_write)
        event.listen(Session, "after_rollback", self._end_write)
        event.listen(Engine, "engine_disposed", self._close)

    def get(self) -> T:
        """The copy; reading it again costs the queries of ``read`` and one for the flag."""
        now = time.monotonic()
        copy = self._copy if self._engine is db.engine else None
        if copy is not None and now - self._checked < FRESH:
            return copy
        stands = flag(self._flag_name)
        if copy is None or stands != self._flag:
            copy = self._read()
            # Without the flag nothing was loaded yet: an empty table must not be kept for ever.
            self._copy = copy if stands is not None else None
            self._flag, self._engine = stands, db.engine
        self._checked = now
        return copy

    def clear(self) -> None:
        """Read again at the next question."""
        self._copy = None

    def _note_write(self, _mapper: Any, _connection: Any, row: Any) -> None:
        session = Session.object_session(row)
        if session is not None:
            session.info[self] = True
        self.clear()

    def _end_write(self, session: Session) -> None:
        if session.info.pop(self, False):
            self.clear()

    def _close(self, _engine: Engine) -> None:
        self.clear()
