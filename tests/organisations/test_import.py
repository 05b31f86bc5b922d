"""Real bodies, with the quirks of real lists, enter the register through its service.

Data: "PA digitale 2026" open data (Dipartimento per la trasformazione digitale, CC BY 4.0).
"""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from sqlalchemy import select

from core.actor import SYSTEM
from core.database import db
from core.text import fold
from organisations import queries, services
from organisations.models import Level, Nature, Organisation
from organisations.queries import RegisterFilters
from organisations.rules import OrganisationValues
from organisations.services import IpaCodeTaken
from territory import queries as territory
from territory.models import Territory, TerritoryKind

pytestmark = [pytest.mark.shared_data, pytest.mark.usefixtures("app")]

Row = dict[str, str]
SAMPLE = 300
# Two codes of one region in the national list are ours for the autonomous provinces.
ABOVE_AUTONOMOUS = "04"


@pytest.fixture
def rows(shared: Path) -> list[Row]:
    """A sample of the list with everything awkward in it."""
    path = shared / "data" / "reference" / "padigitale2026" / "enti_ipa.csv"
    with path.open(encoding="utf-8", newline="") as file:
        everything = list(csv.DictReader(file))
    by_length = sorted(everything, key=lambda row: -len(row["denominazione"]))
    mixed_case = [row for row in everything if row["codice_ipa"] != row["codice_ipa"].lower()]
    sardinian = [row for row in everything if row["codice_istat_comune"][:3] in ("112", "119")]
    provinces = [row for row in everything if row["codice_ipa"].startswith(("p_", "r_"))]
    same_name = [row for row in everything if fold(row["denominazione"]) == "comune di samone"]
    awkward = [
        *by_length[:20], *mixed_case[:40], *sardinian[:30], *provinces[:60], *same_name
    ]  # fmt: skip
    picked = {row["codice_ipa"]: row for row in [*awkward, *everything[:: len(everything) // 200]]}
    return list(picked.values())[:SAMPLE]


def towns(rows: list[Row]) -> dict[str, int]:
    """Ids of the municipalities, by ISTAT code, that our list knows."""
    codes = {row["codice_istat_comune"] for row in rows}
    found = db.session.execute(
        select(Territory.istat_code, Territory.id).where(
            Territory.kind == TerritoryKind.MUNICIPALITY, Territory.istat_code.in_(codes)
        )
    )
    return {row.istat_code: row.id for row in found}


def level_of(row: Row) -> Level:
    if row["tipologia"] == "Comuni":
        return Level.MUNICIPALITY
    if row["codice_ipa"].lower() in ("p_tn", "p_bz"):
        return Level.AUTONOMOUS_PROVINCE
    prefixes = {"p_": Level.PROVINCE, "r_": Level.REGION}
    return prefixes.get(row["codice_ipa"][:2].lower(), Level.OTHER)


def place_of(row: Row, known: dict[str, int]) -> int | None:
    """The town; where its code is newer than our list, at least the region."""
    town = known.get(row["codice_istat_comune"])
    if town is not None:
        return town
    region = territory.region(row["cod_regione"])
    return region.id if region else None


def values_of(row: Row, known: dict[str, int]) -> OrganisationValues:
    return OrganisationValues(
        name=row["denominazione"],
        nature=Nature.PUBLIC,
        level=level_of(row),
        ipa_code=row["codice_ipa"],
        territory_id=place_of(row, known),
    )


def test_real_bodies_enter_the_register(rows: list[Row]) -> None:
    known = towns(rows)
    assert len(known) < len({row["codice_istat_comune"] for row in rows})
    for row in rows:
        services.create_organisation(values=values_of(row, known), by=SYSTEM, same_name=True)
    assert queries.count() == len(rows)

    stored = {body.ipa_code: body for body in db.session.scalars(select(Organisation))}
    assert set(stored) == {row["codice_ipa"] for row in rows}
    for row in rows:
        body = stored[row["codice_ipa"]]
        assert body.name == " ".join(row["denominazione"].split())
        assert body.territory_id is not None
    assert len({body.slug for body in stored.values()}) == len(rows)


def test_they_are_found_by_code_and_counted_by_region(rows: list[Row]) -> None:
    known = towns(rows)
    for row in rows:
        services.create_organisation(values=values_of(row, known), by=SYSTEM, same_name=True)
    trento = queries.find_organisations("P_tn")[0]
    assert (trento.ipa_code, trento.level) == ("p_TN", Level.AUTONOMOUS_PROVINCE)
    with pytest.raises(IpaCodeTaken):
        services.create_organisation(
            values=OrganisationValues(
                name="Altra", nature=Nature.PUBLIC, level=Level.OTHER, ipa_code="P_TN"
            ),
            by=SYSTEM,
        )

    counts = queries.register_counts(RegisterFilters())
    assert sum(counts.regions.values()) == sum(counts.levels.values()) == len(rows)
    sardinia = territory.region("sardegna")
    assert sardinia is not None
    expected = sum(row["regione"] == "Sardegna" for row in rows)
    assert counts.regions[sardinia.id] == expected > 30
    in_the_north = [row for row in rows if row["cod_regione"] == ABOVE_AUTONOMOUS]
    both = [territory.region(code) for code in ("trento", "bolzano")]
    assert sum(counts.regions.get(one.id, 0) for one in both if one) == len(in_the_north)
