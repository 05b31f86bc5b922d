"""Who may open what, as every engine asks it."""

from __future__ import annotations

from collections.abc import Iterable

from core.actor import Actor
from core.references import Reference
from core.subjects import openable


def opened(kind: str, ids: Iterable[int], actor: Actor) -> set[int]:
    """Those of the things of this kind that the actor may open."""
    return {one.id for one in openable([Reference(kind, number) for number in ids], actor)}
