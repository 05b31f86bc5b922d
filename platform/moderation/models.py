"""What readers report, by reference: each report is one reader's word about one thing."""

from __future__ import annotations

from enum import StrEnum

from sqlalchemy import Column, ForeignKey, Index, String, Text
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
