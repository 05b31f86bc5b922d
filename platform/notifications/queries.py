"""Reading the mail queue."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, select

from core.database import db
from core.events import Event
from notifications.models import MailState, QueuedMail


def event_of(mail: QueuedMail) -> Event:
    """What the mail tells of."""
    return db.session.get_one(Event, mail.event_id)


def next_due(moment: datetime) -> Select[Any]:
    """A statement that selects the mail that is due longest."""
    return (
        select(QueuedMail)
        .where(QueuedMail.state == MailState.QUEUED, QueuedMail.due_at <= moment)
        .order_by(QueuedMail.due_at, QueuedMail.id)
        .limit(1)
    )


def queue_sizes() -> dict[MailState, int]:
    """How many mails there are in each state."""
    rows = db.session.execute(
        select(QueuedMail.state, func.count()).group_by(QueuedMail.state)
    ).all()
    counts = dict.fromkeys(MailState, 0)
    counts.update((state, count) for state, count in rows)
    return counts
