"""All reads of the forum."""

from __future__ import annotations

from forum.queries.feed import FeedPost, ThreadFeed, thread_feed
from forum.queries.held import held, held_counted, held_item, reported, waiting_of
from forum.queries.page import (
    PostLine,
    ThreadHead,
    ThreadPage,
    permalink,
    read_alike,
    thread_head,
    thread_page,
)
from forum.queries.posts import (
    PostHead,
    Published,
    ReplyTarget,
    author_of,
    opened,
    post,
    published,
    reply_target,
    title_of_thread,
)
from forum.queries.threads import (
    GENERAL,
    Counts,
    ThreadLine,
    counts,
    kind_counts,
    recent_threads,
    subjects_of,
    thread_list,
    threads_on,
)

__all__ = [
    "GENERAL",
    "Counts",
    "FeedPost",
    "PostHead",
    "PostLine",
    "Published",
    "ReplyTarget",
    "ThreadFeed",
    "ThreadHead",
    "ThreadLine",
    "ThreadPage",
    "author_of",
    "counts",
    "held",
    "held_counted",
    "held_item",
    "kind_counts",
    "opened",
    "permalink",
    "post",
    "published",
    "read_alike",
    "recent_threads",
    "reply_target",
    "reported",
    "subjects_of",
    "thread_feed",
    "thread_head",
    "thread_list",
    "thread_page",
    "threads_on",
    "title_of_thread",
    "waiting_of",
]
