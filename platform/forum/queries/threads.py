"""Lists of discussions, under filters, and how many there are."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Row,
    Select,
    exists,
    false,
    func,
    literal,
    literal_column,
    select,
)
from sqlalchemy.orm import aliased

from core import subjects
from core.actor import Actor
from core.database import db
from core.links import address
from core.pagination import Key, Page, paginate
from core.references import Reference
from core.subjects import SubjectLine
from core.text import plain
from forum.models import Post, PostState, ReadMark, Thread, ThreadState
from forum.policies import visible_to
from forum.queries.alone import answered_by, unanswered
from forum.queries.head import MOST_NEW, called
from members.queries import Person, people
from notifications.models import Follow
from organisations.models import Organisation
from taxonomy.queries import descendants

LIST_PAGE = 20
GENERAL = "general"
# Nobody counts further than this; the page then says "more than".
MOST_COUNTED = 1_000


class Standing(StrEnum):
    """How a discussion stands, as readers look for it."""

    OPEN = "open"
    UNANSWERED = "unanswered"
    SOLVED = "solved"
    CLOSED = "closed"


_INDEXED = (Standing.UNANSWERED, Standing.SOLVED, Standing.CLOSED)


class Mine(StrEnum):
    """What a discussion has to do with the reader."""

    UNREAD = "unread"
    FOLLOWED = "followed"
    WRITTEN = "written"
    OPENED = "opened"
    LONELY = "lonely"  # without an answer, and it is the reader who is to see to that


@dataclass(frozen=True, slots=True, kw_only=True)
class ThreadFilter:
    """Which discussions are asked for; ``kind`` is that of the subject, or ``GENERAL``."""

    kind: str | None = None
    subject: Reference | None = None
    theme_id: int | None = None
    standing: Standing | None = None
    mine: Mine | None = None

    @property
    def is_place(self) -> bool:
        """Whether it names one place, where pinned discussions stand above the others."""
        return self.subject is not None or self.theme_id is not None or self.kind == GENERAL


@dataclass(frozen=True, slots=True, kw_only=True)
class ThreadLine:
    """A discussion in a list; ``introduction`` is plain text, often empty.

    One with a ``space_id`` is private: lists say so, as readers see it beside public ones. ``new``
    counts what others wrote since the reader was there last, up to ``MOST_NEW``; 0 where the
    reader never was. The people are None where the list does not name them.
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
    pinned: bool = False
    is_answered: bool = True
    is_solved: bool = False
    theme_id: int | None = None
    author_id: int | None = None
    author_name: str = ""
    last_by_id: int | None = None
    closed_at: datetime | None = None
    closed_by_id: int | None = None
    closed_for: str | None = None
    opener: Person | None = None
    last_by: Person | None = None
    closed_by: Person | None = None
    new: int = 0

    @property
    def new_url(self) -> str:
        """Leads to the first message that the reader has not read."""
        return address("forum.first_unread", thread_id=self.id)


@dataclass(frozen=True, slots=True)
class Counts:
    """What an actor may read in all: discussions and messages in them."""

    threads: int
    posts: int


def threads_on(reference: Reference, actor: Actor, limit: int) -> list[ThreadLine]:
    """The discussions on a thing that the actor may read: the pinned, then the liveliest."""
    on_it = (Thread.subject_kind == reference.kind, Thread.subject_id == reference.id)
    return _lines(_columns(actor).where(*on_it).order_by(Thread.pinned.desc()), limit)


def recent_threads(limit: int, actor: Actor) -> list[ThreadLine]:
    """The discussions of the whole site where something was said last."""
    return _lines(_columns(actor), limit)


def counts(actor: Actor) -> Counts:
    """How many discussions and messages the actor may read."""
    threads, posts = db.session.execute(
        select(func.count(), func.coalesce(func.sum(Thread.post_count), 0)).where(visible_to(actor))
    ).one()
    return Counts(threads, posts)


def subjects_of(lines: Iterable[ThreadLine], actor: Actor) -> dict[Reference, SubjectLine]:
    """Title and address of what the discussions are about; one query a kind."""
    return subjects.describe({line.subject for line in lines if line.subject}, actor)


def thread_list(
    actor: Actor,
    wanted: ThreadFilter,
    *,
    after: str | None,
    before: str | None,
    found: int = 0,
) -> Page[ThreadLine]:
    """A page of the discussions under a filter, by last activity; people are named.

    In one place the pinned ones come first. ``found`` is how many there are, as far as they were
    counted: many are read in their order until the page is full, few are collected and sorted.
    Raise ``BadCursor`` for a place that was never given out.
    """
    are_many = found > MOST_COUNTED
    statement = _columns(actor).where(*_conditions(actor, wanted, in_order=are_many))
    keys = [Key(Thread.last_at.expression), Key(Thread.id.expression)]
    if wanted.is_place:
        keys.insert(0, Key(Thread.pinned.expression))
    page = paginate(
        statement.add_columns(*(key.column for key in keys)),
        keys,
        size=LIST_PAGE,
        after=after,
        before=before,
        convert=_line,
    )
    return replace(page, items=_with_people(page.items, actor))


def kind_counts(
    actor: Actor, wanted: ThreadFilter, kinds: Collection[str]
) -> dict[str | None, int]:
    """How many discussions there are under the filter, by kind of subject; None is all of them.

    Each is counted to one more than ``MOST_COUNTED``: a list costs no more where there are many.
    Only what is general has a theme. One query.
    """
    names: list[str | None] = [None, GENERAL, *kinds]
    if wanted.theme_id is not None:
        found = count_threads(actor, replace(wanted, kind=GENERAL, subject=None))
        return dict.fromkeys(names, 0) | {None: found, GENERAL: found}
    asked = [
        _bounded(actor, replace(wanted, kind=name, subject=None)).label(f"n{number}")
        for number, name in enumerate(names)
    ]
    return dict(zip(names, db.session.execute(select(*asked)).one(), strict=True))


def count_threads(actor: Actor, wanted: ThreadFilter) -> int:
    """How many discussions there are under the filter, up to one more than ``MOST_COUNTED``."""
    return db.session.scalar(select(_bounded(actor, wanted))) or 0


def _bounded(actor: Actor, wanted: ThreadFilter) -> ColumnElement[int]:
    conditions = _conditions(actor, wanted, by_kind=True)
    some = select(literal(1)).select_from(Thread).where(visible_to(actor), *conditions)
    limited = some.limit(MOST_COUNTED + 1).subquery()
    return select(func.count()).select_from(limited).scalar_subquery()


def _conditions(
    actor: Actor, wanted: ThreadFilter, *, by_kind: bool = False, in_order: bool = False
) -> list[ColumnElement[bool]]:
    """``by_kind``: the rows of a kind are collected, not read in the order of the list;
    ``in_order``: those of a theme are not collected either."""
    found: list[ColumnElement[bool]] = []
    if wanted.subject is not None:
        found.append(Thread.subject_kind == wanted.subject.kind)
        found.append(Thread.subject_id == wanted.subject.id)
    elif wanted.kind is not None:
        # What is the reader's own, or under a theme, is collected by that, unless an index of what
        # stands so leads to kind and theme.
        leads = wanted.theme_id is None or wanted.standing in _INDEXED
        found.append(_of_kind(wanted.kind, by_kind and leads and wanted.mine is None))
    if wanted.theme_id is not None:
        theme = func.coalesce(Thread.theme_id, 0) if in_order else Thread.theme_id
        found.append(theme.in_(sorted(descendants(wanted.theme_id))))
    if wanted.standing is not None:
        found.append(_stands(wanted.standing))
    if wanted.mine is not None:
        found.append(_is_mine(actor, wanted.mine))
    return found


def _of_kind(kind: str, by_kind: bool) -> ColumnElement[bool]:
    if by_kind:
        return Thread.subject_kind.is_(None) if kind == GENERAL else Thread.subject_kind == kind
    # Wrapped as in ``visible_to``: the newest first by their index, not a whole kind sorted.
    return func.coalesce(Thread.subject_kind, "") == ("" if kind == GENERAL else kind)


def _stands(standing: Standing) -> ColumnElement[bool]:
    if standing is Standing.OPEN:
        return Thread.state == ThreadState.OPEN
    if standing is Standing.CLOSED:
        # In the words of the index (``forum.models.CLOSED``).
        return Thread.state == literal_column("'closed'")
    if standing is Standing.SOLVED:
        return Thread.best_post_id.is_not(None)
    return unanswered()


def _is_mine(actor: Actor, mine: Mine) -> ColumnElement[bool]:
    if actor.member_id is None:
        return false()
    if mine is Mine.OPENED:
        return Thread.author_id == actor.member_id
    if mine is Mine.LONELY:
        return answered_by(actor)
    if mine is Mine.FOLLOWED:
        followed = select(Follow.object_id).where(
            Follow.member_id == actor.member_id, Follow.kind == "thread"
        )
        return Thread.id.in_(followed)
    if mine is Mine.WRITTEN:
        own = select(Post.thread_id).where(
            Post.author_id == actor.member_id, Post.state != PostState.REMOVED
        )
        return Thread.id.in_(own)
    marks = select(ReadMark.thread_id).where(
        ReadMark.member_id == actor.member_id,
        exists(_new_posts(actor.member_id, ReadMark.thread_id, ReadMark.number)),
    )
    return Thread.id.in_(marks)


def _new_posts(member_id: int, thread_id: Any, after: Any) -> Select[Any]:
    """What others wrote in a thread after this number."""
    post = aliased(Post)
    return select(literal(1)).where(
        post.thread_id == thread_id,
        post.state == PostState.VISIBLE,
        post.number > after,
        func.coalesce(post.author_id, 0) != member_id,
    )


def _columns(actor: Actor) -> Select[Any]:
    return (
        select(
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
            Thread.pinned,
            Thread.is_answered,
            Thread.best_post_id.is_not(None).label("is_solved"),
            Thread.theme_id,
            Thread.author_id,
            Thread.author_name,
            Thread.last_by_id,
            Thread.closed_at,
            Thread.closed_by_id,
            Organisation.name.label("closed_for"),
        )
        .outerjoin(Organisation, Organisation.id == Thread.closed_for_id)
        .where(visible_to(actor))
    )


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
        pinned=row.pinned,
        is_answered=row.is_answered,
        is_solved=row.is_solved,
        theme_id=row.theme_id,
        author_id=row.author_id,
        author_name=row.author_name,
        last_by_id=row.last_by_id,
        closed_at=row.closed_at,
        closed_by_id=row.closed_by_id,
        closed_for=row.closed_for,
    )


def _with_people(lines: Sequence[ThreadLine], actor: Actor) -> list[ThreadLine]:
    """The lines with who opened, wrote last and closed, and what is new; two queries."""
    ids = {one for line in lines for one in (line.author_id, line.last_by_id, line.closed_by_id)}
    known = people(ids)
    new = _counted_new([line.id for line in lines], actor)
    return [
        replace(
            line,
            opener=known.get(line.author_id or 0)
            or (called(line.author_name) if line.author_name else None),
            last_by=known.get(line.last_by_id or 0),
            closed_by=known.get(line.closed_by_id or 0),
            new=new.get(line.id, 0),
        )
        for line in lines
    ]


def _counted_new(ids: Sequence[int], actor: Actor) -> Mapping[int, int]:
    """How many messages of others the reader has not read, by thread; one query."""
    if actor.member_id is None or not ids:
        return {}
    some = _new_posts(actor.member_id, ReadMark.thread_id, ReadMark.number)
    some = some.correlate(ReadMark).limit(MOST_NEW)
    counted = select(func.count()).select_from(some.subquery()).scalar_subquery()
    rows = db.session.execute(
        select(ReadMark.thread_id, counted).where(
            ReadMark.member_id == actor.member_id, ReadMark.thread_id.in_(ids)
        )
    )
    return dict(rows.tuples().all())
