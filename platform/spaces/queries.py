"""Which spaces are open to whom, now."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import or_, select

from core import clock
from core.database import db
from spaces.models import SpaceGrant


def open_space_ids(member_id: int, organisation_ids: Collection[int]) -> frozenset[int]:
    """The spaces that the member may enter now, alone or through a body."""
    moment = clock.now()
    return frozenset(
        db.session.scalars(
            select(SpaceGrant.space_id).where(
                or_(
                    SpaceGrant.member_id == member_id,
                    SpaceGrant.organisation_id.in_(organisation_ids),
                ),
                SpaceGrant.from_at <= moment,
                or_(SpaceGrant.to_at.is_(None), SpaceGrant.to_at > moment),
            )
        )
    )
