"""A twinning as lists show it: one line with who gives and who receives."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from flask_babel import gettext
from sqlalchemy import ColumnElement, Row, Select, String, cast, func, select

from core.database import db
from core.i18n import language
from core.links import address
from organisations.models import Organisation
from taxonomy import queries as taxonomy
from twinning.models import (
    Participation,
    ParticipationRole,
    Twinning,
    TwinningState,
    TwinningVisibility,
)
from twinning.policies import standing
from twinning.rules import ENDS


@dataclass(frozen=True, slots=True)
class TwinningLine:
    """A twinning in one line; ``givers`` and ``receivers`` are names of bodies that take part."""

    id: int
    slug: str
    title: str
    acronym: str
    summary: str
    state: TwinningState
    visibility: TwinningVisibility
    lang: str
    programme_id: int | None
    starts_on: date | None
    ends_on: date | None
    updated_at: datetime
    published_at: datetime | None
    givers: tuple[str, ...] = ()
    receivers: tuple[str, ...] = ()

    @property
    def url(self) -> str:
        return address("twinning.twinning", slug=self.slug)

    @property
    def state_label(self) -> str:
        return state_label(self.state)

    @property
    def programme(self) -> str:
        """The name of the programme in the reader's language, or ``""``."""
        found = taxonomy.programme(self.programme_id) if self.programme_id else None
        return found.name(language()) if found else ""

    @property
    def is_reserved(self) -> bool:
        return self.visibility is TwinningVisibility.PARTNERS


_COLUMNS = (
    Twinning.id,
    Twinning.slug,
    Twinning.title,
    Twinning.acronym,
    Twinning.summary,
    Twinning.state,
    Twinning.visibility,
    Twinning.lang,
    Twinning.programme_id,
    Twinning.starts_on,
    Twinning.ends_on,
    Twinning.updated_at,
    Twinning.published_at,
)


def select_lines() -> Select[Any]:
    """The columns of a line; add conditions, and more columns behind them."""
    return select(*_COLUMNS)


def select_whole_lines() -> Select[Any]:
    """The same with their bodies, for the few rows of a panel; a long list asks for them apart."""
    return select_lines().add_columns(_ends().label("ends"))


def lines_of(rows: Sequence[Row[Any]]) -> list[TwinningLine]:
    """Lines of what ``select_lines`` found, with their bodies: one more query."""
    ends = ends_of([row.id for row in rows])
    return [_line(row, ends[row.id]) for row in rows]


def whole_lines_of(rows: Iterable[Row[Any]]) -> list[TwinningLine]:
    """Lines of what ``select_whole_lines`` found."""
    return [_line(row, _ends_in(row.ends)) for row in rows]


# Between the names of bodies, and within one: nobody's name has characters of control.
_NEXT, _WITHIN = "\x1e", "\x1f"


def _ends() -> ColumnElement[str | None]:
    """Who takes part in the twinning of the statement around, as one text."""
    parts = (cast(Participation.id, String), cast(Participation.role, String), Organisation.name)
    said = parts[0] + _WITHIN + parts[1] + _WITHIN + parts[2]
    return (
        select(func.aggregate_strings(said, _NEXT))
        .select_from(Participation)
        .join(Organisation, Organisation.id == Participation.organisation_id)
        .where(Participation.twinning_id == Twinning.id, Participation.role.in_(ENDS), standing())
        .correlate(Twinning)
        .scalar_subquery()
    )


def _ends_in(text: str | None) -> dict[ParticipationRole, list[str]]:
    """The names in ``_ends``, in the order of joining."""
    found: dict[ParticipationRole, list[str]] = defaultdict(list)
    parts = [one.split(_WITHIN) for one in text.split(_NEXT)] if text else []
    for _number, role, name in sorted(parts, key=lambda part: int(part[0])):
        found[ParticipationRole(role)].append(name)
    return found


def _line(row: Row[Any], ends: Mapping[ParticipationRole, Sequence[str]]) -> TwinningLine:
    values = {column.key: value for column, value in zip(_COLUMNS, row, strict=False)}
    return TwinningLine(
        **values,
        givers=tuple(ends.get(ParticipationRole.GIVER, ())),
        receivers=tuple(ends.get(ParticipationRole.RECEIVER, ())),
    )


def ends_of(ids: Iterable[int]) -> dict[int, dict[ParticipationRole, list[str]]]:
    """The names of those who take part in each twinning, giving or receiving."""
    found: dict[int, dict[ParticipationRole, list[str]]] = defaultdict(lambda: defaultdict(list))
    wanted = list(ids)
    if not wanted:
        return found
    rows = db.session.execute(
        select(Participation.twinning_id, Participation.role, Organisation.name)
        .join(Organisation, Organisation.id == Participation.organisation_id)
        .where(Participation.twinning_id.in_(wanted), Participation.role.in_(ENDS), standing())
        .order_by(Participation.id)
    )
    for twinning_id, role, name in rows:
        found[twinning_id][role].append(name)
    return found


def state_label(state: TwinningState) -> str:
    """The state as pages say it."""
    labels: dict[TwinningState, str] = {
        TwinningState.DRAFT: gettext("Bozza"),
        TwinningState.PROPOSED: gettext("Proposto"),
        TwinningState.CHANGES_REQUESTED: gettext("Da modificare"),
        TwinningState.REJECTED: gettext("Respinto"),
        TwinningState.ACTIVE: gettext("Attivo"),
        TwinningState.SUSPENDED: gettext("Sospeso"),
        TwinningState.CONCLUDED: gettext("Concluso"),
        TwinningState.ARCHIVED: gettext("Archiviato"),
        TwinningState.REMOVED: gettext("Rimosso"),
    }
    return labels[state]


def role_label(role: ParticipationRole) -> str:
    """The part that a body plays, as pages say it."""
    labels: dict[ParticipationRole, str] = {
        ParticipationRole.GIVER: gettext("Offre"),
        ParticipationRole.RECEIVER: gettext("Riceve"),
        ParticipationRole.COORDINATOR: gettext("Coordina"),
        ParticipationRole.NATIONAL: gettext("Livello nazionale"),
    }
    return labels[role]
