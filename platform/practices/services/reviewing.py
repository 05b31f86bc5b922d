"""What editors do with a story: publish it, send it back, withdraw it."""

from __future__ import annotations

from dataclasses import replace

from core import clock
from core.actor import Actor
from core.domain import Refused, ensure
from core.events import announce
from core.transactions import transaction
from practices import policies, rules
from practices.models import Practice, PracticeState
from practices.services.revising import end_pending
from practices.services.steps import ensure_complete, enter, fact_of, keep_revision, locked
from practices.signals import (
    StoryArchived,
    StoryChangesRequested,
    StoryFact,
    StoryPublished,
    StoryRejected,
    StoryRemoved,
)


def publish_story(*, practice_id: int, version: int | None, by: Actor) -> Practice:
    """Make a submitted story public; one that is stays so.

    Raise ``Conflict`` where the text is not the one that the editor read.
    """
    with transaction() as session:
        story = locked(session, practice_id)
        ensure(policies.may_publish(by, story))
        if story.state is PracticeState.PUBLISHED:
            return story
        story.raise_version(version)
        if story.state is not PracticeState.SUBMITTED:
            raise Refused(f"{story.state} is not waiting")
        ensure_complete(story.kind, rules.content_of(story), affiliated=False)
        enter(story, PracticeState.PUBLISHED)
        story.published_at = story.updated_at = clock.now()
        keep_revision(story, by)
        session.flush()
        announce(fact_of(StoryPublished, story, by))
        return story


def request_changes(*, practice_id: int, version: int | None, reason: str, by: Actor) -> Practice:
    """Send a submitted story back to its author, who is told what to change."""
    return _send_back(
        PracticeState.CHANGES_REQUESTED, StoryChangesRequested, practice_id, version, reason, by
    )


def reject_story(*, practice_id: int, version: int | None, reason: str, by: Actor) -> Practice:
    """Refuse a submitted story; its author is told why."""
    return _send_back(PracticeState.REJECTED, StoryRejected, practice_id, version, reason, by)


def archive_story(*, practice_id: int, version: int | None, reason: str, by: Actor) -> Practice:
    """Take a public story out of the catalogue; its page stays and says so."""
    with transaction() as session:
        story = locked(session, practice_id)
        ensure(policies.may_archive(by, story))
        story.raise_version(version)
        enter(story, PracticeState.ARCHIVED, reason)
        end_pending(session, story, reason, by)
        session.flush()
        announce(replace(fact_of(StoryArchived, story, by), reason=reason))
        return story


def remove_story(*, practice_id: int, version: int | None, by: Actor, reason: str = "") -> Practice:
    """Take a story away for everybody; who removes somebody else's must say why."""
    with transaction() as session:
        story = locked(session, practice_id)
        ensure(policies.may_remove(by, story))
        if not reason and not policies.is_author(by, story):
            raise Refused("no reason")
        story.raise_version(version)
        enter(story, PracticeState.REMOVED, reason)
        end_pending(session, story, reason, by)
        session.flush()
        announce(replace(fact_of(StoryRemoved, story, by), reason=reason))
        return story


def _send_back(
    state: PracticeState,
    fact: type[StoryFact],
    practice_id: int,
    version: int | None,
    reason: str,
    by: Actor,
) -> Practice:
    with transaction() as session:
        story = locked(session, practice_id)
        ensure(policies.may_send_back(by, story))
        if not reason:
            raise Refused("no reason")
        if story.state is state and story.decision_reason == reason:
            return story  # sent twice
        story.raise_version(version)
        enter(story, state, reason)
        session.flush()
        announce(replace(fact_of(fact, story, by), reason=reason))
        return story
