"""The moderators' list and its answers one by one: publish, refuse; decide about reports."""

from __future__ import annotations

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from core.access import authorise, current_actor, governed_by
from core.contracts import HeldItem, Moderatable
from core.references import Reference
from moderation import queries, services
from moderation.forms import (
    REASONS,
    SIGNALS,
    USUAL_REASONS,
    BulkForm,
    DecisionForm,
    ReasonForm,
    decision_form,
)
from moderation.models import Decision
from moderation.policies import may_moderate
from moderation.queries import Queue, ReportedItem, Tab
from moderation.views import blueprint

# Parts of the list in addresses, as Italian readers know them.
_TABS = {"attesa": Tab.HELD, "segnalati": Tab.REPORTED, "profili": Tab.PROFILES}
_ALL = "tutti"


@blueprint.get("/moderazione")
@governed_by(may_moderate)
def queue() -> ResponseReturnValue:
    authorise(may_moderate)
    return queue_page(BulkForm())


@blueprint.post("/moderazione/<slug:kind>/<int:object_id>/pubblica")
@governed_by(may_moderate)
def clear(kind: str, object_id: int) -> ResponseReturnValue:
    authorise(may_moderate)
    moderatable, _item = _find(kind, object_id)
    moderatable.clear(object_id, current_actor())
    if moderatable.are_profiles:
        flash(gettext("Il profilo va bene così."), "ok")
    else:
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


def queue_page(form: BulkForm) -> str:
    """The list, with the boxes as they were ticked; ``?scegli=tutti`` ticks all of them."""
    word = request.args.get("mostra", "")
    found = queries.queue(current_actor(), _TABS.get(word))
    picked = set(form.picked.data or ())
    if request.args.get("scegli") == _ALL and not picked:
        picked = {entry.code for entry in found.entries}
    return render_template(
        "moderation/queue.html",
        queue=found,
        form=form,
        picked=picked,
        shown=word if word in _TABS else None,
        tabs=tabs(found, word),
        reasons=REASONS,
        signals=SIGNALS,
        usual_reasons=USUAL_REASONS,
    )


def tabs(found: Queue, word: str) -> list[dict[str, object]]:
    """The menu of moderation; ``word`` is the part that is shown."""
    counts = found.counts
    entries = (
        ("", gettext("Da decidere"), sum(counts.values())),
        ("attesa", gettext("In attesa"), counts[Tab.HELD]),
        ("segnalati", gettext("Segnalati"), counts[Tab.REPORTED]),
        ("profili", gettext("Profili"), counts[Tab.PROFILES]),
    )
    shown = word if word in {*_TABS, "ricorsi", "decisi"} else ""
    menu: list[dict[str, object]] = [
        {
            "label": label,
            "count": count,
            "url": url_for("moderation.queue", mostra=name or None),
            "current": name == shown,
        }
        for name, label, count in entries
    ]
    menu.append(
        {
            "label": gettext("Ricorsi"),
            "count": found.appeals,
            "url": url_for("moderation.appeals"),
            "current": shown == "ricorsi",
        }
    )
    menu.append(
        {
            "label": gettext("Decisi"),
            "url": url_for("moderation.decided"),
            "current": shown == "decisi",
        }
    )
    return menu


def _decision_page(item: ReportedItem, form: DecisionForm) -> str:
    return render_template("moderation/reports.html", item=item, form=form, reasons=REASONS)


def _reported(kind: str, object_id: int) -> ReportedItem:
    authorise(may_moderate)
    item = queries.reported_thing(Reference(kind, object_id), current_actor())
    return item if item is not None else abort(404)


def _find(kind: str, object_id: int) -> tuple[Moderatable, HeldItem]:
    moderatable = queries.moderatable(kind)
    if moderatable is None:
        abort(404)
    item = moderatable.find(object_id, current_actor())
    if item is None:
        abort(404)
    return moderatable, item
