"""Fields of members' forms: addresses, passwords, what is chosen."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from email_validator import EmailNotValidError, validate_email
from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from wtforms import (
    EmailField,
    Field,
    PasswordField,
)
from wtforms.validators import DataRequired, ValidationError

from core.forms import (
    REQUIRED,
    Line,
    no_forbidden_characters,
    not_longer_than,
)
from core.registry import settings
from core.text import normalise
from members.models import AffiliationRole
from members.rules import (
    LONGEST_PASSWORD,
    SHORTEST_PASSWORD,
    can_be_seen,
    is_personal,
    password_fault,
)

LONGEST_ADDRESS = 254
LONGEST_NAME = 80
LONGEST_NOTE = 1_000
LONGEST_POSITION = 120
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


def person_name(label: Any) -> Line:
    """The field for a part of somebody's name."""
    return Line(label, limit=LONGEST_NAME, validators=[legible])


def legible(_form: Any, field: Field) -> None:
    """Refuse a name that nobody could read."""
    if field.data and not can_be_seen(field.data):
        raise ValidationError(gettext("Scrivi un nome che si possa leggere."))


def institutional(_form: Any, field: Field) -> None:
    """Refuse private mailboxes: an invitation trusts that the address is the body's own."""
    if is_personal(str(field.data), settings().personal_mail_domains):
        raise ValidationError(
            gettext(
                "È una casella personale: scrivi un indirizzo dell’ente, "
                "per esempio nome@comune.bari.it."
            )
        )


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


def choices_of(labels: Mapping[Any, Any]) -> Callable[[], list[tuple[str, Any]]]:
    """Choices of a field, which are asked for when a form is made."""
    return lambda: [(str(value), label) for value, label in labels.items()]


def row_number(value: Any) -> int:
    """A number that can be that of a row; databases refuse larger ones with an error."""
    number = int(value)
    if not 0 < number < 2**63:
        raise ValueError(value)
    return number


def position_field() -> Line:
    return Line(
        _l("Ruolo nell’ente"),
        limit=LONGEST_POSITION,
        description=_l("Per esempio: funzionario, assistente sociale, project manager."),
    )
