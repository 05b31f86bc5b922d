"""100,000 discussions, and 100,000 messages in one, open as few do, on both databases."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from benchmarks.discussions import (
    FEW,
    GOAL,
    LONG,
    MANY,
    MOST_QUERIES,
    SHORT,
    Cost,
    fill,
    lengthen,
    list_costs,
    page_costs,
    people,
    two_threads,
)
from flask import Flask
from sqlalchemy import text

from core.database import db
from core.transactions import transaction

pytestmark = [pytest.mark.soak, pytest.mark.timeout(1200)]

# What the clock of a busy machine may add to either side.
_NOISE = 1.0


def slower(few: Mapping[str, Cost], many: Mapping[str, Cost]) -> list[str]:
    """The pages that cost more than they may."""
    return [
        f"{name}: {few[name].milliseconds:.1f} ms, then {cost.milliseconds:.1f} ms"
        for name, cost in many.items()
        if cost.milliseconds > few[name].milliseconds * GOAL + _NOISE
    ]


def asked(costs: Mapping[str, Cost]) -> dict[str, int]:
    return {name: cost.queries for name, cost in costs.items()}


def test_many_discussions_and_long_ones_cost_what_others_cost(app: Flask) -> None:
    who = people()
    short, long = two_threads(who)
    fill(FEW, who)
    lists, pages = list_costs(app, who), page_costs(app, who, short, SHORT)
    fill(MANY, who)
    many = list_costs(app, who)
    lengthen(long, LONG, who)
    far = page_costs(app, who, long, LONG)
    grown = slower(lists, many) + slower(pages, far)
    assert not grown, "\n".join(grown)
    assert asked(lists) == asked(many)
    assert asked(pages) == asked(far)
    assert max([*asked(many).values(), *asked(far).values()]) <= MOST_QUERIES
    # Twin: without its index the list of what nobody answers grows with all discussions.
    with transaction() as session:
        for name in ("last", "kind"):
            session.execute(text(f"DROP INDEX ix_threads_unanswered_{name}"))
    db.engine.dispose()
    assert any("unanswered" in line for line in slower(lists, list_costs(app, who)))


def test_the_check_above_can_fail() -> None:
    assert slower({"all": Cost(10, 4)}, {"all": Cost(16.1, 4)}) != []
    assert slower({"all": Cost(10, 4)}, {"all": Cost(15.9, 4)}) == []
