"""What every write of an attachment shares, inside its transaction."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from attachments.models import Attachment, AttachmentState, AttachmentVersion
from attachments.policies import Places
from attachments.queries import room_left
from attachments.services.intake import Received
from attachments.signals import AttachmentFact
from core import subjects
from core.actor import Actor
from core.domain import Refused
from core.events import announce
from core.references import Reference


def locked(session: Session, attachment_id: int) -> Attachment:
    """The row as it is now."""
    return session.get_one(Attachment, attachment_id, with_for_update=True, populate_existing=True)


def thing_of(attachment: Attachment) -> Reference:
    return Reference(attachment.kind, attachment.object_id)


def places_for(attachment: Attachment, by: Actor) -> Places:
    """Where the actor may lay files on the same thing; raise ``Refused`` where it is not there."""
    if attachment.state is AttachmentState.REMOVED:
        raise Refused("no such attachment")
    thing = thing_of(attachment)
    if not subjects.may_open(thing, by):
        raise Refused("no such thing")
    return subjects.accepts_files(thing, by)


def beside_of(session: Session, attachment: Attachment) -> list[Attachment]:
    """All that hangs in the same place, itself among them, in their order."""
    return list(
        session.scalars(
            select(Attachment)
            .where(
                Attachment.kind == attachment.kind,
                Attachment.object_id == attachment.object_id,
                _in_space(attachment.space_id),
                Attachment.state != AttachmentState.REMOVED,
            )
            .order_by(Attachment.position, Attachment.id)
            .with_for_update()
        )
    )


def last_position(session: Session, thing: Reference, space_id: int | None) -> int:
    """Behind which position a new file goes."""
    found = session.scalar(
        select(func.max(Attachment.position)).where(
            Attachment.kind == thing.kind, Attachment.object_id == thing.id, _in_space(space_id)
        )
    )
    return found or 0


def _in_space(space_id: int | None) -> ColumnElement[bool]:
    return Attachment.space_id.is_(None) if space_id is None else Attachment.space_id == space_id


def ensure_room(thing: Reference, size: int, by: Actor, *, is_new: bool) -> None:
    """Raise ``Refused`` with the limit that this file would pass."""
    lack = room_left(thing, by).lack(size, is_new=is_new)
    if lack is not None:
        raise Refused(lack)


def add_row(
    session: Session, attachment: Attachment, file: Received, by: Actor, moment: datetime
) -> None:
    """The row of the file that is the attachment's newest."""
    session.add(
        AttachmentVersion(
            attachment_id=attachment.id,
            number=attachment.newest,
            name=file.name,
            media_type=file.type.media_type,
            size=file.size,
            sha256=file.sha256,
            width=file.width,
            height=file.height,
            storage_key=file.storage_key,
            thumbnail_key=file.thumbnail_key,
            by_id=by.member_id,
            at=moment,
        )
    )
    session.flush()


def tell(fact: type[AttachmentFact], attachment: Attachment, by: Actor, **more: Any) -> None:
    """Announce what happened to the attachment."""
    announce(
        fact(
            attachment_id=attachment.id,
            thing_kind=attachment.kind,
            thing_id=attachment.object_id,
            by_id=by.member_id,
            **more,
        )
    )
