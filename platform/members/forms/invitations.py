"""Whom to invite, and what who was invited tells."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from wtforms import (
    Field,
    RadioField,
    SelectField,
)

from core.forms import (
    Form,
    Line,
    Paragraphs,
    SubmissionForm,
)
from core.i18n import LANGUAGES, language
from members.forms.access import RegistrationForm
from members.forms.fields import (
    AFFILIATION_ROLES,
    LONGEST_NOTE,
    Address,
    choices_of,
    institutional,
    position_field,
)
from members.models import AffiliationRole
from members.rules import (
    Invited,
)
from organisations.forms import country_choices
from organisations.models import LONGEST_NAME as LONGEST_BODY
from organisations.models import Level, Nature
from organisations.queries import OrganisationLine, level_label, nature_label
from organisations.rules import OrganisationValues


class InvitationForm(SubmissionForm):
    """Whom to invite, in which language, and a word beside it."""

    email = Address(
        _l("E-mail di lavoro"),
        is_new=True,
        description=_l("Un indirizzo dell’ente: le caselle personali non bastano."),
    )
    language = SelectField(_l("Lingua dell’invito"), choices=choices_of(LANGUAGES))
    message = Paragraphs(
        _l("Messaggio per chi inviti"),
        required=False,
        limit=LONGEST_NOTE,
        description=_l("Lo legge nella mail, sotto il tuo nome."),
    )

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        if self.language.data is None:
            self.language.data = language()

    def validate_email(self, field: Field) -> None:
        institutional(self, field)

    @property
    def invited(self) -> Invited:
        """Whom a valid form is about."""
        return Invited(
            email=self.email.data or "",
            language=self.language.data,
            message=self.message.data or "",
        )

    def refuse(self, reason: str) -> bool:
        """Say why the invitation was not sent; False where that is not this form's to say."""
        words = {
            "personal_address": gettext("È una casella personale: scrivi un indirizzo dell’ente."),
            "already_invited": gettext(
                "A questo indirizzo c’è già un invito aperto per lo stesso ente."
            ),
            "too_many": gettext(
                "Troppi inviti da te o verso questo indirizzo: riprova tra un giorno."
            ),
        }
        if reason not in words:
            return False
        self.email.errors = [*self.email.errors, words[reason]]
        return True


class ColleagueForm(InvitationForm):
    """An invitation to a body of the register."""

    role = RadioField(
        _l("Che cosa potrà fare?"),
        choices=choices_of(AFFILIATION_ROLES),
        default=AffiliationRole.MEMBER.value,
    )


class BodyForm(InvitationForm):
    """A body that is not here, and who is to speak for it."""

    name = Line(
        _l("Nome dell’ente"),
        limit=LONGEST_BODY,
        description=_l("Per intero, come nell’indice IPA: «Comune di Lecce»."),
    )
    nature = SelectField(_l("Natura"), coerce=Nature, default=Nature.PUBLIC)
    level = SelectField(_l("Livello"), coerce=Level, default=Level.MUNICIPALITY)
    country = SelectField(_l("Paese"), default="IT")

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.twins: list[OrganisationLine] = []
        self.nature.choices = [(one, nature_label(one)) for one in Nature]
        self.level.choices = [(one, level_label(one)) for one in Level]
        self.country.choices = country_choices()

    @property
    def body(self) -> OrganisationValues:
        """What a valid form tells of the body."""
        return OrganisationValues(
            name=self.name.data or "",
            nature=self.nature.data,
            level=self.level.data,
            country=self.country.data,
        )

    def refuse_name(self, twins: list[OrganisationLine]) -> None:
        """Say that the register has a body of this name."""
        self.twins = twins
        message = gettext("Nel registro c’è già un ente con questo nome.")
        self.name.errors = [*self.name.errors, message]


class InvitedForm(RegistrationForm):
    """The profile of who was invited: the address stands, the link has proven it."""

    email = None  # type: ignore[assignment]
    submission_key = None  # type: ignore[assignment]
    position = position_field()

    def __init__(self, address: str, **kwargs: Any) -> None:
        self._address = address
        super().__init__(**kwargs)

    @property
    def address(self) -> str:
        return self._address


class AcceptForm(Form):
    """What somebody who was invited does at the body."""

    position = position_field()
