"""The catalogue as rows of a table: what ``gemella import practices`` reads back."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import joinedload, selectinload

from core import clock
from core.actor import Actor
from core.database import db
from core.links import address
from core.origins import Origin, origins_of, own_source
from practices.models import Practice, PracticeKind
from practices.queries.lines import listed
from practices.rules import BODY, SECTIONS, content_of
from practices.signals import KIND
from taxonomy import queries as taxonomy

AT_ONCE = 200
_SECTIONS = tuple(
    dict.fromkeys(section.name for kind in PracticeKind for section in SECTIONS[kind])
)
HEADER = (
    "origin",
    "id",
    "kind",
    "state",
    "title",
    "summary",
    *("body_markdown" if name == BODY.name else name for name in _SECTIONS),
    "components",
    "needed_by",
    "organisation",
    "organisation_name",
    "contact",
    "themes",
    "territory",
    "territory_name",
    "date",
    "lang",
    "address",
)


def exported_stories(
    actor: Actor, conditions: Sequence[ColumnElement[bool]] | None = None
) -> Iterator[list[str]]:
    """The cells of each story of this reader's catalogue that meets the conditions, oldest first.

    Some hundred rows are read at a time, in a transaction of their own: however long somebody
    takes to download, little is held in memory and nothing is held up.
    """
    wanted = listed(actor) if conditions is None else conditions
    last = 0
    while True:
        stories = db.session.scalars(
            select(Practice)
            .where(*wanted, Practice.id > last)
            .order_by(Practice.id)
            .limit(AT_ONCE)
            .options(
                joinedload(Practice.organisation),
                joinedload(Practice.territory),
                selectinload(Practice.themes),
                selectinload(Practice.component_rows),
            )
        ).all()
        origins = origins_of(KIND, (story.id for story in stories))
        rows = [_cells(story, origins.get(story.id)) for story in stories]
        last = stories[-1].id if stories else last
        db.session.rollback()
        db.session.expunge_all()
        yield from rows
        if len(rows) < AT_ONCE:
            return


def _cells(story: Practice, origin: Origin | None) -> list[str]:
    content = content_of(story)
    body, place = story.organisation, story.territory
    codes = [one.code for one in taxonomy.themes_by_id().values() if one.id in content.theme_ids]
    components = [asdict(one) for one in content.components]
    published = story.published_at
    sections = {name: written.source for name, written in content.sections.items()}
    return [
        origin.source if origin else own_source(),
        origin.external_id if origin else str(story.id),
        story.kind.value,
        story.state.value,
        content.title,
        content.summary,
        *(sections.get(name, "") for name in _SECTIONS),
        json.dumps(components, ensure_ascii=False) if components else "",
        content.needed_by.isoformat() if content.needed_by else "",
        (body.ipa_code or body.slug) if body else "",
        body.name if body else "",
        content.contact,
        ";".join(codes),
        place.istat_code if place else "",
        place.name_it if place else "",
        published.astimezone(clock.ROME).date().isoformat() if published else "",
        content.lang,
        address("practices.story", slug=story.slug, _external=True),
    ]
