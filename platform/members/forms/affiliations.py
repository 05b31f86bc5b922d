"""Where somebody works, and what the body answers."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms import (
    RadioField,
)
from wtforms.validators import DataRequired

from core.forms import (
    Form,
    Paragraphs,
    SubmissionForm,
)
from members.forms.fields import (
    AFFILIATION_ROLES,
    LONGEST_NOTE,
    choices_of,
    position_field,
    row_number,
)
from members.models import AffiliationRole


class AffiliationForm(SubmissionForm):
    """Where somebody works, chosen from what the search for it found."""

    organisation_id = RadioField(
        _l("Ente"),
        coerce=row_number,
        validate_choice=False,
        validators=[DataRequired(message=_l("Scegli il tuo ente dall’elenco."))],
    )
    position = position_field()


class DecisionForm(Form):
    """What a body answers to who says to work there."""

    role = RadioField(
        _l("Come la confermi?"),
        choices=choices_of(AFFILIATION_ROLES),
        default=AffiliationRole.MEMBER.value,
    )
    note = Paragraphs(
        _l("Nota per chi ha chiesto"),
        required=False,
        limit=LONGEST_NOTE,
        description=_l("La riceve per posta insieme alla risposta."),
    )
