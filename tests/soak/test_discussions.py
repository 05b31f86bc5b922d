"""100,000 discussions, and 100,000 messages in one, open as few do, on both databases."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from benchmarks.discussions import (
    FEW,
    GOAL,
    LONG,
    MANY,
    MOST_QUERIES,
    SHORT,
    Cost,
    Site,
    compare,
    settings_for,
)
from sqlalchemy import inspect, text

from core.config import postgres_driver_url
from core.database import db
from core.transactions import transaction
from tests import databases
from tests.postgres import Server

pytestmark = [pytest.mark.soak, pytest.mark.timeout(900)]

# Milliseconds by which two times of the same page may differ.
_NOISE = 1.5


def slower(costs: Mapping[str, tuple[Cost, Cost]]) -> list[str]:
    """The pages that cost more than they may where there is much."""
    return [
        f"{name}: {few.milliseconds:.1f} ms, then {many.milliseconds:.1f} ms"
        for name, (few, many) in costs.items()
        if many.milliseconds > few.milliseconds * GOAL + _NOISE
    ]


@pytest.fixture(params=databases.ALL)
def sites(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Site, Site]]:
    """One with few discussions, one with many."""
    made = []
    for name, threads, posts in (("few", FEW, SHORT), ("many", MANY, LONG)):
        folder, url = tmp_path / name, ""
        folder.mkdir()
        if request.param == databases.POSTGRESQL:
            server: Server = request.getfixturevalue("postgres")
            server.create(f"discussions_{name}")
            url = postgres_driver_url(server.url(f"discussions_{name}"))
        made.append(Site.filled(settings_for(folder, url), threads=threads, posts=posts))
    yield made[0], made[1]
    for site in made:
        site.close()


def test_many_discussions_and_long_ones_cost_what_others_cost(sites: tuple[Site, Site]) -> None:
    few, many = sites
    costs = compare(few, many)
    # What other work on the machine made slow once is measured again; what is slow stays so.
    for _ in range(2):
        for line in slower(costs):
            name = line.partition(":")[0]
            costs |= compare(few, many, name)
    assert not slower(costs), "\n".join(slower(costs))
    assert {name: one.queries for name, (one, _many) in costs.items()} == {
        name: one.queries for name, (_few, one) in costs.items()
    }
    assert max(one.queries for _few, one in costs.values()) <= MOST_QUERIES
    # Twin: without indexes a list costs more where there is more.
    with many.app.app_context():
        names = [one["name"] for one in inspect(db.engine).get_indexes("threads")]
        with transaction() as session:
            for name in names:
                session.execute(text(f"DROP INDEX {name}"))
        db.engine.dispose()
    assert slower(compare(few, many, "all (visitor"))


def test_the_check_above_can_fail() -> None:
    assert slower({"all": (Cost(10, 4), Cost(16.6, 4))}) != []
    assert slower({"all": (Cost(10, 4), Cost(16.4, 4))}) == []
