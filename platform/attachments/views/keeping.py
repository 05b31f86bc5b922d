"""Another title, out of sight, away."""

from __future__ import annotations

import re

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from attachments import policies, queries, services
from attachments.forms import DescribeForm, ReasonForm
from attachments.views.rows import line_or_404, places_of, thing_or_404
from core.access import authorise, current_actor, governed_by
from core.forms import Form
from core.references import Reference
from core.versions import Conflict

# A button says which attachment goes to which place: pressed twice, it goes there once.
_TO_PLACE = re.compile(r"(?P<number>[0-9]{1,15})-(?P<place>[0-9]{1,3})", re.ASCII)


@governed_by(policies.may_change)
def describe(attachment_id: int) -> ResponseReturnValue:
    """Title, and what a picture shows."""
    line = line_or_404(attachment_id)
    authorise(policies.may_change, line, places_of(line.thing))
    form = DescribeForm(line)
    if request.method == "GET":
        return render_template("attachments/describe.html", line=line, form=form)
    if not form.is_fit():
        return render_template("attachments/describe.html", line=line, form=form), 422
    try:
        services.change_attachment(
            attachment_id=line.id,
            version=form.version.data,
            title=form.title.data or "",
            description=form.said,
            by=current_actor(),
        )
    except Conflict:
        line = line_or_404(attachment_id)
        form.version.data, form.version.raw_data = line.version, None
        page = render_template("attachments/describe.html", line=line, form=form, theirs=line)
        return page, 409
    flash(gettext("Le modifiche sono salvate."), "success")
    return redirect(line.url, 303)


@governed_by(policies.may_order)
def order(kind: str, object_id: int) -> ResponseReturnValue:
    """The files of a thing, or of one of its private places, each to be moved up or down."""
    thing = thing_or_404(Reference(kind, object_id))
    places = places_of(thing.reference)
    authorise(policies.may_order, places)
    space_id, actor = request.args.get("spazio", type=int), current_actor()
    if not policies.may_order_in(actor, places, space_id):
        abort(404)
    lines = queries.attachments_on(kind, [object_id], actor, space_id).get(object_id, ())
    form, here = (
        Form(),
        url_for("attachments.order", kind=kind, object_id=object_id, spazio=space_id),
    )
    if request.method == "GET":
        return render_template(
            "attachments/order.html", thing=thing, lines=lines, form=form, action=here
        )
    press = request.form.get("azione", "")
    found = _TO_PLACE.fullmatch(press)
    if not form.validate() or (press and found is None):
        abort(400)
    if found is None:
        return redirect(here, 303)  # sent without a button
    number, place = int(found["number"]), int(found["place"])
    if number not in {line.id for line in lines}:
        abort(404)
    services.place_attachment(attachment_id=number, place=place, by=actor)
    return redirect(f"{here}#allegato-{number}", 303)


@governed_by(policies.may_change)
def remove(attachment_id: int) -> ResponseReturnValue:
    """Are you sure? Then it is gone, with its versions."""
    line = line_or_404(attachment_id)
    authorise(policies.may_change, line, places_of(line.thing))
    form = Form()
    if request.method == "GET" or not form.validate():
        return render_template("attachments/remove.html", line=line, form=form)
    thing = thing_or_404(line.thing)
    services.remove_attachment(attachment_id=line.id, by=current_actor())
    flash(gettext("L’allegato «%(title)s» non c’è più.", title=line.title), "success")
    return redirect(thing.url, 303)


@governed_by(policies.may_moderate_file)
def hide(attachment_id: int) -> ResponseReturnValue:
    """A moderator takes it out of sight, and says why."""
    line = line_or_404(attachment_id)
    authorise(policies.may_moderate_file, line)
    form = ReasonForm()
    if request.method == "GET":
        return render_template("attachments/hide.html", line=line, form=form)
    if not form.validate():
        return render_template("attachments/hide.html", line=line, form=form), 422
    services.hide_attachment(
        attachment_id=line.id, reason=form.reason.data or "", by=current_actor()
    )
    flash(gettext("L’allegato è nascosto."), "success")
    return redirect(line.url, 303)


@governed_by(policies.may_moderate_file)
def restore(attachment_id: int) -> ResponseReturnValue:
    """Everybody sees it again."""
    line = line_or_404(attachment_id)
    authorise(policies.may_moderate_file, line)
    services.restore_attachment(attachment_id=line.id, by=current_actor())
    flash(gettext("L’allegato si vede di nuovo."), "success")
    return redirect(line.url, 303)
