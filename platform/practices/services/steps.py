"""What every step of a story shares, inside its transaction."""

from __future__ import annotations

from typing import TypeVar

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from core import clock
from core.actor import Actor
from core.domain import Refused
from core.events import announce
from core.references import Reference
from core.revisions import record_revision
from practices import policies, rules
from practices.models import Practice, PracticeKind, PracticeState, PracticeValidation
from practices.rules import StoryContent
from practices.signals import KIND, StoryFact, ValidationLapsed

F = TypeVar("F", bound=StoryFact)


def locked(session: Session, practice_id: int) -> Practice:
    """The row as it is now; on databases with row locks nobody else may write it meanwhile."""
    return session.get_one(Practice, practice_id, with_for_update=True)


def ensure_complete(kind: PracticeKind, content: StoryContent, *, affiliated: bool) -> None:
    """Raise ``Refused`` where the text lacks what editors need; see ``rules.missing``."""
    lacking = rules.missing(kind, content, affiliated=affiliated)
    if lacking:
        raise Refused(f"incomplete: {', '.join(lacking)}")


def enter(story: Practice, state: PracticeState, reason: str = "") -> None:
    """Lead a story into a state that the table of transitions allows, or raise ``Refused``."""
    rules.TRANSITIONS.check(story.state, state)
    story.state = state
    story.decision_reason = reason


def keep_revision(story: Practice, by: Actor, *, written_by: int | None = None) -> None:
    """Keep what stands in the story as a version that can be looked at later.

    ``written_by``: whose words they are, where it is not who put them there.
    """
    values = rules.values_of(rules.content_of(story)) | {"state": story.state.value}
    record_revision(about(story), story.version, values, written_by or by.member_id)


def has_validation(session: Session, story: Practice) -> bool:
    """Whether an evaluator's yes to the story still stands."""
    return session.scalar(select(_standing(story).exists())) or False


def take_validation_back(session: Session, story: Practice, by: Actor) -> None:
    """The words that were judged changed: what was found about them is said of another text."""
    standing = session.scalars(_standing(story)).all()
    if not standing:
        return
    for one in standing:
        one.lapsed_at = clock.now()
    if story.state is PracticeState.VALIDATED:
        enter(story, PracticeState.PUBLISHED)
    session.flush()
    announce(fact_of(ValidationLapsed, story, by))


def return_to_use(session: Session, story: Practice) -> None:
    """What had gone out of date holds again, with the validation that still stands."""
    if story.state is PracticeState.OUTDATED:
        standing = has_validation(session, story)
        enter(story, PracticeState.VALIDATED if standing else PracticeState.PUBLISHED)


def fact_of(fact: type[F], story: Practice, by: Actor) -> F:
    """What happened to the story now; its author speaks for the body that it stands under."""
    speaks_for = story.organisation_id if policies.is_author(by, story) else None
    return fact(
        practice_id=story.id,
        by_id=by.member_id,
        on_behalf_of_id=speaks_for,
        version=story.version,
    )


def about(story: Practice) -> Reference:
    """How the story is referred to."""
    return Reference(KIND, story.id)


def _standing(story: Practice) -> Select[tuple[PracticeValidation]]:
    return select(PracticeValidation).where(
        PracticeValidation.practice_id == story.id,
        PracticeValidation.granted.is_(True),
        PracticeValidation.lapsed_at.is_(None),
    )
