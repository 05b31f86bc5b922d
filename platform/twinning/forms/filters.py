"""What the address of the list asks for; its words are Italian."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from werkzeug.datastructures import MultiDict

from taxonomy import queries as taxonomy
from territory import queries as territory
from twinning.models import (
    ParticipationRole,
    TwinningState,
)
from twinning.queries.catalogue import Filters, Order

# Values in addresses, which are Italian.
STATES: Mapping[str, TwinningState] = {
    "attivo": TwinningState.ACTIVE,
    "proposto": TwinningState.PROPOSED,
    "concluso": TwinningState.CONCLUDED,
    "sospeso": TwinningState.SUSPENDED,
    "archiviato": TwinningState.ARCHIVED,
    "bozza": TwinningState.DRAFT,
    "da-modificare": TwinningState.CHANGES_REQUESTED,
    "respinto": TwinningState.REJECTED,
}
ROLES: Mapping[str, ParticipationRole] = {
    "offre": ParticipationRole.GIVER,
    "riceve": ParticipationRole.RECEIVER,
}
NO_PROGRAMME = "nessuno"


def list_filters(args: MultiDict[str, str]) -> Filters:
    """What the address asks for; values that we do not know ask for nothing.

    A region goes by its name or by its ISTAT code.
    """
    themes = (taxonomy.theme_by_code(code) for code in args.getlist("tema"))
    asked_regions = set(args.getlist("regione"))
    regions = (one for one in territory.regions() if asked_regions & {one.code, one.istat_code})
    asked_programmes = set(args.getlist("programma"))
    programmes: set[int | None] = {
        one.id for one in taxonomy.programmes() if one.code in asked_programmes
    }
    if NO_PROGRAMME in asked_programmes:
        programmes.add(None)
    return Filters(
        states=frozenset(STATES[word] for word in args.getlist("stato") if word in STATES),
        theme_ids=frozenset(theme.id for theme in themes if theme is not None),
        region_ids=frozenset(one.id for one in regions),
        roles=frozenset(ROLES[word] for word in args.getlist("ruolo") if word in ROLES),
        programme_ids=frozenset(programmes),
    )


def list_order(args: MultiDict[str, str]) -> Order:
    """How the address wants the list sorted; the latest activity first unless it says else."""
    asked = args.get("ordina")
    return next((order for order in Order if order == asked), Order.ACTIVITY)


def ask_again(filters: Filters, order: Order) -> dict[str, Any]:
    """The values of an address that asks for these filters in this order."""
    regions = [one.code for one in territory.regions() if one.id in filters.region_ids]
    themes = [
        one.code for number, one in taxonomy.themes_by_id().items() if number in filters.theme_ids
    ]
    programmes = [one.code for one in taxonomy.programmes() if one.id in filters.programme_ids]
    if None in filters.programme_ids:
        programmes.append(NO_PROGRAMME)
    return {
        "stato": [word for word, state in STATES.items() if state in filters.states],
        "tema": themes,
        "regione": regions,
        "ruolo": [word for word, role in ROLES.items() if role in filters.roles],
        "programma": programmes,
        "ordina": order.value if order is not Order.ACTIVITY else None,
    }
