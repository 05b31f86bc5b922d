"""Roles given and taken, members suspended and removed."""

from __future__ import annotations

import pytest
from flask import Flask

from core.actor import SYSTEM, Actor, Role
from core.database import db
from core.domain import Forbidden, Refused
from core.events import Event
from core.references import Reference
from core.revisions import revisions_of
from core.slugs import Slug
from members import queries
from members.models import Affiliation, AffiliationState, Member, MemberState, SignInSession
from members.rules import Newcomer
from members.services import lifecycle, registration, roles
from organisations.models import Organisation
from tests.factories.members import AffiliationFactory, MemberFactory, member_with
from tests.visitor import DEMO_PASSWORD, Visitor, text_of


def test_roles_are_given_and_taken_by_administrators(app: Flask) -> None:
    admin = queries.actor_for(member_with(Role.ADMINISTRATOR).id)
    member = MemberFactory.make()
    assert roles.grant_role(member_id=member.id, role=Role.EDITOR, by=admin)
    assert not roles.grant_role(member_id=member.id, role=Role.EDITOR, by=admin)
    assert queries.actor_for(member.id).has(Role.EDITOR)
    assert queries.holders_of(Role.EDITOR) == {member.id}
    with pytest.raises(Forbidden):
        roles.grant_role(
            member_id=member.id, role=Role.ADMINISTRATOR, by=Actor(member_id=member.id)
        )
    assert roles.revoke_role(member_id=member.id, role=Role.EDITOR, by=admin)
    assert not roles.revoke_role(member_id=member.id, role=Role.EDITOR, by=admin)
    assert not queries.actor_for(member.id).roles
    facts = [(event.name, event.details["role"]) for event in db.session.query(Event)]
    assert facts == [("RoleGranted", "editor"), ("RoleRevoked", "editor")]


def test_the_last_administrator_stays(app: Flask) -> None:
    admin = member_with(Role.ADMINISTRATOR)
    for act in (
        lambda: roles.revoke_role(member_id=admin.id, role=Role.ADMINISTRATOR, by=SYSTEM),
        lambda: lifecycle.suspend_member(member_id=admin.id, reason="x", by=SYSTEM),
        lambda: lifecycle.remove_member(member_id=admin.id, by=queries.actor_for(admin.id)),
    ):
        with pytest.raises(Refused, match="last_administrator"):
            act()
    member_with(Role.ADMINISTRATOR)
    assert roles.revoke_role(member_id=admin.id, role=Role.ADMINISTRATOR, by=SYSTEM)


def test_suspended_and_reinstated(app: Flask, visitor: Visitor) -> None:
    member = MemberFactory.make()
    admin = queries.actor_for(member_with(Role.ADMINISTRATOR).id)
    lifecycle.suspend_member(member_id=member.id, reason="spam", by=admin)
    assert queries.actor_for(member.id).is_visitor
    assert db.session.query(Event).one().reason == "spam"
    with pytest.raises(Refused):
        lifecycle.suspend_member(member_id=member.id, reason="spam", by=admin)
    lifecycle.reinstate_member(member_id=member.id, by=admin)
    visitor.sign_in(member.email)
    with pytest.raises(Refused):
        lifecycle.reinstate_member(member_id=member.id, by=admin)
    with pytest.raises(Forbidden):
        lifecycle.suspend_member(member_id=member.id, reason="", by=Actor(member_id=member.id))


def test_a_removed_member_leaves_no_name(
    app: Flask, visitor: Visitor, puglia: Organisation
) -> None:
    member = registration.add_member(
        Newcomer(
            first_name="Anna",
            last_name="Scalera",
            email="anna.scalera@ente.example",
            password=DEMO_PASSWORD,
        ),
        roles=(Role.EDITOR,),
        by=SYSTEM,
    )
    AffiliationFactory.make(member=member, organisation=puglia, position="Funzionaria Scalera")
    visitor.sign_in(member.email)
    lifecycle.remove_member(member_id=member.id, by=queries.actor_for(member.id))

    assert visitor.get("/il-mio-spazio").status_code == 302
    db.session.expire_all()
    row = db.session.get(Member, member.id)
    assert row.state is MemberState.REMOVED
    everything = [
        {column.name: getattr(one, column.key) for column in one.__mapper__.columns}
        for table in (Member, Affiliation, SignInSession, Slug, Event)
        for one in db.session.query(table)
    ]
    everything += [one.values for one in revisions_of(Reference("member", member.id))]
    assert "scalera" not in str(everything).lower()
    assert "anna" not in str(everything).lower()
    assert db.session.query(Affiliation).one().state is AffiliationState.ENDED
    with app.test_request_context():
        assert queries.people([member.id])[member.id].name == "ex iscritto"
    answer = visitor.submit(
        "/accedi",
        {"email": "anna.scalera@ente.example", "password": DEMO_PASSWORD},
        action="/accedi",
    )
    assert answer.status_code == 422
    assert "Anna" not in text_of(visitor.get("/iscritti"))
    with pytest.raises(Refused):
        lifecycle.remove_member(member_id=member.id, by=SYSTEM)


def test_the_address_is_free_again(app: Flask) -> None:
    for _ in range(2):
        member = registration.add_member(
            Newcomer(
                first_name="Anna", last_name="Scalera", email="a@ente.example", password="x" * 12
            ),
            by=SYSTEM,
        )
        assert member.slug == "anna-scalera"
        lifecycle.remove_member(member_id=member.id, by=SYSTEM)


def test_others_do_not_remove(app: Flask) -> None:
    member, other = MemberFactory.make(), member_with(Role.MODERATOR)
    with pytest.raises(Forbidden):
        lifecycle.remove_member(member_id=member.id, by=queries.actor_for(other.id))


def test_only_administrators_set_up_accounts(app: Flask) -> None:
    newcomer = Newcomer(first_name="A", last_name="B", email="a@ente.example", password="x" * 12)
    with pytest.raises(Forbidden):
        registration.add_member(newcomer, by=Actor(member_id=1))
    registration.add_member(newcomer, by=SYSTEM)
    with pytest.raises(Refused, match="known_address"):
        registration.add_member(newcomer, by=SYSTEM)
