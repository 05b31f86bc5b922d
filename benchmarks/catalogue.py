"""What the catalogue costs with 100,000 stories, beside what it costs with 1,000.

Stories are written straight into the tables: announcing each of them would take longer than all
that is measured. Costs are CPU time, which other work on the machine does not change much: that of
this process, and on PostgreSQL that of the server's processes, too.
"""

from __future__ import annotations

import os
import random
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from flask import Flask
from rich.console import Console
from rich.table import Table
from sqlalchemy import func, insert, select, text
from tests.statements import recorded
from tests.visitor import Visitor

from core.config import Settings
from core.database import db
from core.pagination import encode_cursor
from core.text import fold
from core.transactions import transaction
from organisations.models import Level, Nature, Organisation, OrganisationState
from portal.factory import create_app
from portal.setup import prepare_database
from practices.models import Practice, PracticeKind, PracticeState, practice_themes
from practices.queries.catalogue import Order
from practices.queries.shelf import KEEPER
from taxonomy.queries import themes_by_id
from territory.queries import regions

FEW, MANY = 1_000, 100_000
GOAL = 1.5
MOST_QUERIES = 10
_BODIES = 20
_AT_ONCE = 5_000
_WORDS = "famiglia lavoro nido cura città dati scuola salute mobilità turismo lavoro comune".split()
_ROUNDS = 25


@dataclass(frozen=True)
class Cost:
    """What one page costs: milliseconds, and statements sent to the database."""

    milliseconds: float
    queries: int


def fill(number: int) -> None:
    """Make the catalogue hold this many stories of either kind and all sorts."""
    chance = random.Random(number)
    there = db.session.scalar(select(func.count(Practice.id))) or 0
    bodies = _bodies()
    themes, places = [*themes_by_id()], [one.id for one in regions()]
    newest = datetime(2026, 6, 1, 12, tzinfo=UTC)
    last = db.session.scalar(select(func.max(Practice.id))) or 0
    while there < number:
        size = min(_AT_ONCE, number - there)
        ids = range(last + 1, last + size + 1)
        rows = [_story(one, chance, bodies, places, newest) for one in ids]
        with transaction() as session:
            session.execute(insert(Practice), rows)
            session.execute(
                insert(practice_themes),
                [
                    {"practice_id": one, "theme_id": theme}
                    for one in ids
                    for theme in chance.sample(themes, 2)
                ],
            )
        there, last = there + size, last + size
    if db.engine.dialect.name == "postgresql":
        # As its own housekeeping does within a minute.
        with transaction() as session:
            session.execute(text("ANALYZE practices, practice_themes, organisations, territories"))
    KEEPER.clear()


def pages() -> Mapping[str, str]:
    """The pages to measure, by what they are; deep ones begin behind nine tenths of all."""
    theme = next(iter(themes_by_id().values())).code
    found = {
        "first page": "/buone-pratiche",
        "of a theme": f"/buone-pratiche?tema={theme}",
        "of a region": f"/buone-pratiche?regione={regions()[3].code}",
        "of a body": "/buone-pratiche?ente=ente-di-misura-3",
        "validated": "/buone-pratiche?stato=validata",
        "of a year": "/buone-pratiche?anno=2024",
        "validated, of a theme": f"/buone-pratiche?tema={theme}&stato=validata",
    }
    columns = {
        Order.NEWEST: (Practice.published_at, Practice.id),
        Order.USEFUL: (Practice.endorsement_count, Practice.published_at, Practice.id),
        Order.REUSED: (Practice.reuse_count, Practice.published_at, Practice.id),
        Order.TITLE: (Practice.title_key, Practice.id),
    }
    total = db.session.scalar(select(func.count()).where(Practice.kind == PracticeKind.OFFER)) or 0
    for order, keys in columns.items():
        rising = order is Order.TITLE
        mark = db.session.execute(
            select(*keys)
            .where(Practice.kind == PracticeKind.OFFER)
            .order_by(*(key.asc() if rising else key.desc() for key in keys))
            .offset(total * 9 // 10)
            .limit(1)
        ).one()
        sort = "" if order is Order.NEWEST else f"ordina={order}&"
        if sort:
            found[f"by {order.name.lower()}"] = f"/buone-pratiche?{sort}"[:-1]
        deep = encode_cursor(tuple(mark))
        found[f"deep, by {order.name.lower()}"] = f"/buone-pratiche?{sort}dopo={deep}"
    db.session.rollback()
    return found


def server_seconds() -> float:
    """CPU time that PostgreSQL's processes for this database have used; 0 on SQLite."""
    if db.engine.dialect.name != "postgresql":
        return 0.0
    with db.engine.connect() as connection:
        pids = connection.scalars(
            text("SELECT pid FROM pg_stat_activity WHERE datname = current_database()")
        ).all()
    spent = 0
    for pid in pids:
        fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
        spent += int(fields[11]) + int(fields[12])
    return spent / os.sysconf("SC_CLK_TCK")


def costs(app: Flask) -> dict[str, Cost]:
    """What each page costs a visitor, warm, with no page kept."""
    browser = Visitor(app)
    found = {}
    for name, path in pages().items():
        for _ in range(3):
            assert browser.get(path).status_code == 200, path
        times, server = [], server_seconds()
        for _ in range(_ROUNDS):
            started = time.process_time()
            answer = browser.get(path)
            times.append(time.process_time() - started)
            assert answer.get_data(as_text=True).count("<article") == 12, path
        served = (server_seconds() - server) / _ROUNDS
        with recorded() as statements:
            browser.get(path)
        found[name] = Cost((min(times) + served) * 1000, len(statements))
    return found


def print_catalogue(console: Console) -> None:
    """Measure on a SQLite database of its own and print the ratios beside the goal."""
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(
            data=Path(folder),
            database_url=f"sqlite:///{Path(folder) / 'gemella.sqlite3'}",
            secret_key="a key for measuring alone",
            base_url="http://localhost",
            sqlite_synchronous="NORMAL",
            page_cache=False,
            testing=True,
        )
        app = create_app(replace(settings))
        with app.app_context():
            prepare_database(app)
            fill(FEW)
            few = costs(app)
            fill(MANY)
            started = time.process_time()
            Visitor(app).get("/buone-pratiche")
            cold = time.process_time() - started
            many = costs(app)
            db.session.remove()
            db.engine.dispose()
    table = Table(title=f"Catalogue, {MANY:,} stories beside {FEW:,} (goal: at most {GOAL} x)")
    for column in ("page", f"ms at {FEW:,}", f"ms at {MANY:,}", "x", "queries"):
        table.add_column(column, justify="left" if column == "page" else "right")
    for name, cost in many.items():
        before = few[name].milliseconds
        table.add_row(
            name,
            f"{before:.1f}",
            f"{cost.milliseconds:.1f}",
            f"{cost.milliseconds / before:.2f}",
            str(cost.queries),
        )
    console.print(table)
    console.print(f"The first question of a new process: {cold * 1000:.0f} ms of CPU.")


def _bodies() -> list[int]:
    found = list(
        db.session.scalars(
            select(Organisation.id)
            .where(Organisation.slug.startswith("ente-di-misura-"))
            .order_by(Organisation.id)
        )
    )
    if found:
        return found
    moment = datetime(2026, 1, 1, tzinfo=UTC)
    with transaction() as session:
        made = [
            Organisation(
                name=f"Ente di misura {number}",
                slug=f"ente-di-misura-{number}",
                nature=Nature.PUBLIC,
                level=Level.MUNICIPALITY,
                state=OrganisationState.ACTIVE,
                created_at=moment,
                updated_at=moment,
            )
            for number in range(_BODIES)
        ]
        session.add_all(made)
        session.flush()
        return [one.id for one in made]


def _story(
    number: int, chance: random.Random, bodies: list[int], places: list[int], newest: datetime
) -> dict[str, Any]:
    title = f"{chance.choice(_WORDS)} {chance.choice(_WORDS)} {number}"
    at = newest - timedelta(minutes=chance.randrange(5 * 365 * 24 * 60))
    states = [PracticeState.PUBLISHED, PracticeState.VALIDATED, PracticeState.OUTDATED]
    return {
        "id": number,
        "slug": f"storia-di-misura-{number}",
        "kind": PracticeKind.SEEK if number % 10 == 0 else PracticeKind.OFFER,
        "state": chance.choices(states, [6, 3, 1])[0],
        "title": title,
        "title_key": fold(title),
        "summary": "Una pratica che serve a misurare.",
        "organisation_id": chance.choice(bodies),
        "territory_id": chance.choice(places),
        "created_at": at,
        "updated_at": at,
        "published_at": at,
        "endorsement_count": max(0, chance.randrange(-8, 5)),
        "reuse_count": max(0, chance.randrange(-8, 3)),
    }


if __name__ == "__main__":
    print_catalogue(Console(width=110))
