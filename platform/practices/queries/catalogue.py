"""The catalogue: filters, how many stories each would leave, and one page of lines."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

from sqlalchemy import ColumnElement, and_, exists, or_, select

from core.actor import Actor
from core.database import db
from core.pagination import Key, Page, paginate
from organisations.models import Organisation
from practices.models import Practice, PracticeKind, PracticeState, practice_themes
from practices.queries.lines import StoryLine, lines_of, listed, select_lines
from practices.queries.shelf import FIRST_YEAR, KEEPER, below, new_year, shelf
from practices.rules.shelf import Filters, Shelf, ids_of
from taxonomy import queries as taxonomy
from territory.models import Territory, TerritoryKind

__all__ = ["FIRST_YEAR", "Facets", "Filters", "Order", "conditions", "facets", "stories"]

PAGE_SIZE = 12
_MOST_ORGANISATIONS = 15
# Stories are asked for by their ids where that costs less than walking the list until a page is
# full: one more id costs about as much as eight more steps.
_FEW = 1_000
_STEPS_OF_AN_ID = 8


class Order(StrEnum):
    """How the catalogue is sorted; the values stand in addresses."""

    NEWEST = "recenti"
    USEFUL = "utili"
    REUSED = "riusate"
    TITLE = "titolo"


_KEYS: Mapping[Order, tuple[Key, ...]] = {
    Order.NEWEST: (Key(Practice.published_at.expression), Key(Practice.id.expression)),
    Order.USEFUL: (
        Key(Practice.endorsement_count.expression, is_coarse=True),
        Key(Practice.published_at.expression),
        Key(Practice.id.expression),
    ),
    Order.REUSED: (
        Key(Practice.reuse_count.expression, is_coarse=True),
        Key(Practice.published_at.expression),
        Key(Practice.id.expression),
    ),
    Order.TITLE: (
        Key(Practice.title_key.expression, descending=False),
        Key(Practice.id.expression, descending=False),
    ),
}


@dataclass(frozen=True, slots=True)
class Body:
    """A body that tells stories."""

    id: int
    slug: str
    name: str


@dataclass(frozen=True, slots=True)
class OrganisationCount:
    """A body in the list of those one can choose from."""

    slug: str
    name: str
    number: int


@dataclass(frozen=True, slots=True)
class Facets:
    """How many stories choosing a value would show: each field leaves its own filter aside.

    ``found`` stories stand under all filters; ``ids`` are theirs where they are few.
    """

    found: int = 0
    ids: tuple[int, ...] | None = None
    kinds: Mapping[PracticeKind, int] = field(default_factory=dict)
    states: Mapping[PracticeState, int] = field(default_factory=dict)
    themes: Mapping[int, int] = field(default_factory=dict)
    regions: Mapping[int, int] = field(default_factory=dict)
    provinces: Mapping[int, int] = field(default_factory=dict)
    organisations: Sequence[OrganisationCount] = ()
    years: Mapping[int, int] = field(default_factory=dict)


def stories(
    filters: Filters,
    actor: Actor,
    *,
    order: Order = Order.NEWEST,
    ids: Collection[int] | None = None,
    after: str | None = None,
    before: str | None = None,
    size: int = PAGE_SIZE,
) -> Page[StoryLine]:
    """One page of the catalogue; raise ``BadCursor`` for a place that is none.

    ``ids``: the stories under these filters, as ``Facets`` knows them; they are found sooner so.
    """
    keys = _KEYS[order]
    statement = select_lines().add_columns(*(key.column for key in keys))
    # What was never published has no place in time; some databases put it first.
    statement = statement.where(Practice.published_at.is_not(None))
    if ids is None:
        statement = statement.where(*conditions(filters, actor))
    else:
        statement = statement.where(Practice.id.in_(sorted(ids)), *listed(actor, filters.kind))
    page = paginate(statement, keys, size=size, after=after, before=before, convert=lambda row: row)
    return Page(lines_of(page.items), page.before, page.after)


def conditions(filters: Filters, actor: Actor) -> list[ColumnElement[bool]]:
    """What stands in the catalogue for this reader under these filters, in SQL."""
    found = listed(actor, filters.kind)
    if filters.states:
        found.append(Practice.state.in_(sorted(filters.states)))
    if filters.theme_ids:
        covered = {one for chosen in filters.theme_ids for one in taxonomy.descendants(chosen)}
        found.append(
            exists()
            .where(
                practice_themes.c.practice_id == Practice.id,
                practice_themes.c.theme_id.in_(sorted(covered)),
            )
            .correlate(Practice)
        )
    if filters.region_ids:
        found.append(_lies_in(Territory.region_id.in_(sorted(filters.region_ids))))
    if filters.province_ids:
        chosen = sorted(filters.province_ids)
        town = and_(Territory.kind == TerritoryKind.MUNICIPALITY, Territory.parent_id.in_(chosen))
        found.append(_lies_in(or_(Territory.id.in_(chosen), town)))
    if filters.organisation_ids:
        found.append(Practice.organisation_id.in_(sorted(filters.organisation_ids)))
    if filters.years:
        found.append(or_(*(_published_in(year) for year in sorted(filters.years))))
    return found


def facets(filters: Filters, actor: Actor) -> Facets:
    """All numbers beside the catalogue, and whatever is few enough to be named."""
    with shelf() as known:
        found = KEEPER.kept(
            (filters, actor.space_ids), lambda: _counted(known, filters, actor.space_ids)
        )
    bodies = found.bodies
    return replace(found.facets, organisations=_named(bodies, filters.organisation_ids))


def bodies_by_slug(slugs: Collection[str]) -> dict[str, Body]:
    """Those bodies that there are, by name; asks nothing where none is named."""
    if not slugs:
        return {}
    rows = db.session.execute(
        select(Organisation.id, Organisation.slug, Organisation.name)
        .where(Organisation.slug.in_(sorted(slugs)))
        .order_by(Organisation.name, Organisation.id)
    )
    return {row.slug: Body(*row) for row in rows}


@dataclass(frozen=True, slots=True)
class _Counted:
    facets: Facets
    bodies: Mapping[int, int]


def _counted(known: Shelf, filters: Filters, space_ids: Collection[int]) -> _Counted:
    tree = below()

    def without(**gone: object) -> int:
        return known.matching(replace(filters, **gone), space_ids, tree)  # type: ignore[arg-type]

    none: frozenset[int] = frozenset()
    all_found = known.matching(filters, space_ids, tree)
    number = all_found.bit_count()
    walked = known.matching(Filters(kind=filters.kind), space_ids, tree).bit_count()
    is_few = number <= _FEW and number * number <= walked * _STEPS_OF_AN_ID
    # A province is chosen within its region: either filter leaves both aside.
    anywhere = without(region_ids=none, province_ids=none)
    bodies = known.organisations(without(organisation_ids=none))
    return _Counted(
        Facets(
            found=number,
            ids=tuple(ids_of(all_found)) if is_few else None,
            kinds=known.numbers("kind", without(kind=None)),
            states=known.numbers("states", without(states=none)),
            themes=known.themes(tree, without(theme_ids=none)),
            regions=known.numbers("region_ids", anywhere),
            provinces=known.numbers("province_ids", without(province_ids=none)),
            years=dict(sorted(known.numbers("years", without(years=none)).items(), reverse=True)),
        ),
        dict(sorted(bodies.items(), key=lambda body: (-body[1], body[0]))[:_MOST_ORGANISATIONS])
        | {one: bodies[one] for one in filters.organisation_ids},
    )


def _named(bodies: Mapping[int, int], chosen: Collection[int]) -> list[OrganisationCount]:
    """Those with most stories, and whatever is chosen already."""
    if not bodies:
        return []
    rows = db.session.execute(
        select(Organisation.id, Organisation.slug, Organisation.name).where(
            Organisation.id.in_(sorted(bodies))
        )
    )
    named = [
        OrganisationCount(row.slug, row.name, bodies[row.id])
        for row in rows
        if bodies[row.id] or row.id in chosen
    ]
    return sorted(named, key=lambda body: (-body.number, body.name))


def _lies_in(place: ColumnElement[bool]) -> ColumnElement[bool]:
    return exists().where(Territory.id == Practice.territory_id, place).correlate(Practice)


def _published_in(year: int) -> ColumnElement[bool]:
    return and_(Practice.published_at >= new_year(year), Practice.published_at < new_year(year + 1))
