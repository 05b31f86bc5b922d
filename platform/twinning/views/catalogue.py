"""The list of twinnings with its filters."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from core.access import current_actor, public
from core.i18n import language
from taxonomy import queries as taxonomy
from territory import queries as territory
from twinning import policies
from twinning.forms import (
    NO_PROGRAMME,
    ROLES,
    STATES,
    ask_again,
    list_filters,
    list_order,
)
from twinning.queries import catalogue
from twinning.queries.catalogue import Counts, Filters, Order
from twinning.queries.lines import role_label, state_label

SHOWN_OPTIONS = 6


@dataclass(frozen=True, slots=True)
class Option:
    """A value that can be ticked; ``count``: how many twinnings it would show."""

    value: str
    label: str
    count: int
    selected: bool


@dataclass(frozen=True, slots=True)
class Facet:
    """A field of the filters; ``more`` holds what is folded away."""

    name: str
    legend: str
    options: list[Option]
    more: list[Option]
    all_label: str = ""


@dataclass(frozen=True, slots=True)
class Chip:
    """A filter that is on, and the address of the list without it."""

    label: str
    remove_url: str


@public
def twinnings() -> ResponseReturnValue:
    """All twinnings that this reader may open."""
    actor = current_actor()
    filters, order = list_filters(request.args), list_order(request.args)
    numbers = catalogue.counts(actor, filters)
    listed = catalogue.twinnings(
        filters,
        actor,
        order=order,
        after=request.args.get("dopo"),
        before=request.args.get("prima"),
    )
    asked = ask_again(filters, order)
    facets = _facets(filters, numbers)
    return render_template(
        "twinning/twinnings.html",
        page=listed,
        numbers=numbers,
        facets=facets,
        chips=_chips(facets, asked),
        asked=asked,
        kept={name: value for name, value in asked.items() if name != "ordina"},
        order=order,
        orders=_orders(order),
        newer_url=url_for(".twinnings", **asked, prima=listed.before) if listed.before else None,
        older_url=url_for(".twinnings", **asked, dopo=listed.after) if listed.after else None,
        may_create=policies.may_create(actor),
    )


def _facets(filters: Filters, numbers: Counts) -> list[Facet]:
    spoken = language()
    states = [
        Option(word, state_label(state), numbers.states.get(state, 0), state in filters.states)
        for word, state in STATES.items()
    ]
    themes = [
        Option(
            one.code, one.name(spoken), numbers.themes.get(number, 0), number in filters.theme_ids
        )
        for number, one in taxonomy.themes_by_id().items()
    ]
    regions = [
        Option(
            one.code, one.name(spoken), numbers.regions.get(one.id, 0), one.id in filters.region_ids
        )
        for one in territory.regions()
    ]
    roles = [
        Option(word, role_label(role), numbers.roles.get(role, 0), role in filters.roles)
        for word, role in ROLES.items()
    ]
    programmes = [
        Option(
            one.code,
            one.name(spoken),
            numbers.programmes.get(one.id, 0),
            one.id in filters.programme_ids,
        )
        for one in taxonomy.programmes()
    ]
    programmes.append(
        Option(
            NO_PROGRAMME,
            gettext("Senza programma"),
            numbers.programmes.get(None, 0),
            None in filters.programme_ids,
        )
    )
    return [
        _facet("stato", gettext("Stato"), states),
        _facet("tema", gettext("Tema"), themes, gettext("Tutti i temi")),
        _facet("regione", gettext("Regione"), regions, gettext("Tutte le regioni")),
        _facet("ruolo", gettext("Ruolo della regione"), roles),
        _facet("programma", gettext("Programma"), programmes, gettext("Tutti i programmi")),
    ]


def _facet(name: str, legend: str, options: Iterable[Option], all_label: str = "") -> Facet:
    """What leads somewhere or is chosen; of a long list the most frequent values come first.

    ``all_label`` opens the rest of a list that may be long; without one nothing is folded away.
    """
    useful = [one for one in options if one.count or one.selected]
    if not all_label or len(useful) <= SHOWN_OPTIONS:
        return Facet(name, legend, useful, [])
    ordered = sorted(useful, key=lambda one: (not one.selected, -one.count))
    shown = max(SHOWN_OPTIONS, sum(one.selected for one in useful))
    return Facet(name, legend, ordered[:shown], ordered[shown:], all_label)


def _chips(facets: Iterable[Facet], asked: Mapping[str, Any]) -> list[Chip]:
    chips = []
    for facet in facets:
        for option in facet.options:
            if option.selected:
                left = [value for value in asked[facet.name] if value != option.value]
                chips.append(
                    Chip(option.label, url_for(".twinnings", **{**asked, facet.name: left}))
                )
    return chips


def _orders(chosen: Order) -> list[dict[str, Any]]:
    labels = {
        Order.ACTIVITY: gettext("Ultima attività"),
        Order.TITLE: gettext("Titolo"),
    }
    return [
        {"value": order.value, "label": label, "selected": order is chosen}
        for order, label in labels.items()
    ]
