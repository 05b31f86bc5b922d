"""How long the worker takes to find what suits one story among ten thousand of the other kind.

    .venv/bin/python -m benchmarks.matching

Stories are put together from the sentences of the labelled pairs, so that words are as common as in
real ones or more so: the harder case for an index.
"""

from __future__ import annotations

import json
import random
import statistics
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table
from sqlalchemy import insert, select

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.conftest import build_settings

from core.database import db
from core.text import render_markdown
from organisations.models import Level, Nature, Organisation
from portal.factory import create_app
from portal.setup import prepare_database
from practices.models import Match, Practice, PracticeKind, PracticeState, practice_themes
from practices.services import matching
from search.queries.likeness import TextStatistics
from search.queries.results import EXTENSION
from search.services.indexer import Indexer
from taxonomy.queries import themes_by_id
from territory.queries import regions

STORIES = 20_000  # half of them of the other kind
BODIES = 400
ROUNDS = 12
GOAL = 1.0
LABELLED = Path(__file__).parents[1] / "tests" / "practices" / "labelled_pairs.json"
MOMENT = datetime(2026, 1, 1, tzinfo=UTC)


def main() -> None:
    print_matching(Console(width=110))


def print_matching(console: Console, stories: int = STORIES) -> None:
    with tempfile.TemporaryDirectory() as folder:
        app = create_app(build_settings(Path(folder)))
        with app.app_context():
            prepare_database(app)
        with app.test_request_context():
            fill(stories)
            index(Path(app.config["GEMELLA"].index_folder))
            first, others, cpu = measure(TextStatistics(app.extensions[EXTENSION]))
            kept = db.session.query(Match).count()
            db.session.remove()
            db.engine.dispose()
    title = f"One new story against {stories // 2:,} of the other kind, seconds (goal: {GOAL:g})"
    table = Table(title=title)
    for name in ("first of a process", "median", "longest", "median CPU", "suggestions"):
        table.add_column(name, justify="right")
    others.sort()
    table.add_row(
        f"{first:.2f}",
        f"{statistics.median(others):.2f}",
        f"{others[-1]:.2f}",
        f"{statistics.median(cpu):.2f}",
        str(kept),
    )
    console.print(table)


def measure(known: TextStatistics) -> tuple[float, list[float], list[float]]:
    """The first story a process compares reads the index; then others of both kinds in turn."""
    ids = list(db.session.scalars(select(Practice.id).order_by(Practice.id)))
    chosen = random.Random(7).sample(ids, ROUNDS + 1)
    spent, cpu = [], []
    for practice_id in chosen:
        started, used = time.perf_counter(), time.process_time()
        assert matching.match_story(practice_id, known)
        spent.append(time.perf_counter() - started)
        cpu.append(time.process_time() - used)
    return spent[0], spent[1:], cpu[1:]


def index(folder: Path) -> None:
    indexer = Indexer(folder)
    while indexer.step():
        pass
    indexer.close()


def fill(stories: int) -> None:
    """Half of them seek, half of them offer, each of a body with a level."""
    chance = random.Random(3)
    sentences = _sentences()
    html = {sentence: render_markdown(sentence).html for sentence in sentences}
    db.session.execute(insert(Organisation), [_body(number) for number in range(1, BODIES + 1)])
    places = [one.id for one in regions()]
    themes = sorted(themes_by_id())
    rows, links = [], []
    for number in range(1, stories + 1):
        parts = chance.sample(sentences, 5)
        rows.append(
            _story(number, parts, html)
            | {
                "organisation_id": chance.randint(1, BODIES),
                "territory_id": chance.choice(places),
            }
        )
        links += [
            {"practice_id": number, "theme_id": theme}
            for theme in chance.sample(themes, chance.choice((1, 1, 2)))
        ]
    for start in range(0, len(rows), 1_000):
        db.session.execute(insert(Practice), rows[start : start + 1_000])
    db.session.execute(insert(practice_themes), links)
    db.session.commit()


def _sentences() -> list[str]:
    labelled = json.loads(LABELLED.read_text("utf-8"))
    told = [one for pair in labelled["pairs"] for one in pair.values()] + labelled["distractors"]
    return [f"{one['title']}. {one['text']}" for one in told]


def _body(number: int) -> dict[str, Any]:
    name = f"Ente {number}"
    return {
        "id": number,
        "slug": f"ente-{number}",
        "name": name,
        "name_key": name.lower(),
        "words": f" {name.lower()}",
        "nature": Nature.PUBLIC,
        "level": list(Level)[number % 7],
        "created_at": MOMENT,
        "updated_at": MOMENT,
        "version": 1,
    }


def _story(number: int, parts: list[str], html: dict[str, str]) -> dict[str, Any]:
    names = ("problem", "solution", "results", "need", "context")
    kind = PracticeKind.SEEK if number % 2 else PracticeKind.OFFER
    own = names[:3] if kind is PracticeKind.OFFER else names[3:]
    texts = {name: parts[place] if name in own else "" for place, name in enumerate(names)}
    return {
        "id": number,
        "slug": f"storia-{number}",
        "kind": kind,
        "state": PracticeState.PUBLISHED,
        "title": parts[0].partition(". ")[0],
        "summary": parts[4][:300],
        "created_at": MOMENT,
        "updated_at": MOMENT,
        "submitted_at": MOMENT,
        "published_at": MOMENT,
        "version": 1,
        **texts,
        **{f"{name}_html": html.get(text, "") for name, text in texts.items()},
    }


if __name__ == "__main__":
    main()
