"""How a story leaves: the archive, or for good."""

from __future__ import annotations

from flask import abort, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from core.access import authorise, current_actor, governed_by
from practices import policies, services
from practices.forms import WithdrawForm
from practices.models import Practice, PracticeState
from practices.views import blueprint
from practices.views.deciding import decide
from practices.views.stories import story_or_404


@blueprint.get("/buone-pratiche/<slug:slug>/archivia")
@governed_by(policies.may_archive)
def archive(slug: str) -> ResponseReturnValue:
    story = story_or_404(slug)
    authorise(policies.may_archive, story)
    return _archive_page(story, WithdrawForm())


@blueprint.post("/buone-pratiche/<slug:slug>/archivia")
@governed_by(policies.may_archive)
def archive_now(slug: str) -> ResponseReturnValue:
    story = story_or_404(slug)
    authorise(policies.may_archive, story)
    form = WithdrawForm()
    return decide(
        story,
        form,
        services.archive_story,
        _archive_page,
        done=gettext("La storia è in archivio: si legge ancora, ma non è più in elenco."),
        then=url_for("practices.story", slug=story.slug),
        reason=form.reason.data or "",
    )


@blueprint.get("/buone-pratiche/<slug:slug>/rimuovi")
@governed_by(policies.may_remove)
def remove(slug: str) -> ResponseReturnValue:
    """Ask once more; an author deletes the own draft without giving a reason."""
    story = story_or_404(slug)
    authorise(policies.may_remove, story)
    return _remove_page(story, _removal_form(story))


@blueprint.post("/buone-pratiche/<slug:slug>/rimuovi")
@governed_by(policies.may_remove)
def remove_now(slug: str) -> ResponseReturnValue:
    story = story_or_404(slug)
    authorise(policies.may_remove, story)
    form = _removal_form(story)
    own = policies.is_author(current_actor(), story)
    return decide(
        story,
        form,
        services.remove_story,
        _remove_page,
        done=gettext("La storia «%(title)s» non c’è più.", title=story.title),
        then=url_for("practices.my_stories" if own else "practices.catalogue"),
        reason=form.reason.data or "" if "reason" in form else "",
    )


def _removal_form(story: Practice) -> WithdrawForm:
    form = WithdrawForm()
    if policies.is_author(current_actor(), story):
        del form.reason
    return form


def _archive_page(story: Practice, form: WithdrawForm, *, outdated: bool = False) -> str:
    return _withdraw_page(story, form, PracticeState.ARCHIVED, outdated=outdated)


def _remove_page(story: Practice, form: WithdrawForm, *, outdated: bool = False) -> str:
    return _withdraw_page(story, form, PracticeState.REMOVED, outdated=outdated)


def _withdraw_page(
    story: Practice, form: WithdrawForm, state: PracticeState, *, outdated: bool
) -> str:
    """The question before a story leaves; where its state does not let it go, there is none."""
    if state not in policies.next_states(current_actor(), story):
        abort(409)
    if form.version.data is None:
        form.see_version(story.version)
    return render_template(
        "practices/withdraw.html",
        story=story,
        form=form,
        removing=state is PracticeState.REMOVED,
        outdated=outdated,
    )
