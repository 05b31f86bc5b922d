"""New texts of public stories: their author proposes, an editor decides, the public text stays."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import select
from sqlalchemy.orm import Session

from core import clock
from core.actor import Actor
from core.domain import Refused, ensure
from core.events import announce
from core.transactions import transaction
from practices import policies, rules
from practices.models import Practice, PracticeRevision, RevisionState
from practices.rules import StoryContent
from practices.services.steps import (
    ensure_complete,
    fact_of,
    keep_revision,
    locked,
    return_to_use,
    take_validation_back,
)
from practices.services.texts import rewrite_content
from practices.signals import (
    RevisionApproved,
    RevisionChanged,
    RevisionProposed,
    RevisionRefused,
    RevisionWithdrawn,
)


def propose_revision(
    session: Session,
    story: Practice,
    content: StoryContent,
    by: Actor,
    *,
    version: int | None,
    restored: int = 0,
) -> Practice:
    """Keep the author's new text of a public story for the editors, inside the transaction.

    The same text again changes nothing; the public text proposed again takes the new one back.
    """
    pending = pending_of(session, story.id)
    public = rules.content_of(story)
    stands = public if pending is None else content_of(story, pending)
    if not rules.differences(story.kind, stands, content):
        return story
    story.raise_version(version)
    changed = rules.differences(story.kind, public, content)
    if pending is not None and not changed:
        return _take_back(session, story, pending, by)
    if content.organisation_id != story.organisation_id:
        ensure(policies.may_speak_for(by, content.organisation_id))
    ensure_complete(story.kind, content, affiliated=False)
    fact: type[RevisionProposed | RevisionChanged] = (
        RevisionChanged if pending is not None else RevisionProposed
    )
    moment = clock.now()
    if pending is None:
        pending = PracticeRevision(
            practice_id=story.id,
            author_id=by.member_id,
            based_on=story.version - 1,
            created_at=moment,
        )
        session.add(pending)
    pending.version, pending.updated_at = story.version, moment
    pending.title = content.title
    pending.values = rules.values_of(content)
    pending.html = {name: written.html for name, written in content.sections.items()}
    session.flush()
    announce(replace(fact_of(fact, story, by), changed=changed, restored=restored))
    return story


def withdraw_revision(*, practice_id: int, version: int | None, by: Actor) -> Practice:
    """Take the new text back before an editor decides; the public one stays as it is."""
    with transaction() as session:
        story = locked(session, practice_id)
        ensure(policies.may_withdraw(by, story))
        pending = pending_of(session, story.id)
        if pending is None:
            raise Refused("nothing waits")
        story.raise_version(version)
        return _take_back(session, story, pending, by)


def approve_revision(*, practice_id: int, version: int | None, by: Actor) -> Practice:
    """Make the new text public. Raise ``Conflict`` where it is not the one that the editor read.

    A story that had gone out of date is in use again. A validation ends where the words that were
    judged changed (``rules.is_rewritten``).
    """
    with transaction() as session:
        story = locked(session, practice_id)
        ensure(policies.may_decide_revision(by, story))
        pending = _to_decide(session, story, RevisionState.APPROVED, version, by)
        if pending is None:
            return story  # sent twice
        story.raise_version(version)
        old, new = rules.content_of(story), content_of(story, pending)
        changed = rules.differences(story.kind, old, new)
        ensure_complete(story.kind, new, affiliated=False)
        rewrite_content(session, story, new, changed)
        moment = clock.now()
        story.updated_at = story.confirmed_at = moment
        story.asked_at = story.unanswered_at = None
        pending.decide(RevisionState.APPROVED, by.member_id, moment)
        if rules.is_rewritten(story.kind, old, new):
            take_validation_back(session, story, by)
        return_to_use(session, story)
        keep_revision(story, by, written_by=pending.author_id)
        session.flush()
        announce(replace(fact_of(RevisionApproved, story, by), changed=changed))
        return story


def refuse_revision(*, practice_id: int, version: int | None, reason: str, by: Actor) -> Practice:
    """Leave the public text as it is; the author reads why, and finds the new one in the form."""
    with transaction() as session:
        story = locked(session, practice_id)
        ensure(policies.may_decide_revision(by, story))
        if not reason:
            raise Refused("no reason")
        pending = _to_decide(session, story, RevisionState.REFUSED, version, by)
        if pending is None:
            return story  # sent twice
        story.raise_version(version)
        pending.reason = reason
        pending.decide(RevisionState.REFUSED, by.member_id, clock.now())
        session.flush()
        announce(replace(fact_of(RevisionRefused, story, by), reason=reason))
        return story


def end_pending(session: Session, story: Practice, reason: str, by: Actor) -> None:
    """Nothing of a story that leaves waits for a decision any more."""
    pending = pending_of(session, story.id)
    if pending is not None:
        pending.reason = reason
        pending.decide(RevisionState.REFUSED, by.member_id, clock.now())


def pending_of(session: Session, practice_id: int) -> PracticeRevision | None:
    """The text of a story that waits for the editors."""
    return session.scalar(
        select(PracticeRevision).where(
            PracticeRevision.practice_id == practice_id,
            PracticeRevision.state == RevisionState.PENDING,
        )
    )


def content_of(story: Practice, revision: PracticeRevision) -> StoryContent:
    """What a new text says."""
    return rules.content_from(story.kind, revision.values, revision.html)


def _to_decide(
    session: Session, story: Practice, state: RevisionState, version: int | None, by: Actor
) -> PracticeRevision | None:
    """What waits; None where the same editor decided the same just before.

    Raise ``Conflict`` where somebody else did, after ``version``.
    """
    pending = pending_of(session, story.id)
    if pending is not None:
        if story.state not in rules.LISTED_STATES:
            raise Refused(f"no new text for what is {story.state}")
        return pending
    latest = session.scalar(
        select(PracticeRevision)
        .where(PracticeRevision.practice_id == story.id)
        .order_by(PracticeRevision.id.desc())
        .limit(1)
    )
    if latest is None or (latest.state, latest.decided_by_id) != (state, by.member_id):
        story.raise_version(version)
        raise Refused("nothing waits")
    return None


def _take_back(session: Session, story: Practice, pending: PracticeRevision, by: Actor) -> Practice:
    pending.decide(RevisionState.WITHDRAWN, by.member_id, clock.now())
    session.flush()
    announce(fact_of(RevisionWithdrawn, story, by))
    return story
