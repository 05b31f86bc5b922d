"""The forms of files; what is wrong with a file stands beside its field, in words."""

from __future__ import annotations

from collections.abc import Collection

from flask_babel import gettext, lazy_gettext
from flask_wtf.file import FileField, FileRequired
from wtforms import RadioField
from wtforms.validators import InputRequired

from attachments.models import LONGEST_DESCRIPTION
from attachments.queries import AttachmentLine
from attachments.rules import LARGEST_FILE
from core.forms import LONGEST_LINE, Form, Line, Paragraphs, SubmissionForm, VersionField

_NO_FILE = lazy_gettext("Scegli un file.")
_OPENLY = "aperto"


class _WithFile(Form):
    largest = LARGEST_FILE  # bytes: what is larger need not be sent to be refused

    file = FileField(
        lazy_gettext("File"),
        description=lazy_gettext(
            "PDF, documenti Office o LibreOffice, CSV, testo, immagini; al massimo 20 MB."
        ),
        validators=[FileRequired(message=_NO_FILE)],
    )
    description = Line(
        lazy_gettext("Che cosa mostra l’immagine"),
        description=lazy_gettext(
            "Necessario per le immagini: lo legge chi non le vede. Altrimenti lascialo vuoto."
        ),
        required=False,
        limit=LONGEST_DESCRIPTION,
    )


class UploadForm(_WithFile, SubmissionForm):
    """A file for a thing; ``place`` is asked where there is more than one."""

    title = Line(
        lazy_gettext("Titolo"),
        description=lazy_gettext("Se lo lasci vuoto vale il nome del file."),
        required=False,
        limit=LONGEST_LINE,
    )
    place = RadioField(
        lazy_gettext("Chi lo vede"), validators=[InputRequired(lazy_gettext("Scegli chi lo vede."))]
    )

    def __init__(self, places: Collection[int | None], chosen: int | None = None) -> None:
        super().__init__()
        names = {
            _code(place): gettext("Chi vede la pagina")
            if place is None
            else gettext("Solo chi entra nello spazio riservato")
            for place in sorted(places, key=lambda one: one or 0)
        }
        self.place.choices = list(names.items())
        first = _code(chosen) if chosen in places else next(iter(names), _OPENLY)
        if len(names) < 2:
            del self.place
        elif not self.place.raw_data:
            self.place.data = first
        self._only = next(iter(places), None)

    @property
    def space_id(self) -> int | None:
        """The chosen place."""
        if "place" not in self:
            return self._only
        return None if self.place.data == _OPENLY else int(self.place.data)


class NewVersionForm(_WithFile):
    """A newer file for an attachment."""

    version = VersionField()

    def __init__(self, line: AttachmentLine) -> None:
        super().__init__(data={"version": line.version, "description": line.description})


class DescribeForm(Form):
    """Another title, another description."""

    title = Line(lazy_gettext("Titolo"), limit=LONGEST_LINE)
    description = Line(
        lazy_gettext("Che cosa mostra l’immagine"), required=False, limit=LONGEST_DESCRIPTION
    )
    version = VersionField()

    def __init__(self, line: AttachmentLine) -> None:
        super().__init__(
            data={
                "title": line.title,
                "description": line.description,
                "version": line.version,
            }
        )
        if not line.file.type.is_picture:
            del self.description

        self._before = line.description

    @property
    def said(self) -> str:
        """What the picture shows; of other files it is not asked."""
        return (self.description.data or "") if "description" in self else self._before

    def is_fit(self) -> bool:
        """Whether the form is valid, and a picture keeps its description."""
        valid: bool = self.validate()
        if "description" in self and not self.description.data and not self.description.errors:
            self.description.errors = [gettext("Scrivi che cosa mostra l’immagine.")]
            return False
        return valid


class ReasonForm(Form):
    """Why a moderator takes a file out of sight."""

    reason = Paragraphs(
        lazy_gettext("Motivo"),
        limit=1_000,
        description=lazy_gettext("Lo leggerà chi ha caricato il file."),
        render_kw={"rows": 3},
    )


def _code(place: int | None) -> str:
    return _OPENLY if place is None else str(place)
