"""Signing in and out."""

from __future__ import annotations

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from core.access import current_actor, public
from core.links import local_path
from core.throttle import network_of
from members.forms import SignInForm
from members.services import sessions
from members.services.sessions import Outcome
from members.views import blueprint, browser


@blueprint.get("/accedi")
@public
def sign_in() -> ResponseReturnValue:
    if not current_actor().is_visitor:
        return redirect(_where_to())
    return _sign_in_page(SignInForm())


@blueprint.post("/accedi")
@public
def sign_in_now() -> ResponseReturnValue:
    form = SignInForm()
    if not form.validate():
        return _sign_in_page(form), 422
    attempted = sessions.sign_in(
        email=form.email.data or "",
        password=form.password.data or "",
        network=network_of(request.remote_addr),
        user_agent=request.user_agent.string,
    )
    if attempted.token is not None:
        browser.begin(attempted.token)
        return redirect(_where_to())
    page = _sign_in_page(form, attempted.outcome, attempted.member_id)
    return page, _STATUS[attempted.outcome]


@blueprint.post("/esci")
@public
def sign_out() -> ResponseReturnValue:
    token = browser.current_token()
    if token is not None:
        sessions.end_session(token)
    browser.end()
    return redirect(url_for("portal.home"))


_STATUS = {
    Outcome.WRONG: 422,
    Outcome.UNCONFIRMED: 403,
    Outcome.SUSPENDED: 403,
    Outcome.TOO_MANY: 429,
}


def _sign_in_page(
    form: SignInForm, outcome: Outcome | None = None, member_id: int | None = None
) -> str:
    """``member_id``: who is suspended and has proven the password; higher features tell why."""
    if outcome is Outcome.WRONG:
        form.password.errors = [gettext("L’indirizzo o la password non sono giusti.")]
    return render_template(
        "members/sign_in.html",
        form=form,
        outcome=outcome,
        suspended_id=member_id,
        next=request.args.get("next", ""),
    )


def _where_to() -> str:
    return local_path(request.args.get("next"), fallback=url_for("members.my_space"))
