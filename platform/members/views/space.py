"""The own space: what waits for the member, affiliations, sessions."""

from __future__ import annotations

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from core.access import current_actor, signed_in
from core.actor import Actor, Role
from core.contracts import Task
from core.counting import counted_each
from core.registry import registry
from members import queries
from members.services import sessions
from members.views import blueprint, browser, own_pages, sections

_MOST_LINES = 5


@blueprint.get("/il-mio-spazio")
@signed_in
def my_space() -> ResponseReturnValue:
    actor = current_actor()
    assert actor.member_id is not None
    waiting, numbers = _numbers(actor)
    work = sorted(
        (line for lines in registry().own_work for line in lines(actor, _MOST_LINES)),
        key=lambda line: line.at,
        reverse=True,
    )
    return render_template(
        "members/my_space.html",
        member=queries.own(actor),
        drafts=[line for line in work if not line.waits][:_MOST_LINES],
        waiting_for_others=[line for line in work if line.waits][:_MOST_LINES],
        tasks=[
            {"title": str(task.label), "count": count, "url": url_for(task.endpoint)}
            for task, count in waiting
            if count
        ],
        roles=[role for role in Role if role in actor.roles],
        affiliations=[
            one for one in queries.affiliations_of_member(actor.member_id) if one.is_open
        ],
        sessions=queries.sessions_of(actor.member_id, browser.current_token()),
        sections=sections("members.my_space", numbers),
    )


def _numbers(actor: Actor) -> tuple[list[tuple[Task, int]], dict[str, int]]:
    """What waits for the actor, and the numbers of the menu by endpoint; one query."""
    tasks = registry().tasks
    pages = [one for one in own_pages() if one.count is not None]
    found = counted_each(
        [task.count(actor) for task in tasks] + [one.count(actor) for one in pages if one.count]
    )
    waiting = list(zip(tasks, found, strict=False))
    numbers = zip((one.endpoint for one in pages), found[len(tasks) :], strict=True)
    return waiting, dict(numbers)


@blueprint.post("/il-mio-spazio/accessi/<int:number>/chiudi")
@signed_in
def end_session(number: int) -> ResponseReturnValue:
    """End one of the own sessions, on a device that is somewhere else, or this one."""
    actor = current_actor()
    own = queries.sessions_of(actor.member_id or 0, browser.current_token())
    chosen = next((one for one in own if one.id == number), None)
    # Closed twice is closed; the number of somebody else's session says nothing.
    if chosen is None:
        abort(404)
    sessions.end_one(session_id=number, by=actor)
    if chosen.is_this:
        browser.end()
        return redirect(url_for("portal.home"), 303)
    flash(gettext("Fatto: quell’accesso è chiuso."), "success")
    return redirect(url_for("members.my_space"), 303)


@blueprint.post("/il-mio-spazio/esci-ovunque")
@signed_in
def end_sessions() -> ResponseReturnValue:
    """End the other sessions, or all of them with this one."""
    keeps_this = request.form.get("anche_qui") != "1"
    token = browser.current_token() if keeps_this else None
    ended = sessions.end_sessions(by=current_actor(), except_token=token)
    if not keeps_this:
        browser.end()
        return redirect(url_for("portal.home"), 303)
    flash(
        gettext("Fatto: gli altri accessi sono chiusi.")
        if ended
        else gettext("Non c’erano altri accessi aperti."),
        "success",
    )
    return redirect(url_for("members.my_space"), 303)
