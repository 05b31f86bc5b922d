"""Who was invited for which body, and what has become of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import or_, select

from core import clock, tokens
from core.actor import Actor
from core.database import db
from core.references import Reference
from members.models import (
    AffiliationRole,
    Invitation,
    InvitationKind,
    Member,
    MemberState,
)
from members.queries.people import Person, people
from members.rules import (
    INVITATION_ENDS_AFTER,
    InvitationState,
    email_key,
    invitation_state,
)
from organisations.models import Organisation, OrganisationState

PURPOSE = "invitation"


@dataclass(frozen=True, slots=True)
class InvitationLine:
    """An invitation with the body that it is for and who sent it."""

    id: int
    kind: InvitationKind
    organisation_id: int
    organisation: str
    organisation_slug: str
    is_awaited: bool
    role: AffiliationRole
    email: str
    language: str
    message: str
    about: Reference | None
    inviter: Person
    created_at: datetime
    expires_at: datetime
    used_at: datetime | None
    used_by_id: int | None
    state: InvitationState

    @property
    def is_contact(self) -> bool:
        return self.role is AffiliationRole.CONTACT

    @property
    def is_pending(self) -> bool:
        return self.state is InvitationState.PENDING


def invitation_token(invitation_id: int) -> str:
    """What the link of an invitation carries."""
    return tokens.sign(PURPOSE, [invitation_id])


def invitation_of(token: str) -> InvitationLine | None:
    """The invitation that a link is for, whatever has become of it; None for a forged one."""
    match tokens.read(PURPOSE, token, valid_for=2 * INVITATION_ENDS_AFTER):
        case [int(number)]:
            return invitation(number)
        case _:
            return None


def invitation(invitation_id: int) -> InvitationLine | None:
    """One invitation, or None; those for a body that is gone are gone with it."""
    row = db.session.get(Invitation, invitation_id)
    found = _lines([row]) if row is not None else []
    return found[0] if found else None


def invitation_row(invitation_id: int) -> Invitation | None:
    """The row itself, for policies."""
    return db.session.get(Invitation, invitation_id)


def invitations_by(actor: Actor, limit: int = 100) -> list[InvitationLine]:
    """What the actor sent, and what was sent for bodies that he or she speaks for, newest first."""
    return _lines(
        db.session.scalars(
            select(Invitation)
            .where(
                or_(
                    Invitation.invited_by_id == (actor.member_id or 0),
                    Invitation.organisation_id.in_(actor.contact_organisation_ids),
                )
            )
            .order_by(Invitation.id.desc())
            .limit(limit)
        ).all()
    )


def pending_invitations(organisation_id: int, limit: int = 50) -> list[InvitationLine]:
    """Who was invited for a body and has not answered yet, newest first."""
    return _lines(
        db.session.scalars(
            select(Invitation)
            .where(
                Invitation.organisation_id == organisation_id,
                Invitation.used_at.is_(None),
                Invitation.revoked_at.is_(None),
                Invitation.expires_at > clock.now(),
            )
            .order_by(Invitation.id.desc())
            .limit(limit)
        ).all()
    )


def has_profile(email: str) -> bool:
    """Whether this address can sign in; to be told only to who proved that it is his or hers."""
    found = db.session.scalar(
        select(Member.id).where(
            Member.email_key == email_key(email), Member.state != MemberState.UNCONFIRMED
        )
    )
    return found is not None


def _lines(found: Sequence[Invitation]) -> list[InvitationLine]:
    if not found:
        return []
    bodies = {
        body.id: body
        for body in db.session.execute(
            select(Organisation.id, Organisation.name, Organisation.slug, Organisation.state).where(
                Organisation.id.in_({row.organisation_id for row in found}),
                Organisation.state != OrganisationState.REMOVED,
            )
        )
    }
    persons = people(row.invited_by_id for row in found)
    moment = clock.now()
    return [
        InvitationLine(
            id=row.id,
            kind=row.kind,
            organisation_id=row.organisation_id,
            organisation=bodies[row.organisation_id].name,
            organisation_slug=bodies[row.organisation_id].slug,
            is_awaited=bodies[row.organisation_id].state is OrganisationState.AWAITED,
            role=row.role,
            email=row.email,
            language=row.language,
            message=row.message,
            about=Reference(row.about_kind, row.about_id or 0) if row.about_kind else None,
            inviter=persons[row.invited_by_id],
            created_at=row.created_at,
            expires_at=row.expires_at,
            used_at=row.used_at,
            used_by_id=row.used_by_id,
            state=invitation_state(row, moment),
        )
        for row in found
        if row.organisation_id in bodies
    ]
