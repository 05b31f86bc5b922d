"""Acceptances noted from their acts, bodies taken out and invitations taken back."""

from __future__ import annotations

from datetime import date, datetime, time

from core import clock
from core.actor import Actor
from core.domain import Refused, ensure
from core.events import announce
from core.references import Reference
from core.submissions import made_by, remember
from core.transactions import transaction
from twinning import policies, rules
from twinning.models import (
    Participation,
    ParticipationRole,
    ParticipationState,
    Twinning,
    TwinningState,
)
from twinning.services.rows import (
    admit,
    locked,
    locked_with,
    place_of,
    send_out_unless_elsewhere,
)
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
        participation = place_of(
            session, twinning, organisation_id, role, ParticipationState.ON_RECORD
        )
        participation.act, participation.unit = act, unit
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
    """Take a body out again, or its invitation back, for a reason.

    The people of a body that took part lose the private space at once. Raise ``NotReady`` where a
    running twinning would be left without a giver or a receiver: suspend it first. Raise
    ``Refused`` where the body neither takes part nor is asked to, or without a reason.
    """
    with transaction() as session:
        twinning, participation = locked_with(session, participation_id)
        ensure(policies.is_visible(by, twinning))
        ensure(policies.may_take_out(by, twinning, participation))
        if not reason.strip():
            raise Refused("no reason")
        rules.PARTICIPATION_TRANSITIONS.check(participation.state, ParticipationState.WITHDRAWN)
        took_part = rules.is_standing(participation)
        participation.state = ParticipationState.WITHDRAWN
        participation.note = reason
        if took_part:
            _ensure_still_runs(twinning)
            # Of an invitation that comes to nothing nobody else may notice anything.
            twinning.updated_at = clock.now()
        session.flush()
        send_out_unless_elsewhere(twinning, participation.organisation_id, by)
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


def _ensure_still_runs(twinning: Twinning) -> None:
    if twinning.state is not TwinningState.ACTIVE:
        return
    broken = rules.BREAKING.intersection(rules.activation_obstacles(twinning.participations))
    if broken:
        raise rules.NotReady(sorted(broken))


def _noon(day: date) -> datetime:
    """A day of an act as a moment that is that day everywhere in Italy."""
    return datetime.combine(day, time(12), tzinfo=clock.ROME)
