"""A story's page, and what its readers may do with it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import abort, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from core.access import current_actor, public
from members.queries import Person, people
from organisations import policies as organisation_policies
from organisations import queries as organisations
from organisations.models import Organisation
from practices import policies, queries, rules
from practices.models import Practice, PracticeKind
from practices.queries import words
from practices.queries.answers import answers_on
from practices.queries.endorsements import endorsements
from practices.rules import StoryContent
from practices.views import blueprint
from taxonomy import queries as taxonomy
from territory import queries as territory


@blueprint.get("/buone-pratiche/<slug:slug>")
@public
def story(slug: str) -> ResponseReturnValue:
    """Everything that a story tells, to those who may open it."""
    found = story_or_404(slug)
    if found.slug != slug:
        return redirect(url_for("practices.story", slug=found.slug), 301)
    return story_page(found)


def story_or_404(slug: str) -> Practice:
    """The story that has, or had, this address; for somebody who may not open it there is none."""
    found = queries.story(slug, current_actor())
    if found is None:
        abort(404)
    return found


def story_page(story: Practice) -> str:
    """The page, with what its reader may do."""
    actor = current_actor()
    steps = policies.next_states(actor, story)
    answers = answers_on(story, actor, also=[story.author_id])
    told = told_by(story, known=answers.people)
    return render_template(
        "practices/story.html",
        **told,
        state_label=str(words.STATES[story.state]),
        index=[(heading, anchor) for anchor, heading, _ in told["sections"]],
        is_author=policies.is_author(actor, story),
        may_edit=policies.may_edit(actor, story),
        steps=steps,
        is_public=story.state in rules.PUBLIC_STATES,
        is_listed=story.state in rules.LISTED_STATES,
        is_signed_in=not actor.is_visitor,
        said=endorsements(story, actor, with_names=False),
        revision=answers.revision,
        validation=answers.standing,
        evaluations=answers.others,
        may_confirm=policies.may_confirm(actor, story) and story.state in rules.LISTED_STATES,
        may_withdraw=policies.may_withdraw(actor, story),
        may_review=policies.may_review(actor),
    )


def told_by(
    story: Practice,
    text: StoryContent | None = None,
    known: Mapping[int, Person] | None = None,
) -> dict[str, Any]:
    """What the page of a story shows of it, wherever it is shown; ``text``: a new one, ``known``:
    people who were asked about already, the author among them.
    """
    told = text or rules.content_of(story)
    body = _speaks_for(story, told)
    known = people([story.author_id]) if known is None else known
    return {
        "story": story,
        "told": told,
        "kind_label": words.KINDS[story.kind],
        "seeks": story.kind is PracticeKind.SEEK,
        "sections": sections_of(story.kind, told),
        "themes": [one for one in taxonomy.themes_by_id().values() if one.id in told.theme_ids],
        "place": told.territory_id and territory.place(told.territory_id),
        "region": told.territory_id and territory.region_of(told.territory_id),
        "body": body,
        "body_is_public": body is not None
        and organisation_policies.is_visible(current_actor(), body),
        "author": known.get(story.author_id or 0),
    }


def _speaks_for(story: Practice, told: StoryContent) -> Organisation | None:
    """The body in whose name a text stands: a new one may name another than the story does."""
    if told.organisation_id == story.organisation_id:
        return story.organisation
    if told.organisation_id is None:
        return None
    return organisations.organisation_by_id(told.organisation_id, current_actor())


def sections_of(kind: PracticeKind, content: StoryContent) -> list[tuple[str, str, str]]:
    """Anchor, heading and HTML of the parts that have any text."""
    return [
        (section.name.replace("_", "-"), str(words.SECTIONS[section.name]), written.html)
        for section in rules.SECTIONS[kind]
        if (written := content.sections.get(section.name)) is not None and written.html
    ]
