"""The list of twinnings: filters, how many each would leave, and one page of lines."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    String,
    and_,
    cast,
    exists,
    func,
    literal,
    or_,
    select,
    type_coerce,
    union_all,
)
from sqlalchemy.orm import aliased

from core.actor import Actor
from core.database import db
from core.pagination import Key, Page, paginate
from organisations.models import Organisation
from taxonomy import queries as taxonomy
from taxonomy.models import Theme
from territory.models import Territory
from twinning import policies
from twinning.models import (
    Participation,
    ParticipationRole,
    Twinning,
    TwinningState,
    twinning_themes,
)
from twinning.queries.lines import TwinningLine, lines_of, select_lines
from twinning.rules import ENDS

PAGE_SIZE = 20


class Order(StrEnum):
    """How the list is sorted; the values stand in addresses."""

    ACTIVITY = "attivita"
    TITLE = "titolo"


@dataclass(frozen=True, slots=True)
class Filters:
    """What a reader asks for; within one field any match will do, all fields must match.

    ``theme_ids`` cover what lies below them; ``region_ids`` with ``roles`` ask for a body of the
    region in one of these roles; None among ``programme_ids`` means "without a programme".
    """

    states: frozenset[TwinningState] = frozenset()
    theme_ids: frozenset[int] = frozenset()
    region_ids: frozenset[int] = frozenset()
    roles: frozenset[ParticipationRole] = frozenset()
    programme_ids: frozenset[int | None] = frozenset()

    @property
    def is_empty(self) -> bool:
        return self == Filters()


@dataclass(frozen=True, slots=True)
class Counts:
    """How many twinnings: all that this reader may open, those found, and per value of a field.

    The counts of a field leave its own filter aside: they say what choosing a value would show.
    """

    total: int = 0
    found: int = 0
    states: Mapping[TwinningState, int] = field(default_factory=dict)
    themes: Mapping[int, int] = field(default_factory=dict)
    regions: Mapping[int, int] = field(default_factory=dict)
    roles: Mapping[ParticipationRole, int] = field(default_factory=dict)
    programmes: Mapping[int | None, int] = field(default_factory=dict)


def twinnings(
    filters: Filters,
    actor: Actor,
    *,
    order: Order = Order.ACTIVITY,
    after: str | None = None,
    before: str | None = None,
) -> Page[TwinningLine]:
    """One page of the list; raise ``BadCursor`` for a place that is none."""
    title = func.lower(Twinning.title, type_=String)
    keys = {
        Order.ACTIVITY: [Key(Twinning.updated_at.expression), Key(Twinning.id.expression)],
        Order.TITLE: [Key(title, descending=False), Key(Twinning.id.expression, descending=False)],
    }[order]
    statement = select_lines().add_columns(*(key.column for key in keys))
    page = paginate(
        statement.where(*_conditions(filters, actor)),
        keys,
        size=PAGE_SIZE,
        after=after,
        before=before,
        convert=lambda row: row,
    )
    return Page(items=lines_of(page.items), before=page.before, after=page.after)


def counts(actor: Actor, filters: Filters | None = None) -> Counts:
    """All numbers of the list in one query."""
    chosen = filters or Filters()
    branches = [
        _number("total", _conditions(Filters(), actor)),
        _number("found", _conditions(chosen, actor)),
        _by_state(_conditions(replace(chosen, states=frozenset()), actor)),
        _by_theme(_conditions(replace(chosen, theme_ids=frozenset()), actor)),
        _by_region(_conditions(_anywhere(chosen), actor), chosen.roles),
        _by_role(_conditions(_anywhere(chosen), actor), chosen.region_ids),
        _by_programme(_conditions(replace(chosen, programme_ids=frozenset()), actor)),
    ]
    found: dict[str, dict[str, int]] = {}
    for field_name, value, number in db.session.execute(union_all(*branches)):
        found.setdefault(field_name, {})[value] = number
    return Counts(
        total=found["total"][""],
        found=found["found"][""],
        states={TwinningState(value): n for value, n in found.get("state", {}).items()},
        themes={int(value): n for value, n in found.get("theme", {}).items()},
        regions={int(value): n for value, n in found.get("region", {}).items()},
        roles={ParticipationRole(value): n for value, n in found.get("role", {}).items()},
        programmes={
            int(value) if value else None: n for value, n in found.get("programme", {}).items()
        },
    )


def _anywhere(filters: Filters) -> Filters:
    """Region and role are one question: the counts of either set both conditions anew."""
    return replace(filters, region_ids=frozenset(), roles=frozenset())


def _conditions(filters: Filters, actor: Actor) -> list[ColumnElement[bool]]:
    found = [policies.visible_to(actor)]
    if filters.states:
        found.append(Twinning.state.in_(sorted(filters.states)))
    if filters.theme_ids:
        below = {
            theme_id for chosen in filters.theme_ids for theme_id in taxonomy.descendants(chosen)
        }
        found.append(
            Twinning.id.in_(
                select(twinning_themes.c.twinning_id).where(
                    twinning_themes.c.theme_id.in_(sorted(below))
                )
            )
        )
    if filters.region_ids or filters.roles:
        found.append(_has_end(filters.region_ids, filters.roles))
    if filters.programme_ids:
        found.append(_has_programme(filters.programme_ids))
    return found


def _has_end(
    region_ids: frozenset[int], roles: frozenset[ParticipationRole]
) -> ColumnElement[bool]:
    """That a body gives or receives, in one of these roles and regions where any are named."""
    found = (
        select(literal(1))
        .select_from(Participation)
        .where(Participation.twinning_id == Twinning.id, _plays(roles))
    )
    if region_ids:
        found = (
            found.join(Organisation, Organisation.id == Participation.organisation_id)
            .join(Territory, Territory.id == Organisation.territory_id)
            .where(Territory.region_id.in_(sorted(region_ids)))
        )
    return exists(found).correlate(Twinning)


def _plays(roles: frozenset[ParticipationRole]) -> ColumnElement[bool]:
    return and_(policies.standing(), Participation.role.in_(sorted(roles) or ENDS))


def _has_programme(programme_ids: frozenset[int | None]) -> ColumnElement[bool]:
    named = sorted(number for number in programme_ids if number is not None)
    condition: ColumnElement[bool] = Twinning.programme_id.in_(named)
    if None in programme_ids:
        condition = or_(condition, Twinning.programme_id.is_(None))
    return condition


def _number(name: str, conditions: list[ColumnElement[bool]]) -> Select[Any]:
    return select(literal(name), literal(""), func.count(Twinning.id)).where(*conditions)


def _by_state(conditions: list[ColumnElement[bool]]) -> Select[Any]:
    state = type_coerce(Twinning.state, String)
    return (
        select(literal("state"), state, func.count(Twinning.id)).where(*conditions).group_by(state)
    )


def _by_theme(conditions: list[ColumnElement[bool]]) -> Select[Any]:
    """A twinning counts once for each of its themes and once for all themes above them."""
    lineage = (
        select(Theme.id.label("theme_id"), Theme.id.label("ancestor_id"))
        .where(Theme.id.in_(select(twinning_themes.c.theme_id)))
        .cte("lineage", recursive=True)
    )
    parent = aliased(Theme)
    lineage = lineage.union(
        select(lineage.c.theme_id, parent.parent_id)
        .join(parent, parent.id == lineage.c.ancestor_id)
        .where(parent.parent_id.is_not(None))
    )
    value = cast(lineage.c.ancestor_id, String)
    return (
        select(literal("theme"), value, func.count(Twinning.id.distinct()))
        .join(twinning_themes, twinning_themes.c.twinning_id == Twinning.id)
        .join(lineage, lineage.c.theme_id == twinning_themes.c.theme_id)
        .where(*conditions)
        .group_by(value)
    )


def _by_region(
    conditions: list[ColumnElement[bool]], roles: frozenset[ParticipationRole]
) -> Select[Any]:
    value = cast(Territory.region_id, String)
    return (
        select(literal("region"), value, func.count(Twinning.id.distinct()))
        .join(Participation, Participation.twinning_id == Twinning.id)
        .join(Organisation, Organisation.id == Participation.organisation_id)
        .join(Territory, Territory.id == Organisation.territory_id)
        .where(_plays(roles), Territory.region_id.is_not(None), *conditions)
        .group_by(value)
    )


def _by_role(conditions: list[ColumnElement[bool]], region_ids: frozenset[int]) -> Select[Any]:
    value = type_coerce(Participation.role, String)
    statement = (
        select(literal("role"), value, func.count(Twinning.id.distinct()))
        .join(Participation, Participation.twinning_id == Twinning.id)
        .where(_plays(frozenset()), *conditions)
    )
    if region_ids:
        statement = (
            statement.join(Organisation, Organisation.id == Participation.organisation_id)
            .join(Territory, Territory.id == Organisation.territory_id)
            .where(Territory.region_id.in_(sorted(region_ids)))
        )
    return statement.group_by(value)


def _by_programme(conditions: list[ColumnElement[bool]]) -> Select[Any]:
    value = cast(Twinning.programme_id, String)
    return (
        select(literal("programme"), value, func.count(Twinning.id))
        .where(*conditions)
        .group_by(value)
    )
