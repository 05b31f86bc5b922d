"""A form field for a territory: people write its name, the server finds out which one it is."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flask_babel import gettext
from markupsafe import Markup
from wtforms import Field
from wtforms.validators import ValidationError

from core.forms import REQUIRED, no_forbidden_characters, not_longer_than
from core.i18n import language
from core.text import normalise
from territory import queries
from territory.models import TerritoryKind
from territory.queries import Place

LONGEST = 120

_LINE = Markup('<input type="text" id="{}" name="{}" value="{}"{}>')
_CHOICES = Markup('<fieldset class="g-facet"><legend class="g-legend">{}</legend>{}</fieldset>')
_CHOICE = Markup(
    '<label class="g-check"><input type="radio" name="{}" value="{}"><span>{}</span></label>'
)


class _NameAndChoices:
    """A line of text and, where the name may mean several territories, one button for each."""

    input_type = "text"

    def __call__(self, field: TerritoryField, **attributes: Any) -> Markup:
        kept = Markup("").join(
            Markup(' {}="{}"').format(name.rstrip("_"), value)
            for name, value in attributes.items()
            if value is not False
        )
        line = _LINE.format(field.id, field.name, field.text, kept)
        if not field.candidates:
            return line
        buttons = Markup("").join(
            _CHOICE.format(field.choice_name, label, label) for label in field.candidate_labels
        )
        return line + _CHOICES.format(gettext("Quale intendi?"), buttons)


class TerritoryField(Field):
    """``data`` is the id of a territory, or None where the field is left empty.

    Without script: the name is sent, and a name that is not unique comes back with a choice.
    ``preferred`` kinds are tried first, so that "Lecce" can mean the province alone.
    """

    widget = _NameAndChoices()

    def __init__(
        self,
        label: Any,
        *,
        kinds: Iterable[TerritoryKind] = tuple(TerritoryKind),
        required: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(label, **kwargs)
        self.kinds = tuple(kinds)
        self.preferred: tuple[TerritoryKind, ...] = ()
        self.required = required
        if required:
            self.flags.required = True
        self.text = ""
        self.candidates: list[Place] = []

    @property
    def choice_name(self) -> str:
        return f"{self.name}-choice"

    @property
    def candidate_labels(self) -> list[str]:
        return [queries.full_name(one, language()) for one in self.candidates]

    def process_data(self, value: int | None) -> None:
        self.data = value
        found = queries.place(value) if value else None
        self.text = queries.full_name(found, language()) if found else ""

    def process(self, formdata: Any, *args: Any, **kwargs: Any) -> None:
        super().process(formdata, *args, **kwargs)
        # The button that was ticked says it more clearly than the line.
        if formdata and (chosen := normalise(formdata.get(self.choice_name, ""))):
            self.text, self.data = chosen, None

    def process_formdata(self, valuelist: list[Any]) -> None:
        if valuelist:
            self.text, self.data = normalise(str(valuelist[0])), None

    def pre_validate(self, form: Any) -> None:
        if not self.text:
            if self.required:
                raise ValidationError(str(REQUIRED))
            return
        self._check_text(form)
        found = queries.find_places(self.text, self.preferred)
        found = found or queries.find_places(self.text, self.kinds)
        if len(found) == 1 and queries.is_named(found[0], self.text):
            self.data = found[0].id
            return
        self.candidates = found
        if found:
            raise ValidationError(gettext("Più territori hanno un nome simile: scegli il tuo."))
        raise ValidationError(
            gettext("Non conosciamo questo territorio: controlla come è scritto.")
        )

    def _check_text(self, form: Any) -> None:
        kept, self.data = self.data, self.text
        try:
            no_forbidden_characters(form, self)
            not_longer_than(LONGEST)(form, self)
        finally:
            self.data = kept
