"""What authors and editors fill in."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import Any

from flask import request
from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from wtforms import DateField, Field, RadioField, SelectField, SelectFieldBase, SelectMultipleField
from wtforms.validators import Optional
from wtforms.widgets import CheckboxInput, ListWidget

from core import clock
from core.actor import Actor
from core.forms import REQUIRED, Form, Line, MarkdownText, Paragraphs, SubmissionForm, VersionField
from core.i18n import LANGUAGES, day, language
from core.text import Rendered
from practices import rules
from practices.models import Practice, PracticeKind
from practices.queries import words
from practices.queries.endorsements import Endorsements
from practices.queries.stories import organisation_choices
from practices.rules import (
    BODY,
    LONGEST_BODY,
    LONGEST_SUMMARY,
    SECTIONS,
    Section,
    StoryContent,
)
from taxonomy.queries import theme_choices
from territory.queries import region_choices

LONGEST_REASON = 2_000
NOTHING_CHOSEN = ("", _l("Scegli…"))


class Step(StrEnum):
    """Which button was pressed; the values stand in the form."""

    SAVE = "salva"
    PREVIEW = "anteprima"
    SEND = "invia"


def _number_or_none(value: Any) -> int | None:
    return int(value) if value not in ("", None) else None


def _section(name: str, description: Any = "") -> MarkdownText:
    return MarkdownText(words.SECTIONS[name], required=False, description=description)


class Day(DateField):
    """A day, as browsers send it (2027-06-30) or as people type it (30/06/2027)."""

    def __init__(self, label: Any, **kwargs: Any) -> None:
        formats = ["%Y-%m-%d", "%d/%m/%Y"]
        super().__init__(label, format=formats, validators=[Optional()], **kwargs)

    def _value(self) -> str:
        return self.data.isoformat() if self.data else " ".join(self.raw_data or ())


class SeenVersion:
    """That a form was made from one version of a story, which it carries."""

    version = VersionField()

    def see_version(self, version: int) -> None:
        """Let the form stand for an answer to this version."""
        self.version.data, self.version.raw_data = version, [str(version)]


class StoryForm(SeenVersion, SubmissionForm):
    """A story of either kind; ``story_form`` leaves out what its kind does not have.

    A new one is known again by its ``submission_key``, an older one carries its ``version``.
    """

    title = Line(
        _l("Titolo"), description=_l("Di che cosa si tratta, come lo diresti a un collega.")
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
    theme_ids = SelectMultipleField(
        _l("Temi"), coerce=int, widget=ListWidget(), option_widget=CheckboxInput()
    )
    territory_id = SelectField(_l("Territorio"), coerce=_number_or_none)
    organisation_id = SelectField(_l("Ente"), coerce=_number_or_none)
    contact = Line(
        _l("Persona da contattare"),
        required=False,
        description=_l("Nome e recapito d’ufficio: li vede chiunque legga la storia."),
    )
    lang = SelectField(_l("Lingua del testo"))
    needed_by = Day(_l("Serve entro il"))
    body = MarkdownText(words.SECTIONS["body"], required=False, limit=LONGEST_BODY)
    problem = _section(
        "problem", _l("Che cosa non andava, e per chi. I numeri di partenza aiutano a capire.")
    )
    solution = _section(
        "solution", _l("Che cosa avete fatto, con quali atti, accordi e strumenti.")
    )
    results = _section(
        "results", _l("Che cosa è cambiato: dati, tempi, costi, e come li avete misurati.")
    )
    resources = _section("resources", _l("Persone, fondi, strumenti informatici."))
    time_scale = _section("time_scale", _l("Quanto è servito per partire e per andare a regime."))
    difficulties = _section("difficulties", _l("Che cosa è andato storto, e come l’avete risolto."))
    transferability = _section(
        "transferability", _l("Le condizioni per portarla altrove: norme, dimensioni, competenze.")
    )
    need = _section("need", _l("Che cosa vorreste saper fare, e che cosa vi manca."))
    context = _section("context", _l("Il vostro territorio, gli uffici coinvolti, i vincoli."))
    links = _section("links", _l("Siti, delibere, documenti: un indirizzo per riga."))

    @property
    def step(self) -> Step:
        """The button that was pressed; saving is what pressing Enter means."""
        pressed = request.form.get("azione")
        return next((step for step in Step if step == pressed), Step.SAVE)

    def is_fit(self, kind: PracticeKind, *, complete: bool, affiliated: bool) -> bool:
        """Whether the story can be kept, and, where it must be complete, read by editors."""
        if not self.validate():
            return False
        if not complete:
            return True
        content = self.content(kind)
        self._note_errors(rules.missing(kind, content, affiliated=affiliated), REQUIRED)
        past = content.needed_by is not None and content.needed_by < clock.today()
        if past and self.step is Step.SEND:
            self._note_errors(["needed_by"], gettext("Questo giorno è già passato."))
        return not self.errors

    def content(self, kind: PracticeKind) -> StoryContent:
        """What a valid form says."""
        facts = {name: self[name].data for name in rules.FACTS if name in self}
        sections = {one.name: self._rendered(one.name) for one in self.sections(kind)}
        facts["theme_ids"] = frozenset(facts["theme_ids"] or ())
        return StoryContent(**facts, sections=sections)

    def sections(self, kind: PracticeKind) -> list[Section]:
        """The parts that this form asks for, in their order."""
        return [section for section in SECTIONS[kind] if section.name in self]

    def rendered_sections(self, kind: PracticeKind) -> list[tuple[str, str]]:
        """Heading and HTML of the sections that have any text, for the preview of a valid form."""
        return [
            (self[section.name].label.text, rendered.html)
            for section in self.sections(kind)
            if (rendered := self._rendered(section.name)).html
        ]

    def in_words(self) -> dict[str, str]:
        """What each field says, as somebody would read it."""
        return {name: _shown(self[name]) for name in self._fields}

    def _rendered(self, name: str) -> Rendered:
        text = self[name]
        assert isinstance(text, MarkdownText)
        return text.result

    def _note_errors(self, names: Iterable[str], message: Any) -> None:
        for name in names:
            self[name].errors = [*self[name].errors, message]


def story_form(
    kind: PracticeKind, actor: Actor, story: Practice | None = None, *, from_request: bool = True
) -> StoryForm:
    """The form of a kind, filled from the request, else from the story, else empty."""
    data = {"lang": language()} if story is None else _stored(story)
    form = StoryForm(data=data) if from_request else StoryForm(formdata=None, data=data)
    for name in _foreign(kind):
        del form[name]
    if story is None or not story.body:
        del form[BODY.name]
    form.lang.choices = list(LANGUAGES.items())
    form.theme_ids.choices = theme_choices(language())
    form.territory_id.choices = [NOTHING_CHOSEN, *region_choices(language())]
    form.organisation_id.choices = _bodies(organisation_choices(actor, story))
    return form


class SendBackForm(SeenVersion, Form):
    """What the editors answer to an author."""

    reason = Paragraphs(
        _l("Che cosa scrivi all’autore"),
        limit=LONGEST_REASON,
        description=_l("Lo riceve per posta e lo legge accanto alla sua storia."),
    )


class PublishForm(SeenVersion, Form):
    """Nothing but the version that the editor read."""


class WithdrawForm(SeenVersion, Form):
    """Why a story is archived or taken away."""

    reason = Paragraphs(_l("Motivo"), limit=LONGEST_REASON)


class EndorsementForm(Form):
    """In the name of which body a member finds a story useful."""

    organisation_id = RadioField(_l("A nome di"), coerce=int)

    @classmethod
    def of(cls, said: Endorsements, **kwargs: Any) -> EndorsementForm:
        """The form with the bodies that its reader may name; a single one is chosen already."""
        before = said.own.id if said.own else None
        only = next(iter(said.choices)) if len(said.choices) == 1 else None
        form = cls(data={"organisation_id": before or only}, **kwargs)
        form.organisation_id.choices = list(said.choices.items())
        return form


def _bodies(choices: list[tuple[int, str]]) -> list[Any]:
    """One body is chosen already, and who belongs to none speaks for nobody else."""
    if not choices:
        return [("", _l("Nessuno: scrivo a titolo personale"))]
    return choices if len(choices) == 1 else [NOTHING_CHOSEN, *choices]


def _shown(field: Field) -> str:
    if isinstance(field, SelectFieldBase):
        return ", ".join(str(label) for _, label, chosen, _ in field.iter_choices() if chosen)
    if isinstance(field, DateField):
        return day(field.data)
    return str(field.data or "")


def _foreign(kind: PracticeKind) -> set[str]:
    """The fields that only the other kind has."""
    own = {section.name for section in SECTIONS[kind]}
    every = {section.name for sections in SECTIONS.values() for section in sections}
    foreign = every - own
    return foreign if kind is PracticeKind.SEEK else foreign | {"needed_by"}


def _stored(story: Practice) -> dict[str, Any]:
    content = rules.content_of(story)
    facts = {name: getattr(content, name) for name in rules.FACTS}
    sections = {name: written.source for name, written in content.sections.items()}
    return facts | sections | {"version": story.version}
