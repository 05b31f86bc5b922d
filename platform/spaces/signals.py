"""What happens to private spaces: they open, and people get and lose the key."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from core.signals import Fact


@dataclass(frozen=True, kw_only=True)
class SpaceOpened(Fact):
    """A private place was made; nobody may enter it yet."""

    kind: ClassVar[str] = "space"
    subject_field: ClassVar[str] = "space_id"

    space_id: int


@dataclass(frozen=True, kw_only=True)
class SpaceGranted(Fact):
    """A body's people, or one member, may enter from now on; exactly one of the two is set."""

    kind: ClassVar[str] = "space"
    subject_field: ClassVar[str] = "space_id"

    space_id: int
    organisation_id: int | None = None
    member_id: int | None = None


@dataclass(frozen=True, kw_only=True)
class SpaceGrantEnded(Fact):
    """A body's people, or one member, may not enter any more."""

    kind: ClassVar[str] = "space"
    subject_field: ClassVar[str] = "space_id"

    space_id: int
    organisation_id: int | None = None
    member_id: int | None = None
