"""Reports: made by any reader, answered by moderators, all those about one thing together."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from core import clock, subjects, submissions
from core.actor import Actor
from core.domain import Refused, ensure
from core.events import announce
from core.references import Reference
from core.registry import registry
from core.throttle import count_attempt, too_many
from core.transactions import transaction
from moderation.models import Decision, Report, ReportReason, ReportState
from moderation.policies import may_moderate
from moderation.signals import KIND, ReportDecided, ReportFiled

_ACTION = "report"
_WINDOW = timedelta(hours=1)
_PER_MEMBER = 20
_PER_NETWORK = 30
# Whose form a visitor's key belongs to: no member has this number.
_VISITOR = 0


def file_report(
    *,
    reference: Reference,
    reason: ReportReason,
    text: str,
    email: str = "",
    network: str,
    submission_key: str = "",
    by: Actor,
) -> Report:
    """Note that something is wrong with a thing; the same form, or the same member about the same
    thing while it waits, makes one report.

    Raise ``Refused`` (``too_many``, or ``no such thing`` where the actor may not open it).
    """
    limit_reports(network=network, by=by)
    with transaction() as session:
        if not _may_be_reported(reference, by):
            raise Refused("no such thing")
        if (made := _made_before(session, reference, submission_key, by)) is not None:
            return made
        report = Report(
            kind=reference.kind,
            object_id=reference.id,
            reason=reason,
            text=text,
            reporter_id=by.member_id,
            email="" if by.member_id is not None else email,
            state=ReportState.OPEN,
            created_at=clock.now(),
        )
        session.add(report)
        session.flush()
        submissions.remember(submission_key, by.member_id or _VISITOR, Reference(KIND, report.id))
        announce(
            ReportFiled(
                report_id=report.id,
                thing_kind=reference.kind,
                thing_id=reference.id,
                by_id=by.member_id,
            )
        )
        return report


def limit_reports(*, network: str, by: Actor) -> None:
    """Count one try; raise ``Refused("too_many")``."""
    source = f"network:{network}"
    member = f"member:{by.member_id}"
    if too_many(_ACTION, source, limit=_PER_NETWORK, within=_WINDOW) or (
        by.member_id is not None and too_many(_ACTION, member, limit=_PER_MEMBER, within=_WINDOW)
    ):
        raise Refused("too_many")
    count_attempt(_ACTION, source, *([member] if by.member_id is not None else []))


def decide_reports(*, reference: Reference, decision: Decision, note: str, by: Actor) -> int:
    """Answer all open reports about a thing; return how many there were.

    Raise ``Forbidden``, ``Refused`` where the moderator may not open the thing, where somebody has
    answered already, where there is no reason, or where such a thing cannot be hidden.
    """
    with transaction() as session:
        ensure(may_moderate(by))
        if not note.strip():
            raise Refused("a reason is needed")
        if not subjects.may_open(reference, by):
            raise Refused("no such thing")
        reports = _open_reports(session, reference)
        if not reports:
            raise Refused("decided already")
        if decision is Decision.HIDE:
            _hide(reference, note, by)
        upheld = decision is not Decision.DISMISS
        moment = clock.now()
        for report in reports:
            report.state = ReportState.UPHELD if upheld else ReportState.DISMISSED
            report.decided_at, report.decided_by_id = moment, by.member_id
            report.note = note.strip()
        session.flush()
        for report in reports:
            announce(
                ReportDecided(
                    report_id=report.id, upheld=upheld, by_id=by.member_id, reason=report.note
                )
            )
        return len(reports)


def _hide(reference: Reference, note: str, by: Actor) -> None:
    moderatable = registry().moderatables.get(reference.kind)
    if moderatable is None or moderatable.hide is None:
        raise Refused("cannot be hidden")
    moderatable.hide(reference.id, by, note)


def _may_be_reported(reference: Reference, by: Actor) -> bool:
    subject = registry().subjects.get(reference.kind)
    return subject is not None and subject.is_reported and subjects.may_open(reference, by)


def _made_before(
    session: Session, reference: Reference, submission_key: str, by: Actor
) -> Report | None:
    made = submissions.made_by(submission_key, by.member_id or _VISITOR, KIND)
    if made is not None:
        return session.get(Report, made)
    if by.member_id is None:
        return None
    return session.scalar(_open_about(reference).where(Report.reporter_id == by.member_id))


def _open_reports(session: Session, reference: Reference) -> Sequence[Report]:
    return session.scalars(_open_about(reference).order_by(Report.id).with_for_update()).all()


def _open_about(reference: Reference) -> Select[tuple[Report]]:
    return select(Report).where(
        Report.kind == reference.kind,
        Report.object_id == reference.id,
        Report.state == ReportState.OPEN,
    )
