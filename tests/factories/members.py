"""Members, their roles and the bodies they belong to."""

from __future__ import annotations

from functools import lru_cache

import factory

from core import clock
from core.actor import Role
from members.models import (
    Affiliation,
    AffiliationRole,
    AffiliationState,
    Invitation,
    InvitationKind,
    Member,
    MemberState,
    RoleGrant,
)
from members.rules import INVITATION_ENDS_AFTER, email_key
from members.services.passwords import hash_password
from organisations.models import Organisation
from tests.factories import LONG_AGO, Factory
from tests.visitor import DEMO_PASSWORD


@lru_cache(maxsize=1)
def _demo_hash() -> str:
    return hash_password(DEMO_PASSWORD)


class MemberFactory(Factory[Member]):
    """A confirmed member who can sign in with ``tests.visitor.DEMO_PASSWORD``."""

    class Meta:
        model = Member

    first_name = "Anna"
    last_name = factory.Sequence(lambda n: f"Scalera{n}")
    name = factory.LazyAttribute(lambda o: f"{o.first_name} {o.last_name}")
    slug = factory.Sequence(lambda n: f"anna-scalera-{n}-prova")
    email = factory.Sequence(lambda n: f"anna.scalera.{n}@comune.example")
    email_key = factory.LazyAttribute(lambda o: email_key(o.email))
    password_hash = factory.LazyFunction(_demo_hash)
    state = MemberState.ACTIVE
    joined_at = LONG_AGO
    confirmed_at = LONG_AGO
    updated_at = LONG_AGO


class AffiliationFactory(Factory[Affiliation]):
    """An accepted affiliation; give ``member`` and ``organisation``."""

    class Meta:
        model = Affiliation

    position = "Funzionario"
    role = AffiliationRole.MEMBER
    state = AffiliationState.ACCEPTED
    requested_at = LONG_AGO
    decided_at = LONG_AGO


class InvitationFactory(Factory[Invitation]):
    """An open invitation to a colleague; give ``organisation`` and ``invited_by_id``."""

    class Meta:
        model = Invitation

    kind = InvitationKind.COLLEAGUE
    role = AffiliationRole.MEMBER
    email = factory.Sequence(lambda n: f"invitato.{n}@comune.example")
    email_key = factory.LazyAttribute(lambda o: email_key(o.email))
    created_at = factory.LazyFunction(clock.now)
    expires_at = factory.LazyAttribute(lambda o: o.created_at + INVITATION_ENDS_AFTER)


class RoleGrantFactory(Factory[RoleGrant]):
    """A role; give ``member_id`` and ``role``."""

    class Meta:
        model = RoleGrant

    granted_at = factory.LazyFunction(clock.now)


def member_with(
    *roles: Role, of: Organisation | None = None, contact: bool = False, **values: object
) -> Member:
    """A member with these roles who, where a body is given, belongs to it."""
    member = MemberFactory.make(**values)
    for role in roles:
        RoleGrantFactory.make(member_id=member.id, role=role)
    if of is not None:
        role_there = AffiliationRole.CONTACT if contact else AffiliationRole.MEMBER
        AffiliationFactory.make(member=member, organisation=of, role=role_there)
    return member
