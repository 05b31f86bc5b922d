"""The audit trail, to be searched and read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import ColumnElement, literal, select, union_all

from admin.queries import PAGE
from core.actor import Actor
from core.clock import ROME
from core.database import db
from core.events import Event
from core.pagination import Key, Page, paginate
from core.references import Reference
from core.registry import registry
from core.text import fold
from members.models import Member
from members.queries import Person, people


@dataclass(frozen=True, slots=True)
class EventFilters:
    """``kind`` and ``name`` are ones that the registry knows; days are those of Rome."""

    kind: str = ""
    name: str = ""
    who: str = ""
    number: int | None = None
    first: date | None = None
    last: date | None = None


@dataclass(frozen=True, slots=True)
class EventLine:
    """An event as it is kept; ``actor`` is None for the system, ``subject`` what it is about."""

    id: int
    name: str
    kind: str
    object_id: int
    at: datetime
    actor: Person | None
    subject: str
    url: str | None
    changed: list[str]
    reason: str
    details: dict[str, Any]


_COLUMNS = (
    Event.id,
    Event.name,
    Event.kind,
    Event.object_id,
    Event.at,
    Event.actor_id,
    Event.changed,
    Event.reason,
    Event.details,
)


def events(
    filters: EventFilters, actor: Actor, *, after: str | None = None, before: str | None = None
) -> Page[EventLine]:
    """One page of what happened, newest first; three queries, however long."""
    found: Page[Any] = paginate(
        select(*_COLUMNS, Event.id.label("number")).where(*_conditions(filters)),
        [Key(Event.id)],
        size=PAGE,
        after=after,
        before=before,
        convert=lambda row: row,
    )
    actors = people(row.actor_id for row in found.items)
    subjects = _subjects({Reference(row.kind, row.object_id) for row in found.items}, actor)
    lines = [_line(row, actors, subjects) for row in found.items]
    return Page(lines, found.before, found.after)


def kinds() -> list[str]:
    """The kinds of things that facts are about."""
    return sorted({fact.kind for fact in registry().facts.values()})


def names() -> list[str]:
    """The facts that the site knows."""
    return sorted(registry().facts)


def _line(
    row: Any, actors: dict[int, Person], subjects: dict[Reference, tuple[str, str]]
) -> EventLine:
    title, url = subjects.get(Reference(row.kind, row.object_id), ("", None))
    return EventLine(
        id=row.id,
        name=row.name,
        kind=row.kind,
        object_id=row.object_id,
        at=row.at,
        actor=actors.get(row.actor_id),
        subject=title,
        url=url,
        changed=row.changed,
        reason=row.reason,
        details=row.details,
    )


def _subjects(wanted: set[Reference], actor: Actor) -> dict[Reference, tuple[str, str]]:
    """Title and address of what this reader may open, of all kinds in one query."""
    statements = []
    for kind, subject in registry().subjects.items():
        ids = sorted(one.id for one in wanted if one.kind == kind)
        if ids:
            slug = subject.slug_column if subject.slug_column is not None else literal("")
            statements.append(
                select(literal(kind), subject.id_column, subject.title_column, slug).where(
                    subject.id_column.in_(ids), subject.visible_to(actor)
                )
            )
    if not statements:
        return {}
    return {
        Reference(kind, number): (title, registry().subjects[kind].url(number, slug))
        for kind, number, title, slug in db.session.execute(union_all(*statements))
    }


def _conditions(filters: EventFilters) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if filters.kind:
        found.append(Event.kind == filters.kind)
    if filters.number is not None:
        found.append(Event.object_id == filters.number)
    if filters.name:
        found.append(Event.name == filters.name)
    words = fold(filters.who).split()[:6]
    if words:
        named = [Member.words.contains(f" {word}", autoescape=True) for word in words]
        found.append(Event.actor_id.in_(select(Member.id).where(*named)))
    if filters.first:
        found.append(Event.at >= _midnight(filters.first))
    if filters.last:
        found.append(Event.at < _midnight(filters.last + timedelta(days=1)))
    return found


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), tzinfo=ROME)
