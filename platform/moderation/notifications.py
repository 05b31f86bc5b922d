"""Who reported learns what became of it; who bears a measure is told why, and how to object."""

from __future__ import annotations

from collections.abc import Iterable

from flask_babel import gettext

from core import subjects
from core.contracts import Concern, Notice, NoticeRule
from core.links import address
from core.references import Reference
from core.registry import registry
from members.queries import actor_for
from moderation import services
from moderation.models import AppealState, Measure, MeasureSort, ReportState
from moderation.queries import appeal_by_id, appeal_of, measure, report_by_id
from moderation.queries.profiles import KIND as PROFILE
from moderation.signals import (
    MEASURE,
    AppealAnswered,
    MeasureFact,
    MeasureLifted,
    MeasureTaken,
    ReportDecided,
)


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


def _warned(fact: MeasureTaken) -> Iterable[int]:
    """The concerned member, of what no feature tells: of messages the forum does."""
    told = fact.sort == MeasureSort.WARNED or _is_told_here(fact)
    return _concerned(fact) if told else []


def _is_told_here(fact: MeasureFact) -> bool:
    """Whether something was hidden whose feature does not tell its author itself."""
    kind = registry().moderatables.get(fact.thing_kind)
    return fact.sort == MeasureSort.HIDDEN and not (kind is not None and kind.tells_authors)


def _suspended(fact: MeasureTaken) -> Iterable[int]:
    return _concerned(fact) if fact.sort == MeasureSort.SUSPENDED else []


def _let_in(fact: MeasureLifted) -> Iterable[int]:
    """Of an appeal that was granted the answer tells."""
    found = measure(fact.measure_id)
    if found is None:
        return []
    if fact.sort not in (MeasureSort.SUSPENDED, MeasureSort.WARNED) and not _is_told_here(fact):
        return []
    return [] if _granted(found) else _concerned(fact)


def _concerned(fact: MeasureFact) -> Iterable[int]:
    found = measure(fact.measure_id)
    return [] if found is None or found.member_id is None else [found.member_id]


def _granted(found: Measure) -> bool:
    appeal = appeal_of(found.id)
    return appeal is not None and appeal.state is AppealState.GRANTED


def _measure_notice(fact: MeasureTaken, member_id: int) -> Notice | None:
    """As long as it stands; the link proves who objects, also of those who are shut out."""
    found = measure(fact.measure_id)
    if found is None or found.member_id != member_id or found.lifted_at is not None:
        return None
    token = services.appeal_token(found.id, member_id)
    thing = subjects.find(Reference(found.kind, found.object_id), actor_for(member_id))
    return Notice(
        subject=_says_measure(fact, ""),
        template="moderation/mail/measure",
        context={
            "sort": found.sort.value,
            "reason": found.reason,
            "ends_at": found.ends_at,
            "thing": thing if found.kind != PROFILE else None,
            "url": address("moderation.appeal_by_link", token=token, _external=True),
        },
    )


def _lifted_notice(fact: MeasureLifted, member_id: int) -> Notice | None:
    found = measure(fact.measure_id)
    if found is None or found.member_id != member_id or found.lifted_at is None:
        return None
    return Notice(
        subject=_says_lifted(fact, ""),
        template="moderation/mail/lifted",
        context={
            "sort": found.sort.value,
            "reason": fact.reason,
            "url": address("moderation.own_measures", _external=True, _anchor=f"p{found.id}"),
        },
    )


def _appellant(fact: AppealAnswered) -> Iterable[int]:
    found = measure(fact.measure_id)
    return [] if found is None or found.member_id is None else [found.member_id]


def _answer_notice(fact: AppealAnswered, member_id: int) -> Notice | None:
    appeal, found = appeal_by_id(fact.appeal_id), measure(fact.measure_id)
    if appeal is None or found is None or found.member_id != member_id:
        return None
    return Notice(
        subject=_says_answered(fact, ""),
        template="moderation/mail/answer",
        context={
            "granted": appeal.state is AppealState.GRANTED,
            "answer": appeal.answer,
            "url": address("moderation.own_measures", _external=True, _anchor=f"p{found.id}"),
        },
    )


def _says_measure(fact: MeasureTaken, _name: str) -> str:
    if fact.sort == MeasureSort.SUSPENDED:
        return str(gettext("Il tuo profilo è sospeso."))
    if fact.sort == MeasureSort.WARNED:
        return str(gettext("Hai ricevuto un richiamo."))
    if fact.thing_kind == PROFILE:
        return str(gettext("Il testo del tuo profilo è stato tolto."))
    return str(gettext("Una cosa che hai pubblicato è stata nascosta."))


def _says_lifted(fact: MeasureLifted, _name: str) -> str:
    if fact.sort == MeasureSort.SUSPENDED:
        return str(gettext("Il tuo profilo è di nuovo attivo."))
    if fact.sort == MeasureSort.WARNED:
        return str(gettext("Un richiamo è stato ritirato."))
    if fact.thing_kind == PROFILE:
        return str(gettext("Il testo del tuo profilo è tornato."))
    return str(gettext("Una cosa che era stata nascosta si vede di nuovo."))


def _says_answered(fact: AppealAnswered, _name: str) -> str:
    if fact.granted:
        return str(gettext("Il tuo ricorso è stato accolto."))
    return str(gettext("Il tuo ricorso è stato respinto."))


def _about_measure(fact: AppealAnswered) -> Reference:
    return Reference(MEASURE, fact.measure_id)


RULES = (
    NoticeRule(
        name="moderation.decided",
        fact=ReportDecided,
        recipients=_reporter,
        build=_decided,
        says=_says,
    ),
    NoticeRule(
        name="moderation.warned",
        fact=MeasureTaken,
        recipients=_warned,
        build=_measure_notice,
        says=_says_measure,
    ),
    # Who is shut out cannot read it here, and cannot have switched it off.
    NoticeRule(
        name="moderation.suspended",
        fact=MeasureTaken,
        recipients=_suspended,
        build=_measure_notice,
        concern=Concern.ACCESS,
        says=_says_measure,
    ),
    NoticeRule(
        name="moderation.lifted",
        fact=MeasureLifted,
        recipients=_let_in,
        build=_lifted_notice,
        concern=Concern.ACCESS,
        says=_says_lifted,
    ),
    NoticeRule(
        name="moderation.appeal_answered",
        fact=AppealAnswered,
        recipients=_appellant,
        build=_answer_notice,
        concern=Concern.ACCESS,
        says=_says_answered,
        about=_about_measure,
    ),
)
