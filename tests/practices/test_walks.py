"""Stories and those who work on them take steps in any order; what must hold, holds after each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from core import clock
from core.actor import Actor, Role
from core.database import db
from core.domain import Refused, Transitions
from core.events import Event
from core.references import Reference
from core.revisions import revisions_of
from core.text import Rendered
from core.versions import Conflict
from members.queries import actor_for
from practices import policies, rules, services
from practices.models import (
    Criterion,
    Practice,
    PracticeKind,
    PracticeRevision,
    PracticeState,
    PracticeValidation,
    RevisionState,
)
from practices.signals import KIND
from tests.factories.members import member_with
from tests.factories.organisations import OrganisationFactory
from tests.factories.practices import StoryFactory

S = PracticeState
WHO = ("author", "editor", "evaluator", "own evaluator", "contact", "nobody")
WHY = "Una ragione."
FINDINGS = dict.fromkeys(Criterion, "Si vede nei dati.")

Verb = Callable[[Practice, Actor, int], object]


def _write(story: Practice, by: Actor, turn: int) -> object:
    """Every third text changes what was judged, the others only the title."""
    stands = rules.content_of(story)
    sections = dict(stands.sections)
    if turn % 3 == 0:
        sections["results"] = Rendered(f"Meno {turn} code.", f"<p>Meno {turn} code.</p>")
    new = replace(stands, title=f"Titolo {turn}", sections=sections)
    return services.change_story(practice_id=story.id, version=None, content=new, by=by)


def _submit(story: Practice, by: Actor, _turn: int) -> object:
    stands = rules.content_of(story)
    return services.submit_story(practice_id=story.id, version=None, content=stands, by=by)


def _plainly(service: Callable[..., object], **values: Any) -> Verb:
    return lambda story, by, _turn: service(practice_id=story.id, version=None, by=by, **values)


VERBS: dict[str, Verb] = {
    "write": _write,
    "submit": _submit,
    "withdraw": _plainly(services.withdraw_story),
    "publish": _plainly(services.publish_story),
    "request_changes": _plainly(services.request_changes, reason=WHY),
    "reject": _plainly(services.reject_story, reason=WHY),
    "withdraw_revision": _plainly(services.withdraw_revision),
    "approve": _plainly(services.approve_revision),
    "refuse": _plainly(services.refuse_revision, reason=WHY),
    "validate": _plainly(services.validate_story, findings=FINDINGS),
    "decline": _plainly(services.decline_validation, reason=WHY),
    "confirm": _plainly(services.confirm_story),
    "outdate": _plainly(services.outdate_story, reason=WHY),
    "archive": _plainly(services.archive_story, reason=WHY),
    "remove": _plainly(services.remove_story, reason=WHY),
}
Step = tuple[str, str]
steps = st.tuples(st.sampled_from(sorted(VERBS)), st.sampled_from(WHO))
# A walk that gets somewhere, cut anywhere and followed by anything.
PATH: list[Step] = [
    ("submit", "author"),
    ("request_changes", "editor"),
    ("submit", "author"),
    ("publish", "editor"),
    ("validate", "evaluator"),
    ("write", "author"),
    ("approve", "editor"),
    ("write", "author"),
    ("write", "author"),
    ("approve", "editor"),
    ("outdate", "contact"),
    ("confirm", "author"),
    ("archive", "editor"),
]
walks = st.builds(
    lambda cut, tail: PATH[:cut] + tail, st.integers(0, len(PATH)), st.lists(steps, max_size=10)
)


class Walk:
    """One story, and all who may try something."""

    def __init__(self, state: PracticeState = S.DRAFT) -> None:
        body = OrganisationFactory.make()
        author = member_with(of=body)
        members = {
            "author": author,
            "editor": member_with(Role.EDITOR),
            "evaluator": member_with(Role.EVALUATOR),
            "own evaluator": member_with(Role.EVALUATOR, of=body),
            "contact": member_with(of=body, contact=True),
            "nobody": member_with(),
        }
        self._ids = {name: member.id for name, member in members.items()}
        self._turn = 0
        self.story_id = StoryFactory.make(
            state=state, kind=PracticeKind.OFFER, author_id=author.id, organisation_id=body.id
        ).id

    def actor(self, who: str) -> Actor:
        return actor_for(self._ids[who])

    @property
    def story(self) -> Practice:
        db.session.rollback()
        return db.session.get_one(Practice, self.story_id, populate_existing=True)

    @property
    def pending(self) -> list[PracticeRevision]:
        waiting = select(PracticeRevision).where(
            PracticeRevision.practice_id == self.story_id,
            PracticeRevision.state == RevisionState.PENDING,
        )
        return list(db.session.scalars(waiting))

    def take(self, verb: str, who: str) -> bool:
        """Try a step; whether it was taken."""
        self._turn += 1
        try:
            VERBS[verb](self.story, self.actor(who), self._turn)
        except (Refused, Conflict):
            return False
        return True

    def public_text(self) -> Any:
        story = self.story
        return rules.values_of(rules.content_of(story)) if story.state in rules.PUBLIC_STATES else 0

    def picture(self) -> Any:
        """All that a step could change."""
        story = self.story
        revisions = db.session.execute(
            select(PracticeRevision.id, PracticeRevision.state, PracticeRevision.version)
        ).all()
        validations = db.session.execute(
            select(PracticeValidation.id, PracticeValidation.lapsed_at)
        ).all()
        events = db.session.scalar(select(func.max(Event.id)))
        moments = (story.confirmed_at, story.updated_at, story.published_at)
        return story.state, story.version, story.title, moments, revisions, validations, events


MIGHT: dict[str, tuple[str, ...]] = {
    "validate": ("evaluator",),
    "decline": ("evaluator",),
    "approve": ("editor",),
    "refuse": ("editor",),
    "publish": ("editor",),
    "archive": ("editor",),
    "withdraw": ("author",),
    "withdraw_revision": ("author",),
    "confirm": ("author", "contact", "editor"),
    "outdate": ("author", "contact", "editor"),
}


def broken(walk: Walk) -> list[str]:
    """Which invariants do not hold now."""
    found = []
    story = walk.story
    standing = db.session.scalars(
        select(PracticeValidation).where(
            PracticeValidation.practice_id == story.id,
            PracticeValidation.granted.is_(True),
            PracticeValidation.lapsed_at.is_(None),
        )
    ).all()
    if story.state is S.VALIDATED and len(standing) != 1:
        found.append("validated by nobody, or twice")
    if story.state is S.PUBLISHED and standing:
        found.append("validated, and only published")
    if any({one.criterion for one in v.findings} != set(Criterion) for v in standing):
        found.append("validated without a finding")
    if len(walk.pending) > 1:
        found.append("two new texts wait")
    if walk.pending and story.state not in rules.LISTED_STATES:
        found.append("a new text waits of a story that is not in use")
    if story.state in rules.LISTED_STATES and story.published_at is None:
        found.append("in use and never published")
    if story.state in rules.LISTED_STATES and story.version > 1:
        kept = revisions_of(Reference(KIND, story.id))
        values = rules.values_of(rules.content_of(story))
        public = [one for one in kept if one.values["state"] in rules.PUBLIC_STATES]
        if public and {**public[0].values, "state": 0} != {**values, "state": 0}:
            found.append("the public text is not the one that was kept last")
    return found


def go(walk: Walk, taken_steps: list[Step]) -> list[str]:
    """Walk; what broke on the way."""
    found = []
    for verb, who in taken_steps:
        before, picture, text = walk.story.state, walk.picture(), walk.public_text()
        taken = walk.take(verb, who)
        after = walk.story.state
        if not taken and walk.picture() != picture:
            found.append(f"{verb} was refused and changed something")
        if after is not before and not rules.TRANSITIONS.allows(before, after):
            found.append(f"{verb}: {before} -> {after}")
        changed = taken and walk.picture() != picture
        if changed and verb in MIGHT and who not in MIGHT[verb]:
            found.append(f"{verb} by {who}")
        by_editor = who == "editor" and verb in ("write", "approve")
        if text and walk.public_text() not in (text, 0) and not by_editor:
            found.append(f"{verb} by {who} changed the public text")
        found += [f"{verb} by {who}: {one}" for one in broken(walk)]
    return found


def trying(examples: int) -> settings:
    """So many walks; every run draws others, and the soak test draws most."""
    return settings(
        max_examples=examples,
        deadline=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture],
    )


@trying(10)
@given(taken_steps=walks)
def test_whatever_is_tried_the_invariants_hold(app: Flask, taken_steps: list[Step]) -> None:
    assert go(Walk(), taken_steps) == []


@pytest.mark.soak
@pytest.mark.timeout(300)
@trying(100)
@given(taken_steps=walks)
def test_however_long_it_is_tried_they_hold(app: Flask, taken_steps: list[Step]) -> None:
    assert go(Walk(), taken_steps) == []


@trying(8)
@given(start=st.sampled_from(list(S)), taken_steps=st.lists(steps, max_size=4))
def test_no_walk_leaves_the_table_from_anywhere(
    app: Flask, start: PracticeState, taken_steps: list[Step]
) -> None:
    found = [one for one in go(Walk(start), taken_steps) if " -> " in one or "refused" in one]
    assert found == []


def test_the_path_leads_to_the_end(app: Flask) -> None:
    """Without it the walks could be refused from the first step on."""
    walk = Walk()
    states = []
    for verb, who in PATH:
        assert walk.take(verb, who), (verb, who)
        states.append(walk.story.state.value)
    assert states == [
        "submitted", "changes_requested", "submitted", "published", "validated",
        "validated", "published", "published", "published", "published",
        "outdated", "published", "archived",
    ]  # fmt: skip


def test_a_table_that_lets_everything_pass_would_be_noticed(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = rules.TRANSITIONS
    walk = Walk(S.ARCHIVED)
    everything = Transitions({old: list(PracticeState) for old in PracticeState})
    monkeypatch.setattr(rules, "TRANSITIONS", everything)
    before = walk.story.state
    assert walk.take("outdate", "editor")
    assert not asked.allows(before, walk.story.state)


def _let_everybody_validate(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(policies, "may_validate", lambda _actor, _story: True)


def _write_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(policies, "proposes", lambda _actor, _story: False)


def _keep_every_validation(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "practices.services.revising.take_validation_back",
        lambda _session, story, _by: setattr(story, "state", S.PUBLISHED),
    )


@pytest.mark.parametrize(
    ("fault", "more", "told"),
    [
        (_let_everybody_validate, ("validate", "own evaluator"), "validate by own evaluator"),
        (_write_at_once, ("write", "author"), "changed the public text"),
        (_keep_every_validation, ("approve", "editor"), "validated, and only published"),
    ],
)
def test_a_seeded_fault_is_seen(
    app: Flask,
    monkeypatch: pytest.MonkeyPatch,
    fault: Callable[[pytest.MonkeyPatch], None],
    more: Step,
    told: str,
) -> None:
    walk = Walk()
    until = {"validate": 4, "write": 4, "approve": 5}[more[0]]
    for one in PATH[:until]:
        assert walk.take(*one)
    if more[0] == "approve":
        assert walk.take("write", "author")
    fault(monkeypatch)
    assert any(told in one for one in go(walk, [more]))


def test_time_alone_asks_once(app: Flask) -> None:
    walk = Walk(S.PUBLISHED)
    story = walk.story
    story.created_at = story.published_at = (
        clock.now() - rules.HOLDS_FOR[story.kind] - timedelta(days=1)
    )
    db.session.commit()
    assert services.ask_after_stories() == 1
    asked = walk.picture()
    assert services.ask_after_stories() == 0
    assert walk.picture() == asked
