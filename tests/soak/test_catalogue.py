"""The catalogue opens with 100,000 stories as it does with 1,000, on both databases."""

from __future__ import annotations

import pytest
from benchmarks.catalogue import FEW, GOAL, MANY, MOST_QUERIES, Cost, costs, fill
from flask import Flask

pytestmark = [pytest.mark.soak, pytest.mark.timeout(900)]


def slower(few: dict[str, Cost], many: dict[str, Cost]) -> list[str]:
    """The pages that cost more than they may."""
    return [
        f"{name}: {few[name].milliseconds:.1f} ms, then {cost.milliseconds:.1f} ms"
        for name, cost in many.items()
        if cost.milliseconds > few[name].milliseconds * GOAL
    ]


def test_many_stories_cost_what_few_cost(app: Flask) -> None:
    fill(FEW)
    few = costs(app)
    fill(MANY)
    many = costs(app)
    assert slower(few, many) == []
    assert max(cost.queries for cost in many.values()) <= MOST_QUERIES
    assert {name: cost.queries for name, cost in few.items()} == {
        name: cost.queries for name, cost in many.items()
    }


def test_the_check_above_can_fail() -> None:
    assert slower({"first": Cost(10, 4)}, {"first": Cost(15.1, 4)}) != []
    assert slower({"first": Cost(10, 4)}, {"first": Cost(14.9, 4)}) == []
