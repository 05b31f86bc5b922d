"""Which mails a member wants, and the links in mails that stop one sort of them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import delete

from core import clock, tokens
from core.actor import Actor
from core.contracts import Concern
from core.domain import Refused, ensure
from core.transactions import transaction
from members.queries import addressee
from notifications import policies
from notifications.models import UnwantedMail

# Mail is kept for years; what the link does can be undone and harms nobody.
LINK_LASTS = timedelta(days=3 * 365)
_PURPOSE = "unsubscribe"


@dataclass(frozen=True, slots=True)
class Unsubscribing:
    """What the link of a mail stops: mails of one sort to one member."""

    member_id: int
    concern: Concern


def unsubscribe_token(member_id: int, concern: Concern) -> str:
    """The signed part of the link."""
    return tokens.sign(_PURPOSE, [member_id, concern.value])


def unsubscribing(token: str) -> Unsubscribing | None:
    """What this link stops, or None where it is forged or its member has left."""
    match tokens.read(_PURPOSE, token, valid_for=LINK_LASTS):
        case [int(member_id), str(name)] if name in set(Concern):
            found = Unsubscribing(member_id, Concern(name))
        case _:
            return None
    is_known = found.concern.is_optional and addressee(found.member_id) is not None
    return found if is_known else None


def unsubscribe(*, token: str) -> Unsubscribing:
    """Stop these mails; doing it again changes nothing. Raise ``Refused`` for a forged link."""
    with transaction() as session:
        found = unsubscribing(token)
        if found is None:
            raise Refused("no such link")
        if session.get(UnwantedMail, (found.member_id, found.concern)) is None:
            session.add(
                UnwantedMail(member_id=found.member_id, concern=found.concern, since=clock.now())
            )
        return found


def want_mails(*, concerns: Collection[Concern], by: Actor) -> None:
    """Send the actor mails for these reasons and, of those that can be switched off, no others."""
    with transaction() as session:
        ensure(policies.may_follow(by))
        session.execute(delete(UnwantedMail).where(UnwantedMail.member_id == by.member_id))
        moment = clock.now()
        session.add_all(
            UnwantedMail(member_id=by.member_id, concern=concern, since=moment)
            for concern in Concern
            if concern.is_optional and concern not in concerns
        )
