"""One page of a discussion as readers see it: a fixed number of queries, however long."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Select,
    String,
    bindparam,
    cast,
    exists,
    func,
    literal,
    select,
)
from sqlalchemy.orm import aliased

from attachments.models import Attachment
from core.actor import Actor
from core.links import address
from core.statements import ask
from forum.models import Post, PostMove, PostState, Reacting, Reaction, Thread
from forum.policies import message_visible_to, post_visible_to
from forum.queries.head import HOUSE, ThreadHead, called, edge, head_alone, permalink, with_subject
from forum.queries.words import note_columns, notes_of
from forum.rules import PAGE, mentioned, page_start
from forum.rules.reading import Reading, read
from members.queries import Person, people_and_named
from organisations.models import Organisation


@dataclass(frozen=True, slots=True, kw_only=True)
class PostLine:
    """A message as it is read; ``answers`` is the one that it replies to.

    ``reactions`` counts who finds it useful and who is thankful; ``own_reactions`` are the
    reader's.
    """

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
    is_best: bool
    reactions: Mapping[Reacting, int]
    own_reactions: frozenset[str]


@dataclass(frozen=True, slots=True)
class Answered:
    """The message that another one replies to."""

    author: str
    number: int
    url: str


@dataclass(frozen=True, slots=True)
class Departed:
    """A message that stood here and stands elsewhere now."""

    number: int
    url: str
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ThreadPage:
    """A page of a discussion; ``participants`` are the first ones of all its pages.

    ``departed`` are messages that were moved away from it, as far as the reader may read them.
    """

    thread: ThreadHead
    posts: Sequence[PostLine]
    departed: Sequence[Departed]
    participants: Sequence[Person]
    closed_by: Person | None
    best_author: Person | None
    start: int
    previous_start: int | None
    next_start: int | None


def thread_page(thread_id: int, actor: Actor, start: int | None = None) -> ThreadPage | None:
    """The page of a discussion that message ``start`` stands on, the first page without one.

    None where the actor may not read the discussion.
    """
    head = head_alone(thread_id, actor)
    if head is None:
        return None
    begin = page_start(start or head.first_number or 1)
    place = {"thread_id": thread_id, "start": begin, "end": begin + PAGE}
    has_moved = head.has_moved
    rows = ask(("forum.page", actor, has_moved), lambda: _posts(actor, has_moved), place)
    # Where no message is left on the page, what was moved away still is.
    gone = rows[0].departed if rows else None
    if not rows and has_moved:
        ((gone,),) = ask(
            ("forum.departed", actor), lambda: select(_departed(actor).label("lines")), place
        )
    members = [one for one in head.taking_part if isinstance(one, int)]
    notes = notes_of(rows, actor, [head.subject])
    known, named = people_and_named(
        [*members, head.closed_by_id, head.best.author_id if head.best else None, *notes.members]
        + [row.author_id for row in rows]
        + [row.answered_author_id for row in rows],
        {slug for row in rows for slug in mentioned(row.html)},
        actor,
    )
    reading = notes.reading(known, named)
    return ThreadPage(
        thread=with_subject(head, notes.things),
        posts=[_post_line(head, row, known, reading) for row in rows],
        departed=_departures(gone),
        participants=[
            known[one] if isinstance(one, int) else called(one) for one in head.taking_part
        ],
        closed_by=known.get(head.closed_by_id or 0),
        best_author=_author(known, head.best.author_id, head.best.author_name)
        if head.best
        else None,
        start=begin,
        previous_start=_page_of(rows[0].before if rows else head.first_number),
        next_start=_page_of(rows[0].beyond if rows else _beyond(actor, place)),
    )


def _page_of(number: int | None) -> int | None:
    return None if number is None else page_start(number)


_THREAD_ID: BindParameter[int] = bindparam("thread_id")
_START: BindParameter[int] = bindparam("start")
_END: BindParameter[int] = bindparam("end")


def _posts(actor: Actor, has_moved: bool) -> Select[Any]:
    """The messages of the page that the three parameters name."""
    # Named anew for every statement: names that threads share break when two use them first.
    answered, other = aliased(Post), aliased(Post)
    numbers = select(other.number).where(
        other.thread_id == _THREAD_ID, post_visible_to(actor, other)
    )
    departed: ColumnElement[Any] = _departed(actor) if has_moved else literal(None)
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
            Post.author_name,
            Post.created_at,
            Post.edited_at,
            Organisation.name.label("organisation"),
            exists()
            .where(Attachment.kind == "post", Attachment.object_id == Post.id)
            .label("has_files"),
            *note_columns(actor),
            answered.number.label("answered_number"),
            answered.author_id.label("answered_author_id"),
            answered.author_name.label("answered_author_name"),
            *(_reacted(kind).label(kind.value) for kind in Reacting),
            _own_reactions(actor).label("own_reactions"),
            edge(numbers.where(other.number < _START), func.max).label("before"),
            edge(numbers.where(other.number >= _END), func.min).label("beyond"),
            departed.label("departed"),
        )
        .outerjoin(Organisation, Organisation.id == Post.on_behalf_of_id)
        # What has gone since must not be named any more.
        .outerjoin(
            answered,
            (answered.id == Post.reply_to_id)
            & (answered.thread_id == _THREAD_ID)
            & (answered.state == PostState.VISIBLE),
        )
        .where(Post.thread_id == _THREAD_ID, post_visible_to(actor))
        .where(Post.number >= _START, Post.number < _END)
        .order_by(Post.number)
    )


def _beyond(actor: Actor, place: Mapping[str, int]) -> int | None:
    """The first number after a page on which there is no message."""

    def later() -> Select[Any]:
        return select(func.min(Post.number).label("number")).where(
            Post.thread_id == _THREAD_ID, post_visible_to(actor), Post.number >= _END
        )

    given = {"thread_id": place["thread_id"], "end": place["end"]}
    ((number,),) = ask(("forum.beyond", actor), later, given)
    found: int | None = number
    return found


def _departed(actor: Actor) -> ColumnElement[str | None]:
    """What was moved away from this page, as one text of lines: number, post and title."""
    moved, there = aliased(PostMove), aliased(Thread)
    line = (
        cast(moved.number, String)
        + literal(" ")
        + cast(moved.post_id, String)
        + literal(" ")
        + there.title
    )
    readable = exists().where(
        Post.id == moved.post_id, Post.thread_id == there.id, message_visible_to(actor)
    )
    return (
        select(func.aggregate_strings(line, "\n"))
        .select_from(moved)
        .join(there, readable.correlate(moved, there))
        .where(moved.thread_id == _THREAD_ID)
        .where(moved.number >= _START, moved.number < _END)
        .scalar_subquery()
    )


def _departures(text: str | None) -> list[Departed]:
    """The lines of ``_departed`` in their order."""
    lines = [line.split(" ", 2) for line in text.split("\n")] if text else []
    found = [
        Departed(int(number), address("forum.post", post_id=int(post_id)), title)
        for number, post_id, title in lines
    ]
    return sorted(found, key=lambda one: one.number)


def _reacted(kind: Reacting) -> ColumnElement[int]:
    said = select(func.count()).where(Reaction.post_id == Post.id, Reaction.kind == kind)
    return said.correlate(Post).scalar_subquery()


def _own_reactions(actor: Actor) -> ColumnElement[Any]:
    if actor.member_id is None:
        return literal(None)
    own = select(func.aggregate_strings(cast(Reaction.kind, String), ",")).where(
        Reaction.post_id == Post.id, Reaction.member_id == actor.member_id
    )
    return own.correlate(Post).scalar_subquery()


def _author(known: Mapping[int, Person], author_id: int | None, name: str) -> Person:
    """Who wrote; whoever is nobody here goes by name, and where there is none it was the house."""
    if author_id is not None:
        return known[author_id]
    return called(name) if name else HOUSE


def _post_line(
    thread: ThreadHead,
    row: Any,
    known: Mapping[int, Person],
    reading: Reading,
) -> PostLine:
    thread_id = thread.id
    author = _author(known, row.author_id, row.author_name)
    answers = None
    if row.answered_number is not None:
        answers = Answered(
            _author(known, row.answered_author_id, row.answered_author_name).name,
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
        is_best=thread.best is not None and thread.best.post_id == row.id,
        reactions={kind: getattr(row, kind.value) for kind in Reacting},
        own_reactions=frozenset((row.own_reactions or "").split(",")),
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
