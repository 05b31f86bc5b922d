"""What every step of a story shares, inside its transaction."""

from __future__ import annotations

from sqlalchemy.orm import Session

from core.actor import Actor
from core.domain import Refused
from core.references import Reference
from core.revisions import record_revision
from practices import policies, rules
from practices.models import Practice, PracticeState
from practices.signals import KIND, StoryFact


def locked(session: Session, practice_id: int) -> Practice:
    """The row as it is now; on databases with row locks nobody else may write it meanwhile."""
    return session.get_one(Practice, practice_id, with_for_update=True)


def ensure_complete(story: Practice, *, affiliated: bool) -> None:
    """Raise ``Refused`` where the text lacks what editors need; see ``rules.missing``."""
    lacking = rules.missing(story.kind, rules.content_of(story), affiliated=affiliated)
    if lacking:
        raise Refused(f"incomplete: {', '.join(lacking)}")


def enter(story: Practice, state: PracticeState, reason: str = "") -> None:
    """Lead a story into a state that the table of transitions allows, or raise ``Refused``."""
    rules.TRANSITIONS.check(story.state, state)
    story.state = state
    story.decision_reason = reason


def keep_revision(story: Practice, by: Actor) -> None:
    """Keep what stands in the story as a version that can be looked at later."""
    values = rules.values_of(rules.content_of(story)) | {"state": story.state.value}
    record_revision(about(story), story.version, values, by.member_id)


def fact_of(fact: type[StoryFact], story: Practice, by: Actor) -> StoryFact:
    """What happened to the story now; its author speaks for the body that it stands under."""
    speaks_for = story.organisation_id if policies.is_author(by, story) else None
    return fact(practice_id=story.id, by_id=by.member_id, on_behalf_of_id=speaks_for)


def about(story: Practice) -> Reference:
    """How the story is referred to."""
    return Reference(KIND, story.id)
