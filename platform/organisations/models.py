"""Bodies that take part: administrations first, but private and third-sector ones too."""

from __future__ import annotations

from enum import StrEnum

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column, validates

from core.database import Model, Moment, Numbered
from core.text import fold
from core.versions import Versioned

# The longest name in the public index has 202 characters.
LONGEST_NAME = 250
LONGEST_KEY = 250


class Nature(StrEnum):
    PUBLIC = "public"
    PRIVATE = "private"
    THIRD_SECTOR = "third_sector"


class Level(StrEnum):
    STATE = "state"
    REGION = "region"
    AUTONOMOUS_PROVINCE = "autonomous_province"
    PROVINCE = "province"
    MUNICIPALITY = "municipality"
    SOCIAL_DISTRICT = "social_district"
    SCHOOL = "school"
    AGENCY = "agency"
    OTHER = "other"


class OrganisationState(StrEnum):
    """``awaited``: somebody was asked to come and speak for it; nobody has confirmed it yet."""

    ACTIVE = "active"
    AWAITED = "awaited"
    REMOVED = "removed"


def name_key_of(name: str) -> str:
    """The name as it is sorted and compared."""
    return fold(name)[:LONGEST_KEY]


def ipa_key_of(code: str | None) -> str | None:
    """The code as it is compared: ``p_TN`` and ``p_tn`` are one body's."""
    return (code or "").casefold()[:20] or None


class Organisation(Numbered, Versioned, Model):
    """A body with its codes; ``verified_at`` tells that an administrator checked them.

    ``awaited_by_id`` is the member who invited a body that was not here, ``awaited_for_id`` who
    came to speak for it: besides administrators these two alone know of it while it is awaited.

    ``name_key``, ``words`` and ``ipa_key`` follow from what they are made of, without accents and
    case: for the order of the register, for looking a body up, and for the uniqueness of codes.
    """

    __tablename__ = "organisations"
    __table_args__ = (
        Index(None, "state", "name_key"),
        {"sqlite_autoincrement": True},
    )

    slug: Mapped[str] = mapped_column(String(100), unique=True)
    name: Mapped[str] = mapped_column(String(LONGEST_NAME))
    name_key: Mapped[str] = mapped_column(String(LONGEST_KEY), default="")
    words: Mapped[str] = mapped_column(Text, default="")
    acronym: Mapped[str] = mapped_column(String(40), default="")
    nature: Mapped[Nature]
    level: Mapped[Level]
    ipa_code: Mapped[str | None] = mapped_column(String(20))
    ipa_key: Mapped[str | None] = mapped_column(String(20), unique=True)
    territory_id: Mapped[int | None] = mapped_column(ForeignKey("territories.id"), index=True)
    country: Mapped[str] = mapped_column(String(2), default="IT")
    website: Mapped[str] = mapped_column(String(300), default="")
    state: Mapped[OrganisationState] = mapped_column(default=OrganisationState.ACTIVE)
    awaited_by_id: Mapped[int | None]
    awaited_for_id: Mapped[int | None]
    verified_at: Mapped[Moment | None]
    created_at: Mapped[Moment]
    updated_at: Mapped[Moment]

    @validates("name", "acronym", "ipa_code")
    def _make_keys(self, field: str, value: str | None) -> str | None:
        parts = {name: getattr(self, name) or "" for name in ("name", "acronym", "ipa_code")}
        parts[field] = value or ""
        self.name_key = name_key_of(parts["name"])
        self.ipa_key = ipa_key_of(parts["ipa_code"])
        # Each word with a space before it, so that "begins with" is one comparison.
        self.words = " " + " ".join(fold(part) for part in parts.values() if part)
        return value
