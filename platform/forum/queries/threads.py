"""Lists of discussions, and how many there are."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, func, select

from core import subjects
from core.actor import Actor
from core.database import db
from core.links import address
from core.pagination import Key, Page, paginate
from core.references import Reference
from core.subjects import SubjectLine
from core.text import plain
from forum.models import Thread, ThreadState
from forum.policies import visible_to

LIST_PAGE = 20
GENERAL = "general"


@dataclass(frozen=True, slots=True, kw_only=True)
class ThreadLine:
    """A discussion in a list; ``introduction`` is plain text, often empty.

    One with a ``space_id`` is private: lists say so, as readers see it beside public ones.
    """

    id: int
    title: str
    introduction: str
    lang: str
    opened_at: datetime
    last_at: datetime
    participant_count: int
    post_count: int
    state: ThreadState
    url: str
    subject: Reference | None
    space_id: int | None


@dataclass(frozen=True, slots=True)
class Counts:
    """What an actor may read in all: discussions and messages in them."""

    threads: int
    posts: int


def threads_on(reference: Reference, actor: Actor, limit: int) -> list[ThreadLine]:
    """The discussions on a thing that the actor may read, the liveliest first."""
    return _lines(
        _columns(actor).where(
            Thread.subject_kind == reference.kind, Thread.subject_id == reference.id
        ),
        limit,
    )


def recent_threads(limit: int, actor: Actor) -> list[ThreadLine]:
    """The discussions of the whole site where something was said last."""
    return _lines(_columns(actor), limit)


def counts(actor: Actor) -> Counts:
    """How many discussions and messages the actor may read."""
    threads, posts = db.session.execute(
        select(func.count(), func.coalesce(func.sum(Thread.post_count), 0)).where(visible_to(actor))
    ).one()
    return Counts(threads, posts)


def subjects_of(lines: list[ThreadLine], actor: Actor) -> dict[Reference, SubjectLine]:
    """Title and address of what the discussions are about; one query a kind."""
    return subjects.describe({line.subject for line in lines if line.subject}, actor)


def thread_list(
    actor: Actor, *, kind: str | None, after: str | None, before: str | None
) -> Page[ThreadLine]:
    """A page of all discussions by last activity; ``kind`` of subject, ``general``, None: all.

    Raise ``BadCursor`` for a place that was never given out.
    """
    statement = _columns(actor)
    if kind is not None:
        # Wrapped as in ``visible_to``: the newest first by their index, not a whole kind sorted.
        wanted = "" if kind == GENERAL else kind
        statement = statement.where(func.coalesce(Thread.subject_kind, "") == wanted)
    keys = [Key(Thread.last_at.expression), Key(Thread.id.expression)]
    return paginate(
        statement.add_columns(*(key.column for key in keys)),
        keys,
        size=LIST_PAGE,
        after=after,
        before=before,
        convert=_line,
    )


def kind_counts(actor: Actor) -> dict[str | None, int]:
    """How many discussions there are by kind of subject; None is the general forum."""
    rows = db.session.execute(
        select(Thread.subject_kind, func.count())
        .where(visible_to(actor))
        .group_by(Thread.subject_kind)
    )
    return dict(rows.tuples().all())


def _columns(actor: Actor) -> Select[Any]:
    return select(
        Thread.id,
        Thread.title,
        Thread.introduction_html,
        Thread.lang,
        Thread.opened_at,
        Thread.last_at,
        Thread.participant_count,
        Thread.post_count,
        Thread.state,
        Thread.subject_kind,
        Thread.subject_id,
        Thread.space_id,
    ).where(visible_to(actor))


def _lines(statement: Select[Any], limit: int) -> list[ThreadLine]:
    ordered = statement.order_by(Thread.last_at.desc(), Thread.id.desc()).limit(limit)
    return [_line(row) for row in db.session.execute(ordered)]


def _line(row: Row[Any]) -> ThreadLine:
    kind, number = row.subject_kind, row.subject_id
    return ThreadLine(
        id=row.id,
        title=row.title,
        introduction=plain(row.introduction_html),
        lang=row.lang,
        opened_at=row.opened_at,
        last_at=row.last_at,
        participant_count=row.participant_count,
        post_count=row.post_count,
        state=row.state,
        url=address("forum.thread", thread_id=row.id),
        subject=Reference(kind, number) if kind is not None else None,
        space_id=row.space_id,
    )
