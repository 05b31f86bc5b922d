"""What members and newcomers fill in."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from email_validator import EmailNotValidError, validate_email
from flask_babel import gettext, lazy_pgettext
from flask_babel import lazy_gettext as _l
from flask_wtf.file import FileField
from werkzeug.datastructures import MultiDict
from wtforms import (
    BooleanField,
    EmailField,
    Field,
    PasswordField,
    RadioField,
    SelectField,
    SelectMultipleField,
)
from wtforms.validators import DataRequired, ValidationError
from wtforms.widgets import CheckboxInput, ListWidget

from core.forms import (
    REQUIRED,
    Form,
    Line,
    MarkdownText,
    Paragraphs,
    SubmissionForm,
    VersionField,
    no_forbidden_characters,
    not_longer_than,
)
from core.i18n import LANGUAGES, language
from core.registry import settings
from core.text import normalise
from members.models import AffiliationRole, Member, Visibility
from members.queries import Filters, themes_of
from members.rules import (
    LONGEST_PASSWORD,
    SHORTEST_PASSWORD,
    Invited,
    Newcomer,
    ProfileValues,
    is_personal,
    password_fault,
)
from organisations.forms import country_choices
from organisations.models import LONGEST_NAME as LONGEST_BODY
from organisations.models import Level, Nature
from organisations.queries import OrganisationLine, level_label, nature_label
from organisations.rules import OrganisationValues
from taxonomy.queries import ThemeNode, themes_by_id, themes_tree

LONGEST_ADDRESS = 254
LONGEST_NAME = 80
LONGEST_BIO = 5_000
LONGEST_NOTE = 1_000
LONGEST_POSITION = 120

VISIBILITIES = {
    Visibility.NOBODY: _l("Nessuno, solo io"),
    Visibility.MEMBERS: _l("Gli iscritti"),
    Visibility.EVERYBODY: _l("Tutti, anche chi non è iscritto"),
}
AFFILIATION_ROLES = {
    AffiliationRole.MEMBER: _l("Iscritto dell’ente"),
    AffiliationRole.CONTACT: _l("Referente dell’ente"),
}


def _trimmed(value: str | None) -> str:
    return normalise(value or "")


class Address(EmailField):
    """An e-mail address as somebody types it; whether it can be one is asked with ``is_new``."""

    def __init__(self, label: Any, *, is_new: bool = False, **kwargs: Any) -> None:
        checks: list[Any] = [
            DataRequired(message=REQUIRED),
            no_forbidden_characters,
            not_longer_than(LONGEST_ADDRESS),
        ]
        if is_new:
            checks.append(deliverable)
        super().__init__(label, validators=checks, filters=[_trimmed], **kwargs)


def deliverable(_form: Any, field: Field) -> None:
    """Refuse what cannot be an address, in words; keep the form in which it is written to."""
    typed = str(field.data)
    local, at, domain = typed.rpartition("@")
    if not at:
        raise ValidationError(gettext("Manca la @, per esempio nome@comune.bari.it."))
    if not domain or "." not in domain.strip("."):
        raise ValidationError(gettext("Manca la parte dopo la @, per esempio comune.bari.it."))
    if not local:
        raise ValidationError(gettext("Manca la parte prima della @."))
    try:
        checked = validate_email(
            typed,
            allow_smtputf8=False,
            check_deliverability=False,
            test_environment=settings().testing,
        )
    except EmailNotValidError as error:
        raise ValidationError(gettext("Questo indirizzo non può ricevere posta.")) from error
    # Mail servers understand a domain of other letters in this form alone.
    field.data = checked.ascii_email or checked.normalized


class OldPassword(PasswordField):
    """A password that somebody has; its length is not told here."""

    def __init__(self, label: Any, **kwargs: Any) -> None:
        super().__init__(label, validators=[DataRequired(message=REQUIRED)], **kwargs)


class NewPassword(PasswordField):
    """A password that somebody makes up; ``names`` gives what others know of the person."""

    def __init__(
        self, label: Any, *, names: Callable[[Any], tuple[str, ...]], **kwargs: Any
    ) -> None:
        self._names = names
        super().__init__(
            label,
            validators=[DataRequired(message=REQUIRED), self._strong_enough],
            description=_l("Almeno 12 caratteri. Una frase di quattro parole va benissimo."),
            **kwargs,
        )

    def _strong_enough(self, form: Any, field: Field) -> None:
        password = field.data or ""
        fault = password_fault(password, names=self._names(form))
        if fault is None:
            return
        words = {
            "short": gettext(
                "Ha %(length)s caratteri, ne servono almeno %(limit)s.",
                length=len(password),
                limit=SHORTEST_PASSWORD,
            ),
            "long": gettext("Sono ammessi al massimo %(limit)s caratteri.", limit=LONGEST_PASSWORD),
            "personal": gettext(
                "È il tuo nome o il tuo indirizzo: scegline una che non si indovina."
            ),
            "common": gettext(
                "È tra le più usate, o troppo facile da indovinare: scegline un’altra."
            ),
        }
        raise ValidationError(words[fault])


def _choices(labels: Mapping[Any, Any]) -> Callable[[], list[tuple[str, Any]]]:
    """Choices of a field, which are asked for when a form is made."""
    return lambda: [(str(value), label) for value, label in labels.items()]


def _row_number(value: Any) -> int:
    """A number that can be that of a row; databases refuse larger ones with an error."""
    number = int(value)
    if not 0 < number < 2**63:
        raise ValueError(value)
    return number


class SignInForm(Form):
    """Address and password."""

    email = Address(_l("E-mail"))
    password = OldPassword(_l("Password"))


def institutional(_form: Any, field: Field) -> None:
    """Refuse private mailboxes: an invitation trusts that the address is the body's own."""
    if is_personal(str(field.data), settings().personal_mail_domains):
        raise ValidationError(
            gettext(
                "È una casella personale: scrivi un indirizzo dell’ente, "
                "per esempio nome@comune.bari.it."
            )
        )


def _newcomers_names(form: Any) -> tuple[str, ...]:
    first, last, email = form.first_name.data, form.last_name.data, form.address
    return (first, last, f"{first}{last}", f"{last}{first}", email, str(email).partition("@")[0])


class RegistrationForm(SubmissionForm):
    """What a newcomer tells; nothing here says whether the address is known."""

    first_name = Line(lazy_pgettext("di persona", "Nome"), limit=LONGEST_NAME)
    last_name = Line(_l("Cognome"), limit=LONGEST_NAME)
    email = Address(
        _l("E-mail di lavoro"),
        is_new=True,
        description=_l("Ti mandiamo un collegamento per confermarla. Non è pubblica."),
    )
    password = NewPassword(_l("Password"), names=_newcomers_names)
    privacy = BooleanField(
        _l("Ho letto l’informativa sulla privacy"),
        validators=[DataRequired(message=_l("Conferma di averla letta, per favore."))],
    )

    @property
    def address(self) -> str:
        return self.email.data or ""

    @property
    def newcomer(self) -> Newcomer:
        """Who a valid form is about."""
        return Newcomer(
            first_name=self.first_name.data or "",
            last_name=self.last_name.data or "",
            email=self.address,
            password=self.password.data or "",
            language=language(),
        )


class AddressForm(Form):
    """An address to which a link is sent, if it is known."""

    email = Address(_l("E-mail"), is_new=True)


def _new_password() -> NewPassword:
    return NewPassword(_l("Nuova password"), names=lambda form: names_of(form.member))


class ConfirmForm(Form):
    """The password of the registration, by the link that proves the address."""

    password = OldPassword(_l("Password scelta alla registrazione"))

    def __init__(self, member: Member, **kwargs: Any) -> None:
        self.member = member
        super().__init__(**kwargs)


class ResetForm(Form):
    """A new password, by a link from a mail; ``member`` is who it is for."""

    password = _new_password()

    def __init__(self, member: Member, **kwargs: Any) -> None:
        self.member = member
        super().__init__(**kwargs)


class PasswordForm(ResetForm):
    """A new password for who knows the present one."""

    current = OldPassword(_l("Password attuale"))
    password = _new_password()  # after the present one, as on the page


def names_of(member: Member) -> tuple[str, ...]:
    """What others know of a member, and what is therefore no password."""
    first, last = member.first_name, member.last_name
    mailbox = member.email.partition("@")[0]
    return (first, last, f"{first}{last}", f"{last}{first}", member.email, mailbox)


class ProfileForm(Form):
    """The own profile and preferences."""

    version = VersionField()
    first_name = Line(lazy_pgettext("di persona", "Nome"), limit=LONGEST_NAME)
    last_name = Line(_l("Cognome"), limit=LONGEST_NAME)
    bio = MarkdownText(
        _l("Chi sono"),
        required=False,
        limit=LONGEST_BIO,
        description=_l("Di che cosa ti occupi e in che cosa puoi aiutare. Puoi usare Markdown."),
    )
    theme_ids = SelectMultipleField(
        _l("Temi che seguo"),
        coerce=_row_number,
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
    )
    language = SelectField(_l("Lingua delle e-mail"), choices=_choices(LANGUAGES))
    sign_in_visibility = RadioField(
        _l("Chi può vedere il tuo ultimo accesso?"), choices=_choices(VISIBILITIES)
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


def _position() -> Line:
    return Line(
        _l("Ruolo nell’ente"),
        limit=LONGEST_POSITION,
        description=_l("Per esempio: funzionario, assistente sociale, project manager."),
    )


class AffiliationForm(SubmissionForm):
    """Where somebody works, chosen from what the search for it found."""

    organisation_id = RadioField(
        _l("Ente"),
        coerce=_row_number,
        validate_choice=False,
        validators=[DataRequired(message=_l("Scegli il tuo ente dall’elenco."))],
    )
    position = _position()


class InvitationForm(SubmissionForm):
    """Whom to invite, in which language, and a word beside it."""

    email = Address(
        _l("E-mail di lavoro"),
        is_new=True,
        description=_l("Un indirizzo dell’ente: le caselle personali non bastano."),
    )
    language = SelectField(_l("Lingua dell’invito"), choices=_choices(LANGUAGES))
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
        choices=_choices(AFFILIATION_ROLES),
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
    position = _position()

    def __init__(self, address: str, **kwargs: Any) -> None:
        self._address = address
        super().__init__(**kwargs)

    @property
    def address(self) -> str:
        return self._address


class AcceptForm(Form):
    """What somebody who was invited does at the body."""

    position = _position()


class DecisionForm(Form):
    """What a body answers to who says to work there."""

    role = RadioField(
        _l("Come la confermi?"),
        choices=_choices(AFFILIATION_ROLES),
        default=AffiliationRole.MEMBER.value,
    )
    note = Paragraphs(
        _l("Nota per chi ha chiesto"),
        required=False,
        limit=LONGEST_NOTE,
        description=_l("La riceve per posta insieme alla risposta."),
    )


def directory_filters(args: MultiDict[str, str]) -> Filters:
    """What the address of the directory asks for; control characters find nobody."""
    words = re.sub(r"[\x00-\x1f]", " ", args.get("q", ""))[:100]
    return Filters(
        words=normalise(words),
        organisations=tuple(dict.fromkeys(args.getlist("ente")))[:20],
        themes=tuple(dict.fromkeys(args.getlist("tema")))[:20],
    )
