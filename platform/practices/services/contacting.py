"""What people do with a match: write to the other side, put it aside, begin a twinning."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy.orm import Session

from core import clock
from core.actor import Actor
from core.domain import Refused, ensure
from core.events import announce
from core.references import Reference
from core.submissions import made_by, remember
from core.text import Rendered
from core.transactions import transaction
from forum import services as forum
from forum.rules import LONGEST_TITLE
from notifications.services import begin_following
from practices import policies
from practices.models import Match, MatchState, Practice
from practices.queries.matches import other_side, speakers_of
from practices.rules.matching import MATCH_TRANSITIONS, MATCHED_STATES
from practices.signals import KIND, MATCH, MatchContacted, MatchDismissed, MatchTwinned
from spaces import services as spaces

THREAD = "thread"


class AlreadyBegun(Refused):
    """The two sides write to each other already; ``match`` says where."""

    def __init__(self, match: Match) -> None:
        super().__init__("already contacted")
        self.match = match


def contact_match(*, match_id: int, text: Rendered, key: str, lang: str, by: Actor) -> Match:
    """Write to the other side, in a discussion that only the two sides can read.

    ``key`` is that of the form: sent twice it opens one discussion. Raise ``Forbidden``,
    ``AlreadyBegun`` where somebody wrote before, ``Refused`` where a story is not in the catalogue
    any more or nobody on the other side can be written to.
    """
    with transaction() as session:
        match = _locked(session, match_id)
        ensure(policies.may_contact(by, match))
        assert by.member_id is not None
        if made_by(key, by.member_id, MATCH) == match.id:
            return match
        if match.thread_id is not None:
            raise AlreadyBegun(match)
        MATCH_TRANSITIONS.check(match.state, MatchState.CONTACTED)
        if {match.seek.state, match.offer.state} - MATCHED_STATES:
            raise Refused("a story left the catalogue")
        reached = speakers_of(other_side(by, match)) - {by.member_id}
        if not reached:
            raise Refused("nobody to write to")
        thread_id = _open_discussion(match, text, lang, by)
        match.state = MatchState.CONTACTED
        _decide(match, by)
        session.flush()
        announce(
            MatchContacted(
                match_id=match.id,
                seek_id=match.seek_id,
                offer_id=match.offer_id,
                thread_id=thread_id,
                by_id=by.member_id,
                on_behalf_of_id=_speaks_for(match, by),
            )
        )
        for member_id in sorted(reached):
            begin_following(Reference(THREAD, thread_id), member_id)
        remember(key, by.member_id, Reference(MATCH, match.id))
        return match


def dismiss_match(*, match_id: int, reason: str = "", by: Actor) -> Match:
    """Put a match aside for both sides, for good; done twice it is done once."""
    with transaction() as session:
        match = _locked(session, match_id)
        ensure(policies.may_dismiss(by, match))
        if match.state is MatchState.DISMISSED:
            return match
        MATCH_TRANSITIONS.check(match.state, MatchState.DISMISSED)
        match.state, match.reason = MatchState.DISMISSED, reason
        _decide(match, by)
        session.flush()
        announce(_fact(MatchDismissed, match, by, reason))
        return match


def twin_match(*, match_id: int, by: Actor) -> Match:
    """Note that a twinning begins from a match, in the transaction that begins it."""
    with transaction() as session:
        match = _locked(session, match_id)
        ensure(policies.may_twin(by, match))
        if match.state is MatchState.TWINNED:
            return match
        MATCH_TRANSITIONS.check(match.state, MatchState.TWINNED)
        match.state = MatchState.TWINNED
        _decide(match, by)
        session.flush()
        announce(_fact(MatchTwinned, match, by))
        return match


def _open_discussion(match: Match, text: Rendered, lang: str, by: Actor) -> int:
    space = spaces.open_space(about=Reference(MATCH, match.id), title=match.seek.title, by=by)
    match.space_id = space.id
    for story in (match.seek, match.offer):
        _admit(space.id, story, by)
    thread = forum.start_thread(
        title=match.seek.title[:LONGEST_TITLE],
        text=text,
        # Visible no further than what is sought, and shown beside it to who may enter.
        subject=Reference(KIND, match.seek_id),
        space_id=space.id,
        by=replace(by, space_ids=by.space_ids | {space.id}),
        on_behalf_of_id=_speaks_for(match, by),
        lang=lang,
    )
    match.thread_id = thread.id
    return thread.id


def _admit(space_id: int, story: Practice, by: Actor) -> None:
    """Give the keys to who answers for a story, as long as they do."""
    if story.organisation_id is not None:
        spaces.grant(
            space_id=space_id, organisation_id=story.organisation_id, contacts_only=True, by=by
        )
    if story.author_id is not None:
        spaces.grant(
            space_id=space_id,
            member_id=story.author_id,
            while_affiliated_id=story.organisation_id,
            by=by,
        )


def _speaks_for(match: Match, by: Actor) -> int | None:
    """The body in whose name the actor writes."""
    for story in (match.seek, match.offer):
        if policies.speaks_in(by, story) and story.organisation_id in by.organisation_ids:
            return story.organisation_id
    return None


def _locked(session: Session, match_id: int) -> Match:
    return session.get_one(Match, match_id, with_for_update=True, populate_existing=True)


def _decide(match: Match, by: Actor) -> None:
    match.decided_by_id = by.member_id
    match.decided_at = match.updated_at = clock.now()
    match.raise_version(None)


def _fact(
    kind: type[MatchDismissed] | type[MatchTwinned], match: Match, by: Actor, reason: str = ""
) -> MatchDismissed | MatchTwinned:
    return kind(
        match_id=match.id,
        seek_id=match.seek_id,
        offer_id=match.offer_id,
        reason=reason,
        by_id=by.member_id,
        on_behalf_of_id=_speaks_for(match, by),
    )
