"""The form of a story, part by part."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from flask import request
from flask_babel import lazy_gettext as _l
from werkzeug.datastructures import MultiDict
from wtforms import DateField, HiddenField, SelectField, SelectMultipleField
from wtforms.validators import Length, Optional
from wtforms.widgets import CheckboxInput, ListWidget

from core.actor import Actor
from core.forms import (
    REQUIRED,
    Line,
    MarkdownText,
    Paragraphs,
    SubmissionForm,
    no_forbidden_characters,
)
from core.i18n import LANGUAGES, language
from core.text import Rendered, TextRefused, render_markdown
from practices import rules
from practices.forms.review import SeenVersion
from practices.forms.rows import (
    ComponentRow,
    LinkRow,
    Rows,
    components_in,
    links_of,
    new_component_key,
)
from practices.models import Practice, PracticeKind
from practices.queries import words
from practices.queries.revisions import text_for
from practices.queries.stories import organisation_choices
from practices.rules import (
    LONGEST_BODY,
    LONGEST_SUMMARY,
    MOST_COMPONENTS,
    MOST_LINKS,
    Part,
    PartText,
    StoryContent,
)
from taxonomy.queries import theme_choices
from territory.queries import full_name, place, region_choices

NOTHING_CHOSEN = ("", _l("Scegli…"))
# How the rows of a part are called in the values of its buttons.
ROWS: Mapping[str, str] = {"componenti": "components", "collegamenti": "web_links"}


class Act(StrEnum):
    """What a button does; the values stand in the form."""

    SAVE = "salva"
    NEXT = "avanti"
    BACK = "indietro"
    GO = "vai"
    KEEP = "automatico"  # no button: the script, every few seconds
    ADD = "aggiungi"
    TAKE_OUT = "togli"
    UP = "su"
    DOWN = "giu"
    DISCARD = "scarta"


@dataclass(frozen=True, slots=True)
class Press:
    """The button that was pressed: where ``GO`` leads, which ``rows`` and which of them."""

    act: Act = Act.SAVE
    goal: str = ""
    rows: str = ""
    row: int = 0

    @property
    def turns_rows(self) -> bool:
        return bool(self.rows)


_ON_ROWS = re.compile(
    rf"(?P<act>aggiungi|togli|su|giu)-(?P<rows>{'|'.join(ROWS)})(?:-(?P<row>[0-9]{{1,3}}))?",
    re.ASCII,
)


def pressed() -> Press:
    """The button of the request; saving is what anything else, and pressing Enter, means."""
    value = request.form.get("azione", "")
    if (found := _ON_ROWS.fullmatch(value)) is not None:
        return Press(Act(found["act"]), rows=ROWS[found["rows"]], row=int(found["row"] or 0))
    act, _, goal = value.partition("-")
    if act == Act.GO and goal in (*Part, "rivedi"):
        return Press(Act.GO, goal=goal)
    plain = (Act.SAVE, Act.NEXT, Act.BACK, Act.KEEP, Act.DISCARD)
    return next((Press(one) for one in plain if one == value), Press())


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


class StoryForm(SeenVersion, SubmissionForm):
    """A part of a story; ``part_form`` leaves out what stands in others.

    A new story is known again by the ``submission_key`` of its form; an older one's form carries
    the ``version`` of the story, and what its part said then as ``seen``.
    """

    seen = HiddenField(validators=[Length(max=64), no_forbidden_characters])
    title = Line(
        _l("Titolo"),
        description=_l("Di che cosa si tratta, come lo diresti a un collega di un altro ente."),
    )
    summary = Paragraphs(
        _l("In breve"),
        required=False,
        limit=LONGEST_SUMMARY,
        description=_l(
            "Una o due frasi per gli elenchi e la ricerca: chi legge decide da qui se aprire."
        ),
    )
    organisation_id = SelectField(
        _l("Ente"),
        coerce=_number_or_none,
        description=_l("La storia parla a suo nome. Vedi solo gli enti a cui appartieni."),
    )
    contact = Line(
        _l("Persona da contattare"),
        required=False,
        description=_l("Nome e recapito d’ufficio: li vede chiunque legga la storia."),
    )
    theme_ids = SelectMultipleField(
        _l("Temi"), coerce=int, widget=ListWidget(), option_widget=CheckboxInput()
    )
    territory_id = SelectField(_l("Territorio"), coerce=_number_or_none)
    lang = SelectField(
        _l("Lingua del testo"),
        description=_l("Quella in cui scrivi: la usano la ricerca e chi ascolta la pagina."),
    )
    needed_by = Day(
        _l("Serve entro il"),
        description=_l("Se c’è una scadenza: un bando, un atto, una stagione."),
    )
    body = MarkdownText(words.SECTIONS["body"], required=False, limit=LONGEST_BODY)
    problem = _section(
        "problem", _l("Che cosa non andava, e per chi. I numeri di partenza aiutano a capire.")
    )
    solution = _section(
        "solution", _l("Che cosa avete fatto, con quali atti, accordi e strumenti.")
    )
    results = _section(
        "results",
        _l(
            "Un risultato è misurabile se dice quanto, rispetto a che cosa e come lo avete "
            "contato: un numero prima, uno dopo, la fonte."
        ),
    )
    resources = _section(
        "resources", _l("Quante persone e per quanto tempo, quali fondi, quali strumenti.")
    )
    time_scale = _section("time_scale", _l("Quanto è servito per partire e per andare a regime."))
    difficulties = _section("difficulties", _l("Che cosa è andato storto, e come l’avete risolto."))
    transferability = _section(
        "transferability",
        _l(
            "Che cosa deve avere un altro ente perché funzioni anche lì: norme, dimensioni, "
            "competenze, alleati. E che cosa invece può cambiare."
        ),
    )
    need = _section("need", _l("Che cosa vorreste saper fare, e che cosa vi manca per riuscirci."))
    context = _section(
        "context", _l("Il vostro territorio, gli uffici coinvolti, i vincoli di norme e bilancio.")
    )
    components = Rows(ComponentRow, _l("I componenti"), most=MOST_COMPONENTS)
    web_links = Rows(LinkRow, words.SECTIONS["links"], most=MOST_LINKS)
    links = MarkdownText(
        _l("Altri riferimenti"),
        required=False,
        description=_l(
            "Testo di prima, che non è un elenco di indirizzi: puoi tenerlo o toglierlo."
        ),
    )

    _links: Rendered | None = None

    def validate(self, extra_validators: Any = None) -> bool:
        """Check the fields, and render what is written in rows."""
        if not super().validate(extra_validators):
            return False
        if "web_links" not in self:
            return True
        rest = (self.links.data or "") if "links" in self else ""
        try:
            self._links = render_markdown(rules.markdown_of(links_of(self.web_links), rest))
        except TextRefused:
            self.form_errors = [_l("I collegamenti sono troppi o troppo lunghi.")]
            return False
        return True

    def is_complete(
        self, kind: PracticeKind, part: Part, content: StoryContent, *, affiliated: bool
    ) -> bool:
        """Note what ``content`` lacks in this part beside its fields; whether it lacks nothing."""
        lacking = rules.by_part(kind, rules.missing(kind, content, affiliated=affiliated))[part]
        for name in lacking:
            for field in self._unnamed_components() if name == "components" else [self[name]]:
                field.errors = [*field.errors, REQUIRED]
        return not lacking

    def text(self, part: Part) -> PartText:
        """What a valid form says."""
        facts = {name: self[name].data for name in rules.FACTS if name in self}
        if "theme_ids" in facts:
            facts["theme_ids"] = frozenset(facts["theme_ids"] or ())
        sections = {
            field.short_name: field.result
            for field in self
            if isinstance(field, MarkdownText) and field.short_name != "links"
        }
        if self._links is not None:
            sections["links"] = self._links
        components = components_in(self.components) if "components" in self else None
        return PartText(part=part, facts=facts, sections=sections, components=components)

    def typed(self) -> dict[str, Sequence[str]]:
        """What the request brought for the fields of this part, as it was typed."""
        own = {name for name in self._fields if name not in _CARRIED}
        return {
            name: request.form.getlist(name)
            for name in request.form
            if name in own or name.split("-", 1)[0] in own & {"components", "web_links"}
        }

    def _unnamed_components(self) -> Iterable[Line]:
        return [
            entry.form.title
            for entry in self.components.entries
            if not entry.form.is_blank and not entry.form.title.data
        ]


# What a form carries and nobody typed.
_CARRIED = ("csrf_token", "submission_key", "version", "seen")


def part_form(
    kind: PracticeKind,
    part: Part,
    actor: Actor,
    story: Practice | None = None,
    *,
    formdata: MultiDict[str, str] | None = None,
) -> StoryForm:
    """The form of a part, filled from ``formdata``, else from the story, else empty."""
    if formdata is not None:
        form = StoryForm(formdata=formdata)
    else:
        content = None if story is None else text_for(story, actor)
        data = {"lang": language()} if content is None else stored(kind, part, content)
        form = StoryForm(formdata=None, data=data)
        form.version.data = None if story is None else story.version
    _leave_out(form, kind, part, story)
    if "lang" in form:
        form.lang.choices = list(LANGUAGES.items())
        form.theme_ids.choices = theme_choices(language())
        form.territory_id.choices = [NOTHING_CHOSEN, *_places(story)]
        form.organisation_id.choices = _bodies(organisation_choices(actor, story))
    return form


def _places(story: Practice | None) -> list[tuple[int, str]]:
    """The regions, and the town where an import has put the story: saving must not move it."""
    regions = region_choices(language())
    stands = None if story is None or story.territory_id is None else place(story.territory_id)
    if stands is None or stands.id in dict(regions):
        return regions
    return [(stands.id, full_name(stands, language())), *regions]


def stored(kind: PracticeKind, part: Part, content: StoryContent) -> dict[str, Any]:
    """What the fields of a part hold where the story says ``content``."""
    data: dict[str, Any] = {name: getattr(content, name) for name in rules.FACTS}
    data |= {name: written.source for name, written in content.sections.items()}
    links, rest = rules.links_in(data.get("links", ""))
    data["components"] = [
        {"key": one.key, "title": one.title, "text": one.text} for one in content.components
    ]
    data["web_links"] = [{"url": one.url, "title": one.title} for one in links]
    return data | {"links": rest, "seen": rules.fingerprint(kind, part, content)}


def offer_rows(form: StoryForm, *, more: str = "") -> None:
    """Put a row to write in below those that stand there, where none does or it was asked for."""
    if "components" in form and (more == "components" or not form.components.entries):
        form.components.add_blank(key=new_component_key())
    if "web_links" in form and (more == "web_links" or not form.web_links.entries):
        form.web_links.add_blank()


def turn_rows(form: StoryForm, press: Press) -> None:
    """Take the row out that a button names, or move it; the rows keep what was typed in them."""
    rows = form[press.rows]
    assert isinstance(rows, Rows)
    if press.act is Act.TAKE_OUT:
        rows.take_out(press.row)
    elif press.act in (Act.UP, Act.DOWN):
        rows.swap(press.row, press.row + (-1 if press.act is Act.UP else 1))


def _leave_out(form: StoryForm, kind: PracticeKind, part: Part, story: Practice | None) -> None:
    own = {*_CARRIED, *rules.fields_of(kind, part)}
    if "links" in own:
        own.add("web_links")
        if not (form.links.data or form.links.raw_data):
            own.remove("links")
    if story is None or not story.body:
        own.discard("body")
    for name in [name for name in form._fields if name not in own]:
        del form[name]


def _bodies(choices: list[tuple[int, str]]) -> list[Any]:
    """One body is chosen already, and who belongs to none speaks for nobody else."""
    if not choices:
        return [("", _l("Nessuno: scrivo a titolo personale"))]
    return choices if len(choices) == 1 else [NOTHING_CHOSEN, *choices]
