"""All writes of the forum: threads, posts, and what moderators do with both."""

from __future__ import annotations

from forum.services.arranging import merge_threads, move_thread, pin_thread, split_thread
from forum.services.drafts import discard_draft, keep_opening, keep_reply
from forum.services.forgetting import FORGETTING
from forum.services.importing import BATCH as IMPORT_BATCH
from forum.services.importing import import_threads
from forum.services.marking import mark_best, react
from forum.services.moderation import (
    clear_post,
    hide_post,
    hide_thread,
    refuse_post,
    restore_thread,
)
from forum.services.posts import add_post, edit_post, remove_post
from forum.services.reading import note_read
from forum.services.rows import recount_thread
from forum.services.threads import (
    close_thread,
    open_thread,
    reopen_thread,
    retitle_thread,
    start_thread,
)
from forum.services.upkeep import tell_of_lonely_threads

__all__ = [
    "FORGETTING",
    "IMPORT_BATCH",
    "add_post",
    "clear_post",
    "close_thread",
    "discard_draft",
    "edit_post",
    "hide_post",
    "hide_thread",
    "import_threads",
    "keep_opening",
    "keep_reply",
    "mark_best",
    "merge_threads",
    "move_thread",
    "note_read",
    "open_thread",
    "pin_thread",
    "react",
    "recount_thread",
    "refuse_post",
    "remove_post",
    "reopen_thread",
    "restore_thread",
    "retitle_thread",
    "split_thread",
    "start_thread",
    "tell_of_lonely_threads",
]
