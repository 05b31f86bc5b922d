"""Who may read and do what in discussions: one function a line of the permission table."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Protocol

from sqlalchemy import ColumnElement, and_, exists, func, literal, or_, select

from core import clock, subjects
from core.actor import VISITOR, Actor
from core.references import Reference
from core.registry import settings
from forum.models import Post, PostState, Thread, ThreadState
from moderation import policies as moderation
from moderation.policies import may_moderate
from spaces import policies as spaces

# Discussions do not hang on discussions or files, nor on a person: nobody is a topic here.
NO_TOPICS = frozenset({"thread", "post", "member", "report", "attachment"})
_READABLE = frozenset({ThreadState.OPEN, ThreadState.CLOSED})
# For its author and moderators alone.
_WITHHELD = (ThreadState.HELD, ThreadState.HIDDEN)


class ThreadLike(Protocol):
    """A thread, or a copy of its columns."""

    @property
    def state(self) -> ThreadState: ...
    @property
    def author_id(self) -> int | None: ...
    @property
    def space_id(self) -> int | None: ...


class PostLike(Protocol):
    """A post, or a copy of its columns."""

    @property
    def state(self) -> PostState: ...
    @property
    def author_id(self) -> int | None: ...
    @property
    def created_at(self) -> datetime: ...


class Opening(Protocol):
    """What tells whether a discussion begins with a question."""

    @property
    def author_id(self) -> int | None: ...
    @property
    def introduction(self) -> str: ...


class Standing(PostLike, Protocol):
    """A post with its place in its thread."""

    @property
    def number(self) -> int: ...


# The space that a discussion lies in, and the thing that it hangs on.
Place = tuple[int | None, Reference | None]


def visible_to(actor: Actor) -> ColumnElement[bool]:
    """Which threads the actor may read: as far as its state, its space and its subject allow."""
    state: ColumnElement[bool]
    if may_moderate(actor):
        state = Thread.state != ThreadState.REMOVED
    else:
        state = Thread.state.not_in([*_WITHHELD, ThreadState.REMOVED])
        if actor.member_id is not None:
            own = and_(Thread.author_id == actor.member_id, Thread.state.in_(_WITHHELD))
            state = or_(state, own)
    # Wrapped, so that no index answers: reading the liveliest threads one by one until a page is
    # full is quicker than collecting all that are on anything, and sorting them.
    kind = func.coalesce(Thread.subject_kind, "")
    subject = or_(
        kind == "",
        subjects.visible(kind, Thread.subject_id.expression, actor, without=NO_TOPICS),
    )
    return and_(state, spaces.open_to(actor, Thread.space_id), subject)


def is_visible(actor: Actor, thread: ThreadLike, *, subject_is_visible: bool) -> bool:
    """The same for one thread at hand; a general thread's subject counts as visible."""
    if not spaces.may_enter(actor, thread.space_id) or not subject_is_visible:
        return False
    if thread.state in _WITHHELD:
        return may_moderate(actor) or _is_own(actor, thread)
    return thread.state in _READABLE


def post_visible_to(actor: Actor, post: type[Post] = Post) -> ColumnElement[bool]:
    """Which posts of a thread that the actor may read; ``post`` is the table or an alias of it."""
    if may_moderate(actor):
        return post.state != PostState.REMOVED
    visible = post.state == PostState.VISIBLE
    if actor.is_visitor:
        return visible
    waiting = post.state.in_([PostState.HELD, PostState.HIDDEN])
    return or_(visible, and_(post.author_id == actor.member_id, waiting))


def message_visible_to(actor: Actor) -> ColumnElement[bool]:
    """Which posts the actor may read wherever they stand: their threads count too."""
    in_thread = exists(
        select(literal(1))
        .where(Thread.id == Post.thread_id, visible_to(actor))
        .correlate_except(Thread)
    )
    return and_(post_visible_to(actor), in_thread)


def is_post_visible(actor: Actor, post: PostLike) -> bool:
    """The same for one post at hand."""
    if post.state in (PostState.HELD, PostState.HIDDEN):
        return may_moderate(actor) or _is_own(actor, post)
    return post.state is PostState.VISIBLE


def is_trusted(actor: Actor) -> bool:
    """Whether a body or a role vouches for the actor; those for whom their own accepted messages
    speak are ``queries.is_trusted``."""
    return moderation.is_trusted(actor)


def may_open(actor: Actor) -> bool:
    return not actor.is_visitor


def may_open_on(actor: Actor, reference: Reference) -> bool:
    """Whether a thread may hang on this sort of thing, for who may read the thing itself."""
    return may_open(actor) and reference.kind not in NO_TOPICS


def may_reply(actor: Actor, thread: ThreadLike) -> bool:
    if actor.is_visitor:
        return False
    if thread.state is ThreadState.HELD:
        return _is_own(actor, thread)
    return thread.state is ThreadState.OPEN


def may_speak_for(actor: Actor, organisation_id: int | None) -> bool:
    """Only those speak for a body whom the body has accepted."""
    return organisation_id is None or organisation_id in actor.organisation_ids


def edit_time() -> timedelta:
    """How long after its writing an author may write a message anew."""
    return timedelta(minutes=settings().edit_minutes)


def may_edit(actor: Actor, post: PostLike) -> bool:
    """The own message: as long as it waits, then for some time from its writing."""
    if not _is_own(actor, post):
        return False
    if post.state is PostState.HELD:
        return True
    fresh = clock.now() - post.created_at < edit_time()
    return post.state is PostState.VISIBLE and fresh


def may_rewrite(actor: Actor, post: PostLike) -> bool:
    """Authors in time, then moderators alone; whoever reads it sees what was changed."""
    return may_edit(actor, post) or (may_moderate(actor) and post.state is PostState.VISIBLE)


def may_remove(actor: Actor, post: PostLike) -> bool:
    return _is_own(actor, post) and post.state is not PostState.REMOVED


def may_close(actor: Actor, thread: ThreadLike, *, is_steward: bool) -> bool:
    """Close and reopen; ``is_steward``: the actor coordinates the twinning that it hangs on."""
    if thread.state not in _READABLE:
        return False
    own = actor.is_verified and _is_own(actor, thread)
    return own or may_moderate(actor) or (is_steward and not actor.is_visitor)


def may_retitle(actor: Actor, thread: ThreadLike, *, is_steward: bool) -> bool:
    if thread.state in (ThreadState.HIDDEN, ThreadState.REMOVED):
        return False
    return may_moderate(actor) or (is_steward and not actor.is_visitor)


def may_pin(actor: Actor, thread: ThreadLike, *, is_steward: bool) -> bool:
    """Keep a discussion above the others of its place."""
    return thread.state in _READABLE and may_retitle(actor, thread, is_steward=is_steward)


def may_arrange(actor: Actor, thread: ThreadLike) -> bool:
    """Move a discussion, merge it into another one, split it. Where to: ``same_readers``."""
    return thread.state in _READABLE and may_moderate(actor)


def may_mark_best(actor: Actor, thread: ThreadLike, *, is_steward: bool) -> bool:
    """Say which answer is the best: who asked, or who coordinates the twinning."""
    if actor.is_visitor or thread.state not in _READABLE:
        return False
    return is_steward or _is_own(actor, thread)


def can_be_best(thread: Opening, post: Standing) -> bool:
    """Whether a message can answer its discussion: the question itself does not."""
    asks = post.number == 1 and not thread.introduction and post.author_id == thread.author_id
    return post.state is PostState.VISIBLE and not asks


def may_react(actor: Actor, post: PostLike) -> bool:
    """Say that somebody else's message is useful."""
    return not actor.is_visitor and post.state is PostState.VISIBLE and not _is_own(actor, post)


def same_readers(one: Place, other: Place) -> bool:
    """Whether what is said in one place may go to the other: nobody comes to read more by it.

    A place is a space and what the discussion hangs on. Only the same one has the same readers for
    sure, and only what every visitor reads already can become no more public.
    """
    return one == other or (_is_public(one) and _is_public(other))


def _is_public(place: Place) -> bool:
    space_id, subject = place
    return space_id is None and (subject is None or subjects.may_open(subject, VISITOR))


def _is_own(actor: Actor, thing: ThreadLike | PostLike) -> bool:
    return actor.member_id is not None and thing.author_id == actor.member_id
