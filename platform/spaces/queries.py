"""Which spaces are open to whom, now."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta
from typing import Any

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Select,
    and_,
    bindparam,
    exists,
    literal,
    or_,
    select,
)

from core import clock
from core.actor import Actor
from core.database import UtcDateTime, db
from core.statements import Ago, ask
from members.models import Affiliation, AffiliationRole, AffiliationState, Member, RoleGrant
from spaces.models import Space, SpaceGrant
from spaces.policies import may_enter


def open_space_ids(
    member_id: int,
    organisation_ids: Collection[int],
    contact_organisation_ids: Collection[int] = (),
) -> frozenset[int]:
    """The spaces that the member may enter now, alone or through a body.

    ``contact_organisation_ids``: the bodies among them whose contact person the member is.
    """
    given = {
        "member_id": member_id,
        "bodies": sorted(organisation_ids),
        "answered_for": sorted(contact_organisation_ids),
        "moment": Ago(timedelta(0)),
    }
    return frozenset(row.space_id for row in ask("spaces.open", lambda: _OPEN, given))


def open_spaces(member_id: Any, bodies: Any, answered_for: Any) -> Select[Any]:
    """The same as a statement of its ids, for whoever asks about a member anyway.

    ``bodies`` and ``answered_for`` are what ``IN`` takes: lists as parameters, or statements. The
    moment is the parameter ``moment``.
    """
    moment: BindParameter[Any] = bindparam("moment", type_=UtcDateTime)
    return select(_GRANTS.c.space_id).where(
        or_(
            and_(
                _GRANTS.c.member_id == member_id,
                or_(_GRANTS.c.while_role.is_(None), _HOLDS_ROLE),
                or_(
                    _GRANTS.c.while_affiliated_id.is_(None),
                    _GRANTS.c.while_affiliated_id.in_(bodies),
                ),
            ),
            and_(_GRANTS.c.organisation_id.in_(bodies), _GRANTS.c.contacts_only.is_(False)),
            _GRANTS.c.organisation_id.in_(answered_for),
        ),
        _GRANTS.c.from_at <= moment,
        or_(_GRANTS.c.to_at.is_(None), _GRANTS.c.to_at > moment),
    )


def inside(space_id: int) -> ColumnElement[bool]:
    """Whether the ``Member`` of the statement around may enter the space now."""
    known = Affiliation.__table__.alias("known_there")
    bodies = select(known.c.organisation_id).where(
        known.c.member_id == Member.id, known.c.state == AffiliationState.ACCEPTED
    )
    answered_for = bodies.where(known.c.role == AffiliationRole.CONTACT)
    grants = open_spaces(Member.id, bodies.correlate(Member), answered_for.correlate(Member))
    here = grants.where(_GRANTS.c.space_id == space_id).params(moment=clock.now())
    return exists(here.correlate(Member))


def space(space_id: int, actor: Actor) -> Space | None:
    """The space, where the actor may enter it now."""
    return db.session.get(Space, space_id) if may_enter(actor, space_id) else None


# Asked with every request of a member: of the plain tables.
_GRANTS = SpaceGrant.__table__
_ROLES = RoleGrant.__table__.alias("roles_held")
_HOLDS_ROLE = exists(
    select(literal(1)).where(
        _ROLES.c.member_id == _GRANTS.c.member_id, _ROLES.c.role == _GRANTS.c.while_role
    )
).correlate(_GRANTS)
_OPEN = open_spaces(
    bindparam("member_id"),
    bindparam("bodies", expanding=True),
    bindparam("answered_for", expanding=True),
)
