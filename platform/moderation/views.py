"""The moderators' list and its two answers: publish, refuse."""

from __future__ import annotations

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from core.access import authorise, current_actor, governed_by
from core.contracts import HeldItem, Moderatable
from moderation import queries
from moderation.forms import ReasonForm
from moderation.policies import may_moderate

blueprint = Blueprint("moderation", __name__)


@blueprint.get("/moderazione")
@governed_by(may_moderate)
def queue() -> ResponseReturnValue:
    authorise(may_moderate)
    return render_template("moderation/queue.html", queue=queries.queue(current_actor()))


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


def _find(kind: str, object_id: int) -> tuple[Moderatable, HeldItem]:
    moderatable = queries.moderatable(kind)
    if moderatable is None:
        abort(404)
    item = moderatable.find(object_id, current_actor())
    if item is None:
        abort(404)
    return moderatable, item
