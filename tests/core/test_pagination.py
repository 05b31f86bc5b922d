"""Keyset pages: every row once, in both directions, and nonsense refused."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from core import clock, pagination
from core.database import db
from core.pagination import BadCursor, Key, Page, encode_cursor, paginate
from core.throttle import Attempt

SIZE = 7


@pytest.fixture
def rows(app: Flask) -> list[int]:
    """Fifty rows, many at the same moment."""
    moment = clock.now()
    for number in range(50):
        db.session.add(
            Attempt(action="a", key=str(number), at=moment - timedelta(hours=number // 6))
        )
    db.session.commit()
    ordered = select(Attempt.id).order_by(Attempt.at.desc(), Attempt.id.desc())
    return list(db.session.scalars(ordered))


def page(**place: str | None) -> Page[int]:
    return paginate(
        select(Attempt.key, Attempt.at, Attempt.id),
        [Key(Attempt.at), Key(Attempt.id)],
        size=SIZE,
        convert=lambda row: row.id,
        **place,
    )


def coarse_page(**place: str | None) -> Page[int]:
    """By a key that is the same in most rows."""
    return paginate(
        select(Attempt.key, Attempt.at, Attempt.action, Attempt.at, Attempt.id),
        [Key(Attempt.action, is_coarse=True), Key(Attempt.at), Key(Attempt.id)],
        size=SIZE,
        convert=lambda row: row.id,
        **place,
    )


def walked(turn: Callable[..., Page[int]], *, backwards: bool = False) -> list[int]:
    """All rows, page by page; backwards from the last page."""
    seen: list[int] = []
    current = turn()
    assert current.before is None
    pages = [current]
    while current.after is not None:
        current = turn(after=current.after)
        pages.append(current)
    if backwards:
        seen[:0] = current.items
        while current.before is not None:
            current = turn(before=current.before)
            seen[:0] = current.items
        return seen
    return [one for every in pages for one in every.items]


def test_forwards_every_row_comes_once(rows: list[int]) -> None:
    assert walked(page) == rows


@pytest.mark.parametrize("backwards", [False, True])
def test_where_many_rows_share_the_first_key_none_is_missed(
    app: Flask, rows: list[int], backwards: bool
) -> None:
    for number, one in enumerate(rows):
        db.session.get_one(Attempt, one).action = "b" if number % 4 == 0 else "a"
    db.session.commit()
    order = (Attempt.action.desc(), Attempt.at.desc(), Attempt.id.desc())
    expected = list(db.session.scalars(select(Attempt.id).order_by(*order)))
    assert walked(coarse_page, backwards=backwards) == expected


def test_the_check_above_can_fail(rows: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    """Seeded fault: what is beyond the first key is left out."""
    for number, one in enumerate(rows):
        db.session.get_one(Attempt, one).action = "b" if number % 4 == 0 else "a"
    db.session.commit()
    monkeypatch.setattr(pagination, "union_all", lambda first, _second: first)
    assert len(walked(coarse_page)) < len(rows)


def test_backwards_leads_to_the_same_pages(rows: list[int]) -> None:
    first = page()
    second = page(after=first.after)
    third = page(after=second.after)
    back = page(before=third.before)
    assert list(back.items) == list(second.items)
    assert list(page(before=back.before).items) == list(first.items)
    assert page(before=back.before).before is None


@pytest.mark.parametrize(
    "cursor",
    ["", "x", "%%%", "bnVsbA", encode_cursor([1]), encode_cursor(["no date", 1]),
     encode_cursor(["2026-01-01T00:00:00", 1]), encode_cursor(["2026-01-01T00:00:00+00:00", "x"]),
     encode_cursor(["2026-01-01T00:00:00+00:00", 2**70]), "é" * 9],
)  # fmt: skip
def test_a_cursor_that_is_not_ours_is_refused(app: Flask, cursor: str) -> None:
    with pytest.raises(BadCursor):
        page(after=cursor)
