"""Where a draft stands: one form of one member."""

from __future__ import annotations

from core.references import Reference

_OPENING = "new:"
_GENERAL = "general"
_SPACE = "space"


def reply_place(thread_id: int) -> str:
    """The form below a discussion."""
    return f"thread:{thread_id}"


def opening_place(subject: Reference | None, space_id: int | None) -> str:
    """The form of a new discussion, on a thing, in a space, or in the general forum."""
    if space_id is not None:
        return f"{_OPENING}{Reference(_SPACE, space_id)}"
    return f"{_OPENING}{_GENERAL if subject is None else subject}"


def opening_at(place: str) -> tuple[Reference | None, int | None] | None:
    """What ``opening_place`` was made of; None where the place is no such form."""
    if not place.startswith(_OPENING):
        return None
    rest = place.removeprefix(_OPENING)
    if rest == _GENERAL:
        return None, None
    reference = Reference.parse(rest)
    return (None, reference.id) if reference.kind == _SPACE else (reference, None)
