"""The evaluators' side: what is to be validated, and the answers."""

from __future__ import annotations

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from core.access import authorise, current_actor, governed_by
from core.versions import Conflict
from practices import policies, rules, services
from practices.forms import SendBackForm, ValidationForm
from practices.models import Criterion, Practice, PracticeState
from practices.queries import validations as queries
from practices.queries.answers import validation_of
from practices.views import blueprint
from practices.views.stories import sections_of, story_or_404


@blueprint.get("/valutazione/storie")
@governed_by(policies.may_evaluate)
def validation_list() -> ResponseReturnValue:
    """What waits for the evaluators, oldest first."""
    authorise(policies.may_evaluate)
    page = queries.stories_to_validate(
        current_actor(), after=request.args.get("dopo"), before=request.args.get("prima")
    )
    return render_template("practices/validation_list.html", page=page)


@blueprint.get("/buone-pratiche/<slug:slug>/valida")
@governed_by(policies.may_validate)
def validate(slug: str) -> ResponseReturnValue:
    story = story_or_404(slug)
    authorise(policies.may_validate, story)
    return _page(story, ValidationForm(formdata=None, data={"version": story.version}))


@blueprint.post("/buone-pratiche/<slug:slug>/valida")
@governed_by(policies.may_validate)
def validate_now(slug: str) -> ResponseReturnValue:
    """The story meets the criteria, and the notes say how."""
    story = story_or_404(slug)
    authorise(policies.may_validate, story)
    form = ValidationForm()
    if not form.validate():
        return _page(story, form), 422
    try:
        services.validate_story(
            practice_id=story.id,
            version=form.version.data,
            findings={criterion: form[criterion.value].data for criterion in Criterion},
            by=current_actor(),
        )
    except Conflict:
        return _again(slug, form)
    flash(gettext("La storia è validata: chi la legge trova le tue note."), "ok")
    return redirect(url_for("practices.story", slug=story.slug))


@blueprint.get("/buone-pratiche/<slug:slug>/valida/non-ancora")
@governed_by(policies.may_validate)
def decline(slug: str) -> ResponseReturnValue:
    story = story_or_404(slug)
    authorise(policies.may_validate, story)
    return _page(story, SendBackForm(formdata=None, data={"version": story.version}))


@blueprint.post("/buone-pratiche/<slug:slug>/valida/non-ancora")
@governed_by(policies.may_validate)
def decline_now(slug: str) -> ResponseReturnValue:
    """It does not yet; the author reads why."""
    story = story_or_404(slug)
    authorise(policies.may_validate, story)
    form = SendBackForm()
    if not form.validate():
        return _page(story, form), 422
    try:
        services.decline_validation(
            practice_id=story.id,
            version=form.version.data,
            reason=form.reason.data or "",
            by=current_actor(),
        )
    except Conflict:
        return _again(slug, form)
    flash(gettext("Fatto: l’autore riceve la tua risposta per posta."), "ok")
    return redirect(url_for("practices.validation_list"))


def _again(slug: str, form: ValidationForm | SendBackForm) -> ResponseReturnValue:
    """The text changed, or another evaluator answered: the answer is shown with what stands now."""
    story = story_or_404(slug)
    form.see_version(story.version)
    return _page(story, form, outdated=True), 409


def _page(story: Practice, form: ValidationForm | SendBackForm, *, outdated: bool = False) -> str:
    """The text and the questions; where its state asks for no answer, only what happened."""
    if story.state is not PracticeState.PUBLISHED and not outdated:
        abort(409)
    return render_template(
        "practices/validation.html",
        story=story,
        form=form,
        declining=isinstance(form, SendBackForm),
        waits=story.state is PracticeState.PUBLISHED,
        sections=sections_of(story.kind, rules.content_of(story)),
        validation=validation_of(story),
        outdated=outdated,
    )
