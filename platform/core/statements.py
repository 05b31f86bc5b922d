"""Statements that are put together once: building one costs many times what asking it costs.

A statement may be kept as long as it depends on nothing but its key: what changes from one request
to the next (ids, moments) is a bound parameter. Who asks may be part of the key, since an ``Actor``
is equal to another one exactly when both have the same rights.
"""

from __future__ import annotations

import threading
from collections import OrderedDict, namedtuple
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from flask import Flask, current_app, g, has_app_context, has_request_context, request
from sqlalchemy import ColumnElement, Dialect, PoolProxiedConnection, Select, event
from sqlalchemy.orm import Session, SessionTransaction

from core import clock
from core.database import db

EXTENSION = "gemella.statements"
# Where a request notes what it asks, if somebody wants to know (``Asked``).
NOTES = "gemella.asked"
_READING = "reading_connection"
MOST = 1_000


@dataclass(frozen=True, slots=True)
class Ago:
    """For a parameter: the moment that lies so long before the statement is asked."""

    time: timedelta


@dataclass(slots=True)
class Asked:
    """What a request asked here, with the answers; ``all_of_it`` unless it asked elsewhere, too."""

    questions: list[tuple[Prepared, Mapping[str, Any], Sequence[Any]]] = field(default_factory=list)
    all_of_it: bool = True

    def is_answered_alike(self, connection: PoolProxiedConnection) -> bool:
        """Whether each question would be answered now as it was; may raise what the driver does."""
        return bool(self.questions) and all(
            prepared.raw(connection, given) == rows for prepared, given, rows in self.questions
        )


def init_app(app: Flask) -> None:
    """Give back at the end of a request what it asked with."""
    app.teardown_request(_give_back)


class Prepared:
    """A statement in the words of its database: asking it costs a third of asking SQLAlchemy's.

    Parameters and columns are turned into what the database takes, and back, by their types.
    """

    def __init__(self, statement: Select[Any], dialect: Dialect, given: Mapping[str, Any]) -> None:
        compiled = statement.compile(dialect=dialect)
        state = compiled.construct_expanded_state(dict(given))
        self._sql = state.statement
        self._order = state.positiontup
        # Which parameters a list has become, one for each of its members.
        self._lists = {name: state.parameter_expansion.get(name) for name in given}
        self._processors = {
            name: processor
            for name, bind in compiled.binds.items()
            if (processor := bind.type.dialect_impl(dialect).bind_processor(dialect)) is not None
        } | dict(state.processors)
        own = {*given, *(one for names in self._lists.values() if names for one in names)}
        self._fixed = {
            name: self._processed(name, value)
            for name, value in state.parameters.items()
            if name not in own
        }
        columns = statement.selected_columns
        self._row = namedtuple("Row", columns.keys())  # type: ignore[misc]
        self._readers = [
            column.type.dialect_impl(dialect).result_processor(dialect, None) for column in columns
        ]
        self._plain = not any(self._readers)

    def all(self, given: Mapping[str, Any]) -> list[Any]:
        """The rows, by the names of their columns."""
        rows = _fetch(self._sql, self._parameters(given))
        if has_request_context() and NOTES in request.environ:
            request.environ[NOTES].questions.append((self, given, rows))
        if self._plain:
            return [self._row(*row) for row in rows]
        return [self._row(*self._read(row)) for row in rows]

    def raw(self, connection: PoolProxiedConnection, given: Mapping[str, Any]) -> Sequence[Any]:
        """The rows as the driver gives them on this connection."""
        cursor = connection.cursor()
        cursor.execute(self._sql, self._parameters(given))
        rows = cursor.fetchall()
        cursor.close()
        return rows

    def _parameters(self, given: Mapping[str, Any]) -> Any:
        values = dict(self._fixed)
        for name, value in given.items():
            names = self._lists[name]
            if names is not None:
                values.update(zip(names, value, strict=True))
            elif isinstance(value, Ago):
                values[name] = self._processed(name, clock.now() - value.time)
            else:
                values[name] = self._processed(name, value)
        return values if self._order is None else tuple(values[name] for name in self._order)

    def _read(self, row: Iterable[Any]) -> Iterator[Any]:
        for reader, value in zip(self._readers, row, strict=True):
            yield value if reader is None else reader(value)

    def _processed(self, name: str, value: Any) -> Any:
        processor = self._processors.get(name)
        return value if processor is None else processor(value)


def _fetch(sql: str, parameters: Any) -> Sequence[Any]:
    """The rows as the driver gives them.

    A request that has opened no transaction yet asks below SQLAlchemy, on a connection without one:
    opening and ending it costs more than all that is asked before a page from memory. Where the
    driver complains, or somebody listens to statements, SQLAlchemy is asked, which says what the
    complaint means and tells the listener.
    """
    if has_request_context() and not _has_begun() and not db.engine.dispatch.before_cursor_execute:
        try:
            # Connecting may fail, too, where the database is away.
            cursor = _reading().cursor()
            cursor.execute(sql, parameters)
            rows = cursor.fetchall()
        except db.engine.dialect.loaded_dbapi.Error:
            if _READING in g:
                g.pop(_READING).invalidate()
        else:
            cursor.close()
            return rows
    return db.session.connection().exec_driver_sql(sql, parameters).all()


def _has_begun() -> bool:
    return db.session.registry.has() and db.session.registry().in_transaction()


def _reading() -> PoolProxiedConnection:
    """The connection on which this request asks before it opens a transaction."""
    found: PoolProxiedConnection | None = g.get(_READING)
    if found is None:
        found = db.engine.raw_connection()
        setattr(g, _READING, found)
    return found


def _give_back(_error: BaseException | None) -> None:
    found: PoolProxiedConnection | None = g.pop(_READING, None)
    if found is not None:
        found.close()


@event.listens_for(db.session, "after_transaction_create")
def _make_room(_session: Session, _transaction: SessionTransaction) -> None:
    """Give back the one connection before the session takes another.

    Requests that hold one and wait for a second wait for each other once the pool is empty.
    """
    if has_app_context():
        _give_back(None)
    if has_request_context() and NOTES in request.environ:
        request.environ[NOTES].all_of_it = False


class Statements:
    """The statements of one application; what was not asked for longest goes."""

    def __init__(self) -> None:
        self._kept: OrderedDict[Hashable, Prepared] = OrderedDict()
        self._parts = threading.local()
        self._lock = threading.Lock()

    def get(self, key: Hashable, build: Callable[[], Prepared]) -> Prepared:
        with self._lock:
            found = self._kept.get(key)
            if found is not None:
                self._kept.move_to_end(key)
                return found
        made = build()
        with self._lock:
            self._kept[key] = made
            while len(self._kept) > MOST:
                self._kept.popitem(last=False)
        return made

    def clear(self) -> None:
        with self._lock:
            self._kept.clear()
        self._parts = threading.local()

    def part(self, key: Hashable, build: Callable[[], ColumnElement[bool]]) -> ColumnElement[bool]:
        """A part of statements; each thread has its own, since parts name their tables when they
        are first used, and threads that do so at once break them."""
        kept: OrderedDict[Hashable, ColumnElement[bool]] | None = getattr(self._parts, "kept", None)
        if kept is None:
            kept = self._parts.kept = OrderedDict()
        found = kept.get(key)
        if found is None:
            found = kept[key] = build()
            if len(kept) > MOST:
                kept.popitem(last=False)
        else:
            kept.move_to_end(key)
        return found


def part(key: Hashable, build: Callable[[], ColumnElement[bool]]) -> ColumnElement[bool]:
    """A condition that statements share; it must depend on nothing but its key."""
    return _statements().part(key, build)


def _statements() -> Statements:
    kept: Statements | None = current_app.extensions.get(EXTENSION)
    if kept is None:
        kept = current_app.extensions.setdefault(EXTENSION, Statements())
    return kept


def ask(key: Hashable, build: Callable[[], Select[Any]], given: Mapping[str, Any]) -> list[Any]:
    """The rows of the statement with this key, by the names of its columns.

    ``build`` puts it together where nobody has asked it yet; ``given`` are its bound parameters,
    always the same ones by name. A list is one parameter, for ``IN``. What depends on the clock is
    given as ``Ago``, so that the same may be asked again later.
    """
    lengths = tuple(len(value) for value in given.values() if isinstance(value, list))

    def prepare() -> Prepared:
        return Prepared(build(), db.engine.dialect, given)

    return _statements().get((key, lengths), prepare).all(given)
