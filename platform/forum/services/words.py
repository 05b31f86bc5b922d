"""What a message links to and whom it names, noted in the transaction that writes it."""

from __future__ import annotations

from sqlalchemy import delete
from sqlalchemy.orm import Session

from core.actor import VISITOR
from core.house_links import things_in
from forum.models import Post, PostLink, PostMention
from forum.queries import readers_among
from forum.rules import mentioned
from members.queries import by_slug


def note_words(session: Session, post: Post) -> None:
    """Note anew what the text of this message links to, and whom it names of those who may read
    the discussion."""
    session.execute(delete(PostLink).where(PostLink.post_id == post.id))
    session.execute(delete(PostMention).where(PostMention.post_id == post.id))
    session.add_all(
        PostLink(post_id=post.id, path=path, kind=thing.kind, object_id=thing.id)
        for path, thing in things_in(post.html).items()
    )
    named = by_slug(mentioned(post.html), VISITOR)
    may_read = readers_among(post.thread_id, {person.id for person in named.values()})
    session.add_all(
        PostMention(post_id=post.id, member_id=person.id, slug=slug)
        for slug, person in named.items()
        if person.id in may_read
    )
    session.flush()
