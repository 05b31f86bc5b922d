"""The mail queue: one row per member and event under a unique key, so that none goes twice."""

from __future__ import annotations

from enum import StrEnum

from sqlalchemy import ForeignKey, Index, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.database import Code, Model, Moment, Numbered


class MailState(StrEnum):
    """``dropped``: when it was to be sent there was nothing to say any more."""

    QUEUED = "queued"
    SENT = "sent"
    DROPPED = "dropped"


class QueuedMail(Numbered, Model):
    """That a member is to be told of an event; the mail itself is built when it is sent."""

    __tablename__ = "queued_mails"
    __table_args__ = (
        UniqueConstraint("event_id", "member_id", "rule"),
        Index(None, "state", "due_at", "id"),
        {"sqlite_autoincrement": True},
    )

    event_id: Mapped[int] = mapped_column(ForeignKey("events.id"))
    member_id: Mapped[int] = mapped_column(ForeignKey("members.id"), index=True)
    rule: Mapped[Code]
    state: Mapped[MailState] = mapped_column(default=MailState.QUEUED)
    queued_at: Mapped[Moment]
    due_at: Mapped[Moment]
    attempts: Mapped[int] = mapped_column(default=0)
    sent_at: Mapped[Moment | None]
    error: Mapped[str] = mapped_column(Text, default="")
