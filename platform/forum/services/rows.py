"""Rows at hand for writing, and the counters that every write of a post keeps right."""

from __future__ import annotations

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from core.actor import Actor
from core.domain import Refused
from core.transactions import transaction
from forum.models import Post, PostMove, PostState, Thread
from forum.policies import post_visible_to, visible_to
from forum.queries import people_counted
from forum.rules import PEOPLE_SHOWN, people_text


def lock_thread(session: Session, thread_id: int) -> None:
    """Let nobody else write into the thread until the transaction ends.

    SQLite's transaction has locked everything already; other databases lock the row.
    """
    session.execute(select(Thread.id).where(Thread.id == thread_id).with_for_update())


def thread_for(session: Session, thread_id: int, by: Actor) -> Thread:
    """The thread as it is now; raise ``Refused`` where the actor may not read it."""
    thread = session.scalar(select(Thread).where(Thread.id == thread_id, visible_to(by)))
    if thread is None:
        raise Refused("no such thread")
    return thread


def post_for(session: Session, post_id: int, by: Actor) -> Post:
    """The post as it is now, its thread locked; raise ``Refused`` where nothing may be read."""
    thread_id = session.scalar(select(Post.thread_id).where(Post.id == post_id))
    if thread_id is None:
        raise Refused("no such post")
    lock_thread(session, thread_id)
    thread_for(session, thread_id, by)
    post = session.scalar(select(Post).where(Post.id == post_id, post_visible_to(by)))
    if post is None:
        raise Refused("no such post")
    return post


def next_number(session: Session, thread_id: int) -> int:
    """The number of the next post, never that of one that was moved away; the thread is locked."""
    here = select(func.max(Post.number)).where(Post.thread_id == thread_id)
    gone = select(func.max(PostMove.number)).where(PostMove.thread_id == thread_id)
    highest = session.execute(select(here.scalar_subquery(), gone.scalar_subquery())).one()
    return max(number or 0 for number in highest) + 1


def recount(session: Session, thread: Thread) -> None:
    """Set the counters from the visible posts and count a change; the thread must be locked."""
    session.flush()
    visible = (Post.thread_id == thread.id, Post.state == PostState.VISIBLE)
    by_others = func.coalesce(Post.author_id, 0) != (thread.author_id or 0)
    by_others |= Post.author_name != thread.author_name
    posts, participants, last_at, answers = session.execute(
        select(
            func.count(),
            people_counted(),
            func.max(Post.published_at),
            func.count(case((by_others, 1))),
        ).where(*visible)
    ).one()
    last = select(Post.author_id).where(*visible).order_by(Post.number.desc()).limit(1)
    people = (
        select(Post.author_id, Post.author_name)
        .where(*visible, Post.author_id.is_not(None) | (Post.author_name != ""))
        .group_by(Post.author_id, Post.author_name)
        .order_by(func.min(Post.number))
        .limit(PEOPLE_SHOWN)
    )
    thread.post_count = posts
    thread.participant_count = participants
    thread.last_at = last_at or thread.opened_at
    thread.last_by_id = session.scalar(last)
    thread.taking_part = people_text(one or name for one, name in session.execute(people))
    thread.is_answered = answers > 0
    if thread.best_post_id is not None:
        best = select(Post.id).where(*visible, Post.id == thread.best_post_id)
        thread.best_post_id = session.scalar(best)
    thread.raise_version(None)
    session.flush()


def recount_thread(thread_id: int) -> None:
    """Set the counters of a thread right, whatever they said."""
    with transaction() as session:
        lock_thread(session, thread_id)
        recount(session, session.get_one(Thread, thread_id, populate_existing=True))
