"""The catalogue as a file: open to everybody, under the filters of the page."""

from __future__ import annotations

from flask import Response, request, stream_with_context
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from core.access import current_actor, public
from core.csv_export import MEDIA_TYPE, csv_lines, sent_whole
from practices.queries import catalogue as queries
from practices.queries.export import HEADER, exported_stories
from practices.views import blueprint
from practices.views.choices import chosen_values, filters_of


@blueprint.get("/buone-pratiche/esporta.csv")
@public
def export() -> ResponseReturnValue:
    """The stories of this reader's catalogue, of both kinds unless the address names one."""
    actor = current_actor()
    filters = filters_of(chosen_values(request.args), every_kind=True)
    rows = exported_stories(actor, queries.conditions(filters, actor))
    complaint = gettext("ERRORE: questo file è incompleto. Scaricalo di nuovo.")
    answer = Response(
        stream_with_context(sent_whole(csv_lines(HEADER, rows), complaint)),
        content_type=MEDIA_TYPE,
    )
    answer.headers["Content-Disposition"] = "attachment; filename=buone-pratiche.csv"
    return answer
