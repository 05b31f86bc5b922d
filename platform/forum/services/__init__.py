"""All writes of the forum: threads, posts, and what moderators do with both."""

from __future__ import annotations

from forum.services.moderation import (
    clear_post,
    hide_post,
    refuse_post,
    remove_thread,
)
from forum.services.posts import add_post, edit_post, remove_post
from forum.services.rows import recount_thread
from forum.services.threads import (
    close_thread,
    open_thread,
    reopen_thread,
    retitle_thread,
    start_thread,
)

__all__ = [
    "add_post",
    "clear_post",
    "close_thread",
    "edit_post",
    "hide_post",
    "open_thread",
    "recount_thread",
    "refuse_post",
    "remove_post",
    "remove_thread",
    "reopen_thread",
    "retitle_thread",
    "start_thread",
]
