"""What evaluators find about a public story."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from core import clock
from core.actor import Actor
from core.domain import Refused, ensure
from core.events import announce
from core.transactions import transaction
from practices import policies
from practices.models import (
    Criterion,
    Practice,
    PracticeState,
    PracticeValidation,
    ValidationFinding,
)
from practices.services.steps import enter, fact_of, locked
from practices.signals import StoryValidated, ValidationDeclined


def validate_story(
    *, practice_id: int, version: int | None, findings: Mapping[Criterion, str], by: Actor
) -> Practice:
    """Say that a story meets the criteria, and of each one how; the story says so.

    Raise ``Conflict`` where the text is not the one that the evaluator read, ``Refused`` where a
    finding is missing or the story is not in use.
    """
    with transaction() as session:
        story = locked(session, practice_id)
        ensure(policies.may_validate(by, story))
        if any(not findings.get(criterion) for criterion in Criterion):
            raise Refused("a criterion without a finding")
        story.raise_version(version)
        _ensure_waiting(story)
        session.add(
            PracticeValidation(
                practice_id=story.id,
                evaluator_id=by.member_id,
                granted=True,
                version=story.version,
                at=clock.now(),
                findings=[
                    ValidationFinding(criterion=criterion, note=findings[criterion])
                    for criterion in Criterion
                ],
            )
        )
        enter(story, PracticeState.VALIDATED)
        session.flush()
        announce(fact_of(StoryValidated, story, by))
        return story


def decline_validation(
    *, practice_id: int, version: int | None, reason: str, by: Actor
) -> Practice:
    """Say that a story does not meet the criteria yet: it stays public, its author reads why."""
    with transaction() as session:
        story = locked(session, practice_id)
        ensure(policies.may_validate(by, story))
        if not reason:
            raise Refused("no reason")
        story.raise_version(version)
        _ensure_waiting(story)
        session.add(
            PracticeValidation(
                practice_id=story.id,
                evaluator_id=by.member_id,
                granted=False,
                version=story.version,
                at=clock.now(),
                reason=reason,
            )
        )
        session.flush()
        announce(replace(fact_of(ValidationDeclined, story, by), reason=reason))
        return story


def _ensure_waiting(story: Practice) -> None:
    """What had gone out of date comes back by being confirmed, not by being validated."""
    if story.state is not PracticeState.PUBLISHED:
        raise Refused(f"{story.state} is not to be validated")
