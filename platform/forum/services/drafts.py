"""Keeping what a member types, until it is sent."""

from __future__ import annotations

import json
from collections.abc import Mapping

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from core import clock
from core.actor import Actor
from core.domain import Refused, ensure
from core.transactions import transaction
from core.versions import Conflict
from forum import policies
from forum.models import PostDraft
from forum.rules.drafts import reply_place
from forum.services.rows import thread_for

# All that a form can hold, with room for text that is too long to be sent.
MOST_TYPED = 100_000
MOST_DRAFTS = 100


def keep_reply(
    *, thread_id: int, typed: Mapping[str, str], version: int | None, by: Actor
) -> PostDraft | None:
    """Keep what the actor has typed below a discussion; nothing typed keeps nothing.

    ``version`` is the one of the draft that the form was made from. Raise ``Conflict`` where
    another form of the actor's has kept or sent it since, ``Forbidden`` where the actor may not
    reply, ``Refused`` where it is more than a form can hold.
    """
    with transaction() as session:
        ensure(policies.may_reply(by, thread_for(session, thread_id, by)))
        return _keep(session, reply_place(thread_id), thread_id, typed, version, by)


def keep_opening(
    *, place: str, typed: Mapping[str, str], version: int | None, by: Actor
) -> PostDraft | None:
    """The same for a new discussion; who calls vouches that the actor may open one there."""
    with transaction() as session:
        ensure(policies.may_open(by))
        return _keep(session, place, None, typed, version, by)


def discard_draft(*, place: str, by: Actor) -> None:
    """Forget what the actor typed there; nothing there is no error."""
    with transaction() as session:
        ensure(policies.may_open(by))
        forget_draft(session, place, by)


def forget_draft(session: Session, place: str, by: Actor, version: int | None = None) -> None:
    """The same inside a transaction; with ``version`` only that one: what another browser has kept
    since was not sent."""
    gone = delete(PostDraft).where(PostDraft.member_id == by.member_id, PostDraft.place == place)
    session.execute(gone if version is None else gone.where(PostDraft.version == version))


def _keep(
    session: Session,
    place: str,
    thread_id: int | None,
    typed: Mapping[str, str],
    version: int | None,
    by: Actor,
) -> PostDraft | None:
    if sum(map(len, typed.values())) > MOST_TYPED:
        raise Refused("too much")
    kept = session.scalar(
        select(PostDraft)
        .where(PostDraft.member_id == by.member_id, PostDraft.place == place)
        .with_for_update()
    )
    if (kept.version if kept is not None else 0) != (version or 0):
        raise Conflict(kept)
    if not any(typed.get(name, "").strip() for name in ("title", "text")):
        if kept is not None:
            session.delete(kept)
        return None
    if kept is None:
        _refuse_too_many(session, by)
        kept = PostDraft(
            member_id=by.member_id, place=place, thread_id=thread_id, typed="", version=0
        )
        session.add(kept)
    # Escaped: what is typed may hold signs that no database takes, and is refused when it is sent.
    kept.typed, kept.at = json.dumps(dict(typed)), clock.now()
    kept.version += 1
    session.flush()
    return kept


def _refuse_too_many(session: Session, by: Actor) -> None:
    own = select(func.count()).select_from(PostDraft).where(PostDraft.member_id == by.member_id)
    if (session.scalar(own) or 0) >= MOST_DRAFTS:
        raise Refused("too many drafts")
