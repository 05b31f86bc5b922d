"""Writing a story: the choice of its kind, the form, its preview, and the author's own list."""

from __future__ import annotations

from collections.abc import Mapping

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from core.access import authorise, current_actor, governed_by, signed_in
from core.versions import Conflict
from practices import policies, rules, services
from practices.forms import Step, StoryForm, story_form
from practices.models import Practice, PracticeKind, PracticeState
from practices.queries import stories as queries
from practices.queries import words
from practices.views import blueprint
from practices.views.stories import story_or_404


@blueprint.get("/il-mio-spazio/storie")
@signed_in
def my_stories() -> ResponseReturnValue:
    """What the actor wrote, with what comes next."""
    page = queries.own_stories(
        current_actor(), after=request.args.get("dopo"), before=request.args.get("prima")
    )
    return render_template("practices/my_stories.html", page=page)


@blueprint.get("/invia-una-storia")
@governed_by(policies.may_create)
def send_story() -> ResponseReturnValue:
    """First the kind, then its form."""
    authorise(policies.may_create)
    kind = words.kind_of(request.args.get("tipo"))
    if kind is None:
        return render_template("practices/choose_kind.html")
    return _form_page(story_form(kind, current_actor()), kind)


@blueprint.post("/invia-una-storia")
@governed_by(policies.may_create)
def create_story() -> ResponseReturnValue:
    """Preview, keep as a draft, or hand to the editors."""
    authorise(policies.may_create)
    kind, actor = words.kind_of(request.args.get("tipo")), current_actor()
    if kind is None:
        abort(400)
    form = story_form(kind, actor)
    sending = form.step is Step.SEND
    if not form.is_fit(kind, complete=sending, affiliated=actor.is_verified):
        return _form_page(form, kind), 422
    if form.step is Step.PREVIEW:
        return _form_page(form, kind, preview=True)
    begin = services.send_story if sending else services.draft_story
    key = form.submission_key.data or ""
    try:
        made = begin(kind=kind, content=form.content(kind), key=key, by=actor)
    except Conflict:
        return _conflict_page(form, queries.story_made_with(key, actor) or abort(404))
    return _saved(made, form.step)


@blueprint.get("/buone-pratiche/<slug:slug>/modifica")
@governed_by(policies.may_edit)
def edit_story(slug: str) -> ResponseReturnValue:
    story = story_or_404(slug)
    authorise(policies.may_edit, story)
    if story.slug != slug:
        return redirect(url_for("practices.edit_story", slug=story.slug), 301)
    return _form_page(story_form(story.kind, current_actor(), story), story.kind, story)


@blueprint.post("/buone-pratiche/<slug:slug>/modifica")
@governed_by(policies.may_write)
def save_story(slug: str) -> ResponseReturnValue:
    """As ``create_story``; where the text lies with somebody else by now, both are shown."""
    story, actor = story_or_404(slug), current_actor()
    authorise(policies.may_write, story)
    form = story_form(story.kind, actor, story)
    sending = form.step is Step.SEND
    correcting = form.step is Step.SAVE and story.state not in rules.WRITING_STATES
    affiliated = sending and actor.is_verified
    if not form.is_fit(story.kind, complete=sending or correcting, affiliated=affiliated):
        return _form_page(form, story.kind, story), 422
    if form.step is Step.PREVIEW:
        return _form_page(form, story.kind, story, preview=True)
    keep = services.submit_story if sending else services.change_story
    try:
        kept = keep(
            practice_id=story.id,
            version=form.version.data,
            content=form.content(story.kind),
            by=actor,
        )
    except Conflict:
        return _conflict_page(form, story_or_404(slug))
    return _saved(kept, form.step)


def _form_page(
    form: StoryForm,
    kind: PracticeKind,
    story: Practice | None = None,
    *,
    preview: bool = False,
    theirs: Mapping[str, str] | None = None,
) -> str:
    """The form; ``theirs`` is, by field, the text that stands where this one says otherwise."""
    actor = current_actor()
    return render_template(
        "practices/form.html",
        form=form,
        kind=kind,
        kind_label=words.KINDS[kind],
        story=story,
        sections=form.sections(kind),
        preview=form.rendered_sections(kind) if preview else None,
        theirs=theirs,
        can_save=story is None or policies.may_edit(actor, story),
        can_send=story is None or policies.is_author(actor, story),
    )


def _conflict_page(form: StoryForm, story: Practice) -> ResponseReturnValue:
    """Both texts; sending this form again is a decision, so it carries the newest version."""
    theirs = story_form(story.kind, current_actor(), story, from_request=False)
    differing = rules.differences(story.kind, rules.content_of(story), form.content(story.kind))
    form.see_version(story.version)
    stand = theirs.in_words()
    page = _form_page(form, story.kind, story, theirs={name: stand[name] for name in differing})
    return page, 409


def _saved(story: Practice, step: Step) -> ResponseReturnValue:
    """Back to the form while the text lies with its author, else to the page that shows it."""
    if step is Step.SEND:
        flash(gettext("La storia è in redazione: ti scriviamo quando c’è una risposta."), "ok")
    elif story.state is PracticeState.DRAFT:
        flash(gettext("Bozza salvata. La vedi solo tu finché non la invii."), "ok")
    else:
        flash(gettext("Le modifiche sono salvate."), "ok")
    page = "practices.edit_story" if story.state in rules.WRITING_STATES else "practices.story"
    return redirect(url_for(page, slug=story.slug))
