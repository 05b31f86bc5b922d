"""How much a member, and a thing, may still take."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, select

from attachments.models import Attachment, AttachmentState, AttachmentVersion
from attachments.rules import MOST_BYTES_OF_MEMBER, MOST_BYTES_ON_THING, MOST_ON_THING
from core.actor import Actor
from core.database import db
from core.references import Reference


@dataclass(frozen=True, slots=True)
class Room:
    """What is left: attachments and bytes on the thing, bytes of the member."""

    count: int
    bytes_on_thing: int
    bytes_of_member: int

    def lack(self, size: int, *, is_new: bool) -> str | None:
        """Which limit a file of this size would pass, or None."""
        if is_new and self.count < 1:
            return "too_many_files"
        if size > self.bytes_on_thing:
            return "thing_full"
        return "member_full" if size > self.bytes_of_member else None


def room_left(thing: Reference, actor: Actor) -> Room:
    """What fits; every version counts, removed files do not. Two queries."""
    on_thing = db.session.execute(
        select(
            func.count(Attachment.id.distinct()).label("files"),
            func.coalesce(func.sum(AttachmentVersion.size), 0).label("bytes"),
        )
        .join(AttachmentVersion, AttachmentVersion.attachment_id == Attachment.id)
        .where(
            Attachment.kind == thing.kind,
            Attachment.object_id == thing.id,
            Attachment.state != AttachmentState.REMOVED,
        )
    ).one()
    own = db.session.scalar(
        select(func.coalesce(func.sum(AttachmentVersion.size), 0)).where(
            AttachmentVersion.by_id == actor.member_id, AttachmentVersion.storage_key.is_not(None)
        )
    )
    return Room(
        MOST_ON_THING - on_thing.files,
        MOST_BYTES_ON_THING - int(on_thing.bytes),
        MOST_BYTES_OF_MEMBER - int(own or 0),
    )
