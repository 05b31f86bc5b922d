"""Who is asked whether a public story still holds."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import ColumnElement, and_, func, select

from core.actor import Actor
from core.counting import Count
from core.database import db
from members.models import Member, MemberState
from members.queries import contact_ids
from practices import policies
from practices.models import Practice
from practices.rules import HOLDING_STATES


def who_answers_for(practice_id: int) -> Iterable[int]:
    """Its author; where the author is gone, the contact persons of the body; else nobody."""
    row = db.session.execute(
        select(Practice.author_id, Practice.organisation_id, Member.state)
        .outerjoin(Member, Member.id == Practice.author_id)
        .where(Practice.id == practice_id)
    ).one_or_none()
    if row is None:
        return ()
    if row.author_id is not None and row.state is MemberState.ACTIVE:
        return (row.author_id,)
    return () if row.organisation_id is None else sorted(contact_ids(row.organisation_id))


def is_asked_after(practice_id: int) -> bool:
    """Whether an answer about the story is still missing."""
    found = select(Practice.id).where(Practice.id == practice_id, _asked())
    return db.session.scalar(found) is not None


def asked_counted(actor: Actor) -> Count:
    """Count the own stories of which the actor is to say whether they hold."""
    if actor.member_id is None:
        return None
    own = (Practice.author_id == actor.member_id, policies.visible_to(actor))
    return select(func.count(Practice.id)).where(_asked(), *own)


def _asked() -> ColumnElement[bool]:
    return and_(Practice.state.in_(sorted(HOLDING_STATES)), Practice.asked_at.is_not(None))
