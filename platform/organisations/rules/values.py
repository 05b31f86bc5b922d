"""What an administrator writes of a body, brought into one form."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from core.domain import Refused
from core.text import normalise
from organisations.models import Level, Nature, Organisation

IPA_CODE = re.compile(r"[A-Za-z0-9_-]*")

# The countries of the Union, of the free trade area and those that wait for the Union.
COUNTRIES = (
    "IT AL AT BA BE BG CH CY CZ DE DK EE ES FI FR GE GR HR HU IE IS LI LT LU LV MD ME MK MT NL NO"
    " PL PT RO RS SE SI SK TR UA XK"
).split()


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


def is_web_address(text: str) -> bool:
    """Whether this is an http(s) address of a host with a dot: nothing that a browser would run."""
    try:
        parts = urlsplit(text)
        return (
            parts.scheme in ("http", "https")
            and "." in (parts.hostname or "")
            and not any(character.isspace() for character in text)
            and parts.username is None
            and (parts.port is None or parts.port > 0)
        )
    except ValueError:
        return False
