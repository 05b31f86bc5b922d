"""The history of a story: its kept versions, and two of them side by side."""

from __future__ import annotations

from flask import abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from core.access import current_actor, public
from practices import policies
from practices.queries import versions as queries
from practices.views import blueprint
from practices.views.stories import story_or_404


@blueprint.get("/buone-pratiche/<slug:slug>/versioni")
@public
def versions(slug: str) -> ResponseReturnValue:
    """All versions that the reader may see; two can be chosen."""
    story = story_or_404(slug)
    if story.slug != slug:
        return redirect(url_for("practices.versions", slug=story.slug), 301)
    actor = current_actor()
    return render_template(
        "practices/versions.html",
        story=story,
        versions=queries.versions_of(story, actor),
        may_restore=policies.may_edit(actor, story),
        deeds=queries.history_of(story, actor),
    )


@blueprint.get("/buone-pratiche/<slug:slug>/confronta")
@public
def compare(slug: str) -> ResponseReturnValue:
    """What changed between two versions, whichever was named first."""
    story, actor = story_or_404(slug), current_actor()
    if story.slug != slug:
        return redirect(url_for("practices.versions", slug=story.slug), 301)
    known = {one.number: one for one in queries.versions_of(story, actor)}
    chosen = [request.args.get(name, default=0, type=int) for name in ("da", "a")]
    if not known.keys() >= set(chosen):
        abort(404)
    earlier, later = sorted(chosen)
    texts = [queries.text_of_version(story, number, actor) for number in (earlier, later)]
    old, new = (text if text is not None else abort(404) for text in texts)
    return render_template(
        "practices/comparison.html",
        story=story,
        earlier=known[earlier],
        later=known[later],
        fields=queries.compared(story.kind, old, new),
    )
