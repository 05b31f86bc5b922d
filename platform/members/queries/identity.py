"""Who somebody is: the member behind a session, with everything that rights depend on."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    FromClause,
    Select,
    String,
    and_,
    bindparam,
    cast,
    func,
    literal,
    select,
)

from core import clock
from core.actor import VISITOR, Actor
from core.registry import registry
from core.statements import Ago, ask
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
    """The member of a session and the actor that he or she is; ``avatar`` names the picture.

    ``notes`` is what features have every page show of its reader, by name
    (``Registry.reader_columns``).
    """

    session_id: int
    last_seen_at: datetime
    name: str
    slug: str
    avatar: str | None
    actor: Actor
    notes: Mapping[str, Any]

    @property
    def is_seen_note_due(self) -> bool:
        """Whether the session's last use was noted long enough ago to note it again."""
        return clock.now() - self.last_seen_at >= SEEN_AT_MOST_EVERY


def hash_token(token: str) -> str:
    """What is kept of a session's token; it is random, so one pass of SHA-256 is enough."""
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


def identity_of(token: str) -> Identity | None:
    """Whose session this token opens, or None where it ended or its member may not sign in.

    One query, with all that rights depend on and what every page shows of its reader.
    """
    given = {
        "token_hash": hash_token(token),
        "alive_after": Ago(SESSION_ENDS_AFTER),
        "moment": Ago(timedelta(0)),
    }
    rows = ask("members.by_session", _by_session, given)
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
        notes={name: getattr(first, f"note_{name}") for name in registry().reader_columns},
    )


def actor_for(member_id: int) -> Actor:
    """The actor that a member is, for jobs and mails; a visitor where the member is not active."""
    given = {"member_id": member_id, "moment": Ago(timedelta(0))}
    rows = ask("members.by_member", _by_member, given)
    return _actor(rows) if rows else VISITOR


def _by_session() -> Select[Any]:
    statement = select(
        _SESSIONS.c.id.label("session_id"), _SESSIONS.c.last_seen_at, *_COLUMNS
    ).select_from(_SESSIONS.join(_MEMBERS, _MEMBERS.c.id == _SESSIONS.c.member_id))
    notes = registry().reader_columns.items()
    return _with_rights(
        statement.where(
            _SESSIONS.c.token_hash == bindparam("token_hash"),
            _SESSIONS.c.ended_at.is_(None),
            _SESSIONS.c.last_seen_at
            > bindparam("alive_after", type_=_SESSIONS.c.last_seen_at.type),
        )
    ).add_columns(*(column(_MEMBERS.c.id).label(f"note_{name}") for name, column in notes))


def _by_member() -> Select[Any]:
    return _with_rights(
        select(*_COLUMNS).select_from(_MEMBERS).where(_MEMBERS.c.id == bindparam("member_id"))
    )


def _with_rights(statement: Select[Any]) -> Select[Any]:
    """One row for each pair of role and accepted affiliation, at least one: both are few."""
    return (
        statement.add_columns(
            _ROLES.c.role.label("granted"),
            _BODIES.c.id.label("organisation_id"),
            _AFFILIATIONS.c.role.label("affiliated_as"),
            _open_spaces().label("spaces"),
        )
        .outerjoin(_ROLES, _ROLES.c.member_id == _MEMBERS.c.id)
        .outerjoin(_AFFILIATIONS, _counts(_AFFILIATIONS))
        .outerjoin(
            _BODIES,
            and_(
                _BODIES.c.id == _AFFILIATIONS.c.organisation_id,
                _BODIES.c.state == OrganisationState.ACTIVE,
            ),
        )
        .where(_MEMBERS.c.state == MemberState.ACTIVE)
    )


def _open_spaces() -> ColumnElement[str | None]:
    """The spaces that are open to the member of the statement around, as ``3,17``."""
    open_spaces = registry().open_spaces
    if open_spaces is None:
        return literal(None, String)
    affiliation, body = _AFFILIATIONS.alias("own"), _BODIES.alias("own_body")
    bodies = (
        select(affiliation.c.organisation_id)
        .join(body, body.c.id == affiliation.c.organisation_id)
        .where(_counts(affiliation), body.c.state == OrganisationState.ACTIVE)
        .correlate(_MEMBERS)
    )
    answered_for = bodies.where(affiliation.c.role == AffiliationRole.CONTACT)
    spaces = open_spaces(_MEMBERS.c.id, bodies, answered_for)
    (space_id,) = spaces.selected_columns
    return (
        spaces.with_only_columns(func.aggregate_strings(cast(space_id, String), ","))
        .correlate(_MEMBERS)
        .scalar_subquery()
    )


def _counts(affiliation: FromClause) -> ColumnElement[bool]:
    return and_(
        affiliation.c.member_id == _MEMBERS.c.id,
        affiliation.c.state == AffiliationState.ACCEPTED,
    )


# Asked with every request: of plain tables, which costs a third of entities.
_SESSIONS = SignInSession.__table__
_MEMBERS = Member.__table__
_ROLES = RoleGrant.__table__
_AFFILIATIONS = Affiliation.__table__
_BODIES = Organisation.__table__
_COLUMNS = (
    _MEMBERS.c.id.label("member_id"),
    _MEMBERS.c.name,
    _MEMBERS.c.slug,
    _MEMBERS.c.avatar,
    _MEMBERS.c.language,
)


def _actor(rows: Any) -> Actor:
    organisations = {row.organisation_id: row.affiliated_as for row in rows}
    organisations.pop(None, None)
    ids = frozenset(organisations)
    contacts = frozenset(
        number for number, role in organisations.items() if role is AffiliationRole.CONTACT
    )
    member_id: int = rows[0].member_id
    return Actor(
        member_id=member_id,
        roles=frozenset(row.granted for row in rows if row.granted is not None),
        organisation_ids=ids,
        contact_organisation_ids=contacts,
        space_ids=frozenset(int(one) for one in (rows[0].spaces or "").split(",") if one),
        language=rows[0].language,
    )
