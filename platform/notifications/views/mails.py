"""Which mails go out: the own choice, and the link in each mail that stops its sort.

Opening the link changes nothing; its button, or the mail program (RFC 8058), sends a form without
any cookie or token of ours. The signature in the address is what allows it, and all that it allows
is to stop mails of one sort to one member, which the member can undo.
"""

from __future__ import annotations

from flask import Response, flash, make_response, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from core.access import current_actor, public, signed_in
from notifications import queries, services
from notifications.forms import REASONS, MailsForm
from notifications.views import blueprint


@blueprint.get("/il-mio-spazio/avvisi/preferenze")
@signed_in
def preferences() -> ResponseReturnValue:
    member_id = current_actor().member_id
    assert member_id is not None
    off = queries.unwanted(member_id)
    form = MailsForm(data={concern.value: concern not in off for concern in REASONS})
    return render_template("notifications/preferences.html", form=form)


@blueprint.post("/il-mio-spazio/avvisi/preferenze")
@signed_in
def save_preferences() -> ResponseReturnValue:
    form = MailsForm()
    if not form.validate():
        return render_template("notifications/preferences.html", form=form), 422
    services.want_mails(concerns=form.wanted, by=current_actor())
    flash(gettext("Le tue preferenze sono salvate."), "ok")
    return redirect(url_for("notifications.preferences"), 303)


@blueprint.get("/avvisi/disattiva/<token:token>")
@public
def unsubscribe(token: str) -> ResponseReturnValue:
    return _page(token, done=False)


@blueprint.post("/avvisi/disattiva/<token:token>")
@public
def unsubscribe_now(token: str) -> ResponseReturnValue:
    if services.unsubscribing(token) is not None:
        services.unsubscribe(token=token)
    return _page(token, done=True)


def _page(token: str, *, done: bool) -> Response:
    """What the link stops; it does not say for whom."""
    found = services.unsubscribing(token)
    answer = make_response(
        render_template(
            "notifications/unsubscribe.html",
            reason=REASONS[found.concern] if found else None,
            done=done,
            token=token,
        ),
        410 if found is None else 200,
    )
    answer.headers["Cache-Control"] = "no-store"
    return answer
