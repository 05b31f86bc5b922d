"""A story as lists show it: one line, without its long texts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from flask_babel import gettext
from sqlalchemy import ColumnElement, Row, Select, String, case, cast, func, select

from core.actor import Actor
from core.database import db
from core.i18n import language
from core.links import address
from members.models import Member, MemberState
from organisations.models import Organisation
from practices import policies
from practices.models import Practice, PracticeKind, PracticeState, practice_themes
from practices.queries import words
from practices.queries.shelf import shelf
from practices.rules.shelf import Filters
from taxonomy import queries as taxonomy

# Who tells a story that no member wrote: it came with an import.
SITE = "Gemella"


@dataclass(frozen=True, slots=True)
class StoryLine:
    """A story in one line.

    ``organisation`` is ``""`` where its author speaks alone, ``author`` where the author left.
    """

    id: int
    slug: str
    kind: PracticeKind
    state: PracticeState
    title: str
    summary: str
    lang: str
    organisation: str
    organisation_slug: str
    author: str
    needed_by: date | None
    updated_at: datetime
    published_at: datetime | None
    endorsement_count: int = 0
    reuse_count: int = 0
    unanswered_at: datetime | None = None
    theme_ids: tuple[int, ...] = ()

    @property
    def url(self) -> str:
        return address("practices.story", slug=self.slug)

    @property
    def seeks(self) -> bool:
        return self.kind is PracticeKind.SEEK

    @property
    def is_unanswered(self) -> bool:
        """Whether nobody said in time that it still holds."""
        return self.unanswered_at is not None

    @property
    def kind_label(self) -> str:
        return str(words.KINDS[self.kind])

    @property
    def state_label(self) -> str:
        return str(words.STATES[self.state])

    @property
    def speaker(self) -> str:
        """Who tells the story: a body, else a person."""
        return self.organisation or self.author or gettext("ex iscritto")

    @property
    def themes(self) -> list[str]:
        """The names of the themes in the reader's language, in the order of the tree."""
        return [
            theme.name(language())
            for number, theme in taxonomy.themes_by_id().items()
            if number in self.theme_ids
        ]


_COLUMNS: Mapping[str, Any] = {
    "id": Practice.id,
    "slug": Practice.slug,
    "kind": Practice.kind,
    "state": Practice.state,
    "title": Practice.title,
    "summary": Practice.summary,
    "lang": Practice.lang,
    "organisation": func.coalesce(Organisation.name, ""),
    "organisation_slug": func.coalesce(Organisation.slug, ""),
    "author": case(
        (Practice.author_id.is_(None), SITE),
        (Member.state != MemberState.REMOVED, Member.name),
        else_="",
    ),
    "needed_by": Practice.needed_by,
    "updated_at": Practice.updated_at,
    "published_at": Practice.published_at,
    "endorsement_count": Practice.endorsement_count,
    "reuse_count": Practice.reuse_count,
    "unanswered_at": Practice.unanswered_at,
}


def latest_stories(kind: PracticeKind | None, limit: int, actor: Actor) -> list[StoryLine]:
    """The newest of the catalogue that this reader may open, of one kind or of both."""
    newest = (Practice.published_at.desc(), Practice.id.desc())
    return _lines(select_lines().where(*listed(actor, kind)).order_by(*newest).limit(limit))


def latest_of_each_kind(limit: int, actor: Actor) -> dict[PracticeKind, list[StoryLine]]:
    """The newest of both halves of the catalogue; a query for each half, one for their themes."""
    newest = (Practice.published_at.desc(), Practice.id.desc())
    lines = lines_of(
        [
            row
            for kind in PracticeKind
            for row in db.session.execute(
                select_lines().where(*listed(actor, kind)).order_by(*newest).limit(limit)
            )
        ]
    )
    return {kind: [line for line in lines if line.kind is kind] for kind in PracticeKind}


def stories_of(
    actor: Actor, *, organisation_id: int | None = None, author_id: int | None = None, limit: int
) -> list[StoryLine]:
    """The newest of the catalogue of one body, or of one member; one query."""
    conditions = listed(actor)
    if organisation_id is not None:
        conditions.append(Practice.organisation_id == organisation_id)
    if author_id is not None:
        conditions.append(Practice.author_id == author_id)
    newest = (Practice.published_at.desc(), Practice.id.desc())
    statement = select_lines().add_columns(theme_ids_told().label("told"))
    rows = db.session.execute(statement.where(*conditions).order_by(*newest).limit(limit))
    return [_line(row, map(int, filter(None, row.told.split(",")))) for row in rows]


def story_line(practice_id: int, actor: Actor) -> StoryLine | None:
    """One story, or None where there is none that this reader may open."""
    found = _lines(select_lines().where(Practice.id == practice_id, policies.visible_to(actor)))
    return found[0] if found else None


def author_of(practice_id: int) -> int | None:
    """Who wrote a story; None where there is none, or its author left."""
    return db.session.scalar(select(Practice.author_id).where(Practice.id == practice_id))


def counts(actor: Actor) -> Mapping[PracticeKind, int]:
    """How many stories of each kind the catalogue has for this reader."""
    with shelf() as known:
        found = known.numbers("kind", known.matching(Filters(), actor.space_ids, {}))
    return dict.fromkeys(PracticeKind, 0) | found


def listed(actor: Actor, kind: PracticeKind | None = None) -> list[ColumnElement[bool]]:
    """The conditions of what stands in the catalogue for this reader."""
    conditions = [policies.listed_to(actor)]
    if kind is not None:
        conditions.append(Practice.kind == kind)
    return conditions


def select_lines() -> Select[Any]:
    """The columns of a line; add conditions, and more columns behind them."""
    return (
        select(*(column.label(name) for name, column in _COLUMNS.items()))
        .select_from(Practice)
        .outerjoin(Organisation, Organisation.id == Practice.organisation_id)
        .outerjoin(Member, Member.id == Practice.author_id)
    )


def lines_of(rows: Sequence[Row[Any]]) -> list[StoryLine]:
    """Lines of what ``select_lines`` found, with their themes: one more query."""
    themes = _themes_of([row.id for row in rows])
    return [_line(row, themes[row.id]) for row in rows]


def theme_ids_told() -> ColumnElement[str]:
    """The ids of the themes as ``3,17``, beside the few stories of a statement: a long list asks
    for them apart.
    """
    ids = (
        select(func.aggregate_strings(cast(practice_themes.c.theme_id, String), ","))
        .where(practice_themes.c.practice_id == Practice.id)
        .correlate(Practice)
        .scalar_subquery()
    )
    return func.coalesce(ids, "")


def _line(row: Row[Any], theme_ids: Iterable[int]) -> StoryLine:
    return StoryLine(**{name: getattr(row, name) for name in _COLUMNS}, theme_ids=tuple(theme_ids))


def _lines(statement: Select[Any]) -> list[StoryLine]:
    return lines_of(db.session.execute(statement).all())


def _themes_of(ids: Sequence[int]) -> Mapping[int, list[int]]:
    found: dict[int, list[int]] = defaultdict(list)
    if ids:
        rows = db.session.execute(
            select(practice_themes.c.practice_id, practice_themes.c.theme_id).where(
                practice_themes.c.practice_id.in_(ids)
            )
        )
        for practice_id, theme_id in rows:
            found[practice_id].append(theme_id)
    return found
