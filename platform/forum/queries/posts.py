"""One message at hand: where it stands, what was written."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask_babel import gettext
from sqlalchemy import ColumnElement, Select, bindparam, case, func, select
from sqlalchemy.orm import aliased

from core.actor import Actor
from core.database import db
from core.references import Reference
from core.statements import ask
from core.text import shorten
from forum.models import Post, PostMention, PostState, Thread, ThreadState
from forum.policies import post_visible_to, visible_to
from forum.queries.head import permalink
from forum.queries.words import gone_words, note_columns, readable_html, withheld_in
from forum.rules.reading import without_quotations, without_quotes_of
from members.queries import people

LONGEST_QUOTE = 600


@dataclass(frozen=True, slots=True, kw_only=True)
class PostHead:
    """A message with its source, for its author and for moderators."""

    id: int
    number: int
    text: str
    html: str
    lang: str
    state: PostState
    author_id: int | None
    created_at: datetime
    version: int
    thread_id: int
    thread_title: str
    thread_state: ThreadState

    @property
    def url(self) -> str:
        return permalink(self.thread_id, self.number)


@dataclass(frozen=True, slots=True)
class ReplyTarget:
    """The message that a reply answers: shown above the form, quoted where that was asked."""

    id: int
    number: int
    author: str
    text: str

    def quotation(self) -> str:
        """The text as a quotation in Markdown with its source, cut where it is long.

        The author's name is no part of it: who reads is told by the source. What it quotes itself
        is left out.
        """
        own = without_quotations(self.text)
        lines = shorten(own, LONGEST_QUOTE).split("\n") if own else []
        source = f"[{gettext('messaggio n. %(n)s', n=self.number)}]({post_path(self.id)})"
        return "\n".join(f"> {line}".rstrip() for line in [source, "", *lines]) + "\n\n"


def post_path(post_id: int) -> str:
    """The address of a message as texts hold it: in no language."""
    return f"/messaggi/{post_id}"


def post(post_id: int, actor: Actor) -> PostHead | None:
    """A message that the actor may read, or None."""
    rows = ask(("forum.post", actor), lambda: _post(actor), {"post_id": post_id})
    return _head(rows[0]) if rows else None


def _post(actor: Actor) -> Select[Any]:
    return (
        select(
            Post.id,
            Post.number,
            Post.text,
            Post.html,
            Post.lang,
            Post.state,
            Post.author_id,
            Post.created_at,
            Post.version,
            Post.thread_id,
            Thread.title.label("thread_title"),
            Thread.state.label("thread_state"),
            *note_columns(actor),
        )
        .join(Thread, Thread.id == Post.thread_id)
        .where(Post.id == bindparam("post_id"), visible_to(actor), post_visible_to(actor))
    )


def title_of_thread() -> ColumnElement[str]:
    """The title by which a message goes, as a column beside ``Post``."""
    return (
        select(Thread.title)
        .where(Thread.id == Post.thread_id)
        .correlate_except(Thread)
        .scalar_subquery()
    )


def people_counted() -> ColumnElement[int]:
    """How many people wrote the posts of a statement; who is nobody here goes by name."""
    named = case((Post.author_id.is_(None) & (Post.author_name != ""), Post.author_name))
    return func.count(Post.author_id.distinct()) + func.count(named.distinct())


def author_of(post_id: int) -> int | None:
    """Who wrote a message, whoever asks."""
    return db.session.scalar(select(Post.author_id).where(Post.id == post_id))


def author_of_thread(thread_id: int) -> int | None:
    """Who opened a discussion, whoever asks."""
    return db.session.scalar(select(Thread.author_id).where(Thread.id == thread_id))


@dataclass(frozen=True, slots=True)
class Published:
    """Who is concerned by a message since ``at``. ``opens``: with it the discussion began."""

    at: datetime | None
    author_id: int | None
    thread: Reference
    subject: Reference | None
    answered_author_id: int | None
    opens: bool
    named: frozenset[int] = frozenset()
    space_id: int | None = None


def published(post_id: int) -> Published | None:
    """Who is concerned by a message, whoever asks."""
    answered = aliased(Post)
    row = db.session.execute(
        select(
            Post.author_id,
            Post.thread_id,
            Post.number,
            Post.published_at,
            Thread.space_id,
            Thread.subject_kind,
            Thread.subject_id,
            Thread.introduction,
            Thread.author_id.label("opener_id"),
            answered.author_id.label("answered_author_id"),
        )
        .join(Thread, Thread.id == Post.thread_id)
        .outerjoin(answered, answered.id == Post.reply_to_id)
        .where(Post.id == post_id)
    ).one_or_none()
    if row is None:
        return None
    return Published(
        at=row.published_at,
        author_id=row.author_id,
        thread=Reference("thread", row.thread_id),
        subject=Reference(row.subject_kind, row.subject_id) if row.subject_kind else None,
        answered_author_id=row.answered_author_id,
        space_id=row.space_id,
        named=frozenset(
            db.session.scalars(select(PostMention.member_id).where(PostMention.post_id == post_id))
        ),
        opens=row.number == 1 and not row.introduction and row.author_id == row.opener_id,
    )


def opened(thread_id: int) -> Published | None:
    """Who is concerned by a discussion that began without a message; None for all others."""
    thread = db.session.get(Thread, thread_id)
    if thread is None:
        return None
    first = db.session.scalar(select(Post.id).where(Post.thread_id == thread_id, Post.number == 1))
    if first is not None and (begun := published(first)) is not None and begun.opens:
        return None
    kind, number = thread.subject_kind, thread.subject_id
    return Published(
        at=thread.opened_at,
        author_id=thread.author_id,
        thread=Reference("thread", thread_id),
        subject=Reference(kind, number) if kind and number else None,
        answered_author_id=None,
        space_id=thread.space_id,
        opens=True,
    )


def reply_target(post_id: int, thread_id: int, actor: Actor) -> ReplyTarget | None:
    """The message of this thread that a reply answers, or None where it cannot be read."""
    row = db.session.execute(
        select(Post.id, Post.number, Post.text, Post.author_id, Post.author_name).where(
            Post.id == post_id, Post.thread_id == thread_id, post_visible_to(actor)
        )
    ).one_or_none()
    if row is None:
        return None
    author = people([row.author_id]).get(row.author_id)
    return ReplyTarget(row.id, row.number, author.name if author else row.author_name, row.text)


def _head(row: Any) -> PostHead:
    """The message without what it quotes of messages that the actor may not read any more."""
    values = row._asdict()
    withheld = withheld_in(row)
    del values["links"], values["names"]
    if withheld:
        values["text"] = without_quotes_of(row.text, withheld, gone_words())
        values["html"] = readable_html(row)
    return PostHead(**values)
