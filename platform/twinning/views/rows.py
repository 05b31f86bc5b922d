"""Finding the twinning of an address, and what every page about it shows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import abort, redirect, request, url_for
from flask_babel import gettext

from core.access import current_actor
from core.actor import VISITOR
from core.references import Reference
from forum import queries as forum
from forum.queries import ThreadLine
from taxonomy import queries as taxonomy
from twinning import policies
from twinning.models import Twinning
from twinning.queries import page
from twinning.queries.lines import state_label
from twinning.queries.page import Partner
from twinning.signals import KIND

# More than a twinning ever had; what is beyond stands on the forum's own pages.
MOST_THREADS = 200


@dataclass(frozen=True, slots=True)
class Section:
    """An entry of the menu of a twinning."""

    label: str
    url: str
    current: bool
    count: int | None = None


def find(slug: str) -> Twinning:
    """The twinning with this address; an old address leads on, any other is 404.

    What was typed is not sent round a corner: a form at an old address is taken as it is.
    """
    found = page.twinning(slug, current_actor())
    if found is not None:
        return found
    now = page.moved_to(slug, current_actor())
    if now is None:
        abort(404)
    if request.method in ("GET", "HEAD"):
        values: dict[str, Any] = {**(request.view_args or {}), "slug": now}
        abort(redirect(url_for(request.endpoint or "", **values), 301))
    moved = page.twinning(now, current_actor())
    return moved if moved is not None else abort(404)


@dataclass(frozen=True, slots=True)
class Discussions:
    """The discussions of a twinning that the reader may see: open ones and private ones."""

    in_the_open: list[ThreadLine]
    private: list[ThreadLine]


def threads(twinning: Twinning) -> Discussions:
    """Both sorts in one query."""
    found = forum.threads_on(Reference(KIND, twinning.id), current_actor(), MOST_THREADS)
    return Discussions(
        in_the_open=[one for one in found if one.space_id is None],
        private=[one for one in found if one.space_id is not None],
    )


def frame(twinning: Twinning, partners: list[Partner], threads: Discussions) -> dict[str, Any]:
    """The variables of the head and the menu that all pages of a twinning have."""
    actor = current_actor()
    sections = [
        Section(gettext("Panoramica"), *_place("twinning.twinning", twinning)),
        Section(
            gettext("Discussioni"),
            *_place("twinning.threads", twinning),
            count=len(threads.in_the_open),
        ),
        Section(
            gettext("Partecipanti"),
            *_place("twinning.partners", twinning),
            count=sum(one.is_standing for one in partners),
        ),
    ]
    may_enter = policies.may_enter_space(actor, twinning)
    if may_enter:
        private = len(threads.private)
        sections.append(
            Section(gettext("Spazio riservato"), *_place("twinning.space", twinning), count=private)
        )
    return {
        "twinning": twinning,
        "partners": partners,
        "threads": threads.in_the_open,
        "private_threads": threads.private,
        "may_enter": may_enter,
        "may_invite": policies.may_invite(actor, twinning),
        "sections_menu": sections,
        "programme": taxonomy.programme(twinning.programme_id or 0),
        "state_label": state_label(twinning.state),
        "may_edit": policies.may_edit(actor, twinning),
        "may_step": policies.may_change_some_state(actor, twinning),
        "may_record": policies.may_record_partner(actor, twinning),
        "is_open_to_all": policies.is_visible(VISITOR, twinning),
    }


def _place(endpoint: str, twinning: Twinning) -> tuple[str, bool]:
    return url_for(endpoint, slug=twinning.slug), request.endpoint == endpoint
