"""The rules hold in Python and in SQL alike, and the tables of states keep their word."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import selectinload

from core.actor import SYSTEM, VISITOR, Actor, Role
from core.database import db
from core.domain import Refused
from tests.factories.members import MemberFactory
from tests.factories.organisations import OrganisationFactory
from tests.factories.twinning import ParticipationFactory, TwinningFactory
from twinning import policies, rules
from twinning.models import (
    Participation,
    ParticipationRole,
    ParticipationState,
    Twinning,
    TwinningState,
    TwinningVisibility,
)

ME = 1


def actors(here: int, elsewhere: int, member_id: int) -> list[Actor]:
    """Every sort of reader, and pairs of roles that somebody may hold at once."""
    bodies = [frozenset[int](), frozenset({here}), frozenset({elsewhere})]
    roles = [frozenset[Role](), *(frozenset({role}) for role in Role)]
    roles.append(frozenset({Role.COORDINATOR, Role.EDITOR}))
    found = [VISITOR, SYSTEM]
    for held, body, contact in itertools.product(roles, bodies, (False, True)):
        found.append(Actor(member_id, held, body, body if contact else frozenset()))
    return found


def every_twinning(here: int, coordinator_id: int) -> None:
    """One of each state, visibility and standing of a body, coordinated and not."""
    body = OrganisationFactory.make()
    assert body.id == here
    for state, visibility, standing, coordinated in itertools.product(
        TwinningState, TwinningVisibility, [None, *ParticipationState], (False, True)
    ):
        made = TwinningFactory.build(
            state=state,
            visibility=visibility,
            coordinator_id=coordinator_id if coordinated else None,
        )
        if standing is not None:
            made.participations.append(
                ParticipationFactory.build(
                    organisation_id=here, role=ParticipationRole.RECEIVER, state=standing
                )
            )
        db.session.add(made)
    db.session.commit()


def disagreements(
    readers: Iterable[Actor],
    in_sql: Callable[[Actor], ColumnElement[bool]],
    in_python: Callable[[Actor, Twinning], bool],
) -> list[tuple[Actor, int]]:
    everything = db.session.scalars(
        select(Twinning).options(selectinload(Twinning.participations))
    ).all()
    found = []
    for reader in readers:
        shown = set(db.session.scalars(select(Twinning.id).where(in_sql(reader))))
        found += [
            (reader, one.id) for one in everything if in_python(reader, one) != (one.id in shown)
        ]
    return found


@pytest.fixture
def readers(app: Flask) -> list[Actor]:
    me = MemberFactory.make()
    here = 1
    every_twinning(here, me.id)
    elsewhere = OrganisationFactory.make()
    return actors(here, elsewhere.id, me.id)


def test_sql_and_python_show_the_same(readers: list[Actor]) -> None:
    assert disagreements(readers, policies.visible_to, policies.is_visible) == []


def test_a_forgotten_state_would_be_noticed(
    readers: list[Actor], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The twin: SQL that forgets what "reserved" means, and Python that forgets the editors."""

    def too_wide(actor: Actor) -> ColumnElement[bool]:
        return policies.visible_to(actor) | Twinning.state.in_(sorted(rules.OPEN_STATES))

    def too_narrow(actor: Actor, twinning: Twinning) -> bool:
        return policies.is_visible(actor, twinning) and not (
            actor.roles == {Role.EDITOR} and twinning.state in rules.REVIEWED_STATES
        )

    assert disagreements(readers, too_wide, policies.is_visible)
    assert disagreements(readers, policies.visible_to, too_narrow)


def test_participations_are_shown_alike_in_sql_and_python(readers: list[Actor]) -> None:
    everything = db.session.scalars(
        select(Participation).options(selectinload(Participation.twinning))
    ).all()
    for reader in readers:
        shown = set(
            db.session.scalars(
                select(Participation.id)
                .join(Twinning, Twinning.id == Participation.twinning_id)
                .where(policies.participation_visible_to(reader))
            )
        )
        by_hand = {
            one.id
            for one in everything
            if policies.may_see_participation(reader, one.twinning, one)
        }
        assert shown == by_hand, reader


def _twinning(state: TwinningState, **values: object) -> Twinning:
    return Twinning(
        state=state,
        visibility=TwinningVisibility.PUBLIC,
        coordinator_id=None,
        results="",
        participations=[],
        **values,
    )


@pytest.mark.parametrize("state", list(TwinningState))
def test_the_permission_table(state: TwinningState) -> None:
    """Who may take which step: the lines of product.md."""
    twinning = _twinning(state)
    twinning.coordinator_id = ME
    coordinator = Actor(ME, frozenset({Role.COORDINATOR}))
    other = Actor(2, frozenset({Role.COORDINATOR}))
    editor = Actor(3, frozenset({Role.EDITOR}))
    moderator = Actor(4, frozenset({Role.MODERATOR, Role.EVALUATOR}))
    partner = Actor(5, organisation_ids=frozenset({1}), contact_organisation_ids=frozenset({1}))
    for new in TwinningState:
        allowed = rules.TRANSITIONS.allows(state, new)
        by_editors = new in (TwinningState.CHANGES_REQUESTED, TwinningState.REJECTED)
        removes = new is TwinningState.REMOVED
        assert policies.may_change_state(SYSTEM, twinning, new) is allowed
        assert policies.may_change_state(editor, twinning, new) is (allowed and by_editors)
        mine = allowed and not by_editors and (not removes or state is TwinningState.DRAFT)
        assert policies.may_change_state(coordinator, twinning, new) is mine
        for nobody in (other, moderator, partner, VISITOR):
            assert not policies.may_change_state(nobody, twinning, new)


def test_rights_end_with_the_role_that_gave_them() -> None:
    twinning = _twinning(TwinningState.ACTIVE)
    twinning.coordinator_id = ME
    assert policies.may_edit(Actor(ME, frozenset({Role.COORDINATOR})), twinning)
    assert not policies.may_edit(Actor(ME), twinning)
    assert not policies.may_create(Actor(ME))
    assert not policies.may_record_partner(Actor(ME, frozenset({Role.COORDINATOR})), twinning)


PRODUCT = {
    "draft": {"proposed"},
    "proposed": {"changes_requested", "rejected", "active"},
    "changes_requested": {"proposed"},
    "rejected": set(),
    "active": {"suspended", "concluded"},
    "suspended": {"active"},
    "concluded": {"archived"},
    "archived": set(),
    "removed": set(),
}


def walk(
    steps: list[TwinningState], refuse: Callable[[TwinningState, TwinningState], bool]
) -> None:
    """Try steps one after the other; each is taken exactly where product.md has it."""
    at = TwinningState.DRAFT
    for new in steps:
        expected = new.value in PRODUCT[at.value] or (
            new is TwinningState.REMOVED and at is not TwinningState.REMOVED
        )
        assert refuse(at, new) is not expected, f"{at} -> {new}"
        if expected:
            at = new


def _refuses(old: TwinningState, new: TwinningState) -> bool:
    try:
        rules.TRANSITIONS.check(old, new)
    except Refused:
        return True
    return False


@given(st.lists(st.sampled_from(TwinningState), max_size=30))
def test_no_walk_leaves_the_table(steps: list[TwinningState]) -> None:
    walk(steps, _refuses)


def test_a_step_too_many_would_be_noticed() -> None:
    """The twin: a table that lets a draft become active without being proposed."""

    def too_kind(old: TwinningState, new: TwinningState) -> bool:
        if (old, new) == (TwinningState.DRAFT, TwinningState.ACTIVE):
            return False
        return _refuses(old, new)

    with pytest.raises(AssertionError):
        walk([TwinningState.ACTIVE], too_kind)


@given(st.lists(st.sampled_from(ParticipationState), max_size=12))
def test_a_refusal_is_never_turned_into_a_participation(steps: list[ParticipationState]) -> None:
    """Whatever is tried, a body stands only by its own acceptance or by an act on record."""
    at = ParticipationState.INVITED
    for new in steps:
        if rules.PARTICIPATION_TRANSITIONS.allows(at, new):
            if new is ParticipationState.ACCEPTED:
                assert at is ParticipationState.INVITED
            if new is ParticipationState.ON_RECORD:
                assert at is ParticipationState.WITHDRAWN
            at = new


parts = st.builds(
    Participation,
    organisation_id=st.integers(1, 3),
    role=st.sampled_from(ParticipationRole),
    state=st.sampled_from(ParticipationState),
)


@given(st.lists(parts, max_size=6))
def test_the_guard_of_activation(participations: list[Participation]) -> None:
    found = rules.activation_obstacles(participations)
    standing = [one for one in participations if one.state in rules.STANDING]
    givers = {p.organisation_id for p in standing if p.role is ParticipationRole.GIVER}
    receivers = {p.organisation_id for p in standing if p.role is ParticipationRole.RECEIVER}
    pending = any(p.state is ParticipationState.INVITED for p in participations)
    pairs = any(giver != receiver for giver in givers for receiver in receivers)
    assert (found == []) is (pairs and not pending)
