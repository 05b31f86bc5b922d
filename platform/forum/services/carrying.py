"""What goes along with messages that are moved: how far readers have read, and the best answer."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence

from sqlalchemy import delete, exists, func, insert, select, update
from sqlalchemy.orm import Session, aliased

from core.actor import Actor
from core.events import announce
from forum.models import Post, PostState, ReadMark, Thread
from forum.policies import can_be_best
from forum.signals import BestUnmarked


def carry_marks(session: Session, source: Thread, target: Thread, offset: int) -> None:
    """Let readers of a thread that is merged go on where they stopped, before its posts are moved.

    ``offset`` is added to the numbers of the posts. Who has read all of the other thread, or never
    was there, goes on among the moved posts; whoever has something left to read there goes on with
    that, or would miss it.
    """
    left = aliased(Post)
    unread = exists().where(
        left.thread_id == target.id,
        left.state == PostState.VISIBLE,
        left.number > ReadMark.number,
        func.coalesce(left.author_id, 0) != ReadMark.member_id,
    )
    earlier = aliased(ReadMark)
    moved = select(earlier.number + offset).where(
        earlier.thread_id == source.id, earlier.member_id == ReadMark.member_id
    )
    there = moved.correlate(ReadMark)
    session.execute(
        update(ReadMark)
        .where(ReadMark.thread_id == target.id, there.exists(), ~unread)
        .values(number=there.scalar_subquery())
        .execution_options(synchronize_session=False)
    )
    known = select(earlier.member_id).where(earlier.thread_id == target.id)
    session.execute(
        update(ReadMark)
        .where(ReadMark.thread_id == source.id, ReadMark.member_id.not_in(known))
        .values(thread_id=target.id, number=ReadMark.number + offset)
        .execution_options(synchronize_session=False)
    )
    session.execute(
        delete(ReadMark)
        .where(ReadMark.thread_id == source.id)
        .execution_options(synchronize_session=False)
    )


def carry_marks_of(
    session: Session, source: Thread, made: Thread, numbers: Sequence[int], first: int
) -> None:
    """The same where some posts become a thread of their own.

    ``numbers`` are those that the posts had, in their order, ``first`` the first one that they have
    now: whoever had read up to a number has read as many of them.
    """
    marks = session.execute(
        select(ReadMark.member_id, ReadMark.number, ReadMark.at).where(
            ReadMark.thread_id == source.id
        )
    ).all()
    rows = [
        {
            "member_id": mark.member_id,
            "thread_id": made.id,
            "number": first - 1 + bisect_right(numbers, mark.number),
            "at": mark.at,
        }
        for mark in marks
    ]
    if rows:
        session.execute(insert(ReadMark), rows)


def carry_best(session: Session, source: Thread, target: Thread, by: Actor) -> None:
    """Let a best answer that was moved answer where it stands now, or nothing any more.

    It goes along where who asked there is the same, and no other message is the best. Otherwise its
    mark goes, and whoever had asked is told.
    """
    best = session.get(Post, source.best_post_id) if source.best_post_id else None
    if best is None or best.thread_id != target.id:
        return
    source.best_post_id = None
    same_asker = (source.author_id, source.author_name) == (target.author_id, target.author_name)
    if same_asker and target.best_post_id is None and can_be_best(target, best):
        target.best_post_id = best.id
        return
    session.flush()
    announce(BestUnmarked(post_id=best.id, thread_id=source.id, by_id=by.member_id, is_moved=True))
