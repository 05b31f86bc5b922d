"""Keeping order: closing, naming, removing discussions; hiding messages, bringing them back."""

from __future__ import annotations

from collections.abc import Callable

from flask import abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from core import subjects
from core.access import authorise, current_actor, governed_by
from core.actor import Actor
from core.versions import Conflict
from forum import policies, queries, services
from forum.forms import CloseForm, TitleForm, offer_bodies
from forum.models import PostState, ThreadState
from forum.queries import PostHead, ThreadHead
from forum.views import blueprint
from moderation.forms import ReasonForm
from moderation.policies import may_moderate


def may_close(actor: Actor, thread: ThreadHead) -> bool:
    """The policy with its question about the subject answered."""
    return policies.may_close(actor, thread, is_steward=_is_steward(actor, thread))


def may_retitle(actor: Actor, thread: ThreadHead) -> bool:
    """The policy with its question about the subject answered."""
    return policies.may_retitle(actor, thread, is_steward=_is_steward(actor, thread))


@blueprint.get("/discussioni/<int:thread_id>/chiudi")
@governed_by(may_close)
def close(thread_id: int) -> ResponseReturnValue:
    thread = _thread(thread_id, may_close)
    return _close_form(thread, CloseForm())


@blueprint.post("/discussioni/<int:thread_id>/chiudi")
@governed_by(may_close)
def close_now(thread_id: int) -> ResponseReturnValue:
    thread = _thread(thread_id, may_close)
    form = CloseForm()
    offer_bodies(form, current_actor())
    if not form.validate():
        return _close_form(thread, form), 422
    if thread.state is ThreadState.OPEN:
        services.close_thread(
            thread_id=thread_id,
            by=current_actor(),
            on_behalf_of_id=form.on_behalf_of.organisation_id,
            reason=form.reason.data or "",
        )
    flash(gettext("La discussione è chiusa: si può leggere, ma non rispondere."), "ok")
    return redirect(thread.url)


@blueprint.post("/discussioni/<int:thread_id>/riapri")
@governed_by(may_close)
def reopen(thread_id: int) -> ResponseReturnValue:
    thread = _thread(thread_id, may_close)
    if thread.state is ThreadState.CLOSED:
        services.reopen_thread(thread_id=thread_id, by=current_actor())
    flash(gettext("La discussione è di nuovo aperta."), "ok")
    return redirect(thread.url)


@blueprint.get("/discussioni/<int:thread_id>/titolo")
@governed_by(may_retitle)
def title(thread_id: int) -> ResponseReturnValue:
    thread = _thread(thread_id, may_retitle)
    form = TitleForm(data={"title": thread.title, "seen_title": thread.title})
    return render_template("forum/title.html", thread=thread, form=form, conflict=False)


@blueprint.post("/discussioni/<int:thread_id>/titolo")
@governed_by(may_retitle)
def retitle(thread_id: int) -> ResponseReturnValue:
    thread = _thread(thread_id, may_retitle)
    form = TitleForm()
    if not form.validate():
        return render_template("forum/title.html", thread=thread, form=form, conflict=False), 422
    try:
        services.retitle_thread(
            thread_id=thread_id,
            title=form.title.data or "",
            seen_title=form.seen_title.data or "",
            by=current_actor(),
        )
    except Conflict:
        thread = _thread(thread_id, may_retitle)
        form.seen_title.data = thread.title
        return render_template("forum/title.html", thread=thread, form=form, conflict=True), 409
    flash(gettext("Il titolo è cambiato."), "ok")
    return redirect(thread.url)


@blueprint.get("/discussioni/<int:thread_id>/rimuovi")
@governed_by(may_moderate)
def confirm_thread_removal(thread_id: int) -> ResponseReturnValue:
    thread = _thread(thread_id)
    return render_template("forum/remove_thread.html", thread=thread, form=ReasonForm())


@blueprint.post("/discussioni/<int:thread_id>/rimuovi")
@governed_by(may_moderate)
def remove_thread(thread_id: int) -> ResponseReturnValue:
    thread = _thread(thread_id)
    form = ReasonForm()
    if not form.validate():
        return render_template("forum/remove_thread.html", thread=thread, form=form), 422
    services.hide_thread(thread_id=thread_id, reason=form.reason.data or "", by=current_actor())
    flash(gettext("La discussione non si vede più. Chi l’ha aperta riceve il motivo."), "ok")
    return redirect(url_for("forum.threads"))


@blueprint.get("/messaggi/<int:post_id>/nascondi")
@governed_by(may_moderate)
def confirm_hiding(post_id: int) -> ResponseReturnValue:
    return render_template("forum/hide.html", post=_post(post_id), form=ReasonForm())


@blueprint.post("/messaggi/<int:post_id>/nascondi")
@governed_by(may_moderate)
def hide_post(post_id: int) -> ResponseReturnValue:
    found = _post(post_id)
    form = ReasonForm()
    if not form.validate():
        return render_template("forum/hide.html", post=found, form=form), 422
    if found.state is PostState.VISIBLE:
        services.hide_post(post_id=post_id, reason=form.reason.data or "", by=current_actor())
    flash(gettext("Il messaggio non si vede più. Chi lo ha scritto riceve un avviso."), "ok")
    return redirect(found.url)


@blueprint.post("/messaggi/<int:post_id>/ripubblica")
@governed_by(may_moderate)
def restore_post(post_id: int) -> ResponseReturnValue:
    found = _post(post_id)
    if found.state is PostState.HIDDEN:
        services.clear_post(post_id=post_id, by=current_actor())
    flash(gettext("Il messaggio si vede di nuovo."), "ok")
    return redirect(found.url)


def _thread(thread_id: int, policy: Callable[..., bool] | None = None) -> ThreadHead:
    """The discussion to act on: 404 where it may not be read, 403 where the policy says no."""
    thread = queries.thread_head(thread_id, current_actor())
    if thread is None:
        abort(404)
    if policy is None:
        authorise(may_moderate)
    else:
        authorise(policy, thread)
    return thread


def _post(post_id: int) -> PostHead:
    found = queries.post(post_id, current_actor())
    if found is None:
        abort(404)
    authorise(may_moderate)
    return found


def _close_form(thread: ThreadHead, form: CloseForm) -> str:
    offer_bodies(form, current_actor())
    return render_template("forum/close.html", thread=thread, form=form)


def _is_steward(actor: Actor, thread: ThreadHead) -> bool:
    return thread.subject is not None and subjects.is_steward(thread.subject, actor)
