"""Load the themes and programmes that every installation starts with."""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

from sqlalchemy import select

from core.database import db
from core.flags import flag, set_flag
from core.transactions import transaction
from taxonomy import queries
from taxonomy.models import Programme, Theme

DATA = Path(__file__).parent / "data"
_FILES = ("themes.csv", "programmes.csv")
_NAMES = ("name_it", "name_en", "name_de")


def load_reference_data(folder: Path = DATA) -> int:
    """Bring themes and programmes to the state of the tables; return how many rows changed.

    Safe to run again; rows of other origin and rows that are no longer listed stay.
    """
    digest = _digest(folder)
    if flag(queries.FLAG) == digest:
        return 0
    with transaction():
        themes = {row.code: row for row in db.session.scalars(select(Theme))}
        programmes = {row.code: row for row in db.session.scalars(select(Programme))}
        written = 0
        for position, row in enumerate(_read(folder / "themes.csv")):
            written += _put(Theme, themes, _theme(row, position, themes))
        for row in _read(folder / "programmes.csv"):
            written += _put(Programme, programmes, _programme(row))
        set_flag(queries.FLAG, digest)
    queries.LOOKUP.clear()
    return written


def _theme(row: Mapping[str, str], position: int, known: Mapping[str, Theme]) -> dict[str, Any]:
    parent = row["parent_code"]
    return {
        "code": row["code"],
        "parent_id": known[parent].id if parent else None,
        "position": position,
        **{name: row[name] for name in _NAMES},
    }


def _programme(row: Mapping[str, str]) -> dict[str, Any]:
    return {
        "code": row["code"],
        "fund": row["fund"],
        "authority": row["authority"],
        "starts_on": _day(row["starts_on"]),
        "ends_on": _day(row["ends_on"]),
        **{name: row[name] for name in _NAMES},
    }


def _put(model: type[Any], known: dict[str, Any], values: Mapping[str, Any]) -> bool:
    """Insert or update one row; whether anything was to be done."""
    row = known.get(values["code"])
    if row is None:
        row = known[values["code"]] = model(**values)
        db.session.add(row)
        db.session.flush()
        return True
    changed = {name: value for name, value in values.items() if getattr(row, name) != value}
    for name, value in changed.items():
        setattr(row, name, value)
    return bool(changed)


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


def _read(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _digest(folder: Path) -> str:
    content = hashlib.sha256()
    for name in _FILES:
        content.update((folder / name).read_bytes())
    return content.hexdigest()
