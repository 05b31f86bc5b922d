"""How often the best suggestion is the right one, on pairs that were labelled by hand.

``labelled_pairs.json`` holds what is sought, what answers it, and offers that only look like it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from core.database import db
from organisations.models import Level
from practices.models import Practice, PracticeKind
from practices.queries import candidates
from practices.rules.matching import PartKind
from practices.services import matching
from practices.services.matching import Comparison
from search.rules.likeness import Likeness
from taxonomy.models import Theme
from taxonomy.queries import theme_by_code
from territory.queries import region
from tests.factories.organisations import OrganisationFactory
from tests.factories.practices import StoryFactory
from tests.practices.test_matching import index, statistics

LABELLED = json.loads(Path(__file__).with_name("labelled_pairs.json").read_text("utf-8"))
GOAL = 0.8


def tell(kind: PracticeKind, told: dict[str, str]) -> Practice:
    theme, place = theme_by_code(told["theme"]), region(told["region"])
    assert theme is not None, told
    assert place is not None, told
    body = OrganisationFactory.make(level=Level(told["level"]))
    first, second = told["text"], ""
    return StoryFactory.make(
        kind=kind, title=told["title"], summary="", territory_id=place.id, organisation_id=body.id,
        themes=[db.session.get_one(Theme, theme.id)], problem=first, solution=second, results="",
        need=first, context=second,
        **{f"{name}_html": f"<p>{first}</p>" for name in ("problem", "need")},
        **{f"{name}_html": "" for name in ("solution", "results", "context")},
    )  # fmt: skip


@pytest.fixture
def answers(app: Flask, in_request: None) -> dict[int, int]:
    """All labelled stories, told and indexed: the right offer by the seeking story."""
    made = {
        tell(PracticeKind.SEEK, pair["seek"]).id: tell(PracticeKind.OFFER, pair["offer"]).id
        for pair in LABELLED["pairs"]
    }
    for told in LABELLED["distractors"]:
        tell(PracticeKind.OFFER, told)
    index()
    return made


def compare(seeks: Iterable[int]) -> dict[int, Comparison]:
    """Every seeking story beside the offers, as the worker has them before it writes."""
    found = {}
    for seek_id in seeks:
        side = candidates.side_of(seek_id)
        assert side is not None
        found[seek_id] = matching._compare(*side, statistics())
    return found


def best_by(compared: dict[int, Comparison], *kinds: PartKind) -> dict[int, int]:
    """By seeking story the offer with the highest sum of these parts."""
    found = {}
    for seek_id, comparison in compared.items():
        sums = {
            offer: sum(part.value for part in score.parts if part.kind in kinds)
            for offer, (_, score) in comparison.others.items()
        }
        found[seek_id] = max(sorted(sums), key=lambda offer: sums[offer])
    return found


def precision(best: dict[int, int], answers: dict[int, int]) -> float:
    right = sum(best.get(seek) == offer for seek, offer in answers.items())
    return right / len(answers)


def suggested(compared: dict[int, Comparison]) -> dict[int, int]:
    """What stands first on the page of each seeking story."""
    return {seek_id: one.best_first()[0] for seek_id, one in compared.items() if one.best_first()}


def test_the_labels_are_enough() -> None:
    pairs, distractors = LABELLED["pairs"], LABELLED["distractors"]
    assert len(pairs) >= 40
    assert len(distractors) >= len(pairs)
    titles = [told["title"] for pair in pairs for told in pair.values()]
    titles += [told["title"] for told in distractors]
    assert len(set(titles)) == len(titles)


def test_the_best_suggestion_is_the_right_one(
    answers: dict[int, int], record_property: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the worker finds; beside it, what single parts would give, and a fault that shows."""
    compared = compare(answers)
    reached = precision(suggested(compared), answers)
    text = precision(best_by(compared, PartKind.TEXT), answers)
    theme = precision(best_by(compared, PartKind.THEME), answers)
    record_property(
        "matching, precision@1",
        f"{reached:.2f} (goal {GOAL}), text alone {text:.2f}, theme alone {theme:.2f}",
    )
    assert reached >= GOAL
    assert reached >= max(text, theme)
    # Twin: with words that say nothing the goal is missed.
    monkeypatch.setattr(matching, "likeness", lambda *_args, **_kwargs: Likeness(0.5, ("uguale",)))
    assert precision(suggested(compare(answers)), answers) < GOAL
