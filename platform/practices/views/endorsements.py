"""*Utile per noi*: a member says that a story is useful to a body, or takes it back."""

from __future__ import annotations

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from core.access import authorise, current_actor, governed_by, signed_in
from practices import policies, services
from practices.forms import EndorsementForm
from practices.models import Practice, PracticeKind
from practices.queries.endorsements import Endorsements, endorsements
from practices.views import blueprint
from practices.views.stories import story_or_404


@blueprint.get("/buone-pratiche/<slug:slug>/utile")
@signed_in
def endorsement(slug: str) -> ResponseReturnValue:
    """Say it, take it back, or read what it takes; this is where visitors' pages lead."""
    story = story_or_404(slug)
    if story.slug != slug:
        return redirect(url_for("practices.endorsement", slug=story.slug), 301)
    said = endorsements(story, current_actor())
    return _page(story, said, EndorsementForm.of(said, formdata=None))


@blueprint.post("/buone-pratiche/<slug:slug>/utile")
@governed_by(policies.may_endorse)
def endorse(slug: str) -> ResponseReturnValue:
    """Say it in the name of the body that the form names."""
    story, actor = story_or_404(slug), current_actor()
    authorise(policies.may_endorse, story)
    said = endorsements(story, actor)
    form = EndorsementForm.of(said)
    if not form.validate():
        return _page(story, said, form), 422
    services.endorse_story(
        practice_id=story.id, organisation_id=form.organisation_id.data, by=actor
    )
    if story.kind is PracticeKind.SEEK:
        flash(gettext("Grazie: ora si legge che serve anche al tuo ente."), "ok")
    else:
        flash(gettext("Grazie: ora si legge che è utile al tuo ente."), "ok")
    return _back(story)


@blueprint.post("/buone-pratiche/<slug:slug>/utile/ritira")
@governed_by(policies.may_withdraw_endorsement)
def withdraw_endorsement(slug: str) -> ResponseReturnValue:
    story = story_or_404(slug)
    authorise(policies.may_withdraw_endorsement, story)
    services.withdraw_endorsement(practice_id=story.id, by=current_actor())
    flash(gettext("Fatto: l’hai ritirato."), "ok")
    return _back(story)


def _page(story: Practice, said: Endorsements, form: EndorsementForm) -> str:
    actor = current_actor()
    body = story.organisation_id
    return render_template(
        "practices/endorsement.html",
        story=story,
        seeks=story.kind is PracticeKind.SEEK,
        said=said,
        form=form,
        is_own=policies.is_author(actor, story) or body in actor.organisation_ids,
    )


def _back(story: Practice) -> ResponseReturnValue:
    return redirect(url_for("practices.story", slug=story.slug, _anchor="utile"))
