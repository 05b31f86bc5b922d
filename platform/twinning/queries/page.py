"""One twinning with all that its pages show: who takes part, who may do what."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from flask_babel import gettext
from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import selectinload

from core import subjects
from core.actor import Actor
from core.database import db
from core.links import address
from core.references import Reference
from core.slugs import owner_of
from core.subjects import SubjectLine
from members import queries as members
from members.models import Affiliation, AffiliationRole, AffiliationState, Member, MemberState
from members.queries import Person
from organisations.models import Organisation, OrganisationState
from twinning import policies
from twinning.models import (
    Participation,
    ParticipationRole,
    ParticipationState,
    Twinning,
)
from twinning.queries.lines import role_label
from twinning.rules import STANDING
from twinning.signals import KIND


@dataclass(frozen=True, slots=True)
class Partner:
    """A body with the part that it plays, as this reader may know it."""

    id: int
    organisation_id: int
    name: str
    url: str | None
    role: ParticipationRole
    state: ParticipationState
    unit: str
    act: str
    answered_at: datetime | None
    contact: Person | None

    @property
    def is_standing(self) -> bool:
        return self.state in STANDING

    @property
    def role_label(self) -> str:
        return role_label(self.role)

    @property
    def state_label(self) -> str:
        labels: dict[ParticipationState, str] = {
            ParticipationState.INVITED: gettext("In attesa di risposta"),
            ParticipationState.ACCEPTED: gettext("Adesione accettata"),
            ParticipationState.REFUSED: gettext("Adesione rifiutata"),
            ParticipationState.WITHDRAWN: gettext("Non partecipa più"),
            ParticipationState.ON_RECORD: gettext("Adesione agli atti"),
        }
        return labels[self.state]


def twinning(slug: str, actor: Actor) -> Twinning | None:
    """The twinning with this address, its themes and its bodies, or None: three queries."""
    return _find(Twinning.slug == slug, actor)


def twinning_by_id(twinning_id: int, actor: Actor) -> Twinning | None:
    """The same by its number."""
    return _find(Twinning.id == twinning_id, actor)


def moved_to(slug: str, actor: Actor) -> str | None:
    """Where a twinning that had this address before is now, for those who may open it."""
    owner = owner_of(KIND, slug)
    if owner is None:
        return None
    return db.session.scalar(
        select(Twinning.slug).where(Twinning.id == owner, policies.visible_to(actor))
    )


def partners(twinning: Twinning, actor: Actor) -> list[Partner]:
    """Who takes part, as far as the actor may know; givers first, in the order of joining.

    ``twinning.participations`` must be loaded with their bodies; two queries for contact persons.
    """
    known = [
        one
        for one in twinning.participations
        if policies.may_see_participation(actor, twinning, one)
    ]
    contacts = _contacts(one for one in known if one.state in STANDING)
    order = list(ParticipationRole)
    known.sort(key=lambda one: (order.index(one.role), one.id))
    return [_partner(one, contacts.get(one.id)) for one in known]


def source_practice(twinning: Twinning, actor: Actor) -> SubjectLine | None:
    """The practice that is transferred, where the actor may open it."""
    if twinning.practice_id is None:
        return None
    return subjects.find(Reference("practice", twinning.practice_id), actor)


def participation(twinning: Twinning, participation_id: int, actor: Actor) -> Partner | None:
    """One of ``partners``, or None."""
    return next((one for one in partners(twinning, actor) if one.id == participation_id), None)


def coordinator(twinning: Twinning) -> Person | None:
    """Who keeps the twinning in order."""
    if twinning.coordinator_id is None:
        return None
    return members.people([twinning.coordinator_id]).get(twinning.coordinator_id)


def _find(condition: ColumnElement[bool], actor: Actor) -> Twinning | None:
    return db.session.scalar(
        select(Twinning)
        .where(condition, policies.visible_to(actor))
        .options(
            selectinload(Twinning.themes),
            selectinload(Twinning.participations).joinedload(Participation.organisation),
        )
        .execution_options(populate_existing=True)
    )


def _partner(one: Participation, contact: Person | None) -> Partner:
    body: Organisation = one.organisation
    open_page = body.state is OrganisationState.ACTIVE
    return Partner(
        id=one.id,
        organisation_id=body.id,
        name=body.name,
        url=address("organisations.organisation", slug=body.slug) if open_page else None,
        role=one.role,
        state=one.state,
        unit=one.unit,
        act=one.act,
        answered_at=one.answered_at,
        contact=contact,
    )


def _contacts(participations: Iterable[Participation]) -> dict[int, Person]:
    """Who answers for each body now, by participation.

    That is the person named, as long as he or she works there, else the body's first contact.
    """
    wanted = list(participations)
    if not wanted:
        return {}
    named = [one.contact_id for one in wanted if one.contact_id is not None]
    rows = db.session.execute(
        select(Affiliation.organisation_id, Affiliation.member_id, Affiliation.role)
        .join(Member, Member.id == Affiliation.member_id)
        .where(
            Affiliation.organisation_id.in_({one.organisation_id for one in wanted}),
            Affiliation.state == AffiliationState.ACCEPTED,
            Member.state == MemberState.ACTIVE,
            or_(Affiliation.role == AffiliationRole.CONTACT, Affiliation.member_id.in_(named)),
        )
        .order_by(Affiliation.id)
    ).all()
    people = members.people(row.member_id for row in rows)
    found: dict[int, Person] = {}
    for one in wanted:
        here = [row for row in rows if row.organisation_id == one.organisation_id]
        answering = [row.member_id for row in here if row.member_id == one.contact_id]
        answering += [row.member_id for row in here if row.role is AffiliationRole.CONTACT]
        if answering:
            found[one.id] = people[answering[0]]
    return found
