"""One discussion as its page shows it: four queries, however long."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Row,
    Select,
    String,
    cast,
    exists,
    func,
    select,
)
from sqlalchemy.orm import aliased

from attachments.models import Attachment
from core import subjects
from core.actor import Actor
from core.database import db
from core.links import address
from core.references import Reference
from core.subjects import SubjectLine
from forum.models import Post, PostDraft, PostState, Thread, ThreadState
from forum.policies import post_visible_to, visible_to
from forum.queries.drafts import Draft, draft_in
from forum.queries.words import note_columns, notes_of
from forum.rules import PAGE, mentioned, page_start
from forum.rules.reading import Reading, read
from members.queries import Person, people_and_named
from notifications.models import Follow
from organisations.models import Organisation

PARTICIPANTS_SHOWN = 12

# What the house itself wrote, such as the introduction of a demo, has no author.
HOUSE = Person(id=0, name="Gemella", is_public=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class ThreadHead:
    """A discussion without its messages; numbers are None where the reader sees no message."""

    id: int
    title: str
    introduction_html: str
    lang: str
    state: ThreadState
    author_id: int | None
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
    is_followed: bool | None = None  # by the reader; None for visitors
    draft: Draft | None = None  # what the reader has typed below it and not sent
    taking_part: Sequence[int] = ()  # ids of the first members with visible messages

    @property
    def url(self) -> str:
        return address("forum.thread", thread_id=self.id)

    @property
    def last_url(self) -> str | None:
        """Where the last message stands, if that is not the first page."""
        number = self.last_number or 1
        return permalink(self.id, number) if page_start(number) > 1 else None


@dataclass(frozen=True, slots=True, kw_only=True)
class PostLine:
    """A message as it is read; ``answers`` is the one that it replies to."""

    id: int
    number: int
    html: str
    lang: str
    state: PostState
    held_because: str
    decision_reason: str
    author_id: int | None
    author: Person
    position: str
    on_behalf_of: str | None
    created_at: datetime
    edited_at: datetime | None
    answers: Answered | None
    url: str
    has_files: bool  # some that the reader may not see, perhaps


@dataclass(frozen=True, slots=True)
class Answered:
    """The message that another one replies to."""

    author: str
    number: int
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ThreadPage:
    """A page of a discussion; ``participants`` are the first ones of all its pages."""

    thread: ThreadHead
    posts: Sequence[PostLine]
    participants: Sequence[Person]
    closed_by: Person | None
    start: int
    previous_start: int | None
    next_start: int | None


def thread_page(thread_id: int, actor: Actor, start: int | None = None) -> ThreadPage | None:
    """The page of a discussion that message ``start`` stands on, the first page without one.

    None where the actor may not read the discussion.
    """
    head = _head(thread_id, actor)
    if head is None:
        return None
    begin = page_start(start or head.first_number or 1)
    rows = list(db.session.execute(_posts(thread_id, actor, begin)).all())
    taking_part = head.taking_part
    notes = notes_of(rows, actor, [head.subject])
    known, named = people_and_named(
        [*taking_part, head.closed_by_id, *notes.members]
        + [row.author_id for row in rows]
        + [row.answered_author_id for row in rows],
        {slug for row in rows for slug in mentioned(row.html)},
        actor,
    )
    reading = notes.reading(known, named)
    return ThreadPage(
        thread=_with_subject(head, notes.things),
        posts=[_post_line(thread_id, row, known, reading) for row in rows],
        participants=[known[number] for number in taking_part],
        closed_by=known.get(head.closed_by_id or 0),
        start=begin,
        previous_start=_page_of(rows[0].before if rows else head.first_number),
        next_start=_page_of(rows[0].beyond if rows else None),
    )


def thread_head(thread_id: int, actor: Actor) -> ThreadHead | None:
    """The discussion without its messages, or None; two queries."""
    head = _head(thread_id, actor)
    if head is None or head.subject is None:
        return head
    return _with_subject(head, subjects.describe([head.subject], actor))


def _with_subject(head: ThreadHead, things: Mapping[Reference, SubjectLine]) -> ThreadHead:
    return replace(head, subject_line=things.get(head.subject)) if head.subject else head


def _head(thread_id: int, actor: Actor) -> ThreadHead | None:
    """The same without its subject's title; one query."""
    numbers = select(Post.number).where(Post.thread_id == thread_id, post_visible_to(actor))
    row = db.session.execute(
        select(
            Thread.__table__,
            Organisation.name.label("closed_for"),
            _edge(numbers, func.min).label("first_number"),
            _edge(numbers, func.max).label("last_number"),
            follows(actor.member_id).label("followed"),
            _taking_part().label("taking_part"),
            PostDraft.typed.label("draft_typed"),
            PostDraft.version.label("draft_version"),
            PostDraft.at.label("draft_at"),
        )
        .outerjoin(
            PostDraft,
            (PostDraft.thread_id == Thread.id) & (PostDraft.member_id == actor.member_id),
        )
        .outerjoin(Organisation, Organisation.id == Thread.closed_for_id)
        .where(Thread.id == thread_id, visible_to(actor))
    ).one_or_none()
    if row is None:
        return None
    subject = Reference(row.subject_kind, row.subject_id) if row.subject_kind else None
    return ThreadHead(
        id=row.id,
        title=row.title,
        introduction_html=row.introduction_html,
        lang=row.lang,
        state=row.state,
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
        is_followed=None if actor.is_visitor else row.followed,
        taking_part=_participants(row.taking_part),
    )


def follows(member_id: Any) -> ColumnElement[bool]:
    """Whether the member follows the thread, as a column beside ``Thread``."""
    return exists().where(
        Follow.member_id == member_id,
        Follow.kind == "thread",
        Follow.object_id == Thread.id,
    )


def permalink(thread_id: int, number: int) -> str:
    """Where a message stands: its page and its mark there."""
    start = page_start(number)
    return address(
        "forum.thread",
        thread_id=thread_id,
        da=start if start > 1 else None,
        _anchor=f"m{number}",
    )


def _page_of(number: int | None) -> int | None:
    return None if number is None else page_start(number)


def _edge(numbers: Select[Any], function: Any) -> Any:
    """The first or last of the numbers that a statement selects, as a column of another one."""
    (number,) = numbers.selected_columns
    return numbers.with_only_columns(function(number)).scalar_subquery()


def _posts(thread_id: int, actor: Actor, start: int) -> Select[Any]:
    # Named anew for every statement: names that threads share break when two use them first.
    answered, other = aliased(Post), aliased(Post)
    numbers = select(other.number).where(
        other.thread_id == thread_id, post_visible_to(actor, other)
    )
    end = start + PAGE
    return (
        select(
            Post.id,
            Post.number,
            Post.html,
            Post.lang,
            Post.state,
            Post.held_because,
            Post.decision_reason,
            Post.author_id,
            Post.created_at,
            Post.edited_at,
            Organisation.name.label("organisation"),
            exists()
            .where(Attachment.kind == "post", Attachment.object_id == Post.id)
            .label("has_files"),
            *note_columns(actor),
            answered.number.label("answered_number"),
            answered.author_id.label("answered_author_id"),
            _edge(numbers.where(other.number < start), func.max).label("before"),
            _edge(numbers.where(other.number >= end), func.min).label("beyond"),
        )
        .outerjoin(Organisation, Organisation.id == Post.on_behalf_of_id)
        # What has gone since must not be named any more.
        .outerjoin(
            answered, (answered.id == Post.reply_to_id) & (answered.state == PostState.VISIBLE)
        )
        .where(Post.thread_id == thread_id, post_visible_to(actor))
        .where(Post.number >= start, Post.number < end)
        .order_by(Post.number)
    )


def _post_line(
    thread_id: int,
    row: Row[Any],
    known: Mapping[int, Person],
    reading: Reading,
) -> PostLine:
    author = known.get(row.author_id, HOUSE)
    answers = None
    if row.answered_number is not None:
        answers = Answered(
            known.get(row.answered_author_id, HOUSE).name,
            row.answered_number,
            permalink(thread_id, row.answered_number),
        )
    return PostLine(
        id=row.id,
        number=row.number,
        html=read(row.html, reading),
        lang=row.lang,
        state=row.state,
        held_because=row.held_because,
        decision_reason=row.decision_reason,
        author_id=row.author_id,
        author=author,
        position=_position(author, row.organisation),
        on_behalf_of=row.organisation,
        created_at=row.created_at,
        edited_at=row.edited_at,
        answers=answers,
        url=permalink(thread_id, row.number),
        has_files=row.has_files,
    )


def _position(author: Person, on_behalf_of: str | None) -> str:
    """The position at the body that is spoken for, else at the author's own, with its name.

    Of somebody who left nothing is told but the body that was spoken for.
    """
    if author.is_former:
        return ""
    if on_behalf_of is not None:
        return author.position if author.organisation == on_behalf_of else ""
    return ", ".join(part for part in (author.position, author.organisation) if part)


def _taking_part() -> ColumnElement[str | None]:
    """Who has visible messages in the thread of the statement around, as one text."""
    said_by = aliased(Post)
    first = func.min(said_by.number)
    members = (
        select(said_by.author_id, first.label("first"))
        .where(said_by.thread_id == Thread.id, said_by.state == PostState.VISIBLE)
        .where(said_by.author_id.is_not(None))
        .group_by(said_by.author_id)
        .order_by(first)
        .limit(PARTICIPANTS_SHOWN)
        .correlate(Thread)
        .subquery()
    )
    said = cast(members.c.first, String) + ":" + cast(members.c.author_id, String)
    return select(func.aggregate_strings(said, ",")).scalar_subquery()


def _participants(text: str | None) -> list[int]:
    """The ids in ``_taking_part``, in the order of the first message."""
    pairs = [one.split(":") for one in text.split(",")] if text else []
    return [int(author) for _first, author in sorted(pairs, key=lambda pair: int(pair[0]))]
