"""New texts of public stories, for those who may read them before everybody else."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, func, select

from core.actor import Actor
from core.counting import Count
from core.database import db
from core.links import address
from members.queries import Person, people
from practices import policies, rules
from practices.models import Practice, PracticeRevision, RevisionState
from practices.rules import LISTED_STATES, StoryContent

PAGE_SIZE = 20


@dataclass(frozen=True, slots=True)
class WaitingRevision:
    """A new text as its editors find it in their list; ``title`` is the new one."""

    slug: str
    title: str
    lang: str
    author: Person | None
    at: datetime

    @property
    def url(self) -> str:
        return address("practices.review", slug=self.slug)


def latest_revision(story: Practice, actor: Actor) -> PracticeRevision | None:
    """What the reader must know of a new text of a story: the one that waits, or the last answer.

    An answer is news until the public text changes again. None for who may not read it.
    """
    if not policies.may_read_revision(actor, story):
        return None
    latest = db.session.scalar(
        select(PracticeRevision)
        .where(PracticeRevision.practice_id == story.id)
        .order_by(PracticeRevision.id.desc())
        .limit(1)
    )
    return shown_revision(story, latest)


def shown_revision(story: Practice, latest: PracticeRevision | None) -> PracticeRevision | None:
    """The last new text of a story, as long as it is news."""
    if latest is None or latest.is_pending:
        return latest
    refused = latest.state is RevisionState.REFUSED and story.state in LISTED_STATES
    fresh = latest.decided_at is not None and latest.decided_at >= story.updated_at
    return latest if refused and fresh else None


def text_for(story: Practice, actor: Actor) -> StoryContent:
    """The text that the actor goes on with: the author of a public story with the own new text,
    even one that was refused; everybody else with what stands.
    """
    if policies.proposes(actor, story):
        revision = latest_revision(story, actor)
        if revision is not None:
            return revision_text(story, revision)
    return rules.content_of(story)


def revision_text(story: Practice, revision: PracticeRevision) -> StoryContent:
    """What a new text says."""
    return rules.content_from(story.kind, revision.values, revision.html)


def has_pending_revision(practice_id: int) -> bool:
    """Whether a new text of a story waits for the editors."""
    return bool(
        db.session.scalar(
            select(PracticeRevision.id).where(
                PracticeRevision.practice_id == practice_id,
                PracticeRevision.state == RevisionState.PENDING,
            )
        )
    )


def waiting_revisions(actor: Actor) -> list[WaitingRevision]:
    """The new texts that wait for this editor, oldest first, at most ``PAGE_SIZE``; the others
    follow as these are decided. Nothing for everybody else.
    """
    if not policies.may_review(actor):
        return []
    rows = db.session.execute(
        select(
            Practice.slug,
            PracticeRevision.title,
            Practice.lang,
            PracticeRevision.author_id,
            PracticeRevision.created_at,
        )
        .join(Practice, Practice.id == PracticeRevision.practice_id)
        .where(_waiting(actor))
        .order_by(PracticeRevision.created_at, PracticeRevision.id)
        .limit(PAGE_SIZE)
    ).all()
    writers = people(row.author_id for row in rows)
    return [
        WaitingRevision(row.slug, row.title, row.lang, writers.get(row.author_id), row.created_at)
        for row in rows
    ]


def revisions_counted(actor: Actor) -> Count:
    """Count the new texts that wait for this editor; None for everybody else."""
    if not policies.may_review(actor):
        return None
    return (
        select(func.count(PracticeRevision.id))
        .join(Practice, Practice.id == PracticeRevision.practice_id)
        .where(_waiting(actor))
    )


def _waiting(actor: Actor) -> ColumnElement[bool]:
    return and_(
        PracticeRevision.state == RevisionState.PENDING,
        Practice.state.in_(sorted(LISTED_STATES)),
        policies.visible_to(actor),
    )
