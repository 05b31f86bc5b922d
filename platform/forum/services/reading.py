"""How far somebody has read: by a press of a button, by the script, or by writing on."""

from __future__ import annotations

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from core import clock
from core.actor import Actor
from core.database import insert_into
from core.domain import ensure
from core.transactions import transaction
from forum.models import Post, PostState, ReadMark
from forum.services.rows import thread_for


def note_read(*, thread_id: int, number: int, by: Actor) -> None:
    """Note that the actor has read a thread up to this number; never back again.

    No fact tells of it: what somebody reads is nobody else's affair.
    """
    with transaction() as session:
        ensure(not by.is_visitor)
        assert by.member_id is not None
        thread = thread_for(session, thread_id, by)
        last = session.scalar(select(func.max(Post.number)).where(Post.thread_id == thread.id))
        _advance(session, thread.id, min(number, last or 0), by.member_id)


def note_own(session: Session, post: Post) -> None:
    """Who writes has read what stands before, unless others wrote there since the last reading."""
    if post.author_id is None:
        return
    read = select(ReadMark.number).where(
        ReadMark.member_id == post.author_id, ReadMark.thread_id == post.thread_id
    )
    mark = session.scalar(read)
    if mark is not None:
        missed = select(Post.id).where(
            Post.thread_id == post.thread_id,
            Post.state == PostState.VISIBLE,
            Post.number > mark,
            Post.number < post.number,
            func.coalesce(Post.author_id, 0) != post.author_id,
        )
        if session.scalar(missed.limit(1)) is not None:
            return
    _advance(session, post.thread_id, post.number, post.author_id)


def _advance(session: Session, thread_id: int, number: int, member_id: int) -> None:
    statement = insert_into(ReadMark).values(
        member_id=member_id, thread_id=thread_id, number=number, at=clock.now()
    )
    further = statement.excluded.number > ReadMark.number
    session.execute(
        statement.on_conflict_do_update(
            index_elements=["member_id", "thread_id"],
            set_={
                "number": case((further, statement.excluded.number), else_=ReadMark.number),
                "at": statement.excluded.at,
            },
        )
    )
