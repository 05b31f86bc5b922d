"""The audit trail: one append-only row for each fact, written with what it tells of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core import clock
from core.database import Code, Model, Moment, Numbered, db
from core.registry import registry
from core.signals import Fact
from core.transactions import in_transaction


class Event(Numbered, Model):
    """A fact as it is kept. Nothing changes or deletes these rows."""

    __tablename__ = "events"
    __table_args__ = (
        Index(None, "kind", "object_id", "id"),
        Index(None, "actor_id", "id"),
        {"sqlite_autoincrement": True},
    )

    name: Mapped[str] = mapped_column(String(80))
    kind: Mapped[Code]
    object_id: Mapped[int]
    actor_id: Mapped[int | None]
    on_behalf_of_id: Mapped[int | None]
    at: Mapped[Moment]
    changed: Mapped[list[str]] = mapped_column(JSON)
    reason: Mapped[str] = mapped_column(Text, default="")
    details: Mapped[dict[str, Any]] = mapped_column(JSON)


class OutboxRow(Numbered, Model):
    """What one consumer still has to do about one event."""

    __tablename__ = "outbox"
    __table_args__ = (
        UniqueConstraint("event_id", "consumer"),
        Index(None, "consumer", "due_at", "id"),
        {"sqlite_autoincrement": True},
    )

    event_id: Mapped[int] = mapped_column(ForeignKey("events.id"))
    consumer: Mapped[Code]
    due_at: Mapped[Moment]
    attempts: Mapped[int] = mapped_column(default=0)
    error: Mapped[str] = mapped_column(Text, default="")


def announce(fact: Fact) -> Event:
    """Write the fact to the audit trail and to the outbox of everyone who wants it.

    Must be called inside the transaction that makes the fact true, after its rows were flushed,
    so that either all of it is kept or nothing.
    """
    return announce_all([fact])[0]


def announce_all(facts: Sequence[Fact]) -> list[Event]:
    """The same for many facts, in their order, with few statements."""
    if not in_transaction():
        names = ", ".join(sorted({fact.name for fact in facts}))
        raise RuntimeError(f"{names} was announced outside a transaction")
    moment = clock.now()
    events = [_event(fact, moment) for fact in facts]
    db.session.add_all(events)
    db.session.flush()
    consumers = registry().consumers.values()
    db.session.add_all(
        OutboxRow(event_id=event.id, consumer=consumer.name, due_at=moment)
        for fact, event in zip(facts, events, strict=True)
        for consumer in consumers
        if consumer.wants(fact)
    )
    return events


def _event(fact: Fact, moment: datetime) -> Event:
    return Event(
        name=fact.name,
        kind=fact.about.kind,
        object_id=fact.about.id,
        actor_id=fact.by_id,
        on_behalf_of_id=fact.on_behalf_of_id,
        at=moment,
        changed=list(fact.changed),
        reason=fact.reason,
        details=fact.details(),
    )


def fact_of(event: Event) -> Fact | None:
    """Rebuild the fact of a row, or None where its type is not known any more."""
    return rebuild_fact(
        event.name,
        event.details,
        by_id=event.actor_id,
        on_behalf_of_id=event.on_behalf_of_id,
        reason=event.reason,
        changed=tuple(event.changed),
    )


def rebuild_fact(name: str, details: Mapping[str, Any], **envelope: Any) -> Fact | None:
    fact_type = registry().facts.get(name)
    if fact_type is None:
        return None
    known = {k: tuple(v) if isinstance(v, list) else v for k, v in details.items()}
    fields: dict[str, Any] = {**known, **envelope}
    return fact_type(**fields)
