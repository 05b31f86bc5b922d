"""Reading a twinning: its page, its discussions, who takes part."""

from __future__ import annotations

from dataclasses import dataclass

from flask import render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from core.access import current_actor, public
from core.i18n import day, language
from forum import policies as forum
from members.queries import Person
from taxonomy import queries as taxonomy
from twinning import policies
from twinning.models import ParticipationRole, ParticipationState, Twinning, TwinningState
from twinning.queries import page
from twinning.queries.page import Partner
from twinning.queries.permissions import permission_table
from twinning.rules import BEING_WRITTEN, OPEN_STATES, obstacles
from twinning.views import rows
from twinning.views.words import obstacle_text

THREADS_ON_PAGE = 3
_OVER = (TwinningState.CONCLUDED, TwinningState.ARCHIVED)


@dataclass(frozen=True, slots=True)
class End:
    """One side of the bridge between those who give and those who receive."""

    name: str
    url: str | None = None
    unit: str = ""
    contact: Person | None = None
    note: str = ""
    state: str = ""


@public
def twinning(slug: str) -> ResponseReturnValue:
    """The page of seed 001: solution, objectives, results, who gives and who receives."""
    found = rows.find(slug)
    actor = current_actor()
    cast = page.cast(found, actor)
    everyone = cast.partners
    standing = [one for one in everyone if one.is_standing]
    by_role = {role: [one for one in standing if one.role is role] for role in ParticipationRole}
    discussions = rows.threads(found)
    return render_template(
        "twinning/twinning.html",
        **rows.frame(found, everyone, discussions),
        givers=by_role[ParticipationRole.GIVER],
        receivers=by_role[ParticipationRole.RECEIVER],
        national=by_role[ParticipationRole.NATIONAL],
        giving_ends=_ends(by_role[ParticipationRole.GIVER]),
        receiving_ends=_ends(by_role[ParticipationRole.RECEIVER]),
        nobody_known=not standing and found.state in _OVER,
        coordinating=by_role[ParticipationRole.COORDINATOR],
        coordinator=cast.coordinator,
        proposer=cast.proposer if found.state not in OPEN_STATES else None,
        practice=page.source_practice(found, actor),
        themes=_themes(found),
        shown_threads=discussions.in_the_open[:THREADS_ON_PAGE],
        index=_index(found),
        next_step=_next_step(found),
        to_answer=[one for one in everyone if one.may_answer],
        may_take_charge=policies.may_take_charge(actor, found),
        may_open_thread=forum.may_open(actor),
    )


@public
def threads(slug: str) -> ResponseReturnValue:
    """All discussions of a twinning."""
    found = rows.find(slug)
    return render_template(
        "twinning/threads.html",
        **rows.frame(found, page.partners(found, current_actor()), rows.threads(found)),
        may_open_thread=forum.may_open(current_actor()),
    )


@public
def partners(slug: str) -> ResponseReturnValue:
    """Who takes part in which role, since when and by which act, and who may do what here."""
    found = rows.find(slug)
    cast = page.cast(found, current_actor())
    return render_template(
        "twinning/partners.html",
        **rows.frame(found, cast.partners, rows.threads(found)),
        coordinator=cast.coordinator,
        table=permission_table(found),
        roles=ParticipationRole,
    )


def _themes(found: Twinning) -> list[tuple[str, str]]:
    """Code and name of the themes, in the order of the tree."""
    chosen = {theme.id for theme in found.themes}
    return [
        (theme.code, theme.name(language()))
        for number, theme in taxonomy.themes_by_id().items()
        if number in chosen
    ]


def _ends(partners: list[Partner]) -> list[End]:
    """Cards of the bridge; a side where nobody stands yet says so."""
    if not partners:
        return [End(gettext("Ente da trovare"))]
    return [End(one.name, one.url, one.unit, one.contact, _joined(one)) for one in partners]


def _joined(partner: Partner) -> str:
    """How a body's consent is known, and since when."""
    if partner.answered_at is None:
        return partner.state_label
    since = day(partner.answered_at)
    if partner.state is ParticipationState.ON_RECORD:
        return str(gettext("Adesione agli atti dal %(day)s", day=since))
    return str(gettext("Adesione accettata il %(day)s", day=since))


@dataclass(frozen=True, slots=True)
class NextStep:
    """Where a twinning that does not run yet goes next, and what is missing for that."""

    state: TwinningState
    missing: list[str]
    may_take: bool


def _next_step(found: Twinning) -> NextStep | None:
    """For those who bring it there, or wait for it: proposer, coordinator, administrators."""
    actor = current_actor()
    if not (policies.may_edit(actor, found) or policies.proposes(actor, found)):
        return None
    if found.state in BEING_WRITTEN:
        new = TwinningState.PROPOSED
    elif found.state is TwinningState.PROPOSED:
        new = TwinningState.ACTIVE
    else:
        return None
    return NextStep(
        new,
        [obstacle_text(one) for one in obstacles(found, new)],
        policies.may_change_state(actor, found, new),
    )


def _index(found: Twinning) -> list[tuple[str, str]]:
    """The parts of the page that are there: name and anchor."""
    parts = [
        (gettext("La soluzione"), "soluzione", found.solution_html),
        (gettext("Obiettivi"), "obiettivi", found.objectives_html),
        (gettext("Risultati"), "risultati", found.results_html),
        (gettext("Discussioni nel gemellaggio"), "discussioni", "always"),
    ]
    return [(name, anchor) for name, anchor, html in parts if html]
