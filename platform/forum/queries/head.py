"""What a discussion says of itself, and where a message of it stands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Select,
    bindparam,
    exists,
    func,
    literal,
    select,
)
from sqlalchemy.orm import aliased

from core import subjects
from core.actor import Actor
from core.links import address
from core.references import Reference
from core.statements import ask
from core.subjects import SubjectLine
from forum.models import Post, PostDraft, PostMove, PostState, ReadMark, Thread, ThreadState
from forum.policies import post_visible_to, visible_to
from forum.queries.drafts import Draft, draft_in
from forum.rules import page_start, people_in
from members.queries import Person
from notifications.models import Follow
from organisations.models import Organisation

MOST_NEW = 99

# What the house itself wrote, such as the introduction of a demo, has no author.
HOUSE = Person(id=0, name="Gemella", is_public=False)


def called(name: str) -> Person:
    """Somebody who is nobody here and goes by name."""
    return Person(id=0, name=name, is_public=False)


@dataclass(frozen=True, slots=True)
class BestAnswer:
    """The message that answers the discussion."""

    post_id: int
    number: int
    author_id: int | None
    author_name: str
    html: str
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ThreadHead:
    """A discussion without its messages; numbers are None where the reader sees no message.

    ``new_from`` is the first message of somebody else that the reader has not read, and ``new``
    how many of them there are, up to ``MOST_NEW``; None and 0 where the reader never was here.
    ``taking_part`` are the first people with visible messages: ids, or names of who is nobody here.
    """

    id: int
    title: str
    introduction: str
    introduction_html: str
    lang: str
    state: ThreadState
    pinned: bool
    theme_id: int | None
    author_id: int | None
    author_name: str
    space_id: int | None
    opened_at: datetime
    last_at: datetime
    closed_at: datetime | None
    closed_by_id: int | None
    closed_for: str | None
    post_count: int
    participant_count: int
    version: int
    first_number: int | None
    last_number: int | None
    subject: Reference | None
    subject_line: SubjectLine | None
    best: BestAnswer | None = None
    is_followed: bool | None = None  # by the reader; None for visitors
    draft: Draft | None = None  # what the reader has typed below it and not sent
    read_to: int | None = None
    new_from: int | None = None
    new: int = 0
    has_moved: bool = False  # messages of it stand elsewhere now
    taking_part: Sequence[int | str] = ()

    @property
    def url(self) -> str:
        return address("forum.thread", thread_id=self.id)

    @property
    def last_url(self) -> str | None:
        """Where the last message stands, if that is not the first page."""
        number = self.last_number or 1
        return permalink(self.id, number) if page_start(number) > 1 else None

    @property
    def new_url(self) -> str | None:
        """Where the first message stands that the reader has not read."""
        return None if self.new_from is None else permalink(self.id, self.new_from)


def thread_head(thread_id: int, actor: Actor) -> ThreadHead | None:
    """The discussion without its messages, or None; two queries."""
    head = head_alone(thread_id, actor)
    if head is None or head.subject is None:
        return head
    return with_subject(head, subjects.describe([head.subject], actor))


def with_subject(head: ThreadHead, things: Mapping[Reference, SubjectLine]) -> ThreadHead:
    """The same with the title of what it hangs on, where that is among ``things``."""
    return replace(head, subject_line=things.get(head.subject)) if head.subject else head


def head_alone(thread_id: int, actor: Actor) -> ThreadHead | None:
    """The same without its subject's title; one query."""
    rows = ask(("forum.head", actor), lambda: _head(actor), {"thread_id": thread_id})
    if not rows:
        return None
    (row,) = rows
    subject = Reference(row.subject_kind, row.subject_id) if row.subject_kind else None
    return ThreadHead(
        id=row.id,
        title=row.title,
        introduction=row.introduction,
        introduction_html=row.introduction_html,
        lang=row.lang,
        state=row.state,
        pinned=row.pinned,
        theme_id=row.theme_id,
        author_name=row.author_name,
        author_id=row.author_id,
        space_id=row.space_id,
        opened_at=row.opened_at,
        last_at=row.last_at,
        closed_at=row.closed_at,
        closed_by_id=row.closed_by_id,
        closed_for=row.closed_for,
        post_count=row.post_count,
        participant_count=row.participant_count,
        version=row.version,
        first_number=row.first_number,
        last_number=row.last_number,
        subject=subject,
        subject_line=None,
        draft=draft_in(row.draft_typed, row.draft_version, row.draft_at),
        best=_best(row),
        is_followed=None if actor.is_visitor else row.followed,
        read_to=row.read_to,
        new_from=row.new_from,
        new=row.new or 0,
        has_moved=row.has_moved,
        taking_part=people_in(row.taking_part),
    )


def _head(actor: Actor) -> Select[Any]:
    asked: BindParameter[int] = bindparam("thread_id")
    numbers = select(Post.number).where(Post.thread_id == asked, post_visible_to(actor))
    best = aliased(Post)
    return (
        select(
            Thread.__table__,
            Organisation.name.label("closed_for"),
            edge(numbers, func.min).label("first_number"),
            edge(numbers, func.max).label("last_number"),
            follows(actor.member_id).label("followed"),
            PostDraft.typed.label("draft_typed"),
            PostDraft.version.label("draft_version"),
            PostDraft.at.label("draft_at"),
            exists().where(PostMove.thread_id == Thread.id).label("has_moved"),
            best.number.label("best_number"),
            best.author_id.label("best_author_id"),
            best.author_name.label("best_author_name"),
            best.html.label("best_html"),
            *_unread(actor),
        )
        .outerjoin(
            PostDraft,
            (PostDraft.thread_id == Thread.id) & (PostDraft.member_id == actor.member_id),
        )
        .outerjoin(Organisation, Organisation.id == Thread.closed_for_id)
        .outerjoin(
            best,
            (best.id == Thread.best_post_id)
            & (best.thread_id == Thread.id)
            & (best.state == PostState.VISIBLE),
        )
        .where(Thread.id == asked, visible_to(actor))
    )


def _best(row: Any) -> BestAnswer | None:
    if row.best_number is None:
        return None
    return BestAnswer(
        post_id=row.best_post_id,
        number=row.best_number,
        author_id=row.best_author_id,
        author_name=row.best_author_name,
        html=row.best_html,
        url=permalink(row.id, row.best_number),
    )


def _unread(actor: Actor) -> list[ColumnElement[Any]]:
    """How far the actor has read the thread of the statement around, and what is new to him."""
    if actor.member_id is None:
        nothing: Any = literal(None)
        return [nothing.label(name) for name in ("read_to", "new_from", "new")]
    mark = read_to(actor.member_id)
    post = aliased(Post)
    beyond = (
        post.thread_id == Thread.id,
        post.state == PostState.VISIBLE,
        post.number > mark,
        func.coalesce(post.author_id, 0) != actor.member_id,
    )
    some = select(post.number).where(*beyond).order_by(post.number).limit(MOST_NEW)
    new = some.correlate(Thread).subquery()
    return [
        mark.label("read_to"),
        select(func.min(new.c.number)).scalar_subquery().label("new_from"),
        select(func.count()).select_from(new).scalar_subquery().label("new"),
    ]


def read_to(member_id: Any) -> ColumnElement[int | None]:
    """How far the member has read the thread of the statement around."""
    return (
        select(ReadMark.number)
        .where(ReadMark.member_id == member_id, ReadMark.thread_id == Thread.id)
        .correlate(Thread)
        .scalar_subquery()
    )


def follows(member_id: Any) -> ColumnElement[bool]:
    """Whether the member follows the thread, as a column beside ``Thread``."""
    return exists().where(
        Follow.member_id == member_id,
        Follow.kind == "thread",
        Follow.object_id == Thread.id,
    )


def permalink(thread_id: int, number: int) -> str:
    """Where a message stands: its page and its mark there.

    The number stands in both, since browsers do not send marks: where the discussion was merged
    into another one, the address still says which message is meant.
    """
    return address(
        "forum.thread",
        thread_id=thread_id,
        da=number if number > 1 else None,
        _anchor=f"m{number}",
    )


def edge(numbers: Select[Any], function: Any) -> Any:
    """The first or last of the numbers that a statement selects, as a column of another one."""
    (number,) = numbers.selected_columns
    return numbers.with_only_columns(function(number)).scalar_subquery()
