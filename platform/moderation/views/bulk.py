"""Deciding about all that was ticked, and telling what was done and what was not."""

from __future__ import annotations

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, ngettext

from core.access import authorise, current_actor, governed_by
from moderation import services
from moderation.forms import WHY_NOT, BulkForm
from moderation.policies import may_moderate
from moderation.rules import Deed
from moderation.services import Result
from moderation.views import blueprint
from moderation.views.queue import queue_page


@blueprint.post("/moderazione")
@governed_by(may_moderate)
def decide_many() -> ResponseReturnValue:
    authorise(may_moderate)
    form = BulkForm()
    if not form.validate():
        return queue_page(form), 422
    result = services.decide_many(
        picked=form.things,
        deed=Deed(form.deed.data or ""),
        reason=form.reason.data or "",
        for_authors=form.authors,
        by=current_actor(),
    )
    _tell(result)
    return redirect(url_for("moderation.queue", mostra=request.args.get("mostra")), 303)


def _tell(result: Result) -> None:
    if result.done:
        flash(ngettext("%(num)s elemento deciso.", "%(num)s elementi decisi.", result.done), "ok")
    if result.refused:
        unknown = gettext("nel frattempo è cambiato")
        why = sorted({str(WHY_NOT.get(reason, unknown)) for _one, reason in result.refused})
        flash(
            ngettext(
                "%(num)s elemento è rimasto com’era: %(why)s.",
                "%(num)s elementi sono rimasti com’erano: %(why)s.",
                len(result.refused),
                why=", ".join(why),
            ),
            "warning",
        )
    if result.authors:
        flash(
            ngettext(
                "%(num)s autore ha ricevuto il provvedimento.",
                "%(num)s autori hanno ricevuto il provvedimento.",
                result.authors,
            ),
            "ok",
        )
    if result.authors_refused:
        flash(
            ngettext(
                "Per %(num)s autore non spetta a te, o è già sospeso.",
                "Per %(num)s autori non spetta a te, o sono già sospesi.",
                result.authors_refused,
            ),
            "warning",
        )
