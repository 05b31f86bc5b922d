"""Twinnings and who takes part in them."""

from __future__ import annotations

from datetime import date
from enum import StrEnum

from sqlalchemy import Column, ForeignKey, Index, String, Table, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.database import Model, Moment, Numbered
from core.versions import Versioned
from members.models import Member
from organisations.models import Organisation
from practices.models import Practice
from taxonomy.models import Programme, Theme


class TwinningState(StrEnum):
    DRAFT = "draft"
    PROPOSED = "proposed"
    CHANGES_REQUESTED = "changes_requested"
    REJECTED = "rejected"
    ACTIVE = "active"
    SUSPENDED = "suspended"
    CONCLUDED = "concluded"
    ARCHIVED = "archived"
    REMOVED = "removed"


class TwinningVisibility(StrEnum):
    PUBLIC = "public"
    PARTNERS = "partners"


class ParticipationRole(StrEnum):
    """Giver (*offerente*), receiver (*destinataria*), coordinator, national level."""

    GIVER = "giver"
    RECEIVER = "receiver"
    COORDINATOR = "coordinator"
    NATIONAL = "national"


class ParticipationState(StrEnum):
    """``on_record`` (*agli atti*): an administrator noted the acceptance of a past twinning."""

    INVITED = "invited"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    ON_RECORD = "on_record"


twinning_themes = Table(
    "twinning_themes",
    Model.metadata,
    Column("twinning_id", ForeignKey("twinnings.id"), primary_key=True),
    Column("theme_id", ForeignKey("themes.id"), primary_key=True, index=True),
)


class Twinning(Numbered, Versioned, Model):
    """A twinning. Texts are Markdown, each beside its rendered ``…_html``."""

    __tablename__ = "twinnings"
    __table_args__ = (
        Index(None, "state", "visibility", "updated_at", "id"),
        {"sqlite_autoincrement": True},
    )

    slug: Mapped[str] = mapped_column(String(100), unique=True)
    title: Mapped[str] = mapped_column(String(200))
    acronym: Mapped[str] = mapped_column(String(40), default="")
    summary: Mapped[str] = mapped_column(String(500), default="")
    solution: Mapped[str] = mapped_column(Text, default="")
    objectives: Mapped[str] = mapped_column(Text, default="")
    results: Mapped[str] = mapped_column(Text, default="")
    solution_html: Mapped[str] = mapped_column(Text, default="")
    objectives_html: Mapped[str] = mapped_column(Text, default="")
    results_html: Mapped[str] = mapped_column(Text, default="")
    lang: Mapped[str] = mapped_column(String(2), default="it")
    state: Mapped[TwinningState] = mapped_column(default=TwinningState.DRAFT)
    visibility: Mapped[TwinningVisibility] = mapped_column(default=TwinningVisibility.PUBLIC)
    programme_id: Mapped[int | None] = mapped_column(ForeignKey("programmes.id"), index=True)
    practice_id: Mapped[int | None] = mapped_column(ForeignKey("practices.id"), index=True)
    space_id: Mapped[int | None] = mapped_column(ForeignKey("spaces.id"))
    coordinator_id: Mapped[int | None] = mapped_column(ForeignKey("members.id"), index=True)
    proposer_id: Mapped[int | None] = mapped_column(ForeignKey("members.id"), index=True)
    funding: Mapped[str] = mapped_column(String(200), default="")
    starts_on: Mapped[date | None]
    ends_on: Mapped[date | None]
    created_at: Mapped[Moment]
    updated_at: Mapped[Moment]
    published_at: Mapped[Moment | None]

    programme: Mapped[Programme | None] = relationship()
    practice: Mapped[Practice | None] = relationship()
    coordinator: Mapped[Member | None] = relationship(foreign_keys=[coordinator_id])
    themes: Mapped[list[Theme]] = relationship(secondary=twinning_themes)
    participations: Mapped[list[Participation]] = relationship(back_populates="twinning")


class Participation(Numbered, Model):
    """That a body takes part in a role; shown to others only once it was accepted."""

    __tablename__ = "participations"
    __table_args__ = (
        UniqueConstraint("twinning_id", "organisation_id", "role"),
        Index(None, "organisation_id", "state"),
        {"sqlite_autoincrement": True},
    )

    twinning_id: Mapped[int] = mapped_column(ForeignKey("twinnings.id"))
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"))
    role: Mapped[ParticipationRole]
    state: Mapped[ParticipationState] = mapped_column(default=ParticipationState.INVITED)
    unit: Mapped[str] = mapped_column(
        String(200), default="", comment="the office of the body that does the work"
    )
    contact_id: Mapped[int | None] = mapped_column(ForeignKey("members.id"))
    invited_at: Mapped[Moment]
    invited_by_id: Mapped[int | None] = mapped_column(ForeignKey("members.id"))
    message: Mapped[str] = mapped_column(
        String(1000), default="", comment="what the invitation says to the body"
    )
    answered_at: Mapped[Moment | None]
    answered_by_id: Mapped[int | None] = mapped_column(ForeignKey("members.id"))
    act: Mapped[str] = mapped_column(
        String(300),
        default="",
        comment="the act from which a past acceptance was recorded",
    )
    note: Mapped[str] = mapped_column(
        String(1000), default="", comment="what the body answered, or why it left"
    )

    twinning: Mapped[Twinning] = relationship(back_populates="participations")
    organisation: Mapped[Organisation] = relationship()
    contact: Mapped[Member | None] = relationship(foreign_keys=[contact_id])
