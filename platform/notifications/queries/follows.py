"""Who follows what."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select

from core import subjects
from core.actor import Actor
from core.database import db
from core.pagination import Key, Page, paginate
from core.references import Reference
from core.subjects import SubjectLine
from members.models import Member, MemberState
from notifications.models import Follow, Notification

PAGE = 30


@dataclass(frozen=True, slots=True)
class FollowLine:
    """A thing that somebody follows, with how many notices under it are not read yet.

    ``subject`` is None where the member may not open the thing any more.
    """

    reference: Reference
    subject: SubjectLine | None
    unread: int


def followers_of(*references: Reference | None, at: datetime | None = None) -> frozenset[int]:
    """The members who follow any of these things, or did already at that moment: who takes a
    discussion up is not told of what stood there before."""
    wanted = [reference for reference in references if reference is not None]
    if not wanted:
        return frozenset()
    statement = (
        select(Follow.member_id)
        .join(Member, Member.id == Follow.member_id)
        .where(Member.state == MemberState.ACTIVE, or_(*map(_is_about, wanted)))
    )
    if at is not None:
        statement = statement.where(Follow.since <= at)
    return frozenset(db.session.scalars(statement))


def is_following(member_id: int | None, reference: Reference) -> bool:
    """Whether the member follows this very thing."""
    if member_id is None:
        return False
    found = select(Follow.id).where(Follow.member_id == member_id, _is_about(reference))
    return db.session.scalar(found) is not None


def _is_about(reference: Reference) -> ColumnElement[bool]:
    return and_(Follow.kind == reference.kind, Follow.object_id == reference.id)


def followed(
    actor: Actor, *, after: str | None = None, before: str | None = None, size: int = PAGE
) -> Page[FollowLine]:
    """What the actor follows, what was taken up last first; raise ``BadCursor``."""
    unread = (
        select(func.count())
        .select_from(Notification)
        .where(
            Notification.member_id == actor.member_id,
            Notification.read_at.is_(None),
            Notification.place_kind == Follow.kind,
            Notification.place_id == Follow.object_id,
            subjects.visible(
                Notification.about_kind.expression, Notification.about_id.expression, actor
            ),
        )
        .correlate(Follow)
        .scalar_subquery()
    )
    keys = [Key(Follow.id.expression)]
    page = paginate(
        select(Follow.kind, Follow.object_id, unread.label("unread"), Follow.id).where(
            Follow.member_id == actor.member_id
        ),
        keys,
        size=size,
        after=after,
        before=before,
        convert=lambda row: row,
    )
    found = subjects.describe({Reference(row.kind, row.object_id) for row in page.items}, actor)
    lines = [_line(row, found) for row in page.items]
    return Page(lines, page.before, page.after)


def _line(row: Any, found: dict[Reference, SubjectLine]) -> FollowLine:
    reference = Reference(row.kind, row.object_id)
    return FollowLine(reference, found.get(reference), row.unread)
