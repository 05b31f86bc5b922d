"""The evaluators' side: what is to be validated, and the answers."""

from __future__ import annotations

from flask import abort, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from core.access import authorise, current_actor, governed_by
from practices import policies, rules, services
from practices.forms import SendBackForm, ValidationForm
from practices.models import Criterion, Practice, PracticeState
from practices.queries import validations as queries
from practices.queries.answers import validation_of
from practices.views import blueprint
from practices.views.deciding import decide
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
    return decide(
        story,
        form,
        services.validate_story,
        _page,
        done=gettext("La storia è validata: chi la legge trova le tue note."),
        then=url_for("practices.story", slug=story.slug),
        findings={criterion: form[criterion.value].data for criterion in Criterion},
    )


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
    return decide(
        story,
        form,
        services.decline_validation,
        _page,
        done=gettext("Fatto: l’autore riceve la tua risposta per posta."),
        then=url_for("practices.validation_list"),
        reason=form.reason.data or "",
    )


def _page(story: Practice, form: ValidationForm | SendBackForm, *, outdated: bool = False) -> str:
    """The text and the questions; where its state asks for no answer, only what happened:
    ``outdated``, the text changed or another evaluator answered.
    """
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
