"""A decision about a story that comes with a form: taken, or shown again with what is wrong."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import flash, redirect
from flask.typing import ResponseReturnValue

from core.access import current_actor
from core.versions import Conflict
from practices.forms import OutdateForm, SendBackForm, ValidationForm, WithdrawForm
from practices.models import Practice
from practices.views.stories import story_or_404

DecisionForm = OutdateForm | SendBackForm | ValidationForm | WithdrawForm


def decide(
    story: Practice,
    form: DecisionForm,
    decision: Callable[..., Practice],
    page: Callable[..., str],
    *,
    done: str,
    then: str,
    **told: Any,
) -> ResponseReturnValue:
    """Take the decision with what the form tells, say that it is ``done``, and go on to ``then``.

    ``decision`` is a service; ``page(story, form, outdated=False)`` shows the form.
    Where the form is wrong, or its version is not the story's any more, nothing is lost: the page
    shows again what was typed, with the story as it stands now (422, 409).
    """
    if not form.validate():
        return page(story, form), 422
    try:
        decision(practice_id=story.id, version=form.version.data, by=current_actor(), **told)
    except Conflict:
        story = story_or_404(story.slug)
        form.see_version(story.version)
        return page(story, form, outdated=True), 409
    flash(done, "ok")
    return redirect(then)
