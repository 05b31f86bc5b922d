"""Following things and stopping it: buttons that can be pressed twice, and a list."""

from __future__ import annotations

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from core import subjects
from core.access import authorise, current_actor, governed_by, signed_in
from core.references import Reference
from core.registry import registry
from notifications import policies, queries, services
from notifications.views import blueprint


@blueprint.get("/il-mio-spazio/seguiti")
@signed_in
def followed() -> ResponseReturnValue:
    page = queries.followed(
        current_actor(), after=request.args.get("dopo"), before=request.args.get("prima")
    )
    return render_template("notifications/followed.html", page=page)


@blueprint.post("/segui/<slug:kind>/<int:object_id>")
@governed_by(policies.may_follow)
def follow(kind: str, object_id: int) -> ResponseReturnValue:
    reference = _reference(kind, object_id)
    found = subjects.find(reference, current_actor())
    if found is None:
        abort(404)
    authorise(policies.may_follow)
    services.follow(reference=reference, by=current_actor())
    flash(gettext("Ora lo segui: le novità compaiono tra i tuoi avvisi."), "ok")
    return redirect(found.url, 303)


@blueprint.post("/segui/<slug:kind>/<int:object_id>/smetti")
@governed_by(policies.may_follow)
def stop_following(kind: str, object_id: int) -> ResponseReturnValue:
    """Also for what may not be opened any more: the answer is the same for what never was."""
    reference = _reference(kind, object_id)
    authorise(policies.may_follow)
    services.stop_following(reference=reference, by=current_actor())
    flash(gettext("Non lo segui più."), "ok")
    found = subjects.find(reference, current_actor())
    if found is None or request.form.get("da") == "seguiti":
        return redirect(url_for("notifications.followed"), 303)
    return redirect(found.url, 303)


def _reference(kind: str, object_id: int) -> Reference:
    subject = registry().subjects.get(kind)
    if subject is None or not subject.is_followed:
        abort(404)
    return Reference(kind, object_id)
