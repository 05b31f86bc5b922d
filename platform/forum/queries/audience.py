"""Who of some members may read a discussion, or one that is about to be opened."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import exists, select

from core import subjects
from core.actor import VISITOR, Actor
from core.database import db
from core.references import Reference
from forum.models import Thread
from forum.policies import visible_to
from members.queries import actor_for
from spaces import policies as spaces


def readers_among(thread_id: int, member_ids: Collection[int]) -> frozenset[int]:
    """Those of the members who may read the discussion now.

    One query where everybody may; else two for each member, who are few where not everybody may
    read.
    """
    if not member_ids:
        return frozenset()
    if may_read(thread_id, VISITOR):
        return frozenset(member_ids)
    return frozenset(one for one in member_ids if may_read(thread_id, actor_for(one)))


def readers_at(
    subject: Reference | None, space_id: int | None, member_ids: Collection[int]
) -> frozenset[int]:
    """The same for a discussion on this thing and in this space that nobody has opened yet."""
    if not member_ids:
        return frozenset()
    if _may_enter(VISITOR, subject, space_id):
        return frozenset(member_ids)
    return frozenset(one for one in member_ids if _may_enter(actor_for(one), subject, space_id))


def may_read(thread_id: int, actor: Actor) -> bool:
    """Whether the actor may read the discussion now."""
    found = select(exists().where(Thread.id == thread_id, visible_to(actor)))
    return bool(db.session.scalar(found))


def _may_enter(actor: Actor, subject: Reference | None, space_id: int | None) -> bool:
    if not spaces.may_enter(actor, space_id):
        return False
    return subject is None or subjects.may_open(subject, actor)
