"""Becoming a member: registration, the proof of the address, a forgotten password.

Nothing here tells whether an address is known: the answer is the same, the mail differs.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from core import clock, submissions, tokens
from core.actor import Actor, Role
from core.domain import Refused, ensure
from core.events import announce
from core.references import Reference
from core.revisions import record_revision
from core.slugs import claim_slug
from core.throttle import count_attempt, forget_attempts, too_many
from core.transactions import transaction
from members import policies
from members.models import Member, MemberState
from members.queries import link_payload, linked_member
from members.rules import LONGEST_PASSWORD, MEMBER_STATES, Newcomer, email_key
from members.services.passwords import hash_password, is_right
from members.services.profiles import revised_values
from members.services.roles import give_role
from members.services.sessions import (
    Attempted,
    Outcome,
    begin_here,
    end_all,
    limit_guesses,
    sign_in_account,
)
from members.signals import (
    ConfirmationRequested,
    KnownAddressRegistered,
    MemberConfirmed,
    MemberRegistered,
    PasswordChanged,
    PasswordResetRequested,
)

CONFIRM = "confirm"
RESET = "reset"
CONFIRM_WITHIN = timedelta(days=3)
RESET_WITHIN = timedelta(hours=2)

_WINDOW = timedelta(hours=1)
_PER_ADDRESS = 5
_PER_NETWORK = 30


class TooMany(Refused):
    """This address or network asked too often; nothing was written, nobody gets a mail."""

    def __init__(self) -> None:
        super().__init__("too_many")


def register(newcomer: Newcomer, *, network: str, submission_key: str = "") -> None:
    """Note down a newcomer who still has to prove the address; raise ``TooMany``.

    Whose address is known already gets a mail that says so; who registered and did not confirm
    starts afresh, with the new name and password.
    """
    _limit("register", newcomer.email, network)
    password_hash = hash_password(newcomer.password)
    with transaction() as session:
        if submissions.made_by(submission_key, 0, "member"):
            return
        count_attempt("register", *_keys(newcomer.email, network))
        member = _member_of(session, newcomer.email)
        if member is None:
            member = _note_down(session, newcomer, password_hash, MemberState.UNCONFIRMED)
            announce(MemberRegistered(member_id=member.id, by_id=member.id))
        elif member.state is MemberState.UNCONFIRMED:
            _start_afresh(member, newcomer, password_hash)
            announce(MemberRegistered(member_id=member.id, by_id=member.id))
        else:
            announce(KnownAddressRegistered(member_id=member.id))
        submissions.remember(submission_key, 0, Reference("member", member.id))


def ask_for_confirmation(*, email: str, network: str) -> None:
    """Send the link once more to who did not confirm yet; raise ``TooMany``."""
    _limit("confirm", email, network)
    with transaction() as session:
        count_attempt("confirm", *_keys(email, network))
        member = _member_of(session, email)
        if member is not None and member.state is MemberState.UNCONFIRMED:
            announce(ConfirmationRequested(member_id=member.id))
        elif member is not None:
            announce(KnownAddressRegistered(member_id=member.id))


def confirmation_token(member_id: int) -> str | None:
    """What the confirmation link carries; spent when the member confirmed or registered again."""
    payload = link_payload(member_id)
    return None if payload is None else tokens.sign(CONFIRM, payload)


def awaited(token: str) -> Member | None:
    """Who may confirm with this link now, or None."""
    member = linked_member(tokens.read(CONFIRM, token, valid_for=CONFIRM_WITHIN))
    return member if member and member.state is MemberState.UNCONFIRMED else None


def confirm(token: str, *, password: str, user_agent: str = "") -> Attempted | None:
    """Take the address as proven and sign in; None where the link is spent, too old or forged.

    The link proves the mailbox, the password that its owner is who registered: otherwise whoever
    registers an address of somebody else would hold the password of the profile that the owner
    then confirms. Tries are counted together with those of signing in.
    """
    waiting = awaited(token)
    if waiting is None:
        return None
    try:
        limit_guesses(waiting.email)
    except Refused:
        return Attempted(Outcome.TOO_MANY)
    if not is_right(waiting.password_hash, password[: LONGEST_PASSWORD + 1]):
        return Attempted(Outcome.WRONG)
    with transaction():
        # Registering again in the meantime changes name and password, and spends this link.
        member = awaited(token)
        if member is None:
            return None
        moment = clock.now()
        _welcome(member, moment)
        member.last_sign_in_at = moment
        forget_attempts("sign_in", sign_in_account(member.email))
        return Attempted(Outcome.WELCOME, begin_here(member.id, user_agent))


def ask_for_reset(*, email: str, network: str) -> None:
    """Send a link that sets a new password, if the address is known; raise ``TooMany``."""
    _limit("reset", email, network)
    with transaction() as session:
        count_attempt("reset", *_keys(email, network))
        member = _member_of(session, email)
        if member is not None:
            announce(PasswordResetRequested(member_id=member.id))


def reset_token(member_id: int) -> str | None:
    """What the reset link carries; works once, because the password is part of it."""
    payload = link_payload(member_id)
    return None if payload is None else tokens.sign(RESET, payload)


def resettable(token: str) -> Member | None:
    """Whose password this link sets now, or None."""
    member = linked_member(tokens.read(RESET, token, valid_for=RESET_WITHIN))
    states = (MemberState.ACTIVE, MemberState.UNCONFIRMED)
    return member if member and member.state in states else None


def reset_password(token: str, password: str) -> Member | None:
    """Set the password and end all sessions; None where the link is spent, too old or forged.

    Whoever holds the link holds the mailbox: it proves the address, too.
    """
    password_hash = hash_password(password)
    with transaction() as session:
        member = resettable(token)
        if member is None:
            return None
        member.password_hash = password_hash
        if member.state is MemberState.UNCONFIRMED:
            _welcome(member, clock.now())
        end_all(member.id)
        forget_attempts("sign_in", sign_in_account(member.email))
        session.flush()
        announce(PasswordChanged(member_id=member.id, by_id=member.id))
        return member


def welcome_newcomer(session: Session, newcomer: Newcomer, password_hash: str) -> Member | None:
    """Set up an active member inside the open transaction, whose mailbox is proven already.

    None where the address has a profile. Who registered with it and did not confirm starts afresh:
    it need not have been the mailbox's owner.
    """
    member = _member_of(session, newcomer.email)
    if member is None:
        member = _note_down(session, newcomer, password_hash, MemberState.UNCONFIRMED)
        announce(MemberRegistered(member_id=member.id, by_id=member.id))
    elif member.state is MemberState.UNCONFIRMED:
        _start_afresh(member, newcomer, password_hash)
    else:
        return None
    moment = clock.now()
    _welcome(member, moment)
    member.last_sign_in_at = moment
    session.flush()
    return member


def add_member(newcomer: Newcomer, *, roles: tuple[Role, ...] = (), by: Actor) -> Member:
    """Set up a confirmed member, as an administrator does; raise ``Refused("known_address")``."""
    password_hash = hash_password(newcomer.password)
    with transaction() as session:
        ensure(policies.may_grant_roles(by))
        if _member_of(session, newcomer.email) is not None:
            raise Refused("known_address")
        member = _note_down(session, newcomer, password_hash, MemberState.ACTIVE)
        member.confirmed_at = member.joined_at
        session.flush()
        announce(MemberConfirmed(member_id=member.id, by_id=by.member_id))
        for role in roles:
            give_role(session, member.id, role, by)
        return member


def _note_down(
    session: Session, newcomer: Newcomer, password_hash: str, state: MemberState
) -> Member:
    moment = clock.now()
    member = Member(
        # The address is made from the id, which comes with the row.
        slug=f"-{submissions.new_key()}",
        first_name=newcomer.first_name,
        last_name=newcomer.last_name,
        name=newcomer.name,
        email=newcomer.email,
        email_key=email_key(newcomer.email),
        password_hash=password_hash,
        state=state,
        language=newcomer.language,
        joined_at=moment,
        updated_at=moment,
    )
    session.add(member)
    session.flush()
    about = Reference("member", member.id)
    member.slug = claim_slug(about, newcomer.name)
    record_revision(about, member.version, revised_values(member), member.id)
    return member


def _start_afresh(member: Member, newcomer: Newcomer, password_hash: str) -> None:
    member.first_name = newcomer.first_name
    member.last_name = newcomer.last_name
    member.name = newcomer.name
    member.slug = claim_slug(Reference("member", member.id), newcomer.name)
    member.password_hash = password_hash
    member.language = newcomer.language
    member.joined_at = member.updated_at = clock.now()


def _welcome(member: Member, moment: datetime) -> None:
    MEMBER_STATES.check(member.state, MemberState.ACTIVE)
    member.state = MemberState.ACTIVE
    member.confirmed_at = member.joined_at = member.updated_at = moment
    announce(MemberConfirmed(member_id=member.id, by_id=member.id))


def _member_of(session: Session, email: str) -> Member | None:
    return session.scalar(select(Member).where(Member.email_key == email_key(email)))


def _limit(action: str, email: str, network: str) -> None:
    account, source = _keys(email, network)
    if too_many(action, account, limit=_PER_ADDRESS, within=_WINDOW) or too_many(
        action, source, limit=_PER_NETWORK, within=_WINDOW
    ):
        raise TooMany


def _keys(email: str, network: str) -> tuple[str, str]:
    return f"account:{email_key(email)}", f"network:{network}"
