"""Who of some members may read a discussion."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import exists, select

from core.actor import VISITOR, Actor
from core.database import db
from forum.models import Thread
from forum.policies import visible_to
from members.queries import actor_for


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


def may_read(thread_id: int, actor: Actor) -> bool:
    """Whether the actor may read the discussion now."""
    found = select(exists().where(Thread.id == thread_id, visible_to(actor)))
    return bool(db.session.scalar(found))
