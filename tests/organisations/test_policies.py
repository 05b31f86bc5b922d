"""Who sees and keeps the register; SQL and Python say the same."""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations

import pytest
from sqlalchemy import ColumnElement, select, true

from core.actor import SYSTEM, VISITOR, Actor, Role
from core.database import db
from organisations import policies
from organisations.models import Organisation, OrganisationState
from tests.factories.organisations import OrganisationFactory

pytestmark = pytest.mark.usefixtures("app")


def actors(bodies: list[Organisation]) -> list[Actor]:
    """A visitor, the system, and members with every pair of roles, of every body or none."""
    roles = [frozenset(pair) for size in (0, 1, 2) for pair in combinations(Role, size)]
    bodies_of = [frozenset[int](), *(frozenset({body.id}) for body in bodies)]
    return [
        VISITOR,
        SYSTEM,
        *(
            Actor(member_id=7, roles=some, organisation_ids=own, contact_organisation_ids=own)
            for some in roles
            for own in bodies_of
        ),
    ]


def differences(visible_to: Callable[[Actor], ColumnElement[bool]]) -> list[tuple[Actor, int]]:
    """Pairs of actor and body about which the condition and ``is_visible`` disagree."""
    bodies = [OrganisationFactory.make(state=state) for state in OrganisationState]
    bodies += [
        OrganisationFactory.make(state=state, **{column: 7})
        for state in OrganisationState
        for column in ("awaited_by_id", "awaited_for_id")
    ]
    found = []
    for actor in actors(bodies):
        by_sql = set(db.session.scalars(select(Organisation.id).where(visible_to(actor))))
        by_python = {body.id for body in bodies if policies.is_visible(actor, body)}
        found += [(actor, number) for number in by_sql ^ by_python]
    return found


def test_sql_and_python_say_the_same() -> None:
    assert differences(policies.visible_to) == []


def test_a_difference_would_be_found() -> None:
    assert differences(
        lambda actor: true() if actor.is_administrator else policies.visible_to(actor)
    )


@pytest.mark.parametrize("role", [None, *Role])
def test_only_administrators_keep_the_register(role: Role | None) -> None:
    body = OrganisationFactory.make()
    removed = OrganisationFactory.make(state=OrganisationState.REMOVED)
    actor = Actor(
        member_id=7,
        roles=frozenset({role} if role else ()),
        organisation_ids=frozenset({body.id}),
        contact_organisation_ids=frozenset({body.id}),
    )
    allowed = role is Role.ADMINISTRATOR
    assert policies.may_create(actor) is allowed
    for may in (policies.may_edit, policies.may_verify, policies.may_remove):
        assert may(actor, body) is allowed
        assert not may(actor, removed)
        assert not may(VISITOR, body)
