"""What search knows of a story: all that its page says, as plain text."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from flask_babel import lazy_gettext
from sqlalchemy import Select, select
from sqlalchemy.orm import joinedload, selectinload

from core.actor import Role
from core.contracts import SearchDocument, SearchSource
from core.database import db
from core.links import address
from core.references import Reference
from core.text import plain
from members.models import MemberState
from members.signals import MemberFact, MemberRemoved, ProfileChanged
from organisations.signals import OrganisationChanged, OrganisationFact, OrganisationRemoved
from practices import signals
from practices.models import Practice, PracticeState
from practices.rules import PUBLIC_STATES, SECTIONS
from practices.signals import KIND, StoryFact

# Nobody finds these; those who may still open what is hidden have its address.
_GONE = (PracticeState.HIDDEN, PracticeState.REMOVED)


def documents(ids: Sequence[int]) -> Iterable[SearchDocument]:
    """The stories with these ids that somebody may find."""
    rows = db.session.scalars(
        select(Practice)
        .where(Practice.id.in_(ids), Practice.state.not_in(_GONE))
        .options(
            joinedload(Practice.organisation),
            joinedload(Practice.author),
            joinedload(Practice.territory),
            selectinload(Practice.themes),
            selectinload(Practice.component_rows),
        )
    )
    return [_document(row) for row in rows]


def ids(after: int, limit: int) -> Sequence[int]:
    """Ids of stories beyond ``after``, growing."""
    return db.session.scalars(
        select(Practice.id)
        .where(Practice.id > after, Practice.state.not_in(_GONE))
        .order_by(Practice.id)
        .limit(limit)
    ).all()


def audience(story: Practice) -> str:
    """Who may find the story; the editors' list shows them what waits."""
    if story.state in PUBLIC_STATES:
        return "public" if story.space_id is None else f"space:{story.space_id}"
    if story.author_id is None:
        return f"role:{Role.EDITOR}"
    return f"owner:{story.author_id}"


def _document(story: Practice) -> SearchDocument:
    parts = [story.summary]
    parts += [plain(getattr(story, f"{one.name}_html")) for one in SECTIONS[story.kind]]
    parts += [text for one in story.components for text in (one.title, one.text)]
    if story.territory is not None:
        parts.append(story.territory.name_it)
    return SearchDocument(
        reference=Reference(KIND, story.id),
        title=story.title,
        text="\n".join(part for part in parts if part),
        url=address("practices.story", slug=story.slug),
        audience=audience(story),
        lang=story.lang,
        at=story.published_at or story.updated_at,
        version=story.version,
        names=" ".join(_names(story)),
        keywords=tuple(theme.name_it for theme in story.themes),
    )


def _names(story: Practice) -> Iterable[str]:
    if story.organisation is not None:
        yield from (story.organisation.name, story.organisation.acronym)
    if story.author is not None and story.author.state is not MemberState.REMOVED:
        yield story.author.name
    yield story.contact


def _itself(fact: StoryFact) -> Iterable[Reference]:
    return [fact.about]


def _of_body(fact: OrganisationFact) -> Select[tuple[int]]:
    return select(Practice.id).where(Practice.organisation_id == fact.organisation_id)


def _of_author(fact: MemberFact) -> Select[tuple[int]]:
    return select(Practice.id).where(Practice.author_id == fact.member_id)


_AFFECTED: dict[Any, Callable[[Any], Iterable[Reference] | Select[tuple[int]]]] = {
    **dict.fromkeys(signals.ALL, _itself),
    # A story's page names its body and its author.
    OrganisationChanged: _of_body,
    OrganisationRemoved: _of_body,
    ProfileChanged: _of_author,
    MemberRemoved: _of_author,
}

SOURCE = SearchSource(
    kind=KIND,
    label=lazy_gettext("Buone pratiche"),
    singular=lazy_gettext("Buona pratica"),
    documents=documents,
    ids=ids,
    affected=_AFFECTED,
)
