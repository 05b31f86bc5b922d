"""Objecting to a measure, for those whom it concerns, and answering, for moderators."""

from __future__ import annotations

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from core.access import authorise, current_actor, governed_by, public, signed_in
from members.queries import taken_html
from moderation import queries, services
from moderation.forms import MEASURES, AppealAnswerForm, AppealForm
from moderation.models import MeasureSort
from moderation.policies import may_moderate
from moderation.queries import AppealLine, MeasureLine
from moderation.views import blueprint
from moderation.views.queue import tabs


@blueprint.get("/il-mio-spazio/provvedimenti")
@signed_in
def own_measures() -> ResponseReturnValue:
    page = queries.own_measures(
        current_actor(), after=request.args.get("dopo"), before=request.args.get("prima")
    )
    return render_template("moderation/own_measures.html", page=page, measures=MEASURES)


@blueprint.get("/il-mio-spazio/provvedimenti/<int:number>/ricorso")
@signed_in
def appeal(number: int) -> ResponseReturnValue:
    return _appeal_page(_own_measure(number), AppealForm())


@blueprint.post("/il-mio-spazio/provvedimenti/<int:number>/ricorso")
@signed_in
def make_appeal(number: int) -> ResponseReturnValue:
    line = _own_measure(number, was_made=True)
    form = AppealForm()
    if line.appeal is not None:
        # A double click: it was made a moment ago.
        return redirect(url_for("moderation.own_measures", _anchor=f"p{number}"), 303)
    if not form.validate():
        return _appeal_page(line, form), 422
    services.make_appeal(
        measure_id=number, text=form.text.data or "", member_id=current_actor().member_id
    )
    flash(gettext("Ricorso inviato: riceverai la risposta per posta."), "ok")
    return redirect(url_for("moderation.own_measures", _anchor=f"p{number}"), 303)


@blueprint.get("/ricorso/<token:token>")
@public
def appeal_by_link(token: str) -> ResponseReturnValue:
    """The same for who is shut out, by the link of the mail or of the page of sign-in."""
    line, _member_id = _linked_measure(token)
    return _appeal_page(line, AppealForm(), token)


@blueprint.post("/ricorso/<token:token>")
@public
def make_appeal_by_link(token: str) -> ResponseReturnValue:
    line, member_id = _linked_measure(token)
    form = AppealForm()
    if line.appeal is not None:
        return redirect(url_for("moderation.appeal_by_link", token=token), 303)
    if not line.may_appeal:
        return _appeal_page(line, form, token), 409
    if not form.validate():
        return _appeal_page(line, form, token), 422
    services.make_appeal(measure_id=line.id, text=form.text.data or "", member_id=member_id)
    flash(gettext("Ricorso inviato: riceverai la risposta per posta."), "ok")
    return redirect(url_for("moderation.appeal_by_link", token=token), 303)


@blueprint.get("/moderazione/ricorsi")
@governed_by(may_moderate)
def appeals() -> ResponseReturnValue:
    authorise(may_moderate)
    actor = current_actor()
    return render_template(
        "moderation/appeals.html",
        lines=queries.open_appeals(actor),
        tabs=tabs(queries.numbers(actor), "ricorsi"),
        measures=MEASURES,
    )


@blueprint.get("/moderazione/ricorsi/<int:number>")
@governed_by(may_moderate)
def answer(number: int) -> ResponseReturnValue:
    return _answer_page(_open_appeal(number), AppealAnswerForm())


@blueprint.post("/moderazione/ricorsi/<int:number>")
@governed_by(may_moderate)
def answer_now(number: int) -> ResponseReturnValue:
    line = _open_appeal(number)
    form = AppealAnswerForm()
    if not form.validate():
        return _answer_page(line, form), 422
    services.answer_appeal(
        appeal_id=number,
        granted=form.granted.data == "yes",
        answer=form.reason.data or "",
        by=current_actor(),
    )
    flash(gettext("Risposta inviata a chi ha fatto ricorso."), "ok")
    return redirect(url_for("moderation.appeals"), 303)


def _own_measure(number: int, *, was_made: bool = False) -> MeasureLine:
    """409 where nobody can object any more; ``was_made``: unless somebody has."""
    actor = current_actor()
    line = queries.measure_for(number, actor.member_id, actor)
    if line is None:
        abort(404)
    if not line.may_appeal and not (was_made and line.appeal is not None):
        abort(409)
    return line


def _linked_measure(token: str) -> tuple[MeasureLine, int]:
    found = services.read_appeal_token(token)
    if found is None:
        abort(404)
    measure_id, member_id = found
    line = queries.measure_for(measure_id, member_id, current_actor())
    return (line, member_id) if line is not None else abort(404)


def _open_appeal(number: int) -> AppealLine:
    """404 also where it is somebody else's to answer: it stands in no list of this moderator."""
    authorise(may_moderate)
    line = queries.open_appeal(number, current_actor())
    return line if line is not None else abort(404)


def _appeal_page(line: MeasureLine, form: AppealForm, token: str | None = None) -> str:
    return render_template(
        "moderation/appeal.html", line=line, form=form, token=token, measures=MEASURES
    )


def _answer_page(line: AppealLine, form: AppealAnswerForm) -> str:
    return render_template(
        "moderation/answer.html",
        line=line,
        form=form,
        measures=MEASURES,
        taken=_taken(line.measure),
    )


def _taken(measure: MeasureLine) -> str | None:
    """What the measure is about, where it can be read nowhere else."""
    if measure.sort is not MeasureSort.HIDDEN or measure.subject is None:
        return None
    about = measure.subject.reference
    return taken_html(about.id, current_actor()) if about.kind == "member" else None
