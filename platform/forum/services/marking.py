"""What readers and askers say of messages: the best answer, useful, thanks."""

from __future__ import annotations

from typing import Any

from sqlalchemy import delete

from core import clock
from core.actor import Actor
from core.database import insert_into
from core.domain import Refused, ensure
from core.events import announce
from core.transactions import transaction
from forum import policies
from forum.models import Post, Reacting, Reaction, Thread
from forum.services.rows import post_for
from forum.services.threads import is_steward
from forum.signals import BestMarked, BestUnmarked, PostReacted


def mark_best(*, post_id: int, best: bool, by: Actor) -> Post:
    """Say that a message is the best answer, or is so no more; another one is so no more then.

    Raise ``Forbidden``, ``Refused`` where the message cannot be an answer.
    """
    with transaction() as session:
        post = post_for(session, post_id, by)
        thread = session.get_one(Thread, post.thread_id)
        ensure(policies.may_mark_best(by, thread, is_steward=is_steward(thread, by)))
        if best is (thread.best_post_id == post.id):
            return post
        if best and not policies.can_be_best(thread, post):
            raise Refused("not an answer")
        thread.best_post_id = post.id if best else None
        thread.raise_version(None)
        session.flush()
        fact = BestMarked if best else BestUnmarked
        announce(fact(post_id=post.id, thread_id=thread.id, by_id=by.member_id))
        return post


def react(*, post_id: int, kind: Reacting, on: bool, by: Actor) -> Post:
    """Say that a message is useful, or take it back; saying it again changes nothing."""
    with transaction() as session:
        post = post_for(session, post_id, by)
        ensure(policies.may_react(by, post))
        assert by.member_id is not None
        row = {"post_id": post.id, "kind": kind, "member_id": by.member_id}
        if on:
            statement = insert_into(Reaction).values(**row, at=clock.now()).on_conflict_do_nothing()
        else:
            statement = delete(Reaction).filter_by(**row)
        changed: Any = session.execute(statement)
        if changed.rowcount:
            announce(
                PostReacted(
                    post_id=post.id,
                    thread_id=post.thread_id,
                    by_id=by.member_id,
                    reaction=kind.value,
                    taken_back=not on,
                )
            )
        return post
