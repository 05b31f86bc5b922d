"""Keeping discussions in order: pinning, moving, merging and splitting them.

Messages keep their ids wherever they go. Where one stood before is noted (``PostMove``), so that
old addresses lead on, and what hangs on it (files, reports, notices) goes with it. Nobody comes to
read more by any of this: ``policies.same_readers``.
"""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import insert, literal, select, update
from sqlalchemy.orm import Session

from core import clock, subjects
from core.actor import Actor
from core.domain import Refused, ensure
from core.events import announce
from core.references import Reference
from core.revisions import record_revision
from core.transactions import transaction
from forum import policies
from forum.models import Post, PostMove, PostState, Thread, ThreadState
from forum.queries import place_of
from forum.services.carrying import carry_best, carry_marks, carry_marks_of
from forum.services.rows import lock_thread, next_number, recount, thread_for
from forum.services.threads import KIND, checked_title, is_steward, title_values
from forum.signals import MessagesMoved, ThreadMerged, ThreadMoved, ThreadPinned, ThreadSplit
from notifications.services import carry_follows, carry_notices
from taxonomy.queries import theme


def pin_thread(*, thread_id: int, pinned: bool, by: Actor) -> Thread:
    """Let a discussion stand above the others of its place, or no more; twice changes nothing."""
    with transaction() as session:
        lock_thread(session, thread_id)
        thread = thread_for(session, thread_id, by)
        ensure(policies.may_pin(by, thread, is_steward=is_steward(thread, by)))
        if thread.pinned is not pinned:
            thread.pinned = pinned
            thread.raise_version(None)
            session.flush()
            announce(ThreadPinned(thread_id=thread.id, by_id=by.member_id, pinned=pinned))
        return thread


def move_thread(
    *,
    thread_id: int,
    subject: Reference | None,
    theme_id: int | None = None,
    reason: str = "",
    by: Actor,
) -> Thread:
    """Hang a discussion on something else, or put it into the general forum, under a theme.

    Its address and those of its messages stay. Raise ``Forbidden``, ``Refused`` where the place is
    not there for the actor, or others would come to read the discussion.
    """
    with transaction() as session:
        thread = _arranged(session, thread_id, by)
        if subject is not None:
            ensure(policies.may_open_on(by, subject))
            if not subjects.may_open(subject, by):
                raise Refused("no such subject")
        if theme_id is not None and (subject is not None or theme(theme_id) is None):
            raise Refused("a theme is for the general forum")
        _check_readers(thread, (thread.space_id, subject))
        if (place_of(thread)[1], thread.theme_id) == (subject, theme_id):
            return thread  # sent twice
        thread.subject_kind = subject.kind if subject else None
        thread.subject_id = subject.id if subject else None
        thread.theme_id = theme_id
        thread.pinned = False
        thread.alone_since = None
        thread.raise_version(None)
        session.flush()
        announce(ThreadMoved(thread_id=thread.id, by_id=by.member_id, reason=reason))
        return thread


def merge_threads(*, thread_id: int, into_id: int, reason: str = "", by: Actor) -> Thread:
    """Put all messages of a discussion behind those of another one; return that.

    Who followed the one follows the other, and readers go on where they stopped. Raise
    ``Forbidden``, ``Refused`` where the two do not have the same readers, are one, or the first has
    an introduction, which is no message.
    """
    with transaction() as session:
        if thread_id == into_id:
            raise Refused("a discussion cannot be merged into itself")
        for number in sorted((thread_id, into_id)):
            lock_thread(session, number)
        source, target = _arranged(session, thread_id, by), _arranged(session, into_id, by)
        _check_readers(source, place_of(target))
        if source.introduction:
            raise Refused("the discussion has an introduction")
        offset = next_number(session, target.id) - 1
        carry_marks(session, source, target, offset)
        _move_posts(session, source, target, offset)
        carry_best(session, source, target, by)
        source.state, source.merged_into_id = ThreadState.REMOVED, target.id
        carry_follows(Reference(KIND, source.id), Reference(KIND, target.id))
        carry_notices(Reference(KIND, source.id), Reference(KIND, target.id))
        recount(session, source)
        recount(session, target)
        who = by.member_id
        announce(ThreadMerged(thread_id=source.id, into_id=target.id, by_id=who, reason=reason))
        announce(MessagesMoved(thread_id=target.id, by_id=who))
        return target


def split_thread(
    *,
    thread_id: int,
    numbers: Collection[int],
    and_after: bool = False,
    title: str,
    reason: str = "",
    by: Actor,
) -> Thread:
    """Make a discussion of its own of these messages, ``and_after``: of all after the first, too.

    It hangs where the old one does, and its opener is the author of its first message. Raise
    ``Forbidden``, ``Refused`` where there is nothing to move or nothing would stay.
    """
    with transaction() as session:
        lock_thread(session, thread_id)
        source = _arranged(session, thread_id, by)
        posts = _chosen(session, source, numbers, and_after, by)
        first = posts[0]
        made = Thread(
            title=checked_title(title),
            introduction="",
            introduction_html="",
            lang=first.lang,
            subject_kind=source.subject_kind,
            subject_id=source.subject_id,
            theme_id=source.theme_id,
            space_id=source.space_id,
            state=source.state,
            closed_at=source.closed_at,
            closed_by_id=source.closed_by_id,
            closed_for_id=source.closed_for_id,
            author_id=first.author_id,
            author_name=first.author_name,
            opened_at=first.created_at,
            last_at=first.created_at,
            post_count=0,
            participant_count=0,
            version=1,
        )
        session.add(made)
        session.flush()
        record_revision(Reference(KIND, made.id), 1, title_values(made), by.member_id)
        numbers = [post.number for post in posts]
        _renumber(session, posts, made)
        carry_marks_of(session, source, made, numbers, posts[0].number)
        carry_best(session, source, made, by)
        carry_follows(Reference(KIND, source.id), Reference(KIND, made.id))
        carry_notices(
            Reference(KIND, source.id),
            Reference(KIND, made.id),
            only=[Reference("post", post.id) for post in posts],
        )
        recount(session, source)
        recount(session, made)
        who = by.member_id
        announce(ThreadSplit(thread_id=made.id, from_id=source.id, by_id=who, reason=reason))
        announce(MessagesMoved(thread_id=source.id, by_id=who))
        return made


def _arranged(session: Session, thread_id: int, by: Actor) -> Thread:
    lock_thread(session, thread_id)
    thread = thread_for(session, thread_id, by)
    ensure(policies.may_arrange(by, thread))
    return thread


def _check_readers(thread: Thread, place: policies.Place) -> None:
    if not policies.same_readers(place_of(thread), place):
        raise Refused("others would come to read it")


def _chosen(
    session: Session, thread: Thread, numbers: Collection[int], and_after: bool, by: Actor
) -> list[Post]:
    """The posts to move, in their order; raise ``Refused`` for none, or all of the thread."""
    if not numbers:
        raise Refused("no messages were chosen")
    wanted = Post.number >= min(numbers) if and_after else Post.number.in_(sorted(numbers))
    here = (Post.thread_id == thread.id, policies.post_visible_to(by))
    posts = list(session.scalars(select(Post).where(*here, wanted).order_by(Post.number)))
    if not any(post.state is PostState.VISIBLE for post in posts):
        raise Refused("no messages were chosen")
    moved = {post.id for post in posts}
    stays = select(Post.id).where(
        Post.thread_id == thread.id, Post.state == PostState.VISIBLE, Post.id.not_in(moved)
    )
    if not thread.introduction and session.scalar(stays.limit(1)) is None:
        raise Refused("nothing would stay")
    return posts


def _renumber(session: Session, posts: list[Post], target: Thread) -> None:
    moment = clock.now()
    for number, post in enumerate(posts, next_number(session, target.id)):
        session.add(
            PostMove(post_id=post.id, thread_id=post.thread_id, number=post.number, moved_at=moment)
        )
        post.thread_id, post.number = target.id, number
        post.raise_version(None)
    session.flush()


def _move_posts(session: Session, source: Thread, target: Thread, offset: int) -> None:
    """All posts of a thread, whatever their state, with few statements; gaps stay gaps."""
    here = select(
        Post.id, Post.thread_id, Post.number, literal(clock.now(), PostMove.moved_at.type)
    )
    session.execute(
        insert(PostMove).from_select(
            ["post_id", "thread_id", "number", "moved_at"], here.where(Post.thread_id == source.id)
        )
    )
    session.execute(
        update(Post)
        .where(Post.thread_id == source.id)
        .values(thread_id=target.id, number=Post.number + offset, version=Post.version + 1)
        .execution_options(synchronize_session=False)
    )
    session.expire_all()
