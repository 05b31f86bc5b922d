"""What a reader chose in the filters of the catalogue: from the address to a question and back."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from flask_babel import gettext
from werkzeug.datastructures import MultiDict

from core.i18n import language
from core.links import SlugConverter, address
from practices.models import PracticeKind
from practices.queries import words
from practices.queries.catalogue import (
    FIRST_YEAR,
    Body,
    Facets,
    Filters,
    Order,
    bodies_by_slug,
)
from taxonomy import queries as taxonomy
from taxonomy.queries import ThemeNode
from territory import queries as territory

_MOST_BODIES = 20
_SLUG = re.compile(SlugConverter.regex)

Value = tuple[str, str, int, int]  # in the address, on the page, how many stories, how deep below


@dataclass(frozen=True, slots=True)
class Chosen:
    """The values in an address that mean something, by name; cursors are no part of it."""

    values: Mapping[str, list[str]]
    bodies: Mapping[str, Body] = field(default_factory=dict)

    def many(self, name: str) -> list[str]:
        return self.values.get(name, [])

    def one(self, name: str) -> str | None:
        return next(iter(self.many(name)), None)

    def but(self, name: str, *values: str) -> Chosen:
        """The same, with other values under this name."""
        return replace(self, values={**self.values, name: list(values)})

    def without(self, *names: str) -> Chosen:
        return replace(self, values={k: v for k, v in self.values.items() if k not in names})

    def only(self, *names: str) -> Chosen:
        return replace(self, values={k: v for k, v in self.values.items() if k in names})


@dataclass(frozen=True, slots=True)
class Option:
    """A value that a reader can choose in a filter, and the address without it."""

    value: str
    label: str
    count: int
    selected: bool
    remove_url: str
    depth: int = 0


Group = tuple[str, str, list[Option]]


def chosen_values(arguments: MultiDict[str, str]) -> Chosen:
    """What the address asks for, without what it cannot mean."""
    known: Mapping[str, Iterable[str]] = {
        "tipo": words.KIND_CODES.values(),
        "tema": [theme.code for theme in taxonomy.themes_by_id().values()],
        "regione": [region.code for region in territory.regions()],
        "provincia": [province.code for province in territory.provinces()],
        "stato": words.STATE_CODES.values(),
        "anno": [str(year) for year in range(FIRST_YEAR, FIRST_YEAR + 100)],
        "ordina": [order.value for order in Order if order is not Order.NEWEST],
    }
    values = {
        name: [value for value in possible if value in arguments.getlist(name)]
        for name, possible in known.items()
    }
    # Of these there is one.
    for name in ("tipo", "ordina"):
        values[name] = values[name][:1] if len(values[name]) == 1 else []
    slugs = {slug for slug in arguments.getlist("ente") if _SLUG.fullmatch(slug)}
    bodies = bodies_by_slug(sorted(slugs)[:_MOST_BODIES])
    values["ente"] = list(bodies)
    return Chosen({name: found for name, found in values.items() if found}, bodies)


def filters_of(chosen: Chosen, *, every_kind: bool = False) -> Filters:
    """The question; where no kind is named it is about offers, or about ``every_kind``."""
    themes = {theme.code: theme.id for theme in taxonomy.themes_by_id().values()}
    regions = {region.code: region.id for region in territory.regions()}
    provinces = {province.code: province.id for province in territory.provinces()}
    states = {code: state for state, code in words.STATE_CODES.items()}
    kind = words.kind_of(chosen.one("tipo"))
    return Filters(
        kind=kind if kind or every_kind else PracticeKind.OFFER,
        states=frozenset(states[code] for code in chosen.many("stato")),
        theme_ids=frozenset(themes[code] for code in chosen.many("tema")),
        region_ids=frozenset(regions[code] for code in chosen.many("regione")),
        province_ids=frozenset(provinces[code] for code in chosen.many("provincia")),
        organisation_ids=frozenset(chosen.bodies[slug].id for slug in chosen.many("ente")),
        years=frozenset(int(year) for year in chosen.many("anno")),
    )


def groups_of(facets: Facets, chosen: Chosen) -> list[Group]:
    """The filters, each with its name in addresses, its heading and what can be chosen."""
    bodies = [(body.slug, body.name, body.number, 0) for body in facets.organisations]
    states = [
        (code, str(words.STATES[state]), facets.states.get(state, 0), 0)
        for state, code in words.STATE_CODES.items()
    ]
    numbers = dict.fromkeys(map(int, chosen.many("anno")), 0) | dict(facets.years)
    years = [(str(year), str(year), numbers[year], 0) for year in sorted(numbers, reverse=True)]
    return [
        ("tema", gettext("Tema"), _options("tema", _themes(facets, chosen), chosen)),
        ("stato", gettext("Stato"), _options("stato", states, chosen)),
        ("regione", gettext("Regione"), _options("regione", _regions(facets), chosen)),
        (
            "provincia",
            gettext("Provincia"),
            _options("provincia", _provinces(facets, chosen), chosen),
        ),
        ("ente", gettext("Ente"), _options("ente", bodies, chosen)),
        ("anno", gettext("Anno di pubblicazione"), _options("anno", years, chosen)),
    ]


def url_of(chosen: Chosen) -> str:
    """The address of the catalogue under these choices."""
    return address("practices.catalogue", **{k: v for k, v in chosen.values.items() if v})


def _themes(facets: Facets, chosen: Chosen) -> Iterable[Value]:
    """The top themes; what lies below one once it, or something below it, is chosen."""
    picked = set(chosen.many("tema"))

    def walk(theme: ThemeNode, depth: int) -> Iterable[Value]:
        yield theme.code, theme.name(language()), facets.themes.get(theme.id, 0), depth
        below = [taxonomy.themes_by_id()[one].code for one in taxonomy.descendants(theme.id)]
        if picked.intersection(below):
            for child in theme.children:
                yield from walk(child, depth + 1)

    for top in taxonomy.themes_tree():
        yield from walk(top, 0)


def _regions(facets: Facets) -> Iterable[Value]:
    for region in territory.regions():
        yield region.code, region.name(language()), facets.regions.get(region.id, 0), 0


def _provinces(facets: Facets, chosen: Chosen) -> Iterable[Value]:
    """Those of the chosen regions, and what is chosen already."""
    regions = {one.id for one in territory.regions() if one.code in chosen.many("regione")}
    for province in territory.provinces():
        if province.region_id in regions or province.code in chosen.many("provincia"):
            number = facets.provinces.get(province.id, 0)
            yield province.code, province.name(language()), number, 0


def _options(name: str, values: Iterable[Value], chosen: Chosen) -> list[Option]:
    """Those that lead anywhere, and those that are chosen already."""
    picked = chosen.many(name)
    return [
        Option(
            value,
            label,
            number,
            value in picked,
            url_of(chosen.but(name, *(one for one in picked if one != value))),
            depth,
        )
        for value, label, number, depth in values
        if number or value in picked
    ]
