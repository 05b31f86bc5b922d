"""Bodies that take part: recorded, invited, answering, leaving."""

from __future__ import annotations

from enum import StrEnum
from typing import TypeVar

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from wtforms import DateField, RadioField
from wtforms.validators import Optional

from core.forms import Form, Line, Paragraphs, SubmissionForm
from core.text import fold
from members.forms import BodyForm as InvitedBodyForm
from organisations.queries import OrganisationLine, find_organisations
from twinning.forms.fields import CHOICE, DATE_FORMATS, LONGEST_REASON, office
from twinning.models import (
    ParticipationRole,
)
from twinning.queries.lines import role_label

B = TypeVar("B", bound="BodyForm")
LONGEST_ACT = 300
LONGEST_MESSAGE = 1_000


class Reply(StrEnum):
    """The answer to an invitation; the values stand in the form."""

    ACCEPT = "accetta"
    REFUSE = "rifiuta"


class BodyForm(SubmissionForm):
    """A body of the register, and the part that it plays."""

    name = Line(
        _l("Ente"),
        description=_l("Scrivi il nome, la sigla o il codice IPA di un ente del registro."),
    )
    chosen = RadioField(
        _l("Quale intendi?"), coerce=int, validators=[Optional()], choices=[], **CHOICE
    )
    role = RadioField(_l("Ruolo"), coerce=ParticipationRole, **CHOICE)
    unit = office()
    organisation_id: int | None = None

    def is_fit(self) -> bool:
        """Whether everything is said, and it is clear which body is meant."""
        found = find_organisations(self.name.data or "", limit=10)
        self.chosen.choices = [(line.id, line.name) for line in found] if len(found) > 1 else []
        valid = self.validate()
        if self.name.errors:
            return False
        meant = _meant(self.name.data or "", found, self.chosen.data)
        if meant is None:
            self.name.errors = [
                gettext("Più enti hanno un nome simile: scegli il tuo qui sotto.")
                if found
                else gettext("Nel registro non c’è un ente con questo nome.")
            ]
            return False
        self.organisation_id = meant.id
        return bool(valid)


class PartnerForm(BodyForm):
    """A body that took part, and the act that says so."""

    act = Line(
        _l("Atto"),
        limit=LONGEST_ACT,
        description=_l(
            "L’atto da cui risulta l’adesione, con numero e data: si legge nella pagina dei"
            " partecipanti."
        ),
    )
    accepted_on = DateField(_l("Data dell’adesione"), format=DATE_FORMATS, validators=[Optional()])


class InviteForm(BodyForm):
    """A body that is asked to take part, and what it is told."""

    message = Paragraphs(
        _l("Messaggio"),
        required=False,
        limit=LONGEST_MESSAGE,
        description=_l("Lo legge il referente dell’ente insieme all’invito."),
    )


class NewcomerForm(InvitedBodyForm):
    """A body that is not here yet, the part that it is to play, and who is to speak for it."""

    role = RadioField(_l("Ruolo"), coerce=ParticipationRole, **CHOICE)
    unit = office()


def newcomer_form() -> NewcomerForm:
    form = NewcomerForm()
    form.role.choices = [(role, role_label(role)) for role in ParticipationRole]
    return form


def partner_form() -> PartnerForm:
    return _with_roles(PartnerForm())


def invite_form() -> InviteForm:
    return _with_roles(InviteForm())


def _with_roles(form: B) -> B:
    form.role.choices = [(role, role_label(role)) for role in ParticipationRole]
    return form


class AnswerForm(Form):
    """Yes or no to an invitation; what follows from either is said beside it."""

    answer = RadioField(
        _l("La risposta dell’ente"),
        coerce=Reply,
        **CHOICE,
    )
    unit = office()
    note = Paragraphs(
        _l("Nota"),
        required=False,
        limit=LONGEST_REASON,
        description=_l("La leggono chi vi ha invitato e il coordinamento."),
    )


def answer_form(unit: str) -> AnswerForm:
    """The question, with the office that the invitation names."""
    form = AnswerForm(data={"unit": unit})
    form.answer.choices = [
        (Reply.ACCEPT, _l("Accettiamo: l’ente partecipa")),
        (Reply.REFUSE, _l("Non partecipiamo")),
    ]
    return form


class LeaveForm(Form):
    """Why the own body leaves."""

    reason = Paragraphs(
        _l("Motivo"),
        limit=LONGEST_REASON,
        description=_l("Lo leggono il coordinamento e i referenti degli altri enti."),
    )


class WithdrawForm(Form):
    """Why a body does not take part any more."""

    reason = Paragraphs(_l("Motivo"), limit=LONGEST_REASON)


def _meant(name: str, found: list[OrganisationLine], chosen: int | None) -> OrganisationLine | None:
    """The body that was ticked, else the only one, else the only one of exactly this name."""
    ticked = [line for line in found if line.id == chosen]
    exact = [line for line in found if fold(name) in (fold(line.name), fold(line.acronym))]
    for candidates in (ticked, found, exact):
        if len(candidates) == 1:
            return candidates[0]
    return None
