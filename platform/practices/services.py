"""What can be done with a story: one function a use case, one transaction each."""

from __future__ import annotations

import secrets
from collections.abc import Collection
from dataclasses import replace

from sqlalchemy import select
from sqlalchemy.orm import Session

from core import clock
from core.actor import Actor
from core.domain import Refused, ensure
from core.events import announce
from core.references import Reference
from core.revisions import record_revision
from core.slugs import claim_slug
from core.submissions import made_by, remember
from core.transactions import transaction
from core.versions import Conflict
from practices import policies, rules
from practices.models import Practice, PracticeKind, PracticeState
from practices.rules import StoryContent
from practices.signals import (
    KIND,
    StoryArchived,
    StoryChanged,
    StoryChangesRequested,
    StoryDrafted,
    StoryFact,
    StoryPublished,
    StoryRejected,
    StoryRemoved,
    StorySubmitted,
)
from taxonomy.models import Theme


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
        _write(session, story, content)
        session.add(story)
        session.flush()
        story.slug = claim_slug(_about(story), content.title)
        session.flush()
        announce(_fact(StoryDrafted, story, by))
        remember(key, by.member_id, _about(story))
        return story


def send_story(*, kind: PracticeKind, content: StoryContent, key: str, by: Actor) -> Practice:
    """Begin a story and hand it to the editors at once; raise as both do."""
    with transaction():
        story = draft_story(kind=kind, content=content, key=key, by=by)
        return submit_story(practice_id=story.id, version=story.version, content=content, by=by)


def change_story(
    *, practice_id: int, version: int | None, content: StoryContent, by: Actor
) -> Practice:
    """Keep a new text of a story; the same text again changes nothing.

    Raise ``Conflict`` where somebody saved after ``version``, ``Refused`` where the editors know
    of the story and the text leaves out what they need.
    """
    with transaction() as session:
        story = _locked(session, practice_id)
        ensure(policies.may_write(by, story))
        changed = rules.differences(story.kind, rules.content_of(story), content)
        if not changed:
            return story
        story.raise_version(version)
        ensure(policies.may_edit(by, story))
        if content.organisation_id != story.organisation_id:
            ensure(policies.may_speak_for(by, content.organisation_id))
        _write(session, story, content)
        story.updated_at = clock.now()
        if "title" in changed:
            story.slug = claim_slug(_about(story), content.title)
        if story.state not in rules.WRITING_STATES:
            _ensure_complete(story, affiliated=False)
        if story.state is not PracticeState.DRAFT:
            _keep_revision(story, by)
        session.flush()
        announce(replace(_fact(StoryChanged, story, by), changed=changed))
        return story


def submit_story(
    *, practice_id: int, version: int | None, content: StoryContent, by: Actor
) -> Practice:
    """Keep the text and hand the story to the editors; one that lies there already stays so.

    Raise ``Conflict`` as ``change_story`` does, ``Refused`` where something is missing.
    """
    with transaction() as session:
        story = change_story(practice_id=practice_id, version=version, content=content, by=by)
        ensure(policies.may_submit(by, story))
        if story.state is PracticeState.SUBMITTED:
            return story
        ensure(policies.may_speak_for(by, story.organisation_id))
        _ensure_complete(story, affiliated=by.is_verified)
        _enter(story, PracticeState.SUBMITTED)
        story.submitted_at = clock.now()
        story.raise_version(None)
        _keep_revision(story, by)
        session.flush()
        announce(_fact(StorySubmitted, story, by))
        return story


def publish_story(*, practice_id: int, version: int | None, by: Actor) -> Practice:
    """Make a submitted story public; one that is stays so.

    Raise ``Conflict`` where the text is not the one that the editor read.
    """
    with transaction() as session:
        story = _locked(session, practice_id)
        ensure(policies.may_publish(by, story))
        if story.state is PracticeState.PUBLISHED:
            return story
        story.raise_version(version)
        _ensure_complete(story, affiliated=False)
        _enter(story, PracticeState.PUBLISHED)
        story.published_at = story.updated_at = clock.now()
        _keep_revision(story, by)
        session.flush()
        announce(_fact(StoryPublished, story, by))
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
        story = _locked(session, practice_id)
        ensure(policies.may_archive(by, story))
        story.raise_version(version)
        _enter(story, PracticeState.ARCHIVED, reason)
        session.flush()
        announce(replace(_fact(StoryArchived, story, by), reason=reason))
        return story


def remove_story(*, practice_id: int, version: int | None, by: Actor, reason: str = "") -> Practice:
    """Take a story away for everybody; who removes somebody else's must say why."""
    with transaction() as session:
        story = _locked(session, practice_id)
        ensure(policies.may_remove(by, story))
        if not reason and not policies.is_author(by, story):
            raise Refused("no reason")
        story.raise_version(version)
        _enter(story, PracticeState.REMOVED, reason)
        session.flush()
        announce(replace(_fact(StoryRemoved, story, by), reason=reason))
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
        story = _locked(session, practice_id)
        ensure(policies.may_send_back(by, story))
        if not reason:
            raise Refused("no reason")
        if story.state is state and story.decision_reason == reason:
            return story  # sent twice
        story.raise_version(version)
        _enter(story, state, reason)
        session.flush()
        announce(replace(_fact(fact, story, by), reason=reason))
        return story


def _locked(session: Session, practice_id: int) -> Practice:
    """The row as it is now; on databases with row locks nobody else may write it meanwhile."""
    return session.get_one(Practice, practice_id, with_for_update=True)


def _unchanged(story: Practice, content: StoryContent) -> Practice:
    """A form came back: what it made, unless it says something else by now."""
    if rules.differences(story.kind, rules.content_of(story), content):
        raise Conflict(story)
    return story


def _write(session: Session, story: Practice, content: StoryContent) -> None:
    story.title = content.title
    story.summary = content.summary
    story.lang = content.lang
    story.organisation_id = content.organisation_id
    story.territory_id = content.territory_id
    story.contact = content.contact
    story.needed_by = content.needed_by if story.kind is PracticeKind.SEEK else None
    story.themes = _themes(session, content.theme_ids)
    for section in rules.SECTIONS[story.kind]:
        written = content.sections.get(section.name)
        setattr(story, section.name, written.source if written else "")
        setattr(story, f"{section.name}_html", written.html if written else "")


def _themes(session: Session, ids: Collection[int]) -> list[Theme]:
    themes = list(session.scalars(select(Theme).where(Theme.id.in_(ids))))
    if len(themes) != len(set(ids)):
        raise Refused("unknown theme")
    return themes


def _ensure_complete(story: Practice, *, affiliated: bool) -> None:
    lacking = rules.missing(story.kind, rules.content_of(story), affiliated=affiliated)
    if lacking:
        raise Refused(f"incomplete: {', '.join(lacking)}")


def _enter(story: Practice, state: PracticeState, reason: str = "") -> None:
    rules.TRANSITIONS.check(story.state, state)
    story.state = state
    story.decision_reason = reason


def _keep_revision(story: Practice, by: Actor) -> None:
    content = rules.content_of(story)
    values = {name: getattr(content, name) for name in rules.FACTS}
    values |= {name: written.source for name, written in content.sections.items()}
    values["theme_ids"] = sorted(content.theme_ids)
    values["needed_by"] = content.needed_by.isoformat() if content.needed_by else None
    values["state"] = story.state.value
    record_revision(_about(story), story.version, values, by.member_id)


def _fact(fact: type[StoryFact], story: Practice, by: Actor) -> StoryFact:
    """What happened to the story now; its author speaks for the body that it stands under."""
    speaks_for = story.organisation_id if policies.is_author(by, story) else None
    return fact(practice_id=story.id, by_id=by.member_id, on_behalf_of_id=speaks_for)


def _about(story: Practice) -> Reference:
    return Reference(KIND, story.id)
