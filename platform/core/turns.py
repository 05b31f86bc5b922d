"""Work that one process at a time may do, however many hosts share the database."""

from __future__ import annotations

import time
from contextlib import suppress

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from core.database import db

_LOOK_EVERY = 2.0


class Turn:
    """A lock of the database's session: the server gives it back when the process is gone.

    SQLite belongs to one host, whose processes have locks on files; there it is always our turn.
    """

    def __init__(self, number: int) -> None:
        self._number = number
        self._connection: Connection | None = None
        self._looked = 0.0

    def take(self) -> bool:
        """Whether it is our turn now; quick, and safe to ask again and again."""
        if db.engine.dialect.name != "postgresql":
            return True
        if time.monotonic() - self._looked < _LOOK_EVERY:
            return self._connection is not None
        self._looked = time.monotonic()
        if self._connection is not None and not self._is_alive(self._connection):
            self._connection = None
        if self._connection is None:
            self._connection = self._asked()
        return self._connection is not None

    def release(self) -> None:
        """Give it back."""
        if self._connection is not None:
            # The server would notice the closed connection only a moment after we return.
            with suppress(DBAPIError):
                self._connection.exec_driver_sql(f"SELECT pg_advisory_unlock({self._number})")
                self._connection.commit()
            # Thrown away, not put back into the pool: whatever failed above, no lock hangs on it.
            self._connection.invalidate()
            self._connection.close()
            self._connection = None

    def _asked(self) -> Connection | None:
        connection = db.engine.connect()
        found = connection.exec_driver_sql(f"SELECT pg_try_advisory_lock({self._number})").scalar()
        connection.commit()
        if found:
            return connection
        connection.close()
        return None

    def _is_alive(self, connection: Connection) -> bool:
        try:
            connection.exec_driver_sql("SELECT 1")
            connection.commit()
        except DBAPIError:
            connection.invalidate()
            connection.close()
            return False
        return True
