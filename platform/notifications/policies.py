"""Who may follow and be told: every member, of what the member may open."""

from __future__ import annotations

from core.actor import Actor


def may_follow(actor: Actor) -> bool:
    """Whoever has an account; what may be followed is what may be opened."""
    return not actor.is_visitor
