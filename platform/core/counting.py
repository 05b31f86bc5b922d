"""Numbers that stand beside each other on a page: counted in one query, however many there are."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import Select, select

from core.actor import Actor
from core.database import db

# A statement of one number; None where there is nothing to count for this actor.
Count = Select[tuple[int]] | None
CountFor = Callable[[Actor], Count]


def counted(count: Count) -> int:
    """The number that one statement counts; no query where there is none."""
    return counted_each([count])[0]


def counted_each(counts: Sequence[Count]) -> list[int]:
    """The numbers of all of them, in their order; one query, none where there are none."""
    asked = [count.scalar_subquery() for count in counts if count is not None]
    found: Sequence[Any] = db.session.execute(select(*asked)).one() if asked else ()
    numbers = iter(found)
    return [0 if count is None else int(next(numbers) or 0) for count in counts]


def summed(counts: Sequence[Count]) -> Count:
    """One statement for the sum of all of them."""
    asked = [count.scalar_subquery() for count in counts if count is not None]
    if not asked:
        return None
    total: Any = asked[0]
    for one in asked[1:]:
        total = total + one
    return select(total)
