"""Reading notices, what is followed, and which mails are not wanted."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Select, and_, func, or_, select

from core.contracts import Concern
from core.database import db
from core.events import Event
from core.references import Reference
from notifications.models import Follow, MailState, Notification, UnwantedMail


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


def followers_of(*references: Reference | None) -> frozenset[int]:
    """The members who follow any of these things."""
    wanted = [reference for reference in references if reference is not None]
    if not wanted:
        return frozenset()
    return frozenset(
        db.session.scalars(select(Follow.member_id).where(or_(*map(_is_about, wanted))))
    )


def is_following(member_id: int | None, reference: Reference) -> bool:
    """Whether the member follows this very thing."""
    if member_id is None:
        return False
    found = select(Follow.id).where(Follow.member_id == member_id, _is_about(reference))
    return db.session.scalar(found) is not None


def unwanted(member_id: int) -> frozenset[Concern]:
    """For which reasons the member gets no mail."""
    return frozenset(
        db.session.scalars(select(UnwantedMail.concern).where(UnwantedMail.member_id == member_id))
    )


def _is_about(reference: Reference) -> Any:
    return and_(Follow.kind == reference.kind, Follow.object_id == reference.id)
