"""Who may see and do what with a twinning: one function a line of the permission table.

Each function has its SQL twin where lists need one; a test holds the two together.
"""

from __future__ import annotations

from sqlalchemy import ColumnElement, and_, exists, false, literal, or_, select, true
from sqlalchemy.orm import aliased

from core.actor import Actor, Role
from twinning.models import (
    Participation,
    ParticipationState,
    Twinning,
    TwinningState,
    TwinningVisibility,
)
from twinning.rules import (
    BEING_WRITTEN,
    JOINABLE,
    OPEN_STATES,
    OVER,
    REVIEWED_STATES,
    STANDING,
    TRANSITIONS,
    is_standing,
)

# Whose decision each state is; the transition table says from where it can be reached.
_BY_EDITORS = frozenset({TwinningState.CHANGES_REQUESTED, TwinningState.REJECTED})
# In these an invited body's contact person opens what the body was asked to join. What runs
# among partners alone is opened to partners; the invitation itself tells what it is about.
_SHOWN_TO_INVITED = REVIEWED_STATES | {TwinningState.DRAFT}


def coordinates(actor: Actor, twinning: Twinning) -> bool:
    """Whether the actor is the coordinator of this twinning, and still a coordinator at all."""
    return (
        actor.member_id is not None
        and twinning.coordinator_id == actor.member_id
        and actor.has(Role.COORDINATOR)
    )


def proposes(actor: Actor, twinning: Twinning) -> bool:
    """Whether the actor proposed this twinning, and still answers for a body that takes part."""
    return (
        actor.member_id is not None
        and twinning.proposer_id == actor.member_id
        and any(
            is_standing(one) and one.organisation_id in actor.contact_organisation_ids
            for one in twinning.participations
        )
    )


def may_create(actor: Actor) -> bool:
    """Begin a draft: contact persons for their body, coordinators, administrators."""
    return may_begin_without_body(actor) or bool(actor.contact_organisation_ids)


def may_begin_without_body(actor: Actor) -> bool:
    """Begin a draft in which no own body takes part."""
    return actor.has(Role.COORDINATOR, Role.ADMINISTRATOR)


def may_join_with(actor: Actor, organisation_id: int) -> bool:
    """Let a body take part from the beginning: only its contact person speaks for it."""
    return organisation_id in actor.contact_organisation_ids


def may_enter_past(actor: Actor) -> bool:
    """Enter a twinning of the past from its act, without a proposal."""
    return actor.is_administrator


def may_edit(actor: Actor, twinning: Twinning) -> bool:
    """Texts and facts; in the archive only administrators correct them."""
    if twinning.state in (TwinningState.REJECTED, TwinningState.REMOVED):
        return False
    if actor.is_administrator:
        return True
    if twinning.state in BEING_WRITTEN and proposes(actor, twinning):
        return True
    return twinning.state is not TwinningState.ARCHIVED and coordinates(actor, twinning)


def may_name_coordinator(actor: Actor) -> bool:
    """Hand a twinning to another coordinator."""
    return actor.is_administrator


def may_take_charge(actor: Actor, twinning: Twinning) -> bool:
    """Become the coordinator of a proposal that has none."""
    return (
        actor.member_id is not None
        and actor.has(Role.COORDINATOR)
        and twinning.state is TwinningState.PROPOSED
        and twinning.coordinator_id is None
    )


def may_record_partner(actor: Actor, twinning: Twinning) -> bool:
    """Note an acceptance from its act, and take a body out again."""
    return actor.is_administrator and twinning.state is not TwinningState.REMOVED


def may_invite(actor: Actor, twinning: Twinning) -> bool:
    """Ask a body to take part; the proposer only as long as the proposal is being written."""
    if twinning.state not in JOINABLE:
        return False
    if actor.is_administrator or coordinates(actor, twinning):
        return True
    return twinning.state in BEING_WRITTEN and proposes(actor, twinning)


def may_take_out(actor: Actor, twinning: Twinning, participation: Participation) -> bool:
    """Take an invitation back; a body that takes part is taken out by administrators alone."""
    if may_record_partner(actor, twinning):
        return True
    return participation.state is ParticipationState.INVITED and may_invite(actor, twinning)


def may_answer(actor: Actor, participation: Participation) -> bool:
    """Accept or refuse for the body: its contact person and nobody else, administrators neither."""
    return participation.organisation_id in actor.contact_organisation_ids


def may_leave(actor: Actor, twinning: Twinning, participation: Participation) -> bool:
    """Take the own body out, as long as the twinning is not over."""
    return (
        is_standing(participation)
        and twinning.state not in OVER
        and participation.organisation_id in actor.contact_organisation_ids
    )


def may_enter_space(actor: Actor, twinning: Twinning) -> bool:
    """Enter the private space: people of the bodies that take part, and the coordinator."""
    return (
        twinning.space_id is not None
        and twinning.space_id in actor.space_ids
        and is_visible(actor, twinning)
    )


def may_change_state(actor: Actor, twinning: Twinning, new: TwinningState) -> bool:
    """Bring the twinning into a state, wherever the transition table leads there."""
    if not TRANSITIONS.allows(twinning.state, new):
        return False
    if actor.is_administrator:
        return True
    if new in _BY_EDITORS:
        return actor.has(Role.EDITOR)
    if new is TwinningState.REMOVED and twinning.state is not TwinningState.DRAFT:
        return False
    if twinning.state in BEING_WRITTEN and proposes(actor, twinning):
        return True
    return coordinates(actor, twinning)


def may_change_some_state(actor: Actor, twinning: Twinning) -> bool:
    """Whether there is any step that the actor may take."""
    return any(
        may_change_state(actor, twinning, new) for new in TRANSITIONS.following(twinning.state)
    )


def is_visible(actor: Actor, twinning: Twinning) -> bool:
    """Whether the actor may open the twinning; the Python twin of ``visible_to``."""
    if twinning.state is TwinningState.REMOVED:
        return False
    if actor.is_administrator or coordinates(actor, twinning):
        return True
    if twinning.state in OPEN_STATES and twinning.visibility is TwinningVisibility.PUBLIC:
        return True
    if twinning.state in REVIEWED_STATES and actor.has(Role.EDITOR):
        return True
    if may_take_charge(actor, twinning):
        return True
    return any(
        _opens(actor, twinning.state, participation) for participation in twinning.participations
    )


def visible_to(actor: Actor) -> ColumnElement[bool]:
    """The twinnings that the actor may open, as a condition on ``Twinning``."""
    there = Twinning.state != TwinningState.REMOVED
    if actor.is_administrator:
        return there
    ways: list[ColumnElement[bool]] = [
        and_(
            Twinning.state.in_(sorted(OPEN_STATES)),
            Twinning.visibility == TwinningVisibility.PUBLIC,
        )
    ]
    if actor.has(Role.COORDINATOR) and actor.member_id is not None:
        ways.append(and_(there, Twinning.coordinator_id == actor.member_id))
        ways.append(waits_for_coordinator())
    if actor.has(Role.EDITOR):
        ways.append(Twinning.state.in_(sorted(REVIEWED_STATES)))
    if actor.organisation_ids:
        ways.append(and_(there, _has_participation(_standing_of(actor))))
    if actor.contact_organisation_ids:
        ways.append(
            and_(
                Twinning.state.in_(sorted(_SHOWN_TO_INVITED)),
                _has_participation(_invited_of(actor)),
            )
        )
    return or_(*ways)


def may_see_participation(actor: Actor, twinning: Twinning, participation: Participation) -> bool:
    """Whether a reader of the twinning may know of this body: only the people concerned know of
    invitations and refusals."""
    if is_standing(participation):
        return True
    if actor.is_administrator or coordinates(actor, twinning) or proposes(actor, twinning):
        return True
    return participation.organisation_id in actor.contact_organisation_ids


def participation_visible_to(actor: Actor) -> ColumnElement[bool]:
    """``may_see_participation`` for SQL: a condition on a join of both tables."""
    if actor.is_administrator:
        return true()
    ways: list[ColumnElement[bool]] = [standing()]
    if actor.has(Role.COORDINATOR) and actor.member_id is not None:
        ways.append(Twinning.coordinator_id == actor.member_id)
    if actor.contact_organisation_ids:
        ways.append(Participation.organisation_id.in_(sorted(actor.contact_organisation_ids)))
        ways.append(proposed_by(actor))
    return or_(*ways)


def proposed_by(actor: Actor) -> ColumnElement[bool]:
    """``proposes`` for SQL, as a condition on ``Twinning``."""
    if actor.member_id is None or not actor.contact_organisation_ids:
        return false()
    own = aliased(Participation)
    answers_for = exists(
        select(literal(1)).where(
            own.twinning_id == Twinning.id,
            own.state.in_(sorted(STANDING)),
            own.organisation_id.in_(sorted(actor.contact_organisation_ids)),
        )
    ).correlate(Twinning)
    return and_(Twinning.proposer_id == actor.member_id, answers_for)


def waits_for_coordinator() -> ColumnElement[bool]:
    """The proposals that nobody coordinates yet, as a condition on ``Twinning``."""
    return and_(Twinning.state == TwinningState.PROPOSED, Twinning.coordinator_id.is_(None))


def answerable_by(actor: Actor) -> ColumnElement[bool]:
    """The invitations that wait for this actor: a condition on a join of both tables."""
    return and_(_invited_of(actor), Twinning.state.in_(sorted(JOINABLE)))


def standing() -> ColumnElement[bool]:
    """The participations that count: lists, counts, feeds and search know no others."""
    return Participation.state.in_(sorted(STANDING))


def _opens(actor: Actor, state: TwinningState, participation: Participation) -> bool:
    """Whether this body's taking part lets the actor open a twinning in this state."""
    body = participation.organisation_id
    if is_standing(participation):
        return body in actor.organisation_ids
    return (
        participation.state is ParticipationState.INVITED
        and state in _SHOWN_TO_INVITED
        and body in actor.contact_organisation_ids
    )


def _has_participation(condition: ColumnElement[bool]) -> ColumnElement[bool]:
    return exists(
        select(literal(1)).where(Participation.twinning_id == Twinning.id, condition)
    ).correlate(Twinning)


def _standing_of(actor: Actor) -> ColumnElement[bool]:
    return and_(standing(), Participation.organisation_id.in_(sorted(actor.organisation_ids)))


def _invited_of(actor: Actor) -> ColumnElement[bool]:
    bodies = actor.contact_organisation_ids
    if not bodies:
        return false()
    return and_(
        Participation.state == ParticipationState.INVITED,
        Participation.organisation_id.in_(sorted(bodies)),
    )
