"""One transaction a use case: everything that belongs together is committed together."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, Executable
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.orm import Session

from core.database import BEGIN_OPTION, BUSY_TIMEOUT_MS, db

_DEPTH = "gemella_depth"
_BEGIN_TRIES = 3
# PostgreSQL: connections, resources, the operator, the disk; and who lost against another writer.
_RETRIABLE_CLASSES = ("08", "53", "57", "58")
_RETRIABLE_SQLSTATES = frozenset({"25P03", "40001", "40P01", "55P03"})
_SQLITE_WORDS = ("locked", "busy", "disk is full", "disk I/O", "readonly", "unable to open")


class Busy(Exception):
    """The database could not take the write now; nothing was changed, trying again may help."""


@contextmanager
def transaction() -> Iterator[Session]:
    """Open a write transaction, or join the one that is open; only the outermost commits.

    The read transaction of the request ends first, so that everything read inside is current:
    services take ids and read again. Raise ``Busy`` where the database refuses the write.
    """
    session = db.session()
    depth = session.info.get(_DEPTH, 0)
    if depth:
        session.info[_DEPTH] = depth + 1
        try:
            yield session
        finally:
            session.info[_DEPTH] = depth
        return
    _begin(session)
    session.info[_DEPTH] = 1
    try:
        yield session
        session.commit()
    except DBAPIError as error:
        session.rollback()
        if is_busy(error):
            raise Busy(str(error.orig)) from error
        raise
    except BaseException:
        session.rollback()
        raise
    finally:
        session.info[_DEPTH] = 0


def in_transaction() -> bool:
    """Whether a write transaction is open in this context."""
    return bool(db.session().info.get(_DEPTH))


def write_if_idle(statement: Executable) -> bool:
    """Carry out one small write that nothing depends on, on a connection of its own.

    It never waits: False where another writer is at work, and nothing was changed.
    """
    with db.engine.connect() as connection:
        on_sqlite = connection.dialect.name == "sqlite"
        if on_sqlite:
            _set_busy_timeout(connection, 0)
        try:
            if on_sqlite:
                connection.execution_options(**{BEGIN_OPTION: "IMMEDIATE"})
            else:
                # The row may be another's; the writers' lock is not needed for one statement.
                connection.exec_driver_sql("SET LOCAL lock_timeout = 50")
            connection.execute(statement)
            connection.commit()
        except DBAPIError as error:
            connection.rollback()
            if not is_busy(error):
                raise
            return False
        finally:
            if on_sqlite:
                _set_busy_timeout(connection, BUSY_TIMEOUT_MS)
    return True


def _set_busy_timeout(connection: Connection, milliseconds: int) -> None:
    """Below SQLAlchemy: above it, any statement would begin a transaction and wait."""
    cursor = connection.connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout = {milliseconds}")
    cursor.close()


def _begin(session: Session) -> None:
    for attempt in range(1, _BEGIN_TRIES + 1):
        session.rollback()
        try:
            session.connection(execution_options={BEGIN_OPTION: "IMMEDIATE"})
        except DBAPIError as error:
            session.rollback()
            if not is_busy(error):
                raise
            if attempt == _BEGIN_TRIES:
                raise Busy(str(error.orig)) from error
            time.sleep(0.05 * attempt)
        else:
            return


def is_busy(error: DBAPIError) -> bool:
    """Whether the database was locked, full or went away: a 503, not a fault of ours."""
    if error.connection_invalidated:
        return True
    state = getattr(error.orig, "sqlstate", None)
    if state is not None:
        return state[:2] in _RETRIABLE_CLASSES or state in _RETRIABLE_SQLSTATES
    if type(error.orig).__module__.startswith("psycopg"):
        # The server said nothing: it is not there, or went away in the middle of a sentence.
        return isinstance(error, OperationalError | InterfaceError)
    text = str(error.orig)
    return any(word in text for word in _SQLITE_WORDS)
