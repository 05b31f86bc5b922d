"""What readers report, what moderators decide, and what is said against it, by reference."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, Column, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from core.database import Code, Model, Moment, Numbered


class ReportReason(StrEnum):
    """What is wrong, as the reader sees it."""

    SPAM = "spam"
    OFFENSIVE = "offensive"
    PERSONAL_DATA = "personal_data"
    WRONG = "wrong"
    OTHER = "other"


class ReportState(StrEnum):
    """``upheld``: a moderator saw to it; ``dismissed``: there was nothing to see to."""

    OPEN = "open"
    UPHELD = "upheld"
    DISMISSED = "dismissed"


class Decision(StrEnum):
    """What a moderator decides; ``hide``: uphold, and take the thing out of sight."""

    DISMISS = "dismiss"
    UPHOLD = "uphold"
    HIDE = "hide"


class Report(Numbered, Model):
    """A report. ``reporter_id`` is None for a visitor, who may leave an ``email``; ``note`` is what
    the moderator answered."""

    __tablename__ = "reports"
    __table_args__ = (
        Index(None, "state", "id"),
        Index(None, "kind", "object_id", "state"),
        # Nobody needs to say the same of the same thing twice while it waits.
        Index(
            "uq_reports_open",
            "reporter_id",
            "kind",
            "object_id",
            unique=True,
            sqlite_where=Column("state", String) == "open",
            postgresql_where=Column("state", String) == "open",
        ),
        {"sqlite_autoincrement": True},
    )

    kind: Mapped[Code]
    object_id: Mapped[int]
    reason: Mapped[ReportReason]
    text: Mapped[str] = mapped_column(Text, default="")
    reporter_id: Mapped[int | None] = mapped_column(ForeignKey("members.id"), index=True)
    email: Mapped[str] = mapped_column(String(254), default="")
    state: Mapped[ReportState] = mapped_column(default=ReportState.OPEN)
    created_at: Mapped[Moment]
    decided_at: Mapped[Moment | None]
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("members.id"))
    note: Mapped[str] = mapped_column(String(1000), default="")


class MeasureSort(StrEnum):
    """What was done about a thing or the one who wrote it."""

    REFUSED = "refused"
    HIDDEN = "hidden"
    WARNED = "warned"
    SUSPENDED = "suspended"


class AppealState(StrEnum):
    """``granted``: the measure is lifted; ``rejected``: it stands."""

    OPEN = "open"
    GRANTED = "granted"
    REJECTED = "rejected"


class Measure(Numbered, Model):
    """What a moderator did, to whom and why: the concerned member reads it and may appeal once.

    ``kind`` and ``object_id`` say what it is about: for a suspension the member. ``ends_at`` is
    the end of a suspension, None without end; ``lifted_at`` is set where it was undone.
    """

    __tablename__ = "measures"
    __table_args__ = (
        Index(None, "member_id", "id"),
        Index(None, "kind", "object_id"),
        {"sqlite_autoincrement": True},
    )

    kind: Mapped[Code]
    object_id: Mapped[int]
    member_id: Mapped[int | None] = mapped_column(ForeignKey("members.id"))
    sort: Mapped[MeasureSort]
    reason: Mapped[str] = mapped_column(String(1000))
    taken_at: Mapped[Moment]
    taken_by_id: Mapped[int | None] = mapped_column(ForeignKey("members.id"))
    ends_at: Mapped[Moment | None]
    lifted_at: Mapped[Moment | None]
    lifted_by_id: Mapped[int | None] = mapped_column(ForeignKey("members.id"))


class Appeal(Numbered, Model):
    """What the concerned member says against a measure, and the answer; one for each measure."""

    __tablename__ = "appeals"
    __table_args__ = (Index(None, "state", "id"), {"sqlite_autoincrement": True})

    measure_id: Mapped[int] = mapped_column(ForeignKey("measures.id"), unique=True)
    text: Mapped[str] = mapped_column(Text)
    made_at: Mapped[Moment]
    state: Mapped[AppealState] = mapped_column(default=AppealState.OPEN)
    answered_at: Mapped[Moment | None]
    answered_by_id: Mapped[int | None] = mapped_column(ForeignKey("members.id"))
    answer: Mapped[str] = mapped_column(String(1000), default="")


class Screening(Numbered, Model):
    """What speaks for a text being spam, as it stood when it was written.

    ``parts`` are signals with their points, which add up to ``score``; ``fingerprint`` is the same
    for texts that differ in case, accents and punctuation alone, ``""`` where they are too short.
    """

    __tablename__ = "screenings"
    __table_args__ = (
        Index("uq_screenings_about", "kind", "object_id", unique=True),
        Index(None, "author_id", "at"),
        Index(None, "fingerprint", "at"),
        {"sqlite_autoincrement": True},
    )

    kind: Mapped[Code]
    object_id: Mapped[int]
    author_id: Mapped[int | None] = mapped_column(ForeignKey("members.id"))
    score: Mapped[int]
    parts: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    fingerprint: Mapped[str] = mapped_column(String(64), default="")
    at: Mapped[Moment]


class ProfileCheck(Model):
    """That a moderator read what a member says about himself or herself, and when."""

    __tablename__ = "profile_checks"

    member_id: Mapped[int] = mapped_column(ForeignKey("members.id"), primary_key=True)
    checked_at: Mapped[Moment]
    checked_by_id: Mapped[int | None] = mapped_column(ForeignKey("members.id"))
