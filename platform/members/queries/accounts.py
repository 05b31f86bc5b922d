"""What concerns access alone: sessions, addresses, links in mails."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from core import clock
from core.actor import Role
from core.database import db
from members.models import Member, MemberState, RoleGrant, SignInSession
from members.queries.identity import hash_token
from members.rules import SESSION_ENDS_AFTER


@dataclass(frozen=True, slots=True)
class SessionLine:
    """One of the own sessions; ``is_this`` is the one that asks."""

    id: int
    device: str
    started_at: datetime
    last_seen_at: datetime
    is_this: bool


@dataclass(frozen=True, slots=True)
class Addressee:
    """Whom a mail goes to, in which language."""

    member_id: int
    name: str
    first_name: str
    email: str
    language: str
    state: MemberState


@dataclass(frozen=True, slots=True)
class Account:
    """A row of ``gemella members list``."""

    id: int
    name: str
    email: str
    state: MemberState
    roles: tuple[Role, ...]
    last_sign_in_at: datetime | None


def sessions_of(member_id: int, token: str | None = None) -> list[SessionLine]:
    """The sessions of a member that are open, the last used first."""
    this = hash_token(token) if token else None
    rows = db.session.scalars(
        select(SignInSession)
        .where(
            SignInSession.member_id == member_id,
            SignInSession.ended_at.is_(None),
            SignInSession.last_seen_at > clock.now() - SESSION_ENDS_AFTER,
        )
        .order_by(SignInSession.last_seen_at.desc(), SignInSession.id.desc())
        .limit(50)
    )
    return [
        SessionLine(row.id, row.device, row.started_at, row.last_seen_at, row.token_hash == this)
        for row in rows
    ]


def addressee(member_id: int) -> Addressee | None:
    """Where a member's mail goes; None for whoever left.

    Without a name as long as the address is not confirmed: whoever registers somebody else's must
    not choose what a mail in our name says there.
    """
    row = db.session.execute(
        select(
            Member.id, Member.name, Member.first_name, Member.email, Member.language, Member.state
        ).where(Member.id == member_id, Member.state != MemberState.REMOVED)
    ).one_or_none()
    if row is None:
        return None
    is_proven = row.state is not MemberState.UNCONFIRMED
    name, first_name = (row.name, row.first_name) if is_proven else ("", "")
    return Addressee(row.id, name, first_name, row.email, row.language, row.state)


def fingerprint(password_hash: str, state: MemberState) -> str:
    """What a link in a mail is bound to: when the password or the state changes, it is spent."""
    return hashlib.sha256(f"{state}:{password_hash}".encode()).hexdigest()[:24]


def link_payload(member_id: int) -> list[int | str] | None:
    """What a link in a mail carries, signed, to be recognised by ``linked_member``."""
    row = db.session.execute(
        select(Member.password_hash, Member.state).where(Member.id == member_id)
    ).one_or_none()
    return None if row is None else [member_id, fingerprint(row.password_hash, row.state)]


def linked_member(payload: object) -> Member | None:
    """The member that a link is for, or None where it is spent or makes no sense."""
    match payload:
        case [int(member_id), str(mark)]:
            member = db.session.get(Member, member_id)
        case _:
            return None
    if member is None or fingerprint(member.password_hash, member.state) != mark:
        return None
    return member


def accounts(role: Role | None = None) -> list[Account]:
    """All members who have not left, with their roles, by name."""
    statement = (
        select(
            Member.id,
            Member.name,
            Member.email,
            Member.state,
            Member.last_sign_in_at,
            RoleGrant.role,
        )
        .outerjoin(RoleGrant, RoleGrant.member_id == Member.id)
        .where(Member.state != MemberState.REMOVED)
        .order_by(Member.words, Member.id)
    )
    found: dict[int, Account] = {}
    for row in db.session.execute(statement):
        known = found.get(row.id)
        roles = (known.roles if known else ()) + ((row.role,) if row.role else ())
        found[row.id] = Account(row.id, row.name, row.email, row.state, roles, row.last_sign_in_at)
    return [one for one in found.values() if role is None or role in one.roles]
