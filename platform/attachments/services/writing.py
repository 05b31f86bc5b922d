"""What those do who keep a thing's files: hang one on, renew it, call it otherwise, remove it."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from attachments import policies
from attachments.models import Attachment, AttachmentState, AttachmentVersion
from attachments.rules import title_from
from attachments.services.intake import Received, forget, let_go
from attachments.services.rows import (
    add_row,
    beside_of,
    ensure_room,
    last_position,
    locked,
    places_for,
    tell,
)
from attachments.signals import (
    KIND,
    AttachmentAdded,
    AttachmentChanged,
    AttachmentPlaced,
    AttachmentRemoved,
    AttachmentVersionAdded,
)
from core import clock, subjects, submissions
from core.actor import Actor
from core.domain import Refused, ensure
from core.references import Reference
from core.transactions import transaction


def add_attachment(
    *,
    thing: Reference,
    space_id: int | None,
    title: str,
    description: str,
    file: Received,
    key: str = "",
    by: Actor,
) -> Attachment:
    """Hang a file on a thing; the same form makes one. Whatever is refused, the file is forgotten.

    Raise ``Forbidden`` or ``Refused``: ``no such thing``, ``too_many_files``, ``thing_full``,
    ``member_full``.
    """
    try:
        with transaction() as session:
            made = submissions.made_by(key, by.member_id or 0, KIND)
            attachment = None if made is None else session.get(Attachment, made)
            if attachment is None:
                return _add(session, thing, space_id, title, description, file, key, by)
    except BaseException:
        forget(file)
        raise
    forget(file)
    return attachment


def add_version(
    *,
    attachment_id: int,
    version: int | None,
    description: str,
    file: Received,
    by: Actor,
) -> Attachment:
    """Put a newer file in the place of the one that readers get, which is kept; idempotent.

    Raise ``Conflict`` where somebody was quicker, ``Forbidden`` or ``Refused`` as above.
    """
    try:
        with transaction() as session:
            attachment = locked(session, attachment_id)
            ensure(policies.may_change(by, attachment, places_for(attachment, by)))
            if not _is_newest(session, attachment, file, by):
                attachment.raise_version(version)
                thing = Reference(attachment.kind, attachment.object_id)
                ensure_room(thing, file.size, by, is_new=False)
                attachment.newest += 1
                attachment.description = description or attachment.description
                moment = attachment.updated_at = clock.now()
                session.flush()
                add_row(session, attachment, file, by, moment)
                tell(AttachmentVersionAdded, attachment, by, number=attachment.newest)
                return attachment
    except BaseException:
        forget(file)
        raise
    forget(file)
    return attachment


def change_attachment(
    *, attachment_id: int, version: int | None, title: str, description: str, by: Actor
) -> Attachment:
    """Give it another title or description; raise ``Conflict``, ``Forbidden``, ``Refused``."""
    with transaction() as session:
        attachment = locked(session, attachment_id)
        ensure(policies.may_change(by, attachment, places_for(attachment, by)))
        wanted = {"title": title, "description": description}
        changed = tuple(
            name for name, value in wanted.items() if getattr(attachment, name) != value
        )
        if not changed:
            return attachment
        attachment.raise_version(version)
        attachment.title, attachment.description = title, description
        attachment.updated_at = clock.now()
        session.flush()
        tell(AttachmentChanged, attachment, by, changed=changed)
        return attachment


def place_attachment(*, attachment_id: int, place: int, by: Actor) -> Attachment:
    """Put it at a place, from 1, among the files that hang beside it; the same again does nothing.

    Raise ``Forbidden`` or ``Refused``: ``no such place`` among them.
    """
    with transaction() as session:
        attachment = locked(session, attachment_id)
        ensure(policies.may_order_in(by, places_for(attachment, by), attachment.space_id))
        beside = beside_of(session, attachment)
        if not 1 <= place <= len(beside):
            raise Refused("no such place")
        if beside.index(attachment) + 1 == place:
            return attachment
        beside.remove(attachment)
        beside.insert(place - 1, attachment)
        for position, one in enumerate(beside, start=1):
            one.position = position
        session.flush()
        tell(AttachmentPlaced, attachment, by)
        return attachment


def remove_attachment(*, attachment_id: int, by: Actor) -> Attachment:
    """Take it away with all its versions: first for every reader, then from where it is kept."""
    with transaction() as session:
        attachment = locked(session, attachment_id)
        if attachment.state is AttachmentState.REMOVED:
            return attachment
        ensure(policies.may_change(by, attachment, places_for(attachment, by)))
        attachment.state = AttachmentState.REMOVED
        attachment.version += 1
        attachment.updated_at = clock.now()
        keys: list[str | None] = []
        for row in session.scalars(
            select(AttachmentVersion).where(AttachmentVersion.attachment_id == attachment.id)
        ):
            keys += [row.storage_key, row.thumbnail_key]
            row.storage_key = row.thumbnail_key = None
        session.flush()
        tell(AttachmentRemoved, attachment, by)
    let_go(keys)
    return attachment


def _add(
    session: Session,
    thing: Reference,
    space_id: int | None,
    title: str,
    description: str,
    file: Received,
    key: str,
    by: Actor,
) -> Attachment:
    if not subjects.may_open(thing, by):
        raise Refused("no such thing")
    ensure(policies.may_add_in(by, subjects.accepts_files(thing, by), space_id))
    ensure_room(thing, file.size, by, is_new=True)
    moment = clock.now()
    attachment = Attachment(
        kind=thing.kind,
        object_id=thing.id,
        space_id=space_id,
        title=title or title_from(file.name),
        description=description,
        state=AttachmentState.VISIBLE,
        newest=1,
        position=last_position(session, thing, space_id) + 1,
        author_id=by.member_id,
        created_at=moment,
        updated_at=moment,
    )
    session.add(attachment)
    session.flush()
    add_row(session, attachment, file, by, moment)
    submissions.remember(key, by.member_id or 0, Reference(KIND, attachment.id))
    tell(AttachmentAdded, attachment, by)
    return attachment


def _is_newest(session: Session, attachment: Attachment, file: Received, by: Actor) -> bool:
    """Whether this very file was sent just before by the same member: a double click."""
    newest = session.scalar(
        select(AttachmentVersion).where(
            AttachmentVersion.attachment_id == attachment.id,
            AttachmentVersion.number == attachment.newest,
        )
    )
    return newest is not None and newest.sha256 == file.sha256 and newest.by_id == by.member_id
