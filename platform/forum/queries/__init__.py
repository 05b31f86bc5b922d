"""All reads of the forum."""

from __future__ import annotations

from forum.queries.alike import read_alike
from forum.queries.alone import (
    is_left_alone,
    left_alone,
    lonely_counted,
    lonely_thread,
    place_of,
    who_answers,
)
from forum.queries.audience import may_read, readers_among, readers_at
from forum.queries.drafts import Draft, draft, drafts_of
from forum.queries.feed import FeedPost, ThreadFeed, thread_feed
from forum.queries.head import BestAnswer, ThreadHead, permalink, thread_head
from forum.queries.held import (
    held,
    held_counted,
    held_item,
    reported,
    reported_html,
    reported_thread_html,
    reported_threads,
    waiting_of,
)
from forum.queries.history import Version, history
from forum.queries.mentions import Called, Readers, called_in, suggested
from forum.queries.page import Departed, PostLine, ThreadPage, thread_page
from forum.queries.places import first_new, moved_to, on_day, thread_of
from forum.queries.posts import (
    PostHead,
    Published,
    ReplyTarget,
    author_of,
    author_of_thread,
    opened,
    people_counted,
    post,
    published,
    reply_target,
    title_of_thread,
)
from forum.queries.standing import is_trusted
from forum.queries.threads import (
    GENERAL,
    MOST_COUNTED,
    Counts,
    Mine,
    Standing,
    ThreadFilter,
    ThreadLine,
    count_threads,
    counts,
    kind_counts,
    recent_threads,
    subjects_of,
    thread_list,
    threads_on,
)
from forum.queries.words import reading_of

__all__ = [
    "GENERAL",
    "MOST_COUNTED",
    "BestAnswer",
    "Called",
    "Counts",
    "Departed",
    "Draft",
    "FeedPost",
    "Mine",
    "PostHead",
    "PostLine",
    "Published",
    "Readers",
    "ReplyTarget",
    "Standing",
    "ThreadFeed",
    "ThreadFilter",
    "ThreadHead",
    "ThreadLine",
    "ThreadPage",
    "Version",
    "author_of",
    "author_of_thread",
    "called_in",
    "count_threads",
    "counts",
    "draft",
    "drafts_of",
    "first_new",
    "held",
    "held_counted",
    "held_item",
    "history",
    "is_left_alone",
    "is_trusted",
    "kind_counts",
    "left_alone",
    "lonely_counted",
    "lonely_thread",
    "may_read",
    "moved_to",
    "on_day",
    "opened",
    "people_counted",
    "permalink",
    "place_of",
    "post",
    "published",
    "read_alike",
    "readers_among",
    "readers_at",
    "reading_of",
    "recent_threads",
    "reply_target",
    "reported",
    "reported_html",
    "reported_thread_html",
    "reported_threads",
    "subjects_of",
    "suggested",
    "thread_feed",
    "thread_head",
    "thread_list",
    "thread_of",
    "thread_page",
    "threads_on",
    "title_of_thread",
    "waiting_of",
    "who_answers",
]
