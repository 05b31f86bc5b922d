"""Following things, and stopping it. Both are the member's own affair: no fact tells of them."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import and_, delete, false, literal, or_, select, update

from core import clock, subjects
from core.actor import Actor
from core.database import insert_into
from core.domain import Refused, ensure
from core.references import Reference
from core.registry import registry
from core.transactions import transaction
from notifications import policies
from notifications.models import Follow, Notification


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
    statement = insert_into(Follow).on_conflict_do_nothing(
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


def carry_follows(old: Reference, new: Reference) -> None:
    """Let whoever follows the old thing follow the new one too, since when they have done so."""
    with transaction() as session:
        following = select(
            Follow.member_id, literal(new.kind), literal(new.id), Follow.since
        ).where(Follow.kind == old.kind, Follow.object_id == old.id)
        session.execute(
            insert_into(Follow)
            .from_select(["member_id", "kind", "object_id", "since"], following)
            .on_conflict_do_nothing(index_elements=["member_id", "kind", "object_id"])
        )


def carry_notices(
    old: Reference, new: Reference, *, only: Collection[Reference] | None = None
) -> None:
    """Let the notices that stand under the old thing, or ``only`` those about some things, stand
    under the new one."""
    there = [Notification.place_kind == old.kind, Notification.place_id == old.id]
    if only is not None:
        about = [
            and_(Notification.about_kind == one.kind, Notification.about_id == one.id)
            for one in only
        ]
        there.append(or_(false(), *about))
    with transaction() as session:
        session.execute(
            update(Notification)
            .where(*there)
            .values(place_kind=new.kind, place_id=new.id)
            .execution_options(synchronize_session=False)
        )
