"""What every write of a twinning does: lock the row, keep the old values, mind the space."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from core import clock
from core.actor import Actor, Role
from core.domain import Refused
from core.references import Reference
from core.revisions import record_revision
from core.text import Rendered
from organisations.models import Organisation, OrganisationState
from practices.services import note_reuses
from spaces import services as spaces
from twinning import rules
from twinning.models import Participation, ParticipationRole, ParticipationState, Twinning
from twinning.queries.reuses import reuses_counted
from twinning.signals import KIND


def locked(session: Session, twinning_id: int) -> Twinning:
    """The row as it is now; on databases with row locks nobody else may write it meanwhile."""
    return session.get_one(Twinning, twinning_id, with_for_update=True)


def locked_with(session: Session, participation_id: int) -> tuple[Twinning, Participation]:
    """A twinning and the place of one body in it; whoever wants to change either waits."""
    twinning_id = session.get_one(Participation, participation_id).twinning_id
    twinning = locked(session, twinning_id)
    # Read again: it may have changed while the lock was waited for.
    return twinning, session.get_one(Participation, participation_id, populate_existing=True)


def about(twinning: Twinning) -> Reference:
    return Reference(KIND, twinning.id)


def keep_revision(twinning: Twinning, by: Actor) -> None:
    """Keep the values of the version that the twinning has now."""
    content = rules.content_of(twinning)
    values: dict[str, object] = {}
    for name in rules.FIELDS:
        value = getattr(content, name)
        values[name] = value.source if isinstance(value, Rendered) else value
    values["theme_ids"] = sorted(content.theme_ids)
    values["visibility"] = content.visibility.value
    for name in ("starts_on", "ends_on"):
        day = getattr(content, name)
        values[name] = day.isoformat() if day else None
    values["state"] = twinning.state.value
    record_revision(about(twinning), twinning.version, values, by.member_id)


def tell_sources(session: Session, *practice_ids: int | None) -> None:
    """Keep beside each of these practices how many twinnings everybody sees carry it elsewhere.

    Call it when the twinning's row is written, with the practice that it transfers and the one that
    it transferred before.
    """
    session.flush()
    for practice_id in {one for one in practice_ids if one is not None}:
        number = session.scalar(reuses_counted().where(Twinning.practice_id == practice_id))
        note_reuses(practice_id=practice_id, number=number or 0)


def admit(
    twinning: Twinning,
    *,
    organisation_id: int | None = None,
    member_id: int | None = None,
    by: Actor,
) -> None:
    """Open the twinning's private space to a body's people, or to its coordinator."""
    if twinning.space_id is not None:
        spaces.grant(
            space_id=twinning.space_id,
            organisation_id=organisation_id,
            member_id=member_id,
            while_role=Role.COORDINATOR if member_id is not None else None,
            by=by,
        )


def send_out(
    twinning: Twinning,
    *,
    organisation_id: int | None = None,
    member_id: int | None = None,
    by: Actor,
) -> None:
    """Close the twinning's private space to a body's people, or to a coordinator."""
    if twinning.space_id is not None:
        spaces.end_grant(
            space_id=twinning.space_id,
            organisation_id=organisation_id,
            member_id=member_id,
            by=by,
        )


def send_out_unless_elsewhere(twinning: Twinning, organisation_id: int, by: Actor) -> None:
    """A body that keeps another part in the twinning keeps the key to its space."""
    stays = any(
        one.organisation_id == organisation_id and rules.is_standing(one)
        for one in twinning.participations
    )
    if not stays:
        send_out(twinning, organisation_id=organisation_id, by=by)


def place_of(
    session: Session,
    twinning: Twinning,
    organisation_id: int,
    role: ParticipationRole,
    state: ParticipationState,
) -> Participation:
    """The body's place in this role, new or found again, in its new state.

    The twinning must be locked. Raise ``Refused`` where the body is not in the register, or where
    the table of states does not lead from the body's last answer to the new state.
    """
    body = session.get(Organisation, organisation_id)
    # A body that is awaited can be asked, and answers once it has come.
    is_asked = state is ParticipationState.INVITED
    here = {OrganisationState.ACTIVE, *([OrganisationState.AWAITED] if is_asked else ())}
    if body is None or body.state not in here:
        raise Refused("no such body")
    found = session.scalar(
        select(Participation).where(
            Participation.twinning_id == twinning.id,
            Participation.organisation_id == organisation_id,
            Participation.role == role,
        )
    )
    if found is not None:
        rules.PARTICIPATION_TRANSITIONS.check(found.state, state)
        found.state = state
        found.message = found.note = found.act = ""
        found.answered_at = found.answered_by_id = found.contact_id = None
        return found
    made = Participation(
        twinning=twinning,
        organisation_id=organisation_id,
        role=role,
        state=state,
        invited_at=clock.now(),
    )
    session.add(made)
    return made
