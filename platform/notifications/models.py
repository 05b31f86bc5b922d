"""Who is told of what: one row per member and event under a unique key; nothing comes twice."""

from __future__ import annotations

from enum import StrEnum

from sqlalchemy import ForeignKey, Index, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.contracts import Concern
from core.database import Code, Model, Moment, Numbered


class MailState(StrEnum):
    """``none``: shown on the site alone; ``dropped``: when it was to be sent there was nothing to
    say any more, or the member did not want it."""

    NONE = "none"
    QUEUED = "queued"
    SENT = "sent"
    DROPPED = "dropped"


class Notification(Numbered, Model):
    """That a member is to be told of an event, by ``rule``, the most urgent one that matched.

    ``state``, ``due_at``, ``attempts``, ``sent_at`` and ``error`` are those of the mail, which is
    built when it is sent. ``about`` is what the line on the site leads to and depends on, None
    where there is only the mail; lines stand together by ``place``. ``by_id`` did it.
    """

    __tablename__ = "notifications"
    __table_args__ = (
        UniqueConstraint("event_id", "member_id"),
        Index(None, "state", "due_at", "id"),
        Index(None, "member_id", "read_at", "about_kind", "about_id"),
        {"sqlite_autoincrement": True},
    )

    event_id: Mapped[int] = mapped_column(ForeignKey("events.id"))
    member_id: Mapped[int] = mapped_column(ForeignKey("members.id"))
    rule: Mapped[Code]
    about_kind: Mapped[Code | None]
    about_id: Mapped[int | None]
    place_kind: Mapped[Code | None]
    place_id: Mapped[int | None]
    by_id: Mapped[int | None]
    made_at: Mapped[Moment]
    read_at: Mapped[Moment | None]
    state: Mapped[MailState] = mapped_column(default=MailState.QUEUED)
    due_at: Mapped[Moment]
    attempts: Mapped[int] = mapped_column(default=0)
    sent_at: Mapped[Moment | None]
    error: Mapped[str] = mapped_column(Text, default="")


class Follow(Numbered, Model):
    """That a member wants to know what happens to a thing."""

    __tablename__ = "follows"
    __table_args__ = (
        UniqueConstraint("member_id", "kind", "object_id"),
        Index(None, "kind", "object_id"),
        {"sqlite_autoincrement": True},
    )

    member_id: Mapped[int] = mapped_column(ForeignKey("members.id"))
    kind: Mapped[Code]
    object_id: Mapped[int]
    since: Mapped[Moment]


class UnwantedMail(Model):
    """That a member gets no mail for this reason; on the site the notices stand all the same."""

    __tablename__ = "unwanted_mails"

    member_id: Mapped[int] = mapped_column(ForeignKey("members.id"), primary_key=True)
    concern: Mapped[Concern] = mapped_column(primary_key=True)
    since: Mapped[Moment]
