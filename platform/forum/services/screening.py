"""Whether a message waits for a moderator: for who writes it, or for what it says."""

from __future__ import annotations

from core.actor import Actor
from core.references import Reference
from forum import queries
from forum.models import Post, PostState, Thread, ThreadState
from forum.rules import EDITED, SUSPICIOUS, UNVERIFIED
from moderation.queries import Verdict, screened
from moderation.services import keep_screening

KIND = "post"


def must_wait(thread: Thread, source: str, by: Actor) -> bool:
    """Whether a discussion that begins with these words waits to be read."""
    return bool(reason_to_wait(thread, screened(source, author_id=by.member_id), by))


def reason_to_wait(thread: Thread, verdict: Verdict, by: Actor) -> str:
    """Why a message in this thread must be read first, ``""`` where it need not.

    In a private place moderators may not enter, so that nothing waits there for what it says.
    """
    if not queries.is_trusted(by):
        return UNVERIFIED
    if thread.state is ThreadState.HELD:
        return SUSPICIOUS
    return SUSPICIOUS if verdict.is_suspicious and thread.space_id is None else ""


def judged(post: Post, by: Actor) -> Verdict:
    """What speaks for a written message being spam; ``id`` is None as long as it is new."""
    number: int | None = post.id
    about = None if number is None else Reference(KIND, number)
    return screened(post.text, author_id=by.member_id, about=about)


def hold_again(thread: Thread, post: Post, verdict: Verdict, by: Actor) -> bool:
    """Let a readable message that was written anew wait, where it must; whether it must."""
    if post.state is not PostState.VISIBLE:
        return False
    reason = reason_to_wait(thread, verdict, by)
    if not reason:
        return False
    post.state = PostState.HELD
    post.held_because = EDITED if reason == UNVERIFIED else SUSPICIOUS
    return True


def keep_verdict(post: Post, verdict: Verdict) -> None:
    """Keep it beside the message, for moderators and for what is written later."""
    keep_screening(about=Reference(KIND, post.id), author_id=post.author_id, verdict=verdict)
