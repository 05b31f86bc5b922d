"""Whom the forum trusts: whose messages appear without being read first."""

from __future__ import annotations

from sqlalchemy import func, select

from core.actor import Actor
from forum.models import Post, PostState
from moderation import queries as moderation


def is_trusted(actor: Actor) -> bool:
    """Whether the actor's messages appear unread: a body or a role vouches for the actor, or
    enough of his or her messages that a moderator cleared, and that stand.

    What was published while a body vouched counts for nothing once it does so no more.
    """
    accepted = (
        select(func.count())
        .select_from(Post)
        .where(
            Post.author_id == actor.member_id,
            Post.state == PostState.VISIBLE,
            Post.decided_by_id.is_not(None),
            Post.decided_by_id != actor.member_id,
        )
    )
    return moderation.is_trusted(actor, accepted)
