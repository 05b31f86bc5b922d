"""Reporting a thing, for everybody, and what became of the own reports."""

from __future__ import annotations

from flask import abort, flash, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from core import subjects
from core.access import current_actor, public, signed_in
from core.domain import Refused
from core.references import Reference
from core.registry import registry
from core.subjects import SubjectLine
from core.throttle import network_of
from moderation import queries, services
from moderation.forms import REASONS, ReportForm
from moderation.models import ReportReason
from moderation.views import blueprint

_TOO_MANY = 429


@blueprint.get("/segnala/<slug:kind>/<int:object_id>")
@public
def report(kind: str, object_id: int) -> ResponseReturnValue:
    return _page(_thing(kind, object_id), ReportForm())


@blueprint.post("/segnala/<slug:kind>/<int:object_id>")
@public
def file_report(kind: str, object_id: int) -> ResponseReturnValue:
    thing = _thing(kind, object_id)
    form = ReportForm()
    if not form.validate():
        return _page(thing, form), 422
    if not form.website.data:
        try:
            services.file_report(
                reference=thing.reference,
                reason=ReportReason(form.reason.data),
                text=form.text.data or "",
                email=form.email.data or "",
                network=network_of(request.remote_addr),
                submission_key=form.submission_key.data or "",
                by=current_actor(),
            )
        except Refused as error:
            if error.reason != "too_many":
                raise
            return _page(thing, form, too_many=True), _TOO_MANY
    # A program that filled in everything hears the same.
    flash(gettext("Grazie della segnalazione: chi modera la leggerà."), "ok")
    return redirect(thing.url, 303)


@blueprint.get("/il-mio-spazio/segnalazioni")
@signed_in
def own_reports() -> ResponseReturnValue:
    page = queries.own_reports(
        current_actor(), after=request.args.get("dopo"), before=request.args.get("prima")
    )
    return render_template("moderation/own_reports.html", page=page, reasons=REASONS)


def _page(thing: SubjectLine, form: ReportForm, *, too_many: bool = False) -> str:
    return render_template(
        "moderation/report.html",
        thing=thing,
        form=form,
        too_many=too_many,
        is_visitor=current_actor().is_visitor,
    )


def _thing(kind: str, object_id: int) -> SubjectLine:
    subject = registry().subjects.get(kind)
    if subject is None or not subject.is_reported:
        abort(404)
    found = subjects.find(Reference(kind, object_id), current_actor())
    return found if found is not None else abort(404)
