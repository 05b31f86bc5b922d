"""What happens to the bodies of the register."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from core.signals import Fact

KIND = "organisation"


@dataclass(frozen=True, kw_only=True)
class OrganisationFact(Fact):
    """Something that happened to one body."""

    kind: ClassVar[str] = KIND
    subject_field: ClassVar[str] = "organisation_id"

    organisation_id: int


@dataclass(frozen=True, kw_only=True)
class OrganisationCreated(OrganisationFact):
    """An administrator entered the body in the register."""


@dataclass(frozen=True, kw_only=True)
class OrganisationAwaited(OrganisationFact):
    """Somebody named a body that is not here, to invite it; nobody else knows of it."""


@dataclass(frozen=True, kw_only=True)
class OrganisationAdmitted(OrganisationFact):
    """An administrator confirmed an awaited body: it is in the register from now on."""


@dataclass(frozen=True, kw_only=True)
class OrganisationChanged(OrganisationFact):
    """An administrator corrected its entry; ``changed`` names the fields."""


@dataclass(frozen=True, kw_only=True)
class OrganisationVerified(OrganisationFact):
    """An administrator held name and codes against the public index (IPA)."""


@dataclass(frozen=True, kw_only=True)
class OrganisationRemoved(OrganisationFact):
    """An administrator took the body out of the register; ``reason`` says why."""


ALL: tuple[type[OrganisationFact], ...] = (
    OrganisationCreated,
    OrganisationAwaited,
    OrganisationAdmitted,
    OrganisationChanged,
    OrganisationVerified,
    OrganisationRemoved,
)
