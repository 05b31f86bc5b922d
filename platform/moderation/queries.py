"""What waits for a moderator, of all kinds, as far as this one may read it."""

from __future__ import annotations

from dataclasses import dataclass

from core.actor import Actor
from core.contracts import HeldItem, Moderatable
from core.registry import registry
from moderation.policies import may_moderate

SHOWN = 50


@dataclass(frozen=True, slots=True)
class Queue:
    """The oldest held things, and how many there are in all."""

    items: list[HeldItem]
    total: int


def queue(actor: Actor) -> Queue:
    """The list of held things, oldest first; the kinds' own queries leave out what is private."""
    kinds = registry().moderatables.values()
    items = [item for kind in kinds for item in kind.held(actor, SHOWN)]
    items.sort(key=lambda item: item.at)
    total = len(items) if len(items) < SHOWN else sum(kind.count(actor) for kind in kinds)
    return Queue(items[:SHOWN], total)


def waiting(actor: Actor) -> int:
    """How many decisions wait for this actor; none for who does not moderate."""
    if not may_moderate(actor):
        return 0
    return sum(kind.count(actor) for kind in registry().moderatables.values())


def moderatable(kind: str) -> Moderatable | None:
    return registry().moderatables.get(kind)
