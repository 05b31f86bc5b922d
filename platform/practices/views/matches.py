"""What suits what: a match's page, the list of the own ones, and what people do with them."""

from __future__ import annotations

from dataclasses import dataclass

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from core.access import authorise, current_actor, governed_by, public, signed_in
from core.domain import Refused
from core.i18n import language
from practices import policies, services
from practices.forms import ContactForm, DismissForm
from practices.models import Match, MatchState
from practices.queries import matches as queries
from practices.queries import words
from practices.rules.matching import MATCH_TRANSITIONS
from practices.views import blueprint


@dataclass(frozen=True, slots=True)
class Tab:
    """One state in the list of the own matches."""

    label: str
    url: str
    current: bool
    count: int


@blueprint.get("/il-mio-spazio/corrispondenze")
@signed_in
def my_matches() -> ResponseReturnValue:
    """The matches that the actor decides about, a state at a time."""
    asked = request.args.get("stato")
    chosen = next(
        (state for state, code in words.MATCH_CODES.items() if code == asked), MatchState.SUGGESTED
    )
    actor = current_actor()
    page = queries.own_matches(
        actor, chosen, after=request.args.get("dopo"), before=request.args.get("prima")
    )
    counts = queries.count_own_matches(actor)
    code = None if chosen is MatchState.SUGGESTED else words.MATCH_CODES[chosen]
    return render_template(
        "practices/my_matches.html",
        page=page,
        state=chosen,
        tabs=[_tab(state, chosen, counts[state]) for state in MatchState],
        newer_url=page.before and url_for(".my_matches", stato=code, prima=page.before),
        older_url=page.after and url_for(".my_matches", stato=code, dopo=page.after),
    )


@blueprint.get("/corrispondenze/<int:match_id>")
@public
def match(match_id: int) -> ResponseReturnValue:
    """Both stories with the reasons, to who may open both."""
    return _page(_match_or_404(match_id))


@blueprint.post("/corrispondenze/<int:match_id>/contatta")
@governed_by(policies.may_contact)
def contact(match_id: int) -> ResponseReturnValue:
    """Send the first message; where the two sides write to each other already, say where."""
    found = _match_or_404(match_id)
    authorise(policies.may_contact, found)
    form = ContactForm()
    if not form.validate():
        return _page(found, form), 422
    try:
        begun = services.contact_match(
            match_id=match_id,
            text=form.text.result,
            key=form.submission_key.data or "",
            lang=language(),
            by=current_actor(),
        )
    except Refused:
        # Somebody was quicker, or a story left the catalogue: say so, and give the text back.
        return _page(_match_or_404(match_id), form, outdated=True), 409
    flash(gettext("Il messaggio è partito: da qui in poi vi scrivete in questa discussione."), "ok")
    return redirect(url_for("forum.thread", thread_id=begun.thread_id))


@blueprint.get("/corrispondenze/<int:match_id>/scarta")
@governed_by(policies.may_dismiss)
def dismiss(match_id: int) -> ResponseReturnValue:
    """The question before a match is put aside."""
    found = _match_or_404(match_id)
    authorise(policies.may_dismiss, found)
    return _question(found, DismissForm())


@blueprint.post("/corrispondenze/<int:match_id>/scarta")
@governed_by(policies.may_dismiss)
def dismiss_now(match_id: int) -> ResponseReturnValue:
    found = _match_or_404(match_id)
    authorise(policies.may_dismiss, found)
    form = DismissForm()
    if not form.validate():
        return _question(found, form), 422
    try:
        services.dismiss_match(match_id=match_id, reason=form.reason.data or "", by=current_actor())
    except Refused:
        return _page(_match_or_404(match_id), outdated=True), 409
    flash(gettext("Corrispondenza scartata: non vi sarà più suggerita."), "ok")
    return redirect(url_for(".my_matches"))


def _match_or_404(match_id: int) -> Match:
    found = queries.match(match_id, current_actor())
    if found is None:
        abort(404)
    return found


def _page(found: Match, form: ContactForm | None = None, *, outdated: bool = False) -> str:
    actor = current_actor()
    line = queries.match_line(found.id, actor)
    if line is None:
        abort(404)
    handles = policies.may_handle(actor, found)
    begins = handles and MATCH_TRANSITIONS.allows(found.state, MatchState.CONTACTED)
    may_contact = begins and policies.may_contact(actor, found)
    other = queries.other_side(actor, found)
    reaches = may_contact and bool(queries.speakers_of(other) - {actor.member_id})
    if form is None and reaches:
        form = ContactForm(formdata=None)
    return render_template(
        "practices/match.html",
        match=line,
        handles=handles,
        begins=begins,
        may_contact=may_contact,
        reaches=reaches,
        other=line.offer if other.id == found.offer_id else line.seek,
        other_contact=other.contact,
        form=form,
        outdated=outdated,
        thread_id=found.thread_id if handles and found.space_id in actor.space_ids else None,
        may_dismiss=handles and MATCH_TRANSITIONS.allows(found.state, MatchState.DISMISSED),
    )


def _question(found: Match, form: DismissForm) -> str:
    line = queries.match_line(found.id, current_actor())
    return render_template("practices/dismiss_match.html", match=line, form=form)


def _tab(state: MatchState, chosen: MatchState, count: int) -> Tab:
    code = None if state is MatchState.SUGGESTED else words.MATCH_CODES[state]
    label = str(words.MATCH_LISTS[state])
    return Tab(label, url_for(".my_matches", stato=code), state is chosen, count)
