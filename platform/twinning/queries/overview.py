"""Twinnings as other pages show them: the home page, a body's page, a practice's page."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import aliased

from core.actor import Actor
from core.database import db
from organisations.models import Organisation
from territory.models import Territory
from twinning import policies
from twinning.models import Participation, ParticipationRole, Twinning
from twinning.queries.lines import (
    TwinningLine,
    lines_of,
    select_lines,
    select_whole_lines,
    whole_lines_of,
)
from twinning.rules import ENDS, OPEN_STATES

MOST_ARCS = 40
MOST_IN_PANEL = 20


@dataclass(frozen=True, slots=True)
class Arc:
    """A twinning on the map: ISTAT codes of the regions that give and receive, and the bodies."""

    title: str
    url: str
    givers: tuple[str, ...]
    receivers: tuple[str, ...]
    giver_names: tuple[str, ...]
    receiver_names: tuple[str, ...]


def latest_twinnings(limit: int, actor: Actor) -> list[TwinningLine]:
    """The twinnings that began to run last; two queries."""
    began = func.coalesce(Twinning.published_at, Twinning.created_at)
    rows = db.session.execute(
        select_lines()
        .where(policies.visible_to(actor), Twinning.state.in_(sorted(OPEN_STATES)))
        .order_by(began.desc(), Twinning.id.desc())
        .limit(limit)
    ).all()
    return lines_of(rows)


def arcs_of(lines: Sequence[TwinningLine]) -> list[Arc]:
    """Twinnings as the map shows them; one query."""
    codes = _region_codes([line.id for line in lines])
    return [
        Arc(
            title=line.acronym or line.title,
            url=line.url,
            givers=tuple(codes[line.id][ParticipationRole.GIVER]),
            receivers=tuple(codes[line.id][ParticipationRole.RECEIVER]),
            giver_names=line.givers,
            receiver_names=line.receivers,
        )
        for line in lines
    ]


def twinnings_of_organisation(
    organisation_id: int, actor: Actor
) -> dict[ParticipationRole, list[TwinningLine]]:
    """The twinnings that a body takes part in, by its role there; one query."""
    rows = db.session.execute(
        select_whole_lines()
        .add_columns(Participation.role.label("part"))
        .join(Participation, Participation.twinning_id == Twinning.id)
        .where(
            Participation.organisation_id == organisation_id,
            policies.standing(),
            policies.visible_to(actor),
        )
        .order_by(Twinning.updated_at.desc(), Twinning.id.desc())
        .limit(MOST_IN_PANEL)
    ).all()
    found: dict[ParticipationRole, list[TwinningLine]] = defaultdict(list)
    for row, line in zip(rows, whole_lines_of(rows), strict=True):
        found[row.part].append(line)
    return {role: found[role] for role in ParticipationRole if role in found}


def twinnings_of_practice(practice_id: int, actor: Actor) -> list[TwinningLine]:
    """The twinnings that transfer a practice; one query."""
    rows = db.session.execute(
        select_whole_lines()
        .where(Twinning.practice_id == practice_id, policies.visible_to(actor))
        .order_by(Twinning.updated_at.desc(), Twinning.id.desc())
        .limit(MOST_IN_PANEL)
    )
    return whole_lines_of(rows)


def _region_codes(ids: list[int]) -> dict[int, dict[ParticipationRole, list[str]]]:
    found: dict[int, dict[ParticipationRole, list[str]]] = defaultdict(lambda: defaultdict(list))
    if not ids:
        return found
    region = aliased(Territory)
    conditions: list[ColumnElement[Any]] = [
        Participation.twinning_id.in_(ids),
        Participation.role.in_(ENDS),
        policies.standing(),
    ]
    rows = db.session.execute(
        select(Participation.twinning_id, Participation.role, region.istat_code)
        .join(Organisation, Organisation.id == Participation.organisation_id)
        .join(Territory, Territory.id == Organisation.territory_id)
        .join(region, region.id == Territory.region_id)
        .where(*conditions)
        .order_by(Participation.id)
    )
    for twinning_id, role, code in rows:
        if code not in found[twinning_id][role]:
            found[twinning_id][role].append(code)
    return found
