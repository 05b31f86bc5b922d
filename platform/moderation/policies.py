"""Who keeps the place clean."""

from __future__ import annotations

from core.actor import Actor, Role


def may_moderate(actor: Actor) -> bool:
    """Clear, refuse and hide; what a moderator may not read is not there for the moderator."""
    return actor.has(Role.MODERATOR, Role.ADMINISTRATOR)
