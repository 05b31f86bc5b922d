"""The search page and its description for browsers."""

from __future__ import annotations

from flask import Blueprint, Response, current_app, render_template, request, url_for
from flask.typing import ResponseReturnValue

from core.access import current_actor, public
from core.registry import registry
from core.text import legible, normalise
from search.queries.results import EXTENSION, MOST_PAGES, SearchPage, find
from search.queries.searcher import Searcher

blueprint = Blueprint("search", __name__)

LONGEST_QUERY = 300


@blueprint.get("/cerca")
@public
def results() -> ResponseReturnValue:
    typed = request.args.get("q", "")[: LONGEST_QUERY * 2]
    query = normalise(legible(typed))[:LONGEST_QUERY]
    kind = request.args.get("tipo")
    kind = kind if kind in registry().sources else None
    page = _search(query, kind) if query else SearchPage(query)
    return render_template(
        "search/results.html",
        page=page,
        kind=kind,
        kinds=[(name, source.label) for name, source in registry().sources.items()],
        prefix=request.script_root,
    )


@blueprint.get("/opensearch.xml")
@public
def opensearch() -> ResponseReturnValue:
    """How a browser can offer this search among its own."""
    xml = render_template(
        "search/opensearch.xml", template=url_for("search.results", _external=True)
    )
    return Response(xml, mimetype="application/opensearchdescription+xml")


def _search(query: str, kind: str | None) -> SearchPage:
    searcher: Searcher = current_app.extensions[EXTENSION]
    settings = current_app.config["GEMELLA"]
    number = request.args.get("pagina", "1")
    wanted = int(number) if number.isascii() and number.isdigit() and len(number) < 5 else 1
    return find(
        searcher,
        settings.index_folder,
        query,
        current_actor(),
        kind=kind,
        page=max(1, min(wanted, MOST_PAGES)),
    )
