"""Load the territories of Italy from the tables that the program carries."""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sqlalchemy import Row, insert, select, update
from sqlalchemy.orm import Session

from core.flags import flag, set_flag
from core.text import fold
from core.transactions import transaction
from territory import queries
from territory.models import Territory, TerritoryKind

DATA = Path(__file__).parent / "data"
_FILES = {
    TerritoryKind.REGION: "regions.csv",
    TerritoryKind.PROVINCE: "provinces.csv",
    TerritoryKind.MUNICIPALITY: "municipalities.csv",
}

_Values = dict[str, Any]
_Known = dict[str, Row[Any]]


def load_reference_data(folder: Path = DATA) -> int:
    """Bring the territories to the state of the tables; return how many rows were written.

    Safe to run again: unchanged tables are known by their digest and cost one query. What is no
    longer listed (a municipality that merged) stays, because things may refer to it.
    """
    digest = _digest(folder)
    if flag(queries.FLAG) == digest:
        return 0
    written = 0
    with transaction() as session:
        regions: _Known = {}
        # A municipality lies in a province, or at once in an autonomous province.
        parents: _Known = {}
        for kind, name in _FILES.items():
            values = [_values(kind, row, parents) for row in _read(folder / name)]
            written += _write(session, kind, values)
            if kind is TerritoryKind.REGION:
                session.execute(
                    update(Territory).where(Territory.kind == kind).values(region_id=Territory.id)
                )
                regions = _stored(session, kind)
                parents = regions
            elif kind is TerritoryKind.PROVINCE:
                parents = regions | _stored(session, kind)
        set_flag(queries.FLAG, digest)
    queries.LOOKUP.clear()
    return written


def _values(kind: TerritoryKind, row: Mapping[str, str], parents: _Known) -> _Values:
    name = row["name_it"]
    values: _Values = {
        "kind": kind,
        "name_it": name,
        "name_en": row["name_en"] or name,
        "name_de": row["name_de"] or name,
        "name_key": fold(name)[:120],
        "acronym": row["acronym"],
        "istat_code": row["istat_code"],
        "nuts_code": row["nuts_code"] or None,
    }
    if row["parent_code"]:
        parent = parents[row["parent_code"]]
        values |= {"parent_id": parent.id, "region_id": parent.region_id}
    return values


def _write(session: Session, kind: TerritoryKind, rows: list[_Values]) -> int:
    """Insert the rows that are new and update those that differ; return how many."""
    known = _stored(session, kind)
    new, changed = [], []
    for row in rows:
        stored = known.get(row["istat_code"])
        if stored is None:
            new.append(row)
        elif any(getattr(stored, column) != value for column, value in row.items()):
            changed.append({"id": stored.id, **row})
    if new:
        session.execute(insert(Territory), new)
    if changed:
        session.execute(update(Territory), changed)
    return len(new) + len(changed)


def _stored(session: Session, kind: TerritoryKind) -> _Known:
    columns = Territory.__table__.columns
    rows = session.execute(select(*columns).where(Territory.kind == kind))
    return {row.istat_code: row for row in rows}


def _read(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _digest(folder: Path) -> str:
    content = hashlib.sha256()
    for name in _FILES.values():
        content.update((folder / name).read_bytes())
    return content.hexdigest()
