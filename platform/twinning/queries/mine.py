"""What waits for a member in twinnings: invitations to answer, proposals to take charge of."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Select, func, select

from core.actor import Actor, Role
from core.counting import Count
from core.database import db
from core.links import address
from members.queries import contacts_of_all
from organisations.models import Organisation
from twinning import policies
from twinning.models import Participation, ParticipationRole, Twinning, TwinningState
from twinning.queries.lines import (
    TwinningLine,
    role_label,
    select_whole_lines,
    whole_lines_of,
)
from twinning.rules import BEING_WRITTEN

MOST = 50
_UNFINISHED = BEING_WRITTEN | {TwinningState.PROPOSED, TwinningState.REJECTED}


@dataclass(frozen=True, slots=True)
class WaitingInvitation:
    """A body of the actor was asked to join, and has not answered."""

    title: str
    lang: str
    body: str
    role: ParticipationRole
    invited_at: datetime
    message: str
    url: str

    @property
    def role_label(self) -> str:
        return role_label(self.role)


def invitations(actor: Actor) -> list[WaitingInvitation]:
    """The invitations that this contact person has to answer, the oldest first; one query."""
    if not actor.contact_organisation_ids:
        return []
    rows = db.session.execute(
        select(
            Participation.id,
            Participation.role,
            Participation.invited_at,
            Participation.message,
            Organisation.name.label("body"),
            Twinning.slug,
            Twinning.title,
            Twinning.lang,
        )
        .join(Twinning, Twinning.id == Participation.twinning_id)
        .join(Organisation, Organisation.id == Participation.organisation_id)
        .where(policies.answerable_by(actor))
        .order_by(Participation.invited_at, Participation.id)
        .limit(MOST)
    )
    return [
        WaitingInvitation(
            title=row.title,
            lang=row.lang,
            body=row.body,
            role=row.role,
            invited_at=row.invited_at,
            message=row.message,
            url=address("twinning.answer", slug=row.slug, participation_id=row.id),
        )
        for row in rows
    ]


def invitations_counted(actor: Actor) -> Count:
    """Count them; None where there can be none."""
    if not actor.contact_organisation_ids:
        return None
    return (
        select(func.count(Participation.id))
        .join(Twinning, Twinning.id == Participation.twinning_id)
        .where(policies.answerable_by(actor))
    )


def without_coordinator(actor: Actor) -> list[TwinningLine]:
    """The proposals that this coordinator could take charge of, the oldest first; one query."""
    if not actor.has(Role.COORDINATOR):
        return []
    return _lines(policies.waits_for_coordinator())


def without_coordinator_counted(actor: Actor) -> Count:
    """Count them; None where there can be none."""
    if actor.member_id is None or not actor.has(Role.COORDINATOR):
        return None
    return _counted(policies.waits_for_coordinator())


def sent_back(actor: Actor) -> ColumnElement[bool]:
    """Twinnings that the editors sent back to this proposer or coordinator."""
    return (Twinning.state == TwinningState.CHANGES_REQUESTED) & _own(actor)


def sent_back_counted(actor: Actor) -> Count:
    """Count them; None where there can be none."""
    if not _may_have_own(actor):
        return None
    return _counted(sent_back(actor))


def unfinished(actor: Actor) -> list[TwinningLine]:
    """What the actor proposed or coordinates and what does not run yet; one query."""
    if not _may_have_own(actor):
        return []
    return _lines(Twinning.state.in_(sorted(_UNFINISHED)) & _own(actor))


def _may_have_own(actor: Actor) -> bool:
    return actor.member_id is not None and bool(
        actor.contact_organisation_ids or actor.has(Role.COORDINATOR)
    )


def _own(actor: Actor) -> ColumnElement[bool]:
    own = policies.proposed_by(actor)
    if actor.has(Role.COORDINATOR):
        own = own | (Twinning.coordinator_id == actor.member_id)
    return own


def _lines(condition: ColumnElement[bool]) -> list[TwinningLine]:
    rows = db.session.execute(
        select_whole_lines().where(condition).order_by(Twinning.updated_at, Twinning.id).limit(MOST)
    )
    return whole_lines_of(rows)


def _counted(condition: ColumnElement[bool]) -> Count:
    return select(func.count(Twinning.id)).where(condition)


def contacts_of(twinning_id: int) -> frozenset[int]:
    """The contact persons of the bodies that give and receive in a twinning now."""
    bodies = select(Participation.organisation_id).where(
        Participation.twinning_id == twinning_id, *_gives_or_receives()
    )
    return contacts_of_all(bodies)


def answered_by(actor: Actor) -> Select[tuple[int]]:
    """The ids of the twinnings of which the actor is one of ``contacts_of``."""
    return select(Participation.twinning_id).where(
        Participation.organisation_id.in_(sorted(actor.contact_organisation_ids)),
        *_gives_or_receives(),
    )


def _gives_or_receives() -> tuple[ColumnElement[bool], ...]:
    two = (ParticipationRole.GIVER, ParticipationRole.RECEIVER)
    return policies.standing(), Participation.role.in_(two)
