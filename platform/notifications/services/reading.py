"""Noting which notices were read."""

from __future__ import annotations

from sqlalchemy import Update, update

from core import clock
from core.actor import Actor
from core.references import Reference
from core.transactions import transaction
from notifications.models import Notification


def mark_read(*, number: int, by: Actor) -> None:
    """One notice of the actor was read."""
    with transaction() as session:
        session.execute(_marking(by).where(Notification.id == number))


def mark_all_read(*, up_to: int, place: Reference | None = None, by: Actor) -> None:
    """All notices of the actor, or those under one thing, were read; what came after the page was
    shown (above the number ``up_to``) was not."""
    marking = _marking(by).where(Notification.id <= up_to)
    if place is not None:
        marking = marking.where(
            Notification.place_kind == place.kind, Notification.place_id == place.id
        )
    with transaction() as session:
        session.execute(marking)


def _marking(by: Actor) -> Update:
    return (
        update(Notification)
        .where(Notification.member_id == by.member_id, Notification.read_at.is_(None))
        .values(read_at=clock.now())
    )
