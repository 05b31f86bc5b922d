"""A story before it goes to the editors: where it was left, how it will look, the sending."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from core import clock
from core.access import authorise, current_actor, governed_by, signed_in
from core.versions import Conflict
from practices import policies, rules, services
from practices.forms import PublishForm
from practices.models import Practice
from practices.queries import stories as queries
from practices.queries import words, writing
from practices.queries.revisions import text_for
from practices.rules import Part
from practices.views import blueprint
from practices.views.stories import told_by
from practices.views.writing import steps_of, story_to_write


@blueprint.get("/il-mio-spazio/storie")
@signed_in
def my_stories() -> ResponseReturnValue:
    """What the actor wrote, with what comes next."""
    page = queries.own_stories(
        current_actor(), after=request.args.get("dopo"), before=request.args.get("prima")
    )
    return render_template("practices/my_stories.html", page=page)


@blueprint.get("/buone-pratiche/<slug:slug>/riprendi")
@governed_by(policies.may_edit)
def resume_story(slug: str) -> ResponseReturnValue:
    """Where the author left off: unsaved text, else the first part that lacks something."""
    story, actor = story_to_write(slug), current_actor()
    authorise(policies.may_edit, story)
    lacking = writing.lacking(story, actor)
    goals = [*writing.unsaved_parts(story, actor), *(part for part in Part if lacking[part])]
    if goals:
        return redirect(url_for("practices.edit_story", slug=story.slug, part=goals[0]))
    return redirect(url_for("practices.check_story", slug=story.slug))


@blueprint.get("/buone-pratiche/<slug:slug>/rivedi")
@governed_by(policies.may_edit)
def check_story(slug: str) -> ResponseReturnValue:
    """The whole story as it will look, with what it still lacks."""
    story = story_to_write(slug)
    authorise(policies.may_edit, story)
    if story.slug != slug:
        return redirect(url_for("practices.check_story", slug=story.slug), 301)
    return _check_page(story)


@blueprint.post("/buone-pratiche/<slug:slug>/invia")
@governed_by(policies.may_submit)
def submit_story(slug: str) -> ResponseReturnValue:
    """Hand the story to the editors, if it lacks nothing and is the text that the author saw."""
    story, actor = story_to_write(slug), current_actor()
    authorise(policies.may_submit, story)
    form = PublishForm()
    if not form.validate() or (policies.may_edit(actor, story) and _hindrances(story)):
        return _check_page(story, tried=True), 422
    try:
        sent = services.hand_in(practice_id=story.id, version=form.version.data, by=actor)
    except Conflict:
        return _check_page(story_to_write(slug), outdated=True), 409
    flash(gettext("La storia è in redazione: ti scriviamo quando c’è una risposta."), "ok")
    return redirect(url_for("practices.story", slug=sent.slug))


def _check_page(story: Practice, *, tried: bool = False, outdated: bool = False) -> str:
    actor = current_actor()
    return render_template(
        "practices/check.html",
        **told_by(story, text_for(story, actor)),
        form=PublishForm(formdata=None, data={"version": story.version}),
        steps=steps_of(story.kind, story, "rivedi"),
        hindrances=_hindrances(story),
        tried=tried,
        outdated=outdated,
        proposes=policies.proposes(actor, story),
        is_own=policies.is_author(actor, story),
        can_send=story.state in rules.WRITING_STATES and policies.may_submit(actor, story),
    )


def _hindrances(story: Practice) -> list[tuple[str, str, str]]:
    """What keeps the story from being sent: its part, what is wrong, and the place's address."""
    actor = current_actor()
    found = [
        (part, str(words.FIELDS[name]), name)
        for part, names in writing.lacking(story, actor).items()
        for name in names
    ]
    if story.needed_by is not None and story.needed_by < clock.today():
        found.append((Part.BASICS, gettext("Il giorno entro cui serve è già passato"), "needed_by"))
    found += [
        (part, gettext("C’è testo che non hai ancora salvato"), "")
        for part in writing.unsaved_parts(story, actor)
    ]
    return [
        (
            words.part_label(story.kind, part),
            what,
            url_for(
                "practices.edit_story",
                slug=story.slug,
                part=part,
                _anchor=_ANCHORS.get(name, name) or None,
            ),
        )
        for part, what, name in sorted(found, key=lambda one: list(Part).index(one[0]))
    ]


# Where the control of a field has another id.
_ANCHORS = {"theme_ids": "theme_ids-0", "components": "components-0-title"}
