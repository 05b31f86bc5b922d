"""The handshake: inviting a body, its contact person's answer, and leaving again."""

from __future__ import annotations

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from werkzeug.exceptions import Unauthorized

from core.access import authorise, current_actor, governed_by, permitted
from core.domain import Forbidden, Refused
from members.queries import contact_ids
from organisations.services import SameName
from twinning import policies, services
from twinning.forms import (
    AnswerForm,
    InviteForm,
    LeaveForm,
    NewcomerForm,
    Reply,
    answer_form,
    invite_form,
    newcomer_form,
)
from twinning.models import Participation, ParticipationState, Twinning
from twinning.queries import page
from twinning.queries.lines import role_label
from twinning.rules import is_standing, still_runs
from twinning.services import InvitationClosed
from twinning.views import rows
from twinning.views.words import role_hints

_ANSWERS = {
    Reply.ACCEPT: ParticipationState.ACCEPTED,
    Reply.REFUSE: ParticipationState.REFUSED,
}


@governed_by(policies.may_invite)
def invite(slug: str) -> ResponseReturnValue:
    """Ask a body to take part."""
    twinning = rows.find(slug)
    authorise(policies.may_invite, twinning)
    form = invite_form()
    if request.method != "POST":
        return _invite_page(form, twinning)
    if not form.is_fit() or form.organisation_id is None:
        return _invite_page(form, twinning), 422
    try:
        services.invite_partner(
            twinning_id=twinning.id,
            organisation_id=form.organisation_id,
            role=form.role.data,
            unit=form.unit.data or "",
            message=form.message.data or "",
            key=form.submission_key.data or "",
            by=current_actor(),
        )
    except Forbidden:
        raise
    except Refused:
        form.name.errors = [gettext("Questo ente ha già questo ruolo, o è già invitato.")]
        return _invite_page(form, rows.find(slug)), 422
    if contact_ids(form.organisation_id):
        flash(gettext("L’invito è partito: il referente dell’ente riceve un’e-mail."), "success")
    else:
        flash(
            gettext(
                "L’invito è registrato, ma questo ente non ha ancora un referente su Gemella:"
                " potrà rispondere quando ne avrà uno."
            ),
            "warning",
        )
    return redirect(url_for("twinning.partners", slug=twinning.slug), 303)


@governed_by(policies.may_invite)
def invite_newcomer(slug: str) -> ResponseReturnValue:
    """Ask a body that is not here yet, by a link to somebody who can speak for it."""
    twinning = rows.find(slug)
    authorise(policies.may_invite, twinning)
    form = newcomer_form()
    if request.method != "POST":
        return _newcomer_page(form, twinning)
    if not form.validate():
        return _newcomer_page(form, twinning), 422
    try:
        services.invite_newcomer(
            twinning_id=twinning.id,
            body=form.body,
            invited=form.invited,
            role=form.role.data,
            unit=form.unit.data or "",
            key=form.submission_key.data or "",
            by=current_actor(),
        )
    except SameName as known:
        form.refuse_name(known.twins)
        return _newcomer_page(form, rows.find(slug)), 422
    except Forbidden:
        raise
    except Refused as refused:
        if not form.refuse(refused.reason):
            raise
        return _newcomer_page(form, rows.find(slug)), 422
    flash(
        gettext("L’invito è partito: l’ente risponde quando un amministratore lo ha confermato."),
        "success",
    )
    return redirect(url_for("twinning.partners", slug=twinning.slug), 303)


@governed_by(policies.may_answer)
def answer(slug: str, participation_id: int) -> ResponseReturnValue:
    """What the body is asked, and its contact person's yes or no."""
    asked = _of_own_body(slug, participation_id)
    form = answer_form(asked.unit)
    if request.method != "POST":
        return _answer_page(form, asked)
    is_valid = form.validate()
    if is_valid and asked.state is _ANSWERS[form.answer.data]:
        # A double click: the first one has said it.
        return _after(form.answer.data, asked)
    if not page.invitation(asked).is_open:
        return _answer_page(form, asked), 409
    if not is_valid:
        return _answer_page(form, asked), 422
    try:
        _say(form, asked)
    except InvitationClosed:
        return _answer_page(form, _of_own_body(slug, participation_id)), 409
    return _after(form.answer.data, asked)


@governed_by(policies.may_answer)
def leave(slug: str, participation_id: int) -> ResponseReturnValue:
    """Take the own body out again."""
    own = _of_own_body(slug, participation_id)
    if own.state is ParticipationState.WITHDRAWN and request.method == "POST":
        # A double click: the body has left already.
        return redirect(url_for("twinning.mine"), 303)
    if not policies.may_leave(current_actor(), own.twinning, own):
        return _gone_page(own), (409 if request.method == "POST" else 200)
    form = LeaveForm()
    if request.method != "POST":
        return _leave_page(form, own)
    if not form.validate():
        return _leave_page(form, own), 422
    name = own.organisation.name
    services.leave_twinning(
        participation_id=participation_id, reason=form.reason.data or "", by=current_actor()
    )
    flash(gettext("%(name)s non partecipa più al gemellaggio.", name=name), "success")
    return redirect(url_for("twinning.mine"), 303)


@governed_by(policies.may_take_charge)
def take_charge(slug: str) -> ResponseReturnValue:
    """Become the coordinator of a proposal that has none."""
    twinning = rows.find(slug)
    # Who has it already clicked twice.
    if not policies.coordinates(current_actor(), twinning):
        authorise(policies.may_take_charge, twinning)
    permitted(policies.may_take_charge, twinning)
    services.take_charge(twinning_id=twinning.id, by=current_actor())
    flash(gettext("Ora coordini tu questo gemellaggio."), "success")
    return redirect(url_for("twinning.twinning", slug=twinning.slug), 303)


def _of_own_body(slug: str, participation_id: int) -> Participation:
    """The place of a body whose contact person asks; visitors come from a mail and sign in.

    Those who know of it but do not speak for the body are told so, for all others it is not there.
    """
    if current_actor().is_visitor:
        raise Unauthorized
    asked = page.asked(slug, participation_id, current_actor())
    if asked is None:
        abort(404)
    authorise(policies.may_answer, asked)
    return asked


def _say(form: AnswerForm, asked: Participation) -> None:
    actor, note = current_actor(), form.note.data or ""
    if form.answer.data is Reply.ACCEPT:
        services.accept_invitation(
            participation_id=asked.id, unit=form.unit.data or "", note=note, by=actor
        )
    else:
        services.refuse_invitation(participation_id=asked.id, note=note, by=actor)


def _after(reply: Reply, asked: Participation) -> ResponseReturnValue:
    name = asked.organisation.name
    if reply is Reply.ACCEPT:
        flash(gettext("%(name)s partecipa al gemellaggio.", name=name), "success")
        flash(gettext("Da ora segui il gemellaggio: le novità compaiono tra i tuoi avvisi."))
        return redirect(url_for("twinning.twinning", slug=asked.twinning.slug), 303)
    flash(gettext("Hai rifiutato l’invito per conto di %(name)s.", name=name), "success")
    return redirect(url_for("twinning.mine"), 303)


def _newcomer_page(form: NewcomerForm, twinning: Twinning) -> str:
    return render_template(
        "twinning/invite_newcomer.html", form=form, twinning=twinning, role_hints=role_hints()
    )


def _invite_page(form: InviteForm, twinning: Twinning) -> str:
    return render_template(
        "twinning/invite.html", form=form, twinning=twinning, role_hints=role_hints()
    )


def _answer_page(form: AnswerForm, asked: Participation) -> str:
    """The question, or what became of it."""
    return render_template(
        "twinning/answer.html",
        form=form,
        invitation=page.invitation(asked),
        twinning=asked.twinning,
        body=asked.organisation.name,
        role=role_label(asked.role),
        may_open=policies.is_visible(current_actor(), asked.twinning),
    )


def _leave_page(form: LeaveForm, own: Participation) -> str:
    others = [one for one in own.twinning.participations if one.id != own.id]
    return render_template(
        "twinning/leave.html",
        form=form,
        twinning=own.twinning,
        participation=own,
        body=own.organisation.name,
        role=role_label(own.role),
        is_last=not still_runs(others),
        keeps_key=any(
            one.organisation_id == own.organisation_id and is_standing(one) for one in others
        ),
    )


def _gone_page(own: Participation) -> str:
    """There is nothing to leave: the body does not take part, or the twinning is over."""
    return render_template(
        "twinning/not_leaving.html",
        twinning=own.twinning,
        body=own.organisation.name,
        is_standing=is_standing(own),
        may_open=policies.is_visible(current_actor(), own.twinning),
    )
