"""What administrators did to the machinery; the rest is told by the features' own facts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from core.signals import Fact


@dataclass(frozen=True, kw_only=True)
class MailHurried(Fact):
    """A mail that was waiting after a fault is to be tried again at once."""

    kind: ClassVar[str] = "mail"
    subject_field: ClassVar[str] = "mail_id"

    mail_id: int


@dataclass(frozen=True, kw_only=True)
class DeliveryHurried(Fact):
    """A row of the outbox that was waiting after a fault is to be tried again at once."""

    kind: ClassVar[str] = "outbox"
    subject_field: ClassVar[str] = "outbox_id"

    outbox_id: int


@dataclass(frozen=True, kw_only=True)
class RebuildAsked(Fact):
    """The search index is to be built again; ``generation`` is the one that served."""

    kind: ClassVar[str] = "index"
    subject_field: ClassVar[str] = "generation"

    generation: int


ALL: tuple[type[Fact], ...] = (MailHurried, DeliveryHurried, RebuildAsked)
