"""Where to go in a discussion: to a day, to what is new, to where something was moved."""

from __future__ import annotations

from datetime import date, datetime, time

from sqlalchemy import func, select

from core import clock
from core.actor import Actor
from core.database import db
from core.links import address
from forum.models import Post, PostMove, Thread, ThreadState
from forum.policies import message_visible_to, post_visible_to, visible_to
from forum.queries.head import permalink, thread_head

_MOST_STEPS = 20


def first_new(thread_id: int, actor: Actor) -> str | None:
    """Where the reader goes on: the first new message, else the last one; None: no such thread."""
    head = thread_head(thread_id, actor)
    if head is None:
        return None
    if head.new_url is not None:
        return head.new_url
    return head.url if head.last_number is None else permalink(thread_id, head.last_number)


def on_day(thread_id: int, day: date, actor: Actor) -> str | None:
    """Where the first message stands that was written on this day (in Rome) or later.

    The last one where there is none; None where the actor may not read the discussion.
    """
    head = thread_head(thread_id, actor)
    if head is None:
        return None
    begins = datetime.combine(day, time(), clock.ROME)
    number = db.session.scalar(
        select(Post.number)
        .where(Post.thread_id == thread_id, post_visible_to(actor), Post.created_at >= begins)
        .order_by(Post.created_at, Post.number)
        .limit(1)
    )
    number = number or head.last_number
    return head.url if number is None else permalink(thread_id, number)


def moved_to(thread_id: int, start: int | None, actor: Actor) -> str | None:
    """Where the messages of a merged discussion went: the first one from ``start`` on.

    None where it was not merged, or the actor may not read where they are now.
    """
    found = db.session.execute(
        select(Post.thread_id, Post.number)
        .join(PostMove, PostMove.post_id == Post.id)
        .join(Thread, Thread.id == PostMove.thread_id)
        .where(PostMove.thread_id == thread_id, PostMove.number >= (start or 1))
        .where(Thread.state == ThreadState.REMOVED, Thread.merged_into_id.is_not(None))
        .where(message_visible_to(actor))
        .order_by(PostMove.number)
        .limit(1)
    ).one_or_none()
    if found is not None:
        return permalink(found.thread_id, found.number)
    number: int | None = thread_id
    for _ in range(_MOST_STEPS):
        number = db.session.scalar(
            select(Thread.merged_into_id).where(
                Thread.id == number, Thread.state == ThreadState.REMOVED
            )
        )
        if number is None:
            return None
        there = select(func.count()).where(Thread.id == number, visible_to(actor))
        if db.session.scalar(there):
            return address("forum.thread", thread_id=number)
    return None


def thread_of(post_id: int) -> int | None:
    """The discussion in which a message stands now, whoever asks."""
    return db.session.scalar(select(Post.thread_id).where(Post.id == post_id))
