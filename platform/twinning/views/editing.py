"""Writing about a twinning: a new draft, a new text, two editors at once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from core.access import authorise, current_actor, governed_by
from core.actor import Role
from core.links import id_in
from core.text import Rendered
from core.versions import Conflict
from organisations.queries import lines
from practices.queries import Proposal, match_to_twin
from twinning import policies, rules, services
from twinning.forms import Button, TwinningForm, twinning_form
from twinning.models import ParticipationRole, Twinning, TwinningState
from twinning.queries import page
from twinning.queries.lines import role_label
from twinning.views import rows
from twinning.views.words import role_hints


@governed_by(policies.may_create)
def create() -> ResponseReturnValue:
    """Begin a draft, out of nothing or from a match that two sides talk about."""
    authorise(policies.may_create)
    proposal = _asked_proposal()
    form = twinning_form(current_actor(), proposal=proposal)
    if request.method != "POST":
        return _page(form, proposal=proposal)
    if not form.is_fit(TwinningState.DRAFT):
        return _page(form, proposal=proposal), 422
    if form.button is Button.PREVIEW:
        return _page(form, preview=True, proposal=proposal)
    actor = current_actor()
    try:
        made = services.create_twinning(
            content=form.content(
                coordinator_id=actor.member_id if actor.has(Role.COORDINATOR) else None
            ),
            own=form.own,
            key=form.submission_key.data or "",
            by=actor,
            match_id=proposal.match_id if proposal is not None else None,
        )
    except Conflict as conflict:
        # The form came back changed after it had made its twinning: go on as an edit of that one.
        return _conflict(form, conflict)
    flash(gettext("La bozza è salvata."), "success")
    return redirect(url_for("twinning.twinning", slug=made.slug), 303)


@governed_by(policies.may_edit)
def edit(slug: str) -> ResponseReturnValue:
    """Change texts and facts."""
    twinning = rows.find(slug)
    authorise(policies.may_edit, twinning)
    form = twinning_form(current_actor(), twinning)
    if request.method != "POST":
        return _page(form, twinning)
    if not form.is_fit(twinning.state):
        return _page(form, twinning), 422
    if form.button is Button.PREVIEW:
        return _page(form, twinning, preview=True)
    try:
        changed = services.change_twinning(
            twinning_id=twinning.id,
            version=form.version.data,
            content=form.content(coordinator_id=twinning.coordinator_id),
            by=current_actor(),
        )
    except Conflict as conflict:
        return _conflict(form, conflict)
    flash(gettext("Le modifiche sono salvate."), "success")
    return redirect(url_for("twinning.twinning", slug=changed.slug), 303)


def _conflict(form: TwinningForm, conflict: Conflict) -> ResponseReturnValue:
    """Show what was typed with what stands now beside it; sending again replaces that."""
    assert isinstance(conflict.current, Twinning)
    twinning = page.twinning_by_id(conflict.current.id, current_actor())
    if twinning is None or not policies.may_edit(current_actor(), twinning):
        abort(404)
    theirs = _theirs(form, twinning)
    form.version.data = twinning.version
    form.version.raw_data = None
    return _page(form, twinning, theirs=theirs, conflict=True), 409


def _theirs(form: TwinningForm, twinning: Twinning) -> Mapping[str, str]:
    """What others saved in the fields where it differs, in words."""
    saved = rules.content_of(twinning)
    mine = form.content(coordinator_id=twinning.coordinator_id)
    return {
        name: _in_words(form, name, getattr(saved, name))
        for name in rules.differences(saved, mine)
        if name in form
    }


def _in_words(form: TwinningForm, name: str, value: Any) -> str:
    if isinstance(value, Rendered):
        return value.source
    choices = getattr(form[name], "choices", None)
    if choices:
        values = value if isinstance(value, frozenset) else {value}
        return ", ".join(str(label) for key, label in choices if (key or None) in values)
    return "" if value is None else str(value)


def _page(
    form: TwinningForm,
    twinning: Twinning | None = None,
    *,
    preview: bool = False,
    theirs: Mapping[str, str] | None = None,
    conflict: bool = False,
    proposal: Proposal | None = None,
) -> str:
    if twinning is None:
        action = url_for("twinning.create", corrispondenza=proposal and proposal.match_id)
    else:
        action = url_for("twinning.edit", slug=twinning.slug)
    return render_template(
        "twinning/edit.html",
        form=form,
        twinning=twinning,
        action=action,
        previews=_previews(form) if preview else {},
        theirs=theirs or {},
        conflict=conflict,
        role_hints=role_hints(),
        invited=_invited(proposal),
    )


def _asked_proposal() -> Proposal | None:
    """The match that the address names; what cannot be begun from is not there.

    A form that made its twinning already comes back to a match that is twinned: that goes on
    without it, and leads to what was made.
    """
    asked = id_in(request.args.get("corrispondenza"))
    return None if asked is None else match_to_twin(asked, current_actor())


def _invited(proposal: Proposal | None) -> list[tuple[str, str]]:
    """The bodies that saving asks to join, by name, each with its role in words."""
    if proposal is None:
        return []
    ends = {
        proposal.giver_id: ParticipationRole.GIVER,
        proposal.receiver_id: ParticipationRole.RECEIVER,
    }
    own = current_actor().contact_organisation_ids
    found = lines(number for number in ends if number is not None and number not in own)
    return [(line.name, role_label(ends[number])) for number, line in found.items()]


def _previews(form: TwinningForm) -> Mapping[str, str]:
    content = form.content()
    return {name: getattr(content, name).html for name in rules.SECTIONS}
