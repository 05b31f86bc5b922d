"""A thread hangs on a subject by reference, or stands in the general forum; posts are Markdown."""

from __future__ import annotations

from enum import StrEnum

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint, false, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.database import Code, Model, Moment, Numbered
from core.versions import Versioned
from members.models import Member
from organisations.models import Organisation
from taxonomy.models import Theme


class ThreadState(StrEnum):
    """``held``: its opener may not publish unread yet; the first cleared post opens it.

    Until then only its author and moderators see it, title included; so they do what moderators
    took away (``hidden``), which can come back. Of what is ``removed`` nobody sees anything.
    """

    HELD = "held"
    OPEN = "open"
    CLOSED = "closed"
    HIDDEN = "hidden"
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


class Reacting(StrEnum):
    """What readers say of a message with one click."""

    USEFUL = "useful"
    THANKS = "thanks"


def _partial(name: str, words: str, *columns: str) -> Index:
    """An index of some discussions alone: ``forum.queries`` asks for them in the same words."""
    return Index(name, *columns, sqlite_where=text(words), postgresql_where=text(words))


# How discussions stand, as statements and indexes say it: without parameters, or the databases
# could not tell that an index holds all that is asked for.
UNANSWERED = "is_answered = false AND state = 'open' AND post_count > 0"
SOLVED = "best_post_id IS NOT NULL"
CLOSED = "state = 'closed'"


class Thread(Numbered, Versioned, Model):
    """A discussion. The counters speak of visible posts only and are kept by the services.

    ``subject_kind``/``subject_id`` are None in the general forum, where there may be a theme;
    ``space_id`` makes it private. ``introduction`` is not a post and is not counted. ``version`` is
    raised by everything that changes what readers see of the thread, posts included.

    ``last_by_id`` wrote the last post; ``taking_part`` are the first people with visible posts, as
    ``rules.people_in`` reads it. ``is_answered``: somebody else than its opener wrote in it;
    ``alone_since`` is when those were told who are to see to that. ``best_post_id`` has no foreign
    key, since each of the two tables would have to be there first. ``merged_into_id`` is where the
    posts of a removed thread went. ``author_name`` is what a list calls an author who is nobody
    here.
    """

    __tablename__ = "threads"
    __table_args__ = (
        Index(None, "subject_kind", "subject_id", "pinned", "last_at", "id"),
        Index(None, "last_at", "id"),
        Index(None, "pinned", "last_at", "id"),
        Index(None, "theme_id", "last_at", "id"),
        # Lists in their order, and numbers by kind.
        *(
            _partial(f"ix_threads_{name}_{use}", words, *columns)
            for name, words in (("unanswered", UNANSWERED), ("solved", SOLVED), ("closed", CLOSED))
            for use, columns in (
                ("last", ("last_at", "id")),
                ("place", ("pinned", "last_at", "id")),
                ("kind", ("subject_kind", "theme_id")),
            )
        ),
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
    theme_id: Mapped[int | None] = mapped_column(ForeignKey("themes.id"))
    author_id: Mapped[int | None] = mapped_column(ForeignKey("members.id"), index=True)
    author_name: Mapped[str] = mapped_column(String(200), default="", server_default="")
    opened_at: Mapped[Moment]
    last_at: Mapped[Moment]
    closed_at: Mapped[Moment | None]
    closed_by_id: Mapped[int | None] = mapped_column(ForeignKey("members.id"))
    closed_for_id: Mapped[int | None] = mapped_column(ForeignKey("organisations.id"))
    post_count: Mapped[int] = mapped_column(default=0)
    participant_count: Mapped[int] = mapped_column(default=0)
    taking_part: Mapped[str] = mapped_column(Text, default="", server_default="")
    last_by_id: Mapped[int | None] = mapped_column(ForeignKey("members.id"))
    is_answered: Mapped[bool] = mapped_column(default=False, server_default=false())
    alone_since: Mapped[Moment | None]
    best_post_id: Mapped[int | None]
    merged_into_id: Mapped[int | None] = mapped_column(ForeignKey("threads.id"))

    author: Mapped[Member | None] = relationship(foreign_keys=[author_id])
    theme: Mapped[Theme | None] = relationship()


class Post(Numbered, Versioned, Model):
    """A message; ``number`` counts within its thread and changes only where the post is moved.

    ``published_at`` is when readers saw it first; an edit that must be read again leaves it.
    """

    __tablename__ = "posts"
    __table_args__ = (
        UniqueConstraint("thread_id", "number"),
        # Covers the counters and the list of participants, which then need not read the texts.
        Index(
            "ix_posts_counted",
            *("thread_id", "state", "number", "author_id", "author_name", "published_at"),
        ),
        Index(None, "thread_id", "created_at"),
        Index(None, "author_id", "thread_id"),
        Index(None, "state", "id"),
        {"sqlite_autoincrement": True},
    )

    thread_id: Mapped[int] = mapped_column(ForeignKey("threads.id"))
    number: Mapped[int]
    author_id: Mapped[int | None] = mapped_column(ForeignKey("members.id"))
    author_name: Mapped[str] = mapped_column(String(200), default="", server_default="")
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


class PostMove(Numbered, Model):
    """Where a post stood before it was moved: its old address leads on. Numbers are not reused."""

    __tablename__ = "post_moves"
    __table_args__ = (UniqueConstraint("thread_id", "number"), {"sqlite_autoincrement": True})

    post_id: Mapped[int] = mapped_column(ForeignKey("posts.id"), index=True)
    thread_id: Mapped[int] = mapped_column(ForeignKey("threads.id"))
    number: Mapped[int]
    moved_at: Mapped[Moment]


class Reaction(Model):
    """That a member finds a post useful, or is thankful for it: once each."""

    __tablename__ = "reactions"
    __table_args__ = (Index(None, "member_id", "post_id"),)

    post_id: Mapped[int] = mapped_column(ForeignKey("posts.id"), primary_key=True)
    kind: Mapped[Reacting] = mapped_column(primary_key=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("members.id"), primary_key=True)
    at: Mapped[Moment]


class ReadMark(Model):
    """How far a member has read a thread: up to and with this number. Nobody else's affair."""

    __tablename__ = "read_marks"
    __table_args__ = (Index(None, "thread_id"),)

    member_id: Mapped[int] = mapped_column(ForeignKey("members.id"), primary_key=True)
    thread_id: Mapped[int] = mapped_column(ForeignKey("threads.id"), primary_key=True)
    number: Mapped[int]
    at: Mapped[Moment]


class PostLink(Model):
    """That a message links to a thing of the house: ``path`` as it stands in the message.

    Noted when the message is written; who may see what it leads to is asked when it is read.
    """

    __tablename__ = "post_links"
    __table_args__ = (Index(None, "kind", "object_id"),)

    post_id: Mapped[int] = mapped_column(ForeignKey("posts.id"), primary_key=True)
    path: Mapped[str] = mapped_column(String(300), primary_key=True)
    kind: Mapped[Code]
    object_id: Mapped[int]


class PostMention(Model):
    """That a message names a member, by the ``slug`` that it was written with."""

    __tablename__ = "post_mentions"

    post_id: Mapped[int] = mapped_column(ForeignKey("posts.id"), primary_key=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("members.id"), primary_key=True, index=True)
    slug: Mapped[str] = mapped_column(String(100))


class PostDraft(Numbered, Model):
    """What a member has typed and not sent: a reply, or a new discussion.

    ``place`` says where, and is one form to each member: ``thread:12``, or ``new:`` with what the
    discussion is to hang on. ``typed`` is JSON, escaped: it may hold signs that are refused when it
    is sent. ``version`` counts the savings, so that two browsers notice each other.
    """

    __tablename__ = "post_drafts"
    __table_args__ = (
        UniqueConstraint("member_id", "place"),
        Index(None, "member_id", "at"),
        {"sqlite_autoincrement": True},
    )

    member_id: Mapped[int] = mapped_column(ForeignKey("members.id"))
    place: Mapped[str] = mapped_column(String(80))
    thread_id: Mapped[int | None] = mapped_column(ForeignKey("threads.id"), index=True)
    typed: Mapped[str] = mapped_column(Text)
    version: Mapped[int] = mapped_column(default=1)
    at: Mapped[Moment]
