"""Inviting who is not here yet, and the page that the link of an invitation leads to."""

from __future__ import annotations

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from core.access import authorise, current_actor, governed_by, permitted, public, signed_in
from core.domain import Refused
from members import policies, queries
from members.forms import (
    AcceptForm,
    BodyForm,
    ColleagueForm,
    InvitationForm,
    InvitedForm,
)
from members.models import AffiliationRole, AffiliationState
from members.queries import InvitationLine
from members.rules import email_key
from members.services import invitations as services
from members.services.invitations import InvitationGone
from members.views import blueprint, browser, sections
from organisations import queries as organisations
from organisations.models import Organisation, OrganisationState
from organisations.services import SameName

GONE = 410


@blueprint.get("/il-mio-spazio/inviti")
@signed_in
def invitations() -> ResponseReturnValue:
    """What the reader sent, and what was sent for bodies that he or she speaks for."""
    actor = current_actor()
    bodies = organisations.lines(actor.contact_organisation_ids).values()
    return render_template(
        "members/invitations.html",
        invitations=queries.invitations_by(actor),
        bodies=sorted(bodies, key=lambda body: body.name),
        may_invite_body=policies.may_invite_body(actor),
        sections=sections("members.invitations"),
    )


@blueprint.get("/enti/<slug:slug>/invita")
@governed_by(policies.may_invite_colleague)
def invite_colleague(slug: str) -> ResponseReturnValue:
    body = _body(slug)
    return _colleague_page(ColleagueForm(), body)


@blueprint.post("/enti/<slug:slug>/invita")
@governed_by(policies.may_invite_colleague)
def send_to_colleague(slug: str) -> ResponseReturnValue:
    body = _body(slug)
    form = ColleagueForm()
    if not form.validate():
        return _colleague_page(form, body), 422
    try:
        services.invite_colleague(
            organisation_id=body.id,
            invited=form.invited,
            role=AffiliationRole(form.role.data),
            submission_key=form.submission_key.data or "",
            by=current_actor(),
        )
    except Refused as refused:
        return _colleague_page(_told(form, refused), body), 422
    return _sent(form)


@blueprint.get("/il-mio-spazio/inviti/ente")
@governed_by(policies.may_invite_body)
def invite_body() -> ResponseReturnValue:
    authorise(policies.may_invite_body)
    return _body_page(BodyForm())


@blueprint.post("/il-mio-spazio/inviti/ente")
@governed_by(policies.may_invite_body)
def send_to_body() -> ResponseReturnValue:
    authorise(policies.may_invite_body)
    form = BodyForm()
    if not form.validate():
        return _body_page(form), 422
    try:
        services.invite_body(
            body=form.body,
            invited=form.invited,
            submission_key=form.submission_key.data or "",
            by=current_actor(),
        )
    except SameName as known:
        form.refuse_name(known.twins)
        return _body_page(form), 422
    except Refused as refused:
        return _body_page(_told(form, refused)), 422
    return _sent(form)


@blueprint.post("/inviti/<int:number>/revoca")
@governed_by(policies.may_revoke_invitation)
def revoke_invitation(number: int) -> ResponseReturnValue:
    if current_actor().is_visitor:
        abort(401)
    found = queries.invitation_row(number)
    # Who may not take it back does not learn that it exists.
    if found is None or not permitted(policies.may_revoke_invitation, found):
        abort(404)
    services.revoke_invitation(invitation_id=number, by=current_actor())
    flash(gettext("L’invito è ritirato: il suo collegamento non vale più."), "success")
    return redirect(url_for("members.invitations"), 303)


@blueprint.get("/invito/<token:token>")
@public
def invitation(token: str) -> ResponseReturnValue:
    """Who invites to what, and the way in. Opening it uses nothing up."""
    found = queries.invitation_of(token)
    if found is None or not found.is_pending:
        return _gone(found)
    return _invitation_page(found, token)


@blueprint.post("/invito/<token:token>")
@public
def accept_invitation(token: str) -> ResponseReturnValue:
    actor = current_actor()
    if actor.is_visitor:
        abort(401)
    found = queries.invitation_of(token)
    if found is None:
        return _gone(found)
    if not _is_for_reader(found):
        abort(403)
    form = AcceptForm()
    if not form.validate():
        return _invitation_page(found, token, accept_form=form), 422
    try:
        affiliation = services.accept_invitation(
            invitation_id=found.id, position=form.position.data or "", by=actor
        )
    except InvitationGone:
        return _gone(found)
    return _arrived(found, affiliation.state)


@blueprint.post("/invito/<token:token>/registrati")
@public
def register_by_invitation(token: str) -> ResponseReturnValue:
    found = queries.invitation_of(token)
    if found is None or not found.is_pending:
        return _gone(found)
    if not current_actor().is_visitor:
        return redirect(url_for("members.invitation", token=token), 303)
    form = InvitedForm(found.email)
    if not form.validate():
        return _invitation_page(found, token, register_form=form), 422
    try:
        opened = services.register_by_invitation(
            invitation_id=found.id,
            newcomer=form.newcomer,
            position=form.position.data or "",
            user_agent=request.user_agent.string,
        )
    except InvitationGone:
        return _gone(found)
    if opened is None:
        # The address has a profile: the page says how to sign in.
        return redirect(url_for("members.invitation", token=token), 303)
    browser.begin(opened)
    return _arrived(found, None)


def _body(slug: str) -> Organisation:
    body = organisations.organisation(slug, current_actor())
    if body is None or body.state is not OrganisationState.ACTIVE:
        abort(404)
    authorise(policies.may_invite_colleague, body.id)
    return body


def _told(form: InvitationForm, refused: Refused) -> InvitationForm:
    """The form with why nothing was sent; other refusals go on."""
    if not form.refuse(refused.reason):
        raise refused
    return form


def _sent(form: InvitationForm) -> ResponseReturnValue:
    # The same for every address: whether it is known here is nobody's business.
    flash(gettext("Invito inviato a %(email)s.", email=form.email.data), "success")
    return redirect(url_for("members.invitations"), 303)


def _arrived(found: InvitationLine, state: AffiliationState | None) -> ResponseReturnValue:
    if found.is_awaited or state is AffiliationState.REQUESTED:
        words = gettext(
            "Grazie: hai accettato l’invito per %(body)s. Manca una conferma: ti scriviamo noi.",
            body=found.organisation,
        )
    else:
        words = gettext("Benvenuto: ora fai parte di %(body)s.", body=found.organisation)
    flash(words, "success")
    return redirect(url_for("members.my_space"), 303)


def _gone(found: InvitationLine | None) -> ResponseReturnValue:
    """For whoever has come by it already, the own space; for others, that the link is spent."""
    actor = current_actor()
    if found is not None and found.used_by_id is not None and found.used_by_id == actor.member_id:
        return redirect(url_for("members.my_space"))
    return (
        render_template(
            "members/link_spent.html",
            title=gettext("Questo invito non vale più"),
            purpose="invitation",
        ),
        GONE,
    )


def _is_for_reader(found: InvitationLine) -> bool:
    member = queries.own(current_actor())
    return member is not None and member.email_key == email_key(found.email)


def _invitation_page(
    found: InvitationLine,
    token: str,
    *,
    register_form: InvitedForm | None = None,
    accept_form: AcceptForm | None = None,
) -> str:
    is_visitor = current_actor().is_visitor
    knows_address = is_visitor and queries.has_profile(found.email)
    if is_visitor and not knows_address and register_form is None:
        register_form = InvitedForm(found.email, formdata=None)
    if not is_visitor and _is_for_reader(found) and accept_form is None:
        accept_form = AcceptForm(formdata=None)
    return render_template(
        "members/invitation.html",
        invitation=found,
        token=token,
        register_form=register_form,
        accept_form=accept_form,
        knows_address=knows_address,
    )


def _colleague_page(form: InvitationForm, body: Organisation) -> str:
    return render_template("members/invite_colleague.html", form=form, organisation=body)


def _body_page(form: InvitationForm) -> str:
    return render_template(
        "members/invite_body.html", form=form, sections=sections("members.invitations")
    )
