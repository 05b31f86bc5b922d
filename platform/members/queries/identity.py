"""Who somebody is: the member behind a session, with everything that rights depend on."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, and_, select

from core import clock
from core.actor import VISITOR, Actor
from core.database import db
from core.registry import registry
from members.models import (
    Affiliation,
    AffiliationRole,
    AffiliationState,
    Member,
    MemberState,
    RoleGrant,
    SignInSession,
)
from members.rules import SEEN_AT_MOST_EVERY, SESSION_ENDS_AFTER
from organisations.models import Organisation, OrganisationState


@dataclass(frozen=True, slots=True)
class Identity:
    """The member of a session and the actor that he or she is; ``avatar`` names the picture."""

    session_id: int
    last_seen_at: datetime
    name: str
    slug: str
    avatar: str | None
    actor: Actor

    @property
    def is_seen_note_due(self) -> bool:
        """Whether the session's last use was noted long enough ago to note it again."""
        return clock.now() - self.last_seen_at >= SEEN_AT_MOST_EVERY


def hash_token(token: str) -> str:
    """What is kept of a session's token; it is random, so one pass of SHA-256 is enough."""
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


def identity_of(token: str) -> Identity | None:
    """Whose session this token opens, or None where it ended or its member may not sign in."""
    statement = (
        _with_rights(
            select(
                SignInSession.id.label("session_id"),
                SignInSession.last_seen_at,
                *_MEMBER_COLUMNS,
            ).join(Member, Member.id == SignInSession.member_id)
        )
        .where(SignInSession.token_hash == hash_token(token))
        .where(SignInSession.ended_at.is_(None))
        .where(SignInSession.last_seen_at > clock.now() - SESSION_ENDS_AFTER)
        .where(Member.state == MemberState.ACTIVE)
    )
    rows = db.session.execute(statement).all()
    if not rows:
        return None
    first = rows[0]
    return Identity(
        session_id=first.session_id,
        last_seen_at=first.last_seen_at,
        name=first.name,
        slug=first.slug,
        avatar=first.avatar,
        actor=_actor(rows),
    )


def actor_for(member_id: int) -> Actor:
    """The actor that a member is, for jobs and mails; a visitor where the member is not active."""
    statement = _with_rights(select(*_MEMBER_COLUMNS)).where(
        Member.id == member_id, Member.state == MemberState.ACTIVE
    )
    rows = db.session.execute(statement).all()
    return _actor(rows) if rows else VISITOR


_MEMBER_COLUMNS = (
    Member.id.label("member_id"),
    Member.name,
    Member.slug,
    Member.avatar,
    Member.language,
)


def _with_rights(statement: Select[Any]) -> Select[Any]:
    """One row for each pair of role and accepted affiliation, at least one: both are few."""
    return (
        statement.add_columns(
            RoleGrant.role.label("granted"),
            Organisation.id.label("organisation_id"),
            Affiliation.role.label("affiliated_as"),
        )
        .outerjoin(RoleGrant, RoleGrant.member_id == Member.id)
        .outerjoin(
            Affiliation,
            and_(
                Affiliation.member_id == Member.id,
                Affiliation.state == AffiliationState.ACCEPTED,
            ),
        )
        .outerjoin(
            Organisation,
            and_(
                Organisation.id == Affiliation.organisation_id,
                Organisation.state == OrganisationState.ACTIVE,
            ),
        )
    )


def _actor(rows: Any) -> Actor:
    organisations = {row.organisation_id: row.affiliated_as for row in rows}
    organisations.pop(None, None)
    ids = frozenset(organisations)
    member_id: int = rows[0].member_id
    return Actor(
        member_id=member_id,
        roles=frozenset(row.granted for row in rows if row.granted is not None),
        organisation_ids=ids,
        contact_organisation_ids=frozenset(
            number for number, role in organisations.items() if role is AffiliationRole.CONTACT
        ),
        space_ids=registry().open_spaces(member_id, ids),
        language=rows[0].language,
    )
