"""One message at hand: where it stands, what was written."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, select

from core.actor import Actor
from core.database import db
from core.text import shorten
from forum.models import Post, PostState, Thread, ThreadState
from forum.policies import post_visible_to, visible_to
from forum.queries.page import permalink
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
        """The text as a quotation in Markdown, cut where it is long."""
        lines = shorten(self.text, LONGEST_QUOTE).split("\n")
        return "\n".join(f"> {line}".rstrip() for line in lines) + "\n\n"


def post(post_id: int, actor: Actor) -> PostHead | None:
    """A message that the actor may read, or None."""
    row = db.session.execute(
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
        )
        .join(Thread, Thread.id == Post.thread_id)
        .where(Post.id == post_id, visible_to(actor), post_visible_to(actor))
    ).one_or_none()
    return None if row is None else _head(row)


def author_of(post_id: int) -> int | None:
    """Who wrote a message, whoever asks."""
    return db.session.scalar(select(Post.author_id).where(Post.id == post_id))


def reply_target(post_id: int, thread_id: int, actor: Actor) -> ReplyTarget | None:
    """The message of this thread that a reply answers, or None where it cannot be read."""
    row = db.session.execute(
        select(Post.id, Post.number, Post.text, Post.author_id).where(
            Post.id == post_id, Post.thread_id == thread_id, post_visible_to(actor)
        )
    ).one_or_none()
    if row is None:
        return None
    author = people([row.author_id]).get(row.author_id)
    return ReplyTarget(row.id, row.number, author.name if author else "", row.text)


def _head(row: Row[Any]) -> PostHead:
    return PostHead(**row._asdict())
