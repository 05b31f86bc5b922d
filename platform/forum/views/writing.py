"""Replying, opening discussions, rewriting and taking back one's own messages."""

from __future__ import annotations

from dataclasses import dataclass

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from markupsafe import Markup
from werkzeug.exceptions import Unauthorized

from core import subjects
from core.access import authorise, current_actor, governed_by, permitted, signed_in
from core.domain import Refused
from core.i18n import language
from core.links import LARGEST_ID, id_in
from core.references import Reference
from core.subjects import SubjectLine
from core.text import TextRefused, has_forbidden_characters, render_markdown
from core.versions import Conflict
from forum import policies, queries, services
from forum.forms import EditForm, ReplyForm, ThreadForm, offer_bodies
from forum.models import Post, PostState, ThreadState
from forum.queries import PostHead, ThreadPage
from forum.views import blueprint
from forum.views.reading import thread_html, thread_or_404
from notifications.queries import is_following
from spaces import queries as spaces

_PREVIEW = "anteprima"


@blueprint.post("/discussioni/<int:thread_id>")
@governed_by(policies.may_reply)
def reply(thread_id: int) -> ResponseReturnValue:
    page = thread_or_404(thread_id)
    form = ReplyForm()
    actor = current_actor()
    if not permitted(policies.may_reply, page.thread):
        if actor.is_visitor:
            raise Unauthorized
        return _closed(page, form)
    offer_bodies(form, actor)
    target = form.reply_to_id and queries.reply_target(form.reply_to_id, thread_id, actor)
    was_following = is_following(actor.member_id, Reference("thread", thread_id))
    if not form.validate():
        return thread_html(page, form, target or None), 422
    if request.form.get("azione") == _PREVIEW:
        return thread_html(page, form, target or None, form.text.result.html)
    try:
        post = services.add_post(
            thread_id=thread_id,
            text=form.text.result,
            by=actor,
            on_behalf_of_id=form.on_behalf_of.organisation_id,
            reply_to_id=form.reply_to_id,
            lang=language(),
            submission_key=form.submission_key.data or "",
        )
    except Refused:
        # Closed between reading and writing: say so, and give the text back.
        return _closed(thread_or_404(thread_id), form)
    _tell_if_held(post.state)
    if not was_following:
        flash(gettext("Da ora segui la discussione: le novità compaiono tra i tuoi avvisi."))
    return redirect(_home_of(post))


@blueprint.post("/discussioni/anteprima")
@signed_in
def preview() -> ResponseReturnValue:
    """The HTML of a text as it would be kept, for the script that shows it beside the form."""
    text = request.form.get("text", "")
    if has_forbidden_characters(text):
        return _no_preview(gettext("Il testo contiene caratteri di controllo non visibili."))
    try:
        return render_markdown(text).html
    except TextRefused as error:
        if error.reason == "too_long":
            return _no_preview(gettext("Il testo è troppo lungo."))
        return _no_preview(gettext("Il testo è troppo intricato per essere mostrato."))


@blueprint.get("/discussioni/nuova")
@governed_by(policies.may_open, policies.may_open_on)
def new_thread() -> ResponseReturnValue:
    place = _asked_place()
    form = ThreadForm()
    return _thread_form(form, place)


@blueprint.post("/discussioni/nuova")
@governed_by(policies.may_open, policies.may_open_on)
def open_thread() -> ResponseReturnValue:
    place = _asked_place()
    actor = current_actor()
    form = ThreadForm()
    offer_bodies(form, actor)
    if not form.validate():
        return _thread_form(form, place), 422
    if request.form.get("azione") == _PREVIEW:
        return _thread_form(form, place, form.text.result.html)
    thread = services.start_thread(
        title=form.title.data or "",
        text=form.text.result,
        subject=place.subject.reference if place.subject else None,
        space_id=place.space_id,
        by=actor,
        on_behalf_of_id=form.on_behalf_of.organisation_id,
        lang=language(),
        submission_key=form.submission_key.data or "",
    )
    _tell_if_held(thread.state)
    return redirect(url_for("forum.thread", thread_id=thread.id))


@blueprint.get("/messaggi/<int:post_id>/modifica")
@governed_by(policies.may_edit)
def edit_post(post_id: int) -> ResponseReturnValue:
    found = post_or_404(post_id)
    authorise(policies.may_edit, found)
    return _edit_form(found, EditForm(data={"text": found.text, "version": found.version}))


@blueprint.post("/messaggi/<int:post_id>/modifica")
@governed_by(policies.may_edit)
def save_post(post_id: int) -> ResponseReturnValue:
    found = post_or_404(post_id)
    form = EditForm()
    if not permitted(policies.may_edit, found):
        return _too_late(found, form)
    if not form.validate():
        return _edit_form(found, form), 422
    if request.form.get("azione") == _PREVIEW:
        return _edit_form(found, form, preview=form.text.result.html)
    try:
        post = services.edit_post(
            post_id=post_id,
            text=form.text.result,
            version=form.version.data,
            by=current_actor(),
        )
    except Conflict:
        now = post_or_404(post_id)
        form.version.data = now.version
        form.version.raw_data = None
        return _edit_form(now, form, conflict=True), 409
    _tell_if_held(post.state)
    return redirect(_home_of(post))


@blueprint.get("/messaggi/<int:post_id>/rimuovi")
@governed_by(policies.may_remove)
def confirm_removal(post_id: int) -> ResponseReturnValue:
    found = post_or_404(post_id)
    authorise(policies.may_remove, found)
    return render_template("forum/remove.html", post=found)


@blueprint.post("/messaggi/<int:post_id>/rimuovi")
@governed_by(policies.may_remove)
def remove_post(post_id: int) -> ResponseReturnValue:
    found = post_or_404(post_id)
    authorise(policies.may_remove, found)
    services.remove_post(post_id=post_id, by=current_actor())
    flash(gettext("Hai ritirato il tuo messaggio."), "ok")
    if queries.thread_head(found.thread_id, current_actor()) is None:
        return redirect(url_for("forum.threads"))
    return redirect(url_for("forum.thread", thread_id=found.thread_id))


def post_or_404(post_id: int) -> PostHead:
    """A message with its source; for somebody who may not read it there is none."""
    found = queries.post(post_id, current_actor())
    if found is None:
        abort(404)
    return found


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a new discussion is to stand: on what, and in which private space."""

    subject: SubjectLine | None = None
    space_id: int | None = None


def _asked_place() -> _Place:
    """What the address asks for; 404 where the actor may not read that, or not enter there."""
    if "spazio" in request.args:
        return _private_place()
    asked = request.args.get("su")
    if asked is None:
        authorise(policies.may_open)
        return _Place()
    try:
        reference = Reference.parse(asked)
    except ValueError:
        abort(404)
    return _Place(_subject(reference))


def _private_place() -> _Place:
    """A space, with the thing that it belongs to: nobody chooses the two apart."""
    authorise(policies.may_open)
    asked = id_in(request.args.get("spazio"))
    space = None if asked is None else spaces.space(asked, current_actor())
    if space is None:
        abort(404)
    return _Place(_subject(Reference(space.kind, space.object_id)), space.id)


def _subject(reference: Reference) -> SubjectLine:
    authorise(policies.may_open_on, reference)
    found = subjects.find(reference, current_actor()) if reference.id <= LARGEST_ID else None
    return found if found is not None else abort(404)


def _thread_form(form: ThreadForm, place: _Place, preview_html: str | None = None) -> str:
    actor = current_actor()
    offer_bodies(form, actor)
    return render_template(
        "forum/new_thread.html",
        form=form,
        subject=place.subject,
        space_id=place.space_id,
        preview=None if preview_html is None else Markup(preview_html),  # noqa: S704
        waits=not queries.is_trusted(actor),
    )


def _edit_form(
    post: PostHead, form: EditForm, *, preview: str | None = None, conflict: bool = False
) -> str:
    actor = current_actor()
    return render_template(
        "forum/edit.html",
        post=post,
        form=form,
        preview=None if preview is None else Markup(preview),  # noqa: S704 - cleaned when rendered
        conflict=conflict,
        waits=post.state is PostState.VISIBLE and not queries.is_trusted(actor),
    )


def _closed(page: ThreadPage, form: ReplyForm) -> ResponseReturnValue:
    """Nobody can reply here now: the page says so and still holds what was typed."""
    if page.thread.state is not ThreadState.CLOSED:
        abort(403)
    form.form_errors.append(
        gettext("La discussione è stata chiusa mentre scrivevi: copia il tuo testo, se ti serve.")
    )
    return thread_html(page, form), 409


def _too_late(post: PostHead, form: EditForm) -> ResponseReturnValue:
    """The half hour is over, or the message was decided: the page still holds what was typed."""
    actor = current_actor()
    if actor.is_visitor:
        raise Unauthorized
    if post.author_id != actor.member_id:
        abort(403)
    form.form_errors.append(
        gettext("Il tempo per modificare è passato: copia il tuo testo e aggiungi una risposta.")
    )
    return _edit_form(post, form), 409


def _home_of(post: Post) -> str:
    return queries.permalink(post.thread_id, post.number)


def _tell_if_held(state: PostState | ThreadState) -> None:
    if state in (PostState.HELD, ThreadState.HELD):
        flash(
            gettext("Grazie. Il tuo messaggio sarà letto da chi modera prima di comparire."),
            "warm",
        )
    else:
        flash(gettext("Il tuo messaggio è pubblicato."), "ok")


def _no_preview(words: str) -> str:
    return str(Markup("<p>{}</p>").format(words))
