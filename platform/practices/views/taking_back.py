"""What authors take back: a story that was sent, a new text, an earlier version."""

from __future__ import annotations

from flask import abort, flash, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from core.access import authorise, current_actor, governed_by
from core.text import TextRefused
from practices import policies, services
from practices.forms import PublishForm, RestoreForm
from practices.queries import versions as queries
from practices.views import blueprint
from practices.views.stories import story_or_404


@blueprint.post("/buone-pratiche/<slug:slug>/ritira")
@governed_by(policies.may_withdraw)
def withdraw(slug: str) -> ResponseReturnValue:
    """A story that lies with the editors is its author's draft again."""
    story = story_or_404(slug)
    authorise(policies.may_withdraw, story)
    form = PublishForm()
    if not form.validate():
        abort(400)
    services.withdraw_story(practice_id=story.id, version=form.version.data, by=current_actor())
    flash(gettext("La storia è di nuovo una bozza: la vedi solo tu."), "ok")
    return redirect(url_for("practices.edit_story", slug=story.slug))


@blueprint.post("/buone-pratiche/<slug:slug>/modifica/ritira")
@governed_by(policies.may_withdraw)
def withdraw_revision(slug: str) -> ResponseReturnValue:
    story = story_or_404(slug)
    authorise(policies.may_withdraw, story)
    form = PublishForm()
    if not form.validate():
        abort(400)
    services.withdraw_revision(practice_id=story.id, version=form.version.data, by=current_actor())
    flash(gettext("Il nuovo testo è ritirato: resta quello pubblico."), "ok")
    return redirect(url_for("practices.story", slug=story.slug))


@blueprint.post("/buone-pratiche/<slug:slug>/ripristina")
@governed_by(policies.may_edit)
def restore(slug: str) -> ResponseReturnValue:
    """An earlier text comes back as a new one: nothing is deleted, and an author proposes it."""
    story, actor = story_or_404(slug), current_actor()
    authorise(policies.may_edit, story)
    form = RestoreForm()
    if not form.validate() or form.number.data is None:
        abort(400)
    content = queries.text_of_version(story, form.number.data, actor) or abort(404)
    try:
        content = queries.rendered(content)
    except TextRefused:
        flash(gettext("Questa versione non si può più ripristinare così com’è."), "no")
        return redirect(url_for("practices.versions", slug=story.slug))
    services.change_story(
        practice_id=story.id,
        version=form.version.data,
        content=content,
        restored=form.number.data,
        by=actor,
    )
    if policies.proposes(actor, story):
        flash(gettext("La versione ripristinata aspetta la redazione."), "ok")
    else:
        flash(gettext("La versione è ripristinata."), "ok")
    return redirect(url_for("practices.versions", slug=story.slug))
