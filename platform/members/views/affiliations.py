"""Belonging to a body: the member's own list and requests, the body's decisions."""

from __future__ import annotations

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from core.access import authorise, current_actor, governed_by, permitted, signed_in
from core.domain import Refused
from members import policies, queries
from members.forms import AffiliationForm, DecisionForm
from members.models import AffiliationRole, AffiliationState
from members.queries import AffiliationLine
from members.services import affiliations as services
from members.services.affiliations import Request
from members.views import blueprint, sections
from organisations import queries as organisations
from organisations.queries import OrganisationLine
from organisations.services import SameName

MOST_MATCHES = 15


@blueprint.get("/il-mio-spazio/appartenenze")
@governed_by(policies.may_request_affiliation)
def my_affiliations() -> ResponseReturnValue:
    authorise(policies.may_request_affiliation)
    return _own_page(AffiliationForm())


@blueprint.post("/il-mio-spazio/appartenenze")
@governed_by(policies.may_request_affiliation)
def request_affiliation() -> ResponseReturnValue:
    authorise(policies.may_request_affiliation)
    form = AffiliationForm()
    if not form.validate():
        return _own_page(form), 422
    try:
        services.request_affiliation(
            Request(organisation_id=form.organisation_id.data, position=form.position.data or ""),
            submission_key=form.submission_key.data or "",
            by=current_actor(),
        )
    except Refused as refused:
        words = {
            "already_open": gettext(
                "Hai già un’appartenenza o una richiesta aperta con questo ente."
            ),
            "no_such_body": gettext("Questo ente non è più nel registro."),
        }
        if refused.reason not in words:
            raise
        form.organisation_id.errors = [words[refused.reason]]
        return _own_page(form), 422
    flash(gettext("Richiesta inviata: ti scriviamo quando l’ente risponde."), "success")
    return redirect(url_for("members.my_affiliations"), 303)


@blueprint.get("/il-mio-spazio/richieste")
@signed_in
def requests() -> ResponseReturnValue:
    """All requests that wait for the reader, whatever the body."""
    return render_template(
        "members/requests.html",
        waiting=queries.requests_for(current_actor()),
        sections=sections("members.requests"),
    )


@blueprint.get("/enti/<slug:slug>/appartenenze")
@governed_by(policies.may_decide_affiliation)
def body_affiliations(slug: str) -> ResponseReturnValue:
    """The people of a body, and who asks to be one of them."""
    organisation = organisations.organisation(slug, current_actor()) or abort(404)
    authorise(policies.may_decide_affiliation, organisation.id)
    return render_template(
        "members/body_affiliations.html",
        organisation=organisation,
        waiting=queries.affiliations_of_body(organisation.id, AffiliationState.REQUESTED),
        accepted=queries.affiliations_of_body(organisation.id, AffiliationState.ACCEPTED),
        invited=queries.pending_invitations(organisation.id),
    )


@blueprint.get("/appartenenze/<int:number>")
@governed_by(policies.may_decide_affiliation)
def affiliation(number: int) -> ResponseReturnValue:
    """One request, to be decided."""
    found = _for_decision(number)
    return _decision_page(found, DecisionForm())


@blueprint.post("/appartenenze/<int:number>")
@governed_by(policies.may_decide_affiliation)
def decide(number: int) -> ResponseReturnValue:
    found = _for_decision(number)
    form = DecisionForm()
    if not form.validate():
        return _decision_page(found, form), 422
    name, note = found.person.name, form.note.data or ""
    if request.form.get("esito") == "rifiuta":
        services.refuse_affiliation(affiliation_id=number, note=note, by=current_actor())
        flash(gettext("Hai rifiutato la richiesta di %(name)s.", name=name), "success")
    else:
        try:
            services.accept_affiliation(
                affiliation_id=number,
                role=AffiliationRole(form.role.data),
                note=note,
                by=current_actor(),
            )
        except SameName:
            form.note.errors = [
                gettext("Nel registro c’è già un ente con questo nome: rifiuta questa richiesta.")
            ]
            return _decision_page(found, form), 422
        flash(gettext("%(name)s ora fa parte dell’ente.", name=name), "success")
    # An awaited body gets its address with the answer.
    now = _known(number)
    return redirect(url_for("members.body_affiliations", slug=now.organisation_slug), 303)


@blueprint.get("/appartenenze/<int:number>/termina")
@signed_in
def ending(number: int) -> ResponseReturnValue:
    """What ending an affiliation means, before it is done."""
    found = _endable(number)
    return render_template(
        "members/end_affiliation.html",
        affiliation=found,
        is_own=found.person.id == current_actor().member_id,
    )


@blueprint.post("/appartenenze/<int:number>/termina")
@signed_in
def end_affiliation(number: int) -> ResponseReturnValue:
    found = _endable(number)
    services.end_affiliation(affiliation_id=number, by=current_actor())
    if found.person.id == current_actor().member_id:
        flash(gettext("Non risulti più di questo ente."), "success")
        return redirect(url_for("members.my_affiliations"), 303)
    flash(gettext("%(name)s non risulta più dell’ente.", name=found.person.name), "success")
    return redirect(url_for("members.body_affiliations", slug=found.organisation_slug), 303)


@blueprint.post("/appartenenze/<int:number>/ruolo")
@governed_by(policies.may_name_contact)
def change_role(number: int) -> ResponseReturnValue:
    found = _known(number)
    authorise(policies.may_name_contact, found.organisation_id)
    role = AffiliationRole.MEMBER if found.is_contact else AffiliationRole.CONTACT
    services.change_affiliation_role(affiliation_id=number, role=role, by=current_actor())
    flash(gettext("Ruolo aggiornato."), "success")
    return redirect(url_for("members.body_affiliations", slug=found.organisation_slug), 303)


def _own_page(form: AffiliationForm) -> str:
    actor = current_actor()
    assert actor.member_id is not None
    words = " ".join(request.args.get("ente", "").split())[:100]
    matches = _matches(form, words)
    form.organisation_id.choices = [(one.id, one.name) for one in matches]
    return render_template(
        "members/my_affiliations.html",
        form=form,
        words=words,
        matches=matches,
        affiliations=queries.affiliations_of_member(actor.member_id),
        sections=sections("members.my_affiliations"),
    )


def _matches(form: AffiliationForm, words: str) -> list[OrganisationLine]:
    """What the search found, and what was chosen before an error came back."""
    found = organisations.find_organisations(words, MOST_MATCHES) if words else []
    chosen = form.organisation_id.data
    if isinstance(chosen, int) and chosen not in {one.id for one in found}:
        found += organisations.lines([chosen]).values()
    return found


def _for_decision(number: int) -> AffiliationLine:
    found = _known(number)
    authorise(policies.may_decide_affiliation, found.organisation_id)
    return found


def _endable(number: int) -> AffiliationLine:
    found = _known(number)
    if not found.is_open:
        abort(409)
    return found


def _known(number: int) -> AffiliationLine:
    """An affiliation, for its two ends and administrators: nobody else learns that it exists."""
    actor = current_actor()
    if actor.is_visitor:
        abort(401)
    found = queries.affiliation(number) or abort(404)
    is_own = found.person.id == actor.member_id
    if not is_own and not permitted(policies.may_decide_affiliation, found.organisation_id):
        abort(404)
    return found


def _decision_page(found: AffiliationLine, form: DecisionForm) -> str:
    return render_template(
        "members/decide_affiliation.html",
        affiliation=found,
        form=form,
        is_awaited=found.is_awaited,
    )
