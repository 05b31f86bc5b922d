"""What readers reported, as far as this moderator may read it, and own reports."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, func, literal, select, union_all

from core import subjects
from core.actor import Actor
from core.contracts import Moderatable, ReportedThing
from core.counting import Count
from core.database import db
from core.pagination import Key, Page, paginate
from core.references import Reference
from core.registry import registry
from core.subjects import SubjectLine
from members.models import Member
from members.queries import Person, person_of
from moderation.models import Report, ReportReason, ReportState
from moderation.policies import may_moderate, own_reports_of

OWN_PAGE = 30
# More reports about one thing than anybody reads.
MOST_REPORTS = 10


@dataclass(frozen=True, slots=True)
class ReportLine:
    """One reader's word; ``reporter`` is None for a visitor, whose ``email`` may be empty."""

    reason: ReportReason
    text: str
    reporter: Person | None
    email: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportedItem:
    """A thing that readers reported, the oldest report first; ``thing`` is what it says, where its
    feature tells. ``more`` reports are not shown."""

    subject: SubjectLine
    reports: Sequence[ReportLine]
    more: int
    thing: ReportedThing | None
    can_be_hidden: bool
    at: datetime

    @property
    def reference(self) -> Reference:
        return self.subject.reference


@dataclass(frozen=True, slots=True)
class OwnReport:
    """A report as its maker finds it; ``subject`` is None where the thing is gone."""

    id: int
    subject: SubjectLine | None
    reason: ReportReason
    text: str
    state: ReportState
    note: str
    at: datetime
    decided_at: datetime | None


def reported(actor: Actor, limit: int) -> list[ReportedItem]:
    """The things with open reports that this moderator may open, the longest waiting first."""
    if not may_moderate(actor):
        return []
    first = func.min(Report.id)
    rows = db.session.execute(
        select(Report.kind, Report.object_id, first.label("first"))
        .where(_open_to(actor))
        .group_by(Report.kind, Report.object_id)
        .order_by(first)
        .limit(limit)
    ).all()
    return _items([Reference(row.kind, row.object_id) for row in rows], actor)


def reported_thing(reference: Reference, actor: Actor) -> ReportedItem | None:
    """One of them, or None where it was decided or this moderator may not open it."""
    if not may_moderate(actor):
        return None
    there = select(Report.id).where(
        _open_to(actor), Report.kind == reference.kind, Report.object_id == reference.id
    )
    if db.session.scalar(there.limit(1)) is None:
        return None
    items = _items([reference], actor)
    return items[0] if items else None


def reported_counted(actor: Actor) -> Count:
    """Count the things with open reports that this moderator may open."""
    if not may_moderate(actor):
        return None
    things = select(Report.kind, Report.object_id).where(_open_to(actor)).distinct().subquery()
    return select(func.count()).select_from(things)


def moderatable(kind: str) -> Moderatable | None:
    return registry().moderatables.get(kind)


def own_reports(
    actor: Actor, *, after: str | None = None, before: str | None = None
) -> Page[OwnReport]:
    """What the actor reported, newest first; raise ``BadCursor`` for a place that is none."""
    page = paginate(
        select(Report, Report.id).where(own_reports_of(actor)),
        [Key(Report.id.expression)],
        size=OWN_PAGE,
        after=after,
        before=before,
        convert=lambda row: row[0],
    )
    found = subjects.describe({_about(report) for report in page.items}, actor)
    return Page([_own(report, found) for report in page.items], page.before, page.after)


def report_by_id(report_id: int) -> Report | None:
    """A report, whoever asks."""
    return db.session.get(Report, report_id)


def _own(report: Report, found: Mapping[Reference, SubjectLine]) -> OwnReport:
    return OwnReport(
        id=report.id,
        subject=found.get(_about(report)),
        reason=report.reason,
        text=report.text,
        state=report.state,
        note=report.note,
        at=report.created_at,
        decided_at=report.decided_at,
    )


def _open_to(actor: Actor) -> ColumnElement[bool]:
    return and_(
        Report.state == ReportState.OPEN,
        subjects.visible(
            Report.kind.expression,
            Report.object_id.expression,
            actor,
            without={"report", "measure"},
        ),
    )


def _items(references: Sequence[Reference], actor: Actor) -> list[ReportedItem]:
    if not references:
        return []
    described = subjects.describe(references, actor)
    said = _reports_about(described)
    things = _things(described, actor)
    return [
        _item(described[one], said[one], things.get(one))
        for one in references
        if one in described and said[one]
    ]


def _item(
    subject: SubjectLine, reports: Sequence[ReportLine], thing: ReportedThing | None
) -> ReportedItem:
    found = moderatable(subject.reference.kind)
    return ReportedItem(
        subject=subject,
        reports=reports[:MOST_REPORTS],
        more=max(len(reports) - MOST_REPORTS, 0),
        thing=thing,
        can_be_hidden=found is not None and found.hide is not None,
        at=reports[0].at,
    )


def _reports_about(references: Collection[Reference]) -> dict[Reference, list[ReportLine]]:
    found: dict[Reference, list[ReportLine]] = defaultdict(list)
    rows = db.session.execute(
        select(Report, Member)
        .outerjoin(Member, Member.id == Report.reporter_id)
        .where(
            Report.state == ReportState.OPEN,
            Report.kind.in_({one.kind for one in references}),
            Report.object_id.in_({one.id for one in references}),
        )
        .order_by(Report.id)
    )
    for report, member in rows:
        if (about := _about(report)) in references:
            reporter = None if member is None else person_of(member)
            line = ReportLine(report.reason, report.text, reporter, report.email, report.created_at)
            found[about].append(line)
    return found


def _things(references: Collection[Reference], actor: Actor) -> dict[Reference, ReportedThing]:
    """What the reported things say, as far as their kinds can tell; one query."""
    asked = []
    for kind in sorted({one.kind for one in references}):
        teller = moderatable(kind)
        if teller is not None and teller.reported is not None:
            ids = [one.id for one in references if one.kind == kind]
            asked.append(teller.reported(ids, actor).add_columns(literal(kind).label("kind")))
    if not asked:
        return {}
    told = union_all(*asked).subquery()
    rows = db.session.execute(
        select(told, Member).outerjoin(Member, Member.id == told.c.author_id)
    ).all()
    return {Reference(row.kind, row.id): _thing(row) for row in rows}


def _thing(row: Row[Any]) -> ReportedThing:
    teller = moderatable(row.kind)
    assert teller is not None
    author = None if row.Member is None else person_of(row.Member)
    return ReportedThing(
        html=teller.html_of(row),
        lang=row.lang,
        author=author.name if author else row.author_name or "",
        author_url=author.url if author else None,
        author_id=row.author_id,
    )


def _about(report: Report) -> Reference:
    return Reference(report.kind, report.object_id)
