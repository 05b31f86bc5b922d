"""Inviting who is not here yet, and coming in by such an invitation.

The link proves the mailbox, so that who registers by it needs no second mail. It is used up by the
answer alone, never by being opened.
"""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from core import clock, submissions
from core.actor import Actor
from core.domain import Forbidden, Refused, ensure
from core.events import announce
from core.references import Reference
from core.registry import settings
from core.throttle import count_attempt, too_many
from core.transactions import transaction
from members import policies, queries
from members.models import (
    Affiliation,
    AffiliationRole,
    Invitation,
    InvitationKind,
    Member,
    MemberState,
)
from members.rules import (
    INVITATION_ENDS_AFTER,
    InvitationState,
    Invited,
    Newcomer,
    email_key,
    invitation_state,
    is_personal,
)
from members.services.affiliations import join_by_invitation
from members.services.passwords import hash_password
from members.services.registration import welcome_newcomer
from members.services.sessions import begin_here
from members.signals import InvitationAccepted, InvitationRevoked, InvitationSent
from organisations import services as organisations
from organisations.models import Organisation, OrganisationState
from organisations.rules import OrganisationValues

_ACTION = "invite"
_WINDOW = timedelta(days=1)
_PER_MEMBER = 30
_PER_ADDRESS = 3


class InvitationGone(Refused):
    """The invitation was used, taken back, is too old, or its body is not here any more."""

    def __init__(self) -> None:
        super().__init__("invitation_gone")


def invite_colleague(
    *,
    organisation_id: int,
    invited: Invited,
    role: AffiliationRole = AffiliationRole.MEMBER,
    submission_key: str = "",
    by: Actor,
) -> Invitation:
    """Ask somebody to a body of the register.

    Raise ``Refused``: ``personal_address``, ``already_invited``, ``too_many``, ``no_such_body``.
    Whether the address belongs to a member is not told.
    """
    with transaction() as session:
        ensure(policies.may_invite_colleague(by, organisation_id))
        made = _made_before(session, submission_key, by)
        if made is not None:
            return made
        body = session.get(Organisation, organisation_id)
        if body is None or body.state is not OrganisationState.ACTIVE:
            raise Refused("no_such_body")
        return _send(
            session, InvitationKind.COLLEAGUE, organisation_id, role, invited, None,
            submission_key, by,
        )  # fmt: skip


def invite_body(
    *,
    body: OrganisationValues,
    invited: Invited,
    about: Reference | None = None,
    submission_key: str = "",
    by: Actor,
) -> Invitation:
    """Ask somebody to come for a body that is not here; it is awaited from now on.

    ``organisation_id`` of what is returned is the body's: others may refer to it in the same
    transaction. Raise ``Refused`` as ``invite_colleague`` does, and ``SameName`` of organisations
    where the register has a body of this name.
    """
    with transaction() as session:
        ensure(policies.may_invite_body(by))
        made = _made_before(session, submission_key, by)
        if made is not None:
            return made
        _check_address(invited.email)
        awaited = organisations.await_organisation(values=body, by=by)
        return _send(
            session, InvitationKind.BODY, awaited.id, AffiliationRole.CONTACT, invited, about,
            submission_key, by,
        )  # fmt: skip


def revoke_invitation(*, invitation_id: int, by: Actor) -> Invitation:
    """Take an invitation back; twice is once. Raise ``Refused("used")`` after it was accepted."""
    with transaction() as session:
        invitation = session.get_one(Invitation, invitation_id, with_for_update=True)
        ensure(policies.may_revoke_invitation(by, invitation))
        if invitation.used_at is not None:
            raise Refused("used")
        if invitation.revoked_at is None:
            invitation.revoked_at = clock.now()
            invitation.revoked_by_id = by.member_id
            session.flush()
            announce(_fact(InvitationRevoked, invitation, by.member_id))
        return invitation


def accept_invitation(*, invitation_id: int, position: str, by: Actor) -> Affiliation:
    """Come in by an invitation; raise ``InvitationGone``, or ``Forbidden`` for another's address.

    A colleague whom the body still wants belongs at once, since its contact person decided when
    inviting. Who comes for a body that is awaited waits for an administrator. Accepting twice is
    once.
    """
    try:
        with transaction() as session:
            invitation = session.get_one(Invitation, invitation_id, with_for_update=True)
            member = session.get(Member, by.member_id or 0)
            if member is None or member.state is not MemberState.ACTIVE:
                raise Forbidden
            ensure(member.email_key == invitation.email_key)
            if invitation.used_by_id == member.id:
                return _its_affiliation(session, invitation, member.id)
            return _accept(session, invitation, member, position)
    except IntegrityError as error:
        # The same person asked the same body in another window at the same moment.
        raise Refused("already_open") from error


def register_by_invitation(
    *, invitation_id: int, newcomer: Newcomer, position: str, user_agent: str = ""
) -> str | None:
    """Set up the profile of who was invited and come in with it; return the token of a session.

    None where the address has a profile already: its owner signs in. Raise ``InvitationGone``.
    """
    password_hash = hash_password(newcomer.password)
    try:
        return _register(invitation_id, newcomer, password_hash, position, user_agent)
    except IntegrityError:
        # Somebody registered the address at the same moment.
        return None


def _register(
    invitation_id: int, newcomer: Newcomer, password_hash: str, position: str, user_agent: str
) -> str | None:
    with transaction() as session:
        invitation = session.get_one(Invitation, invitation_id, with_for_update=True)
        if email_key(newcomer.email) != invitation.email_key:
            raise Forbidden
        _must_be_pending(session, invitation)
        member = welcome_newcomer(session, newcomer, password_hash)
        if member is None:
            return None
        _accept(session, invitation, member, position)
        return begin_here(member.id, user_agent)


def _send(
    session: Session,
    kind: InvitationKind,
    organisation_id: int,
    role: AffiliationRole,
    invited: Invited,
    about: Reference | None,
    submission_key: str,
    by: Actor,
) -> Invitation:
    _check_address(invited.email)
    assert by.member_id is not None
    _limit(invited.email, by.member_id)
    key = email_key(invited.email)
    if _is_invited(session, organisation_id, key):
        raise Refused("already_invited")
    moment = clock.now()
    invitation = Invitation(
        kind=kind,
        organisation_id=organisation_id,
        role=role,
        email=invited.email,
        email_key=key,
        language=invited.language,
        message=invited.message,
        about_kind=about.kind if about else None,
        about_id=about.id if about else None,
        invited_by_id=by.member_id,
        created_at=moment,
        expires_at=moment + INVITATION_ENDS_AFTER,
    )
    session.add(invitation)
    session.flush()
    announce(_fact(InvitationSent, invitation, by.member_id))
    submissions.remember(submission_key, by.member_id, Reference("invitation", invitation.id))
    return invitation


def _accept(session: Session, invitation: Invitation, member: Member, position: str) -> Affiliation:
    body = _must_be_pending(session, invitation)
    inviter = queries.actor_for(invitation.invited_by_id)
    is_decided = (
        invitation.kind is InvitationKind.COLLEAGUE
        and body.state is OrganisationState.ACTIVE
        # Rights end with what gave them: who left the body cannot let people in any more.
        and policies.may_invite_colleague(inviter, invitation.organisation_id)
    )
    affiliation = join_by_invitation(
        session,
        member_id=member.id,
        organisation_id=invitation.organisation_id,
        position=position,
        role=invitation.role,
        decided_by_id=invitation.invited_by_id if is_decided else None,
    )
    invitation.used_at = clock.now()
    invitation.used_by_id = member.id
    if body.state is OrganisationState.AWAITED:
        organisations.expect_speaker(organisation_id=body.id, member_id=member.id)
    session.flush()
    announce(_fact(InvitationAccepted, invitation, member.id))
    return affiliation


def _must_be_pending(session: Session, invitation: Invitation) -> Organisation:
    if invitation_state(invitation, clock.now()) is not InvitationState.PENDING:
        raise InvitationGone
    body = session.get_one(Organisation, invitation.organisation_id)
    if body.state is OrganisationState.REMOVED:
        raise InvitationGone
    return body


def _its_affiliation(session: Session, invitation: Invitation, member_id: int) -> Affiliation:
    found = session.scalar(
        select(Affiliation)
        .where(
            Affiliation.member_id == member_id,
            Affiliation.organisation_id == invitation.organisation_id,
        )
        .order_by(Affiliation.id.desc())
        .limit(1)
    )
    if found is None:
        raise InvitationGone
    return found


def _made_before(session: Session, submission_key: str, by: Actor) -> Invitation | None:
    made = submissions.made_by(submission_key, by.member_id or 0, "invitation")
    return None if made is None else session.get_one(Invitation, made)


def _check_address(email: str) -> None:
    if is_personal(email, settings().personal_mail_domains):
        raise Refused("personal_address")


def _limit(email: str, member_id: int) -> None:
    """So that nobody's mailbox is flooded, by one member or by many."""
    by_member, to_address = f"member:{member_id}", f"account:{email_key(email)}"
    if too_many(_ACTION, by_member, limit=_PER_MEMBER, within=_WINDOW) or too_many(
        _ACTION, to_address, limit=_PER_ADDRESS, within=_WINDOW
    ):
        raise Refused("too_many")
    count_attempt(_ACTION, by_member, to_address)


def _is_invited(session: Session, organisation_id: int, key: str) -> bool:
    found = session.scalar(
        select(Invitation.id).where(
            Invitation.organisation_id == organisation_id,
            Invitation.email_key == key,
            Invitation.used_at.is_(None),
            Invitation.revoked_at.is_(None),
            Invitation.expires_at > clock.now(),
        )
    )
    return found is not None


def _fact(
    kind: type[InvitationSent | InvitationRevoked | InvitationAccepted],
    invitation: Invitation,
    by_id: int | None,
) -> InvitationSent | InvitationRevoked | InvitationAccepted:
    return kind(
        invitation_id=invitation.id, organisation_id=invitation.organisation_id, by_id=by_id
    )
