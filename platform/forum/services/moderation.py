"""What moderators do: clear and refuse what waits, hide what should not stand there."""

from __future__ import annotations

from sqlalchemy.orm import Session

from core import clock
from core.actor import Actor
from core.domain import Refused, ensure
from core.events import announce
from core.references import Reference
from core.transactions import transaction
from forum.models import Post, PostState, Thread, ThreadState
from forum.rules import POSTS, THREADS
from forum.services.posts import record_shown
from forum.services.rows import lock_thread, post_for, recount, thread_for
from forum.signals import (
    PostHidden,
    PostPublished,
    PostRefused,
    PostRestored,
    ThreadHidden,
    ThreadOpened,
    ThreadRestored,
)
from moderation.models import MeasureSort
from moderation.policies import may_moderate
from moderation.services import note_restored, record_measure

KIND = "post"
THREAD = "thread"


def clear_post(*, post_id: int, by: Actor) -> Post:
    """Let everybody read a held or hidden message, and its thread, where that waited too.

    Raise ``Forbidden``, ``Refused`` where somebody has decided in the meantime.
    """
    with transaction() as session:
        post = _decided(session, post_id, by, PostState.VISIBLE, "")
        thread = session.get_one(Thread, post.thread_id)
        first = post.published_at is None
        if first:
            post.published_at = post.decided_at
        opens = thread.state is ThreadState.HELD
        if opens:
            thread.state = ThreadState.OPEN
        recount(session, thread)
        record_shown(post, by)
        number, who = post.id, by.member_id
        if opens:
            announce(ThreadOpened(thread_id=thread.id, by_id=who))
        if first:
            announce(PostPublished(post_id=number, thread_id=thread.id, by_id=who, cleared=True))
        else:
            announce(PostRestored(post_id=number, thread_id=thread.id, by_id=who))
        note_restored(Reference(KIND, number), by)
        return post


def refuse_post(*, post_id: int, reason: str, by: Actor) -> Post:
    """Keep a held message from being read, and tell its author why."""
    with transaction() as session:
        held = post_for(session, post_id, by)
        ensure(may_moderate(by))
        if held.state is not PostState.HELD:
            raise Refused("post is not held")
        post = _decided(session, post_id, by, PostState.HIDDEN, _needed(reason))
        announce(
            PostRefused(
                post_id=post.id, thread_id=post.thread_id, by_id=by.member_id, reason=reason
            )
        )
        _keep_measure(post, MeasureSort.REFUSED, by)
        return post


def hide_post(*, post_id: int, reason: str, by: Actor) -> Post:
    """Take a message away that everybody could read, and tell its author why."""
    with transaction() as session:
        shown = post_for(session, post_id, by)
        ensure(may_moderate(by))
        if shown.state is not PostState.VISIBLE:
            raise Refused("post is not visible")
        post = _decided(session, post_id, by, PostState.HIDDEN, _needed(reason))
        recount(session, session.get_one(Thread, post.thread_id))
        announce(
            PostHidden(post_id=post.id, thread_id=post.thread_id, by_id=by.member_id, reason=reason)
        )
        _keep_measure(post, MeasureSort.HIDDEN, by)
        return post


def hide_thread(*, thread_id: int, reason: str, by: Actor) -> Thread:
    """Take a whole discussion away, its title included, and tell its author why."""
    with transaction() as session:
        thread = _moderated(session, thread_id, by)
        THREADS.check(thread.state, ThreadState.HIDDEN)
        thread.state = ThreadState.HIDDEN
        thread.raise_version(None)
        session.flush()
        reason = _needed(reason)
        announce(ThreadHidden(thread_id=thread.id, by_id=by.member_id, reason=reason))
        record_measure(
            about=Reference(THREAD, thread.id),
            member_id=thread.author_id,
            sort=MeasureSort.HIDDEN,
            reason=reason,
            by=by,
        )
        return thread


def restore_thread(*, thread_id: int, by: Actor) -> Thread:
    """Let a discussion that was hidden be read again, closed if it was."""
    with transaction() as session:
        thread = _moderated(session, thread_id, by)
        state = ThreadState.OPEN if thread.closed_at is None else ThreadState.CLOSED
        if thread.state is not ThreadState.HIDDEN:
            raise Refused("thread is not hidden")
        THREADS.check(thread.state, state)
        thread.state = state
        thread.raise_version(None)
        session.flush()
        announce(ThreadRestored(thread_id=thread.id, by_id=by.member_id))
        note_restored(Reference(THREAD, thread.id), by)
        return thread


def _moderated(session: Session, thread_id: int, by: Actor) -> Thread:
    lock_thread(session, thread_id)
    thread = thread_for(session, thread_id, by)
    ensure(may_moderate(by))
    return thread


def _decided(session: Session, post_id: int, by: Actor, state: PostState, reason: str) -> Post:
    post = post_for(session, post_id, by)
    ensure(may_moderate(by))
    POSTS.check(post.state, state)
    post.state = state
    post.decided_at = post.updated_at = clock.now()
    post.decided_by_id, post.decision_reason = by.member_id, reason
    post.raise_version(None)
    session.flush()
    return post


def _keep_measure(post: Post, sort: MeasureSort, by: Actor) -> None:
    """What the author may object to."""
    record_measure(
        about=Reference(KIND, post.id),
        member_id=post.author_id,
        sort=sort,
        reason=post.decision_reason,
        by=by,
    )


def _needed(reason: str) -> str:
    if not reason.strip():
        raise Refused("a reason is needed")
    return reason.strip()
