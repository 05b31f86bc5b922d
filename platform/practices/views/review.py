"""The editors' side: what waits, the text with its history, and the decisions."""

from __future__ import annotations

from collections.abc import Callable

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from core.access import authorise, current_actor, governed_by
from core.versions import Conflict
from practices import policies, rules, services
from practices.forms import PublishForm, SendBackForm
from practices.models import Practice, PracticeState
from practices.queries import answers, revisions, versions, words
from practices.queries import stories as queries
from practices.views import blueprint
from practices.views.deciding import decide
from practices.views.stories import story_or_404, told_by


@blueprint.get("/redazione/storie")
@governed_by(policies.may_review)
def review_list() -> ResponseReturnValue:
    """What waits for the editors, oldest first: stories, and new texts of public ones."""
    authorise(policies.may_review)
    actor = current_actor()
    page = queries.waiting_stories(
        actor, after=request.args.get("dopo"), before=request.args.get("prima")
    )
    return render_template(
        "practices/review_list.html", page=page, revisions=revisions.waiting_revisions(actor)
    )


@blueprint.get("/redazione/storie/<slug:slug>")
@governed_by(policies.may_review)
def review(slug: str) -> ResponseReturnValue:
    """One story as its editors work on it: what is new, all of it, and its history."""
    authorise(policies.may_review)
    story = story_or_404(slug)
    if story.slug != slug:
        return redirect(url_for("practices.review", slug=story.slug), 301)
    return review_page(story)


@blueprint.post("/buone-pratiche/<slug:slug>/pubblica")
@governed_by(policies.may_publish)
def publish(slug: str) -> ResponseReturnValue:
    story = story_or_404(slug)
    authorise(policies.may_publish, story)
    return _take(slug, services.publish_story, story, gettext("La storia è pubblica."))


@blueprint.post("/redazione/storie/<slug:slug>/approva")
@governed_by(policies.may_decide_revision)
def approve_revision(slug: str) -> ResponseReturnValue:
    story = story_or_404(slug)
    authorise(policies.may_decide_revision, story)
    return _take(slug, services.approve_revision, story, gettext("Il nuovo testo è pubblico."))


@blueprint.post("/buone-pratiche/<slug:slug>/rimanda")
@governed_by(policies.may_send_back)
def send_back(slug: str) -> ResponseReturnValue:
    """Ask for changes, or refuse: which one the button says."""
    story = story_or_404(slug)
    authorise(policies.may_send_back, story)
    return _answer(_ANSWERS.get(request.form.get("esito", "")), story)


@blueprint.post("/redazione/storie/<slug:slug>/rifiuta")
@governed_by(policies.may_decide_revision)
def refuse_revision(slug: str) -> ResponseReturnValue:
    story = story_or_404(slug)
    authorise(policies.may_decide_revision, story)
    return _answer(services.refuse_revision, story)


_ANSWERS = {"modifiche": services.request_changes, "respinta": services.reject_story}


def _take(
    slug: str, accept: Callable[..., Practice], story: Practice, done: str
) -> ResponseReturnValue:
    """A yes; where the text is another one by now, the page with what happened."""
    form = PublishForm()
    if not form.validate():
        abort(400)
    try:
        taken = accept(practice_id=story.id, version=form.version.data, by=current_actor())
    except Conflict:
        return review_page(story_or_404(slug), outdated=True), 409
    flash(done, "ok")
    return redirect(url_for("practices.story", slug=taken.slug))


def _answer(decision: Callable[..., Practice] | None, story: Practice) -> ResponseReturnValue:
    """A no with its reason; what was typed stays where it cannot be sent."""
    if decision is None:
        abort(400)
    form = SendBackForm()
    return decide(
        story,
        form,
        decision,
        review_page,
        done=gettext("Fatto: l’autore riceve la tua risposta per posta."),
        then=url_for("practices.review_list"),
        reason=form.reason.data or "",
    )


def review_page(
    story: Practice, answer: SendBackForm | None = None, *, outdated: bool = False
) -> str:
    """The page; ``outdated``: the text changed, or somebody decided, while an editor did."""
    actor = current_actor()
    revision = revisions.latest_revision(story, actor)
    pending = revision if revision is not None and revision.is_pending else None
    stands = rules.content_of(story)
    new = stands if pending is None else revisions.revision_text(story, pending)
    old = stands
    if pending is None and story.state is PracticeState.SUBMITTED:
        answered = versions.version_answered(story)
        read = None if answered is None else versions.text_of_version(story, answered, actor)
        old = read if read is not None else stands
    return render_template(
        "practices/review.html",
        **told_by(story, new),
        state_label=str(words.STATES[story.state]),
        pending=pending,
        fields=versions.compared(story.kind, old, new),
        is_first=pending is None and old is stands,
        ends_validation=pending is not None
        and story.state is PracticeState.VALIDATED
        and rules.is_rewritten(story.kind, stands, new),
        deeds=versions.history_of(story, actor),
        evaluations=answers.answers_on(story, actor).others,
        steps=policies.next_states(actor, story),
        answer=answer or SendBackForm(formdata=None, data={"version": story.version}),
        outdated=outdated,
    )
