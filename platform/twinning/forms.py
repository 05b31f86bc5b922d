"""What contact persons, coordinators, editors and administrators fill in."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, TypeVar

from flask import request
from flask_babel import gettext, lazy_pgettext
from flask_babel import lazy_gettext as _l
from werkzeug.datastructures import MultiDict
from wtforms import DateField, RadioField, SelectField, SelectMultipleField
from wtforms.validators import Optional
from wtforms.widgets import CheckboxInput, ListWidget

from core.actor import Actor
from core.forms import Form, Line, MarkdownText, Paragraphs, SubmissionForm, VersionField
from core.i18n import LANGUAGES, language
from core.text import fold
from members.forms import BodyForm as InvitedBodyForm
from organisations.queries import OrganisationLine, find_organisations
from practices.queries import Proposal
from taxonomy import queries as taxonomy
from taxonomy.queries import programme_choices, theme_choices
from territory import queries as territory
from twinning import policies, rules
from twinning.models import (
    ParticipationRole,
    Twinning,
    TwinningState,
    TwinningVisibility,
)
from twinning.queries import choices
from twinning.queries.catalogue import Filters, Order
from twinning.queries.lines import role_label
from twinning.queries.permissions import step_label
from twinning.rules import LONGEST_SUMMARY, OwnPart, TwinningContent

B = TypeVar("B", bound="BodyForm")

# Values in addresses, which are Italian.
STATES: Mapping[str, TwinningState] = {
    "attivo": TwinningState.ACTIVE,
    "proposto": TwinningState.PROPOSED,
    "concluso": TwinningState.CONCLUDED,
    "sospeso": TwinningState.SUSPENDED,
    "archiviato": TwinningState.ARCHIVED,
    "bozza": TwinningState.DRAFT,
    "da-modificare": TwinningState.CHANGES_REQUESTED,
    "respinto": TwinningState.REJECTED,
}
ROLES: Mapping[str, ParticipationRole] = {
    "offre": ParticipationRole.GIVER,
    "riceve": ParticipationRole.RECEIVER,
}
NO_PROGRAMME = "nessuno"

LONGEST_REASON = 1_000
LONGEST_ACT = 300
LONGEST_MESSAGE = 1_000
_NONE_CHOSEN = ("", _l("Nessuno"))
# Said instead of the library's own words, which speak of values that cannot be converted.
_CHOICE: Mapping[str, Any] = {
    "invalid_choice_message": _l("Scegli una delle voci."),
    "invalid_value_message": _l("Scegli una delle voci."),
}
_DATE_FORMATS = ["%Y-%m-%d", "%d/%m/%Y"]


class Reply(StrEnum):
    """The answer to an invitation; the values stand in the form."""

    ACCEPT = "accetta"
    REFUSE = "rifiuta"


class Button(StrEnum):
    """Which button was pressed; the values stand in the form."""

    SAVE = "salva"
    PREVIEW = "anteprima"


def list_filters(args: MultiDict[str, str]) -> Filters:
    """What the address asks for; values that we do not know ask for nothing.

    A region goes by its name or by its ISTAT code.
    """
    themes = (taxonomy.theme_by_code(code) for code in args.getlist("tema"))
    asked_regions = set(args.getlist("regione"))
    regions = (one for one in territory.regions() if asked_regions & {one.code, one.istat_code})
    asked_programmes = set(args.getlist("programma"))
    programmes: set[int | None] = {
        one.id for one in taxonomy.programmes() if one.code in asked_programmes
    }
    if NO_PROGRAMME in asked_programmes:
        programmes.add(None)
    return Filters(
        states=frozenset(STATES[word] for word in args.getlist("stato") if word in STATES),
        theme_ids=frozenset(theme.id for theme in themes if theme is not None),
        region_ids=frozenset(one.id for one in regions),
        roles=frozenset(ROLES[word] for word in args.getlist("ruolo") if word in ROLES),
        programme_ids=frozenset(programmes),
    )


def list_order(args: MultiDict[str, str]) -> Order:
    """How the address wants the list sorted; the latest activity first unless it says else."""
    asked = args.get("ordina")
    return next((order for order in Order if order == asked), Order.ACTIVITY)


def ask_again(filters: Filters, order: Order) -> dict[str, Any]:
    """The values of an address that asks for these filters in this order."""
    regions = [one.code for one in territory.regions() if one.id in filters.region_ids]
    themes = [
        one.code for number, one in taxonomy.themes_by_id().items() if number in filters.theme_ids
    ]
    programmes = [one.code for one in taxonomy.programmes() if one.id in filters.programme_ids]
    if None in filters.programme_ids:
        programmes.append(NO_PROGRAMME)
    return {
        "stato": [word for word, state in STATES.items() if state in filters.states],
        "tema": themes,
        "regione": regions,
        "ruolo": [word for word, role in ROLES.items() if role in filters.roles],
        "programma": programmes,
        "ordina": order.value if order is not Order.ACTIVITY else None,
    }


def _number_or_none(value: Any) -> int | None:
    return int(value) if value not in ("", None) else None


class TwinningForm(SubmissionForm):
    """A twinning's texts and facts; a new one is known again by its key, an old one by version."""

    version = VersionField()
    title = Line(_l("Titolo"), description=_l("Che cosa passa da un ente all’altro, in una riga."))
    acronym = Line(
        _l("Nome breve"),
        required=False,
        limit=40,
        description=_l("Se il progetto ne ha uno, per esempio TrePu."),
    )
    summary = Paragraphs(
        _l("In breve"),
        required=False,
        limit=LONGEST_SUMMARY,
        description=_l(
            "Una o due frasi per gli elenchi e la ricerca: al massimo %(limit)s caratteri.",
            limit=LONGEST_SUMMARY,
        ),
    )
    solution = MarkdownText(
        _l("La soluzione"),
        required=False,
        description=_l("Che cosa esiste già, chi l’ha fatto, con quali atti e strumenti."),
    )
    objectives = MarkdownText(
        _l("Obiettivi"),
        required=False,
        description=_l("Che cosa vuole ottenere chi riceve."),
    )
    results = MarkdownText(
        _l("Risultati"),
        required=False,
        description=_l("Servono per concludere il gemellaggio: atti, servizi avviati, dati."),
    )
    practice_id = SelectField(
        _l("Pratica d’origine"),
        coerce=_number_or_none,
        description=_l("La storia pubblicata che il gemellaggio trasferisce."),
        **_CHOICE,
    )
    theme_ids = SelectMultipleField(
        _l("Temi"),
        coerce=int,
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
        **_CHOICE,
    )
    programme_id = SelectField(_l("Programma"), coerce=_number_or_none, **_CHOICE)
    funding = Line(
        _l("Finanziamento"),
        required=False,
        description=_l("Fondo, importo o atto, come si legge in un documento."),
    )
    starts_on = DateField(
        lazy_pgettext("data", "Inizio"), format=_DATE_FORMATS, validators=[Optional()]
    )
    ends_on = DateField(
        lazy_pgettext("data", "Fine"), format=_DATE_FORMATS, validators=[Optional()]
    )
    lang = SelectField(_l("Lingua dei testi"), choices=dict(LANGUAGES), **_CHOICE)
    visibility = RadioField(
        _l("Chi lo vede, quando è attivo"), coerce=TwinningVisibility, **_CHOICE
    )
    coordinator_id = SelectField(_l("Coordinamento"), coerce=_number_or_none, **_CHOICE)
    own_body = SelectField(
        _l("Il tuo ente"),
        coerce=_number_or_none,
        description=_l("Partecipa da subito: inviando la bozza accetti per suo conto."),
        **_CHOICE,
    )
    own_role = RadioField(
        _l("Con quale ruolo?"), coerce=ParticipationRole, validators=[Optional()], **_CHOICE
    )
    own_unit = Line(
        _l("Ufficio"),
        required=False,
        description=_l("Chi ci lavora, per esempio l’Agenzia per la famiglia."),
    )

    @property
    def button(self) -> Button:
        """The button that was pressed; saving is what pressing Enter means."""
        pressed = request.form.get("azione")
        return next((one for one in Button if one == pressed), Button.SAVE)

    def is_fit(self, state: TwinningState) -> bool:
        """Whether the twinning can be kept in its state; all that is wrong is said at once."""
        self.validate()
        starts, ends = self.starts_on.data, self.ends_on.data
        if starts and ends and ends < starts:
            self._note("ends_on", gettext("La fine viene prima dell’inizio."))
        if state is TwinningState.CONCLUDED and not self.results.data:
            self._note("results", gettext("Un gemellaggio concluso ha i suoi risultati scritti."))
        if "own_body" in self and self.own_body.data and not self.own_role.data:
            self._note("own_role", gettext("Scegli una delle voci."))
        return not self.errors

    @property
    def own(self) -> OwnPart | None:
        """The own body with its part, where a new twinning begins with one."""
        if "own_body" not in self or not self.own_body.data:
            return None
        return OwnPart(
            organisation_id=self.own_body.data,
            role=self.own_role.data,
            unit=self.own_unit.data or "",
        )

    def content(self, coordinator_id: int | None = None) -> TwinningContent:
        """What a valid form says; ``coordinator_id`` stands where the form does not ask for one."""
        values = {name: self[name].data for name in rules.FIELDS if name in self}
        values.setdefault("coordinator_id", coordinator_id)
        for name in rules.SECTIONS:
            text = self[name]
            assert isinstance(text, MarkdownText)
            values[name] = text.result
        values["theme_ids"] = frozenset(self.theme_ids.data or ())
        return TwinningContent(**values)

    def _note(self, name: str, message: str) -> None:
        self[name].errors = [*self[name].errors, message]


def twinning_form(
    actor: Actor, twinning: Twinning | None = None, proposal: Proposal | None = None
) -> TwinningForm:
    """The form, filled from the request, else from the twinning, or the match it begins from."""
    form = TwinningForm(data=_beginning(actor, proposal) if twinning is None else _stored(twinning))
    spoken = language()
    chosen = twinning.practice_id if twinning is not None else None
    form.practice_id.choices = [
        ("", _l("Nessuna, o non ancora pubblicata")),
        *choices.practices(actor, chosen),
    ]
    form.theme_ids.choices = [one for branch in theme_choices(spoken).values() for one in branch]
    form.programme_id.choices = [_NONE_CHOSEN, *programme_choices(spoken)]
    form.visibility.choices = [
        (TwinningVisibility.PUBLIC, _l("Tutti")),
        (TwinningVisibility.PARTNERS, _l("Solo gli enti che partecipano")),
    ]
    if policies.may_name_coordinator(actor):
        form.coordinator_id.choices = [("", _l("Da nominare")), *choices.coordinators()]
    else:
        del form.coordinator_id
    if twinning is None and actor.contact_organisation_ids:
        _offer_own_bodies(form, actor)
    else:
        del form.own_body, form.own_role, form.own_unit
    return form


def _offer_own_bodies(form: TwinningForm, actor: Actor) -> None:
    bodies = choices.own_bodies(actor)
    if policies.may_begin_without_body(actor):
        bodies = [("", gettext("Nessuno: il mio ente non partecipa")), *bodies]
    form.own_body.choices = bodies
    form.own_role.choices = [(role, role_label(role)) for role in ParticipationRole]


class StepForm(Form):
    """The next state, and why."""

    version = VersionField()
    new = RadioField(_l("Che cosa succede"), coerce=TwinningState, **_CHOICE)
    reason = Paragraphs(
        _l("Motivo"),
        limit=LONGEST_REASON,
        description=_l("Resta nel registro delle modifiche, con il tuo nome e la data."),
    )


def step_form(actor: Actor, twinning: Twinning) -> StepForm:
    """The steps that this actor may take from here."""
    form = StepForm(data={"version": twinning.version})
    form.new.choices = [
        (new, step_label(twinning.state, new))
        for new in TwinningState
        if policies.may_change_state(actor, twinning, new)
    ]
    return form


class BodyForm(SubmissionForm):
    """A body of the register, and the part that it plays."""

    name = Line(
        _l("Ente"),
        description=_l("Scrivi il nome, la sigla o il codice IPA di un ente del registro."),
    )
    chosen = RadioField(
        _l("Quale intendi?"), coerce=int, validators=[Optional()], choices=[], **_CHOICE
    )
    role = RadioField(_l("Ruolo"), coerce=ParticipationRole, **_CHOICE)
    unit = Line(
        _l("Ufficio"),
        required=False,
        description=_l("Chi ci lavora, per esempio l’Agenzia per la famiglia."),
    )
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
    accepted_on = DateField(_l("Data dell’adesione"), format=_DATE_FORMATS, validators=[Optional()])


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

    role = RadioField(_l("Ruolo"), coerce=ParticipationRole, **_CHOICE)
    unit = Line(
        _l("Ufficio"),
        required=False,
        description=_l("Chi ci lavora, per esempio l’Agenzia per la famiglia."),
    )


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
        **_CHOICE,
    )
    unit = Line(
        _l("Ufficio"),
        required=False,
        description=_l("Chi ci lavora, per esempio l’Agenzia per la famiglia."),
    )
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


def _beginning(actor: Actor, proposal: Proposal | None) -> dict[str, Any]:
    values: dict[str, Any] = {"lang": language(), "visibility": TwinningVisibility.PUBLIC}
    if proposal is None:
        return values
    own = {
        proposal.receiver_id: ParticipationRole.RECEIVER,
        proposal.giver_id: ParticipationRole.GIVER,
    }
    for body, role in own.items():
        if body in actor.contact_organisation_ids:
            values |= {"own_body": body, "own_role": role}
    return values | {
        "title": proposal.title,
        "summary": proposal.summary,
        "practice_id": proposal.practice_id,
        "theme_ids": sorted(proposal.theme_ids),
    }


def _stored(twinning: Twinning) -> dict[str, Any]:
    content = rules.content_of(twinning)
    values = {name: getattr(content, name) for name in rules.FIELDS}
    values |= {name: getattr(twinning, name) for name in rules.SECTIONS}
    values["theme_ids"] = sorted(content.theme_ids)
    return values | {"version": twinning.version}
