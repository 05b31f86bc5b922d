"""Form fields that clean what they get and say in words what is wrong with it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import request
from flask_babel import gettext, lazy_gettext
from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from flask_wtf.form import SUBMIT_METHODS
from werkzeug.datastructures import CombinedMultiDict, MultiDict
from wtforms import Field, HiddenField, IntegerField, StringField, TextAreaField
from wtforms.validators import DataRequired, Length, Optional, ValidationError
from wtforms.widgets import HiddenInput

from core import submissions
from core.links import LARGEST_ID
from core.text import (
    LONGEST_TEXT,
    Rendered,
    TextRefused,
    has_forbidden_characters,
    normalise,
    render_markdown,
)

REQUIRED = lazy_gettext("Questo campo è necessario.")
LONGEST_LINE = 200


class Form(FlaskForm):
    """The base of all forms; the token against forged requests is part of it."""

    class Meta(FlaskForm.Meta):
        def wrap_formdata(self, form: Any, formdata: Any) -> Any:
            """Take text as text: neither files in its place nor JSON, whose values are anything."""
            if formdata is None or isinstance(formdata, MultiDict):
                return formdata
            if request.method not in SUBMIT_METHODS:
                return None
            takes = {field.name for field in form._fields.values() if isinstance(field, FileField)}
            if not takes:
                return request.form or None
            files = [pair for pair in request.files.items(multi=True) if pair[0] in takes]
            return CombinedMultiDict((MultiDict(files), request.form))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[no-untyped-call]


class VersionField(IntegerField):
    """The version that the form was made from, hidden."""

    widget = HiddenInput()

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(validators=[Optional()], **kwargs)

    def process_formdata(self, valuelist: list[str]) -> None:
        """A number that no database holds is one that no version has."""
        super().process_formdata(valuelist)
        if self.data is not None:
            self.data = max(-1, min(self.data, LARGEST_ID))


def no_forbidden_characters(_form: Any, field: Field) -> None:
    """Refuse control characters and NUL, which no database or page can carry faithfully."""
    if field.data and has_forbidden_characters(str(field.data)):
        raise ValidationError(
            gettext("Il testo contiene caratteri di controllo non visibili: toglili, per favore.")
        )


class SubmissionForm(Form):
    """A form that makes something: sent twice, it makes it once."""

    submission_key = HiddenField(
        default=submissions.new_key, validators=[Length(max=64), no_forbidden_characters]
    )


def not_longer_than(limit: int) -> Any:
    """Refuse longer text and say by how much."""

    def check(_form: Any, field: Field) -> None:
        length = len(field.data or "")
        if length > limit:
            raise ValidationError(
                gettext(
                    "Ha %(length)s caratteri, ne sono ammessi %(limit)s.",
                    length=length,
                    limit=limit,
                )
            )

    return check


def _clean(value: str | None) -> str:
    return normalise(value or "")


def _presence(required: bool) -> list[Any]:
    return [DataRequired(message=REQUIRED)] if required else [Optional()]


class Line(StringField):
    """One line of text, trimmed and in NFC; an optional one that is empty gives ``""``."""

    def __init__(
        self,
        label: Any,
        *,
        required: bool = True,
        limit: int = LONGEST_LINE,
        validators: Sequence[Any] = (),
        **kwargs: Any,
    ) -> None:
        checks = [*_presence(required), no_forbidden_characters, not_longer_than(limit)]
        super().__init__(label, validators=[*checks, *validators], filters=[_clean], **kwargs)

    def post_validate(self, form: Any, validation_stopped: bool) -> None:
        if self.data and "\n" in self.data:
            self.data = " ".join(self.data.split())


class Paragraphs(TextAreaField):
    """Plain text of several lines."""

    def __init__(
        self,
        label: Any,
        *,
        required: bool = True,
        limit: int = LONGEST_TEXT,
        validators: Sequence[Any] = (),
        **kwargs: Any,
    ) -> None:
        checks = [*_presence(required), no_forbidden_characters, not_longer_than(limit)]
        super().__init__(label, validators=[*checks, *validators], filters=[_clean], **kwargs)


class MarkdownText(Paragraphs):
    """Text in Markdown; ``rendered`` holds its HTML once the form was found valid."""

    rendered: Rendered | None = None

    def __init__(self, label: Any, *, limit: int = LONGEST_TEXT, **kwargs: Any) -> None:
        super().__init__(label, limit=limit, **kwargs)
        self._limit = limit

    def post_validate(self, form: Any, validation_stopped: bool) -> None:
        if self.errors:
            return
        try:
            self.rendered = render_markdown(self.data or "", longest=self._limit)
        except TextRefused as error:
            raise ValidationError(
                gettext(
                    "Questo testo è troppo intricato per essere mostrato: "
                    "semplifica elenchi, citazioni o simboli ripetuti."
                )
            ) from error

    @property
    def result(self) -> Rendered:
        """The rendered text of a valid form."""
        if self.rendered is None:
            raise RuntimeError("the form was not validated")
        return self.rendered
