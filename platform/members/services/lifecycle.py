"""Suspending, reinstating and removing members."""

from __future__ import annotations

import secrets
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from core import clock
from core.actor import Actor
from core.database import db
from core.domain import Refused, ensure
from core.events import announce
from core.references import Reference
from core.revisions import scrub_revisions
from core.slugs import Slug
from core.transactions import transaction
from members import policies
from members.models import (
    Affiliation,
    Member,
    MemberState,
    SignInSession,
    Visibility,
)
from members.rules import MEMBER_STATES
from members.services.affiliations import close
from members.services.avatars import forget_picture
from members.services.roles import held_roles, refuse_last_administrator, take_all_roles
from members.services.sessions import end_all, let_in_again
from members.signals import MemberReinstated, MemberRemoved, MemberSuspended

_AT_ONCE = 50


def suspend_member(
    *, member_id: int, reason: str, ends_at: datetime | None = None, by: Actor
) -> None:
    """Shut a member out at once: until ``ends_at``, or until somebody thinks better of it.

    Raise ``Forbidden``, ``Refused`` where the member is not active or the end lies behind us.
    """
    with transaction() as session:
        member = session.get_one(Member, member_id, with_for_update=True)
        ensure(policies.may_shut_out(by, member_id, held_roles(session, member_id)))
        MEMBER_STATES.check(member.state, MemberState.SUSPENDED)
        if ends_at is not None and ends_at <= clock.now():
            raise Refused("ends before it begins")
        refuse_last_administrator(session, member_id)
        member.state, member.suspended_until = MemberState.SUSPENDED, ends_at
        end_all(member_id)
        session.flush()
        announce(MemberSuspended(member_id=member_id, by_id=by.member_id, reason=reason))


def reinstate_member(*, member_id: int, reason: str = "", by: Actor) -> None:
    """Let a suspended member sign in again."""
    with transaction() as session:
        member = session.get_one(Member, member_id, with_for_update=True)
        ensure(policies.may_shut_out(by, member_id, held_roles(session, member_id)))
        _let_in(session, member, reason, by.member_id)


def end_suspensions() -> int:
    """Let those in again whose suspension has run out; return how many. May run at any time."""
    due = db.session.scalars(
        select(Member.id)
        .where(Member.state == MemberState.SUSPENDED, Member.suspended_until <= clock.now())
        .order_by(Member.id)
        .limit(_AT_ONCE)
    ).all()
    db.session.rollback()
    return sum(let_in_again(member_id) for member_id in due)


def _let_in(session: Session, member: Member, reason: str, by_id: int | None) -> None:
    if member.state is not MemberState.SUSPENDED:
        # An unconfirmed one would become active, too: only the own link may do that.
        raise Refused("not_suspended")
    member.state, member.suspended_until = MemberState.ACTIVE, None
    session.flush()
    announce(MemberReinstated(member_id=member.id, by_id=by_id, reason=reason))


def remove_member(*, member_id: int, reason: str = "", by: Actor) -> None:
    """Turn a member into "ex iscritto": person and address go, what was written stays."""
    with transaction() as session:
        ensure(policies.may_remove(by, member_id))
        member = session.get_one(Member, member_id)
        MEMBER_STATES.check(member.state, MemberState.REMOVED)
        refuse_last_administrator(session, member_id)
        take_all_roles(session, member_id, by)
        for affiliation in session.scalars(
            select(Affiliation).where(Affiliation.member_id == member_id)
        ):
            close(affiliation, by)
            affiliation.position = affiliation.note = ""
        picture = member.avatar
        _make_nameless(session, member)
        session.flush()
        announce(MemberRemoved(member_id=member_id, by_id=by.member_id, reason=reason))
    # The row goes first: a picture without a row is found by a sweep, a row without one is broken.
    forget_picture(picture)


def _make_nameless(session: Session, member: Member) -> None:
    about = Reference("member", member.id)
    member.state = MemberState.REMOVED
    member.first_name = member.last_name = member.name = ""
    member.email = ""
    member.email_key = f"removed:{member.id}"
    # Nothing hashes to this: the account cannot be entered.
    member.password_hash = "!"  # noqa: S105
    # Addresses hold the name, too; the number is not it, and nobody can take it.
    member.slug = f"-{member.id}-{secrets.token_hex(4)}"
    member.bio = member.bio_html = ""
    member.avatar = None
    member.themes = []
    member.sign_in_visibility = Visibility.NOBODY
    member.suspended_until = None
    member.last_sign_in_at = None
    member.updated_at = clock.now()
    member.raise_version(None)
    session.execute(delete(SignInSession).where(SignInSession.member_id == member.id))
    session.execute(delete(Slug).where(Slug.kind == "member", Slug.object_id == member.id))
    scrub_revisions(about)
    db.session.flush()
