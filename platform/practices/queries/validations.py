"""What evaluators have not looked at yet."""

from __future__ import annotations

from sqlalchemy import ColumnElement, and_, func, select

from core.actor import Actor
from core.counting import Count
from core.database import db
from core.pagination import Key, Page, paginate
from practices import policies
from practices.models import Practice, PracticeState, PracticeValidation
from practices.queries.lines import StoryLine, lines_of, select_lines

PAGE_SIZE = 20


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


def to_validate_counted(actor: Actor) -> Count:
    """Count the stories that wait for this evaluator; None for everybody else."""
    if not policies.may_evaluate(actor):
        return None
    return select(func.count(Practice.id)).where(_waiting(actor))


def _waiting(actor: Actor) -> ColumnElement[bool]:
    """What the evaluator may validate now, without what was declined and not changed since."""
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
        policies.validated_by(actor),
        ~answered,
    )
