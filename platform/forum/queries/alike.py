"""Who reads the same page of a discussion as somebody else."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

from sqlalchemy import BindParameter, ColumnElement, Select, bindparam, exists, func, select

from core.actor import VISITOR, Actor
from core.database import UtcDateTime
from core.events import Event
from core.statements import Ago, ask
from forum.models import Post, PostDraft, Reaction, Thread
from forum.policies import edit_time, visible_to
from forum.queries.head import follows, read_to


def read_alike(thread_id: int, actor: Actor) -> tuple[int, Hashable] | None:
    """The newest event, and who reads the same page of the discussion as the actor does.

    None where a visitor may not read it. Members of the same rights read alike, those who follow
    it and those who do not, those who have read as far; who has a role, opened it, wrote or said
    "useful" there reads a page of one's own, which changes with the number of messages that may
    still be edited. One query.
    """
    if actor.member_id is None:
        return None
    given = {
        "thread_id": thread_id,
        "member_id": actor.member_id,
        "fresh_after": Ago(edit_time()),
    }
    rows = ask("forum.read_alike", _read_alike, given)
    if not rows:
        return None
    (row,) = rows
    own = actor.roles or row.opened or row.wrote or row.drafted or row.reacted
    alike = row.follows, row.read_to
    return row.newest, (alike, (actor.member_id, row.fresh, row.drafted) if own else None)


def _read_alike() -> Select[Any]:
    member_id: BindParameter[int] = bindparam("member_id")
    own = select(func.count()).where(Post.author_id == member_id, Post.thread_id == Thread.id)
    fresh = own.where(Post.created_at > bindparam("fresh_after", type_=UtcDateTime))
    return select(
        select(func.max(Event.id)).scalar_subquery().label("newest"),
        follows(member_id).label("follows"),
        (func.coalesce(Thread.author_id, 0) == member_id).label("opened"),
        own.correlate(Thread).scalar_subquery().label("wrote"),
        fresh.correlate(Thread).scalar_subquery().label("fresh"),
        _drafted(member_id).label("drafted"),
        read_to(member_id).label("read_to"),
        _reacted(member_id).label("reacted"),
    ).where(Thread.id == bindparam("thread_id"), visible_to(VISITOR))


def _reacted(member_id: Any) -> ColumnElement[bool]:
    """Whether the member said of a message of the thread that it is useful.

    From what the member said to its messages: of a long thread not all are looked through.
    """
    place = select(Post.thread_id).where(Post.id == Reaction.post_id).correlate(Reaction)
    return (
        exists()
        .where(Reaction.member_id == member_id, place.scalar_subquery() == Thread.id)
        .correlate(Thread)
    )


def _drafted(member_id: Any) -> ColumnElement[int | None]:
    """Which version of a draft the member has below the thread, as a column beside ``Thread``."""
    return (
        select(PostDraft.version)
        .where(PostDraft.thread_id == Thread.id, PostDraft.member_id == member_id)
        .correlate(Thread)
        .scalar_subquery()
    )
