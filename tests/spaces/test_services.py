"""Keys of private spaces: given once, taken back at once, kept on record."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import Integer, literal, select

from core import clock
from core.actor import SYSTEM, Actor
from core.database import db
from core.events import Event
from core.references import Reference
from spaces import policies, services
from spaces.models import Space, SpaceGrant
from spaces.queries import open_space_ids
from tests.factories.members import member_with
from tests.factories.organisations import OrganisationFactory

ABOUT = Reference("twinning", 17)


def a_space(title: str = "Riservato") -> Space:
    return services.open_space(about=ABOUT, title=title, by=SYSTEM)


def names() -> list[str]:
    return list(db.session.scalars(select(Event.name).order_by(Event.id)))


def test_a_new_space_is_closed_to_all(app: Flask) -> None:
    space = a_space()
    assert (space.kind, space.object_id) == ("twinning", 17)
    assert open_space_ids(1, [1, 2, 3]) == frozenset()
    assert names() == ["SpaceOpened"]


def test_a_key_opens_for_a_body_or_for_a_member(app: Flask) -> None:
    body, member = OrganisationFactory.make(), member_with()
    one, other = a_space(), a_space()
    services.grant(space_id=one.id, organisation_id=body.id, by=SYSTEM)
    services.grant(space_id=other.id, member_id=member.id, by=SYSTEM)
    assert open_space_ids(member.id, []) == {other.id}
    assert open_space_ids(member.id, [body.id]) == {one.id, other.id}
    assert open_space_ids(member.id + 1, [body.id + 1]) == frozenset()


def test_giving_twice_and_taking_twice_is_once(app: Flask) -> None:
    body = OrganisationFactory.make()
    space = a_space()
    for _ in range(2):
        services.grant(space_id=space.id, organisation_id=body.id, by=SYSTEM)
    assert len(db.session.scalars(select(SpaceGrant)).all()) == 1
    for _ in range(2):
        services.end_grant(space_id=space.id, organisation_id=body.id, by=SYSTEM)
    assert open_space_ids(0, [body.id]) == frozenset()
    assert names() == ["SpaceOpened", "SpaceGranted", "SpaceGrantEnded"]
    services.grant(space_id=space.id, organisation_id=body.id, by=SYSTEM)
    assert open_space_ids(0, [body.id]) == {space.id}
    assert len(db.session.scalars(select(SpaceGrant)).all()) == 2, "the past stays on record"


def test_a_key_works_from_its_moment_to_its_end(app: Flask) -> None:
    body = OrganisationFactory.make()
    space = a_space()
    day = timedelta(days=1)
    for begins, ends in ((day, None), (-2 * day, -day)):
        grant = SpaceGrant(
            space_id=space.id,
            organisation_id=body.id,
            from_at=clock.now() + begins,
            to_at=clock.now() + ends if ends else None,
        )
        db.session.add(grant)
        db.session.commit()
        assert open_space_ids(0, [body.id]) == frozenset()


@pytest.mark.parametrize("holder", [{}, {"organisation_id": 1, "member_id": 1}])
def test_a_key_has_exactly_one_holder(app: Flask, holder: dict[str, int]) -> None:
    space = a_space()
    with pytest.raises(ValueError, match="for a body or for a member"):
        services.grant(space_id=space.id, by=SYSTEM, **holder)


@pytest.mark.parametrize("spaces", [frozenset(), frozenset({1}), frozenset({1, 2})])
def test_sql_and_python_let_in_the_same(app: Flask, spaces: frozenset[int]) -> None:
    actor = Actor(1, space_ids=spaces)
    for space_id in (None, 1, 2, 3):
        column = literal(space_id, Integer)
        found = db.session.scalar(select(literal(1)).where(policies.open_to(actor, column)))
        assert bool(found) is policies.may_enter(actor, space_id)


def test_the_key_of_an_office_is_for_its_contact_persons(app: Flask) -> None:
    body, other = OrganisationFactory.make(), OrganisationFactory.make()
    space = a_space()
    services.grant(space_id=space.id, organisation_id=body.id, contacts_only=True, by=SYSTEM)
    assert open_space_ids(1, [body.id, other.id]) == frozenset()
    assert open_space_ids(1, [body.id, other.id], [other.id]) == frozenset()
    assert open_space_ids(1, [body.id, other.id], [body.id]) == {space.id}


def test_a_key_may_hang_on_belonging_to_a_body(app: Flask) -> None:
    body, member = OrganisationFactory.make(), member_with()
    space = a_space()
    services.grant(space_id=space.id, member_id=member.id, while_affiliated_id=body.id, by=SYSTEM)
    assert open_space_ids(member.id, []) == frozenset()
    assert open_space_ids(member.id, [body.id]) == {space.id}
    assert open_space_ids(member.id + 1, [body.id]) == frozenset()
