"""Discussions in which nobody answers, and who is to see to that."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from sqlalchemy import ColumnElement, func, literal_column, select

from core import clock, subjects
from core.actor import Actor
from core.counting import Count
from core.database import db
from core.references import Reference
from core.registry import settings
from forum.models import Thread, ThreadState
from forum.policies import Place, visible_to


def unanswered() -> ColumnElement[bool]:
    """Open, and nobody but its opener has written; one with an introduction alone asks nothing.

    In the words of the index (``forum.models.UNANSWERED``).
    """
    return (
        (Thread.is_answered == literal_column("false"))
        & (Thread.state == literal_column("'open'"))
        & (Thread.post_count > literal_column("0"))
    )


def left_alone() -> ColumnElement[bool]:
    """About something, and without an answer for some days."""
    return (
        unanswered()
        & Thread.subject_kind.is_not(None)
        & (Thread.opened_at <= clock.now() - _patience())
    )


def is_left_alone(thread: Thread) -> bool:
    """The same for one discussion at hand."""
    return (
        not thread.is_answered
        and thread.post_count > 0
        and thread.state is ThreadState.OPEN
        and thread.subject_kind is not None
        and thread.opened_at <= clock.now() - _patience()
    )


def who_answers(thread_id: int) -> Iterable[int]:
    """The members who see to it that a discussion is answered; not who asked."""
    thread = db.session.get(Thread, thread_id)
    if thread is None or (subject := place_of(thread)[1]) is None:
        return ()
    return sorted(set(subjects.answerers(subject)) - {thread.author_id})


def lonely_thread(thread_id: int, actor: Actor) -> Thread | None:
    """The discussion, if nobody has answered yet and the actor may read it."""
    return db.session.scalar(
        select(Thread).where(Thread.id == thread_id, left_alone(), visible_to(actor))
    )


def lonely_counted(actor: Actor) -> Count:
    """Count the discussions without an answer of which it is the actor who is to see to that."""
    if not actor.contact_organisation_ids:
        return None
    return select(func.count(Thread.id)).where(answered_by(actor), visible_to(actor))


def answered_by(actor: Actor) -> ColumnElement[bool]:
    """The discussions without an answer of which it is the actor who is to see to that."""
    mine = subjects.answered_by(Thread.subject_kind.expression, Thread.subject_id.expression, actor)
    return left_alone() & mine & (func.coalesce(Thread.author_id, 0) != actor.member_id)


def place_of(thread: Thread) -> Place:
    """Where a discussion lies: its space, and the thing that it hangs on."""
    kind, number = thread.subject_kind, thread.subject_id
    subject = Reference(kind, number) if kind is not None and number is not None else None
    return thread.space_id, subject


def _patience() -> timedelta:
    return timedelta(days=settings().unanswered_days)
