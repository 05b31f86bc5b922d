"""Who may see and do what in one twinning: the table of its page, asked of the policies."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from flask_babel import gettext

from core.actor import VISITOR, Actor, Role
from forum import policies as forum
from twinning import policies
from twinning.models import (
    Participation,
    ParticipationRole,
    ParticipationState,
    Twinning,
    TwinningState,
)
from twinning.rules import STANDING, TRANSITIONS

# Nobody has these numbers: the readers of the table are made up.
_NOBODY = -1
_NO_BODY = -1


@dataclass(frozen=True, slots=True)
class Line:
    """What can be done, and for each sort of reader whether they may."""

    label: str
    allowed: tuple[bool, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """The columns' names, and the lines below them."""

    readers: tuple[str, ...]
    lines: tuple[Line, ...]


def permission_table(twinning: Twinning) -> Table:
    """Ask every policy for every sort of reader; no query, and no second set of rules."""
    readers = _readers(twinning)
    return Table(
        readers=tuple(label for label, _ in readers),
        lines=tuple(
            Line(label, tuple(question(actor) for _, actor in readers))
            for label, question in _questions(twinning)
        ),
    )


def _readers(twinning: Twinning) -> list[tuple[str, Actor]]:
    partner = next(
        (one.organisation_id for one in twinning.participations if one.state in STANDING), None
    )
    readers = [
        (gettext("Visitatori"), VISITOR),
        (gettext("Iscritti"), Actor(member_id=_NOBODY)),
    ]
    keys = frozenset[int]() if twinning.space_id is None else frozenset({twinning.space_id})
    if partner is not None:
        here = frozenset({partner})
        contact = Actor(
            member_id=_NOBODY,
            organisation_ids=here,
            contact_organisation_ids=here,
            space_ids=keys,
        )
        readers += [
            (gettext("Persone degli enti"), replace(contact, contact_organisation_ids=frozenset())),
            (gettext("Referenti degli enti"), contact),
        ]
        if twinning.proposer_id not in (None, twinning.coordinator_id):
            readers.append(
                (gettext("Chi propone"), replace(contact, member_id=twinning.proposer_id))
            )
    if twinning.coordinator_id is not None:
        coordinator = Actor(
            member_id=twinning.coordinator_id,
            roles=frozenset({Role.COORDINATOR}),
            space_ids=keys,
        )
        readers.append((gettext("Coordinamento"), coordinator))
    return [
        *readers,
        (gettext("Redazione"), Actor(member_id=_NOBODY, roles=frozenset({Role.EDITOR}))),
        (
            gettext("Amministrazione"),
            Actor(member_id=_NOBODY, roles=frozenset({Role.ADMINISTRATOR})),
        ),
    ]


def _questions(twinning: Twinning) -> list[tuple[str, Callable[[Actor], bool]]]:
    invited = Participation(
        organisation_id=_NO_BODY,
        role=ParticipationRole.RECEIVER,
        state=ParticipationState.INVITED,
    )
    taking_part = [one for one in twinning.participations if one.state in STANDING]
    questions: list[tuple[str, Callable[[Actor], bool]]] = [
        (
            gettext("Leggere il gemellaggio e le sue discussioni"),
            lambda actor: policies.is_visible(actor, twinning),
        ),
        (
            gettext("Aprire una discussione"),
            lambda actor: policies.is_visible(actor, twinning) and forum.may_open(actor),
        ),
        (
            gettext("Entrare nello spazio riservato e scriverci"),
            lambda actor: policies.may_enter_space(actor, twinning),
        ),
        (
            gettext("Vedere gli inviti in attesa e i rifiuti"),
            lambda actor: (
                policies.is_visible(actor, twinning)
                and policies.may_see_participation(actor, twinning, invited)
            ),
        ),
        (gettext("Modificare i testi"), lambda actor: policies.may_edit(actor, twinning)),
        (
            gettext("Invitare un ente, ritirare un invito"),
            lambda actor: policies.may_invite(actor, twinning),
        ),
        (
            gettext("Ritirare il proprio ente"),
            lambda actor: any(policies.may_leave(actor, twinning, one) for one in taking_part),
        ),
        (
            gettext("Registrare agli atti chi partecipa"),
            lambda actor: policies.may_record_partner(actor, twinning),
        ),
    ]
    steps = [
        new
        for new in TwinningState
        if new is not TwinningState.REMOVED and TRANSITIONS.allows(twinning.state, new)
    ]
    return questions + [(step_label(twinning.state, new), _takes(twinning, new)) for new in steps]


def _takes(twinning: Twinning, new: TwinningState) -> Callable[[Actor], bool]:
    return lambda actor: policies.may_change_state(actor, twinning, new)


def step_label(old: TwinningState, new: TwinningState) -> str:
    """A step from one state to the next, as buttons and tables say it."""
    if old is TwinningState.SUSPENDED and new is TwinningState.ACTIVE:
        resume: str = gettext("Riprendere il gemellaggio")
        return resume
    labels: dict[TwinningState, str] = {
        TwinningState.PROPOSED: gettext("Proporre il gemellaggio"),
        TwinningState.CHANGES_REQUESTED: gettext("Chiedere modifiche"),
        TwinningState.REJECTED: gettext("Respingere la proposta"),
        TwinningState.ACTIVE: gettext("Attivare il gemellaggio"),
        TwinningState.SUSPENDED: gettext("Sospendere il gemellaggio"),
        TwinningState.CONCLUDED: gettext("Concludere il gemellaggio"),
        TwinningState.ARCHIVED: gettext("Archiviare il gemellaggio"),
        TwinningState.REMOVED: gettext("Rimuovere il gemellaggio"),
    }
    return labels[new]
