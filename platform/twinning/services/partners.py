"""Who takes part: acceptances noted from their acts, and bodies that leave."""

from __future__ import annotations

from datetime import date, datetime, time

from sqlalchemy import select
from sqlalchemy.orm import Session

from core import clock
from core.actor import Actor
from core.domain import Refused, ensure
from core.events import announce
from core.references import Reference
from core.submissions import made_by, remember
from core.transactions import transaction
from organisations.models import Organisation, OrganisationState
from twinning import policies, rules
from twinning.models import (
    Participation,
    ParticipationRole,
    ParticipationState,
    Twinning,
    TwinningState,
)
from twinning.rules import Obstacle
from twinning.services.rows import admit, locked, send_out
from twinning.signals import PartnerRecorded, PartnerWithdrawn

PARTICIPATION = "participation"


def record_partner(
    *,
    twinning_id: int,
    organisation_id: int,
    role: ParticipationRole,
    act: str,
    unit: str = "",
    accepted_on: date | None = None,
    key: str = "",
    by: Actor,
) -> Participation:
    """Note from its act that a body took part (*agli atti*), without asking it.

    ``accepted_on`` is the day of the act, ``key`` that of the form. Raise ``Refused`` where the
    body has that role already or is still asked, where it is not there, or without an act.
    """
    with transaction() as session:
        twinning = locked(session, twinning_id)
        ensure(policies.is_visible(by, twinning) and policies.may_record_partner(by, twinning))
        earlier = made_by(key, by.member_id, PARTICIPATION) if by.member_id is not None else None
        if earlier is not None:
            return session.get_one(Participation, earlier)
        if not act.strip():
            raise Refused("no act")
        body = session.get(Organisation, organisation_id)
        if body is None or body.state is not OrganisationState.ACTIVE:
            raise Refused("no such body")
        participation = _row(session, twinning, organisation_id, role)
        participation.act, participation.unit, participation.note = act, unit, ""
        participation.answered_at = _noon(accepted_on) if accepted_on else None
        participation.answered_by_id = by.member_id
        twinning.updated_at = clock.now()
        session.flush()
        admit(twinning, organisation_id=organisation_id, by=by)
        announce(
            PartnerRecorded(
                twinning_id=twinning.id,
                participation_id=participation.id,
                organisation_id=organisation_id,
                role=role.value,
                by_id=by.member_id,
            )
        )
        if by.member_id is not None:
            remember(key, by.member_id, Reference(PARTICIPATION, participation.id))
        return participation


def withdraw_partner(*, participation_id: int, reason: str, by: Actor) -> Participation:
    """Take a body out again, for a reason; its people lose the private space at once.

    Raise ``NotReady`` where a running twinning would be left without a giver or a receiver:
    suspend it first. Raise ``Refused`` where the body does not take part, or without a reason.
    """
    with transaction() as session:
        participation = session.get_one(Participation, participation_id)
        twinning = locked(session, participation.twinning_id)
        ensure(policies.is_visible(by, twinning) and policies.may_record_partner(by, twinning))
        if not reason.strip():
            raise Refused("no reason")
        rules.PARTICIPATION_TRANSITIONS.check(participation.state, ParticipationState.WITHDRAWN)
        was_an_end = rules.is_standing(participation) and participation.role in rules.ENDS
        participation.state = ParticipationState.WITHDRAWN
        participation.note = reason
        if was_an_end:
            _ensure_still_runs(twinning)
        twinning.updated_at = clock.now()
        session.flush()
        _send_out_unless_elsewhere(twinning, participation.organisation_id, by)
        announce(
            PartnerWithdrawn(
                twinning_id=twinning.id,
                participation_id=participation.id,
                organisation_id=participation.organisation_id,
                role=participation.role.value,
                reason=reason,
                by_id=by.member_id,
            )
        )
        return participation


def _row(
    session: Session, twinning: Twinning, organisation_id: int, role: ParticipationRole
) -> Participation:
    """The body's place in this role, new or found again, on record from now on."""
    found = session.scalar(
        select(Participation).where(
            Participation.twinning_id == twinning.id,
            Participation.organisation_id == organisation_id,
            Participation.role == role,
        )
    )
    if found is not None:
        rules.PARTICIPATION_TRANSITIONS.check(found.state, ParticipationState.ON_RECORD)
        found.state = ParticipationState.ON_RECORD
        return found
    made = Participation(
        twinning=twinning,
        organisation_id=organisation_id,
        role=role,
        state=ParticipationState.ON_RECORD,
        invited_at=clock.now(),
    )
    session.add(made)
    return made


def _ensure_still_runs(twinning: Twinning) -> None:
    if twinning.state is not TwinningState.ACTIVE:
        return
    missing = {Obstacle.NO_GIVER, Obstacle.NO_RECEIVER, Obstacle.ONE_BODY}
    left = [one for one in rules.obstacles(twinning, TwinningState.ACTIVE) if one in missing]
    if left:
        raise rules.NotReady(left)


def _send_out_unless_elsewhere(twinning: Twinning, organisation_id: int, by: Actor) -> None:
    """A body that keeps another part in the twinning keeps the key to its space."""
    stays = any(
        one.organisation_id == organisation_id and rules.is_standing(one)
        for one in twinning.participations
    )
    if not stays:
        send_out(twinning, organisation_id=organisation_id, by=by)


def _noon(day: date) -> datetime:
    """A day of an act as a moment that is that day everywhere in Italy."""
    return datetime.combine(day, time(12), tzinfo=clock.ROME)
