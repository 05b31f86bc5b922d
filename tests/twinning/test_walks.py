"""Twinnings and their partners take steps in any order; what must hold, holds after each."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from core import clock
from core.actor import SYSTEM, Actor, Role
from core.database import db
from core.domain import Refused
from core.events import Event
from core.versions import Conflict
from members.queries import actor_for
from spaces.models import SpaceGrant
from tests.factories.members import member_with
from tests.factories.twinning import region
from twinning import policies, rules, services
from twinning.models import Participation, ParticipationRole, Twinning, TwinningState
from twinning.rules import OwnPart, TwinningContent

BODIES = 3
WHO = ("contact 0", "contact 1", "contact 2", "coordinator", "editor", "administrator", "nobody")
ROLES = (ParticipationRole.GIVER, ParticipationRole.RECEIVER, ParticipationRole.NATIONAL)

step = st.one_of(
    st.tuples(st.just("state"), st.sampled_from(WHO), st.sampled_from(TwinningState)),
    st.tuples(
        st.just("invite"),
        st.sampled_from(WHO),
        st.tuples(st.integers(0, BODIES - 1), st.sampled_from(ROLES)),
    ),
    st.tuples(
        st.sampled_from(["accept", "refuse", "leave", "withdraw"]),
        st.sampled_from(WHO),
        st.integers(0, 5),
    ),
    st.tuples(st.just("charge"), st.sampled_from(WHO), st.none()),
)
# Walks that get somewhere, cut anywhere and followed by anything.
_C, _G = "coordinator", ("invite", "contact 0", (1, ParticipationRole.GIVER))
PATH: list[tuple[str, str, Any]] = [
    _G,
    ("state", "contact 0", TwinningState.PROPOSED),
    ("accept", "contact 1", 1),
    ("charge", _C, None),
    ("state", _C, TwinningState.ACTIVE),
    ("leave", "contact 1", 1),
    ("invite", _C, (1, ParticipationRole.GIVER)),
    ("accept", "contact 1", 1),
    ("state", _C, TwinningState.ACTIVE),
    ("state", _C, TwinningState.CONCLUDED),
    ("state", _C, TwinningState.ARCHIVED),
]
walks = st.builds(
    lambda cut, steps: PATH[:cut] + steps, st.integers(0, len(PATH)), st.lists(step, max_size=12)
)


class Walk:
    """One twinning of the first body, and all who may try something."""

    def __init__(self) -> None:
        self.bodies = [region(f"Regione {n}") for n in range(BODIES)]
        members = {
            **{
                f"contact {n}": member_with(of=body, contact=True)
                for n, body in enumerate(self.bodies)
            },
            "coordinator": member_with(Role.COORDINATOR),
            "editor": member_with(Role.EDITOR),
            "administrator": member_with(Role.ADMINISTRATOR),
            "nobody": member_with(),
        }
        self._ids = {name: member.id for name, member in members.items()}
        self.twinning_id = services.create_twinning(
            content=TwinningContent(title="Un cammino"),
            own=OwnPart(organisation_id=self.bodies[0].id, role=ParticipationRole.RECEIVER),
            by=self.actor("contact 0"),
        ).id

    def actor(self, who: str) -> Actor:
        return actor_for(self._ids[who])

    @property
    def twinning(self) -> Twinning:
        db.session.rollback()
        return db.session.get_one(Twinning, self.twinning_id, populate_existing=True)

    @property
    def places(self) -> list[Participation]:
        return sorted(self.twinning.participations, key=lambda one: one.id)

    def contact_of(self, one: Participation) -> int:
        """The member who answers for the body."""
        numbers = [body.id for body in self.bodies]
        return self._ids[f"contact {numbers.index(one.organisation_id)}"]

    def take(self, what: str, who: str, value: Any) -> bool:
        """Try a step; whether it was taken."""
        by = self.actor(who)
        try:
            self._take(what, by, value)
        except (Refused, Conflict):
            return False
        return True

    def _take(self, what: str, by: Actor, value: Any) -> None:
        if what == "state":
            services.change_state(
                twinning_id=self.twinning_id, new=value, version=None, reason="prova", by=by
            )
        elif what == "charge":
            services.take_charge(twinning_id=self.twinning_id, by=by)
        elif what == "invite":
            body, role = value
            services.invite_partner(
                twinning_id=self.twinning_id,
                organisation_id=self.bodies[body].id,
                role=role,
                by=by,
            )
        else:
            places = self.places
            place = places[value % len(places)].id
            match what:
                case "accept":
                    services.accept_invitation(participation_id=place, by=by)
                case "refuse":
                    services.refuse_invitation(participation_id=place, by=by)
                case "leave":
                    services.leave_twinning(participation_id=place, reason="prova", by=by)
                case "withdraw":
                    services.withdraw_partner(participation_id=place, reason="prova", by=by)

    def picture(self) -> Any:
        """All that a step could change."""
        here = self.twinning
        grants = db.session.scalar(select(func.count()).select_from(SpaceGrant))
        events = db.session.scalar(select(func.max(Event.id)))
        places = [(one.id, one.state, one.note, one.answered_at) for one in self.places]
        return (
            here.state,
            here.version,
            here.updated_at,
            here.coordinator_id,
            places,
            grants,
            events,
        )


def broken(walk: Walk, before: TwinningState) -> list[str]:
    """Which invariants do not hold now, after a step from this state."""
    found = []
    here = walk.twinning
    standing = {one.organisation_id for one in here.participations if rules.is_standing(one)}
    if here.state is TwinningState.ACTIVE:
        if not rules.still_runs(here.participations):
            found.append("runs without both its ends")
        if here.coordinator_id is None:
            found.append("runs without a coordinator")
        if before is not TwinningState.ACTIVE and rules.obstacles(here, TwinningState.ACTIVE):
            found.append("began to run without the guard")
    moment = clock.now()
    grants = db.session.scalars(
        select(SpaceGrant).where(SpaceGrant.space_id == here.space_id, SpaceGrant.to_at.is_(None))
    ).all()
    keys = {one.organisation_id for one in grants if one.organisation_id is not None}
    people = {one.member_id for one in grants if one.member_id is not None}
    expected_people = {here.coordinator_id} - {None}
    if here.state is TwinningState.REMOVED:
        standing, expected_people = set(), set()
    if (keys, people) != (standing, expected_people):
        found.append("keys are not those of partners and coordinator")
    if any(one.from_at > moment for one in grants):
        found.append("a key of tomorrow")
    if any(
        one.answered_by_id != walk.contact_of(one) for one in walk.places if rules.is_standing(one)
    ):
        found.append("somebody else accepted")
    return found


def go(walk: Walk, steps: list[tuple[str, str, Any]]) -> list[str]:
    """Walk; the invariants that broke on the way."""
    found = []
    for what, who, value in steps:
        before, picture = walk.twinning.state, walk.picture()
        taken = walk.take(what, who, value)
        after = walk.twinning.state
        if not taken and walk.picture() != picture:
            found.append(f"{what} was refused and changed something")
        if after is not before and not rules.TRANSITIONS.allows(before, after):
            found.append(f"{before} -> {after}")
        found += [f"{what} by {who}: {one}" for one in broken(walk, before)]
    return found


def trying(examples: int) -> settings:
    """So many walks; every run draws others, and the soak test draws most."""
    return settings(
        max_examples=examples,
        deadline=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture],
    )


@trying(12)
@given(steps=walks)
def test_whatever_is_tried_the_invariants_hold(
    app: Flask, steps: list[tuple[str, str, Any]]
) -> None:
    assert go(Walk(), steps) == []


@pytest.mark.soak
@pytest.mark.timeout(300)
@trying(100)
@given(steps=walks)
def test_however_long_it_is_tried_they_hold(app: Flask, steps: list[tuple[str, str, Any]]) -> None:
    assert go(Walk(), steps) == []


def test_the_path_leads_to_the_end(app: Flask) -> None:
    """Without it the walks could be refused from the first step on."""
    walk = Walk()
    states = []
    for what, who, value in PATH:
        if value is TwinningState.CONCLUDED:
            made = walk.twinning
            made.results = "Scritti."
            db.session.commit()
        assert walk.take(what, who, value), (what, who)
        states.append(walk.twinning.state.value)
    assert states[-4:] == ["suspended", "active", "concluded", "archived"]


def _forget_the_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "twinning.services.invitations.send_out_unless_elsewhere", lambda *_args: None
    )


def _let_administrators_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(policies, "may_answer", lambda actor, _one: actor.is_administrator)


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        (_forget_the_key, "keys are not those"),
        (_let_administrators_answer, "somebody else accepted"),
    ],
)
def test_a_seeded_fault_is_seen(
    app: Flask,
    monkeypatch: pytest.MonkeyPatch,
    fault: Callable[[pytest.MonkeyPatch], None],
    told: str,
) -> None:
    walk = Walk()
    fault(monkeypatch)
    steps = list(PATH[:6])
    if fault is _let_administrators_answer:
        steps = [_G, ("accept", "administrator", 1)]
    assert any(told in one for one in go(walk, steps))


def test_a_forgotten_suspension_is_seen(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    walk = Walk()
    still_runs = rules.still_runs
    calls: list[int] = []

    def forgets(participations: Any) -> bool:
        calls.append(1)
        # The service asks first, the judge after it.
        return True if len(calls) == 1 else still_runs(participations)

    for one in PATH[:5]:
        assert walk.take(*one)
    monkeypatch.setattr(rules, "still_runs", forgets)
    assert any("without both its ends" in one for one in go(walk, [PATH[5]]))


def test_system_is_nobodys_contact_person(app: Flask) -> None:
    walk = Walk()
    assert walk.take(*_G)
    with pytest.raises(Refused):
        services.accept_invitation(participation_id=walk.places[1].id, by=SYSTEM)
