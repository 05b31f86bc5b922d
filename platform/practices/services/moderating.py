"""What moderators do with a public story: out of sight with a reason, and back as it was."""

from __future__ import annotations

from dataclasses import replace

from core.actor import Actor
from core.domain import Refused, ensure
from core.events import announce
from core.transactions import transaction
from moderation.models import MeasureSort
from moderation.services import note_restored, record_measure
from practices import policies, rules
from practices.models import Practice, PracticeState
from practices.services.revising import end_pending
from practices.services.steps import about, enter, fact_of, locked
from practices.signals import StoryHidden, StoryRestored


def hide_story(*, practice_id: int, reason: str, by: Actor) -> Practice:
    """Show a public story to nobody but its author, who is told why and can object.

    A new text of it that waits ends with it. Raise ``Forbidden``, ``Refused`` where there is no
    reason, or the story is not public.
    """
    with transaction() as session:
        story = locked(session, practice_id)
        ensure(policies.may_hide(by, story))
        if not (reason := reason.strip()):
            raise Refused("a reason is needed")
        before = story.state
        enter(story, PracticeState.HIDDEN, reason)
        story.hidden_from = before
        story.raise_version(None)
        end_pending(session, story, reason, by)
        session.flush()
        announce(replace(fact_of(StoryHidden, story, by), reason=reason))
        record_measure(
            about=about(story),
            member_id=story.author_id,
            sort=MeasureSort.HIDDEN,
            reason=reason,
            by=by,
        )
        return story


def restore_story(*, practice_id: int, by: Actor) -> Practice:
    """Let everybody read it again, in the state that it had."""
    with transaction() as session:
        story = locked(session, practice_id)
        ensure(policies.may_hide(by, story))
        if story.state is not PracticeState.HIDDEN or story.hidden_from is None:
            raise Refused("story is not hidden")
        rules.BACK.check(story.state, story.hidden_from)
        story.state, story.hidden_from = story.hidden_from, None
        story.decision_reason = ""
        story.raise_version(None)
        session.flush()
        announce(fact_of(StoryRestored, story, by))
        note_restored(about(story), by)
        return story
