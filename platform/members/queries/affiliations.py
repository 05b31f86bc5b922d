"""Who belongs to which body, who asked to, and who may decide."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select

from core.actor import Actor
from core.counting import Count
from core.database import db
from members.models import (
    Affiliation,
    AffiliationRole,
    AffiliationState,
    Member,
    MemberState,
)
from members.queries.people import Person, people
from organisations.models import Organisation, OrganisationState


@dataclass(frozen=True, slots=True)
class AffiliationLine:
    """An affiliation with both of its ends."""

    id: int
    person: Person
    organisation_id: int
    organisation: str
    organisation_slug: str
    position: str
    role: AffiliationRole
    state: AffiliationState
    requested_at: datetime
    decided_at: datetime | None
    ended_at: datetime | None
    note: str
    is_awaited: bool = False

    @property
    def is_open(self) -> bool:
        return self.state in (AffiliationState.REQUESTED, AffiliationState.ACCEPTED)

    @property
    def is_contact(self) -> bool:
        return self.role is AffiliationRole.CONTACT


def affiliations_of_member(member_id: int) -> list[AffiliationLine]:
    """All affiliations of a member, the open ones first, then the newest."""
    found = _lines(
        _select().where(Affiliation.member_id == member_id).order_by(Affiliation.id.desc())
    )
    return sorted(found, key=lambda line: not line.is_open)


def affiliations_of_body(
    organisation_id: int, state: AffiliationState, limit: int = 200
) -> list[AffiliationLine]:
    """The affiliations of active members at a body in one state, oldest first."""
    return _lines(
        _select()
        .where(Affiliation.organisation_id == organisation_id, Affiliation.state == state)
        .where(Member.state == MemberState.ACTIVE)
        .order_by(Affiliation.role != AffiliationRole.CONTACT, Affiliation.id)
        .limit(limit)
    )


def affiliation(affiliation_id: int) -> AffiliationLine | None:
    """One affiliation, or None."""
    found = _lines(_select().where(Affiliation.id == affiliation_id))
    return found[0] if found else None


def affiliation_lines(ids: Sequence[int]) -> dict[int, AffiliationLine]:
    """Affiliations by id."""
    found = _lines(_select().where(Affiliation.id.in_(ids)))
    return {line.id: line for line in found}


def requests_for(actor: Actor, limit: int = 100) -> list[AffiliationLine]:
    """The requests that wait for this actor, oldest first."""
    return _lines(_select().where(*_waits_for(actor)).order_by(Affiliation.id).limit(limit))


def requests_counted(actor: Actor) -> Count:
    """Count the requests that wait for this actor; None where there can be none."""
    if not (actor.contact_organisation_ids or actor.is_administrator):
        return None
    return (
        select(func.count(Affiliation.id))
        .join(Member, Member.id == Affiliation.member_id)
        .join(Organisation, Organisation.id == Affiliation.organisation_id)
        .where(*_waits_for(actor))
    )


def _waits_for(actor: Actor) -> list[ColumnElement[bool]]:
    """Requests at bodies whose contact person the actor is; those of bodies that have none yet
    wait for the administrators.
    """
    own = Affiliation.organisation_id.in_(actor.contact_organisation_ids)
    other = Affiliation.__table__.alias("contact")
    orphaned = ~exists().where(
        and_(
            other.c.organisation_id == Affiliation.organisation_id,
            other.c.state == AffiliationState.ACCEPTED,
            other.c.role == AffiliationRole.CONTACT,
        )
    )
    return [
        Affiliation.state == AffiliationState.REQUESTED,
        Member.state == MemberState.ACTIVE,
        # Who comes for a body that is awaited waits for the administrators, too.
        Organisation.state != OrganisationState.REMOVED,
        or_(own, orphaned) if actor.is_administrator else own,
    ]


def _select() -> Select[Any]:
    return (
        select(
            Affiliation.id,
            Affiliation.member_id,
            Affiliation.organisation_id,
            Organisation.name.label("organisation"),
            Organisation.slug.label("organisation_slug"),
            (Organisation.state == OrganisationState.AWAITED).label("is_awaited"),
            Affiliation.position,
            Affiliation.role,
            Affiliation.state,
            Affiliation.requested_at,
            Affiliation.decided_at,
            Affiliation.ended_at,
            Affiliation.note,
        )
        .join(Organisation, Organisation.id == Affiliation.organisation_id)
        .join(Member, Member.id == Affiliation.member_id)
    )


def _lines(statement: Select[Any]) -> list[AffiliationLine]:
    rows = db.session.execute(statement).all()
    persons = people(row.member_id for row in rows)
    return [
        AffiliationLine(
            id=row.id,
            person=persons[row.member_id],
            organisation_id=row.organisation_id,
            organisation=row.organisation,
            organisation_slug=row.organisation_slug,
            position=row.position,
            role=row.role,
            state=row.state,
            requested_at=row.requested_at,
            decided_at=row.decided_at,
            ended_at=row.ended_at,
            note=row.note,
            is_awaited=row.is_awaited,
        )
        for row in rows
    ]
