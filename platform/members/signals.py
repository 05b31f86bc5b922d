"""What happens to members and to their belonging to bodies."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from core.signals import Fact


@dataclass(frozen=True, kw_only=True)
class MemberFact(Fact):
    """Something that happened to one member."""

    kind: ClassVar[str] = "member"
    subject_field: ClassVar[str] = "member_id"

    member_id: int


@dataclass(frozen=True, kw_only=True)
class MemberRegistered(MemberFact):
    """Somebody asked for a profile; the address is not proven yet."""


@dataclass(frozen=True, kw_only=True)
class ConfirmationRequested(MemberFact):
    """A member whose address is not proven yet asked for the link again."""


@dataclass(frozen=True, kw_only=True)
class KnownAddressRegistered(MemberFact):
    """Somebody tried to register with the address of this member, who has a profile already."""


@dataclass(frozen=True, kw_only=True)
class MemberConfirmed(MemberFact):
    """The address is proven: the profile is public from now on."""


@dataclass(frozen=True, kw_only=True)
class PasswordResetRequested(MemberFact):
    """Somebody asked for a link to set a new password."""


@dataclass(frozen=True, kw_only=True)
class PasswordChanged(MemberFact):
    """A new password stands; all sessions have ended."""


@dataclass(frozen=True, kw_only=True)
class ProfileChanged(MemberFact):
    """The member rewrote the own profile or preferences."""


@dataclass(frozen=True, kw_only=True)
class AvatarChanged(MemberFact):
    """The member set or took away the picture."""


@dataclass(frozen=True, kw_only=True)
class MemberSuspended(MemberFact):
    """The member may not sign in for now; all sessions have ended."""


@dataclass(frozen=True, kw_only=True)
class SessionsEnded(MemberFact):
    """An administrator signed the member out everywhere."""


@dataclass(frozen=True, kw_only=True)
class MemberReinstated(MemberFact):
    """A suspended member may sign in again."""


@dataclass(frozen=True, kw_only=True)
class MemberRemoved(MemberFact):
    """The member left: the name is gone, what was written stays."""


@dataclass(frozen=True, kw_only=True)
class RoleGranted(MemberFact):
    """An administrator gave a role."""

    role: str


@dataclass(frozen=True, kw_only=True)
class RoleRevoked(MemberFact):
    """An administrator took a role away."""

    role: str


@dataclass(frozen=True, kw_only=True)
class AffiliationFact(Fact):
    """Something that happened to the belonging of a member to a body."""

    kind: ClassVar[str] = "affiliation"
    subject_field: ClassVar[str] = "affiliation_id"

    affiliation_id: int
    member_id: int
    organisation_id: int


@dataclass(frozen=True, kw_only=True)
class AffiliationRequested(AffiliationFact):
    """A member said: I work there; the body's contact person decides."""


@dataclass(frozen=True, kw_only=True)
class AffiliationAccepted(AffiliationFact):
    """The body confirmed the member, as a colleague or as contact person."""


@dataclass(frozen=True, kw_only=True)
class AffiliationRefused(AffiliationFact):
    """The body did not confirm the member."""


@dataclass(frozen=True, kw_only=True)
class AffiliationRoleChanged(AffiliationFact):
    """A confirmed member became contact person of the body, or stopped being it."""


@dataclass(frozen=True, kw_only=True)
class AffiliationEnded(AffiliationFact):
    """The member does not belong to the body any more, or took the request back."""


@dataclass(frozen=True, kw_only=True)
class InvitationFact(Fact):
    """Something that happened to an invitation to speak for a body."""

    kind: ClassVar[str] = "invitation"
    subject_field: ClassVar[str] = "invitation_id"

    invitation_id: int
    organisation_id: int


@dataclass(frozen=True, kw_only=True)
class InvitationSent(InvitationFact):
    """Somebody was invited by mail, as a colleague or for a body that is not here yet."""


@dataclass(frozen=True, kw_only=True)
class InvitationRevoked(InvitationFact):
    """The invitation was taken back: its link is worth nothing any more."""


@dataclass(frozen=True, kw_only=True)
class InvitationAccepted(InvitationFact):
    """The person who was invited came, and said so."""


ALL: tuple[type[Fact], ...] = (
    MemberRegistered,
    ConfirmationRequested,
    KnownAddressRegistered,
    MemberConfirmed,
    PasswordResetRequested,
    PasswordChanged,
    ProfileChanged,
    AvatarChanged,
    MemberSuspended,
    SessionsEnded,
    MemberReinstated,
    MemberRemoved,
    RoleGranted,
    RoleRevoked,
    AffiliationRequested,
    AffiliationAccepted,
    AffiliationRefused,
    AffiliationRoleChanged,
    AffiliationEnded,
    InvitationSent,
    InvitationRevoked,
    InvitationAccepted,
)
