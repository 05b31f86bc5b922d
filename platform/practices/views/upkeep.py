"""Whether a public story still holds: the question, and the two answers."""

from __future__ import annotations

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from core.access import authorise, current_actor, governed_by, signed_in
from core.versions import Conflict
from practices import policies, rules, services
from practices.forms import OutdateForm, PublishForm
from practices.models import Practice, PracticeState
from practices.queries import upkeep as queries
from practices.views import blueprint
from practices.views.deciding import decide
from practices.views.stories import story_or_404


@blueprint.get("/il-mio-spazio/storie/valgono-ancora")
@signed_in
def asked_stories() -> ResponseReturnValue:
    """Stories of which the actor is to say whether they hold: the own, and those of the body."""
    page = queries.asked_stories(
        current_actor(), after=request.args.get("dopo"), before=request.args.get("prima")
    )
    return render_template("practices/asked_stories.html", page=page)


@blueprint.get("/buone-pratiche/<slug:slug>/vale-ancora")
@governed_by(policies.may_confirm)
def confirm(slug: str) -> ResponseReturnValue:
    story = story_or_404(slug)
    authorise(policies.may_confirm, story)
    return _page(story)


@blueprint.post("/buone-pratiche/<slug:slug>/vale-ancora")
@governed_by(policies.may_confirm)
def confirm_now(slug: str) -> ResponseReturnValue:
    """Yes: the time begins anew."""
    story = story_or_404(slug)
    authorise(policies.may_confirm, story)
    form = PublishForm()
    if not form.validate():
        abort(400)
    try:
        services.confirm_story(practice_id=story.id, version=form.version.data, by=current_actor())
    except Conflict:
        return _page(story_or_404(slug), outdated=True), 409
    flash(gettext("Grazie: chi legge sa che la storia vale ancora."), "ok")
    return redirect(url_for("practices.story", slug=story.slug))


@blueprint.get("/buone-pratiche/<slug:slug>/superata")
@governed_by(policies.may_confirm)
def outdate(slug: str) -> ResponseReturnValue:
    story = story_or_404(slug)
    authorise(policies.may_confirm, story)
    return _outdate_page(story, OutdateForm(formdata=None, data={"version": story.version}))


@blueprint.post("/buone-pratiche/<slug:slug>/superata")
@governed_by(policies.may_confirm)
def outdate_now(slug: str) -> ResponseReturnValue:
    """No: the story stays, and says so."""
    story = story_or_404(slug)
    authorise(policies.may_confirm, story)
    form = OutdateForm()
    return decide(
        story,
        form,
        services.outdate_story,
        _outdate_page,
        done=gettext("La storia è segnata come superata: chi la legge lo sa."),
        then=url_for("practices.story", slug=story.slug),
        reason=form.reason.data or "",
    )


def _page(story: Practice, *, outdated: bool = False) -> str:
    if story.state not in rules.LISTED_STATES:
        abort(409)
    return render_template(
        "practices/confirmation.html",
        story=story,
        may_edit=policies.may_edit(current_actor(), story),
        outdated=outdated,
    )


def _outdate_page(story: Practice, form: OutdateForm, *, outdated: bool = False) -> str:
    if PracticeState.OUTDATED not in policies.next_states(current_actor(), story):
        abort(409)
    return render_template("practices/outdating.html", story=story, form=form, outdated=outdated)
