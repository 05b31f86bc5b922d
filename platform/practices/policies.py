"""Who may see and do what with a story: one function a line of the permission table.

``is_visible`` and ``visible_to`` are the same rule, for a row and for SQL; a test holds the two
together. Whether the state of a story allows a step at all is in ``rules.TRANSITIONS``.
"""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import ColumnElement, and_, exists, false, literal, or_, select

from core.actor import Actor, Role
from forum.policies import is_trusted
from members.models import Affiliation, AffiliationState
from practices.models import Match, MatchState, Practice, PracticeKind, PracticeState
from practices.rules import (
    CORRECTED_STATES,
    LISTED_STATES,
    PUBLIC_STATES,
    REVIEWED_STATES,
    TRANSITIONS,
    WRITING_STATES,
)
from spaces.policies import may_enter, open_to

_REVIEWERS = (Role.EDITOR, Role.MODERATOR, Role.ADMINISTRATOR)
_KEEPERS = (Role.MODERATOR, Role.ADMINISTRATOR)
_UNPUBLISHED = REVIEWED_STATES | {PracticeState.DRAFT}


def may_create(actor: Actor) -> bool:
    """Send a story: every member whose address is confirmed, with or without a body."""
    return not actor.is_visitor


def may_import(actor: Actor) -> bool:
    """Bring in lists of stories, from the command line."""
    return actor.is_administrator


def may_speak_for(actor: Actor, organisation_id: int | None) -> bool:
    """Put a story under the name of a body, or under the own name alone."""
    return organisation_id is None or organisation_id in actor.organisation_ids


def is_author(actor: Actor, story: Practice) -> bool:
    """Whether the actor wrote the story; nobody did where its author is gone."""
    return story.author_id is not None and story.author_id == actor.member_id


def tells(actor: Actor, story: Practice) -> bool:
    """Whether the story is the actor's to finish: the author's, or the editors' where an import
    made a draft that no member wrote.
    """
    return is_author(actor, story) or (story.author_id is None and may_review(actor))


def may_write(actor: Actor, story: Practice) -> bool:
    """Work on the text at all: the author, and whoever reviews it."""
    return is_visible(actor, story) and (is_author(actor, story) or may_review(actor))


def may_edit(actor: Actor, story: Practice) -> bool:
    """Work on the text now: it lies with its author until it is sent, then with the editors.

    Of a public story both can: its author proposes, the editors correct.
    """
    if not may_write(actor, story):
        return False
    if story.state in WRITING_STATES:
        return tells(actor, story)
    if story.state in LISTED_STATES and is_author(actor, story):
        return True
    return story.state in CORRECTED_STATES and may_review(actor)


def may_attach(actor: Actor, story: Practice) -> bool:
    """Hang files on the story: whom its text lies with.

    Not who may only propose another text of a public story: a file is seen at once.
    """
    if not may_write(actor, story):
        return False
    if story.state in WRITING_STATES:
        return is_author(actor, story)
    return story.state in CORRECTED_STATES and may_review(actor)


def proposes(actor: Actor, story: Practice) -> bool:
    """Whether what the actor writes waits for an editor, while the public text stays."""
    return story.state in LISTED_STATES and is_author(actor, story) and not may_review(actor)


def may_read_revision(actor: Actor, story: Practice) -> bool:
    """Read the text that waits for the editors: its author, and they."""
    return may_write(actor, story)


def may_withdraw(actor: Actor, story: Practice) -> bool:
    """Take back what waits for the editors: a story that was sent, or its new text."""
    return is_author(actor, story) and is_visible(actor, story)


def may_decide_revision(actor: Actor, story: Practice) -> bool:
    return may_review(actor) and is_visible(actor, story)


def may_submit(actor: Actor, story: Practice) -> bool:
    return tells(actor, story) and is_visible(actor, story)


def may_review(actor: Actor) -> bool:
    """Read what waits for the editors."""
    return actor.has(*_REVIEWERS)


def may_read_history(actor: Actor, story: Practice) -> bool:
    """Read every version that was kept, with who wrote it and why: the author and the editors."""
    return may_write(actor, story)


def may_read_version(actor: Actor, story: Practice, state: PracticeState) -> bool:
    """Read the text that the story had in a state: what was public is as public as the story."""
    if state in PUBLIC_STATES and story.state in PUBLIC_STATES:
        return is_visible(actor, story)
    return may_read_history(actor, story)


def may_publish(actor: Actor, story: Practice) -> bool:
    return may_review(actor) and is_visible(actor, story)


def may_send_back(actor: Actor, story: Practice) -> bool:
    """Ask the author for changes, or refuse the story."""
    return may_review(actor) and is_visible(actor, story)


def may_evaluate(actor: Actor) -> bool:
    """Read what waits for the evaluators."""
    return actor.has(Role.EVALUATOR)


def may_validate(actor: Actor, story: Practice) -> bool:
    """Hold a story against the criteria: evaluators, never their own, never that of their body or
    of a colleague, in whose name ever it is told.

    Only what is offered has results to look at.
    """
    if not may_evaluate(actor) or not is_visible(actor, story):
        return False
    if story.kind is not PracticeKind.OFFER or is_author(actor, story):
        return False
    if story.organisation_id in actor.organisation_ids:
        return False
    return actor.organisation_ids.isdisjoint(
        affiliation.organisation_id for affiliation in story.author_affiliations
    )


def validated_by(actor: Actor) -> ColumnElement[bool]:
    """``may_validate`` for SQL, as a condition on ``Practice``."""
    if not may_evaluate(actor):
        return false()
    own = sorted(actor.organisation_ids)
    colleague = exists().where(
        Affiliation.member_id == Practice.author_id,
        Affiliation.state == AffiliationState.ACCEPTED,
        Affiliation.organisation_id.in_(own),
    )
    return and_(
        Practice.kind == PracticeKind.OFFER,
        or_(
            Practice.author_id.is_(None),
            and_(Practice.author_id != actor.member_id, ~colleague.correlate(Practice)),
        ),
        or_(Practice.organisation_id.is_(None), Practice.organisation_id.not_in(own)),
        visible_to(actor),
    )


def may_confirm(actor: Actor, story: Practice) -> bool:
    """Say whether a public story still holds: who wrote it, who answers for its body, editors."""
    if not is_visible(actor, story):
        return False
    answers = story.organisation_id in actor.contact_organisation_ids
    return is_author(actor, story) or answers or may_review(actor)


def may_archive(actor: Actor, story: Practice) -> bool:
    return may_review(actor) and is_visible(actor, story)


def may_remove(actor: Actor, story: Practice) -> bool:
    """Take a story away: its author while it was never public, moderators whatever they see."""
    if not is_visible(actor, story):
        return False
    if is_author(actor, story) and story.state in _UNPUBLISHED:
        return True
    return actor.has(*_KEEPERS)


def may_hide(actor: Actor, story: Practice) -> bool:
    """Take a public story out of sight, and let it be seen again: moderators, with a reason."""
    return actor.has(*_KEEPERS) and is_visible(actor, story)


def may_endorse(actor: Actor, story: Practice) -> bool:
    """Say that the story is useful to a body of one's own."""
    return bool(may_endorse_for(actor, story))


def may_endorse_for(actor: Actor, story: Practice) -> frozenset[int]:
    """The bodies in whose name the actor may find the story useful: never the one that tells it."""
    if story.state not in LISTED_STATES or not is_visible(actor, story) or is_author(actor, story):
        return frozenset()
    return actor.organisation_ids - {story.organisation_id}


def may_withdraw_endorsement(actor: Actor, story: Practice) -> bool:
    """Take back what one said; who said nothing may ask for it without harm."""
    return not actor.is_visitor and is_visible(actor, story)


def next_states(actor: Actor, story: Practice) -> frozenset[PracticeState]:
    """The states into which the actor may lead the story from where it is by saying so.

    What a new text or an answer brings about is not among them.
    """
    return frozenset(
        state
        for state, may in _LEADS_TO.items()
        if TRANSITIONS.allows(story.state, state) and may(actor, story)
    )


def is_visible(actor: Actor, story: Practice) -> bool:
    """Whether the actor may open the story; the Python twin of ``visible_to``."""
    if story.state is PracticeState.REMOVED:
        return False
    if story.state in PUBLIC_STATES:
        return may_enter(actor, story.space_id)
    if is_author(actor, story):
        return True
    if not may_review(actor) or not may_enter(actor, story.space_id):
        return False
    if story.state is PracticeState.HIDDEN:
        return actor.has(*_KEEPERS)
    return story.state in REVIEWED_STATES or story.author_id is None


def visible_to(actor: Actor) -> ColumnElement[bool]:
    """The stories that the actor may open, as a condition on ``Practice``.

    Drafts belong to their author alone; one whose author is gone is left to the editors.
    """
    entered = open_to(actor, Practice.space_id)
    public = _public_to(actor, PUBLIC_STATES)
    return or_(public, _own(actor), _under_review(actor, entered))


def listed_to(actor: Actor) -> ColumnElement[bool]:
    """``visible_to`` for what stands in the catalogue, where nothing else opens a story."""
    return _public_to(actor, LISTED_STATES)


def _public_to(actor: Actor, states: Collection[PracticeState]) -> ColumnElement[bool]:
    return and_(Practice.state.in_(sorted(states)), open_to(actor, Practice.space_id))


def speaks_in(actor: Actor, story: Practice) -> bool:
    """Whether the actor answers for a story towards others: its author, while he or she belongs to
    the body that speaks, and that body's contact persons."""
    if story.organisation_id is not None:
        if story.organisation_id in actor.contact_organisation_ids:
            return True
        return is_author(actor, story) and story.organisation_id in actor.organisation_ids
    return is_author(actor, story)


def spoken_in_by(actor: Actor) -> ColumnElement[bool]:
    """``speaks_in`` for SQL: the stories that the actor answers for."""
    if actor.member_id is None:
        return false()
    own = and_(
        Practice.author_id == actor.member_id,
        or_(
            Practice.organisation_id.is_(None),
            Practice.organisation_id.in_(sorted(actor.organisation_ids)),
        ),
    )
    return or_(own, Practice.organisation_id.in_(sorted(actor.contact_organisation_ids)))


def may_handle(actor: Actor, match: Match) -> bool:
    """Decide about a match at all: who answers for one of the two stories and sees both."""
    if not is_visible(actor, match.seek) or not is_visible(actor, match.offer):
        return False
    return speaks_in(actor, match.seek) or speaks_in(actor, match.offer)


def handled_by(actor: Actor) -> ColumnElement[bool]:
    """``may_handle`` for SQL, as a condition on ``Match``."""
    spoken = select(Practice.id).where(spoken_in_by(actor)).correlate(None)
    return and_(or_(Match.seek_id.in_(spoken), Match.offer_id.in_(spoken)), _both_visible_to(actor))


def is_match_visible(actor: Actor, match: Match) -> bool:
    """Whether the actor may know that two stories suit each other: as far as both are visible.

    What one side put aside is nobody else's business any more.
    """
    if match.state is MatchState.DISMISSED:
        return may_handle(actor, match)
    return is_visible(actor, match.seek) and is_visible(actor, match.offer)


def match_visible_to(actor: Actor) -> ColumnElement[bool]:
    """``is_match_visible`` for SQL, as a condition on ``Match``."""
    return or_(
        and_(Match.state != MatchState.DISMISSED, _both_visible_to(actor)), handled_by(actor)
    )


def may_contact(actor: Actor, match: Match) -> bool:
    """Write to the other side: nobody reads it first, so it takes somebody whom a body knows."""
    return may_handle(actor, match) and is_trusted(actor)


def may_dismiss(actor: Actor, match: Match) -> bool:
    """Put a match aside, for both sides."""
    return may_handle(actor, match)


def may_twin(actor: Actor, match: Match) -> bool:
    """Note that a twinning begins from a match; who may propose one is the twinning's rule."""
    return may_handle(actor, match)


def _both_visible_to(actor: Actor) -> ColumnElement[bool]:
    return and_(
        *(
            # The statement around may read stories for a reason of its own.
            exists(
                select(literal(1)).where(Practice.id == side, visible_to(actor)).correlate(Match)
            )
            for side in (Match.seek_id, Match.offer_id)
        )
    )


def _may_publish_now(actor: Actor, story: Practice) -> bool:
    return story.state is PracticeState.SUBMITTED and may_publish(actor, story)


def _may_validate_now(actor: Actor, story: Practice) -> bool:
    return story.state is PracticeState.PUBLISHED and may_validate(actor, story)


_LEADS_TO = {
    PracticeState.DRAFT: may_withdraw,
    PracticeState.SUBMITTED: may_submit,
    PracticeState.CHANGES_REQUESTED: may_send_back,
    PracticeState.REJECTED: may_send_back,
    PracticeState.PUBLISHED: _may_publish_now,
    PracticeState.VALIDATED: _may_validate_now,
    PracticeState.OUTDATED: may_confirm,
    PracticeState.ARCHIVED: may_archive,
    PracticeState.REMOVED: may_remove,
}


def _own(actor: Actor) -> ColumnElement[bool]:
    if actor.member_id is None:
        return false()
    states = _UNPUBLISHED | {PracticeState.HIDDEN}
    return and_(Practice.author_id == actor.member_id, Practice.state.in_(sorted(states)))


def _under_review(actor: Actor, entered: ColumnElement[bool]) -> ColumnElement[bool]:
    if not may_review(actor):
        return false()
    orphan = and_(Practice.state == PracticeState.DRAFT, Practice.author_id.is_(None))
    states = REVIEWED_STATES | ({PracticeState.HIDDEN} if actor.has(*_KEEPERS) else set())
    return and_(or_(Practice.state.in_(sorted(states)), orphan), entered)
