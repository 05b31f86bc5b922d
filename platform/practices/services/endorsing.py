"""What keeps the two numbers by which readers judge a story: who finds it useful, who reuses it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace

from sqlalchemy import select
from sqlalchemy.orm import Session

from core import clock
from core.actor import SYSTEM, Actor
from core.contracts import Delivery
from core.domain import ensure
from core.events import announce
from core.transactions import transaction
from members.signals import MemberFact
from organisations.signals import OrganisationFact
from practices import policies
from practices.models import Endorsement, Practice
from practices.queries.endorsements import endorsed_by, endorsing_bodies
from practices.services.steps import fact_of, locked
from practices.signals import (
    StoryEndorsed,
    StoryEndorsementWithdrawn,
    StoryRecounted,
)


def endorse_story(*, practice_id: int, organisation_id: int, by: Actor) -> Practice:
    """Say in the name of a body that a story is useful to it; said twice it counts once.

    Whoever said so for another body before says it for this one instead.
    """
    with transaction() as session:
        story = locked(session, practice_id)
        ensure(organisation_id in policies.may_endorse_for(by, story))
        assert by.member_id is not None
        said = _of_member(session, practice_id, by.member_id)
        if said is not None and said.organisation_id == organisation_id:
            return story
        if said is None:
            said = Endorsement(
                practice_id=practice_id, member_id=by.member_id, created_at=clock.now()
            )
            session.add(said)
        said.organisation_id = organisation_id
        session.flush()
        _recount(session, story)
        fact = fact_of(StoryEndorsed, story, by)
        announce(replace(fact, on_behalf_of_id=organisation_id))
        return story


def withdraw_endorsement(*, practice_id: int, by: Actor) -> Practice:
    """Take back what the actor said; where nothing was said nothing happens."""
    with transaction() as session:
        story = locked(session, practice_id)
        ensure(policies.may_withdraw_endorsement(by, story))
        assert by.member_id is not None
        said = _of_member(session, practice_id, by.member_id)
        if said is None:
            return story
        organisation_id = said.organisation_id
        session.delete(said)
        session.flush()
        _recount(session, story)
        fact = fact_of(StoryEndorsementWithdrawn, story, by)
        announce(replace(fact, on_behalf_of_id=organisation_id))
        return story


def recount_endorsements(practice_ids: Collection[int]) -> None:
    """Count again how many bodies find the stories useful; what agrees is left alone."""
    for practice_id in sorted(practice_ids):
        with transaction() as session:
            story = locked(session, practice_id)
            if _recount(session, story):
                session.flush()
                announce(fact_of(StoryRecounted, story, SYSTEM))


def follow_speakers(deliveries: Sequence[Delivery]) -> None:
    """Count again what members said who came or went, or what was said for bodies that did."""
    members = {one.fact.member_id for one in deliveries if isinstance(one.fact, MemberFact)}
    bodies = {
        one.fact.organisation_id for one in deliveries if isinstance(one.fact, OrganisationFact)
    }
    recount_endorsements(endorsed_by(member_ids=members, organisation_ids=bodies))


def note_reuses(*, practice_id: int, number: int) -> None:
    """Keep how many twinnings carry a story elsewhere, as whoever keeps twinnings counted them.

    Call it in the transaction that changed the number; the same number again is no news.
    """
    with transaction() as session:
        story = locked(session, practice_id)
        if story.reuse_count != number:
            story.reuse_count = number
            session.flush()
            announce(fact_of(StoryRecounted, story, SYSTEM))


def _recount(session: Session, story: Practice) -> bool:
    """Bring the number up to date; tell whether it was another one."""
    number = endorsing_bodies(story.id)
    if story.endorsement_count == number:
        return False
    story.endorsement_count = number
    return True


def _of_member(session: Session, practice_id: int, member_id: int) -> Endorsement | None:
    return session.scalar(
        select(Endorsement).where(
            Endorsement.practice_id == practice_id, Endorsement.member_id == member_id
        )
    )
