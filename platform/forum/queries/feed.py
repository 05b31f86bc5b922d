"""What a discussion's feed tells everybody: its messages, the newest first, page after page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from core.actor import VISITOR
from core.database import db
from core.text import plain
from forum.models import Post
from forum.policies import post_visible_to
from forum.queries.head import HOUSE, ThreadHead, permalink, thread_head
from forum.rules.reading import own_words
from members.queries import people

FEED_PAGE = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedPost:
    """A message as a feed tells it: ``text`` is plain."""

    id: int
    number: int
    author: str
    text: str
    lang: str
    at: datetime
    changed_at: datetime
    url: str


@dataclass(frozen=True, slots=True)
class ThreadFeed:
    """A page of a discussion's feed; ``earlier`` is the number before which the next one begins."""

    thread: ThreadHead
    posts: Sequence[FeedPost]
    earlier: int | None


def thread_feed(thread_id: int, before: int | None = None) -> ThreadFeed | None:
    """The newest messages before number ``before``, or of all; None where visitors may not read.

    Four queries. A feed is the same for every reader, so it is asked for a visitor.
    """
    head = thread_head(thread_id, VISITOR)
    if head is None:
        return None
    statement = (
        select(
            Post.id,
            Post.number,
            Post.html,
            Post.lang,
            Post.author_id,
            Post.author_name,
            Post.created_at,
            Post.edited_at,
        )
        .where(Post.thread_id == thread_id, post_visible_to(VISITOR))
        .order_by(Post.number.desc())
        .limit(FEED_PAGE + 1)
    )
    if before is not None:
        statement = statement.where(Post.number < before)
    rows = db.session.execute(statement).all()
    shown = rows[:FEED_PAGE]
    authors = people(row.author_id for row in shown)
    posts = [
        FeedPost(
            id=row.id,
            number=row.number,
            author=row.author_name or authors.get(row.author_id, HOUSE).name,
            text=plain(own_words(row.html)),
            lang=row.lang,
            at=row.created_at,
            changed_at=row.edited_at or row.created_at,
            url=permalink(thread_id, row.number),
        )
        for row in shown
    ]
    return ThreadFeed(head, posts, posts[-1].number if len(rows) > FEED_PAGE else None)
