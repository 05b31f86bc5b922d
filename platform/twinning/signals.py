"""What happens to twinnings and to those who take part in them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from core.signals import Fact

KIND = "twinning"


@dataclass(frozen=True, kw_only=True)
class TwinningFact(Fact):
    """Something that happened to one twinning."""

    kind: ClassVar[str] = KIND
    subject_field: ClassVar[str] = "twinning_id"

    twinning_id: int


@dataclass(frozen=True, kw_only=True)
class TwinningCreated(TwinningFact):
    """A draft was made, with its general discussion and its private space."""


@dataclass(frozen=True, kw_only=True)
class TwinningChanged(TwinningFact):
    """Texts, facts or visibility were edited; ``changed`` names the fields."""


@dataclass(frozen=True, kw_only=True)
class TwinningStateChanged(TwinningFact):
    """The twinning went from one state to another; both are values of ``TwinningState``."""

    old: str
    new: str


@dataclass(frozen=True, kw_only=True)
class ChargeTaken(TwinningFact):
    """A coordinator took charge of a proposal that had none."""


@dataclass(frozen=True, kw_only=True)
class PartnerFact(TwinningFact):
    """Something that happened to the taking part of one body; ``role``: ``ParticipationRole``."""

    participation_id: int
    organisation_id: int
    role: str


@dataclass(frozen=True, kw_only=True)
class PartnerRecorded(PartnerFact):
    """An administrator noted an acceptance from its act (*agli atti*)."""


@dataclass(frozen=True, kw_only=True)
class PartnerInvited(PartnerFact):
    """A body was asked to take part; only the people concerned know of it."""


@dataclass(frozen=True, kw_only=True)
class PartnerAccepted(PartnerFact):
    """The body's contact person said yes: from now on it takes part."""


@dataclass(frozen=True, kw_only=True)
class PartnerRefused(PartnerFact):
    """The body's contact person said no; ``reason`` is the note to who asked."""


@dataclass(frozen=True, kw_only=True)
class PartnerLeft(PartnerFact):
    """The body's contact person took it out again; a twinning that lost an end is suspended."""


@dataclass(frozen=True, kw_only=True)
class PartnerWithdrawn(PartnerFact):
    """An administrator took a body out, or its invitation was taken back."""


ALL: tuple[type[Fact], ...] = (
    TwinningCreated,
    TwinningChanged,
    TwinningStateChanged,
    ChargeTaken,
    PartnerRecorded,
    PartnerInvited,
    PartnerAccepted,
    PartnerRefused,
    PartnerLeft,
    PartnerWithdrawn,
)
