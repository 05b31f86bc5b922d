"""What stands on the home page: a little of every feature, as this reader may see it."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

from flask import current_app, url_for
from flask_babel import gettext

from core.actor import Actor
from core.i18n import DEFAULT, language
from members import queries as members
from organisations import queries as organisations
from practices import queries as practices
from practices.models import PracticeKind
from territory import queries as territory
from twinning import queries as twinning

EXAMPLES = ("distretti famiglia", "conciliazione vita-lavoro", "n. 1687 del 10 luglio 2009")


def front_page(actor: Actor) -> dict[str, Any]:
    """The variables of ``portal/home.html``."""
    stories = practices.counts(actor)
    told = practices.latest_of_each_kind(3, actor)
    running = twinning.latest_twinnings(twinning.MOST_ARCS, actor)
    return {
        "examples": EXAMPLES,
        "numbers": {
            "twinnings": twinning.counts(actor).total,
            "offers": stories[PracticeKind.OFFER],
            "organisations": organisations.count(),
        },
        "twinnings": running[:3],
        "columns": [
            (
                "cerco",
                gettext("Cerco"),
                stories[PracticeKind.SEEK],
                told[PracticeKind.SEEK],
            ),
            (
                "offro",
                gettext("Offro"),
                stories[PracticeKind.OFFER],
                told[PracticeKind.OFFER],
            ),
        ],
        "members": members.latest_members(4, actor),
        "arcs": twinning.arcs_of(running),
        "regions": _regions_in(language()),
        "region_url": lambda code: url_for("twinning.twinnings", regione=code),
    }


def _regions_in(spoken: str) -> dict[str, Any]:
    """The outlines of the regions, with their names in this language."""
    drawn = _regions(str(current_app.static_folder))
    if spoken == DEFAULT:
        return drawn
    places = ((shape, territory.region(shape["id"])) for shape in drawn["regions"])
    named = [{**shape, "name": place.name(spoken)} if place else shape for shape, place in places]
    return {**drawn, "regions": named}


@cache
def _regions(static_folder: str) -> dict[str, Any]:
    """The outlines of the regions, as the assets' build wrote them."""
    path = Path(static_folder) / "vendor" / "map" / "italy.json"
    if not path.is_file():
        return {"viewBox": "0 0 1 1", "regions": [], "clips": {}}
    regions: dict[str, Any] = json.loads(path.read_text())
    return regions
