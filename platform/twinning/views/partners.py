"""Bodies that take part: recorded from their acts, taken out again, not asked any more."""

from __future__ import annotations

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from core.access import authorise, current_actor, governed_by, permitted
from core.domain import Forbidden, Refused
from twinning import policies, services
from twinning.forms import PartnerForm, WithdrawForm, partner_form
from twinning.models import ParticipationState, Twinning
from twinning.queries import page
from twinning.queries.page import Partner
from twinning.rules import PARTICIPATION_TRANSITIONS, NotReady
from twinning.views import rows
from twinning.views.words import obstacle_text


@governed_by(policies.may_record_partner)
def record(slug: str) -> ResponseReturnValue:
    """Note from its act that a body takes part."""
    twinning = rows.find(slug)
    authorise(policies.may_record_partner, twinning)
    form = partner_form()
    if request.method != "POST":
        return _record_page(form, twinning)
    if not form.is_fit() or form.organisation_id is None:
        return _record_page(form, twinning), 422
    try:
        services.record_partner(
            twinning_id=twinning.id,
            organisation_id=form.organisation_id,
            role=form.role.data,
            act=form.act.data or "",
            unit=form.unit.data or "",
            accepted_on=form.accepted_on.data,
            key=form.submission_key.data or "",
            by=current_actor(),
        )
    except Forbidden:
        raise
    except Refused:
        form.name.errors = [gettext("Questo ente ha già questo ruolo, o è ancora invitato.")]
        return _record_page(form, rows.find(slug)), 422
    flash(gettext("L’adesione è agli atti."), "success")
    return redirect(url_for("twinning.partners", slug=twinning.slug), 303)


@governed_by(policies.may_take_out)
def withdraw(slug: str, participation_id: int) -> ResponseReturnValue:
    """Take a body out again, or its invitation back."""
    twinning = rows.find(slug)
    partner = page.participation(twinning, participation_id, current_actor())
    if partner is None:
        abort(404)
    there = next(one for one in twinning.participations if one.id == participation_id)
    permitted(policies.may_take_out, twinning, there)
    if partner.state is ParticipationState.WITHDRAWN:
        # A double click, or an old link: the body has left already.
        return redirect(url_for("twinning.partners", slug=twinning.slug), 303)
    authorise(policies.may_take_out, twinning, there)
    if not PARTICIPATION_TRANSITIONS.allows(partner.state, ParticipationState.WITHDRAWN):
        abort(404)
    form = WithdrawForm()
    if request.method != "POST":
        return _withdraw_page(form, twinning, partner)
    if not form.validate():
        return _withdraw_page(form, twinning, partner), 422
    try:
        services.withdraw_partner(
            participation_id=participation_id,
            reason=form.reason.data or "",
            by=current_actor(),
        )
    except NotReady as refusal:
        form.reason.errors = [
            gettext("Il gemellaggio è attivo: prima sospendilo."),
            *(obstacle_text(one) for one in refusal.obstacles),
        ]
        return _withdraw_page(form, rows.find(slug), partner), 422
    flash(
        gettext("L’ente non partecipa più.")
        if partner.is_standing
        else gettext("L’invito è ritirato."),
        "success",
    )
    return redirect(url_for("twinning.partners", slug=twinning.slug), 303)


def _record_page(form: PartnerForm, twinning: Twinning) -> str:
    return render_template("twinning/record_partner.html", form=form, twinning=twinning)


def _withdraw_page(form: WithdrawForm, twinning: Twinning, partner: Partner) -> str:
    return render_template(
        "twinning/withdraw_partner.html", form=form, twinning=twinning, partner=partner
    )
