"""From one state to the next."""

from __future__ import annotations

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from core.access import authorise, current_actor, governed_by, permitted
from core.versions import Conflict
from twinning import policies, rules, services
from twinning.forms import StepForm, step_form
from twinning.models import Twinning, TwinningState
from twinning.queries import page
from twinning.queries.lines import state_label
from twinning.rules import NotReady
from twinning.views import rows
from twinning.views.words import obstacle_text


@governed_by(policies.may_change_some_state)
def change_state(slug: str) -> ResponseReturnValue:
    """Choose the next state and say why."""
    twinning = rows.find(slug)
    permitted(policies.may_change_some_state, twinning)
    if request.method == "POST" and request.form.get("new") == twinning.state:
        # A double click: the first one brought it there.
        return redirect(url_for("twinning.twinning", slug=twinning.slug), 303)
    authorise(policies.may_change_some_state, twinning)
    form = step_form(current_actor(), twinning)
    if request.method != "POST":
        return _page(form, twinning)
    if not form.validate():
        return _page(form, twinning), 422
    new: TwinningState = form.new.data
    try:
        changed = services.change_state(
            twinning_id=twinning.id,
            new=new,
            version=form.version.data,
            reason=form.reason.data or "",
            by=current_actor(),
        )
    except NotReady as refusal:
        form.new.errors = [obstacle_text(one) for one in refusal.obstacles]
        return _page(form, _again(twinning.id)), 422
    except Conflict:
        return _conflict(form, twinning.id)
    flash(gettext("Ora il gemellaggio è: %(state)s.", state=state_label(new)), "success")
    if new is TwinningState.REMOVED:
        return redirect(url_for("twinning.twinnings"), 303)
    return redirect(url_for("twinning.twinning", slug=changed.slug), 303)


def _conflict(form: StepForm, twinning_id: int) -> ResponseReturnValue:
    """Somebody saved in between: show the state that holds now, and keep the reason."""
    twinning = _again(twinning_id)
    fresh = step_form(current_actor(), twinning)
    fresh.version.data, fresh.version.raw_data = twinning.version, None
    fresh.reason.data = form.reason.data
    return _page(fresh, twinning, conflict=True), 409


def _again(twinning_id: int) -> Twinning:
    found = page.twinning_by_id(twinning_id, current_actor())
    return found if found is not None else abort(404)


def _page(form: StepForm, twinning: Twinning, *, conflict: bool = False) -> str:
    return render_template(
        "twinning/state.html",
        form=form,
        twinning=twinning,
        state_label=state_label(twinning.state),
        conflict=conflict,
        not_ready=_not_ready(twinning),
    )


def _not_ready(twinning: Twinning) -> dict[TwinningState, list[str]]:
    """What must be put right before a step that the actor may take, by step."""
    steps = {
        new: [obstacle_text(one) for one in rules.obstacles(twinning, new)]
        for new in TwinningState
        if policies.may_change_state(current_actor(), twinning, new)
    }
    return {new: texts for new, texts in steps.items() if texts}
