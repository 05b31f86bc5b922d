"""What administrators fill in, and what the addresses of their lists ask for."""

from __future__ import annotations

import re
from datetime import date
from enum import StrEnum
from typing import Any, TypeVar

from flask_babel import lazy_gettext as _l
from werkzeug.datastructures import MultiDict
from wtforms import HiddenField, SelectField, SelectMultipleField
from wtforms.validators import AnyOf
from wtforms.widgets import CheckboxInput, ListWidget

from admin.queries.bodies import BodyFilter
from admin.queries.events import EventFilters, kinds, names
from admin.queries.members import MemberFilters, MemberOrder
from core.actor import Role
from core.forms import Form, Paragraphs
from core.links import LARGEST_ID
from core.text import legible, normalise
from members.models import AffiliationState, MemberState
from notifications.models import MailState

LONGEST_REASON = 1_000
LONGEST_SEARCH = 100

S = TypeVar("S", bound=StrEnum)


class ReasonForm(Form):
    """Why something is done that somebody may ask about later."""

    reason = Paragraphs(
        _l("Motivo"),
        limit=LONGEST_REASON,
        description=_l("Resta nel registro delle attività, visibile agli amministratori."),
    )


class StateForm(ReasonForm):
    """Suspend or reinstate; ``new`` is the state that the page spoke of."""

    new = HiddenField(validators=[AnyOf([MemberState.SUSPENDED.value, MemberState.ACTIVE.value])])


class RolesForm(ReasonForm):
    """Which roles a member holds from now on."""

    roles = SelectMultipleField(
        _l("Ruoli nel sito"),
        coerce=Role,
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
    )

    def __init__(self, labels: dict[Role, str], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.roles.choices = [(role, labels[role]) for role in Role]


class ContactForm(ReasonForm):
    """Which of its people speaks for a body from now on."""

    affiliation = SelectField(_l("Referente"), coerce=int)

    def __init__(self, people: list[tuple[int, str]], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.affiliation.choices = list(people)


def one_of(choices: type[S], text: str | None) -> S | None:
    """The member of an enum that an address names; anything else asks for nothing."""
    return next((choice for choice in choices if choice.value == text), None)


def member_filters(args: MultiDict[str, str]) -> MemberFilters:
    states = (one_of(MemberState, text) for text in args.getlist("stato"))
    roles = (one_of(Role, text) for text in args.getlist("ruolo"))
    return MemberFilters(
        words=words_of(args.get("q", "")),
        states=frozenset(state for state in states if state),
        roles=frozenset(role for role in roles if role),
        order=one_of(MemberOrder, args.get("ordina")) or MemberOrder.NAME,
    )


def event_filters(args: MultiDict[str, str]) -> EventFilters:
    kind, name = args.get("su", ""), args.get("fatto", "")
    return EventFilters(
        kind=kind if kind in kinds() else "",
        name=name if name in names() else "",
        who=words_of(args.get("chi", "")),
        number=_number(args.get("numero", "")),
        first=_day(args.get("dal", "")),
        last=_day(args.get("al", "")),
    )


def body_filter(args: MultiDict[str, str]) -> BodyFilter | None:
    return one_of(BodyFilter, args.get("quali"))


def affiliation_state(args: MultiDict[str, str]) -> AffiliationState | None:
    return one_of(AffiliationState, args.get("stato"))


def mail_state(args: MultiDict[str, str]) -> MailState | None:
    found = one_of(MailState, args.get("stato"))
    return None if found is MailState.NONE else found


def words_of(text: str) -> str:
    """What is searched for, as it can be shown again."""
    return normalise(legible(text))[:LONGEST_SEARCH]


def _number(text: str) -> int | None:
    if not re.fullmatch(r"[1-9][0-9]{0,9}", text):
        return None
    return min(int(text), LARGEST_ID)


def _day(text: str) -> date | None:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    # Beyond these a moment of Rome has no name in UTC, or no day follows.
    return day if 1900 <= day.year <= 2200 else None
