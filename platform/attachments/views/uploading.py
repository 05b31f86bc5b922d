"""Hanging a file on a thing, and a newer one in its place."""

from __future__ import annotations

from typing import IO

from flask import flash, jsonify, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from attachments import policies, services
from attachments.forms import NewVersionForm, UploadForm
from attachments.queries import AttachmentLine
from attachments.services import Received
from attachments.views.rows import line_or_404, places_of, thing_or_404
from attachments.views.words import why_refused
from core.access import authorise, current_actor, governed_by
from core.domain import Refused
from core.references import Reference
from core.subjects import SubjectLine
from core.versions import Conflict


@governed_by(policies.may_add)
def create(kind: str, object_id: int) -> ResponseReturnValue:
    """The form, and what it sends: one file with its title."""
    thing = thing_or_404(Reference(kind, object_id))
    places = places_of(thing.reference)
    authorise(policies.may_add, places)
    form = UploadForm(places, request.args.get("spazio", type=int))
    if request.method == "GET":
        return _new_page(thing, form)
    if not form.validate():
        return _new_page(thing, form), 422
    try:
        made = services.add_attachment(
            thing=thing.reference,
            space_id=form.space_id,
            title=form.title.data or "",
            description=form.description.data or "",
            file=_received(form),
            key=form.submission_key.data or "",
            by=current_actor(),
        )
    except Refused as refused:
        status = _beside_field(form, refused)
        return _new_page(thing, form), status
    flash(gettext("Il file «%(title)s» è allegato.", title=made.title), "success")
    line = line_or_404(made.id)
    return _on_to(thing.url if line.space_id is None else line.url)


@governed_by(policies.may_change)
def renew(attachment_id: int) -> ResponseReturnValue:
    """A newer version: readers get it from now on, those who keep the thing find the older ones."""
    line = line_or_404(attachment_id)
    authorise(policies.may_change, line, places_of(line.thing))
    form = NewVersionForm(line)
    if request.method == "GET":
        return _version_page(line, form)
    if not form.validate():
        return _version_page(line, form), 422
    try:
        services.add_version(
            attachment_id=line.id,
            version=form.version.data,
            description=form.description.data or "",
            file=_received(form),
            by=current_actor(),
        )
    except Refused as refused:
        status = _beside_field(form, refused)
        return _version_page(line, form), status
    except Conflict:
        line = line_or_404(attachment_id)
        form.version.data, form.version.raw_data = line.version, None
        return _version_page(line, form, overtaken=True), 409
    flash(gettext("La nuova versione è al posto della precedente."), "success")
    return _on_to(line.url)


def _on_to(url: str) -> ResponseReturnValue:
    """The page that comes next; a script that sent the file is told its address and goes there, so
    that the page is asked for once and says what was done.
    """
    if request.accept_mimetypes.best == "application/json":
        return jsonify(location=url), 201
    return redirect(url, 303)


def _received(form: UploadForm | NewVersionForm) -> Received:
    """The file of a valid form, looked into and kept."""
    sent = form.file.data
    file: IO[bytes] = sent.stream
    return services.receive(
        file=file,
        sent_name=sent.filename or "",
        is_described=bool(form.description.data),
        by=current_actor(),
    )


def _beside_field(form: UploadForm | NewVersionForm, refused: Refused) -> int:
    """Put the reason beside the field that it is about; the status. Else raise it again."""
    why = why_refused(refused)
    if why is None:
        raise refused
    name, words, status = why
    form[name].errors = [words]
    return status


def _new_page(thing: SubjectLine, form: UploadForm) -> str:
    return render_template("attachments/new.html", thing=thing, form=form)


def _version_page(line: AttachmentLine, form: NewVersionForm, *, overtaken: bool = False) -> str:
    return render_template("attachments/renew.html", line=line, form=form, overtaken=overtaken)
