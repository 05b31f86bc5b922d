"""Pinning, moving, merging and splitting discussions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from core import subjects
from core.access import authorise, current_actor, governed_by
from core.actor import Actor
from core.domain import Forbidden, Refused
from core.house_links import thing_at
from core.subjects import SubjectLine
from core.text import plain, shorten
from forum import policies, queries, services
from forum.forms import GENERAL, SUBJECT, MergeForm, MoveForm, SplitForm
from forum.models import PostState
from forum.queries import ThreadHead, ThreadPage
from forum.views import blueprint
from forum.views.reading import thread_or_404
from taxonomy.queries import theme

_LONGEST_BEGINNING = 120


def may_pin(actor: Actor, thread: ThreadHead) -> bool:
    """The policy with its question about the subject answered."""
    steward = thread.subject is not None and subjects.is_steward(thread.subject, actor)
    return policies.may_pin(actor, thread, is_steward=steward)


@blueprint.post("/discussioni/<int:thread_id>/evidenza")
@governed_by(may_pin)
def pin(thread_id: int) -> ResponseReturnValue:
    thread = _thread(thread_id, may_pin)
    pinned = request.form.get("evidenza", "1") != "0"
    services.pin_thread(thread_id=thread_id, pinned=pinned, by=current_actor())
    if pinned:
        flash(gettext("La discussione sta in cima all’elenco in cui si trova."), "ok")
    else:
        flash(gettext("La discussione torna al suo posto nell’elenco."), "ok")
    return redirect(thread.url, 303)


@blueprint.get("/discussioni/<int:thread_id>/sposta")
@governed_by(policies.may_arrange)
def move(thread_id: int) -> ResponseReturnValue:
    thread = _thread(thread_id, policies.may_arrange)
    chosen = theme(thread.theme_id) if thread.theme_id else None
    form = MoveForm(data={"where": GENERAL, "theme": chosen.code if chosen else ""})
    return _move_form(thread, form)


@blueprint.post("/discussioni/<int:thread_id>/sposta")
@governed_by(policies.may_arrange)
def move_now(thread_id: int) -> ResponseReturnValue:
    thread = _thread(thread_id, policies.may_arrange)
    form = MoveForm()
    if not form.validate():
        return _move_form(thread, form), 422
    target: SubjectLine | None = None
    if form.where.data == SUBJECT:
        named = thing_at((form.address.data or "").strip())
        target = subjects.find(named, current_actor()) if named else None
        if target is None or target.reference.kind in policies.NO_TOPICS:
            return _refused(
                thread,
                form,
                form.address,
                gettext("Qui non c’è niente che si possa discutere: controlla l’indirizzo."),
            )
    subject = target.reference if target else None
    if not policies.same_readers((thread.space_id, thread.subject), (thread.space_id, subject)):
        return _refused(
            thread,
            form,
            form.where,
            gettext(
                "Si sposta solo tra pagine aperte a tutti: altrimenti la leggerebbe chi oggi "
                "non può, o non la leggerebbe più chi può."
            ),
        )
    services.move_thread(
        thread_id=thread_id,
        subject=subject,
        theme_id=None if subject else form.theme.theme_id,
        reason=form.reason.data or "",
        by=current_actor(),
    )
    flash(gettext("La discussione è stata spostata. I suoi indirizzi restano gli stessi."), "ok")
    return redirect(thread.url, 303)


@blueprint.get("/discussioni/<int:thread_id>/unisci")
@governed_by(policies.may_arrange)
def merge(thread_id: int) -> ResponseReturnValue:
    thread = _thread(thread_id, policies.may_arrange)
    return render_template("forum/merge.html", thread=thread, form=MergeForm())


@blueprint.post("/discussioni/<int:thread_id>/unisci")
@governed_by(policies.may_arrange)
def merge_now(thread_id: int) -> ResponseReturnValue:
    thread = _thread(thread_id, policies.may_arrange)
    form = MergeForm()
    if not form.validate():
        return render_template("forum/merge.html", thread=thread, form=form), 422
    fault = _fault_of_merging(thread, form.into_id)
    if fault is None:
        assert form.into_id is not None
        made = services.merge_threads(
            thread_id=thread_id,
            into_id=form.into_id,
            reason=form.reason.data or "",
            by=current_actor(),
        )
        flash(gettext("Le due discussioni sono una. I vecchi indirizzi portano qui."), "ok")
        return redirect(url_for("forum.thread", thread_id=made.id), 303)
    form.into.errors = [fault]
    return render_template("forum/merge.html", thread=thread, form=form), 422


@blueprint.get("/discussioni/<int:thread_id>/dividi")
@governed_by(policies.may_arrange)
def split(thread_id: int) -> ResponseReturnValue:
    page = _page(thread_id)
    return _split_form(page, _offered(page, SplitForm()))


@blueprint.post("/discussioni/<int:thread_id>/dividi")
@governed_by(policies.may_arrange)
def split_now(thread_id: int) -> ResponseReturnValue:
    page = _page(thread_id)
    form = _offered(page, SplitForm())
    if not form.validate():
        return _split_form(page, form), 422
    try:
        made = services.split_thread(
            thread_id=thread_id,
            numbers={int(value) for value in form.numbers.data or ()},
            and_after=bool(form.and_after.data),
            title=form.title.data or "",
            reason=form.reason.data or "",
            by=current_actor(),
        )
    except Forbidden:
        raise
    except Refused:
        form.numbers.errors = [
            gettext("Così qui non resterebbe niente: lascia almeno un messaggio visibile.")
        ]
        return _split_form(page, form), 422
    flash(gettext("È nata una nuova discussione. Al posto dei messaggi resta un rinvio."), "ok")
    return redirect(url_for("forum.thread", thread_id=made.id), 303)


def _thread(thread_id: int, policy: Callable[..., bool]) -> ThreadHead:
    thread = queries.thread_head(thread_id, current_actor())
    if thread is None:
        abort(404)
    authorise(policy, thread)
    return thread


def _page(thread_id: int) -> ThreadPage:
    page = thread_or_404(thread_id)
    authorise(policies.may_arrange, page.thread)
    return page


def _move_form(thread: ThreadHead, form: MoveForm) -> str:
    return render_template("forum/move.html", thread=thread, form=form)


def _refused(thread: ThreadHead, form: MoveForm, field: Any, words: str) -> tuple[str, int]:
    field.errors = [words]
    return _move_form(thread, form), 422


def _fault_of_merging(thread: ThreadHead, into_id: int | None) -> str | None:
    """Why the discussion cannot go into the other one, in words; None where it can."""
    found = None if into_id is None else queries.thread_head(into_id, current_actor())
    if found is None or not policies.may_arrange(current_actor(), found):
        return str(gettext("Questa discussione non c’è: controlla l’indirizzo."))
    if found.id == thread.id:
        return str(gettext("È la stessa discussione: scegline un’altra."))
    here, there = (thread.space_id, thread.subject), (found.space_id, found.subject)
    if not policies.same_readers(here, there):
        return str(gettext("Le due discussioni non hanno gli stessi lettori: restano divise."))
    if thread.introduction:
        return str(
            gettext("Questa discussione ha un’introduzione: unisci piuttosto l’altra a questa.")
        )
    return None


def _offered(page: ThreadPage, form: SplitForm) -> SplitForm:
    form.numbers.choices = [
        (str(post.number), _beginning(post.number, post.author.name, post.html))
        for post in page.posts
        if post.state is not PostState.REMOVED
    ]
    return form


def _beginning(number: int, author: str, html: str) -> str:
    said = shorten(" ".join(plain(html).split()), _LONGEST_BEGINNING)
    return str(gettext("n. %(n)s, %(author)s: %(said)s", n=number, author=author, said=said))


def _split_form(page: ThreadPage, form: SplitForm) -> str:
    return render_template("forum/split.html", page=page, thread=page.thread, form=form)
