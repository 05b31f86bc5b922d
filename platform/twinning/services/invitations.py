"""The handshake: a body is asked to take part, its contact person answers, and it may leave."""

from __future__ import annotations

from sqlalchemy.orm import Session

from core import clock
from core.actor import Actor
from core.domain import Refused, ensure
from core.events import announce
from core.references import Reference
from core.submissions import made_by, remember
from core.transactions import transaction
from members.rules import Invited
from members.services.invitations import invite_body
from notifications.services import begin_following
from organisations.rules import OrganisationValues
from twinning import policies, rules
from twinning.models import (
    Participation,
    ParticipationRole,
    ParticipationState,
    Twinning,
    TwinningState,
)
from twinning.services.rows import (
    about,
    admit,
    keep_revision,
    locked,
    locked_with,
    place_of,
    send_out_unless_elsewhere,
    tell_sources,
)
from twinning.signals import (
    KIND,
    PartnerAccepted,
    PartnerFact,
    PartnerInvited,
    PartnerLeft,
    PartnerRefused,
    TwinningStateChanged,
)

INVITATION = "participation_invitation"


class InvitationClosed(Refused):
    """The invitation was taken back or answered otherwise, or its twinning is over."""

    def __init__(self) -> None:
        super().__init__("the invitation is closed")


def invite_partner(
    *,
    twinning_id: int,
    organisation_id: int,
    role: ParticipationRole,
    unit: str = "",
    message: str = "",
    key: str = "",
    by: Actor,
) -> Participation:
    """Ask a body to take part in a role; who refused or left before can be asked again.

    ``key`` is that of the form. Nobody but the people concerned learns of it, and nothing shows
    that the twinning changed. Raise ``Refused`` where the body has that role or is asked already,
    or is not in the register.
    """
    with transaction() as session:
        twinning = locked(session, twinning_id)
        ensure(policies.is_visible(by, twinning) and policies.may_invite(by, twinning))
        earlier = made_by(key, by.member_id, INVITATION) if by.member_id is not None else None
        if earlier is not None:
            return session.get_one(Participation, earlier)
        participation = place_of(
            session, twinning, organisation_id, role, ParticipationState.INVITED
        )
        participation.unit, participation.message = unit, message
        participation.invited_at, participation.invited_by_id = clock.now(), by.member_id
        session.flush()
        announce(_fact(PartnerInvited, participation, by))
        if by.member_id is not None:
            remember(key, by.member_id, Reference(INVITATION, participation.id))
        return participation


def invite_newcomer(
    *,
    twinning_id: int,
    body: OrganisationValues,
    invited: Invited,
    role: ParticipationRole,
    unit: str = "",
    key: str = "",
    by: Actor,
) -> Participation:
    """Ask a body that is not here yet: its person is invited to come, and the body to take part.

    Both or neither. Raise what ``members.services.invitations.invite_body`` raises.
    """
    with transaction() as session:
        twinning = locked(session, twinning_id)
        ensure(policies.is_visible(by, twinning) and policies.may_invite(by, twinning))
        made = invite_body(
            body=body,
            invited=invited,
            about=Reference(KIND, twinning_id),
            # The key of another form must not lead to what that one made.
            submission_key=key and f"{key} {INVITATION}:{twinning_id}",
            by=by,
        )
        return invite_partner(
            twinning_id=twinning_id,
            organisation_id=made.organisation_id,
            role=role,
            unit=unit,
            message=invited.message,
            key=key,
            by=by,
        )


def accept_invitation(
    *, participation_id: int, unit: str | None = None, note: str = "", by: Actor
) -> Participation:
    """Say yes for the body; ``unit`` corrects the office that does the work.

    Said twice it is said once. Raise ``Forbidden`` for anybody but the body's contact person,
    ``InvitationClosed`` where there is nothing to answer any more.
    """
    with transaction() as session:
        twinning, participation = locked_with(session, participation_id)
        ensure(policies.may_answer(by, participation))
        if participation.state is ParticipationState.ACCEPTED:
            return participation
        _ensure_open(twinning, participation)
        if unit is not None:
            participation.unit = unit
        join(twinning, participation, note=note, by=by)
        return participation


def refuse_invitation(*, participation_id: int, note: str = "", by: Actor) -> Participation:
    """Say no for the body; the same in everything else."""
    with transaction() as session:
        twinning, participation = locked_with(session, participation_id)
        ensure(policies.may_answer(by, participation))
        if participation.state is ParticipationState.REFUSED:
            return participation
        _ensure_open(twinning, participation)
        rules.PARTICIPATION_TRANSITIONS.check(participation.state, ParticipationState.REFUSED)
        participation.state = ParticipationState.REFUSED
        _answered(participation, note, by)
        session.flush()
        announce(_fact(PartnerRefused, participation, by, reason=note))
        return participation


def leave_twinning(*, participation_id: int, reason: str, by: Actor) -> Participation:
    """Take the own body out, for a reason; its people lose the private space at once.

    A running twinning that is left without a giver or a receiver is suspended in the same moment,
    for the same reason. Said twice it is said once. Raise ``Refused`` where the body does not take
    part, or without a reason.
    """
    with transaction() as session:
        twinning, participation = locked_with(session, participation_id)
        ensure(policies.may_answer(by, participation))
        if participation.state is ParticipationState.WITHDRAWN:
            return participation
        ensure(policies.may_leave(by, twinning, participation))
        if not reason.strip():
            raise Refused("no reason")
        rules.PARTICIPATION_TRANSITIONS.check(participation.state, ParticipationState.WITHDRAWN)
        participation.state = ParticipationState.WITHDRAWN
        _answered(participation, reason, by)
        twinning.updated_at = clock.now()
        session.flush()
        send_out_unless_elsewhere(twinning, participation.organisation_id, by)
        announce(_fact(PartnerLeft, participation, by, reason=reason))
        if twinning.state is TwinningState.ACTIVE and not rules.still_runs(twinning.participations):
            _suspend(session, twinning, reason, by)
        return participation


def join(twinning: Twinning, participation: Participation, *, note: str, by: Actor) -> None:
    """Let a body that was asked take part from now on, inside the open transaction."""
    rules.PARTICIPATION_TRANSITIONS.check(participation.state, ParticipationState.ACCEPTED)
    participation.state = ParticipationState.ACCEPTED
    participation.contact_id = by.member_id
    _answered(participation, note, by)
    twinning.updated_at = clock.now()
    admit(twinning, organisation_id=participation.organisation_id, by=by)
    announce(_fact(PartnerAccepted, participation, by))
    begin_following(about(twinning), by.member_id)


def _ensure_open(twinning: Twinning, participation: Participation) -> None:
    if not rules.is_open_invitation(twinning, participation):
        raise InvitationClosed


def _answered(participation: Participation, note: str, by: Actor) -> None:
    participation.note = note
    participation.answered_at = clock.now()
    participation.answered_by_id = by.member_id


def _suspend(session: Session, twinning: Twinning, reason: str, by: Actor) -> None:
    old, twinning.state = twinning.state, TwinningState.SUSPENDED
    rules.TRANSITIONS.check(old, twinning.state)
    twinning.raise_version(None)
    keep_revision(twinning, by)
    tell_sources(session, twinning.practice_id)
    announce(
        TwinningStateChanged(
            twinning_id=twinning.id,
            old=old.value,
            new=twinning.state.value,
            reason=reason,
            by_id=by.member_id,
        )
    )


def _fact(
    kind: type[PartnerFact], participation: Participation, by: Actor, reason: str = ""
) -> PartnerFact:
    return kind(
        twinning_id=participation.twinning_id,
        participation_id=participation.id,
        organisation_id=participation.organisation_id,
        role=participation.role.value,
        reason=reason,
        by_id=by.member_id,
    )
