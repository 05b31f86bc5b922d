"""Keyset pages: every row once, in both directions, and nonsense refused."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from core import clock
from core.database import db
from core.pagination import BadCursor, Key, encode_cursor, paginate
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


def page(**place: str | None) -> object:
    return paginate(
        select(Attempt.key, Attempt.at, Attempt.id),
        [Key(Attempt.at), Key(Attempt.id)],
        size=SIZE,
        convert=lambda row: row.id,
        **place,
    )


def test_forwards_every_row_comes_once(rows: list[int]) -> None:
    seen: list[int] = []
    current = page()
    assert current.before is None
    while True:
        seen.extend(current.items)
        if current.after is None:
            break
        current = page(after=current.after)
    assert seen == rows


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
