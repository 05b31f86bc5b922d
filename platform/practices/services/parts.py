"""A story as its author writes it: part by part, and what is typed kept before it is saved."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import delete, or_, select
from sqlalchemy.orm import Session

from core import clock
from core.actor import Actor
from core.database import db
from core.domain import Refused, ensure
from core.submissions import made_by
from core.transactions import transaction
from core.versions import Conflict
from members.models import Member, MemberState
from practices import policies, rules
from practices.models import Practice, PracticeKind, PracticeState, UnsavedPart
from practices.queries.revisions import text_for
from practices.rules import Part, PartText, StoryContent
from practices.services.steps import locked
from practices.services.writing import change_story, draft_story, submit_story
from practices.signals import KIND

# All that a part can hold, with room for text that is too long to be saved.
MOST_TYPED = 400_000
# How long it waits for its writer to come back.
KEPT_FOR = timedelta(days=180)
FORGOTTEN_AT_ONCE = 100


@dataclass(frozen=True, slots=True)
class Basis:
    """What a form was made from: the version of the story, and the text of its part."""

    version: int | None = None
    seen: str = ""


def begin_story(*, kind: PracticeKind, text: PartText, key: str, by: Actor) -> Practice:
    """Begin a story with its first part; only its author sees it.

    Sent again, the form with this ``key`` goes on with the story that it made while nobody else
    wrote on it, and raises ``Conflict`` afterwards.
    """
    with transaction() as session:
        made = made_by(key, by.member_id, KIND) if by.member_id is not None else None
        if made is not None:
            earlier = session.get_one(Practice, made)
            if earlier.state is not PracticeState.REMOVED:
                # The first version is the one that this form made.
                return write_part(practice_id=made, text=text, basis=Basis(version=1), by=by)
        content = text.put_into(StoryContent(title=""))
        return draft_story(kind=kind, content=content, key=key, by=by)


def write_part(*, practice_id: int, text: PartText, basis: Basis, by: Actor) -> Practice:
    """Put one part in place of what stands there; the same text again changes nothing.

    Others may have saved other parts meanwhile. Raise ``Conflict`` where this part says something
    else than the form was made from, ``Refused`` as ``change_story`` does.
    """
    with transaction() as session:
        story = locked(session, practice_id)
        ensure(policies.may_write(by, story))
        stands = text_for(story, by)
        wanted = text.put_into(stands)
        if rules.differences(story.kind, stands, wanted):
            is_newest = basis.version in (None, story.version)
            if not is_newest and not _has_seen(basis, story, text.part, stands):
                raise Conflict(story)
            if not is_newest and not policies.may_edit(by, story):
                raise Conflict(story)
            change_story(practice_id=story.id, version=story.version, content=wanted, by=by)
        _forget_typed(session, story.id, by, text.part)
        return story


def hand_in(*, practice_id: int, version: int | None, by: Actor) -> Practice:
    """Hand a story to the editors as it stands; raise ``Conflict`` where ``version`` is older."""
    with transaction() as session:
        story = locked(session, practice_id)
        ensure(policies.may_submit(by, story))
        if story.state is PracticeState.SUBMITTED:
            return story  # sent twice
        if version is not None and version != story.version:
            raise Conflict(story)
        return submit_story(practice_id=story.id, version=None, content=text_for(story, by), by=by)


def keep_typed(
    *,
    practice_id: int,
    part: Part,
    typed: Mapping[str, Sequence[str]],
    key: str,
    basis: Basis,
    by: Actor,
) -> UnsavedPart:
    """Keep what the actor has typed in a form so far; the story stays as it is.

    Raise ``Conflict`` where another form of the same part is being written in, ``Refused`` where
    it is more than a part can hold.
    """
    if sum(len(value) for values in typed.values() for value in values) > MOST_TYPED:
        raise Refused("too much")
    # Escaped: what is typed may hold signs that no database takes, and is refused only when saved.
    written = json.dumps({name: list(values) for name, values in typed.items()})
    with transaction() as session:
        story = locked(session, practice_id)
        ensure(policies.may_edit(by, story))
        assert by.member_id is not None
        kept = session.get(UnsavedPart, (story.id, by.member_id, part.value))
        if kept is None:
            kept = UnsavedPart(practice_id=story.id, member_id=by.member_id, part=part.value)
            session.add(kept)
        elif kept.key != key:
            raise Conflict(kept)
        kept.key, kept.version, kept.seen = key, basis.version, basis.seen
        kept.typed, kept.at = written, clock.now()
        return kept


def discard_typed(*, practice_id: int, part: Part, by: Actor) -> None:
    """Forget what the actor typed into a part and did not save."""
    with transaction() as session:
        ensure(policies.may_edit(by, locked(session, practice_id)))
        _forget_typed(session, practice_id, by, part)


def forget_typed() -> int:
    """Drop what was typed and never saved: old, on a story that is gone, or of a member who is.

    A round of the worker; return how many it dropped, at most ``FORGOTTEN_AT_ONCE``.
    """
    gone = or_(
        UnsavedPart.at < clock.now() - KEPT_FOR,
        UnsavedPart.member_id.in_(select(Member.id).where(Member.state == MemberState.REMOVED)),
        UnsavedPart.practice_id.in_(
            select(Practice.id).where(
                Practice.state.in_((PracticeState.REMOVED, PracticeState.ARCHIVED))
            )
        ),
    )
    keys = (UnsavedPart.practice_id, UnsavedPart.member_id, UnsavedPart.part)
    found = db.session.execute(
        select(*keys).where(gone).order_by(*keys).limit(FORGOTTEN_AT_ONCE)
    ).all()
    db.session.rollback()
    if not found:
        return 0
    with transaction() as session:
        for practice_id, member_id, part in found:
            # Asked again: somebody may be writing on it meanwhile.
            session.execute(
                delete(UnsavedPart).where(
                    UnsavedPart.practice_id == practice_id,
                    UnsavedPart.member_id == member_id,
                    UnsavedPart.part == part,
                    gone,
                )
            )
    return len(found)


def _has_seen(basis: Basis, story: Practice, part: Part, stands: StoryContent) -> bool:
    return basis.seen == rules.fingerprint(story.kind, part, stands)


def _forget_typed(session: Session, practice_id: int, by: Actor, part: Part) -> None:
    session.execute(
        delete(UnsavedPart).where(
            UnsavedPart.practice_id == practice_id,
            UnsavedPart.member_id == by.member_id,
            UnsavedPart.part == part.value,
        )
    )
