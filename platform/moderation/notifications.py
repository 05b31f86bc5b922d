"""Who reported something learns what became of it."""

from __future__ import annotations

from collections.abc import Iterable

from flask_babel import gettext

from core import subjects
from core.contracts import Notice, NoticeRule
from core.links import address
from core.references import Reference
from members.queries import actor_for
from moderation.models import ReportState
from moderation.queries import report_by_id
from moderation.signals import ReportDecided


def _reporter(fact: ReportDecided) -> Iterable[int]:
    report = report_by_id(fact.report_id)
    reporter_id = report.reporter_id if report is not None else None
    return [] if reporter_id is None or reporter_id == fact.by_id else [reporter_id]


def _decided(fact: ReportDecided, member_id: int) -> Notice | None:
    actor = actor_for(member_id)
    report = report_by_id(fact.report_id)
    if report is None or actor.is_visitor or report.reporter_id != member_id:
        return None
    thing = subjects.find(Reference(report.kind, report.object_id), actor)
    return Notice(
        subject=_says(fact, ""),
        template="moderation/mail/decided",
        context={
            "upheld": report.state is ReportState.UPHELD,
            "note": report.note,
            "thing": thing,
            "url": address("moderation.own_reports", _external=True, _anchor=f"s{report.id}"),
        },
    )


def _says(fact: ReportDecided, _name: str) -> str:
    if fact.upheld:
        return str(gettext("La tua segnalazione è stata accolta."))
    return str(gettext("La tua segnalazione è stata archiviata."))


RULES = (
    NoticeRule(
        name="moderation.decided",
        fact=ReportDecided,
        recipients=_reporter,
        build=_decided,
        says=_says,
    ),
)
