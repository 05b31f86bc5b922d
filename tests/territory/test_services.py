"""Loading the tables of territories: whole, quick, as often as one likes."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select, text

from core.database import db
from core.flags import flag
from territory import queries
from territory.models import Territory, TerritoryKind
from territory.services import DATA, load_reference_data
from tests.statements import recorded

NUMBERS = {"region": 21, "province": 105, "municipality": 7896}


def counts() -> dict[str, int]:
    rows = db.session.execute(select(Territory.kind, func.count()).group_by(Territory.kind))
    return {kind.value: count for kind, count in rows}


@pytest.fixture
def tables(tmp_path: Path) -> Path:
    """A copy of the tables that a test may change."""
    return Path(shutil.copytree(DATA, tmp_path / "data"))


def replace_line(path: Path, old: str, new: str) -> None:
    before = path.read_text(encoding="utf-8")
    assert before.count(old) == 1
    path.write_text(before.replace(old, new), encoding="utf-8")


@pytest.mark.usefixtures("app")
def test_all_of_italy_is_there() -> None:
    assert counts() == NUMBERS
    lost = select(func.count()).where(Territory.region_id.is_(None))
    assert db.session.scalar(lost) == 0
    orphans = select(func.count()).where(
        Territory.parent_id.is_(None), Territory.kind != TerritoryKind.REGION
    )
    assert db.session.scalar(orphans) == 0


@pytest.mark.usefixtures("app")
def test_a_second_run_changes_nothing_and_costs_one_query() -> None:
    with recorded() as statements:
        assert load_reference_data() == 0
    assert len(statements) == 1


@pytest.mark.usefixtures("app")
def test_a_run_without_the_flag_still_changes_nothing() -> None:
    db.session.execute(text("DELETE FROM flags"))
    db.session.commit()
    assert load_reference_data() == 0
    assert counts() == NUMBERS


@pytest.mark.usefixtures("app")
def test_an_empty_database_is_filled_by_a_few_statements() -> None:
    """Eight thousand rows in bulk, which is what makes it quick on any machine."""
    db.session.execute(text("DELETE FROM territories"))
    db.session.execute(text("DELETE FROM flags"))
    db.session.commit()
    with recorded() as statements:
        assert load_reference_data() == sum(NUMBERS.values())
    assert len(statements) < 50, len(statements)
    assert counts() == NUMBERS


@pytest.mark.usefixtures("app")
def test_a_changed_name_arrives_and_ids_stay(tables: Path) -> None:
    pinzolo = queries.find_municipalities("Pinzolo")[0]
    replace_line(tables / "municipalities.csv", ",Pinzolo,", ",Pinzolò in Rendena,")
    replace_line(tables / "regions.csv", "Apulia", "Puglia (Apulia)")
    assert load_reference_data(tables) == 2
    found = queries.find_municipalities("pinzolo in rendena")
    assert [place.id for place in found] == [pinzolo.id]
    region = queries.region("puglia")
    assert region is not None
    assert region.name("en") == "Puglia (Apulia)"


@pytest.mark.usefixtures("app")
def test_what_is_no_longer_listed_stays(tables: Path) -> None:
    path = tables / "municipalities.csv"
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    path.write_text("".join(line for line in lines if ",Pinzolo," not in line), encoding="utf-8")
    assert load_reference_data(tables) == 0
    assert queries.find_municipalities("Pinzolo")


@pytest.mark.usefixtures("app")
def test_a_broken_table_leaves_the_old_ones(tables: Path) -> None:
    before = flag(queries.FLAG)
    replace_line(
        tables / "municipalities.csv", "022143,Pinzolo,,,,ITH20,022", "022143,X,,,,ITH20,999"
    )
    with pytest.raises(KeyError):
        load_reference_data(tables)
    assert flag(queries.FLAG) == before
    assert queries.find_municipalities("Pinzolo")


def test_the_tables_say_where_they_come_from(app: Flask) -> None:
    assert "Fonte: ISTAT, CC BY 4.0" in (DATA / "README.md").read_text(encoding="utf-8")
    page = app.test_client().get("/enti").text
    assert "fonte ISTAT, CC BY 4.0" in page
