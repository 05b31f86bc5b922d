"""Which spaces are open to whom, now."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import bindparam, or_, select

from core import clock
from core.database import db
from spaces.models import SpaceGrant


def open_space_ids(member_id: int, organisation_ids: Collection[int]) -> frozenset[int]:
    """The spaces that the member may enter now, alone or through a body."""
    given = {"member_id": member_id, "bodies": sorted(organisation_ids), "moment": clock.now()}
    return frozenset(db.session.scalars(_OPEN, given))


# Asked with every request of a member: put together once, of the plain table.
_GRANTS = SpaceGrant.__table__
_OPEN = select(_GRANTS.c.space_id).where(
    or_(
        _GRANTS.c.member_id == bindparam("member_id"),
        _GRANTS.c.organisation_id.in_(bindparam("bodies", expanding=True)),
    ),
    _GRANTS.c.from_at <= bindparam("moment"),
    or_(_GRANTS.c.to_at.is_(None), _GRANTS.c.to_at > bindparam("moment")),
)
