"""The own list of notices. Nothing is noted on GET: opening a notice is a small form."""

from __future__ import annotations

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from core.access import current_actor, signed_in
from core.links import LARGEST_ID
from core.references import Reference
from notifications import queries, services
from notifications.views import blueprint, reader

_NOTHING = Reference("nothing", 0)


@blueprint.get("/il-mio-spazio/avvisi")
@signed_in
def notices() -> ResponseReturnValue:
    actor = current_actor()
    page = queries.notices(actor, after=request.args.get("dopo"), before=request.args.get("prima"))
    shown = [line.id for group in page.items for line in group.lines]
    return render_template(
        "notifications/notices.html",
        page=page,
        newest=max(shown, default=0),
        unread=reader.unread_notices(),
    )


@blueprint.post("/il-mio-spazio/avvisi/<int:number>/apri")
@signed_in
def open_notice(number: int) -> ResponseReturnValue:
    """Note that the notice was read, and lead to what it tells of."""
    actor = current_actor()
    address = queries.notice_address(number, actor)
    if address is None:
        abort(404)
    services.mark_read(number=number, by=actor)
    return redirect(address, 303)


@blueprint.post("/il-mio-spazio/avvisi/letti")
@signed_in
def read_all() -> ResponseReturnValue:
    """Note that all notices up to the newest one of the page were read, or those of one thing."""
    services.mark_all_read(up_to=_up_to(), place=_place(), by=current_actor())
    flash(gettext("Segnati come letti."), "ok")
    return redirect(url_for("notifications.notices"), 303)


def _up_to() -> int:
    """The newest notice of the page; nonsense stands before all of them."""
    asked = request.form.get("fino", "")
    if not asked.isascii() or not asked.isdigit() or len(asked) > 10:
        return 0
    return min(int(asked), LARGEST_ID)


def _place() -> Reference | None:
    """The one thing whose notices are meant; nonsense is a thing without any."""
    asked = request.form.get("su")
    if not asked:
        return None
    try:
        found = Reference.parse(asked)
    except ValueError:
        return _NOTHING
    return found if found.id <= LARGEST_ID else _NOTHING
