"""What authors do with a story: begin it, change it, hand it to the editors."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Sequence
from dataclasses import replace

from sqlalchemy import select
from sqlalchemy.orm import Session

from core import clock
from core.actor import Actor
from core.domain import Refused, ensure
from core.events import announce
from core.slugs import claim_slug
from core.submissions import made_by, remember
from core.transactions import transaction
from core.versions import Conflict
from practices import policies, rules
from practices.models import Practice, PracticeComponent, PracticeKind, PracticeState
from practices.rules import Component, StoryContent
from practices.services.steps import about, ensure_complete, enter, fact_of, keep_revision, locked
from practices.signals import KIND, StoryChanged, StoryDrafted, StorySubmitted
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
    *, practice_id: int, version: int | None, content: StoryContent, by: Actor
) -> Practice:
    """Keep a new text of a story; the same text again changes nothing.

    Raise ``Conflict`` where somebody saved after ``version``, ``Refused`` where the editors know
    of the story and the text leaves out what they need.
    """
    with transaction() as session:
        story = locked(session, practice_id)
        ensure(policies.may_write(by, story))
        changed = rules.differences(story.kind, rules.content_of(story), content)
        if not changed:
            return story
        story.raise_version(version)
        ensure(policies.may_edit(by, story))
        if content.organisation_id != story.organisation_id:
            ensure(policies.may_speak_for(by, content.organisation_id))
        write_content(session, story, content)
        story.updated_at = clock.now()
        if "title" in changed:
            story.slug = claim_slug(about(story), content.title)
        if story.state not in rules.WRITING_STATES:
            ensure_complete(story, affiliated=False)
        if story.state is not PracticeState.DRAFT:
            keep_revision(story, by)
        session.flush()
        announce(replace(fact_of(StoryChanged, story, by), changed=changed))
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
        ensure_complete(story, affiliated=by.is_verified)
        enter(story, PracticeState.SUBMITTED)
        story.submitted_at = clock.now()
        story.raise_version(None)
        keep_revision(story, by)
        session.flush()
        announce(fact_of(StorySubmitted, story, by))
        return story


def _unchanged(story: Practice, content: StoryContent) -> Practice:
    """A form came back: what it made, unless it says something else by now."""
    if rules.differences(story.kind, rules.content_of(story), content):
        raise Conflict(story)
    return story


def write_content(session: Session, story: Practice, content: StoryContent) -> None:
    """Put a text into a story, inside the open transaction."""
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
    _write_components(story, content.components if story.kind is PracticeKind.OFFER else ())


def _write_components(story: Practice, components: Sequence[Component]) -> None:
    rows = {row.key: row for row in story.component_rows}
    for row in rows.values():
        row.position = None
    for position, component in enumerate(components):
        if component.key not in rows:
            rows[component.key] = PracticeComponent(key=component.key)
            story.component_rows.append(rows[component.key])
        row = rows[component.key]
        row.position, row.title, row.text = position, component.title, component.text


def _themes(session: Session, ids: Collection[int]) -> list[Theme]:
    if not ids:
        return []
    themes = list(session.scalars(select(Theme).where(Theme.id.in_(ids))))
    if len(themes) != len(set(ids)):
        raise Refused("unknown theme")
    return themes
