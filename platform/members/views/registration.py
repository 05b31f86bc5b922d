"""Registration, the proof of the address, a forgotten password.

Every answer here is the same for addresses that are known and for those that are not.
"""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from core.access import current_actor, public
from core.throttle import network_of
from members.forms import (
    AddressForm,
    ConfirmForm,
    RegistrationForm,
    ResetForm,
    SignInForm,
)
from members.services import registration
from members.services.registration import TooMany
from members.services.sessions import Outcome
from members.views import blueprint, browser

TOO_MANY = 429
GONE = 410


@blueprint.get("/registrati")
@public
def register() -> ResponseReturnValue:
    if not current_actor().is_visitor:
        return redirect(url_for("members.my_space"))
    return _registration_page(RegistrationForm())


@blueprint.post("/registrati")
@public
def register_now() -> ResponseReturnValue:
    form = RegistrationForm()
    if not form.validate():
        return _registration_page(form), 422
    try:
        registration.register(
            form.newcomer,
            network=_network(),
            submission_key=form.submission_key.data or "",
        )
    except TooMany:
        return _registration_page(form, too_many=True), TOO_MANY
    return redirect(url_for("members.registered"), 303)


@blueprint.get("/registrati/controlla-la-posta")
@public
def registered() -> ResponseReturnValue:
    return render_template("members/registered.html")


@blueprint.get("/registrati/nuovo-collegamento")
@public
def resend() -> ResponseReturnValue:
    return _resend_page(AddressForm())


@blueprint.post("/registrati/nuovo-collegamento")
@public
def resend_now() -> ResponseReturnValue:
    form = AddressForm()
    if not form.validate():
        return _resend_page(form), 422
    try:
        registration.ask_for_confirmation(email=form.email.data or "", network=_network())
    except TooMany:
        return _resend_page(form, too_many=True), TOO_MANY
    return redirect(url_for("members.registered"), 303)


@blueprint.get("/conferma/<token:token>")
@public
def confirm(token: str) -> ResponseReturnValue:
    """Only a form: programs that open every link of a mail must not use it up."""
    member = registration.awaited(token)
    if member is None:
        return _spent(gettext("Questo collegamento non serve più"), "confirm"), GONE
    return _confirm_page(ConfirmForm(member), token)


@blueprint.post("/conferma/<token:token>")
@public
def confirm_now(token: str) -> ResponseReturnValue:
    member = registration.awaited(token)
    if member is None:
        return _spent(gettext("Questo collegamento non serve più"), "confirm"), GONE
    form = ConfirmForm(member)
    if not form.validate():
        return _confirm_page(form, token), 422
    confirmed = registration.confirm(
        token, password=form.password.data or "", user_agent=request.user_agent.string
    )
    if confirmed is None:
        return _spent(gettext("Questo collegamento non serve più"), "confirm"), GONE
    if confirmed.outcome is Outcome.TOO_MANY:
        return _confirm_page(form, token, too_many=True), TOO_MANY
    if confirmed.token is None:
        form.password.errors = [gettext("Non è la password scelta alla registrazione.")]
        return _confirm_page(form, token), 422
    browser.begin(confirmed.token)
    flash(gettext("Il tuo indirizzo è confermato: benvenuto tra gli iscritti."), "success")
    return redirect(url_for("members.my_space"), 303)


@blueprint.get("/password-dimenticata")
@public
def forgotten() -> ResponseReturnValue:
    return _forgotten_page(AddressForm())


@blueprint.post("/password-dimenticata")
@public
def forgotten_now() -> ResponseReturnValue:
    form = AddressForm()
    if not form.validate():
        return _forgotten_page(form), 422
    try:
        registration.ask_for_reset(email=form.email.data or "", network=_network())
    except TooMany:
        return _forgotten_page(form, too_many=True), TOO_MANY
    return redirect(url_for("members.reset_sent"), 303)


@blueprint.get("/password-dimenticata/controlla-la-posta")
@public
def reset_sent() -> ResponseReturnValue:
    return render_template("members/reset_sent.html")


@blueprint.get("/nuova-password/<token:token>")
@public
def reset(token: str) -> ResponseReturnValue:
    member = registration.resettable(token)
    if member is None:
        return _spent(gettext("Questo collegamento non serve più"), "reset"), GONE
    return _reset_page(ResetForm(member), token)


@blueprint.post("/nuova-password/<token:token>")
@public
def reset_now(token: str) -> ResponseReturnValue:
    member = registration.resettable(token)
    if member is None:
        return _spent(gettext("Questo collegamento non serve più"), "reset"), GONE
    form = ResetForm(member)
    if not form.validate():
        return _reset_page(form, token), 422
    if registration.reset_password(token, form.password.data or "") is None:
        return _spent(gettext("Questo collegamento non serve più"), "reset"), GONE
    browser.end()
    flash(gettext("La nuova password è attiva. Per sicurezza abbiamo chiuso tutti gli accessi."))
    return redirect(url_for("members.sign_in"), 303)


def _network() -> str:
    return network_of(request.remote_addr)


def _registration_page(form: RegistrationForm, *, too_many: bool = False) -> str:
    return render_template(
        "members/register.html",
        form=form,
        sign_in_form=SignInForm(formdata=None),
        too_many=too_many,
    )


def _resend_page(form: AddressForm, *, too_many: bool = False) -> str:
    return render_template("members/resend.html", form=form, too_many=too_many)


def _confirm_page(form: ConfirmForm, token: str, *, too_many: bool = False) -> str:
    return render_template("members/confirm.html", form=form, token=token, too_many=too_many)


def _forgotten_page(form: AddressForm, *, too_many: bool = False) -> str:
    return render_template("members/forgotten.html", form=form, too_many=too_many)


def _reset_page(form: ResetForm, token: str) -> str:
    return render_template("members/reset.html", form=form, token=token)


def _spent(title: str, purpose: str) -> str:
    return render_template("members/link_spent.html", title=title, purpose=purpose)
