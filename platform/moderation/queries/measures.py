"""What moderators decided, what is said against it, and who reads which of both."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, false, func, or_, select, true

from core import clock, subjects
from core.actor import Actor, Role
from core.counting import Count
from core.database import db
from core.pagination import Key, Page, paginate
from core.references import Reference
from core.subjects import SubjectLine
from members.models import Member, MemberState, RoleGrant
from members.policies import may_shut_out
from members.queries import Person, people
from moderation import policies
from moderation.models import Appeal, AppealState, Measure, MeasureSort
from moderation.policies import MODERATING, may_moderate

PAGE = 30
MOST_OF_ONE = 50
_NO_THINGS = frozenset({"report", "measure"})
# Somebody who moderates and has no key to any private place; nobody has this number.
_WITHOUT_KEYS = Actor(member_id=0, roles=frozenset({Role.MODERATOR}))


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasureLine:
    """A measure as a page shows it; ``subject`` is None where the thing is gone, ``by`` and
    ``member`` where the reader need not know or nobody is left."""

    id: int
    sort: MeasureSort
    reason: str
    at: datetime
    ends_at: datetime | None
    lifted_at: datetime | None
    subject: SubjectLine | None
    member_id: int | None
    member: Person | None = None
    by: Person | None = None
    appeal: Appeal | None = None
    may_lift: bool = False
    may_appeal: bool = False


@dataclass(frozen=True, slots=True)
class AppealLine:
    """An open appeal for who is to answer it."""

    id: int
    text: str
    at: datetime
    measure: MeasureLine


def measures(
    actor: Actor, *, after: str | None = None, before: str | None = None
) -> Page[MeasureLine]:
    """What was decided, newest first, as far as this moderator may read what it is about."""
    readable = _readable(actor) if may_moderate(actor) else false()
    return _page(readable, actor, after, before)


def measures_of(member_id: int, actor: Actor) -> list[MeasureLine]:
    """What was decided about one member, newest first."""
    if not may_moderate(actor):
        return []
    rows = _rows(
        select(Measure, Appeal)
        .outerjoin(Appeal, Appeal.measure_id == Measure.id)
        .where(Measure.member_id == member_id, _readable(actor))
        .order_by(Measure.id.desc())
        .limit(MOST_OF_ONE)
    )
    return _lines(rows, actor)


def own_measures(
    actor: Actor, *, after: str | None = None, before: str | None = None
) -> Page[MeasureLine]:
    """What was decided about the actor, newest first, without who decided."""
    return _page(policies.own_measures_of(actor), actor, after, before, with_people=False)


def measure(measure_id: int) -> Measure | None:
    """A measure, whoever asks."""
    return db.session.get(Measure, measure_id)


def appeal_by_id(appeal_id: int) -> Appeal | None:
    """An appeal, whoever asks."""
    return db.session.get(Appeal, appeal_id)


def appeal_of(measure_id: int) -> Appeal | None:
    """What was said against a measure, whoever asks."""
    return db.session.scalar(select(Appeal).where(Appeal.measure_id == measure_id))


def readable_measure(measure_id: int, actor: Actor) -> MeasureLine | None:
    """A measure for a moderator who may read what it is about."""
    if not may_moderate(actor):
        return None
    found = _lines(_rows(_joined().where(Measure.id == measure_id, _readable(actor))), actor)
    return found[0] if found else None


def measure_for(measure_id: int, member_id: int | None, actor: Actor) -> MeasureLine | None:
    """A measure for the member whom it concerns, who may be shut out: ``actor`` reads then."""
    rows = _rows(_joined().where(Measure.id == measure_id, Measure.member_id == member_id))
    found = _lines(rows, actor, with_people=False, member_id=member_id)
    return found[0] if found else None


def latest_suspension(member_id: int) -> Measure | None:
    """The suspension that stands, as it was decided; None where none of a moderator stands."""
    return db.session.scalar(
        select(Measure)
        .where(
            Measure.member_id == member_id,
            Measure.sort == MeasureSort.SUSPENDED,
            Measure.lifted_at.is_(None),
        )
        .order_by(Measure.id.desc())
        .limit(1)
    )


def open_appeals(actor: Actor) -> list[AppealLine]:
    """The appeals that this moderator is to answer, the oldest first."""
    return _appeals(_joined().where(*_to_answer(actor)).order_by(Appeal.id).limit(PAGE), actor)


def open_appeal(appeal_id: int, actor: Actor) -> AppealLine | None:
    """One of them, or None where it was answered or is somebody else's to answer."""
    found = _appeals(_joined().where(*_to_answer(actor), Appeal.id == appeal_id), actor)
    return found[0] if found else None


def appeals_counted(actor: Actor) -> Count:
    if not may_moderate(actor):
        return None
    return (
        select(func.count())
        .select_from(Appeal)
        .join(Measure, Measure.id == Appeal.measure_id)
        .where(*_to_answer(actor))
    )


def has_other_moderators(of: Measure) -> bool:
    """Whether somebody else than who decided, and whom it concerns, could answer an appeal."""
    found = select(Measure.id).where(Measure.id == of.id, _others())
    return db.session.scalar(found) is not None


def profile_of(member_id: int) -> tuple[Person, Member] | None:
    """Somebody whose conduct a moderator looks at; None for who is not here."""
    shown = (MemberState.ACTIVE, MemberState.SUSPENDED)
    member = db.session.scalar(
        select(Member).where(Member.id == member_id, Member.state.in_(shown))
    )
    found = people([member_id]).get(member_id)
    return None if member is None or found is None else (found, member)


def may_be_shut_out(member_id: int, actor: Actor) -> bool:
    """Whether the actor may suspend this member, with the roles that he or she has now."""
    held = db.session.scalars(select(RoleGrant.role).where(RoleGrant.member_id == member_id))
    return may_shut_out(actor, member_id, set(held))


def _appeals(statement: Select[Any], actor: Actor) -> list[AppealLine]:
    lines = _lines(_rows(statement), actor)
    return [
        AppealLine(line.appeal.id, line.appeal.text, line.appeal.made_at, line)
        for line in lines
        if line.appeal is not None
    ]


def _joined() -> Select[Any]:
    return select(Measure, Appeal).outerjoin(Appeal, Appeal.measure_id == Measure.id)


def _rows(statement: Select[Any]) -> list[tuple[Measure, Appeal | None]]:
    return [(one, appeal) for one, appeal in db.session.execute(statement)]


def _readable(actor: Actor) -> ColumnElement[bool]:
    return subjects.visible(
        Measure.kind.expression, Measure.object_id.expression, actor, without=_NO_THINGS
    )


def _others() -> ColumnElement[bool]:
    """Somebody else moderates, and may read the thing without a key to a private place."""
    other = exists(
        select(RoleGrant.member_id)
        .join(Member, Member.id == RoleGrant.member_id)
        .where(
            RoleGrant.role.in_(sorted(MODERATING)),
            Member.state == MemberState.ACTIVE,
            Member.id != func.coalesce(Measure.taken_by_id, 0),
            Member.id != func.coalesce(Measure.member_id, 0),
        )
        .correlate(Measure)
    )
    return and_(other, _readable(_WITHOUT_KEYS))


def _to_answer(actor: Actor) -> Sequence[ColumnElement[bool]]:
    """``policies.may_answer_appeal`` as a condition."""
    number = actor.member_id or 0
    return (
        Appeal.state == AppealState.OPEN,
        _readable(actor),
        func.coalesce(Measure.member_id, 0) != number,
        or_(func.coalesce(Measure.taken_by_id, 0) != number, ~_others()),
        true() if may_moderate(actor) else false(),
    )


def _page(
    condition: ColumnElement[bool],
    actor: Actor,
    after: str | None,
    before: str | None,
    *,
    with_people: bool = True,
) -> Page[MeasureLine]:
    page: Page[Any] = paginate(
        _joined().add_columns(Measure.id.label("number")).where(condition),
        [Key(Measure.id.expression)],
        size=PAGE,
        after=after,
        before=before,
        convert=lambda row: (row[0], row[1]),
    )
    lines = _lines(page.items, actor, with_people=with_people)
    return Page(lines, page.before, page.after)


def _lines(
    rows: Iterable[tuple[Measure, Appeal | None]],
    actor: Actor,
    *,
    with_people: bool = True,
    member_id: int | None = None,
) -> list[MeasureLine]:
    rows = list(rows)
    about = {Reference(one.kind, one.object_id) for one, _appeal in rows}
    found = subjects.describe(about, actor)
    ids = [number for one, _appeal in rows for number in (one.member_id, one.taken_by_id)]
    known = people(ids) if with_people else {}
    concerned, now = member_id or actor.member_id, clock.now()
    return [
        MeasureLine(
            id=one.id,
            sort=one.sort,
            reason=one.reason,
            at=one.taken_at,
            ends_at=one.ends_at,
            lifted_at=one.lifted_at,
            subject=found.get(Reference(one.kind, one.object_id)),
            member_id=one.member_id,
            member=known.get(one.member_id or 0),
            by=known.get(one.taken_by_id or 0),
            appeal=appeal,
            may_lift=policies.may_lift(actor, one),
            may_appeal=appeal is None and policies.may_appeal(concerned, one, now),
        )
        for one, appeal in rows
    ]
