"""What happens to attachments."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from core.signals import Fact

KIND = "attachment"


@dataclass(frozen=True, kw_only=True)
class AttachmentFact(Fact):
    """Something that happened to one attachment of the thing ``thing_kind:thing_id``."""

    kind: ClassVar[str] = KIND
    subject_field: ClassVar[str] = "attachment_id"

    attachment_id: int
    thing_kind: str
    thing_id: int


@dataclass(frozen=True, kw_only=True)
class AttachmentAdded(AttachmentFact):
    """A file was hung on a thing."""


@dataclass(frozen=True, kw_only=True)
class AttachmentVersionAdded(AttachmentFact):
    """A newer file took the place of the one before, which is kept as version ``number`` - 1."""

    number: int = 1


@dataclass(frozen=True, kw_only=True)
class AttachmentChanged(AttachmentFact):
    """Its title or description was written anew; ``changed`` names which."""


@dataclass(frozen=True, kw_only=True)
class AttachmentPlaced(AttachmentFact):
    """It stands at another place among the files beside it."""


@dataclass(frozen=True, kw_only=True)
class AttachmentHidden(AttachmentFact):
    """A moderator took it out of sight, for a reason."""


@dataclass(frozen=True, kw_only=True)
class AttachmentRestored(AttachmentFact):
    """A moderator let it be seen again."""


@dataclass(frozen=True, kw_only=True)
class AttachmentRemoved(AttachmentFact):
    """It was taken away, with all its versions."""


ALL = (
    AttachmentAdded,
    AttachmentVersionAdded,
    AttachmentChanged,
    AttachmentPlaced,
    AttachmentHidden,
    AttachmentRestored,
    AttachmentRemoved,
)
