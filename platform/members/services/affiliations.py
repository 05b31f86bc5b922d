"""Belonging to a body: asked for by the member, decided by the body."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from core import clock, submissions
from core.actor import Actor
from core.domain import Refused, ensure
from core.events import announce
from core.references import Reference
from core.transactions import transaction
from members import policies
from members.models import (
    Affiliation,
    AffiliationRole,
    AffiliationState,
    Member,
    MemberState,
)
from members.rules import AFFILIATION_STATES
from members.signals import (
    AffiliationAccepted,
    AffiliationEnded,
    AffiliationFact,
    AffiliationRefused,
    AffiliationRequested,
    AffiliationRoleChanged,
)
from organisations import services as organisations
from organisations.models import Organisation, OrganisationState

_OPEN = (AffiliationState.REQUESTED, AffiliationState.ACCEPTED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """Where somebody says to work, and as what ("Funzionario")."""

    organisation_id: int
    position: str


def request_affiliation(request: Request, *, submission_key: str = "", by: Actor) -> Affiliation:
    """Ask a body to confirm the acting member; raise ``Refused("already_open")``."""
    try:
        with transaction() as session:
            return _request(session, request, submission_key, by)
    except IntegrityError as error:
        # Two requests at once: the partial unique index let one of them through.
        raise Refused("already_open") from error


def _request(session: Session, request: Request, submission_key: str, by: Actor) -> Affiliation:
    ensure(policies.may_request_affiliation(by))
    assert by.member_id is not None
    made = submissions.made_by(submission_key, by.member_id, "affiliation")
    if made is not None:
        return session.get_one(Affiliation, made)
    _still_here(session, by.member_id, request.organisation_id)
    if _open_one(session, by.member_id, request.organisation_id) is not None:
        raise Refused("already_open")
    affiliation = Affiliation(
        member_id=by.member_id,
        organisation_id=request.organisation_id,
        position=request.position,
        state=AffiliationState.REQUESTED,
        requested_at=clock.now(),
    )
    session.add(affiliation)
    session.flush()
    announce(_fact(AffiliationRequested, affiliation, by))
    submissions.remember(submission_key, by.member_id, Reference("affiliation", affiliation.id))
    return affiliation


def accept_affiliation(
    *,
    affiliation_id: int,
    role: AffiliationRole = AffiliationRole.MEMBER,
    note: str = "",
    by: Actor,
) -> Affiliation:
    """Confirm that the member works there, as a colleague or as contact person.

    Confirmed for a body that is awaited, the member is its first contact person, and it enters the
    register; raise ``SameName`` of organisations where the register has its name by now.
    """
    with transaction() as session:
        affiliation = session.get_one(Affiliation, affiliation_id)
        ensure(policies.may_decide_affiliation(by, affiliation.organisation_id))
        if role is AffiliationRole.CONTACT:
            ensure(policies.may_name_contact(by, affiliation.organisation_id))
        if _is_awaited(session, affiliation.organisation_id):
            # Whoever is confirmed for a body that is not here yet brings it in and speaks for it.
            organisations.admit_organisation(organisation_id=affiliation.organisation_id, by=by)
            role = AffiliationRole.CONTACT
        _still_here(session, affiliation.member_id, affiliation.organisation_id)
        _decide(affiliation, AffiliationState.ACCEPTED, note, by)
        affiliation.role = role
        session.flush()
        announce(_fact(AffiliationAccepted, affiliation, by))
        return affiliation


def join_by_invitation(
    session: Session,
    *,
    member_id: int,
    organisation_id: int,
    position: str,
    role: AffiliationRole,
    decided_by_id: int | None,
) -> Affiliation:
    """Let an invited member in, inside the open transaction.

    ``decided_by_id`` is who decided for the body when inviting; None leaves the decision open. An
    affiliation that is open already is taken further, never back.
    """
    by = Actor(member_id=member_id)
    moment = clock.now()
    affiliation = _open_one(session, member_id, organisation_id)
    if affiliation is None:
        affiliation = Affiliation(
            member_id=member_id,
            organisation_id=organisation_id,
            position=position,
            role=role,
            state=AffiliationState.REQUESTED,
            requested_at=moment,
        )
        session.add(affiliation)
        session.flush()
        if decided_by_id is None:
            announce(_fact(AffiliationRequested, affiliation, by))
    if decided_by_id is None:
        return affiliation
    if affiliation.state is AffiliationState.REQUESTED:
        affiliation.state = AffiliationState.ACCEPTED
        affiliation.role = role
        affiliation.decided_at = moment
        affiliation.decided_by_id = decided_by_id
        session.flush()
        announce(_fact(AffiliationAccepted, affiliation, by))
    elif role is AffiliationRole.CONTACT and affiliation.role is not role:
        affiliation.role = role
        session.flush()
        announce(_fact(AffiliationRoleChanged, affiliation, by))
    return affiliation


def refuse_affiliation(*, affiliation_id: int, note: str = "", by: Actor) -> Affiliation:
    """Say that the member does not work there."""
    with transaction() as session:
        affiliation = session.get_one(Affiliation, affiliation_id)
        ensure(policies.may_decide_affiliation(by, affiliation.organisation_id))
        _decide(affiliation, AffiliationState.REFUSED, note, by)
        session.flush()
        announce(_fact(AffiliationRefused, affiliation, by))
        return affiliation


def end_affiliation(*, affiliation_id: int, by: Actor) -> Affiliation:
    """End an affiliation, or take a request back: rights end at the member's next request."""
    with transaction() as session:
        affiliation = session.get_one(Affiliation, affiliation_id)
        ensure(policies.may_end_affiliation(by, affiliation))
        AFFILIATION_STATES.check(affiliation.state, AffiliationState.ENDED)
        close(affiliation, by)
        return affiliation


def change_affiliation_role(
    *, affiliation_id: int, role: AffiliationRole, reason: str = "", by: Actor
) -> Affiliation:
    """Make a confirmed member contact person of the body, or a plain colleague again."""
    with transaction() as session:
        affiliation = session.get_one(Affiliation, affiliation_id)
        ensure(policies.may_name_contact(by, affiliation.organisation_id))
        if affiliation.state is not AffiliationState.ACCEPTED:
            raise Refused("not_accepted")
        if affiliation.role is not role:
            affiliation.role = role
            session.flush()
            announce(_fact(AffiliationRoleChanged, affiliation, by, reason))
        return affiliation


def close(affiliation: Affiliation, by: Actor) -> None:
    """End an affiliation that is open, inside the open transaction; others stay as they are."""
    if affiliation.state not in _OPEN:
        return
    affiliation.state = AffiliationState.ENDED
    affiliation.ended_at = clock.now()
    announce(_fact(AffiliationEnded, affiliation, by))


def _decide(affiliation: Affiliation, state: AffiliationState, note: str, by: Actor) -> None:
    AFFILIATION_STATES.check(affiliation.state, state)
    affiliation.state = state
    affiliation.note = note
    affiliation.decided_at = clock.now()
    affiliation.decided_by_id = by.member_id


def _still_here(session: Session, member_id: int, organisation_id: int) -> None:
    """Raise ``Refused`` where the member or the body left in the meantime."""
    if session.get_one(Member, member_id).state is not MemberState.ACTIVE:
        raise Refused("not_active")
    organisation = session.get(Organisation, organisation_id)
    if organisation is None or organisation.state is not OrganisationState.ACTIVE:
        raise Refused("no_such_body")


def _is_awaited(session: Session, organisation_id: int) -> bool:
    organisation = session.get(Organisation, organisation_id)
    return organisation is not None and organisation.state is OrganisationState.AWAITED


def _open_one(session: Session, member_id: int, organisation_id: int) -> Affiliation | None:
    return session.scalar(
        select(Affiliation).where(
            Affiliation.member_id == member_id,
            Affiliation.organisation_id == organisation_id,
            Affiliation.state.in_(_OPEN),
        )
    )


def _fact(
    kind: type[AffiliationFact], affiliation: Affiliation, by: Actor, reason: str = ""
) -> AffiliationFact:
    return kind(
        reason=reason,
        affiliation_id=affiliation.id,
        member_id=affiliation.member_id,
        organisation_id=affiliation.organisation_id,
        by_id=by.member_id,
    )
