"""What is under way: mails, the outbox."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from admin.queries import PAGE
from core.database import db
from core.events import Event, OutboxRow
from core.pagination import Key, Page, paginate
from members.models import Member
from notifications.models import MailState, Notification


@dataclass(frozen=True, slots=True)
class MailRow:
    """A mail of the queue; ``name`` is who it goes to, or in whose name it goes out."""

    id: int
    rule: str
    state: MailState
    name: str
    attempts: int
    made_at: datetime
    due_at: datetime
    sent_at: datetime | None
    error: str


@dataclass(frozen=True, slots=True)
class DeliveryRow:
    """What a consumer has still to do about an event."""

    id: int
    consumer: str
    event_id: int
    event: str
    at: datetime
    attempts: int
    due_at: datetime
    error: str


def mails(
    state: MailState | None, *, after: str | None = None, before: str | None = None
) -> Page[MailRow]:
    """One page of mails, newest first; what is told on the site alone is none."""
    columns = (
        Notification.id,
        Notification.rule,
        Notification.state,
        Member.name,
        Notification.attempts,
        Notification.made_at,
        Notification.due_at,
        Notification.sent_at,
        Notification.error,
    )
    wanted = Notification.state == state if state else Notification.state != MailState.NONE
    return paginate(
        select(*columns, Notification.id.label("number"))
        .join(Member, Member.id == Notification.member_id)
        .where(wanted),
        [Key(Notification.id)],
        size=PAGE,
        after=after,
        before=before,
        convert=lambda row: MailRow(*row[: len(columns)]),
    )


def deliveries(
    consumer: str = "", *, after: str | None = None, before: str | None = None
) -> Page[DeliveryRow]:
    """One page of the outbox, oldest first."""
    columns = (
        OutboxRow.id,
        OutboxRow.consumer,
        OutboxRow.event_id,
        Event.name,
        Event.at,
        OutboxRow.attempts,
        OutboxRow.due_at,
        OutboxRow.error,
    )
    wanted = [OutboxRow.consumer == consumer] if consumer else []
    return paginate(
        select(*columns, OutboxRow.id.label("number"))
        .join(Event, Event.id == OutboxRow.event_id)
        .where(*wanted),
        [Key(OutboxRow.id, descending=False)],
        size=PAGE,
        after=after,
        before=before,
        convert=lambda row: DeliveryRow(*row[: len(columns)]),
    )


def has_mail(number: int) -> bool:
    """Whether there is a mail of this number, in whatever state."""
    state = db.session.scalar(select(Notification.state).where(Notification.id == number))
    return state is not None and state is not MailState.NONE


def failing(limit: int = 5) -> list[DeliveryRow]:
    """The rows of search's outbox that failed, the one tried most first."""
    columns = (
        OutboxRow.id,
        OutboxRow.consumer,
        OutboxRow.event_id,
        Event.name,
        Event.at,
        OutboxRow.attempts,
        OutboxRow.due_at,
        OutboxRow.error,
    )
    rows = db.session.execute(
        select(*columns)
        .join(Event, Event.id == OutboxRow.event_id)
        .where(OutboxRow.consumer == "search", OutboxRow.attempts > 0)
        .order_by(OutboxRow.attempts.desc(), OutboxRow.id)
        .limit(limit)
    )
    return [DeliveryRow(*row) for row in rows]
