"""What authors do with a story: begin it, change it, hand it to the editors."""

from __future__ import annotations

import secrets
from dataclasses import replace

from core import clock
from core.actor import Actor
from core.domain import ensure
from core.events import announce
from core.slugs import claim_slug
from core.submissions import made_by, remember
from core.transactions import transaction
from core.versions import Conflict
from practices import policies, rules
from practices.models import Practice, PracticeKind, PracticeState
from practices.rules import StoryContent
from practices.services.revising import pending_of, propose_revision
from practices.services.steps import (
    about,
    ensure_complete,
    enter,
    fact_of,
    keep_revision,
    locked,
    take_validation_back,
)
from practices.services.texts import rewrite_content, write_content
from practices.signals import KIND, StoryChanged, StoryDrafted, StorySubmitted, StoryWithdrawn


def draft_story(*, kind: PracticeKind, content: StoryContent, key: str, by: Actor) -> Practice:
    """Begin a story that only its author sees.

    ``key`` is that of the form: sent twice with the same text it makes one story, with another
    text it raises ``Conflict`` with the story that it made.
    """
    with transaction() as session:
        ensure(policies.may_create(by))
        ensure(policies.may_speak_for(by, content.organisation_id))
        assert by.member_id is not None
        made = made_by(key, by.member_id, KIND)
        if made is not None:
            earlier = session.get_one(Practice, made)
            if earlier.state is not PracticeState.REMOVED:
                return _unchanged(earlier, content)
            key = ""  # what it made is deleted: the form begins another one
        moment = clock.now()
        story = Practice(
            slug=secrets.token_hex(16),  # until its number is known
            kind=kind,
            state=PracticeState.DRAFT,
            author_id=by.member_id,
            created_at=moment,
            updated_at=moment,
        )
        write_content(session, story, content)
        session.add(story)
        session.flush()
        story.slug = claim_slug(about(story), content.title)
        session.flush()
        announce(fact_of(StoryDrafted, story, by))
        remember(key, by.member_id, about(story))
        return story


def send_story(*, kind: PracticeKind, content: StoryContent, key: str, by: Actor) -> Practice:
    """Begin a story and hand it to the editors at once; raise as both do."""
    with transaction():
        story = draft_story(kind=kind, content=content, key=key, by=by)
        return submit_story(practice_id=story.id, version=story.version, content=content, by=by)


def change_story(
    *, practice_id: int, version: int | None, content: StoryContent, by: Actor, restored: int = 0
) -> Practice:
    """Keep a new text of a story; the same text again changes nothing.

    Of a public story the author's text waits for an editor (``propose_revision``) and the public
    one stays; an editor's correction is public at once. ``restored``: the version that the text was
    taken from. Raise ``Conflict`` where somebody saved after ``version``, ``Refused`` where the
    editors know of the story and the text leaves out what they need.
    """
    with transaction() as session:
        story = locked(session, practice_id)
        ensure(policies.may_write(by, story))
        if policies.proposes(by, story):
            return propose_revision(session, story, content, by, version=version, restored=restored)
        old = rules.content_of(story)
        changed = rules.differences(story.kind, old, content)
        if not changed:
            return story
        story.raise_version(version)
        ensure(policies.may_edit(by, story))
        if content.organisation_id != story.organisation_id:
            ensure(policies.may_speak_for(by, content.organisation_id))
        if story.state not in rules.WRITING_STATES:
            ensure_complete(story.kind, content, affiliated=False)
        rewrite_content(session, story, content, changed)
        story.updated_at = clock.now()
        if rules.is_rewritten(story.kind, old, content):
            take_validation_back(session, story, by)
        if story.state is not PracticeState.DRAFT:
            keep_revision(story, by)
        session.flush()
        announce(replace(fact_of(StoryChanged, story, by), changed=changed, restored=restored))
        return story


def submit_story(
    *, practice_id: int, version: int | None, content: StoryContent, by: Actor
) -> Practice:
    """Keep the text and hand the story to the editors; one that lies there already stays so.

    The new text of a public story waits for them as well. Raise ``Conflict`` as ``change_story``
    does, ``Refused`` where something is missing.
    """
    with transaction() as session:
        story = change_story(practice_id=practice_id, version=version, content=content, by=by)
        ensure(policies.may_submit(by, story))
        waits = policies.proposes(by, story) and pending_of(session, story.id) is not None
        if waits or story.state is PracticeState.SUBMITTED:
            return story
        # In whose name a draft of nobody speaks was said by the list that it came from.
        if story.author_id is not None:
            ensure(policies.may_speak_for(by, story.organisation_id))
        ensure_complete(story.kind, content, affiliated=by.is_verified)
        enter(story, PracticeState.SUBMITTED)
        story.submitted_at = clock.now()
        story.raise_version(None)
        keep_revision(story, by)
        session.flush()
        announce(fact_of(StorySubmitted, story, by))
        return story


def withdraw_story(*, practice_id: int, version: int | None, by: Actor) -> Practice:
    """Take a story back from the editors: it is its author's draft again."""
    with transaction() as session:
        story = locked(session, practice_id)
        ensure(policies.may_withdraw(by, story))
        if story.state is PracticeState.DRAFT:
            return story  # sent twice
        rules.TRANSITIONS.check(story.state, PracticeState.DRAFT)
        story.raise_version(version)
        enter(story, PracticeState.DRAFT)
        story.submitted_at = None
        session.flush()
        announce(fact_of(StoryWithdrawn, story, by))
        return story


def _unchanged(story: Practice, content: StoryContent) -> Practice:
    """A form came back: what it made, unless it says something else by now."""
    if rules.differences(story.kind, rules.content_of(story), content):
        raise Conflict(story)
    return story
