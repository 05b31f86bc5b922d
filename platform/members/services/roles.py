"""Roles that administrators give and take."""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core import clock
from core.actor import Actor, Role
from core.domain import Refused, ensure
from core.events import announce
from core.transactions import transaction
from members import policies
from members.models import Member, MemberState, RoleGrant
from members.services.sessions import end_all
from members.signals import RoleGranted, RoleRevoked


def grant_role(*, member_id: int, role: Role, reason: str = "", by: Actor) -> bool:
    """Give a role to an active member; False where the member holds it already."""
    with transaction() as session:
        ensure(policies.may_grant_roles(by))
        if session.get_one(Member, member_id).state is not MemberState.ACTIVE:
            raise Refused("not_active")
        return give_role(session, member_id, role, by, reason=reason)


def revoke_role(*, member_id: int, role: Role, reason: str = "", by: Actor) -> bool:
    """Take a role away; it counts no more at the next request. False where it was not held.

    The member's sessions end: what a device still shows was meant for somebody else.
    """
    with transaction() as session:
        ensure(policies.may_grant_roles(by))
        grant = session.get(RoleGrant, (member_id, role))
        if grant is None:
            return False
        if role is Role.ADMINISTRATOR:
            refuse_last_administrator(session, member_id)
        session.delete(grant)
        end_all(member_id)
        session.flush()
        announce(
            RoleRevoked(member_id=member_id, role=role.value, by_id=by.member_id, reason=reason)
        )
        return True


def give_role(session: Session, member_id: int, role: Role, by: Actor, *, reason: str = "") -> bool:
    """Give a role inside the open transaction."""
    if session.get(RoleGrant, (member_id, role)) is not None:
        return False
    session.add(
        RoleGrant(
            member_id=member_id, role=role, granted_at=clock.now(), granted_by_id=by.member_id
        )
    )
    session.flush()
    announce(RoleGranted(member_id=member_id, role=role.value, by_id=by.member_id, reason=reason))
    return True


def take_all_roles(session: Session, member_id: int, by: Actor) -> None:
    """Take every role of a member inside the open transaction."""
    for grant in session.scalars(select(RoleGrant).where(RoleGrant.member_id == member_id)):
        session.delete(grant)
        announce(RoleRevoked(member_id=member_id, role=grant.role.value, by_id=by.member_id))


def held_roles(session: Session, member_id: int) -> frozenset[Role]:
    """The roles of a member, as they are now."""
    rows = session.scalars(select(RoleGrant.role).where(RoleGrant.member_id == member_id))
    return frozenset(rows)


def refuse_last_administrator(session: Session, member_id: int) -> None:
    """Raise ``Refused`` where nobody would be left who can give roles."""
    if session.get(RoleGrant, (member_id, Role.ADMINISTRATOR)) is None:
        return
    others = session.scalar(
        select(func.count())
        .select_from(RoleGrant)
        .join(Member, Member.id == RoleGrant.member_id)
        .where(
            RoleGrant.role == Role.ADMINISTRATOR,
            Member.state == MemberState.ACTIVE,
            Member.id != member_id,
        )
    )
    if not others:
        raise Refused("last_administrator")
