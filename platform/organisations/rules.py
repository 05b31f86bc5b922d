"""What an administrator writes of a body, brought into one form."""

from __future__ import annotations

from dataclasses import dataclass

from core.domain import Refused
from core.text import normalise
from organisations.models import Level, Nature, Organisation


@dataclass(frozen=True, slots=True, kw_only=True)
class OrganisationValues:
    """What an administrator writes of a body. Texts are brought into one form."""

    name: str
    nature: Nature
    level: Level
    acronym: str = ""
    ipa_code: str | None = None
    territory_id: int | None = None
    country: str = "IT"
    website: str = ""

    def __post_init__(self) -> None:
        for name in ("name", "acronym", "ipa_code", "website"):
            text = " ".join(normalise(getattr(self, name) or "").split())
            object.__setattr__(self, name, text or (None if name == "ipa_code" else ""))
        if not self.name:
            raise Refused("name_missing")


def values_of(organisation: Organisation) -> OrganisationValues:
    """What stands in the register, in the form in which it is written."""
    return OrganisationValues(
        name=organisation.name,
        nature=organisation.nature,
        level=organisation.level,
        acronym=organisation.acronym,
        ipa_code=organisation.ipa_code,
        territory_id=organisation.territory_id,
        country=organisation.country,
        website=organisation.website,
    )
