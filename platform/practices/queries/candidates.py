"""What is compared of stories: for the worker, which asks for nobody."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Row, func, select

from core.database import db
from organisations.models import Organisation
from practices.models import Practice, PracticeKind, practice_themes
from practices.rules import SECTIONS
from practices.rules.matching import MATCHED_STATES, Side
from search.rules.likeness import Words, words_of
from taxonomy import queries as taxonomy
from territory import queries as territory

_NUTS_AREA = 3  # letters of a NUTS code that name a part of the country: ITH is the north-east
_UNTOLD = frozenset({"links"})
_READ = 20_000  # characters of a part

_IS_MATCHED = (Practice.state.in_(sorted(MATCHED_STATES)), Practice.space_id.is_(None))


def side_of(practice_id: int) -> tuple[PracticeKind, Side] | None:
    """A story's kind and what is compared of it; None where it is not put forward."""
    found = _sides(Practice.id == practice_id)
    return found[0] if found else None


def sides(kind: PracticeKind) -> list[Side]:
    """All stories of a kind that are put forward."""
    return [side for _, side in _sides(Practice.kind == kind)]


def texts(ids: Collection[int]) -> dict[int, Words]:
    """The words of these stories as they stand now."""
    names = sorted({one.name for every in SECTIONS.values() for one in every} - _UNTOLD)
    rows = db.session.execute(
        select(
            Practice.id,
            Practice.lang,
            Practice.title,
            Practice.summary,
            *(func.substr(getattr(Practice, name), 1, _READ).label(name) for name in names),
        ).where(Practice.id.in_(ids))
    )
    return {
        row.id: words_of(
            row.title, "\n".join([row.summary, *(getattr(row, name) for name in names)]), row.lang
        )
        for row in rows
    }


def theme_parents() -> dict[int, int | None]:
    """The tree of themes, by id."""
    return {number: theme.parent_id for number, theme in taxonomy.themes_by_id().items()}


def stories_of_body(organisation_id: int) -> Sequence[int]:
    """The stories of a body that are put forward."""
    return db.session.scalars(
        select(Practice.id).where(Practice.organisation_id == organisation_id, *_IS_MATCHED)
    ).all()


def matched_ids(after: int, limit: int) -> Sequence[int]:
    """Ids of stories that are put forward beyond ``after``, growing."""
    return db.session.scalars(
        select(Practice.id)
        .where(Practice.id > after, *_IS_MATCHED)
        .order_by(Practice.id)
        .limit(limit)
    ).all()


def count_matched() -> int:
    """How many stories are put forward."""
    return db.session.scalar(select(func.count(Practice.id)).where(*_IS_MATCHED)) or 0


def _sides(condition: ColumnElement[bool]) -> list[tuple[PracticeKind, Side]]:
    rows = db.session.execute(
        select(
            Practice.id,
            Practice.kind,
            Practice.version,
            Practice.territory_id,
            Practice.organisation_id,
            Practice.author_id,
            Organisation.level,
        )
        .outerjoin(Organisation, Organisation.id == Practice.organisation_id)
        .where(condition, *_IS_MATCHED)
    ).all()
    themes: dict[int, list[int]] = defaultdict(list)
    for practice_id, theme_id in db.session.execute(
        select(practice_themes.c.practice_id, practice_themes.c.theme_id)
        .join(Practice, Practice.id == practice_themes.c.practice_id)
        .where(condition, *_IS_MATCHED)
    ):
        themes[practice_id].append(theme_id)
    return _with_places(rows, themes)


def _with_places(
    rows: Sequence[Row[Any]], themes: dict[int, list[int]]
) -> list[tuple[PracticeKind, Side]]:
    regions = {
        number: place.region_id
        for number, place in territory.places(
            {row.territory_id for row in rows if row.territory_id is not None}
        ).items()
    }
    areas = {one.id: (one.nuts_code or "")[:_NUTS_AREA] for one in territory.regions()}
    found = []
    for row in rows:
        region = regions.get(row.territory_id) if row.territory_id is not None else None
        side = Side(
            id=row.id,
            version=row.version,
            theme_ids=frozenset(themes.get(row.id, ())),
            region_id=region,
            area=areas.get(region, "") if region is not None else "",
            level=row.level,
            organisation_id=row.organisation_id,
            author_id=row.author_id,
        )
        found.append((row.kind, side))
    return found
