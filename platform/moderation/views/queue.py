"""The moderators' list and its answers: publish, refuse; decide about reports."""

from __future__ import annotations

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from core.access import authorise, current_actor, governed_by
from core.contracts import HeldItem, Moderatable
from core.references import Reference
from moderation import queries, services
from moderation.forms import REASONS, DecisionForm, ReasonForm, decision_form
from moderation.models import Decision
from moderation.policies import may_moderate
from moderation.queries import ReportedItem
from moderation.views import blueprint

# Kinds of entries in addresses, as Italian readers know them.
_KINDS = {"attesa": "held", "segnalati": "reported"}


@blueprint.get("/moderazione")
@governed_by(may_moderate)
def queue() -> ResponseReturnValue:
    authorise(may_moderate)
    word = request.args.get("mostra", "")
    found = queries.queue(current_actor(), _KINDS.get(word))
    return render_template(
        "moderation/queue.html", queue=found, tabs=_tabs(found, word), reasons=REASONS
    )


@blueprint.post("/moderazione/<slug:kind>/<int:object_id>/pubblica")
@governed_by(may_moderate)
def clear(kind: str, object_id: int) -> ResponseReturnValue:
    authorise(may_moderate)
    moderatable, _item = _find(kind, object_id)
    moderatable.clear(object_id, current_actor())
    flash(gettext("Pubblicato. Chi lo ha scritto riceve un avviso."), "ok")
    return redirect(url_for("moderation.queue"))


@blueprint.get("/moderazione/<slug:kind>/<int:object_id>/respingi")
@governed_by(may_moderate)
def refuse(kind: str, object_id: int) -> ResponseReturnValue:
    authorise(may_moderate)
    _moderatable, item = _find(kind, object_id)
    return render_template("moderation/refuse.html", item=item, form=ReasonForm())


@blueprint.post("/moderazione/<slug:kind>/<int:object_id>/respingi")
@governed_by(may_moderate)
def refuse_now(kind: str, object_id: int) -> ResponseReturnValue:
    authorise(may_moderate)
    moderatable, item = _find(kind, object_id)
    form = ReasonForm()
    if not form.validate():
        return render_template("moderation/refuse.html", item=item, form=form), 422
    moderatable.refuse(object_id, current_actor(), form.reason.data or "")
    flash(gettext("Respinto. Chi lo ha scritto riceve un avviso con il motivo."), "ok")
    return redirect(url_for("moderation.queue"))


@blueprint.get("/moderazione/segnalazioni/<slug:kind>/<int:object_id>")
@governed_by(may_moderate)
def reports(kind: str, object_id: int) -> ResponseReturnValue:
    item = _reported(kind, object_id)
    return _decision_page(item, decision_form(can_be_hidden=item.can_be_hidden))


@blueprint.post("/moderazione/segnalazioni/<slug:kind>/<int:object_id>")
@governed_by(may_moderate)
def decide(kind: str, object_id: int) -> ResponseReturnValue:
    item = _reported(kind, object_id)
    form = decision_form(can_be_hidden=item.can_be_hidden)
    if not form.validate():
        return _decision_page(item, form), 422
    services.decide_reports(
        reference=item.reference,
        decision=Decision(form.decision.data),
        note=form.reason.data or "",
        by=current_actor(),
    )
    flash(gettext("Deciso. Chi ha segnalato ed è iscritto riceve un avviso."), "ok")
    return redirect(url_for("moderation.queue"), 303)


def _decision_page(item: ReportedItem, form: DecisionForm) -> str:
    return render_template("moderation/reports.html", item=item, form=form, reasons=REASONS)


def _reported(kind: str, object_id: int) -> ReportedItem:
    authorise(may_moderate)
    item = queries.reported_thing(Reference(kind, object_id), current_actor())
    return item if item is not None else abort(404)


def _tabs(found: queries.Queue, word: str) -> list[dict[str, object]]:
    entries = (
        ("", gettext("Da decidere"), found.held + found.reported),
        ("attesa", gettext("In attesa"), found.held),
        ("segnalati", gettext("Segnalati"), found.reported),
    )
    return [
        {
            "label": label,
            "count": count,
            "url": url_for("moderation.queue", mostra=name or None),
            "current": name == (word if word in _KINDS else ""),
        }
        for name, label, count in entries
    ]


def _find(kind: str, object_id: int) -> tuple[Moderatable, HeldItem]:
    moderatable = queries.moderatable(kind)
    if moderatable is None:
        abort(404)
    item = moderatable.find(object_id, current_actor())
    if item is None:
        abort(404)
    return moderatable, item
