"""Who keeps the place clean, and who may ask for it."""

from __future__ import annotations

from sqlalchemy import ColumnElement, false

from core.actor import Actor, Role
from moderation.models import Report


def may_moderate(actor: Actor) -> bool:
    """Clear, refuse and hide; what a moderator may not read is not there for the moderator."""
    return actor.has(Role.MODERATOR, Role.ADMINISTRATOR)


def own_reports_of(actor: Actor) -> ColumnElement[bool]:
    """The reports that the actor made: nobody else but moderators knows of them."""
    return false() if actor.is_visitor else Report.reporter_id == actor.member_id
