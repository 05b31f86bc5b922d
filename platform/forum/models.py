"""A thread hangs on a subject by reference, or stands in the general forum; posts are Markdown."""

from __future__ import annotations

from enum import StrEnum

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.database import Model, Moment, Numbered
from core.versions import Versioned
from members.models import Member
from organisations.models import Organisation


class ThreadState(StrEnum):
    """``held``: its opener may not publish unread yet; the first cleared post opens it.

    Until then only its author and moderators see it, title included.
    """

    HELD = "held"
    OPEN = "open"
    CLOSED = "closed"
    REMOVED = "removed"


class PostState(StrEnum):
    """``held`` waits for a moderator: only its author and moderators see it, nobody is told.

    ``hidden`` is what a moderator refused or took away, with ``decision_reason``; the same people
    see it. ``removed`` is what its author took back: nobody sees it.
    """

    HELD = "held"
    VISIBLE = "visible"
    HIDDEN = "hidden"
    REMOVED = "removed"


class Thread(Numbered, Versioned, Model):
    """A discussion. The counters speak of visible posts only and are kept by the services.

    ``subject_kind``/``subject_id`` are None in the general forum; ``space_id`` makes it private.
    ``introduction`` is not a post and is not counted. ``version`` is raised by everything that
    changes what readers see of the thread, posts included.
    """

    __tablename__ = "threads"
    __table_args__ = (
        Index(None, "subject_kind", "subject_id", "last_at"),
        Index(None, "last_at", "id"),
        {"sqlite_autoincrement": True},
    )

    title: Mapped[str] = mapped_column(String(200))
    introduction: Mapped[str] = mapped_column(Text, default="")
    introduction_html: Mapped[str] = mapped_column(Text, default="")
    lang: Mapped[str] = mapped_column(String(2), default="it")
    subject_kind: Mapped[str | None] = mapped_column(String(40))
    subject_id: Mapped[int | None]
    space_id: Mapped[int | None] = mapped_column(ForeignKey("spaces.id"))
    state: Mapped[ThreadState] = mapped_column(default=ThreadState.OPEN)
    pinned: Mapped[bool] = mapped_column(default=False)
    author_id: Mapped[int | None] = mapped_column(ForeignKey("members.id"), index=True)
    opened_at: Mapped[Moment]
    last_at: Mapped[Moment]
    closed_at: Mapped[Moment | None]
    closed_by_id: Mapped[int | None] = mapped_column(ForeignKey("members.id"))
    closed_for_id: Mapped[int | None] = mapped_column(ForeignKey("organisations.id"))
    post_count: Mapped[int] = mapped_column(default=0)
    participant_count: Mapped[int] = mapped_column(default=0)

    author: Mapped[Member | None] = relationship(foreign_keys=[author_id])


class Post(Numbered, Versioned, Model):
    """A message; ``number`` counts within its thread and never changes.

    ``published_at`` is when readers saw it first; an edit that must be read again leaves it.
    """

    __tablename__ = "posts"
    __table_args__ = (
        UniqueConstraint("thread_id", "number"),
        # Covers the counters and the list of participants, which then need not read the texts.
        Index(None, "thread_id", "state", "number", "author_id", "published_at"),
        Index(None, "author_id", "thread_id"),
        Index(None, "state", "id"),
        {"sqlite_autoincrement": True},
    )

    thread_id: Mapped[int] = mapped_column(ForeignKey("threads.id"))
    number: Mapped[int]
    author_id: Mapped[int | None] = mapped_column(ForeignKey("members.id"))
    on_behalf_of_id: Mapped[int | None] = mapped_column(ForeignKey("organisations.id"))
    reply_to_id: Mapped[int | None] = mapped_column(ForeignKey("posts.id"))
    text: Mapped[str] = mapped_column(Text)
    html: Mapped[str] = mapped_column(Text)
    renderer: Mapped[int]
    lang: Mapped[str] = mapped_column(String(2), default="it")
    state: Mapped[PostState]
    held_because: Mapped[str] = mapped_column(String(200), default="")
    created_at: Mapped[Moment]
    updated_at: Mapped[Moment]
    edited_at: Mapped[Moment | None]
    published_at: Mapped[Moment | None]
    decided_at: Mapped[Moment | None]
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("members.id"))
    decision_reason: Mapped[str] = mapped_column(String(1000), default="")

    thread: Mapped[Thread] = relationship()
    author: Mapped[Member | None] = relationship(foreign_keys=[author_id])
    on_behalf_of: Mapped[Organisation | None] = relationship(foreign_keys=[on_behalf_of_id])
