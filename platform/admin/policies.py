"""Who may keep the house: administrators, nobody else."""

from __future__ import annotations

from core.actor import Actor


def may_administer(actor: Actor) -> bool:
    """Open the back office and use it; what is done there asks the features' own policies, too."""
    return actor.is_administrator
