"""A twinning's texts and facts."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from flask import request
from flask_babel import gettext, lazy_pgettext
from flask_babel import lazy_gettext as _l
from wtforms import DateField, RadioField, SelectField, SelectMultipleField
from wtforms.validators import Optional
from wtforms.widgets import CheckboxInput, ListWidget

from core.actor import Actor
from core.forms import Line, MarkdownText, Paragraphs, SubmissionForm, VersionField
from core.i18n import LANGUAGES, language
from practices.queries import Proposal
from taxonomy.queries import programme_choices, theme_choices
from twinning import policies, rules
from twinning.forms.fields import CHOICE, DATE_FORMATS, office
from twinning.models import (
    ParticipationRole,
    Twinning,
    TwinningState,
    TwinningVisibility,
)
from twinning.queries import choices
from twinning.queries.lines import role_label
from twinning.rules import LONGEST_SUMMARY, OwnPart, TwinningContent

_NONE_CHOSEN = ("", _l("Nessuno"))


class Button(StrEnum):
    """Which button was pressed; the values stand in the form."""

    SAVE = "salva"
    PREVIEW = "anteprima"


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
        **CHOICE,
    )
    theme_ids = SelectMultipleField(
        _l("Temi"),
        coerce=int,
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
        **CHOICE,
    )
    programme_id = SelectField(_l("Programma"), coerce=_number_or_none, **CHOICE)
    funding = Line(
        _l("Finanziamento"),
        required=False,
        description=_l("Fondo, importo o atto, come si legge in un documento."),
    )
    starts_on = DateField(
        lazy_pgettext("data", "Inizio"), format=DATE_FORMATS, validators=[Optional()]
    )
    ends_on = DateField(lazy_pgettext("data", "Fine"), format=DATE_FORMATS, validators=[Optional()])
    lang = SelectField(_l("Lingua dei testi"), choices=dict(LANGUAGES), **CHOICE)
    visibility = RadioField(_l("Chi lo vede, quando è attivo"), coerce=TwinningVisibility, **CHOICE)
    coordinator_id = SelectField(_l("Coordinamento"), coerce=_number_or_none, **CHOICE)
    own_body = SelectField(
        _l("Il tuo ente"),
        coerce=_number_or_none,
        description=_l("Partecipa da subito: inviando la bozza accetti per suo conto."),
        **CHOICE,
    )
    own_role = RadioField(
        _l("Con quale ruolo?"), coerce=ParticipationRole, validators=[Optional()], **CHOICE
    )
    own_unit = office()

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
