"""One twinning with all that its pages show: who takes part, who may do what."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from flask_babel import gettext
from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import joinedload, selectinload

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
from twinning.rules import PARTICIPATION_TRANSITIONS, STANDING, is_open_invitation
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
    invited_at: datetime
    message: str
    answered_at: datetime | None
    note: str
    contact: Person | None
    may_answer: bool = False
    may_leave: bool = False
    may_take_out: bool = False

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


@dataclass(frozen=True, slots=True)
class Cast:
    """Who stands in a twinning, as the reader may know: bodies, and who keeps it in order."""

    partners: list[Partner]
    coordinator: Person | None
    proposer: Person | None


def cast(twinning: Twinning, actor: Actor) -> Cast:
    """Bodies, givers first in the order of joining, coordinator and proposer; two queries.

    ``twinning.participations`` must be loaded with their bodies.
    """
    known = [
        one
        for one in twinning.participations
        if policies.may_see_participation(actor, twinning, one)
    ]
    order = list(ParticipationRole)
    known.sort(key=lambda one: (order.index(one.role), one.id))
    answering = _answering([one for one in known if one.state in STANDING])
    keepers = [one for one in (twinning.coordinator_id, twinning.proposer_id) if one is not None]
    people = members.people([*answering.values(), *keepers])
    return Cast(
        partners=[
            _partner(one, people.get(answering.get(one.id, 0)), twinning, actor) for one in known
        ],
        coordinator=people.get(twinning.coordinator_id or 0),
        proposer=people.get(twinning.proposer_id or 0),
    )


def partners(twinning: Twinning, actor: Actor) -> list[Partner]:
    """Who takes part, as far as the actor may know."""
    return cast(twinning, actor).partners


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


@dataclass(frozen=True, slots=True)
class Invitation:
    """What a contact person was asked: to be answered, or answered already."""

    twinning: Twinning
    participation: Participation
    inviter: Person | None

    @property
    def is_open(self) -> bool:
        return is_open_invitation(self.twinning, self.participation)


def asked(slug: str, participation_id: int, actor: Actor) -> Participation | None:
    """A body's place in the twinning with this address, where the actor may know of it.

    The body's contact person knows, also after the invitation was taken back and the twinning can
    not be opened any more.
    """
    named: ColumnElement[bool] = Twinning.slug == slug
    if (owner := owner_of(KIND, slug)) is not None:
        # The link of a mail, from before the twinning had another title.
        named = or_(named, Twinning.id == owner)
    return db.session.scalar(
        select(Participation)
        .join(Twinning, Twinning.id == Participation.twinning_id)
        .where(
            Participation.id == participation_id,
            named,
            or_(
                Participation.organisation_id.in_(sorted(actor.contact_organisation_ids)),
                and_(policies.visible_to(actor), policies.participation_visible_to(actor)),
            ),
        )
        .options(
            joinedload(Participation.organisation),
            joinedload(Participation.twinning).selectinload(Twinning.participations),
        )
        .execution_options(populate_existing=True)
    )


def invitation(participation: Participation) -> Invitation:
    """The same with who asked; one query."""
    by = participation.invited_by_id
    inviter = members.people([by]).get(by) if by is not None else None
    return Invitation(participation.twinning, participation, inviter)


def _find(condition: ColumnElement[bool], actor: Actor) -> Twinning | None:
    found = db.session.scalars(
        select(Twinning)
        .where(condition, policies.visible_to(actor))
        .options(
            # A few of them: a query of their own would cost more.
            joinedload(Twinning.themes),
            selectinload(Twinning.participations).joinedload(Participation.organisation),
        )
        .execution_options(populate_existing=True)
    )
    return found.unique().one_or_none()


def _partner(
    one: Participation, contact: Person | None, twinning: Twinning, actor: Actor
) -> Partner:
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
        invited_at=one.invited_at,
        message=one.message,
        answered_at=one.answered_at,
        note=one.note,
        contact=contact,
        may_answer=is_open_invitation(twinning, one) and policies.may_answer(actor, one),
        may_leave=policies.may_leave(actor, twinning, one),
        may_take_out=PARTICIPATION_TRANSITIONS.allows(one.state, ParticipationState.WITHDRAWN)
        and policies.may_take_out(actor, twinning, one),
    )


def _answering(wanted: Sequence[Participation]) -> dict[int, int]:
    """Who answers for each body now: ids of members by participation; one query.

    That is the person named, as long as he or she works there, else the body's first contact.
    """
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
    found: dict[int, int] = {}
    for one in wanted:
        here = [row for row in rows if row.organisation_id == one.organisation_id]
        answering = [row.member_id for row in here if row.member_id == one.contact_id]
        answering += [row.member_id for row in here if row.role is AffiliationRole.CONTACT]
        if answering:
            found[one.id] = answering[0]
    return found
