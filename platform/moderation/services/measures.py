"""Measures: what a moderator does about a thing or a member, kept, told and undone."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from core import clock, subjects
from core.actor import Actor
from core.domain import Refused, ensure
from core.events import announce
from core.references import Reference
from core.registry import registry
from core.transactions import transaction
from members.models import Member, MemberState
from members.services import lifecycle, profiles
from moderation import policies
from moderation.models import Measure, MeasureSort, ProfileCheck
from moderation.signals import MeasureLifted, MeasureTaken, ProfileChecked

MEMBER = "member"
_COMES_BACK = frozenset({MeasureSort.REFUSED, MeasureSort.HIDDEN})


def record_measure(
    *,
    about: Reference,
    member_id: int | None,
    sort: MeasureSort,
    reason: str,
    ends_at: datetime | None = None,
    by: Actor,
) -> Measure:
    """Keep what was done, inside the open transaction: whoever does it has asked the policy."""
    with transaction() as session:
        made = Measure(
            kind=about.kind,
            object_id=about.id,
            member_id=member_id,
            sort=sort,
            reason=needed(reason),
            taken_at=clock.now(),
            taken_by_id=by.member_id,
            ends_at=ends_at,
        )
        session.add(made)
        session.flush()
        announce(
            MeasureTaken(
                measure_id=made.id,
                sort=sort.value,
                thing_kind=about.kind,
                thing_id=about.id,
                by_id=by.member_id,
                reason=made.reason,
            )
        )
        return made


def warn_member(
    *, member_id: int, reason: str, about: Reference | None = None, by: Actor
) -> Measure:
    """Tell a member what must not happen again; ``about`` is what gave the occasion.

    Raise ``Forbidden``, ``Refused`` where there is no reason or the thing may not be opened.
    """
    with transaction() as session:
        ensure(policies.may_act_on(by, member_id))
        if session.get(Member, member_id) is None:
            raise Refused("no such member")
        thing = about or Reference(MEMBER, member_id)
        if not subjects.may_open(thing, by):
            raise Refused("no such thing")
        return record_measure(
            about=thing, member_id=member_id, sort=MeasureSort.WARNED, reason=reason, by=by
        )


def suspend_member(
    *, member_id: int, reason: str, ends_at: datetime | None = None, by: Actor
) -> Measure:
    """Shut a member out at once, until ``ends_at`` where that is given, and tell why.

    Raise ``Forbidden``, ``Refused`` where there is no reason or the member is not active.
    """
    with transaction():
        reason = needed(reason)
        lifecycle.suspend_member(member_id=member_id, reason=reason, ends_at=ends_at, by=by)
        return record_measure(
            about=Reference(MEMBER, member_id),
            member_id=member_id,
            sort=MeasureSort.SUSPENDED,
            reason=reason,
            ends_at=ends_at,
            by=by,
        )


def reinstate_member(*, member_id: int, reason: str = "", by: Actor) -> None:
    """Let a suspended member in again before the end."""
    with transaction() as session:
        lifecycle.reinstate_member(member_id=member_id, reason=reason, by=by)
        for one in _standing(session, Reference(MEMBER, member_id), MeasureSort.SUSPENDED):
            _note_lifted(session, one, by)


def lift_measure(*, measure_id: int, reason: str, by: Actor) -> Measure:
    """Undo a measure: what was hidden comes back, who was shut out is let in.

    Raise ``Forbidden``, ``Refused`` where it was lifted before or the thing may not be opened.
    """
    with transaction() as session:
        row = session.get_one(Measure, measure_id, with_for_update=True)
        if row.lifted_at is not None:
            raise Refused("lifted already")
        ensure(policies.may_lift(by, row))
        about = Reference(row.kind, row.object_id)
        if not subjects.may_open(about, by):
            raise Refused("no such thing")
        undo(row, reason=reason, by=by)
        return row


def undo(row: Measure, *, reason: str, by: Actor) -> None:
    """Undo what a measure did, inside the open transaction: the policy was asked before."""
    with transaction() as session:
        if row.sort is MeasureSort.SUSPENDED:
            _let_in(session, row, reason, by)
        elif row.sort in _COMES_BACK:
            kind = registry().moderatables.get(row.kind)
            if kind is not None and kind.restore is not None:
                kind.restore(row.object_id, by)
        session.refresh(row)
        if row.lifted_at is None:
            _note_lifted(session, row, by, reason)


def note_restored(about: Reference, by: Actor) -> None:
    """Note that a thing came back, inside the open transaction: what hid it stands no more."""
    with transaction() as session:
        for sort in sorted(_COMES_BACK):
            for one in _standing(session, about, sort):
                _note_lifted(session, one, by)


def check_profile(*, member_id: int, by: Actor) -> None:
    """Note that a moderator read what the member says, as it is now; doing it again is harmless."""
    with transaction() as session:
        ensure(policies.may_act_on(by, member_id))
        if session.get(Member, member_id) is None:
            raise Refused("no such member")
        row = session.get(ProfileCheck, member_id, with_for_update=True)
        if row is None:
            row = ProfileCheck(member_id=member_id)
            session.add(row)
        row.checked_at, row.checked_by_id = clock.now(), by.member_id
        session.flush()
        announce(ProfileChecked(member_id=member_id, by_id=by.member_id))


def clean_profile(*, member_id: int, reason: str, by: Actor) -> Measure:
    """Take away what a member says about himself or herself, and tell why."""
    with transaction():
        reason = needed(reason)
        profiles.clean_profile(member_id=member_id, reason=reason, by=by)
        return record_measure(
            about=Reference(MEMBER, member_id),
            member_id=member_id,
            sort=MeasureSort.HIDDEN,
            reason=reason,
            by=by,
        )


def restore_profile(*, member_id: int, by: Actor) -> None:
    """Give back what was taken away of a profile, unless the member has written it anew."""
    with transaction():
        if profiles.restore_profile(member_id=member_id, by=by):
            check_profile(member_id=member_id, by=by)


def needed(reason: str) -> str:
    """The reason, trimmed; raise ``Refused`` where there is none."""
    if not reason.strip():
        raise Refused("a reason is needed")
    return reason.strip()


def _let_in(session: Session, row: Measure, reason: str, by: Actor) -> None:
    """Unless the suspension has run out by itself, or somebody else has ended it."""
    member = session.get_one(Member, row.member_id)
    if member.state is MemberState.SUSPENDED:
        lifecycle.reinstate_member(member_id=member.id, reason=reason, by=by)


def _standing(session: Session, about: Reference, sort: MeasureSort) -> list[Measure]:
    return list(
        session.scalars(
            select(Measure).where(
                Measure.kind == about.kind,
                Measure.object_id == about.id,
                Measure.sort == sort,
                Measure.lifted_at.is_(None),
            )
        )
    )


def _note_lifted(session: Session, row: Measure, by: Actor, reason: str = "") -> None:
    row.lifted_at, row.lifted_by_id = clock.now(), by.member_id
    session.flush()
    announce(
        MeasureLifted(
            measure_id=row.id,
            sort=row.sort.value,
            thing_kind=row.kind,
            thing_id=row.object_id,
            by_id=by.member_id,
            reason=reason,
        )
    )
