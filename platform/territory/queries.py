"""Reading territories: regions and provinces from memory, municipalities from the database."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from sqlalchemy import ColumnElement, Row, case, or_, select

from core.database import db
from core.lookups import Lookup
from core.names import name_in
from core.text import fold
from territory.models import Territory, TerritoryKind

FLAG = "reference_data:territory"
_LONGEST_SEARCH = 120


@dataclass(frozen=True)
class Place:
    """A copy of a territory that outlives its session."""

    id: int
    kind: TerritoryKind
    name_it: str
    name_en: str
    name_de: str
    acronym: str
    istat_code: str
    nuts_code: str | None
    parent_id: int | None
    region_id: int | None

    def name(self, language: str) -> str:
        """The name in a language: ``Puglia``, ``Apulia``, ``Apulien``."""
        return name_in(self, language)

    @cached_property
    def code(self) -> str:
        """What stands for a region in addresses: ``puglia``, ``trento``, ``valle-d-aosta``."""
        return fold(_short(self.name_it)).replace(" ", "-")

    @cached_property
    def called(self) -> frozenset[str]:
        """All that it is called, folded."""
        names = (self.name_it, self.name_en, self.name_de)
        return frozenset(fold(one) for name in names for one in (name, _short(name)))


@dataclass(frozen=True, slots=True)
class _Copy:
    places: dict[int, Place]
    regions: tuple[Place, ...]
    provinces: tuple[Place, ...]
    by_code: dict[str, Place]


def regions() -> tuple[Place, ...]:
    """The regions and the two autonomous provinces, in the order of their Italian names."""
    return LOOKUP.get().regions


def provinces() -> tuple[Place, ...]:
    """The provinces, in the order of their Italian names."""
    return LOOKUP.get().provinces


def region(code: str) -> Place | None:
    """The region with this code (``puglia``, ISTAT ``16``, NUTS ``ITF4``), or None."""
    return LOOKUP.get().by_code.get(code)


def region_called(text: str) -> Place | None:
    """The region with this code or this name, in any language, whatever accents and case."""
    found = region(text.strip()) or region(fold(_short(text.strip())).replace(" ", "-"))
    key = fold(text)
    return found or next((one for one in regions() if key and key in one.called), None)


def province_called(text: str) -> Place | None:
    """The province with this sign (``LE``), ISTAT code or name, or None."""
    key = fold(text)
    found = (one for one in LOOKUP.get().places.values() if one.kind is TerritoryKind.PROVINCE)
    known = (
        one
        for one in found
        if key and (key in (one.acronym.casefold(), one.istat_code) or key in one.called)
    )
    return next(known, None)


def place_called(text: str) -> Place | None:
    """The place with this ISTAT code, or with exactly this name (see ``full_name``), or None."""
    text = text.strip()[:_LONGEST_SEARCH]
    if text.isascii() and text.isdigit():
        towns = municipalities_by_code([text])
        return place(towns[text]) if towns else region(text) or province_called(text)
    found = region_called(text)
    if found is None:
        exact = (one for one in find_places(text, limit=2) if is_named(one, text))
        found = next(exact, None)
    return found


def municipalities_by_code(codes: Iterable[str]) -> dict[str, int]:
    """Ids of the municipalities with these ISTAT codes; codes that are not known are missing."""
    rows = db.session.execute(
        select(Territory.istat_code, Territory.id).where(
            Territory.kind == TerritoryKind.MUNICIPALITY, Territory.istat_code.in_(set(codes))
        )
    )
    return {row.istat_code: row.id for row in rows}


def region_choices(language: str) -> list[tuple[int, str]]:
    """Regions for a form or a filter: pairs of id and name, sorted by name."""
    choices = [(place.id, place.name(language)) for place in regions()]
    return sorted(choices, key=lambda choice: fold(_short(choice[1])))


def place(territory_id: int) -> Place | None:
    """Any territory by its id; regions and provinces cost no query."""
    known = LOOKUP.get().places.get(territory_id)
    if known is not None:
        return known
    return next(iter(_places(Territory.id == territory_id)), None)


def places(territory_ids: Iterable[int]) -> dict[int, Place]:
    """Territories by id; at most one query, none for regions and provinces alone."""
    wanted = set(territory_ids)
    known = LOOKUP.get().places
    found = {number: known[number] for number in wanted if number in known}
    missing = wanted - found.keys()
    if missing:
        found |= {one.id: one for one in _places(Territory.id.in_(missing))}
    return found


def region_of(territory_id: int) -> Place | None:
    """The region that a territory lies in (itself, for a region)."""
    found = place(territory_id)
    if found is None or found.region_id is None:
        return None
    return LOOKUP.get().places.get(found.region_id)


def children(territory_id: int) -> list[Place]:
    """What lies directly in a territory, by name: provinces of a region, municipalities."""
    return _places(Territory.parent_id == territory_id)


def path(territory_id: int) -> list[Place]:
    """From the region down to the territory itself; empty for an id that is not known."""
    steps: list[Place] = []
    at: int | None = territory_id
    while at is not None and (found := place(at)) is not None:
        steps.append(found)
        at = found.parent_id
    return steps[::-1]


def full_name(territory: Place, language: str) -> str:
    """A name that only this territory has: ``Vinci (FI)``, ``Lecce (provincia)``, ``Puglia``."""
    name = territory.name(language)
    if territory.kind is TerritoryKind.PROVINCE:
        return f"{name} ({_PROVINCE_WORDS.get(language, _PROVINCE_WORDS['it'])})"
    if territory.kind is TerritoryKind.MUNICIPALITY and territory.parent_id is not None:
        parent = LOOKUP.get().places.get(territory.parent_id)
        if parent is not None and parent.acronym:
            return f"{name} ({parent.acronym})"
    return name


def find_places(
    text: str, kinds: Iterable[TerritoryKind] = tuple(TerritoryKind), limit: int = 8
) -> list[Place]:
    """Territories that a reader may mean by this text, the likeliest first.

    Only those of that very name, in any language, where there are any (with ``full_name``: one),
    else those whose name holds the text; regions come before provinces and municipalities.
    """
    kinds = frozenset(kinds)
    bare, sign = _split_sign(text[:_LONGEST_SEARCH])
    key = fold(bare)
    if not key:
        return []
    known = [one for one in LOOKUP.get().places.values() if one.kind in kinds]
    towns = find_municipalities(bare, 50) if TerritoryKind.MUNICIPALITY in kinds else []
    found = [one for one in known if any(key in name for name in one.called)] + towns
    exact = [one for one in found if key in one.called]
    signed = [one for one in exact if _has_sign(one, sign)] if sign else exact
    order = list(TerritoryKind)
    return sorted(signed or exact or found, key=lambda one: order.index(one.kind))[:limit]


def find_municipalities(text: str, limit: int = 20) -> list[Place]:
    """Municipalities whose name holds the text, whatever its accents and case.

    Exact names come first, then those that begin with the text; at most ``limit``.
    """
    key = fold(text[:_LONGEST_SEARCH])
    if not key:
        return []
    german = Territory.name_de.icontains(text.strip()[:_LONGEST_SEARCH], autoescape=True)
    rows = db.session.execute(
        select(*_COLUMNS)
        .where(
            Territory.kind == TerritoryKind.MUNICIPALITY,
            or_(Territory.name_key.contains(key, autoescape=True), german),
        )
        .order_by(
            case(
                (Territory.name_key == key, 0),
                (Territory.name_key.startswith(key, autoescape=True), 1),
                else_=2,
            ),
            Territory.name_key,
            Territory.id,
        )
        .limit(limit)
    )
    return [_place(row) for row in rows]


def is_named(territory: Place, text: str) -> bool:
    """Whether the territory is called exactly so, in any language, with or without its sign."""
    bare, sign = _split_sign(text[:_LONGEST_SEARCH])
    return fold(bare) in territory.called and (not sign or _has_sign(territory, sign))


_COLUMNS = (
    Territory.id,
    Territory.kind,
    Territory.name_it,
    Territory.name_en,
    Territory.name_de,
    Territory.acronym,
    Territory.istat_code,
    Territory.nuts_code,
    Territory.parent_id,
    Territory.region_id,
)


_PROVINCE_WORDS = {"it": "provincia", "en": "province", "de": "Provinz"}
_SIGN = re.compile(r"^(.*)\(([^()]*)\)$")


def _split_sign(text: str) -> tuple[str, str]:
    """``Vinci (FI)`` in two: ``Vinci`` and ``fi``."""
    match = _SIGN.match(text.strip())
    return (match[1], fold(match[2])) if match else (text, "")


def _has_sign(territory: Place, sign: str) -> bool:
    return any(_split_sign(full_name(territory, one))[1] == sign for one in _PROVINCE_WORDS)


def _short(name: str) -> str:
    """The word that a reader looks for: ``Trento``, ``Valle d’Aosta``."""
    for title in ("Provincia autonoma di ", "Autonomous Province of ", "Autonome Provinz "):
        name = name.removeprefix(title)
    return name.split("/")[0]


def _places(*conditions: ColumnElement[bool]) -> list[Place]:
    rows = db.session.execute(select(*_COLUMNS).where(*conditions).order_by(Territory.name_key))
    return [_place(row) for row in rows]


def _place(row: Row[Any]) -> Place:
    return Place(*row)


def _read() -> _Copy:
    found = _places(Territory.kind.in_((TerritoryKind.REGION, TerritoryKind.PROVINCE)))
    regions = sorted(
        (one for one in found if one.kind is TerritoryKind.REGION),
        key=lambda one: fold(_short(one.name_it)),
    )
    return _Copy(
        places={one.id: one for one in found},
        regions=tuple(regions),
        provinces=tuple(one for one in found if one.kind is TerritoryKind.PROVINCE),
        by_code={
            code: one for one in regions for code in (one.code, one.istat_code, one.nuts_code or "")
        },
    )


LOOKUP = Lookup(_read, flag_name=FLAG, models=[Territory])
