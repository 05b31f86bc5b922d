"""What happens in discussions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from core.signals import Fact


@dataclass(frozen=True, kw_only=True)
class ThreadFact(Fact):
    """Something that happened to a discussion."""

    kind: ClassVar[str] = "thread"
    subject_field: ClassVar[str] = "thread_id"

    thread_id: int


@dataclass(frozen=True, kw_only=True)
class ThreadOpened(ThreadFact):
    """A discussion can be read for the first time; by its opener, or by who cleared it."""


@dataclass(frozen=True, kw_only=True)
class ThreadChanged(ThreadFact):
    """Its title or introduction was written anew."""


@dataclass(frozen=True, kw_only=True)
class ThreadClosed(ThreadFact):
    """Nobody can reply any more."""


@dataclass(frozen=True, kw_only=True)
class ThreadReopened(ThreadFact):
    """Replies are possible again."""


@dataclass(frozen=True, kw_only=True)
class ThreadRemoved(ThreadFact):
    """A moderator took the whole discussion away for good, as they did before they hid them."""


@dataclass(frozen=True, kw_only=True)
class ThreadHidden(ThreadFact):
    """A moderator took the whole discussion away: its author still reads it, and can object."""


@dataclass(frozen=True, kw_only=True)
class ThreadRestored(ThreadFact):
    """It can be read again."""


@dataclass(frozen=True, kw_only=True)
class ThreadPinned(ThreadFact):
    """It stands above the others of its place, or no more."""

    pinned: bool


@dataclass(frozen=True, kw_only=True)
class ThreadMoved(ThreadFact):
    """It hangs on something else now; its address and its messages stay as they are."""


@dataclass(frozen=True, kw_only=True)
class ThreadMerged(ThreadFact):
    """All its messages went to another discussion; its addresses lead there."""

    into_id: int


@dataclass(frozen=True, kw_only=True)
class ThreadSplit(ThreadFact):
    """It was made of messages of another one."""

    from_id: int


@dataclass(frozen=True, kw_only=True)
class MessagesMoved(ThreadFact):
    """Messages came from another discussion or went there."""


@dataclass(frozen=True, kw_only=True)
class ThreadLeftAlone(ThreadFact):
    """Nobody but its opener has written for some days."""


@dataclass(frozen=True, kw_only=True)
class ThreadImported(ThreadFact):
    """A list from elsewhere brought it, or another text of it. Nobody is told."""


@dataclass(frozen=True, kw_only=True)
class PostFact(Fact):
    """Something that happened to a message."""

    kind: ClassVar[str] = "post"
    subject_field: ClassVar[str] = "post_id"

    post_id: int
    thread_id: int


@dataclass(frozen=True, kw_only=True)
class PostHeld(PostFact):
    """A message was written, or written anew, and waits for a moderator."""


@dataclass(frozen=True, kw_only=True)
class PostPublished(PostFact):
    """A message can be read for the first time; ``cleared`` by a moderator or at once."""

    cleared: bool = False


@dataclass(frozen=True, kw_only=True)
class PostRestored(PostFact):
    """A message that was readable before can be read again."""


@dataclass(frozen=True, kw_only=True)
class PostEdited(PostFact):
    """The author wrote a message anew."""


@dataclass(frozen=True, kw_only=True)
class PostRefused(PostFact):
    """A moderator refused a message that nobody had read yet."""


@dataclass(frozen=True, kw_only=True)
class PostHidden(PostFact):
    """A moderator took a readable message away."""


@dataclass(frozen=True, kw_only=True)
class PostRemoved(PostFact):
    """The author took a message back."""


@dataclass(frozen=True, kw_only=True)
class BestMarked(PostFact):
    """A message is the best answer to its discussion."""


@dataclass(frozen=True, kw_only=True)
class BestUnmarked(PostFact):
    """It is so no more; ``is_moved``: because it stands in another discussion now."""

    is_moved: bool = False


@dataclass(frozen=True, kw_only=True)
class PostReacted(PostFact):
    """A reader finds a message useful, or is thankful; or takes that back."""

    reaction: str
    taken_back: bool = False


FACTS = (
    ThreadOpened,
    ThreadChanged,
    ThreadClosed,
    ThreadReopened,
    ThreadRemoved,
    ThreadHidden,
    ThreadRestored,
    ThreadPinned,
    ThreadMoved,
    ThreadMerged,
    ThreadSplit,
    MessagesMoved,
    ThreadLeftAlone,
    ThreadImported,
    PostHeld,
    PostPublished,
    PostRestored,
    PostEdited,
    PostRefused,
    PostHidden,
    PostRemoved,
    BestMarked,
    BestUnmarked,
    PostReacted,
)
