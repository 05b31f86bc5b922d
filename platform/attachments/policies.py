"""Who may see and do what with files: as far as their thing goes, and never further.

Where a member may lay files of a thing, the thing's own feature says (``Subject.accepts_files``):
a set of *places*, None for openly, else the private space. It is empty for everybody else.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Protocol

from sqlalchemy import ColumnElement, and_, or_

from attachments.models import Attachment, AttachmentState
from core import subjects
from core.actor import Actor
from moderation.policies import may_moderate
from spaces import policies as spaces

Places = Collection[int | None]


class AttachmentLike(Protocol):
    """An attachment, or a copy of its columns."""

    @property
    def state(self) -> AttachmentState: ...
    @property
    def author_id(self) -> int | None: ...
    @property
    def space_id(self) -> int | None: ...


def may_add(actor: Actor, places: Places) -> bool:
    """Hang a file on the thing, in some place."""
    return not actor.is_visitor and bool(places)


def may_add_in(actor: Actor, places: Places, space_id: int | None) -> bool:
    """Hang a file on the thing in this place."""
    return may_add(actor, places) and space_id in places


def may_change(actor: Actor, attachment: AttachmentLike, places: Places) -> bool:
    """Give it a newer version or another title, read the older versions, take it away.

    Whoever may lay files there openly keeps them all in order; in a private space, where all who
    enter may lay files, the others' are theirs.
    """
    if actor.is_visitor or attachment.state is not AttachmentState.VISIBLE:
        return False
    if attachment.space_id not in places:
        return False
    return None in places or attachment.author_id == actor.member_id


def may_order(actor: Actor, places: Places) -> bool:
    """Put the files of the thing in order: whoever may lay files there openly."""
    return may_add(actor, places) and None in places


def may_order_in(actor: Actor, places: Places, space_id: int | None) -> bool:
    """Put those in this place in order."""
    return may_order(actor, places) and space_id in places


def may_moderate_file(actor: Actor, attachment: AttachmentLike) -> bool:
    """Take it out of sight, let it be seen again."""
    if attachment.state is AttachmentState.REMOVED:
        return False
    return may_moderate(actor) and spaces.may_enter(actor, attachment.space_id)


def visible_to(actor: Actor) -> ColumnElement[bool]:
    """Which attachments the actor may open: as their state, their space and their thing allow."""
    return and_(standing_for(actor), _thing_is_visible(actor))


def standing_for(actor: Actor) -> ColumnElement[bool]:
    """The same for files on a thing that the actor is known to be able to open."""
    state: ColumnElement[bool]
    if may_moderate(actor):
        state = Attachment.state != AttachmentState.REMOVED
    else:
        state = Attachment.state == AttachmentState.VISIBLE
        if actor.member_id is not None:
            own = Attachment.author_id == actor.member_id
            state = or_(state, and_(own, Attachment.state == AttachmentState.HIDDEN))
    return and_(state, spaces.open_to(actor, Attachment.space_id))


def is_visible(actor: Actor, attachment: AttachmentLike, *, thing_is_visible: bool) -> bool:
    """``visible_to`` for one attachment at hand."""
    if not thing_is_visible or not spaces.may_enter(actor, attachment.space_id):
        return False
    if attachment.state is AttachmentState.HIDDEN:
        own = actor.member_id is not None and attachment.author_id == actor.member_id
        return own or may_moderate(actor)
    return attachment.state is AttachmentState.VISIBLE


def _thing_is_visible(actor: Actor) -> ColumnElement[bool]:
    return subjects.visible(
        Attachment.kind.expression,
        Attachment.object_id.expression,
        actor,
        without=subjects.kinds_without_files(),
    )
