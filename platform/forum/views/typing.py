"""While somebody writes: drafts, who would be told, whose name is being typed."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from flask import abort, flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from werkzeug.exceptions import Unauthorized

from core import clock
from core.access import authorise, current_actor, governed_by, permitted, signed_in
from core.domain import Refused
from core.i18n import time_of_day
from core.versions import Conflict
from forum import policies, queries, services
from forum.forms import ReplyForm, ThreadForm, offer_bodies, typed_in
from forum.models import PostDraft, ThreadState
from forum.queries import ThreadHead
from forum.rules.drafts import opening_place, reply_place
from forum.views import blueprint
from forum.views.places import Place, asked_place, readers_of_place, readers_of_thread
from forum.views.told import told_of_opening, told_of_reply

_BY_ITSELF = "automatico"
_DISCARD = "scarta"


@blueprint.post("/discussioni/<int:thread_id>/bozza")
@governed_by(policies.may_reply)
def keep_reply(thread_id: int) -> ResponseReturnValue:
    """Keep what is typed below a discussion, by its button or by the script; or let go of it."""
    thread = _thread(thread_id)
    if not permitted(policies.may_reply, thread) and thread.state is ThreadState.CLOSED:
        if current_actor().is_visitor:
            raise Unauthorized
        return _not_kept(gettext("Qui non si può più rispondere."), 409)
    authorise(policies.may_reply, thread)
    here = url_for("forum.thread", thread_id=thread_id, _anchor="risposta")
    if request.form.get("azione") == _DISCARD:
        services.discard_draft(place=reply_place(thread_id), by=current_actor())
        return _discarded(url_for("forum.thread", thread_id=thread_id))
    return _keep(ReplyForm(), here, partial(services.keep_reply, thread_id=thread_id))


@blueprint.post("/discussioni/bozza")
@governed_by(policies.may_open, policies.may_open_on)
def keep_opening() -> ResponseReturnValue:
    """The same for a new discussion."""
    place = asked_place()
    where = opening_place(place.subject.reference if place.subject else None, place.space_id)
    here = _address_of(place)
    if request.form.get("azione") == _DISCARD:
        services.discard_draft(place=where, by=current_actor())
        return _discarded(here)
    return _keep(ThreadForm(), here, partial(services.keep_opening, place=where))


@blueprint.post("/discussioni/<int:thread_id>/avvisi")
@governed_by(policies.may_reply)
def told_of_reply_box(thread_id: int) -> ResponseReturnValue:
    """Who would be told of the reply that is being written, for the script."""
    thread = _thread(thread_id)
    authorise(policies.may_reply, thread)
    form = ReplyForm()
    offer_bodies(form, current_actor())
    form.text.readers = readers_of_thread(thread_id)
    form.validate()
    return render_template("forum/_told.html", told=told_of_reply(thread, form))


@blueprint.post("/discussioni/avvisi")
@governed_by(policies.may_open, policies.may_open_on)
def told_of_opening_box() -> ResponseReturnValue:
    """The same for a new discussion."""
    place = asked_place()
    form = ThreadForm()
    offer_bodies(form, current_actor())
    form.text.readers = readers_of_place(place)
    form.validate()
    return render_template("forum/_told.html", told=told_of_opening(place, form))


@blueprint.get("/discussioni/<int:thread_id>/persone")
@signed_in
def people_to_name(thread_id: int) -> ResponseReturnValue:
    """Who is meant by the letters after an @: those who may read this discussion, for the
    script."""
    thread = _thread(thread_id)
    readers = readers_of_thread(thread_id)
    return _people(queries.suggested(_letters(), readers, thread.space_id))


@blueprint.get("/discussioni/persone")
@governed_by(policies.may_open, policies.may_open_on)
def people_to_name_at_place() -> ResponseReturnValue:
    """The same for a new discussion."""
    place = asked_place()
    return _people(queries.suggested(_letters(), readers_of_place(place), place.space_id))


def _letters() -> str:
    return request.args.get("q", "")[:80]


def _people(found: list[Any]) -> ResponseReturnValue:
    return jsonify(
        [
            {"slug": one.slug, "name": one.name, "about": one.organisation}
            for one in found
            if one.is_public
        ]
    )


def _thread(thread_id: int) -> ThreadHead:
    return queries.thread_head(thread_id, current_actor()) or abort(404)


def _address_of(place: Place) -> str:
    return url_for(
        "forum.new_thread",
        su=str(place.subject.reference) if place.subject and place.space_id is None else None,
        spazio=place.space_id,
    )


def _keep(
    form: ReplyForm | ThreadForm, here: str, keep: Callable[..., PostDraft | None]
) -> ResponseReturnValue:
    try:
        kept = keep(typed=typed_in(form), version=form.draft_version.data, by=current_actor())
    except Conflict:
        return _elsewhere(here)
    except Refused:
        return _not_kept(gettext("Questa bozza non si può conservare: è troppo lunga."), 422)
    return _kept(kept, here)


def _is_by_itself() -> bool:
    return request.form.get("azione") == _BY_ITSELF


def _kept(kept: PostDraft | None, here: str) -> ResponseReturnValue:
    if _is_by_itself():
        hour = time_of_day(clock.now())
        message = gettext("Bozza salvata alle %(hour)s", hour=hour) if kept else ""
        return jsonify(message=message, version=kept.version if kept else 0)
    if kept is None:
        flash(gettext("Non c’è ancora niente da salvare: scrivi qualcosa."))
    else:
        flash(gettext("Bozza salvata. La ritrovi qui e in «Il mio spazio»."), "ok")
    return redirect(here)


def _elsewhere(here: str) -> ResponseReturnValue:
    words = gettext("Hai scritto questo messaggio anche altrove: qui non salviamo più da soli.")
    if _is_by_itself():
        return jsonify(message=words), 409
    return render_template("forum/draft_conflict.html", typed=request.form, url=here), 409


def _not_kept(words: str, status: int) -> ResponseReturnValue:
    if _is_by_itself():
        return jsonify(message=words), status
    return render_template("forum/draft_conflict.html", typed=request.form, words=words), status


def _discarded(here: str) -> ResponseReturnValue:
    flash(gettext("La bozza non c’è più."), "ok")
    return redirect(here)
