"""Themes as a tree and programmes as a list, from memory."""

from __future__ import annotations

from datetime import date

import pytest

from core.database import db
from taxonomy import queries
from taxonomy.models import Theme
from tests.factories.taxonomy import ProgrammeFactory, ThemeFactory
from tests.statements import recorded

pytestmark = pytest.mark.usefixtures("app")


def by_code(code: str) -> queries.ThemeNode:
    found = queries.theme_by_code(code)
    assert found is not None
    return found


def test_the_themes_of_the_first_twinnings_are_there() -> None:
    codes = {one.code for one in queries.themes_by_id().values()}
    assert codes >= {
        "family-districts",
        "work-life-balance",
        "early-childhood",
        "home-care",
        "smart-city",
        "single-emergency-number",
        "heritage-railways",
        "food-wine",
    }


def test_every_theme_has_three_names_and_two_floors_are_enough() -> None:
    for one in queries.themes_by_id().values():
        assert one.name_it
        assert one.name_en
        assert one.name_de
        assert len(queries.theme_path(one.id)) <= 2


def test_descendants_hold_the_theme_and_all_below() -> None:
    family = by_code("family-policy")
    found = queries.descendants(family.id)
    assert family.id in found
    assert by_code("family-districts").id in found
    assert by_code("smart-city").id not in found
    assert queries.descendants(10**9) == frozenset()


def test_choices_are_grouped_in_the_readers_language() -> None:
    choices = queries.theme_choices("de")
    assert next(iter(choices)) == "Familienpolitik"
    family = choices["Familienpolitik"]
    assert family[0] == (by_code("family-policy").id, "Familienpolitik")
    assert (by_code("home-care").id, "Häusliche Pflege") in family


def test_the_programme_of_the_seeds() -> None:
    agire = queries.programme_by_code("agire-por-2007-2013")
    assert agire is not None
    assert agire.name_it == "AGIRE POR 2007-2013"
    assert agire.fund == "FESR"
    assert (agire.starts_on, agire.ends_on) == (date(2007, 1, 1), date(2013, 12, 31))
    assert (agire.id, "AGIRE POR 2007-2013 (FESR)") in queries.programme_choices("it")


def test_programmes_without_a_period_come_last() -> None:
    made = ProgrammeFactory.make()
    starts = [one.starts_on for one in queries.programmes()]
    known = [day for day in starts if day is not None]
    assert starts == sorted(known) + [None] * (len(starts) - len(known))
    assert made.id in {one.id for one in queries.programmes()}


def test_nothing_asks_the_database_twice() -> None:
    queries.themes_tree()
    with recorded() as statements:
        queries.theme_choices("en")
        queries.programme_choices("en")
        queries.descendants(by_code("family-policy").id)
    assert statements == []


def test_what_this_process_writes_is_seen_at_once() -> None:
    queries.themes_tree()
    made = ThemeFactory.make(parent_id=by_code("emergency").id)
    assert made.id in queries.descendants(by_code("emergency").id)


def test_what_is_rolled_back_is_not_kept() -> None:
    made = ThemeFactory.build(code="never", name_it="Mai", name_en="Never", name_de="Nie")
    db.session.add(made)
    db.session.flush()
    assert queries.theme_by_code("never") is not None
    db.session.rollback()
    assert queries.theme_by_code("never") is None
    assert db.session.query(Theme).filter_by(code="never").count() == 0
