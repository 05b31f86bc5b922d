"""What evaluators found, and what they have not looked at yet."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import selectinload

from core.actor import Actor
from core.database import db
from core.pagination import Key, Page, paginate
from members.queries import Person, people
from practices import policies
from practices.models import Practice, PracticeKind, PracticeState, PracticeValidation
from practices.queries import words
from practices.queries.lines import StoryLine, lines_of, select_lines

PAGE_SIZE = 20


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


def validation_of(story: Practice) -> Validation | None:
    """The validation that stands, for everybody who may open the story."""
    if story.state not in (PracticeState.VALIDATED, PracticeState.OUTDATED, PracticeState.ARCHIVED):
        return None
    standing = (PracticeValidation.granted.is_(True), PracticeValidation.lapsed_at.is_(None))
    return next(iter(_found(story, *standing, limit=1)), None)


def answers_on(story: Practice, actor: Actor) -> list[Validation]:
    """The last answer of an evaluator, for the author, editors and evaluators, where it does not
    stand as the story's validation: a no, or one that lapsed.
    """
    if not (policies.may_read_history(actor, story) or policies.may_validate(actor, story)):
        return []
    latest = _found(story, limit=1)
    return [one for one in latest if not one.granted or one.lapsed_at is not None]


def stories_to_validate(
    actor: Actor, *, after: str | None = None, before: str | None = None
) -> Page[StoryLine]:
    """What waits for this evaluator, oldest first; raise ``BadCursor`` for a place that is none."""
    keys = [
        Key(Practice.published_at.expression, descending=False),
        Key(Practice.id.expression, descending=False),
    ]
    statement = select_lines().add_columns(*(key.column for key in keys)).where(_waiting(actor))
    page = paginate(
        statement, keys, size=PAGE_SIZE, after=after, before=before, convert=lambda row: row
    )
    return Page(lines_of(page.items), page.before, page.after)


def is_to_validate(practice_id: int, actor: Actor) -> bool:
    """Whether a story waits for this evaluator."""
    if not policies.may_evaluate(actor):
        return False
    found = select(Practice.id).where(Practice.id == practice_id, _waiting(actor))
    return db.session.scalar(found) is not None


def count_to_validate(actor: Actor) -> int:
    """How many stories wait for this evaluator; 0 for everybody else."""
    if not policies.may_evaluate(actor):
        return 0
    return db.session.scalar(select(func.count(Practice.id)).where(_waiting(actor))) or 0


def _waiting(actor: Actor) -> ColumnElement[bool]:
    """``policies.may_validate`` as a condition, without what was declined and not changed since."""
    answered = (
        select(PracticeValidation.id)
        .where(
            PracticeValidation.practice_id == Practice.id,
            PracticeValidation.granted.is_(False),
            PracticeValidation.at >= Practice.updated_at,
        )
        .exists()
    )
    return and_(
        Practice.state == PracticeState.PUBLISHED,
        Practice.kind == PracticeKind.OFFER,
        or_(Practice.author_id.is_(None), Practice.author_id != actor.member_id),
        or_(
            Practice.organisation_id.is_(None),
            Practice.organisation_id.not_in(sorted(actor.organisation_ids)),
        ),
        policies.visible_to(actor),
        ~answered,
    )


def _found(story: Practice, *conditions: ColumnElement[bool], limit: int) -> list[Validation]:
    rows = db.session.scalars(
        select(PracticeValidation)
        .where(PracticeValidation.practice_id == story.id, *conditions)
        .options(selectinload(PracticeValidation.findings))
        .order_by(PracticeValidation.at.desc(), PracticeValidation.id.desc())
        .limit(limit)
    ).all()
    writers = people(row.evaluator_id for row in rows)
    return [
        Validation(
            by=writers.get(row.evaluator_id) if row.evaluator_id is not None else None,
            at=row.at,
            granted=row.granted,
            reason=row.reason,
            lapsed_at=row.lapsed_at,
            findings=tuple(
                Finding(
                    str(words.CRITERIA[one.criterion]),
                    str(words.QUESTIONS[one.criterion]),
                    one.note,
                )
                for one in row.findings
            ),
        )
        for row in rows
    ]
