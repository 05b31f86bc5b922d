"""Which states follow which, and how a discussion is cut into pages."""

from __future__ import annotations

from datetime import timedelta

from core.domain import Transitions
from forum.models import PostState, ThreadState

PAGE = 20
EDIT_WITHIN = timedelta(minutes=30)
LONGEST_TITLE = 200

# Why a message waits; the page says it in words.
UNVERIFIED = "unverified"
EDITED = "edited"

THREADS: Transitions[ThreadState] = Transitions(
    {
        ThreadState.HELD: [ThreadState.OPEN, ThreadState.REMOVED],
        ThreadState.OPEN: [ThreadState.CLOSED, ThreadState.REMOVED],
        ThreadState.CLOSED: [ThreadState.OPEN, ThreadState.REMOVED],
    }
)

POSTS: Transitions[PostState] = Transitions(
    {
        PostState.HELD: [PostState.VISIBLE, PostState.HIDDEN, PostState.REMOVED],
        # An unverified author's edit must be read again, or clearing once would clear for ever.
        PostState.VISIBLE: [PostState.HELD, PostState.HIDDEN, PostState.REMOVED],
        # A moderator's mistake can be undone.
        PostState.HIDDEN: [PostState.VISIBLE, PostState.REMOVED],
    }
)


def page_start(number: int) -> int:
    """The first number of the page that message ``number`` stands on: 1, 21, 41 …

    Pages begin at fixed numbers, whoever reads and whatever is hidden, so that an address leads to
    the same place for ever.
    """
    return (number - 1) // PAGE * PAGE + 1
