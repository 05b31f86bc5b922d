"""One story, and the lists of those who work on stories: its author, its editors."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import joinedload, with_expression

from core.actor import Actor
from core.contracts import OwnLine
from core.counting import Count
from core.database import db
from core.links import address
from core.pagination import Key, Page, paginate
from core.slugs import owner_of
from core.submissions import made_by
from organisations import queries as organisations
from practices import policies
from practices.models import Practice, PracticeRevision, PracticeState, RevisionState
from practices.queries import words
from practices.queries.lines import StoryLine, lines_of, select_lines, theme_ids_told
from practices.signals import KIND

PAGE_SIZE = 20


@dataclass(frozen=True, slots=True)
class OwnStory:
    """A story as its author finds it; ``reason`` is what the editors wrote last.

    ``is_asked``: somebody is to say whether it still holds; ``revision_waits``: a new text lies
    with the editors.
    """

    line: StoryLine
    reason: str
    is_asked: bool = False
    revision_waits: bool = False


@dataclass(frozen=True, slots=True)
class WaitingStory:
    """A story as its editors find it."""

    line: StoryLine
    submitted_at: datetime


def story(slug: str, actor: Actor) -> Practice | None:
    """The story that has, or once had, this address; None where the reader may not open it.

    Whoever gets one whose ``slug`` differs should send the reader on to the new address.
    """
    found = _find(Practice.slug == slug, actor)
    if found is None and (number := owner_of(KIND, slug)) is not None:
        found = _find(Practice.id == number, actor)
    return found


def story_made_with(key: str, actor: Actor) -> Practice | None:
    """The story that the form with this key made when the actor sent it before."""
    made = made_by(key, actor.member_id, KIND) if actor.member_id is not None else None
    return None if made is None else _find(Practice.id == made, actor)


def own_stories(
    actor: Actor, *, after: str | None = None, before: str | None = None, size: int = PAGE_SIZE
) -> Page[OwnStory]:
    """What the actor wrote, last changed first; raise ``BadCursor`` for a place that is none."""
    keys = [Key(Practice.updated_at.expression), Key(Practice.id.expression)]
    statement = (
        select_lines()
        .add_columns(
            Practice.decision_reason,
            Practice.asked_at,
            _revision_waits().label("revision_waits"),
            *(key.column for key in keys),
        )
        .where(Practice.author_id == actor.member_id, policies.visible_to(actor))
    )
    page = paginate(statement, keys, size=size, after=after, before=before, convert=_itself)
    own = [
        OwnStory(line, row.decision_reason, row.asked_at is not None, row.revision_waits)
        for line, row in zip(lines_of(page.items), page.items, strict=True)
    ]
    return Page(own, page.before, page.after)


def unfinished(actor: Actor, limit: int) -> list[OwnLine]:
    """The actor's stories that are still to be written, or wait for the editors."""
    states = (PracticeState.DRAFT, PracticeState.CHANGES_REQUESTED, PracticeState.SUBMITTED)
    rows = db.session.execute(
        select(Practice.slug, Practice.title, Practice.kind, Practice.state, Practice.updated_at)
        .where(
            Practice.author_id == actor.member_id,
            Practice.state.in_(states),
            policies.visible_to(actor),
        )
        .order_by(Practice.updated_at.desc(), Practice.id.desc())
        .limit(limit)
    )
    return [_own_line(row) for row in rows]


def _own_line(row: Any) -> OwnLine:
    waits = row.state is PracticeState.SUBMITTED
    return OwnLine(
        label=str(words.KINDS[row.kind]),
        title=row.title,
        url=address("practices.story" if waits else "practices.resume_story", slug=row.slug),
        state=row.state.value,
        state_label=str(words.STATES[row.state]),
        at=row.updated_at,
        waits=waits,
    )


def waiting_stories(
    actor: Actor, *, after: str | None = None, before: str | None = None
) -> Page[WaitingStory]:
    """What waits for the editors, oldest first; raise ``BadCursor`` for a place that is none."""
    keys = [
        Key(Practice.submitted_at.expression, descending=False),
        Key(Practice.id.expression, descending=False),
    ]
    statement = select_lines().add_columns(*(key.column for key in keys)).where(*_waiting(actor))
    page = paginate(statement, keys, size=PAGE_SIZE, after=after, before=before, convert=_itself)
    moments = {row.id: row.submitted_at for row in page.items}
    lines = lines_of(page.items)
    return Page([WaitingStory(line, moments[line.id]) for line in lines], page.before, page.after)


def waiting_counted(actor: Actor) -> Count:
    """Count the stories that wait for this editor; None for everybody else."""
    if not policies.may_review(actor):
        return None
    return _counted(*_waiting(actor))


def returned_counted(actor: Actor) -> Count:
    """Count the stories that the editors sent back to this author."""
    if actor.member_id is None:
        return None
    return _counted(
        Practice.author_id == actor.member_id, Practice.state == PracticeState.CHANGES_REQUESTED
    )


def organisation_choices(actor: Actor, story: Practice | None = None) -> list[tuple[int, str]]:
    """The bodies under whose name the text can stand: the author's own.

    Who corrects somebody else's story leaves it where it is.
    """
    if story is None or policies.is_author(actor, story):
        return organisations.organisation_choices(actor)
    body = story.organisation
    return [] if body is None else [(body.id, body.name)]


def _find(condition: ColumnElement[bool], actor: Actor) -> Practice | None:
    # Evaluators are asked about what their colleagues wrote.
    colleagues = [joinedload(Practice.author_affiliations)] * policies.may_evaluate(actor)
    found = db.session.scalars(
        select(Practice)
        .where(condition, policies.visible_to(actor))
        .options(
            joinedload(Practice.organisation),
            # One story has few components: a row for each costs less than another question. Its
            # themes are a column, since rows of both would be one for each pair.
            joinedload(Practice.component_rows),
            with_expression(Practice.told_theme_ids, theme_ids_told()),
            *colleagues,
        )
    )
    return found.unique().one_or_none()


def _revision_waits() -> ColumnElement[bool]:
    return (
        select(PracticeRevision.id)
        .where(
            PracticeRevision.practice_id == Practice.id,
            PracticeRevision.state == RevisionState.PENDING,
        )
        .exists()
    )


def _waiting(actor: Actor) -> tuple[ColumnElement[bool], ...]:
    return (Practice.state == PracticeState.SUBMITTED, policies.visible_to(actor))


def _counted(*conditions: ColumnElement[bool]) -> Count:
    return select(func.count(Practice.id)).where(*conditions)


def _itself(row: Any) -> Any:
    return row
