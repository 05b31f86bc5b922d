"""The catalogue of stories and its feed: open to everybody."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from flask import render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from core.access import current_actor, public
from core.actor import VISITOR
from core.feeds import FeedEntry, atom
from core.i18n import language
from core.links import SlugConverter, address
from practices.models import PracticeKind
from practices.queries import catalogue as queries
from practices.queries import latest_stories, words
from practices.queries.catalogue import FIRST_YEAR, Facets, Filters
from practices.signals import KIND
from practices.views import blueprint
from taxonomy import queries as taxonomy
from territory import queries as territory

FEED_LENGTH = 50
_MOST_BODIES = 20
_SLUG = re.compile(SlugConverter.regex)


@dataclass(frozen=True, slots=True)
class Option:
    """A value that a reader can choose in a filter, and the address without it."""

    value: str
    label: str
    count: int
    selected: bool
    remove_url: str


@blueprint.get("/buone-pratiche")
@public
def catalogue() -> ResponseReturnValue:
    """One kind of stories at a time, with filters."""
    actor, chosen = current_actor(), _chosen()
    filters = _filters(chosen)
    page = queries.stories(
        filters, actor, after=request.args.get("dopo"), before=request.args.get("prima")
    )
    facets = queries.facets(filters, actor)
    groups = _groups(facets, chosen)
    return render_template(
        "practices/catalogue.html",
        kind=filters.kind,
        page=page,
        found=facets.kinds.get(filters.kind or PracticeKind.OFFER, 0),
        tabs=_tabs(facets, chosen),
        groups=groups,
        active=[one for _, _, options in groups for one in options if one.selected],
        newer_url=page.before and _url({**chosen, "prima": [page.before]}),
        older_url=page.after and _url({**chosen, "dopo": [page.after]}),
        clear_url=_url({"tipo": chosen.get("tipo", [])}),
    )


@blueprint.get("/buone-pratiche/feed")
@public
def feed() -> ResponseReturnValue:
    """The newest stories, the same for every reader."""
    return atom(
        title=gettext("Gemella: le buone pratiche"),
        path=address("practices.catalogue"),
        lang=language(),
        entries=[
            FeedEntry(
                key=f"{KIND}:{line.id}",
                title=f"{line.kind_label}: {line.title}",
                path=line.url,
                summary=line.summary,
                author=line.speaker,
                published=line.published_at or line.updated_at,
                updated=line.updated_at,
                lang=line.lang,
                categories=tuple(line.themes),
            )
            for line in latest_stories(None, FEED_LENGTH, VISITOR)
        ],
    )


Chosen = Mapping[str, list[str]]


def _chosen() -> Chosen:
    """What the address asks for, without what it cannot mean; cursors are left out."""
    known: Chosen = {
        "tipo": [words.KIND_CODES[PracticeKind.SEEK]],
        "tema": [theme.code for theme in taxonomy.themes_by_id().values()],
        "regione": [region.code for region in territory.regions()],
        "anno": [str(year) for year in range(FIRST_YEAR, FIRST_YEAR + 100)],
    }
    chosen = {
        name: [value for value in values if value in request.args.getlist(name)]
        for name, values in known.items()
    }
    bodies = {slug for slug in request.args.getlist("ente") if _SLUG.fullmatch(slug)}
    chosen["ente"] = list(queries.names_of_bodies(sorted(bodies)[:_MOST_BODIES]))
    return {name: values for name, values in chosen.items() if values}


def _filters(chosen: Chosen) -> Filters:
    by_code = {theme.code: theme.id for theme in taxonomy.themes_by_id().values()}
    regions = {region.code: region.id for region in territory.regions()}
    return Filters(
        kind=words.kind_of(*chosen.get("tipo", [])) if "tipo" in chosen else PracticeKind.OFFER,
        theme_ids=frozenset(by_code[code] for code in chosen.get("tema", ())),
        region_ids=frozenset(regions[code] for code in chosen.get("regione", ())),
        organisations=frozenset(chosen.get("ente", ())),
        years=frozenset(int(year) for year in chosen.get("anno", ())),
    )


def _tabs(facets: Facets, chosen: Chosen) -> list[dict[str, Any]]:
    """Both kinds, under the same filters."""
    current = words.kind_of(*chosen.get("tipo", ["offro"]))
    return [
        {
            "kind": kind,
            "label": label,
            "count": facets.kinds.get(kind, 0),
            "current": kind is current,
            "url": _url(
                {**chosen, "tipo": [] if kind is PracticeKind.OFFER else [words.KIND_CODES[kind]]}
            ),
        }
        for kind, label in words.KINDS.items()
    ]


def _groups(facets: Facets, chosen: Chosen) -> list[tuple[str, str, list[Option]]]:
    """The filters, each with its name in addresses, its heading and what can be chosen."""
    themes = [
        (theme.code, theme.name(language()), facets.themes.get(theme.id, 0))
        for theme in taxonomy.themes_by_id().values()
    ]
    regions = [
        (region.code, region.name(language()), facets.regions.get(region.id, 0))
        for region in territory.regions()
    ]
    bodies = [(body.slug, body.name, body.number) for body in facets.organisations]
    numbers = dict.fromkeys(map(int, chosen.get("anno", ())), 0) | dict(facets.years)
    years = [(str(year), str(year), numbers[year]) for year in sorted(numbers, reverse=True)]
    return [
        ("tema", gettext("Tema"), _options("tema", themes, chosen)),
        ("regione", gettext("Regione"), _options("regione", regions, chosen)),
        ("ente", gettext("Ente"), _options("ente", bodies, chosen)),
        ("anno", gettext("Anno di pubblicazione"), _options("anno", years, chosen)),
    ]


def _options(name: str, values: Iterable[tuple[str, str, int]], chosen: Chosen) -> list[Option]:
    """Those that lead anywhere, and those that are chosen already."""
    picked = chosen.get(name, [])
    return [
        Option(
            value,
            label,
            number,
            value in picked,
            _url({**chosen, name: [one for one in picked if one != value]}),
        )
        for value, label, number in values
        if number or value in picked
    ]


def _url(values: Chosen) -> str:
    return address("practices.catalogue", **{k: v for k, v in values.items() if v})
