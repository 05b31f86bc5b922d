"""The pages of the back office, by what they are about; ``wiring`` imports them all."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, g, request, url_for
from flask_babel import gettext

from admin.policies import may_administer
from core.access import authorise
from core.pagination import Page

blueprint = Blueprint("admin", __name__)


@blueprint.before_request
def administrators_only() -> None:
    """Ask before anything is read: the back office tells nobody else what there is."""
    authorise(may_administer)


@dataclass(frozen=True, slots=True)
class Section:
    """An entry of the menu of the back office."""

    label: str
    url: str
    current: bool


@blueprint.context_processor
def menu() -> dict[str, Any]:
    """The menu, with the section that the page belongs to."""
    entries = (
        ("admin.overview", gettext("Riepilogo")),
        ("admin.members", gettext("Iscritti")),
        ("admin.bodies", gettext("Enti")),
        ("admin.affiliations", gettext("Appartenenze")),
        ("admin.events", gettext("Attività")),
        ("admin.mails", gettext("Posta")),
        ("admin.deliveries", gettext("Coda")),
        ("admin.index", gettext("Indice")),
    )
    here = g.get("admin_section", request.endpoint)
    return {
        "admin_sections": [Section(label, url_for(name), name == here) for name, label in entries]
    }


def below(endpoint: str) -> None:
    """Note that the page belongs to the section of this endpoint."""
    g.admin_section = endpoint


def around(page: Page[Any], endpoint: str, arguments: Mapping[str, Any]) -> dict[str, str | None]:
    """The addresses of the neighbours of a page of a list."""
    return {
        "newer_url": page.before and url_for(endpoint, **arguments, prima=page.before),
        "older_url": page.after and url_for(endpoint, **arguments, dopo=page.after),
    }


def cursors() -> dict[str, str | None]:
    """Where in the list the address is."""
    return {"after": request.args.get("dopo"), "before": request.args.get("prima")}


def options(choices: Mapping[Any, Any], chosen: Any) -> list[dict[str, Any]]:
    """Options of a facet; ``chosen`` is one value or several."""
    several = chosen if isinstance(chosen, (frozenset, set, tuple, list)) else {chosen}
    return [
        {
            "value": str(value),
            "label": str(label),
            "count": None,
            "selected": value in several,
        }
        for value, label in choices.items()
    ]
