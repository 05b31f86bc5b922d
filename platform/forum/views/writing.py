"""Replying, opening discussions, rewriting and taking back one's own messages."""

from __future__ import annotations

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from markupsafe import Markup
from werkzeug.exceptions import Unauthorized

from core.access import authorise, current_actor, governed_by, permitted, signed_in
from core.domain import Refused
from core.i18n import language
from core.references import Reference
from core.registry import settings
from core.text import TextRefused, has_forbidden_characters, normalise, render_markdown
from core.versions import Conflict
from forum import policies, queries, services
from forum.forms import EditForm, ReplyForm, ThreadForm, fill_in, offer_bodies
from forum.models import Post, PostState, ThreadState
from forum.queries import Draft, PostHead, ThreadPage
from forum.rules.drafts import opening_place
from forum.rules.reading import read
from forum.views import blueprint
from forum.views.places import Place, asked_place, readers_of_place, readers_of_thread
from forum.views.reading import thread_html, thread_or_404
from forum.views.told import Told, told_of_opening, told_of_reply
from notifications.queries import is_following

_PREVIEW = "anteprima"
_WITH_FILE = "allega"


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
    form.text.readers = readers_of_thread(thread_id)
    target = form.reply_to_id and queries.reply_target(form.reply_to_id, thread_id, actor)
    was_following = is_following(actor.member_id, Reference("thread", thread_id))
    if not form.validate():
        return thread_html(page, form, target or None), 422
    if request.form.get("azione") == _PREVIEW:
        shown = shown_before(form.text.result.html)
        told = told_of_reply(page.thread, form)
        return thread_html(page, form, target or None, shown, told)
    try:
        post = services.add_post(
            thread_id=thread_id,
            text=form.text.result,
            by=actor,
            on_behalf_of_id=form.on_behalf_of.organisation_id,
            reply_to_id=form.reply_to_id,
            lang=language(),
            submission_key=form.submission_key.data or "",
            draft_version=form.draft_version.data,
        )
    except Refused:
        # Closed between reading and writing: say so, and give the text back.
        return _closed(thread_or_404(thread_id), form)
    _tell_if_held(post.state)
    if not was_following:
        flash(gettext("Da ora segui la discussione: le novità compaiono tra i tuoi avvisi."))
    if request.form.get("azione") == _WITH_FILE and policies.may_edit(actor, post):
        return redirect(url_for("attachments.create", kind="post", object_id=post.id))
    return redirect(_home_of(post))


@blueprint.post("/discussioni/anteprima")
@signed_in
def preview() -> ResponseReturnValue:
    """The HTML of a text as it would be kept, for the script that shows it beside the form."""
    text = request.form.get("text", "")
    if has_forbidden_characters(text):
        return _no_preview(gettext("Il testo contiene caratteri di controllo non visibili."))
    try:
        # Everybody who is public counts as a reader here: names are looked at when it is sent.
        called = queries.called_in(normalise(text), frozenset)
        return shown_before(render_markdown(called.text).html)
    except TextRefused as error:
        if error.reason == "too_long":
            return _no_preview(gettext("Il testo è troppo lungo."))
        return _no_preview(gettext("Il testo è troppo intricato per essere mostrato."))


@blueprint.get("/discussioni/nuova")
@governed_by(policies.may_open, policies.may_open_on)
def new_thread() -> ResponseReturnValue:
    place = asked_place()
    form = ThreadForm()
    draft = queries.draft(opening_place(place.reference, place.space_id), current_actor())
    if draft is not None:
        fill_in(form, draft)
    return _thread_form(form, place, draft=draft)


@blueprint.post("/discussioni/nuova")
@governed_by(policies.may_open, policies.may_open_on)
def open_thread() -> ResponseReturnValue:
    place = asked_place()
    actor = current_actor()
    form = ThreadForm()
    offer_bodies(form, actor)
    form.text.readers = readers_of_place(place)
    if not form.validate():
        return _thread_form(form, place), 422
    if request.form.get("azione") == _PREVIEW:
        shown = shown_before(form.text.result.html)
        return _thread_form(form, place, shown, told=told_of_opening(place, form))
    thread = services.start_thread(
        title=form.title.data or "",
        text=form.text.result,
        subject=place.reference,
        space_id=place.space_id,
        theme_id=form.theme.theme_id,
        by=actor,
        on_behalf_of_id=form.on_behalf_of.organisation_id,
        lang=language(),
        submission_key=form.submission_key.data or "",
        draft_version=form.draft_version.data,
    )
    _tell_if_held(thread.state)
    return redirect(url_for("forum.thread", thread_id=thread.id))


@blueprint.get("/messaggi/<int:post_id>/modifica")
@governed_by(policies.may_rewrite)
def edit_post(post_id: int) -> ResponseReturnValue:
    found = post_or_404(post_id)
    authorise(policies.may_rewrite, found)
    return _edit_form(found, EditForm(data={"text": found.text, "version": found.version}))


@blueprint.post("/messaggi/<int:post_id>/modifica")
@governed_by(policies.may_rewrite)
def save_post(post_id: int) -> ResponseReturnValue:
    found = post_or_404(post_id)
    form = EditForm()
    form.text.readers = readers_of_thread(found.thread_id)
    if not permitted(policies.may_rewrite, found):
        return _too_late(found, form)
    if not form.validate():
        return _edit_form(found, form), 422
    if request.form.get("azione") == _PREVIEW:
        return _edit_form(found, form, preview=shown_before(form.text.result.html))
    try:
        post = services.edit_post(
            post_id=post_id,
            text=form.text.result,
            version=form.version.data,
            by=current_actor(),
            hides_earlier=form.hides_earlier.data,
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


def _thread_form(
    form: ThreadForm,
    place: Place,
    preview_html: str | None = None,
    *,
    draft: Draft | None = None,
    told: Told | None = None,
) -> str:
    actor = current_actor()
    offer_bodies(form, actor)
    return render_template(
        "forum/new_thread.html",
        form=form,
        subject=place.subject,
        space_id=place.space_id,
        preview=None if preview_html is None else Markup(preview_html),  # noqa: S704
        draft=draft,
        told=told,
        place_args={
            "su": str(place.reference) if place.reference and not place.space_id else None,
            "spazio": place.space_id,
        },
        waits=not queries.is_trusted(actor),
    )


def shown_before(html: str) -> str:
    """A text that is not kept yet, as its writer will see it."""
    return read(html, queries.reading_of(html, current_actor()))


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
        is_own=post.author_id == actor.member_id,
        minutes=settings().edit_minutes,
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
