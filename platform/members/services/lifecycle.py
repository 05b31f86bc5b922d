"""Suspending, reinstating and removing members."""

from __future__ import annotations

import secrets

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
from members.services.roles import refuse_last_administrator, take_all_roles
from members.services.sessions import end_all
from members.signals import MemberReinstated, MemberRemoved, MemberSuspended


def suspend_member(*, member_id: int, reason: str, by: Actor) -> None:
    """Shut a member out at once, until an administrator thinks better of it."""
    with transaction() as session:
        ensure(policies.may_suspend(by, member_id))
        member = session.get_one(Member, member_id)
        MEMBER_STATES.check(member.state, MemberState.SUSPENDED)
        refuse_last_administrator(session, member_id)
        member.state = MemberState.SUSPENDED
        end_all(member_id)
        session.flush()
        announce(MemberSuspended(member_id=member_id, by_id=by.member_id, reason=reason))


def reinstate_member(*, member_id: int, reason: str = "", by: Actor) -> None:
    """Let a suspended member sign in again."""
    with transaction() as session:
        ensure(policies.may_suspend(by, member_id))
        member = session.get_one(Member, member_id)
        if member.state is not MemberState.SUSPENDED:
            # An unconfirmed one would become active, too: only the own link may do that.
            raise Refused("not_suspended")
        member.state = MemberState.ACTIVE
        session.flush()
        announce(MemberReinstated(member_id=member_id, by_id=by.member_id, reason=reason))


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
    member.last_sign_in_at = None
    member.updated_at = clock.now()
    member.raise_version(None)
    session.execute(delete(SignInSession).where(SignInSession.member_id == member.id))
    session.execute(delete(Slug).where(Slug.kind == "member", Slug.object_id == member.id))
    scrub_revisions(about)
    db.session.flush()
