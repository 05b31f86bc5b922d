"""Discussions and messages as search knows them: never more public than what they hang on."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Any
from zlib import crc32

from flask_babel import lazy_gettext
from sqlalchemy import Row, Select, select

from core.audiences import Place, audiences_of
from core.contracts import SearchDocument, SearchSource
from core.database import db
from core.links import address
from core.references import Reference
from core.text import plain
from forum.models import Post, PostState, Thread, ThreadState
from forum.queries import permalink
from forum.rules.reading import own_words
from forum.signals import (
    MessagesMoved,
    PostEdited,
    PostFact,
    PostHeld,
    PostHidden,
    PostPublished,
    PostRefused,
    PostRemoved,
    PostRestored,
    ThreadChanged,
    ThreadFact,
    ThreadHidden,
    ThreadImported,
    ThreadMerged,
    ThreadMoved,
    ThreadOpened,
    ThreadRemoved,
    ThreadRestored,
    ThreadSplit,
)
from members.queries import people
from members.signals import MemberRemoved, ProfileChanged

_READABLE = (ThreadState.OPEN, ThreadState.CLOSED)
# Of these kinds of fields of a member a message shows the name alone.
_NAME_FIELDS = frozenset({"first_name", "last_name", "name"})


def thread_documents(ids: Sequence[int]) -> Iterable[SearchDocument]:
    """The discussions with these ids that somebody may find."""
    rows = db.session.execute(
        select(
            Thread.id,
            Thread.title,
            Thread.introduction_html,
            Thread.lang,
            Thread.opened_at,
            Thread.space_id,
            Thread.subject_kind,
            Thread.subject_id,
        ).where(Thread.id.in_(ids), Thread.state.in_(_READABLE))
    ).all()
    audiences = audiences_of(_hangs_on(row) for row in rows)
    for row in rows:
        audience = audiences.get(_hangs_on(row))
        if audience is not None:
            yield SearchDocument(
                reference=Reference("thread", row.id),
                title=row.title,
                text=plain(row.introduction_html),
                url=address("forum.thread", thread_id=row.id),
                audience=audience,
                lang=row.lang,
                at=row.opened_at,
                # Not the row's: every message raises that one, and changes nothing here.
                version=crc32(f"{row.title}\0{row.introduction_html}\0{row.lang}".encode()),
            )


def post_documents(ids: Sequence[int]) -> Iterable[SearchDocument]:
    """The messages with these ids that somebody may find; held and hidden ones never."""
    rows = db.session.execute(
        select(
            Post.id,
            Post.number,
            Post.html,
            Post.lang,
            Post.author_id,
            Post.author_name,
            Post.published_at,
            Post.version,
            Post.thread_id,
            Thread.title,
            Thread.space_id,
            Thread.subject_kind,
            Thread.subject_id,
        )
        .join(Thread, Thread.id == Post.thread_id)
        .where(Post.id.in_(ids), Post.state == PostState.VISIBLE, Thread.state.in_(_READABLE))
    ).all()
    audiences = audiences_of(_hangs_on(row) for row in rows)
    authors = people(row.author_id for row in rows)
    for row in rows:
        audience = audiences.get(_hangs_on(row))
        author = authors.get(row.author_id)
        name = row.author_name if author is None else "" if author.is_former else author.name
        if audience is not None:
            yield SearchDocument(
                reference=Reference("post", row.id),
                title=f"{row.title} · {name}" if name else row.title,
                text=plain(own_words(row.html)),
                url=permalink(row.thread_id, row.number),
                audience=audience,
                lang=row.lang,
                at=row.published_at,
                version=row.version,
                names=name,
            )


def _hangs_on(row: Row[Any]) -> Place:
    kind = row.subject_kind
    return row.space_id, Reference(kind, row.subject_id) if kind is not None else None


def _threads_on(kind: str, ids: Collection[int]) -> Select[tuple[int]]:
    return select(Thread.id).where(Thread.subject_kind == kind, Thread.subject_id.in_(ids))


def _posts_on(kind: str, ids: Collection[int]) -> Select[tuple[int]]:
    return (
        select(Post.id)
        .join(Thread, Thread.id == Post.thread_id)
        .where(Thread.subject_kind == kind, Thread.subject_id.in_(ids))
    )


def _about(fact: ThreadFact | PostFact) -> list[Reference]:
    return [fact.about]


def _posts_in(fact: ThreadFact) -> Select[tuple[int]]:
    """The title of a discussion stands in the documents of its messages."""
    return select(Post.id).where(Post.thread_id == fact.thread_id)


def _posts_by(fact: MemberRemoved | ProfileChanged) -> Select[tuple[int]] | list[Reference]:
    if fact.changed and _NAME_FIELDS.isdisjoint(fact.changed):
        return []
    return select(Post.id).where(Post.author_id == fact.member_id)


def _thread_ids(after: int, limit: int) -> list[int]:
    statement = select(Thread.id).where(Thread.id > after, Thread.state.in_(_READABLE))
    return list(db.session.scalars(statement.order_by(Thread.id).limit(limit)))


def _post_ids(after: int, limit: int) -> list[int]:
    statement = select(Post.id).where(Post.id > after, Post.state == PostState.VISIBLE)
    return list(db.session.scalars(statement.order_by(Post.id).limit(limit)))


# What changes the title of a discussion, or who may find it.
THREAD_WORDS = (
    ThreadOpened,
    ThreadChanged,
    ThreadHidden,
    ThreadRemoved,
    ThreadRestored,
    ThreadMoved,
    ThreadMerged,
    ThreadSplit,
    ThreadImported,
)

THREADS = SearchSource(
    kind="thread",
    label=lazy_gettext("Discussioni"),
    singular=lazy_gettext("Discussione"),
    documents=thread_documents,
    ids=_thread_ids,
    affected=dict.fromkeys(THREAD_WORDS, _about),
    hanging_on=_threads_on,
)

POSTS = SearchSource(
    kind="post",
    label=lazy_gettext("Messaggi"),
    singular=lazy_gettext("Messaggio"),
    documents=post_documents,
    ids=_post_ids,
    affected={
        **dict.fromkeys(
            (
                PostPublished,
                PostRestored,
                PostEdited,
                PostHeld,
                PostRefused,
                PostHidden,
                PostRemoved,
            ),
            _about,
        ),
        # Where a message was moved, its title and its address are others.
        **dict.fromkeys((*THREAD_WORDS, MessagesMoved), _posts_in),
        **dict.fromkeys((MemberRemoved, ProfileChanged), _posts_by),
    },
    hanging_on=_posts_on,
)
