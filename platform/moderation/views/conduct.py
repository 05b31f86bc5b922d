"""What was decided: by whom about whom, for moderators; warning, suspending, undoing."""

from __future__ import annotations

from datetime import timedelta

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from core import clock
from core.access import authorise, current_actor, governed_by
from core.domain import Refused
from members.models import Member, MemberState
from members.queries import Person
from moderation import queries, services
from moderation.forms import MEASURES, WARN, MemberMeasureForm, ReasonForm
from moderation.models import MeasureSort
from moderation.policies import may_act_on, may_lift, may_moderate
from moderation.queries import MeasureLine
from moderation.views import blueprint
from moderation.views.queue import tabs


@blueprint.get("/moderazione/decisi")
@governed_by(may_moderate)
def decided() -> ResponseReturnValue:
    """What moderators decided, newest first."""
    authorise(may_moderate)
    actor = current_actor()
    page = queries.measures(actor, after=request.args.get("dopo"), before=request.args.get("prima"))
    return render_template(
        "moderation/decided.html",
        page=page,
        tabs=tabs(queries.numbers(actor), "decisi"),
        measures=MEASURES,
    )


@blueprint.get("/moderazione/iscritti/<int:number>")
@governed_by(may_moderate, may_act_on)
def conduct(number: int) -> ResponseReturnValue:
    """What was decided about a member, and the form for more."""
    person, member = _member(number)
    return _conduct_page(person, member, MemberMeasureForm())


@blueprint.post("/moderazione/iscritti/<int:number>")
@governed_by(may_moderate, may_act_on)
def act_on_member(number: int) -> ResponseReturnValue:
    person, member = _member(number)
    form = MemberMeasureForm()
    if not form.validate():
        return _conduct_page(person, member, form), 422
    reason, actor = form.reason.data or "", current_actor()
    if form.sort.data == WARN:
        services.warn_member(member_id=number, reason=reason, by=actor)
        flash(gettext("Richiamo inviato, con il motivo e il modo di fare ricorso."), "ok")
        return redirect(url_for("moderation.conduct", number=number), 303)
    ends_at = clock.now() + timedelta(days=int(form.sort.data))
    try:
        services.suspend_member(member_id=number, reason=reason, ends_at=ends_at, by=actor)
    except Refused as error:
        if error.reason != "last_administrator":
            raise
        form.sort.errors = [gettext("È l’ultimo amministratore: prima nominane un altro.")]
        return _conduct_page(person, member, form), 422
    flash(gettext("Sospensione decisa: tutti i suoi accessi sono chiusi."), "ok")
    return redirect(url_for("moderation.conduct", number=number), 303)


@blueprint.get("/moderazione/provvedimenti/<int:number>/annulla")
@governed_by(may_moderate, may_lift)
def lift(number: int) -> ResponseReturnValue:
    """What undoing a measure means, before it is done."""
    return _lift_page(_measure(number), ReasonForm())


@blueprint.post("/moderazione/provvedimenti/<int:number>/annulla")
@governed_by(may_moderate, may_lift)
def lift_now(number: int) -> ResponseReturnValue:
    line = _measure(number)
    form = ReasonForm()
    if not form.validate():
        return _lift_page(line, form), 422
    services.lift_measure(measure_id=number, reason=form.reason.data or "", by=current_actor())
    flash(gettext("Provvedimento annullato."), "ok")
    return redirect(url_for("moderation.decided"), 303)


def _member(number: int) -> tuple[Person, Member]:
    authorise(may_moderate)
    found = queries.profile_of(number)
    if found is None:
        abort(404)
    authorise(may_act_on, number)
    return found


def _measure(number: int) -> MeasureLine:
    authorise(may_moderate)
    line = queries.readable_measure(number, current_actor())
    if line is None:
        abort(404)
    row = queries.measure(number)
    if line.lifted_at is not None:
        abort(409)
    authorise(may_lift, row)
    return line


def _conduct_page(person: Person, member: Member, form: MemberMeasureForm) -> str:
    actor = current_actor()
    return render_template(
        "moderation/conduct.html",
        person=person,
        member=member,
        is_suspended=member.state is MemberState.SUSPENDED,
        may_suspend=queries.may_be_shut_out(member.id, actor),
        lines=queries.measures_of(member.id, actor),
        measures=MEASURES,
        form=form,
    )


def _lift_page(line: MeasureLine, form: ReasonForm) -> str:
    return render_template(
        "moderation/lift.html",
        line=line,
        form=form,
        measures=MEASURES,
        comes_back=line.sort in (MeasureSort.HIDDEN, MeasureSort.REFUSED),
    )
