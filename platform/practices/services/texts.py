"""Putting a text into a story's row, inside an open transaction."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.domain import Refused
from core.slugs import claim_slug
from practices import rules
from practices.models import Practice, PracticeComponent, PracticeKind
from practices.rules import Component, StoryContent
from practices.services.steps import about
from taxonomy.models import Theme


def write_content(session: Session, story: Practice, content: StoryContent) -> None:
    """Let the story say this; raise ``Refused`` for a theme that there is not."""
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


def rewrite_content(
    session: Session, story: Practice, content: StoryContent, changed: Collection[str]
) -> None:
    """The same for a story that has an address: it follows the title."""
    write_content(session, story, content)
    if "title" in changed:
        story.slug = claim_slug(about(story), content.title)


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
