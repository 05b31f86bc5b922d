"""What readers do without a word: read on, say that something is useful, name the best answer."""

from __future__ import annotations

from flask import abort, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from werkzeug.exceptions import BadRequest

from core import subjects
from core.access import authorise, current_actor, governed_by, signed_in
from core.actor import Actor
from core.links import id_in
from forum import policies, queries, services
from forum.models import Reacting
from forum.queries import PostHead, ThreadHead
from forum.views import blueprint

_ON, _OFF = "1", "0"


def may_mark_best(actor: Actor, thread: ThreadHead) -> bool:
    """The policy with its question about the subject answered."""
    steward = thread.subject is not None and subjects.is_steward(thread.subject, actor)
    return policies.may_mark_best(actor, thread, is_steward=steward)


@blueprint.get("/discussioni/<int:thread_id>/non-letti")
@signed_in
def first_unread(thread_id: int) -> ResponseReturnValue:
    """Leads to the first message that the reader has not read."""
    return redirect(queries.first_new(thread_id, current_actor()) or abort(404))


@blueprint.post("/discussioni/<int:thread_id>/letto")
@signed_in
def mark_read(thread_id: int) -> ResponseReturnValue:
    """Note how far somebody has read: by the button, or by the script while reading."""
    thread = queries.thread_head(thread_id, current_actor())
    if thread is None:
        abort(404)
    number = id_in(request.form.get("fino"))
    if number is None:
        abort(400)
    services.note_read(thread_id=thread_id, number=number, by=current_actor())
    if thread.last_number is not None and number < thread.last_number:
        return redirect(url_for("forum.first_unread", thread_id=thread_id), 303)
    return redirect(queries.permalink(thread_id, number), 303)


@blueprint.post("/messaggi/<int:post_id>/reazione")
@governed_by(policies.may_react)
def react(post_id: int) -> ResponseReturnValue:
    """Say that a message is useful, or thank for it; or take that back."""
    found = _post(post_id)
    authorise(policies.may_react, found)
    for kind in Reacting:
        wish = request.form.get(kind.value)
        if wish in (_ON, _OFF):
            services.react(post_id=post_id, kind=kind, on=wish == _ON, by=current_actor())
            return redirect(found.url, 303)
    raise BadRequest


@blueprint.post("/messaggi/<int:post_id>/migliore")
@governed_by(may_mark_best)
def mark_best(post_id: int) -> ResponseReturnValue:
    """Say that a message answers the discussion, or that it does so no more."""
    found = _post(post_id)
    thread = queries.thread_head(found.thread_id, current_actor()) or abort(404)
    authorise(may_mark_best, thread)
    best = request.form.get("migliore", _ON) != _OFF
    if best and not policies.can_be_best(thread, found):
        abort(409)
    services.mark_best(post_id=post_id, best=best, by=current_actor())
    if best:
        flash(gettext("Questa è ora la risposta migliore: chi legge la trova in alto."), "ok")
    else:
        flash(gettext("La discussione non ha più una risposta migliore."), "ok")
    return redirect(found.url, 303)


def _post(post_id: int) -> PostHead:
    return queries.post(post_id, current_actor()) or abort(404)
