"""What members may see and do: the SQL and the Python of each rule say the same."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import ColumnElement, select

from core.actor import SYSTEM, VISITOR, Actor, Role
from core.database import db
from members import policies
from members.models import Affiliation, Member, MemberState, Visibility
from tests.factories.members import MemberFactory

ACTORS = [
    VISITOR,
    SYSTEM,
    Actor(member_id=1),
    Actor(member_id=2, organisation_ids=frozenset({7})),
    Actor(member_id=3, organisation_ids=frozenset({7}), contact_organisation_ids=frozenset({7})),
    *(Actor(member_id=4, roles=frozenset({role})) for role in Role),
]

Rule = Callable[[Actor], ColumnElement[bool]]


def differences(visible_to: Rule) -> list[tuple[Actor, MemberState]]:
    """Where the condition lets other rows through than ``is_visible``."""
    rows = db.session.scalars(select(Member)).all()
    found = []
    for actor in ACTORS:
        shown = set(db.session.scalars(select(Member.id).where(visible_to(actor))))
        found += [
            (actor, row.state)
            for row in rows
            if policies.is_visible(actor, row) != (row.id in shown)
        ]
    return found


@pytest.fixture
def one_of_each(app: Flask) -> None:
    for state in MemberState:
        MemberFactory.make(state=state)


def test_sql_and_python_agree(one_of_each: None) -> None:
    assert differences(policies.visible_to) == []


def test_a_difference_is_found(one_of_each: None) -> None:
    """Twin: a condition that forgets the suspended ones is caught."""

    def forgetful(actor: Actor) -> ColumnElement[bool]:
        return Member.state != MemberState.REMOVED

    assert (VISITOR, MemberState.SUSPENDED) in differences(forgetful)


def test_who_opens_which_profile(one_of_each: None) -> None:
    def states(actor: Actor) -> set[MemberState]:
        return set(db.session.scalars(select(Member.state).where(policies.visible_to(actor))))

    assert states(VISITOR) == states(Actor(member_id=1)) == {MemberState.ACTIVE}
    moderator = Actor(member_id=1, roles=frozenset({Role.MODERATOR}))
    assert states(moderator) == {MemberState.ACTIVE, MemberState.SUSPENDED}
    assert MemberState.REMOVED not in states(SYSTEM)


@pytest.mark.parametrize(
    ("visibility", "visitor", "other", "self"),
    [
        (Visibility.NOBODY, False, False, True),
        (Visibility.MEMBERS, False, True, True),
        (Visibility.EVERYBODY, True, True, True),
    ],
)
def test_last_sign_in(visibility: Visibility, visitor: bool, other: bool, self: bool) -> None:
    readers = (VISITOR, Actor(member_id=2), Actor(member_id=1))
    answers = [policies.may_see_last_sign_in(reader, 1, visibility) for reader in readers]
    assert answers == [visitor, other, self]


def test_not_even_an_administrator_sees_a_hidden_sign_in() -> None:
    admin = Actor(member_id=2, roles=frozenset({Role.ADMINISTRATOR}))
    assert not policies.may_see_last_sign_in(admin, 1, Visibility.NOBODY)


def test_affiliations() -> None:
    colleague = Actor(member_id=1, organisation_ids=frozenset({7}))
    contact = Actor(
        member_id=2, organisation_ids=frozenset({7}), contact_organisation_ids=frozenset({7})
    )
    affiliation = Affiliation(member_id=1, organisation_id=7)
    assert [policies.may_decide_affiliation(one, 7) for one in ACTORS] == [
        one.is_administrator or 7 in one.contact_organisation_ids for one in ACTORS
    ]
    assert not policies.may_decide_affiliation(colleague, 7)
    assert policies.may_decide_affiliation(contact, 7)
    assert not policies.may_decide_affiliation(contact, 8)
    assert policies.may_end_affiliation(colleague, affiliation)
    assert policies.may_end_affiliation(contact, affiliation)
    assert not policies.may_end_affiliation(Actor(member_id=9), affiliation)
    assert not policies.may_end_affiliation(VISITOR, affiliation)


def test_nobody_is_none() -> None:
    """A visitor has no id, and neither has a member who does not exist."""
    assert not policies.may_edit_profile(VISITOR, 1)
    assert not policies.may_remove(VISITOR, 1)
    assert not policies.may_request_affiliation(VISITOR)


def test_administrators_do_not_suspend_themselves() -> None:
    admin = Actor(member_id=2, roles=frozenset({Role.ADMINISTRATOR}))
    assert policies.may_suspend(admin, 1)
    assert not policies.may_suspend(admin, 2)
    assert not policies.may_suspend(Actor(member_id=1, roles=frozenset({Role.MODERATOR})), 3)


def test_moderators_shut_out_those_who_do_not_moderate() -> None:
    moderator = Actor(member_id=2, roles=frozenset({Role.MODERATOR}))
    assert policies.may_shut_out(moderator, 1)
    assert policies.may_shut_out(moderator, 1, {Role.EDITOR, Role.COORDINATOR})
    assert not policies.may_shut_out(moderator, 2)
    assert not policies.may_shut_out(moderator, 1, {Role.MODERATOR})
    assert not policies.may_shut_out(moderator, 1, {Role.ADMINISTRATOR, Role.EDITOR})
    assert policies.may_shut_out(
        Actor(member_id=3, roles=frozenset({Role.ADMINISTRATOR})), 1, {Role.ADMINISTRATOR}
    )
    assert not policies.may_shut_out(Actor(member_id=4, roles=frozenset({Role.EDITOR})), 1)
    assert not policies.may_shut_out(VISITOR, 1)
