"""Writing, rewriting and taking back a message."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from core import clock, submissions
from core.actor import Actor
from core.domain import Refused, ensure
from core.events import announce
from core.references import Reference
from core.revisions import record_revision, revisions_of
from core.text import Rendered
from core.transactions import transaction
from forum import policies
from forum.models import Post, PostState, Thread, ThreadState
from forum.rules import POSTS, THREADS
from forum.rules.drafts import reply_place
from forum.services.drafts import forget_draft
from forum.services.reading import note_own
from forum.services.rows import lock_thread, next_number, post_for, recount, thread_for
from forum.services.screening import hold_again, judged, keep_verdict, reason_to_wait
from forum.services.words import note_words
from forum.signals import PostEdited, PostHeld, PostPublished, PostRemoved
from moderation.policies import may_moderate
from moderation.queries import NO_VERDICT, Verdict, screened
from notifications.services import begin_following

KIND = "post"
THREAD = "thread"


def add_post(
    *,
    thread_id: int,
    text: Rendered,
    by: Actor,
    on_behalf_of_id: int | None = None,
    reply_to_id: int | None = None,
    lang: str = "it",
    at: datetime | None = None,
    submission_key: str = "",
    draft_version: int | None = None,
) -> Post:
    """Reply in a thread; held where a moderator must read it first, else visible at once.

    The author follows the thread from now on. ``at`` is only for what was written elsewhere
    before. ``draft_version``: the draft that is sent, which goes. Raise ``Forbidden`` where the
    actor may not write here or not for this body, ``Refused`` where the thread is closed or gone.
    """
    with transaction() as session:
        lock_thread(session, thread_id)
        if (made := _made_before(session, submission_key, by)) is not None:
            return made
        thread = thread_for(session, thread_id, by)
        if thread.state is ThreadState.CLOSED:
            raise Refused("thread is closed")
        ensure(policies.may_reply(by, thread))
        ensure(policies.may_speak_for(by, on_behalf_of_id))
        _need_words(text)
        # What was written elsewhere before was read there.
        author_id = by.member_id
        verdict = screened(text.source, author_id=author_id) if at is None else NO_VERDICT
        post = _new_post(session, thread, text, by, at or clock.now(), verdict)
        post.on_behalf_of_id = on_behalf_of_id
        post.reply_to_id = _answered(session, thread, reply_to_id, by)
        post.lang = lang
        session.add(post)
        recount_if_visible(session, thread, post)
        note_own(session, post)
        note_words(session, post)
        keep_verdict(post, verdict)
        record_revision(Reference(KIND, post.id), post.version, _values(post), by.member_id)
        announce(_written(post))
        begin_following(Reference(THREAD, thread.id), by.member_id)
        if draft_version is not None:
            forget_draft(session, reply_place(thread.id), by, draft_version)
        if by.member_id is not None:
            submissions.remember(submission_key, by.member_id, Reference(KIND, post.id))
        return post


def edit_post(
    *,
    post_id: int,
    text: Rendered,
    version: int | None,
    by: Actor,
    hides_earlier: bool = False,
) -> Post:
    """Write a message anew; an author who is not trusted waits for a moderator again.

    A moderator may take the earlier versions out of its history (``hides_earlier``).

    Raise ``Conflict`` where it changed since ``version``, ``Forbidden`` after the time for it,
    ``Refused`` where the thread is closed.
    """
    with transaction() as session:
        post = post_for(session, post_id, by)
        thread = session.get_one(Thread, post.thread_id)
        ensure(policies.may_rewrite(by, post))
        if thread.state is ThreadState.CLOSED and not may_moderate(by):
            raise Refused("thread is closed")
        _need_words(text)
        post.raise_version(version)
        post.text, post.html, post.renderer = text.source, text.html, text.renderer
        post.edited_at = post.updated_at = clock.now()
        verdict = judged(post, by)
        was_visible = post.state is PostState.VISIBLE
        is_held = hold_again(thread, post, verdict, by)
        if was_visible:
            recount(session, thread)
        session.flush()
        note_words(session, post)
        keep_verdict(post, verdict)
        if hides_earlier and may_moderate(by):
            _hide_versions(post)
        record_revision(Reference(KIND, post.id), post.version, _values(post), by.member_id)
        number, place, who = post.id, post.thread_id, by.member_id
        announce(PostEdited(post_id=number, thread_id=place, by_id=who, changed=("text",)))
        if is_held:
            announce(PostHeld(post_id=number, thread_id=place, by_id=who))
        return post


def remove_post(*, post_id: int, by: Actor) -> Post:
    """Take an own message back: nobody sees it any more, its number stays empty."""
    with transaction() as session:
        post = post_for(session, post_id, by)
        thread = session.get_one(Thread, post.thread_id)
        ensure(policies.may_remove(by, post))
        POSTS.check(post.state, PostState.REMOVED)
        was_visible = post.state is PostState.VISIBLE
        post.state, post.updated_at = PostState.REMOVED, clock.now()
        post.raise_version(None)
        session.flush()
        if was_visible:
            recount(session, thread)
        if thread.state is ThreadState.HELD and not _has_posts(session, thread):
            THREADS.check(thread.state, ThreadState.REMOVED)
            thread.state = ThreadState.REMOVED
        session.flush()
        announce(PostRemoved(post_id=post.id, thread_id=thread.id, by_id=by.member_id))
        return post


def recount_if_visible(session: Session, thread: Thread, post: Post) -> None:
    session.flush()
    if post.state is PostState.VISIBLE:
        recount(session, thread)


def _made_before(session: Session, submission_key: str, by: Actor) -> Post | None:
    if by.member_id is None:
        return None
    made = submissions.made_by(submission_key, by.member_id, KIND)
    return None if made is None else session.get(Post, made)


def _new_post(
    session: Session,
    thread: Thread,
    text: Rendered,
    by: Actor,
    moment: datetime,
    verdict: Verdict,
) -> Post:
    waits = reason_to_wait(thread, verdict, by)
    return Post(
        thread_id=thread.id,
        number=next_number(session, thread.id),
        author_id=by.member_id,
        text=text.source,
        html=text.html,
        renderer=text.renderer,
        state=PostState.HELD if waits else PostState.VISIBLE,
        held_because=waits,
        created_at=moment,
        updated_at=moment,
        published_at=None if waits else moment,
        version=1,
    )


def _need_words(text: Rendered) -> None:
    if not text.source:
        raise Refused("empty text")


def _answered(session: Session, thread: Thread, reply_to_id: int | None, by: Actor) -> int | None:
    """The post that is replied to, if it is one of this thread that can still be read."""
    if reply_to_id is None:
        return None
    return session.scalar(
        select(Post.id).where(
            Post.id == reply_to_id, Post.thread_id == thread.id, policies.post_visible_to(by)
        )
    )


def _written(post: Post) -> PostHeld | PostPublished:
    fact = PostHeld if post.state is PostState.HELD else PostPublished
    return fact(
        post_id=post.id,
        thread_id=post.thread_id,
        by_id=post.author_id,
        on_behalf_of_id=post.on_behalf_of_id,
    )


def _has_posts(session: Session, thread: Thread) -> bool:
    kept = select(Post.id).where(Post.thread_id == thread.id, Post.state != PostState.REMOVED)
    return session.scalar(kept.limit(1)) is not None


def _values(post: Post) -> dict[str, Any]:
    """``shown``: whether readers saw this version. What waited and was written anew they never
    did, and its history must not tell."""
    return {"text": post.text, "lang": post.lang, "shown": post.state is PostState.VISIBLE}


def _hide_versions(post: Post) -> None:
    """Show no reader what the message said before."""
    for revision in revisions_of(Reference(KIND, post.id)):
        revision.values = {**revision.values, "shown": False}


def record_shown(post: Post, by: Actor) -> None:
    """Note in its history that readers see a message as it stands from now on."""
    record_revision(Reference(KIND, post.id), post.version, _values(post), by.member_id)
