"""The editors' side: what waits, and the decisions on a story."""

from __future__ import annotations

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from core.access import authorise, current_actor, governed_by
from core.versions import Conflict
from practices import policies, services
from practices.forms import PublishForm, SendBackForm, WithdrawForm
from practices.models import Practice, PracticeState
from practices.queries import stories as queries
from practices.views import blueprint
from practices.views.stories import story_or_404, story_page


@blueprint.get("/redazione/storie")
@governed_by(policies.may_review)
def review_list() -> ResponseReturnValue:
    """What waits for the editors, oldest first."""
    authorise(policies.may_review)
    page = queries.waiting_stories(
        current_actor(), after=request.args.get("dopo"), before=request.args.get("prima")
    )
    return render_template("practices/review_list.html", page=page)


@blueprint.post("/buone-pratiche/<slug:slug>/pubblica")
@governed_by(policies.may_publish)
def publish(slug: str) -> ResponseReturnValue:
    story = story_or_404(slug)
    authorise(policies.may_publish, story)
    form = PublishForm()
    if not form.validate():
        abort(400)
    try:
        services.publish_story(practice_id=story.id, version=form.version.data, by=current_actor())
    except Conflict:
        return story_page(story_or_404(slug), outdated=True), 409
    flash(gettext("La storia è pubblica."), "ok")
    return redirect(url_for("practices.story", slug=story.slug))


@blueprint.post("/buone-pratiche/<slug:slug>/rimanda")
@governed_by(policies.may_send_back)
def send_back(slug: str) -> ResponseReturnValue:
    """Ask for changes, or refuse: which one the button says."""
    story = story_or_404(slug)
    authorise(policies.may_send_back, story)
    decide = _ANSWERS.get(request.form.get("esito", ""))
    if decide is None:
        abort(400)
    form = SendBackForm()
    if not form.validate():
        return story_page(story, send_back=form), 422
    try:
        decide(
            practice_id=story.id,
            version=form.version.data,
            reason=form.reason.data or "",
            by=current_actor(),
        )
    except Conflict:
        story = story_or_404(slug)
        form.see_version(story.version)
        return story_page(story, send_back=form, outdated=True), 409
    flash(gettext("Fatto: l’autore riceve la tua risposta per posta."), "ok")
    return redirect(url_for("practices.review_list"))


@blueprint.get("/buone-pratiche/<slug:slug>/archivia")
@governed_by(policies.may_archive)
def archive(slug: str) -> ResponseReturnValue:
    story = story_or_404(slug)
    authorise(policies.may_archive, story)
    return _withdraw_page(story, WithdrawForm(), PracticeState.ARCHIVED)


@blueprint.post("/buone-pratiche/<slug:slug>/archivia")
@governed_by(policies.may_archive)
def archive_now(slug: str) -> ResponseReturnValue:
    story = story_or_404(slug)
    authorise(policies.may_archive, story)
    form = WithdrawForm()
    if not form.validate():
        return _withdraw_page(story, form, PracticeState.ARCHIVED), 422
    try:
        services.archive_story(
            practice_id=story.id,
            version=form.version.data,
            reason=form.reason.data or "",
            by=current_actor(),
        )
    except Conflict:
        return _withdraw_page(story_or_404(slug), form, PracticeState.ARCHIVED, outdated=True), 409
    flash(gettext("La storia è in archivio: si legge ancora, ma non è più in elenco."), "ok")
    return redirect(url_for("practices.story", slug=story.slug))


@blueprint.get("/buone-pratiche/<slug:slug>/rimuovi")
@governed_by(policies.may_remove)
def remove(slug: str) -> ResponseReturnValue:
    """Ask once more; an author deletes the own draft without giving a reason."""
    story = story_or_404(slug)
    authorise(policies.may_remove, story)
    return _withdraw_page(story, _removal_form(story), PracticeState.REMOVED)


@blueprint.post("/buone-pratiche/<slug:slug>/rimuovi")
@governed_by(policies.may_remove)
def remove_now(slug: str) -> ResponseReturnValue:
    story = story_or_404(slug)
    authorise(policies.may_remove, story)
    form = _removal_form(story)
    if not form.validate():
        return _withdraw_page(story, form, PracticeState.REMOVED), 422
    try:
        services.remove_story(
            practice_id=story.id,
            version=form.version.data,
            reason=form.reason.data or "" if "reason" in form else "",
            by=current_actor(),
        )
    except Conflict:
        return _withdraw_page(story_or_404(slug), form, PracticeState.REMOVED, outdated=True), 409
    flash(gettext("La storia «%(title)s» non c’è più.", title=story.title), "ok")
    own = policies.is_author(current_actor(), story)
    return redirect(url_for("practices.my_stories" if own else "practices.catalogue"))


_ANSWERS = {"modifiche": services.request_changes, "respinta": services.reject_story}


def _removal_form(story: Practice) -> WithdrawForm:
    form = WithdrawForm()
    if policies.is_author(current_actor(), story):
        del form.reason
    return form


def _withdraw_page(
    story: Practice, form: WithdrawForm, state: PracticeState, *, outdated: bool = False
) -> str:
    """The question before a story leaves; where its state does not let it go, there is none."""
    if state not in policies.next_states(current_actor(), story):
        abort(409)
    if outdated or form.version.data is None:
        form.see_version(story.version)
    return render_template(
        "practices/withdraw.html",
        story=story,
        form=form,
        removing=state is PracticeState.REMOVED,
        outdated=outdated,
    )
