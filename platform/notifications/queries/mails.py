"""The mail queue, and which mails are not wanted."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, select

from core.contracts import Concern
from core.database import db
from core.events import Event
from notifications.models import MailState, Notification, UnwantedMail


def event_of(notification: Notification) -> Event:
    """What the mail tells of."""
    return db.session.get_one(Event, notification.event_id)


def next_due(moment: datetime) -> Select[Any]:
    """A statement that selects the notice whose mail is due longest."""
    return (
        select(Notification)
        .where(Notification.state == MailState.QUEUED, Notification.due_at <= moment)
        .order_by(Notification.due_at, Notification.id)
        .limit(1)
    )


def queue_sizes() -> dict[MailState, int]:
    """How many mails there are in each state."""
    rows = db.session.execute(
        select(Notification.state, func.count()).group_by(Notification.state)
    ).all()
    counts = dict.fromkeys(MailState, 0)
    counts.update((state, count) for state, count in rows)
    return counts


def unwanted(member_id: int) -> frozenset[Concern]:
    """For which reasons the member gets no mail."""
    return frozenset(
        db.session.scalars(select(UnwantedMail.concern).where(UnwantedMail.member_id == member_id))
    )
