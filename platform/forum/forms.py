"""What people fill in: a reply, a new discussion, a correction, the end of a discussion."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from typing import Any

from flask_babel import gettext, lazy_gettext
from wtforms import BooleanField, HiddenField, RadioField, SelectField, SelectMultipleField
from wtforms.validators import ValidationError
from wtforms.widgets import CheckboxInput, ListWidget

from core.actor import Actor
from core.forms import Form, Line, MarkdownText, Paragraphs, SubmissionForm, VersionField
from core.i18n import language
from core.links import id_in
from forum.queries import Draft, Readers, called_in
from forum.rules import LONGEST_TITLE
from organisations.queries import organisation_choices
from taxonomy import queries as taxonomy

_IN_PERSON = "0"
LONGEST_CLOSING_NOTE = 500
LONGEST_ADDRESS = 300
NO_THEME = ""
# Where a discussion can be moved to.
GENERAL = "general"
SUBJECT = "subject"
_THREAD_ADDRESS = re.compile(r"/discussioni/([1-9][0-9]{0,9})(?![0-9])")


class OnBehalfOf(SelectField):
    """For which body somebody speaks; a body that is not one's own any more is an error."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            lazy_gettext("A nome di"), default=_IN_PERSON, validate_choice=False, **kwargs
        )
        self._bodies: dict[str, str] = {}
        self.offer([])

    def offer(self, bodies: Sequence[tuple[int, str]]) -> None:
        """Offer these bodies, pairs of id and name, beside speaking for oneself alone."""
        self._bodies = {str(number): name for number, name in bodies}
        self.choices = {_IN_PERSON: gettext("Solo a titolo personale"), **self._bodies}

    def pre_validate(self, form: Any) -> None:
        if self.data != _IN_PERSON and self.data not in self._bodies:
            raise ValidationError(
                gettext("Non puoi scrivere a nome di questo ente: scegli di nuovo, per favore.")
            )

    @property
    def is_needed(self) -> bool:
        """Whether there is anything to choose, or an error to show."""
        return bool(self._bodies or self.errors)

    @property
    def organisation_id(self) -> int | None:
        return None if self.data == _IN_PERSON else int(self.data)


class ThemeField(SelectField):
    """The theme of a discussion in the general forum, or none; anything else is an error."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            lazy_gettext("Tema"), default=NO_THEME, choices=_themes, validate_choice=False, **kwargs
        )

    def pre_validate(self, form: Any) -> None:
        if self.data not in (NO_THEME, None) and self.theme_id is None:
            raise ValidationError(gettext("Questo tema non c’è: scegli di nuovo, per favore."))

    @property
    def theme_id(self) -> int | None:
        found = taxonomy.theme_by_code(self.data or "")
        return None if found is None else found.id


def _themes() -> list[tuple[str, str]]:
    """All themes in the order of their tree, by code; the first choice is none."""
    known, spoken = taxonomy.themes_by_id(), language()
    none = (NO_THEME, gettext("Nessun tema in particolare"))
    return [none, *((one.code, one.name(spoken)) for one in known.values())]


def _nobody(_members: Collection[int]) -> Collection[int]:
    return ()


class MessageText(MarkdownText):
    """Text in Markdown that may call people: ``@Anna Scalera`` becomes ``@anna-scalera``.

    ``readers`` is set by the view: who of some members may read what is being written. ``called``
    are the ids of those who are called, once the form was found valid.
    """

    def __init__(self, label: Any, **kwargs: Any) -> None:
        super().__init__(
            label,
            description=lazy_gettext(
                "Puoi usare **grassetto**, elenchi, > citazioni e [collegamenti](https://…). "
                "Per avvisare qualcuno scrivi @ e il nome, come in @Anna Scalera."
            ),
            render_kw={"rows": 8},
            **kwargs,
        )
        self.readers: Readers = _nobody
        self.called: frozenset[int] = frozenset()

    def post_validate(self, form: Any, validation_stopped: bool) -> None:
        if self.errors:
            return
        typed = self.data or ""
        found = called_in(typed, self.readers)
        if found.problems:
            raise ValidationError(" ".join(found.problems))
        self.called = found.members
        self.data = found.text
        try:
            super().post_validate(form, validation_stopped)
        finally:
            self.data = typed


def _reason() -> Paragraphs:
    """Why something is done to a discussion, for who looks later."""
    return Paragraphs(
        lazy_gettext("Perché"),
        required=False,
        limit=LONGEST_CLOSING_NOTE,
        description=lazy_gettext("Resta nel registro delle modifiche."),
        render_kw={"rows": 3},
    )


class ReplyForm(SubmissionForm):
    """A message in a discussion; ``draft_version`` is the draft that it was made from."""

    draft_version = VersionField()
    reply_to = HiddenField()
    on_behalf_of = OnBehalfOf()
    text = MessageText(lazy_gettext("Messaggio"))

    @property
    def reply_to_id(self) -> int | None:
        """The message that is answered; anything that is no id answers nothing."""
        return id_in(self.reply_to.data)


class ThreadForm(SubmissionForm):
    """A new discussion with its first message."""

    draft_version = VersionField()
    title = Line(
        lazy_gettext("Titolo"),
        limit=LONGEST_TITLE,
        description=lazy_gettext(
            "Una domanda o un tema, come lo cercherebbe chi ha lo stesso problema."
        ),
    )
    theme = ThemeField(
        description=lazy_gettext("Chi ne segue il tema la trova prima."),
    )
    text = MessageText(lazy_gettext("Primo messaggio"))
    on_behalf_of = OnBehalfOf()


class EditForm(Form):
    """A message, written anew; ``hides_earlier`` is for moderators."""

    version = VersionField()
    hides_earlier = BooleanField(
        lazy_gettext("Non mostrare più le versioni precedenti"),
        description=lazy_gettext("Per dati personali o parole che non devono restare leggibili."),
    )
    text = MessageText(lazy_gettext("Messaggio"))


class TitleForm(Form):
    """Another title; ``seen_title`` is the one that it replaces."""

    seen_title = HiddenField()
    title = Line(lazy_gettext("Titolo"), limit=LONGEST_TITLE)


class CloseForm(Form):
    """The end of a discussion."""

    on_behalf_of = OnBehalfOf()
    reason = _reason()


def offer_bodies(form: ReplyForm | ThreadForm | CloseForm, actor: Actor) -> None:
    """Let the form offer the bodies that the actor may speak for; one query."""
    form.on_behalf_of.offer(organisation_choices(actor))


def typed_in(form: ReplyForm | ThreadForm) -> dict[str, str]:
    """What a form holds, as a draft keeps it."""
    names = ("title", "text", "on_behalf_of", "reply_to")
    return {name: str(form[name].data or "") for name in names if name in form}


def fill_in(form: ReplyForm | ThreadForm, draft: Draft) -> None:
    """Put into the form what a draft has kept."""
    for name, value in draft.typed.items():
        if name in form:
            form[name].data = value
    form.draft_version.data = draft.version


class MoveForm(Form):
    """Another place for a discussion: the page of a thing, or the general forum under a theme."""

    where = RadioField(
        lazy_gettext("Dove"),
        choices=lambda: [
            (GENERAL, gettext("Nel forum generale")),
            (SUBJECT, gettext("Su un gemellaggio, una buona pratica, un ente…")),
        ],
    )
    theme = ThemeField(description=lazy_gettext("Solo per il forum generale."))
    address = Line(
        lazy_gettext("Indirizzo della pagina"),
        required=False,
        limit=LONGEST_ADDRESS,
        description=lazy_gettext(
            "Solo se la sposti su qualcosa: copia qui l’indirizzo, come /gemellaggi/trepu."
        ),
    )
    reason = _reason()


class MergeForm(Form):
    """The discussion that takes the messages in."""

    into = Line(
        lazy_gettext("Discussione in cui unirla"),
        limit=LONGEST_ADDRESS,
        description=lazy_gettext("Copia qui il suo indirizzo, come /discussioni/12."),
    )
    reason = _reason()

    @property
    def into_id(self) -> int | None:
        """The number of the discussion whose address or number was written."""
        text = (self.into.data or "").strip()
        found = _THREAD_ADDRESS.search(text)
        return id_in(found[1] if found else text)


class SplitForm(Form):
    """The messages that become a discussion of their own, and its title."""

    title = Line(lazy_gettext("Titolo della nuova discussione"), limit=LONGEST_TITLE)
    numbers = SelectMultipleField(
        lazy_gettext("Messaggi da spostare"),
        choices=[],
        validate_choice=False,
        option_widget=CheckboxInput(),
        widget=ListWidget(prefix_label=False),
    )
    and_after = BooleanField(
        lazy_gettext("Anche tutti i messaggi che vengono dopo il primo che ho scelto")
    )
    reason = _reason()

    def validate_numbers(self, field: Any) -> None:
        """At least one, and nothing but what the page offers."""
        offered = {value for value, _label in field.choices}
        if not field.data or not offered.issuperset(field.data):
            raise ValidationError(gettext("Scegli almeno un messaggio da spostare."))
