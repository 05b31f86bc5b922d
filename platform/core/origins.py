"""Where imported things come from: the number that a thing has in somebody else's list.

An import knows a thing again by it, so that the same list can be read as often as one likes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import JSON, Index, String, select
from sqlalchemy.orm import Mapped, mapped_column

from core import clock
from core.database import Code, Model, Moment, db
from core.references import Reference
from core.registry import settings

LONGEST_SOURCE = 100
LONGEST_ID = 200
_READ_AT_ONCE = 500


class Origin(Model):
    """A thing as a foreign list knows it.

    ``digest`` is that of the row as it was read last and ``version`` the one that the thing had
    then: a thing with another version was changed here since. ``unresolved`` holds, by field, what
    the row said and this site has no thing for (a municipality or a theme that it does not know).
    """

    __tablename__ = "origins"
    __table_args__ = (Index(None, "kind", "object_id"),)

    kind: Mapped[Code] = mapped_column(primary_key=True)
    source: Mapped[str] = mapped_column(String(LONGEST_SOURCE), primary_key=True)
    external_id: Mapped[str] = mapped_column(String(LONGEST_ID), primary_key=True)
    object_id: Mapped[int]
    version: Mapped[int]
    digest: Mapped[str] = mapped_column(String(64))
    unresolved: Mapped[dict[str, Any]] = mapped_column(JSON)
    at: Mapped[Moment]


def known_origins(kind: str, keys: Iterable[tuple[str, str]]) -> dict[tuple[str, str], Origin]:
    """The origins with these pairs of source and external id, by pair."""
    wanted: dict[str, list[str]] = {}
    for source, external_id in keys:
        wanted.setdefault(source, []).append(external_id)
    found: dict[tuple[str, str], Origin] = {}
    for source, ids in wanted.items():
        for start in range(0, len(ids), _READ_AT_ONCE):
            rows = db.session.scalars(
                select(Origin).where(
                    Origin.kind == kind,
                    Origin.source == source,
                    Origin.external_id.in_(ids[start : start + _READ_AT_ONCE]),
                )
            )
            found |= {(row.source, row.external_id): row for row in rows}
    return found


def origins_of(kind: str, ids: Iterable[int]) -> dict[int, Origin]:
    """Where these things come from, by their id; things of several origins have the oldest."""
    rows = db.session.scalars(
        select(Origin)
        .where(Origin.kind == kind, Origin.object_id.in_(sorted(set(ids))))
        .order_by(Origin.at.desc(), Origin.source.desc(), Origin.external_id.desc())
    )
    return {row.object_id: row for row in rows}


def note_origin(
    about: Reference,
    key: tuple[str, str],
    *,
    version: int,
    digest: str,
    unresolved: dict[str, str],
    known: Origin | None,
) -> None:
    """Note, inside the open transaction, what a list said of a thing; ``known`` is what stood."""
    if known is None:
        source, external_id = key
        known = Origin(kind=about.kind, source=source, external_id=external_id, object_id=about.id)
        db.session.add(known)
    known.version, known.digest, known.unresolved = version, digest, unresolved
    known.at = clock.now()


@dataclass(frozen=True, slots=True)
class Told:
    """What a list said of a thing that has this version now, and what of it is not known here."""

    about: Reference
    key: tuple[str, str]
    version: int
    digest: str
    unresolved: dict[str, str]


def note_origins(told: Iterable[Told], known: Mapping[tuple[str, str], Origin]) -> None:
    """Note what a list said of many things, where that is news: not of what is at home here."""
    for one in told:
        origin = known.get(one.key)
        if origin is None and own_number(*one.key) is not None:
            continue
        stands = (one.version, one.digest, one.unresolved)
        if origin is None or (origin.version, origin.digest, origin.unresolved) != stands:
            note_origin(
                one.about,
                one.key,
                version=one.version,
                digest=one.digest,
                unresolved=one.unresolved,
                known=origin,
            )


def own_source() -> str:
    """What the lists that this site exports are called: its own host."""
    return urlsplit(settings().base_url).hostname or "localhost"


def own_number(source: str, external_id: str) -> int | None:
    """The number of a thing of this site, where a list says that it is at home here."""
    if source != own_source() or not external_id.isascii() or not external_id.isdigit():
        return None
    return int(external_id) if len(external_id) < 10 else None
