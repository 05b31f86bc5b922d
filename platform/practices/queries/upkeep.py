"""Who is asked whether a public story still holds."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, func, or_, select

from core.actor import Actor
from core.counting import Count
from core.database import db
from core.pagination import Key, Page, paginate
from members.models import Member, MemberState
from members.queries import contact_ids
from practices import policies
from practices.models import Practice
from practices.queries.lines import StoryLine, lines_of, select_lines
from practices.rules import HOLDING_STATES

PAGE_SIZE = 20


@dataclass(frozen=True, slots=True)
class AskedStory:
    """A story as whoever answers for it finds it."""

    line: StoryLine
    asked_at: datetime


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
    """Count the stories of which the actor is to say whether they hold."""
    if actor.member_id is None:
        return None
    return select(func.count(Practice.id)).where(_asked_of(actor))


def asked_stories(
    actor: Actor, *, after: str | None = None, before: str | None = None
) -> Page[AskedStory]:
    """Of which the actor is to say whether they hold, longest asked first; raise ``BadCursor`` for
    a place that is none.
    """
    keys = [
        Key(Practice.asked_at.expression, descending=False),
        Key(Practice.id.expression, descending=False),
    ]
    statement = select_lines().add_columns(*(key.column for key in keys)).where(_asked_of(actor))
    page = paginate(
        statement, keys, size=PAGE_SIZE, after=after, before=before, convert=lambda row: row
    )
    moments = {row.id: row.asked_at for row in page.items}
    lines = lines_of(page.items)
    return Page([AskedStory(one, moments[one.id]) for one in lines], page.before, page.after)


def _asked_of(actor: Actor) -> ColumnElement[bool]:
    """``who_answers_for`` as a condition: the author, else the contact persons of the body."""
    author_is_gone = or_(
        Practice.author_id.is_(None),
        Practice.author_id.not_in(select(Member.id).where(Member.state == MemberState.ACTIVE)),
    )
    answers = and_(
        author_is_gone, Practice.organisation_id.in_(sorted(actor.contact_organisation_ids))
    )
    own = Practice.author_id == actor.member_id
    return and_(_asked(), or_(own, answers), policies.visible_to(actor))


def _asked() -> ColumnElement[bool]:
    return and_(Practice.state.in_(sorted(HOLDING_STATES)), Practice.asked_at.is_not(None))
