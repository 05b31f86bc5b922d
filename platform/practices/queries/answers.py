"""What became of a story: what evaluators found, and the new text that its author proposes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, false, func, or_, select
from sqlalchemy.orm import joinedload

from core.actor import VISITOR, Actor
from core.database import db
from members.queries import Person, people
from practices import policies
from practices.models import Practice, PracticeRevision, PracticeState, PracticeValidation
from practices.queries import words
from practices.queries.revisions import shown_revision

_WITH_VALIDATION = (PracticeState.VALIDATED, PracticeState.OUTDATED, PracticeState.ARCHIVED)


@dataclass(frozen=True, slots=True)
class Finding:
    """One criterion and what the evaluator wrote about it."""

    criterion: str
    question: str
    note: str


@dataclass(frozen=True, slots=True)
class Validation:
    """An evaluator's answer as pages show it; ``reason`` is that of a no."""

    by: Person | None
    at: datetime
    granted: bool
    reason: str
    lapsed_at: datetime | None
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class Answers:
    """What became of a story, as far as its reader may know.

    ``standing`` is its validation, for everybody who may open it; ``others`` the last answer where
    it is none (a no, or one that lapsed), for the author, editors and evaluators; ``revision`` what
    ``latest_revision`` tells; ``people`` who is named there, and whom the page names besides.
    """

    standing: Validation | None
    others: list[Validation]
    revision: PracticeRevision | None
    people: Mapping[int, Person]


def validation_of(story: Practice) -> Validation | None:
    """The validation that stands, for everybody who may open the story."""
    return answers_on(story, VISITOR).standing


def answers_on(story: Practice, actor: Actor, also: Iterable[int | None] = ()) -> Answers:
    """What became of the story, and who said so; at most two queries.

    ``also`` are members whom the same page names.
    """
    rows, latest = _asked(story, actor)
    known = people([*also, *(row.evaluator_id for row in rows)])
    stands = [row for row in rows if _stands(row)] if story.state in _WITH_VALIDATION else []
    return Answers(
        standing=_told(stands[0], known) if stands else None,
        others=[_told(row, known) for row in rows if not _stands(row)],
        revision=shown_revision(story, latest),
        people=known,
    )


def _stands(row: PracticeValidation) -> bool:
    return row.granted and row.lapsed_at is None


def _asked(
    story: Practice, actor: Actor
) -> tuple[Sequence[PracticeValidation], PracticeRevision | None]:
    """The validation that stands and, for those who may know it, the last answer and the last new
    text: joined, since there are at most two of one and one of the other.
    """
    wanted = _answers_for(story, actor)
    may_read = policies.may_read_revision(actor, story)
    if not wanted and not may_read:
        return (), None
    columns: list[Any] = [PracticeValidation]
    statement = select(Practice.id).where(Practice.id == story.id)
    statement = statement.outerjoin(PracticeValidation, or_(false(), *wanted))
    if may_read:
        newest = select(func.max(PracticeRevision.id)).where(
            PracticeRevision.practice_id == story.id
        )
        columns.append(PracticeRevision)
        statement = statement.outerjoin(PracticeRevision, PracticeRevision.id == _alone(newest))
    rows = (
        db.session.execute(
            statement.with_only_columns(*columns)
            .options(joinedload(PracticeValidation.findings))
            .order_by(PracticeValidation.id)
        )
        .unique()
        .all()
    )
    return [row[0] for row in rows if row[0] is not None], rows[0][1] if may_read and rows else None


def _answers_for(story: Practice, actor: Actor) -> list[ColumnElement[bool]]:
    """Which answers the actor is to know of."""
    last = select(func.max(PracticeValidation.id)).where(PracticeValidation.practice_id == story.id)
    wanted = []
    if story.state in _WITH_VALIDATION:
        standing = last.where(
            PracticeValidation.granted.is_(True), PracticeValidation.lapsed_at.is_(None)
        )
        wanted.append(PracticeValidation.id == _alone(standing))
    if policies.may_read_history(actor, story) or policies.may_validate(actor, story):
        wanted.append(PracticeValidation.id == _alone(last))
    return wanted


def _alone(statement: Any) -> Any:
    """The statement has a table of its own, whatever stands around it."""
    return statement.correlate(None).scalar_subquery()


def _told(row: PracticeValidation, known: Mapping[int, Person]) -> Validation:
    return Validation(
        by=known.get(row.evaluator_id) if row.evaluator_id is not None else None,
        at=row.at,
        granted=row.granted,
        reason=row.reason,
        lapsed_at=row.lapsed_at,
        findings=tuple(
            Finding(
                str(words.CRITERIA[one.criterion]), str(words.QUESTIONS[one.criterion]), one.note
            )
            for one in row.findings
        ),
    )
