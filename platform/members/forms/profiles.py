"""The own profile, and what the directory is asked for."""

from __future__ import annotations

import re
from typing import Any

from flask_babel import lazy_gettext as _l
from flask_babel import lazy_pgettext
from flask_wtf.file import FileField
from werkzeug.datastructures import MultiDict
from wtforms import (
    RadioField,
    SelectField,
    SelectMultipleField,
)
from wtforms.validators import DataRequired
from wtforms.widgets import CheckboxInput, ListWidget

from core.forms import (
    Form,
    MarkdownText,
    VersionField,
)
from core.i18n import LANGUAGES, language
from core.text import normalise
from members.forms.fields import choices_of, person_name, row_number
from members.models import Member, Visibility
from members.queries import Filters, themes_of
from members.rules import (
    ProfileValues,
)
from taxonomy.queries import ThemeNode, themes_by_id, themes_tree

LONGEST_BIO = 5_000
VISIBILITIES = {
    Visibility.NOBODY: _l("Nessuno, solo io"),
    Visibility.MEMBERS: _l("Gli iscritti"),
    Visibility.EVERYBODY: _l("Tutti, anche chi non è iscritto"),
}


class ProfileForm(Form):
    """The own profile and preferences."""

    version = VersionField()
    first_name = person_name(lazy_pgettext("di persona", "Nome"))
    last_name = person_name(_l("Cognome"))
    bio = MarkdownText(
        _l("Chi sono"),
        required=False,
        limit=LONGEST_BIO,
        description=_l("Di che cosa ti occupi e in che cosa puoi aiutare. Puoi usare Markdown."),
    )
    theme_ids = SelectMultipleField(
        _l("Temi che seguo"),
        coerce=row_number,
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
    )
    language = SelectField(_l("Lingua delle e-mail"), choices=choices_of(LANGUAGES))
    sign_in_visibility = RadioField(
        _l("Chi può vedere il tuo ultimo accesso?"), choices=choices_of(VISIBILITIES)
    )

    def __init__(self, member: Member, **kwargs: Any) -> None:
        super().__init__(data=_data_of(member), **kwargs)
        self.theme_ids.choices = [
            (number, theme.name(language())) for number, theme in themes_by_id().items()
        ]

    def show_version(self, version: int) -> None:
        """Let the next sending overwrite this version, which the page shows beside the form."""
        self.version.raw_data = None
        self.version.data = version

    @property
    def theme_groups(self) -> list[tuple[ThemeNode, list[Any]]]:
        """The boxes of the themes under their top theme."""
        boxes = {int(box.data): box for box in self.theme_ids}
        return [(top, _boxes_of(top, boxes)) for top in themes_tree()]

    @property
    def values(self) -> ProfileValues:
        """What a valid form says."""
        return ProfileValues(
            first_name=self.first_name.data or "",
            last_name=self.last_name.data or "",
            bio=self.bio.result,
            theme_ids=frozenset(self.theme_ids.data or ()),
            language=self.language.data,
            sign_in_visibility=Visibility(self.sign_in_visibility.data),
        )


def _boxes_of(theme: ThemeNode, boxes: dict[int, Any]) -> list[Any]:
    below = [box for child in theme.children for box in _boxes_of(child, boxes)]
    return [boxes[theme.id], *below]


def _data_of(member: Member) -> dict[str, Any]:
    return {
        "version": member.version,
        "first_name": member.first_name,
        "last_name": member.last_name,
        "bio": member.bio,
        "theme_ids": [theme.id for theme in themes_of(member.id)],
        "language": member.language,
        "sign_in_visibility": member.sign_in_visibility.value,
    }


class AvatarForm(Form):
    """A picture for the profile."""

    picture = FileField(
        _l("Una tua fotografia"),
        validators=[DataRequired(message=_l("Scegli un file."))],
        description=_l("JPEG, PNG, WebP o GIF, al massimo 5 MB. La ritagliamo quadrata."),
    )


def directory_filters(args: MultiDict[str, str]) -> Filters:
    """What the address of the directory asks for; control characters find nobody."""
    words = re.sub(r"[\x00-\x1f]", " ", args.get("q", ""))[:100]
    return Filters(
        words=normalise(words),
        organisations=tuple(dict.fromkeys(args.getlist("ente")))[:20],
        themes=tuple(dict.fromkeys(args.getlist("tema")))[:20],
    )
