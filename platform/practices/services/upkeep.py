"""Whether public stories still hold: asking, answering, and saying that nobody answered."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from sqlalchemy import ColumnElement, and_, case, func, or_, select
from sqlalchemy.orm import Session

from core import clock
from core.actor import SYSTEM, Actor
from core.database import db
from core.domain import Refused, ensure
from core.events import Event, announce
from core.transactions import transaction
from practices import policies, rules
from practices.models import Practice, PracticeState
from practices.rules import ANSWER_WITHIN, HOLDING_STATES, HOLDS_FOR, due_at
from practices.services.steps import (
    enter,
    fact_of,
    locked,
    return_to_use,
)
from practices.signals import (
    KIND,
    ConfirmationAsked,
    ConfirmationMissed,
    StoryConfirmed,
    StoryFact,
    StoryOutdated,
)

# One round of the calendar; the next one goes on.
BATCH = 50


def confirm_story(*, practice_id: int, version: int | None, by: Actor) -> Practice:
    """Say that a story still holds: the time begins anew, and one that had gone out of date is in
    use again.
    """
    with transaction() as session:
        story = locked(session, practice_id)
        ensure(policies.may_confirm(by, story))
        if story.state not in rules.LISTED_STATES:
            raise Refused(f"{story.state} is not in use")
        if version is not None and _has_just_confirmed(session, story, version, by):
            return story  # sent twice
        story.raise_version(version)
        story.confirmed_at = clock.now()
        story.asked_at = story.unanswered_at = None
        return_to_use(session, story)
        session.flush()
        announce(fact_of(StoryConfirmed, story, by))
        return story


def outdate_story(*, practice_id: int, version: int | None, reason: str, by: Actor) -> Practice:
    """Say that what a story tells is not so any more; it stays in the catalogue and says so."""
    with transaction() as session:
        story = locked(session, practice_id)
        ensure(policies.may_confirm(by, story))
        if story.state is PracticeState.OUTDATED and story.decision_reason == reason:
            return story  # sent twice
        rules.TRANSITIONS.check(story.state, PracticeState.OUTDATED)
        story.raise_version(version)
        enter(story, PracticeState.OUTDATED, reason)
        story.asked_at = story.unanswered_at = None
        session.flush()
        announce(replace(fact_of(StoryOutdated, story, by), reason=reason))
        return story


def _has_just_confirmed(session: Session, story: Practice, version: int, by: Actor) -> bool:
    """Whether the newest version is what the same answer of the same person made."""
    if story.version != version + 1:
        return False
    last = session.scalars(
        select(Event)
        .where(Event.kind == KIND, Event.object_id == story.id)
        .where(Event.name == StoryConfirmed.__name__)
        .order_by(Event.id.desc())
        .limit(1)
    ).one_or_none()
    if last is None or last.actor_id != by.member_id:
        return False
    return last.details.get("version") == story.version


def ask_after_stories() -> int:
    """Ask whether stories still hold whose time is over, and note whose answer is overdue.

    Each is told once a period, however often this runs and wherever it is interrupted: what was
    told is noted in the same transaction. Return how many it found, at most ``BATCH`` of each sort.
    """
    return _each(_is_due(), _ask) + _each(_is_overdue(), _miss)


def _each(condition: ColumnElement[bool], note: Callable[[Session, Practice], None]) -> int:
    due = select(Practice.id).where(condition).order_by(Practice.id).limit(BATCH)
    numbers = db.session.scalars(due).all()
    for number in numbers:
        with transaction() as session:
            note(session, locked(session, number))
    return len(numbers)


def _is_due() -> ColumnElement[bool]:
    now = clock.now()
    here = case((Practice.published_at > Practice.created_at, Practice.published_at))
    since = func.coalesce(Practice.confirmed_at, here, Practice.created_at)
    over = [and_(Practice.kind == kind, since <= now - time) for kind, time in HOLDS_FOR.items()]
    return and_(
        Practice.state.in_(sorted(HOLDING_STATES)),
        Practice.asked_at.is_(None),
        # Of what stands in the name of the site alone there is nobody to ask.
        or_(Practice.author_id.is_not(None), Practice.organisation_id.is_not(None)),
        or_(*over),
    )


def _is_overdue() -> ColumnElement[bool]:
    return and_(
        Practice.state.in_(sorted(HOLDING_STATES)),
        Practice.asked_at <= clock.now() - ANSWER_WITHIN,
        Practice.unanswered_at.is_(None),
    )


def _ask(session: Session, story: Practice) -> None:
    due = due_at(story)
    if story.state not in HOLDING_STATES or story.asked_at is not None:
        return
    if due is None or due > clock.now():
        return  # somebody answered meanwhile
    story.asked_at = clock.now()
    _tell(session, story, ConfirmationAsked)


def _miss(session: Session, story: Practice) -> None:
    asked = story.asked_at
    if story.state not in HOLDING_STATES or asked is None or story.unanswered_at is not None:
        return
    story.unanswered_at = clock.now()
    _tell(session, story, ConfirmationMissed)


def _tell(session: Session, story: Practice, fact: type[StoryFact]) -> None:
    session.flush()
    announce(fact_of(fact, story, SYSTEM))
