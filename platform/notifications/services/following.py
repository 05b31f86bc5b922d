"""Following things, and stopping it. Both are the member's own affair: no fact tells of them."""

from __future__ import annotations

from typing import Any

from sqlalchemy import delete
from sqlalchemy.dialects import postgresql, sqlite

from core import clock, subjects
from core.actor import Actor
from core.database import db
from core.domain import Refused, ensure
from core.references import Reference
from core.registry import registry
from core.transactions import transaction
from notifications import policies
from notifications.models import Follow


def follow(*, reference: Reference, by: Actor) -> None:
    """Tell the actor of what happens to a thing from now on; doing it again changes nothing.

    Raise ``Refused`` where this sort of thing is not followed or may not be opened.
    """
    with transaction():
        ensure(policies.may_follow(by))
        subject = registry().subjects.get(reference.kind)
        if subject is None or not subject.is_followed:
            raise Refused("not to be followed")
        if not subjects.may_open(reference, by):
            raise Refused("no such thing")
        begin_following(reference, by.member_id)


def begin_following(reference: Reference, member_id: int | None) -> None:
    """Let a member follow what he or she takes part in, inside the open transaction."""
    if member_id is None:
        return
    insert = postgresql.insert if db.engine.dialect.name == "postgresql" else sqlite.insert
    statement: Any = insert(Follow).on_conflict_do_nothing(
        index_elements=["member_id", "kind", "object_id"]
    )
    with transaction() as session:
        session.execute(
            statement.values(
                member_id=member_id,
                kind=reference.kind,
                object_id=reference.id,
                since=clock.now(),
            )
        )


def stop_following(*, reference: Reference, by: Actor) -> None:
    """Tell the actor no more; also of what he or she may not open any more."""
    with transaction() as session:
        session.execute(
            delete(Follow).where(
                Follow.member_id == by.member_id,
                Follow.kind == reference.kind,
                Follow.object_id == reference.id,
            )
        )
