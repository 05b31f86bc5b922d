"""Signing in, registering, and getting back in."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l
from flask_babel import lazy_pgettext
from wtforms import (
    BooleanField,
)
from wtforms.validators import DataRequired

from core.forms import (
    Form,
    SubmissionForm,
)
from core.i18n import language
from members.forms.fields import Address, NewPassword, OldPassword, person_name
from members.models import Member
from members.rules import (
    Newcomer,
)


class SignInForm(Form):
    """Address and password."""

    email = Address(_l("E-mail"))
    password = OldPassword(_l("Password"))


def _newcomers_names(form: Any) -> tuple[str, ...]:
    first, last, email = form.first_name.data, form.last_name.data, form.address
    return (first, last, f"{first}{last}", f"{last}{first}", email, str(email).partition("@")[0])


class RegistrationForm(SubmissionForm):
    """What a newcomer tells; nothing here says whether the address is known."""

    first_name = person_name(lazy_pgettext("di persona", "Nome"))
    last_name = person_name(_l("Cognome"))
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
