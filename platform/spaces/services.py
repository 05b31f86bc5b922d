"""Open private spaces, and hand out and take back their keys."""

from __future__ import annotations

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from core import clock
from core.actor import Actor, Role
from core.events import announce
from core.references import Reference
from core.transactions import transaction
from spaces.models import Space, SpaceGrant
from spaces.signals import SpaceGranted, SpaceGrantEnded, SpaceOpened


def open_space(*, about: Reference, title: str, by: Actor) -> Space:
    """Make the private space of a thing; nobody may enter it before ``grant``.

    The feature that owns the thing decides who may do this: spaces know no features.
    """
    with transaction() as session:
        space = Space(kind=about.kind, object_id=about.id, title=title, created_at=clock.now())
        session.add(space)
        session.flush()
        announce(SpaceOpened(space_id=space.id, by_id=by.member_id))
        return space


def grant(
    *,
    space_id: int,
    organisation_id: int | None = None,
    member_id: int | None = None,
    while_role: Role | None = None,
    while_affiliated_id: int | None = None,
    contacts_only: bool = False,
    by: Actor,
) -> None:
    """Let a body's people, or one member, enter from now on; nothing happens where they may.

    ``while_role``: the member's key is worth something only as long as this role is held;
    ``while_affiliated_id``: only as long as the member belongs to this body. ``contacts_only``:
    the key is for the contact persons of the body alone, whoever they are at the time.
    """
    with transaction() as session:
        if _open_grants(session, space_id, organisation_id, member_id):
            return
        session.add(
            SpaceGrant(
                space_id=space_id,
                organisation_id=organisation_id,
                member_id=member_id,
                while_role=while_role,
                while_affiliated_id=while_affiliated_id,
                contacts_only=contacts_only,
                from_at=clock.now(),
            )
        )
        session.flush()
        announce(
            SpaceGranted(
                space_id=space_id,
                organisation_id=organisation_id,
                member_id=member_id,
                by_id=by.member_id,
            )
        )


def end_grant(
    *,
    space_id: int,
    organisation_id: int | None = None,
    member_id: int | None = None,
    by: Actor,
) -> None:
    """Keep a body's people, or one member, out from now on; does nothing where they are out."""
    with transaction() as session:
        grants = _open_grants(session, space_id, organisation_id, member_id)
        if not grants:
            return
        for one in grants:
            one.to_at = clock.now()
        session.flush()
        announce(
            SpaceGrantEnded(
                space_id=space_id,
                organisation_id=organisation_id,
                member_id=member_id,
                by_id=by.member_id,
            )
        )


def _open_grants(
    session: Session, space_id: int, organisation_id: int | None, member_id: int | None
) -> list[SpaceGrant]:
    if (organisation_id is None) == (member_id is None):
        raise ValueError("a grant is for a body or for a member")
    holder: ColumnElement[bool] = (
        SpaceGrant.organisation_id == organisation_id
        if member_id is None
        else SpaceGrant.member_id == member_id
    )
    moment = clock.now()
    return list(
        session.scalars(
            select(SpaceGrant).where(
                SpaceGrant.space_id == space_id,
                holder,
                or_(SpaceGrant.to_at.is_(None), SpaceGrant.to_at > moment),
            )
        )
    )
