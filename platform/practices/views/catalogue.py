"""The catalogue of stories and its feed: open to everybody."""

from __future__ import annotations

from typing import Any

from flask import render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from core.access import current_actor, public
from core.actor import VISITOR, Actor
from core.feeds import FeedEntry, atom
from core.i18n import language
from core.links import address
from members.queries import themes_of
from practices.models import PracticeKind
from practices.queries import catalogue as queries
from practices.queries import words
from practices.queries.catalogue import Facets, Order
from practices.queries.lines import StoryLine
from practices.signals import KIND
from practices.views import blueprint
from practices.views.choices import Chosen, chosen_values, filters_of, groups_of, url_of

FEED_LENGTH = 50


@blueprint.get("/buone-pratiche")
@public
def catalogue() -> ResponseReturnValue:
    """One kind of stories at a time, with filters."""
    actor, chosen = current_actor(), chosen_values(request.args)
    filters = filters_of(chosen)
    facets = queries.facets(filters, actor)
    order = Order(chosen.one("ordina") or Order.NEWEST)
    page = queries.stories(
        filters,
        actor,
        order=order,
        ids=facets.ids,
        after=request.args.get("dopo"),
        before=request.args.get("prima"),
    )
    groups = groups_of(facets, chosen)
    return render_template(
        "practices/catalogue.html",
        kind=filters.kind,
        page=page,
        found=facets.found,
        tabs=_tabs(facets, chosen),
        groups=groups,
        active=[one for _, _, options in groups for one in options if one.selected],
        order=order,
        orders=[(one, label) for one, label in _orders().items()],
        kept=chosen.values,
        newer_url=page.before and url_of(chosen.but("prima", page.before)),
        older_url=page.after and url_of(chosen.but("dopo", page.after)),
        clear_url=url_of(chosen.only("tipo", "ordina")),
        export_url=address(
            "practices.export",
            **{"tipo": words.KIND_CODES[PracticeKind.OFFER], **chosen.without("ordina").values},
        ),
        feed_url=address("practices.feed", **chosen.without("ordina").values),
        interests=_interests(actor, chosen),
    )


@blueprint.get("/buone-pratiche/feed")
@public
def feed() -> ResponseReturnValue:
    """The newest stories under the filters of the catalogue, the same for every reader."""
    chosen = chosen_values(request.args).without("ordina")
    filters = filters_of(chosen, every_kind=True)
    ids = None if filters.is_empty else queries.facets(filters, VISITOR).ids
    page = queries.stories(filters, VISITOR, ids=ids, size=FEED_LENGTH)
    titles = {
        None: gettext("Gemella: le buone pratiche"),
        PracticeKind.OFFER: gettext("Gemella: le buone pratiche offerte"),
        PracticeKind.SEEK: gettext("Gemella: le buone pratiche cercate"),
    }
    return atom(
        title=titles[filters.kind],
        path=url_of(chosen),
        lang=language(),
        entries=[_entry(line) for line in page.items],
    )


def _entry(line: StoryLine) -> FeedEntry:
    return FeedEntry(
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


def _tabs(facets: Facets, chosen: Chosen) -> list[dict[str, Any]]:
    """Both kinds, under the same filters."""
    current = words.kind_of(chosen.one("tipo") or "offro")
    return [
        {
            "kind": kind,
            "label": label,
            "count": facets.kinds.get(kind, 0),
            "current": kind is current,
            "url": url_of(
                chosen.without("tipo")
                if kind is PracticeKind.OFFER
                else chosen.but("tipo", words.KIND_CODES[kind])
            ),
        }
        for kind, label in words.KINDS.items()
    ]


def _orders() -> dict[Order, str]:
    return {
        Order.NEWEST: gettext("Più recenti"),
        Order.USEFUL: gettext("Più utili"),
        Order.REUSED: gettext("Più riusate"),
        Order.TITLE: gettext("Titolo"),
    }


def _interests(actor: Actor, chosen: Chosen) -> dict[str, Any] | None:
    """The way to what a member cares about: the own themes as filters, or where to choose them."""
    if actor.member_id is None:
        return None
    codes = [theme.code for theme in themes_of(actor.member_id)]
    if not codes:
        return {"url": None, "current": False}
    current = set(chosen.many("tema")) == set(codes)
    return {
        "url": url_of(chosen.without("tema") if current else chosen.but("tema", *codes)),
        "current": current,
    }
