"""Members, bodies and affiliations."""

from __future__ import annotations

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from admin import services
from admin.forms import (
    ContactForm,
    ReasonForm,
    RolesForm,
    StateForm,
    affiliation_state,
    body_filter,
    member_filters,
    words_of,
)
from admin.policies import may_administer
from admin.queries import bodies as body_queries
from admin.queries import members as member_queries
from admin.queries.bodies import BodySheet
from admin.queries.members import MemberSheet
from admin.views import around, below, blueprint, cursors, options, words
from core.access import authorise, current_actor, governed_by
from core.actor import Role
from core.domain import Refused
from members.models import AffiliationRole, MemberState
from members.policies import may_suspend
from members.services import affiliations as affiliation_services
from members.services import sessions
from moderation import services as moderation
from organisations.forms import country_name
from organisations.models import OrganisationState


@blueprint.get("/amministrazione/iscritti")
@governed_by(may_administer)
def members() -> ResponseReturnValue:
    """Everybody with an account, whatever its state."""
    authorise(may_administer)
    filters = member_filters(request.args)
    page = member_queries.members(filters, **cursors())
    arguments = {
        "q": filters.words or None,
        "stato": sorted(filters.states),
        "ruolo": sorted(filters.roles),
        "ordina": filters.order.value,
    }
    return render_template(
        "admin/members.html",
        page=page,
        filters=filters,
        states=words.member_states(),
        roles=words.role_labels(),
        state_options=options(words.member_states(), filters.states),
        role_options=options(words.role_labels(), filters.roles),
        order_options=options(words.member_orders(), filters.order),
        is_filtered=bool(filters.words or filters.states or filters.roles),
        **around(page, "admin.members", arguments),
    )


@blueprint.get("/amministrazione/iscritti/<int:number>")
@governed_by(may_administer)
def member(number: int) -> ResponseReturnValue:
    sheet = _member(number)
    return render_template(
        "admin/member.html",
        sheet=sheet,
        states=words.member_states(),
        roles=words.role_labels(),
        affiliation_states=words.affiliation_states(),
        may_suspend=may_suspend(current_actor(), number),
    )


@blueprint.get("/amministrazione/iscritti/<int:number>/ruoli")
@governed_by(may_administer)
def member_roles(number: int) -> ResponseReturnValue:
    sheet = _member(number, MemberState.ACTIVE)
    return _roles_page(sheet, RolesForm(words.role_labels(), roles=list(sheet.row.roles)))


@blueprint.post("/amministrazione/iscritti/<int:number>/ruoli")
@governed_by(may_administer)
def change_member_roles(number: int) -> ResponseReturnValue:
    sheet = _member(number, MemberState.ACTIVE)
    form = RolesForm(words.role_labels())
    if not form.validate():
        return _roles_page(sheet, form), 422
    roles: list[Role] = form.roles.data or []
    try:
        changed = services.set_roles(
            member_id=number, roles=roles, reason=form.reason.data or "", by=current_actor()
        )
    except Refused as refused:
        if refused.reason != "last_administrator":
            raise
        form.roles.errors = [gettext("È l’ultimo amministratore: prima nominane un altro.")]
        return _roles_page(sheet, form), 422
    flash(gettext("Ruoli aggiornati.") if changed else gettext("Non è cambiato niente."), "success")
    if current_actor().member_id == number and Role.ADMINISTRATOR not in roles:
        return redirect(url_for("members.my_space"), 303)
    return redirect(url_for("admin.member", number=number), 303)


@blueprint.get("/amministrazione/iscritti/<int:number>/stato")
@governed_by(may_suspend)
def member_state(number: int) -> ResponseReturnValue:
    """What suspending or reinstating means, before it is done."""
    sheet = _member(number, MemberState.ACTIVE, MemberState.SUSPENDED)
    authorise(may_suspend, number)
    form = StateForm()
    form.new.data = _other_state(sheet).value
    return _state_page(sheet, form)


@blueprint.post("/amministrazione/iscritti/<int:number>/stato")
@governed_by(may_suspend)
def change_member_state(number: int) -> ResponseReturnValue:
    sheet = _member(number, MemberState.ACTIVE, MemberState.SUSPENDED)
    authorise(may_suspend, number)
    form = StateForm()
    if not form.validate():
        if form.new.errors:
            form.new.data = _other_state(sheet).value
            form.new.raw_data = None
        return _state_page(sheet, form), 422
    reason, actor = form.reason.data or "", current_actor()
    if form.new.data == sheet.row.state:
        flash(gettext("Era già così: non è cambiato niente."), "success")
    elif form.new.data == MemberState.SUSPENDED:
        moderation.suspend_member(member_id=number, reason=reason, by=actor)
        flash(gettext("Iscritto sospeso: tutti i suoi accessi sono chiusi."), "success")
    else:
        moderation.reinstate_member(member_id=number, reason=reason, by=actor)
        flash(gettext("Iscritto riammesso: può di nuovo accedere."), "success")
    return redirect(url_for("admin.member", number=number), 303)


@blueprint.get("/amministrazione/iscritti/<int:number>/accessi")
@governed_by(may_administer)
def member_sessions(number: int) -> ResponseReturnValue:
    return _sessions_page(_member(number), ReasonForm())


@blueprint.post("/amministrazione/iscritti/<int:number>/accessi")
@governed_by(may_administer)
def end_member_sessions(number: int) -> ResponseReturnValue:
    sheet = _member(number)
    form = ReasonForm()
    if not form.validate():
        return _sessions_page(sheet, form), 422
    sessions.end_sessions_of(member_id=number, reason=form.reason.data or "", by=current_actor())
    flash(gettext("Tutti i suoi accessi sono chiusi."), "success")
    return redirect(url_for("admin.member", number=number), 303)


@blueprint.get("/amministrazione/enti")
@governed_by(may_administer)
def bodies() -> ResponseReturnValue:
    """Every body, also those that are awaited or were taken out."""
    authorise(may_administer)
    searched, which = words_of(request.args.get("q", "")), body_filter(request.args)
    page = body_queries.bodies(searched, which, **cursors())
    arguments = {"q": searched or None, "quali": which.value if which else None}
    return render_template(
        "admin/bodies.html",
        page=page,
        words=searched,
        states=words.body_states(),
        options=options(words.body_filters(), which),
        is_filtered=bool(searched or which),
        **around(page, "admin.bodies", arguments),
    )


@blueprint.get("/amministrazione/enti/<int:number>")
@governed_by(may_administer)
def body(number: int) -> ResponseReturnValue:
    sheet = _body(number)
    return render_template(
        "admin/body.html",
        sheet=sheet,
        states=words.body_states(),
        country=country_name(sheet.body.country),
    )


@blueprint.get("/amministrazione/enti/<int:number>/referente")
@governed_by(may_administer)
def body_contact(number: int) -> ResponseReturnValue:
    """Name who speaks for a body."""
    sheet = _body(number, OrganisationState.ACTIVE)
    return _contact_page(sheet, ContactForm(_people(sheet)))


@blueprint.post("/amministrazione/enti/<int:number>/referente")
@governed_by(may_administer)
def name_contact(number: int) -> ResponseReturnValue:
    sheet = _body(number, OrganisationState.ACTIVE)
    form = ContactForm(_people(sheet))
    if not form.validate():
        return _contact_page(sheet, form), 422
    affiliation_services.change_affiliation_role(
        affiliation_id=form.affiliation.data,
        role=AffiliationRole.CONTACT,
        reason=form.reason.data or "",
        by=current_actor(),
    )
    flash(gettext("L’ente ha il suo referente."), "success")
    return redirect(url_for("admin.body", number=number), 303)


@blueprint.get("/amministrazione/appartenenze")
@governed_by(may_administer)
def affiliations() -> ResponseReturnValue:
    """Who belongs where; what waits for an answer stands first."""
    authorise(may_administer)
    state = affiliation_state(request.args)
    page = body_queries.affiliations(state, **cursors())
    return render_template(
        "admin/affiliations.html",
        page=page,
        states=words.affiliation_states(),
        counts=body_queries.affiliation_counts(),
        options=options(words.affiliation_states(), state),
        is_filtered=state is not None,
        **around(page, "admin.affiliations", {"stato": state.value if state else None}),
    )


def _member(number: int, *states: MemberState) -> MemberSheet:
    """The sheet of a member; 409 where its state allows nothing of what the page does."""
    authorise(may_administer)
    below("admin.members")
    sheet = member_queries.member(number) or abort(404)
    if states and sheet.row.state not in states:
        abort(409)
    return sheet


def _body(number: int, *states: OrganisationState) -> BodySheet:
    authorise(may_administer)
    below("admin.bodies")
    sheet = body_queries.body(number) or abort(404)
    if states and sheet.body.state not in states:
        abort(409)
    return sheet


def _other_state(sheet: MemberSheet) -> MemberState:
    is_active = sheet.row.state is MemberState.ACTIVE
    return MemberState.SUSPENDED if is_active else MemberState.ACTIVE


def _people(sheet: BodySheet) -> list[tuple[int, str]]:
    return [
        (one.id, " · ".join(filter(None, (one.person.name, one.position))))
        for one in sheet.candidates
    ]


def _roles_page(sheet: MemberSheet, form: RolesForm) -> str:
    return render_template("admin/member_roles.html", sheet=sheet, form=form)


def _state_page(sheet: MemberSheet, form: StateForm) -> str:
    return render_template("admin/member_state.html", sheet=sheet, form=form)


def _sessions_page(sheet: MemberSheet, form: ReasonForm) -> str:
    return render_template("admin/member_sessions.html", sheet=sheet, form=form)


def _contact_page(sheet: BodySheet, form: ContactForm) -> str:
    return render_template("admin/body_contact.html", sheet=sheet, form=form)
