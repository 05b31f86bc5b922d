"""The catalogue: filters, how many stories each would leave, and one page of lines."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    SQLColumnExpression,
    String,
    and_,
    case,
    cast,
    func,
    literal,
    or_,
    select,
    type_coerce,
    union_all,
)
from sqlalchemy.orm import aliased

from core import clock
from core.actor import Actor
from core.database import db
from core.pagination import Key, Page, paginate
from organisations.models import Organisation
from practices.models import Practice, PracticeKind, practice_themes
from practices.queries.lines import StoryLine, lines_of, listed, select_lines
from taxonomy import queries as taxonomy
from taxonomy.models import Theme
from territory.models import Territory

PAGE_SIZE = 12
FIRST_YEAR = 2000
_MOST_ORGANISATIONS = 15


@dataclass(frozen=True, slots=True)
class Filters:
    """What a reader asks for; within one field any match will do, all fields must match.

    ``theme_ids`` cover what lies below them, ``region_ids`` every place of the region;
    ``organisations`` are slugs, ``years`` those of publication, as a calendar in Italy has them.
    """

    kind: PracticeKind | None = None
    theme_ids: frozenset[int] = frozenset()
    region_ids: frozenset[int] = frozenset()
    organisations: frozenset[str] = frozenset()
    years: frozenset[int] = frozenset()

    @property
    def is_empty(self) -> bool:
        """Whether nothing is asked for beyond the kind."""
        return replace(self, kind=None) == Filters()


@dataclass(frozen=True, slots=True)
class OrganisationCount:
    """A body in the list of those one can choose from."""

    slug: str
    name: str
    number: int


@dataclass(frozen=True, slots=True)
class Facets:
    """How many stories choosing a value would show: each field leaves its own filter aside."""

    kinds: Mapping[PracticeKind, int] = field(default_factory=dict)
    themes: Mapping[int, int] = field(default_factory=dict)
    regions: Mapping[int, int] = field(default_factory=dict)
    organisations: Sequence[OrganisationCount] = ()
    years: Mapping[int, int] = field(default_factory=dict)


def stories(
    filters: Filters, actor: Actor, *, after: str | None = None, before: str | None = None
) -> Page[StoryLine]:
    """One page of the catalogue, newest first; raise ``BadCursor`` for a place that is none."""
    keys = [Key(Practice.published_at.expression), Key(Practice.id.expression)]
    statement = select_lines().add_columns(*(key.column for key in keys))
    page = paginate(
        statement.where(*_conditions(filters, actor)),
        keys,
        size=PAGE_SIZE,
        after=after,
        before=before,
        convert=lambda row: row,
    )
    return Page(lines_of(page.items), page.before, page.after)


def facets(filters: Filters, actor: Actor) -> Facets:
    """All numbers beside the catalogue in one query."""
    branches = [
        _by_kind(_conditions(replace(filters, kind=None), actor)),
        _by_theme(_conditions(replace(filters, theme_ids=frozenset()), actor)),
        _by_region(_conditions(replace(filters, region_ids=frozenset()), actor)),
        _by_organisation(_conditions(replace(filters, organisations=frozenset()), actor)),
        _by_year(_conditions(replace(filters, years=frozenset()), actor)),
    ]
    found: dict[str, list[tuple[str, str, int]]] = {}
    for name, value, label, number in db.session.execute(union_all(*branches)):
        found.setdefault(name, []).append((value, label, number))
    bodies = [OrganisationCount(*row) for row in found.get("organisation", ())]
    return Facets(
        kinds={PracticeKind(value): number for value, _, number in found.get("kind", ())},
        themes={int(value): number for value, _, number in found.get("theme", ())},
        regions={int(value): number for value, _, number in found.get("region", ())},
        organisations=_worth_choosing(bodies, filters.organisations),
        years={
            int(value): number for value, _, number in sorted(found.get("year", ()), reverse=True)
        },
    )


def names_of_bodies(slugs: Collection[str]) -> dict[str, str]:
    """The names of those bodies that there are, by slug; asks nothing where none is named."""
    if not slugs:
        return {}
    rows = db.session.execute(
        select(Organisation.slug, Organisation.name)
        .where(Organisation.slug.in_(sorted(slugs)))
        .order_by(Organisation.name)
    )
    return {row.slug: row.name for row in rows}


def _conditions(filters: Filters, actor: Actor) -> list[ColumnElement[bool]]:
    found = listed(actor, filters.kind)
    if filters.theme_ids:
        below = {one for chosen in filters.theme_ids for one in taxonomy.descendants(chosen)}
        found.append(
            Practice.id.in_(
                select(practice_themes.c.practice_id).where(
                    practice_themes.c.theme_id.in_(sorted(below))
                )
            )
        )
    if filters.region_ids:
        inside = select(Territory.id).where(Territory.region_id.in_(sorted(filters.region_ids)))
        found.append(Practice.territory_id.in_(inside))
    if filters.organisations:
        chosen = select(Organisation.id).where(Organisation.slug.in_(sorted(filters.organisations)))
        found.append(Practice.organisation_id.in_(chosen))
    if filters.years:
        found.append(or_(*(_published_in(year) for year in sorted(filters.years))))
    return found


def _by_kind(conditions: list[ColumnElement[bool]]) -> Select[Any]:
    value = type_coerce(Practice.kind, String)
    return _numbers("kind", value, func.count(Practice.id)).where(*conditions).group_by(value)


def _by_theme(conditions: list[ColumnElement[bool]]) -> Select[Any]:
    """A story counts once for each of its themes and once for every theme above them."""
    lineage = select(Theme.id.label("theme_id"), Theme.id.label("ancestor_id")).cte(
        "lineage", recursive=True
    )
    parent = aliased(Theme)
    lineage = lineage.union(
        select(lineage.c.theme_id, parent.parent_id)
        .join(parent, parent.id == lineage.c.ancestor_id)
        .where(parent.parent_id.is_not(None))
    )
    value = cast(lineage.c.ancestor_id, String)
    return (
        _numbers("theme", value, func.count(Practice.id.distinct()))
        .select_from(Practice)
        .join(practice_themes, practice_themes.c.practice_id == Practice.id)
        .join(lineage, lineage.c.theme_id == practice_themes.c.theme_id)
        .where(*conditions)
        .group_by(value)
    )


def _by_region(conditions: list[ColumnElement[bool]]) -> Select[Any]:
    value = cast(Territory.region_id, String)
    return (
        _numbers("region", value, func.count(Practice.id))
        .select_from(Practice)
        .join(Territory, Territory.id == Practice.territory_id)
        .where(Territory.region_id.is_not(None), *conditions)
        .group_by(value)
    )


def _by_organisation(conditions: list[ColumnElement[bool]]) -> Select[Any]:
    return (
        _numbers("organisation", Organisation.slug, func.count(Practice.id), Organisation.name)
        .select_from(Practice)
        .join(Organisation, Organisation.id == Practice.organisation_id)
        .where(*conditions)
        .group_by(Organisation.slug, Organisation.name)
    )


def _by_year(conditions: list[ColumnElement[bool]]) -> Select[Any]:
    """By the calendar in Italy: a database's own idea of a year would be that of London."""
    this_year = clock.today().year
    value = case(
        *(
            (Practice.published_at >= _new_year(year), literal(str(year)))
            for year in range(this_year, FIRST_YEAR - 1, -1)
        ),
        else_=literal(""),
    )
    # Grouped by a column of its own: some databases take an expression with values for another
    # one when it comes again.
    years = select(value.label("year")).select_from(Practice).where(*conditions).subquery()
    return (
        _numbers("year", years.c.year, func.count())
        .where(years.c.year != "")
        .group_by(years.c.year)
    )


def _numbers(
    name: str,
    value: SQLColumnExpression[Any],
    number: SQLColumnExpression[int],
    label: SQLColumnExpression[Any] | None = None,
) -> Select[Any]:
    return select(literal(name), value, literal("") if label is None else label, number)


def _published_in(year: int) -> ColumnElement[bool]:
    return and_(
        Practice.published_at >= _new_year(year), Practice.published_at < _new_year(year + 1)
    )


def _new_year(year: int) -> datetime:
    return datetime(year, 1, 1, tzinfo=clock.ROME).astimezone(UTC)


def _worth_choosing(
    bodies: Sequence[OrganisationCount], chosen: frozenset[str]
) -> list[OrganisationCount]:
    """Those with most stories, and whatever is chosen already."""
    ranked = sorted(bodies, key=lambda body: (-body.number, body.name))
    kept = ranked[:_MOST_ORGANISATIONS]
    kept += [body for body in ranked[_MOST_ORGANISATIONS:] if body.slug in chosen]
    without = chosen - {body.slug for body in kept}
    return kept + [OrganisationCount(*body, 0) for body in names_of_bodies(without).items()]
