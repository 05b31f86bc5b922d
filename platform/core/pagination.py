"""Keyset pages: as quick at the end of a long list as at its beginning."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Generic, TypeVar

from sqlalchemy import (
    ColumnElement,
    Row,
    Select,
    String,
    and_,
    collate,
    literal,
    or_,
    select,
    tuple_,
    union_all,
)
from sqlalchemy.orm import InstrumentedAttribute

from core.database import db
from core.text import has_forbidden_characters

T = TypeVar("T")


class BadCursor(ValueError):
    """The place in the list is not one that we gave out."""


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """A stretch of a list; the cursors lead to its neighbours, None at either end."""

    items: Sequence[T]
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True)
class Key:
    """A column that orders a list; the last one must be unique.

    ``is_coarse``: very many rows are equal in it, such as a counter that is mostly 0. Only the
    first key may be, and only of a list whose statement selects columns.
    """

    column: ColumnElement[Any] | InstrumentedAttribute[Any]
    descending: bool = True
    is_coarse: bool = False


def paginate(
    statement: Select[Any],
    keys: Sequence[Key],
    *,
    size: int,
    after: str | None = None,
    before: str | None = None,
    convert: Callable[[Row[Any]], T],
) -> Page[T]:
    """Read one page of a statement that selects the key columns LAST, in the order of ``keys``.

    ``after`` and ``before`` are cursors of an earlier page; raise ``BadCursor`` for anything else.
    """
    keys = [replace(key, column=_comparable(key.column)) for key in keys]
    backwards = before is not None
    cursor = before if backwards else after
    order = [_directed(key.column, key, backwards) for key in keys]
    if cursor is None:
        statement = statement.order_by(*order).limit(size + 1)
    else:
        values = decode_cursor(cursor, len(keys))
        if keys[0].is_coarse:
            statement = _in_two(statement, keys, values, backwards, size + 1)
        else:
            behind = _beyond(keys, values, backwards)
            statement = statement.where(behind).order_by(*order).limit(size + 1)
    rows = list(db.session.execute(statement).all())
    more = len(rows) > size
    rows = rows[:size]
    if backwards:
        rows.reverse()
    marks = [tuple(row)[-len(keys) :] for row in rows]
    has_before = more if backwards else cursor is not None
    has_after = cursor is not None if backwards else more
    return Page(
        items=[convert(row) for row in rows],
        before=encode_cursor(marks[0]) if marks and has_before else None,
        after=encode_cursor(marks[-1]) if marks and has_after else None,
    )


def encode_cursor(values: Sequence[Any]) -> str:
    plain = [value.isoformat() if isinstance(value, datetime) else value for value in values]
    return base64.urlsafe_b64encode(json.dumps(plain).encode()).decode().rstrip("=")


def decode_cursor(cursor: str, length: int) -> list[Any]:
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        values = json.loads(base64.urlsafe_b64decode(padded.encode("ascii")))
    except (ValueError, binascii.Error, UnicodeError, RecursionError) as error:
        raise BadCursor(cursor) from error
    if not isinstance(values, list) or len(values) != length:
        raise BadCursor(cursor)
    return values


def _comparable(column: ColumnElement[Any] | InstrumentedAttribute[Any]) -> ColumnElement[Any]:
    """The column as it orders lists: text by its characters, whatever language the database speaks.

    Under a language's collation two different texts can be equal, and a page would miss one.
    """
    if isinstance(column.type, String) and db.engine.dialect.name == "postgresql":
        return collate(column, "C")
    return column.expression if isinstance(column, InstrumentedAttribute) else column


def _directed(
    column: ColumnElement[Any] | InstrumentedAttribute[Any], key: Key, backwards: bool
) -> ColumnElement[Any]:
    return column.asc() if key.descending == backwards else column.desc()


def _in_two(
    statement: Select[Any], keys: Sequence[Key], values: Sequence[Any], backwards: bool, most: int
) -> Select[Any]:
    """What is behind a mark: the rest of those equal to it in the first key, then those beyond.

    As one comparison PostgreSQL takes it for one of the first key alone, hence for few rows where
    most are equal in it, and sorts all that is left instead of walking an index. Either branch is
    a stretch of the index that ends when the page is full.
    """
    order = [_directed(key.column, key, backwards) for key in keys]
    equal = keys[0].column == _typed(keys[0].column, values[0])
    branches = (
        and_(equal, _beyond(keys[1:], values[1:], backwards)),
        _beyond(keys[:1], values[:1], backwards),
    )
    parts = [
        select(statement.where(branch).order_by(*order).limit(most).subquery())
        for branch in branches
    ]
    both = union_all(*parts).subquery()
    marks = list(both.c)[-len(keys) :]
    directed = [_directed(column, key, backwards) for column, key in zip(marks, keys, strict=True)]
    return select(both).order_by(*directed).limit(most)


def _beyond(keys: Sequence[Key], values: Sequence[Any], backwards: bool) -> ColumnElement[bool]:
    """Everything behind a mark: (a < x) or (a = x and b < y) …, in the direction of each key.

    Where all keys run the same way that is one comparison of rows, and then an index leads straight
    to the mark, however many rows are equal in the first keys.
    """
    if len({key.descending for key in keys}) == 1:
        here = tuple_(*(key.column for key in keys))
        mark = tuple_(
            *(
                literal(_typed(key.column, raw), key.column.type)
                for key, raw in zip(keys, values, strict=True)
            )
        )
        return here < mark if keys[0].descending != backwards else here > mark
    alternatives: list[ColumnElement[bool]] = []
    equal: list[ColumnElement[bool]] = []
    for key, raw in zip(keys, values, strict=True):
        value = _typed(key.column, raw)
        downwards = key.descending != backwards
        step = key.column < value if downwards else key.column > value
        alternatives.append(and_(*equal, step))
        equal.append(key.column == value)
    return or_(*alternatives)


def _typed(column: ColumnElement[Any] | InstrumentedAttribute[Any], raw: Any) -> Any:
    python_type = column.type.python_type
    try:
        if issubclass(python_type, datetime):
            value = datetime.fromisoformat(raw)
            if value.tzinfo is None:
                raise BadCursor(raw)
            # At either end of time another zone's moment may have no name in UTC.
            return value.astimezone(UTC)
        if not isinstance(raw, python_type) or isinstance(raw, bool) is not (python_type is bool):
            raise BadCursor(str(raw))
        if isinstance(raw, int) and not -(2**63) <= raw < 2**63:
            raise BadCursor(str(raw))
        if isinstance(raw, str) and has_forbidden_characters(raw):
            raise BadCursor("characters that no database takes")
    except (TypeError, ValueError, OverflowError) as error:
        raise BadCursor(type(error).__name__) from error
    return raw
