"""What reported things say, in columns that all kinds have: one question for a whole list."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Integer, String, cast, literal, null


def said(
    number: ColumnElement[Any],
    *,
    text: ColumnElement[Any],
    lang: ColumnElement[Any] | str,
    author_id: ColumnElement[Any],
    author_name: ColumnElement[Any] | None = None,
    more: ColumnElement[Any] | None = None,
    links: ColumnElement[Any] | None = None,
    names: ColumnElement[Any] | None = None,
) -> list[ColumnElement[Any]]:
    """The columns of ``Moderatable.reported``; what is None is NULL.

    ``text`` and ``more`` are what the kind's ``html_of`` makes HTML of; ``author_name`` is for who
    is nobody here, ``links`` and ``names`` for texts that name other things.
    """
    return [
        cast(number, Integer).label("id"),
        _text(text).label("text"),
        _text(more).label("more"),
        _text(literal(lang) if isinstance(lang, str) else lang).label("lang"),
        cast(author_id, Integer).label("author_id"),
        _text(author_name).label("author_name"),
        _text(links).label("links"),
        _text(names).label("names"),
    ]


def _text(column: ColumnElement[Any] | None) -> ColumnElement[Any]:
    return cast(null() if column is None else column, String)
