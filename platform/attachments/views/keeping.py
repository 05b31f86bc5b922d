"""Another title, out of sight, away."""

from __future__ import annotations

from flask import flash, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from attachments import policies, services
from attachments.forms import DescribeForm, ReasonForm
from attachments.views.rows import line_or_404, places_of, thing_or_404
from core.access import authorise, current_actor, governed_by
from core.forms import Form
from core.versions import Conflict


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
