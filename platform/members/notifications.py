"""What members are told by mail about their access and their affiliations."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from flask_babel import gettext

from core.actor import Role
from core.contracts import Concern, Mailbox, Notice, NoticeRule
from core.links import address
from core.references import Reference
from members import policies, queries
from members.models import AffiliationState, MemberState
from members.queries import AffiliationLine
from members.services import registration
from members.signals import (
    AffiliationAccepted,
    AffiliationFact,
    AffiliationRefused,
    AffiliationRequested,
    ConfirmationRequested,
    InvitationAccepted,
    InvitationFact,
    InvitationSent,
    KnownAddressRegistered,
    MemberFact,
    MemberRegistered,
    PasswordChanged,
    PasswordResetRequested,
)


def _itself(fact: MemberFact) -> Iterable[int]:
    return [fact.member_id]


def _confirm_address(_fact: MemberFact, member_id: int) -> Notice | None:
    token = registration.confirmation_token(member_id)
    if token is None or _state_of(member_id) is not MemberState.UNCONFIRMED:
        return None
    return Notice(
        subject=gettext("Conferma il tuo indirizzo"),
        template="members/mail/confirm",
        context={
            "url": _link("members.confirm", token=token),
            "days": registration.CONFIRM_WITHIN.days,
        },
    )


def _known_address(_fact: MemberFact, member_id: int) -> Notice | None:
    if _state_of(member_id) is not MemberState.ACTIVE:
        return None
    return Notice(
        subject=gettext("Hai già un profilo"),
        template="members/mail/known_address",
        context={
            "sign_in_url": _link("members.sign_in"),
            "reset_url": _link("members.forgotten"),
        },
    )


def _reset(_fact: MemberFact, member_id: int) -> Notice | None:
    token = registration.reset_token(member_id)
    states = (MemberState.ACTIVE, MemberState.UNCONFIRMED)
    if token is None or _state_of(member_id) not in states:
        return None
    return Notice(
        subject=gettext("Scegli una nuova password"),
        template="members/mail/reset",
        context={
            "url": _link("members.reset", token=token),
            "hours": int(registration.RESET_WITHIN.total_seconds() // 3600),
        },
    )


def _password_changed(_fact: MemberFact, member_id: int) -> Notice | None:
    if _state_of(member_id) is not MemberState.ACTIVE:
        return None
    return Notice(
        subject=gettext("La tua password è cambiata"),
        template="members/mail/password_changed",
        context={"reset_url": _link("members.forgotten")},
    )


def _deciders(fact: AffiliationRequested) -> Iterable[int]:
    """The contact persons of the body; where there is none yet, the administrators."""
    contacts = queries.contact_ids(fact.organisation_id)
    return sorted((contacts or queries.holders_of(Role.ADMINISTRATOR)) - {fact.member_id})


def _requested(fact: AffiliationRequested, member_id: int) -> Notice | None:
    found = _in_state(fact, AffiliationState.REQUESTED)
    actor = queries.actor_for(member_id)
    if found is None or not policies.may_decide_affiliation(actor, found.organisation_id):
        return None
    return Notice(
        subject=gettext(
            "%(name)s dice di lavorare per %(body)s",
            name=found.person.name,
            body=found.organisation,
        ),
        template="members/mail/affiliation_requested",
        context={
            "affiliation": found,
            "url": _link("members.affiliation", number=found.id),
        },
    )


def _its_member(fact: AffiliationFact) -> Iterable[int]:
    """The member, unless it is his or her own doing, as the answer to an invitation is."""
    return [] if fact.by_id == fact.member_id else [fact.member_id]


def _accepted(fact: AffiliationFact, member_id: int) -> Notice | None:
    found = _in_state(fact, AffiliationState.ACCEPTED)
    if found is None or _state_of(member_id) is not MemberState.ACTIVE:
        return None
    return Notice(
        subject=gettext("%(body)s ti ha confermato", body=found.organisation),
        template="members/mail/affiliation_accepted",
        context={"affiliation": found, "url": _link("members.my_space")},
    )


def _refused(fact: AffiliationFact, member_id: int) -> Notice | None:
    found = _in_state(fact, AffiliationState.REFUSED)
    if found is None or _state_of(member_id) is not MemberState.ACTIVE:
        return None
    return Notice(
        subject=gettext("%(body)s non ti ha confermato", body=found.organisation),
        template="members/mail/affiliation_refused",
        context={"affiliation": found, "url": _link("members.my_affiliations")},
    )


def _its_body(fact: AffiliationFact | InvitationFact) -> Reference:
    return Reference("organisation", fact.organisation_id)


def _says_accepted(_fact: AffiliationFact, _name: str) -> str:
    return str(gettext("L’ente ha confermato che ci lavori."))


def _says_refused(_fact: AffiliationFact, _name: str) -> str:
    return str(gettext("L’ente non ha confermato che ci lavori."))


def _inviter(fact: InvitationFact) -> Iterable[int]:
    found = queries.invitation(fact.invitation_id)
    return [] if found is None or found.inviter.id == fact.by_id else [found.inviter.id]


def _sender(fact: InvitationSent) -> Iterable[int]:
    return [] if fact.by_id is None else [fact.by_id]


def _invited(fact: InvitationSent, _member_id: int) -> Mailbox | None:
    found = queries.invitation(fact.invitation_id)
    if found is None or not found.is_pending:
        return None
    return Mailbox(email=found.email, language=found.language)


def _invitation(fact: InvitationSent, _member_id: int) -> Notice | None:
    found = queries.invitation(fact.invitation_id)
    if found is None or not found.is_pending:
        return None
    return Notice(
        subject=gettext(
            "%(name)s ti invita su Gemella per %(body)s",
            name=found.inviter.name,
            body=found.organisation,
        ),
        template="members/mail/invitation",
        context={
            "invitation": found,
            "url": _link("members.invitation", token=queries.invitation_token(found.id)),
        },
    )


def _came(fact: InvitationAccepted, member_id: int) -> Notice | None:
    found = queries.invitation(fact.invitation_id)
    guest = queries.person(found.used_by_id or 0) if found else None
    if found is None or guest is None or _state_of(member_id) is not MemberState.ACTIVE:
        return None
    return Notice(
        subject=gettext("%(name)s ha accettato il tuo invito", name=guest.name),
        template="members/mail/invitation_accepted",
        context={
            "invitation": found,
            "guest": guest,
            "url": _link("members.invitations"),
        },
    )


def _says_came(_fact: InvitationAccepted, name: str) -> str:
    return str(gettext("%(name)s ha accettato il tuo invito.", name=name))


def _in_state(fact: AffiliationFact, state: AffiliationState) -> AffiliationLine | None:
    """The affiliation, if it still is in this state: mails speak of now, not of then."""
    found = queries.affiliation(fact.affiliation_id)
    return found if found is not None and found.state is state else None


def _state_of(member_id: int) -> MemberState | None:
    addressee = queries.addressee(member_id)
    return None if addressee is None else addressee.state


def _link(endpoint: str, **values: Any) -> str:
    return address(endpoint, _external=True, **values)


def _rule(
    name: str,
    fact: type[Any],
    recipients: Callable[[Any], Iterable[int]],
    build: Callable[[Any, int], Notice | None],
    concern: Concern,
    says: Callable[[Any, str], str] | None = None,
    mailbox: Callable[[Any, int], Mailbox | None] | None = None,
) -> NoticeRule:
    return NoticeRule(
        name=f"members.{name}",
        fact=fact,
        recipients=recipients,
        build=build,
        concern=concern,
        says=says,
        about=_its_body if says else None,
        mailbox=mailbox,
    )


RULES = (
    _rule("confirm", MemberRegistered, _itself, _confirm_address, Concern.ACCESS),
    _rule("confirm_again", ConfirmationRequested, _itself, _confirm_address, Concern.ACCESS),
    _rule("known_address", KnownAddressRegistered, _itself, _known_address, Concern.ACCESS),
    _rule("reset", PasswordResetRequested, _itself, _reset, Concern.ACCESS),
    _rule("password_changed", PasswordChanged, _itself, _password_changed, Concern.ACCESS),
    _rule("requested", AffiliationRequested, _deciders, _requested, Concern.DECISION),
    _rule("accepted", AffiliationAccepted, _its_member, _accepted, Concern.OWN, _says_accepted),
    _rule("refused", AffiliationRefused, _its_member, _refused, Concern.OWN, _says_refused),
    _rule("invitation", InvitationSent, _sender, _invitation, Concern.ACCESS, mailbox=_invited),
    _rule("invitation_accepted", InvitationAccepted, _inviter, _came, Concern.OWN, _says_came),
)
