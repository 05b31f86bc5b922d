"""Signing in and out: the only places where sessions begin and end."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from sqlalchemy import delete, select, update

from core import clock
from core.actor import Actor
from core.database import db
from core.domain import Refused, ensure
from core.events import announce
from core.throttle import count_attempt, forget_attempts, too_many
from core.transactions import transaction, write_if_idle
from members import policies
from members.models import Member, MemberState, SignInSession
from members.queries import hash_token
from members.rules import (
    LONGEST_PASSWORD,
    SESSION_FORGOTTEN_AFTER,
    device_name,
    email_key,
    suspension_is_over,
)
from members.services.passwords import hash_password, is_outdated, is_right
from members.signals import MemberReinstated, SessionsEnded

_ACTION = "sign_in"
_WINDOW = timedelta(minutes=15)
_TRIES_PER_ACCOUNT = 10
_TRIES_PER_NETWORK = 100


class Outcome(StrEnum):
    """How an attempt to sign in ended; only who knows the password learns more than ``wrong``."""

    WELCOME = "welcome"
    WRONG = "wrong"
    UNCONFIRMED = "unconfirmed"
    SUSPENDED = "suspended"
    TOO_MANY = "too_many"


@dataclass(frozen=True, slots=True)
class Attempted:
    """The outcome, and for a welcome member the token of the new session; ``member_id`` is told
    of who is suspended, too: the password was right."""

    outcome: Outcome
    token: str | None = None
    member_id: int | None = None


def sign_in(*, email: str, password: str, network: str, user_agent: str = "") -> Attempted:
    """Compare the password and begin a session; tries are limited per address and per network."""
    account = sign_in_account(email)
    source = f"network:{network}"
    if too_many(_ACTION, account, limit=_TRIES_PER_ACCOUNT, within=_WINDOW) or too_many(
        _ACTION, source, limit=_TRIES_PER_NETWORK, within=_WINDOW
    ):
        return Attempted(Outcome.TOO_MANY)
    # Counted before the comparison: tries that run side by side must not slip through together.
    count_attempt(_ACTION, account, source)
    row = db.session.execute(
        select(Member.id, Member.password_hash, Member.state).where(
            Member.email_key == email_key(email)
        )
    ).one_or_none()
    # A longer one can be nobody's password and would only cost time.
    if not is_right(row.password_hash if row else None, password[: LONGEST_PASSWORD + 1]):
        return Attempted(Outcome.WRONG)
    assert row is not None
    match row.state:
        case MemberState.UNCONFIRMED:
            return Attempted(Outcome.UNCONFIRMED)
        case MemberState.SUSPENDED:
            if not let_in_again(row.id):
                return Attempted(Outcome.SUSPENDED, member_id=row.id)
        case MemberState.REMOVED:
            return Attempted(Outcome.WRONG)
    fresh = hash_password(password) if is_outdated(row.password_hash) else None
    forget_attempts(_ACTION, account)
    return _begin(row.id, row.password_hash, fresh, user_agent)


def let_in_again(member_id: int) -> bool:
    """Let a member in whose suspension has run out; whether it had. Signing in asks it, too:
    nobody waits for the worker's next round."""
    with transaction() as session:
        member = session.get_one(Member, member_id, with_for_update=True)
        if not suspension_is_over(member.state, member.suspended_until, clock.now()):
            return False
        member.state, member.suspended_until = MemberState.ACTIVE, None
        session.flush()
        announce(MemberReinstated(member_id=member_id))
        return True


def sign_in_account(email: str) -> str:
    """Under which key the tries at one address are counted."""
    return f"account:{email_key(email)}"


def limit_guesses(email: str) -> None:
    """Count a try at the password of somebody who is signed in; raise ``Refused("too_many")``."""
    account = sign_in_account(email)
    if too_many(_ACTION, account, limit=_TRIES_PER_ACCOUNT, within=_WINDOW):
        raise Refused("too_many")
    count_attempt(_ACTION, account)


def _begin(member_id: int, compared: str, fresh: str | None, user_agent: str) -> Attempted:
    with transaction() as session:
        member = session.get_one(Member, member_id)
        # The member may have been suspended, or the password replaced, since it was compared.
        if member.state is not MemberState.ACTIVE or member.password_hash != compared:
            return Attempted(Outcome.WRONG)
        member.last_sign_in_at = clock.now()
        if fresh is not None:
            member.password_hash = fresh
        return Attempted(Outcome.WELCOME, begin_here(member_id, user_agent))


def begin_here(member_id: int, user_agent: str) -> str:
    """Begin a session inside the open transaction and return its token, kept nowhere here."""
    token = secrets.token_urlsafe(32)
    moment = clock.now()
    # Which devices somebody had long ago is of use to nobody.
    db.session.execute(
        delete(SignInSession).where(
            SignInSession.member_id == member_id,
            SignInSession.last_seen_at < moment - SESSION_FORGOTTEN_AFTER,
        )
    )
    db.session.add(
        SignInSession(
            token_hash=hash_token(token),
            member_id=member_id,
            started_at=moment,
            last_seen_at=moment,
            device=device_name(user_agent),
        )
    )
    return token


def end_session(token: str) -> None:
    """Sign out: the token opens nothing any more."""
    with transaction() as session:
        session.execute(
            update(SignInSession)
            .where(SignInSession.token_hash == hash_token(token), SignInSession.ended_at.is_(None))
            .values(ended_at=clock.now())
        )


def end_sessions(*, by: Actor, except_token: str | None = None) -> int:
    """End all sessions of the acting member, but for one where that is wanted; return how many."""
    with transaction():
        return end_all(by.member_id or 0, except_token=except_token)


def end_one(*, session_id: int, by: Actor) -> bool:
    """End one of the acting member's own sessions; False where there is no such open session."""
    with transaction() as session:
        row = session.get(SignInSession, session_id)
        if row is None or row.member_id != by.member_id or row.ended_at is not None:
            return False
        row.ended_at = clock.now()
        return True


def end_sessions_of(*, member_id: int, reason: str, by: Actor) -> int:
    """End all sessions of somebody else, as an administrator does; return how many."""
    with transaction():
        ensure(policies.may_end_sessions(by, member_id))
        ended = end_all(member_id)
        announce(SessionsEnded(member_id=member_id, by_id=by.member_id, reason=reason))
        return ended


def end_all(member_id: int, *, except_token: str | None = None) -> int:
    """End the member's sessions inside the open transaction; return how many."""
    session = db.session()
    ending = (
        update(SignInSession)
        .where(SignInSession.member_id == member_id, SignInSession.ended_at.is_(None))
        .values(ended_at=clock.now())
    )
    if except_token is not None:
        ending = ending.where(SignInSession.token_hash != hash_token(except_token))
    ended: int = session.execute(ending).rowcount  # type: ignore[attr-defined]
    return ended


def note_seen(session_id: int) -> bool:
    """Note that the session is in use, unless the database is busy: nothing depends on it."""
    return write_if_idle(
        update(SignInSession)
        .where(SignInSession.id == session_id, SignInSession.ended_at.is_(None))
        .values(last_seen_at=clock.now())
    )
