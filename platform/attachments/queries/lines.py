"""Attachments and their versions, as pages show them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, and_, select

from attachments.models import Attachment, AttachmentState, AttachmentVersion
from attachments.policies import standing_for, visible_to
from attachments.rules import FileType, type_of
from core.actor import Actor
from core.database import db
from core.links import address
from core.references import Reference

# The frame of small pictures (core/picture_child.py), in pixels.
_FRAME = (640, 480)


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionLine:
    """One file; ``size`` in bytes, ``thumbnail`` the width and height of its small copy."""

    attachment_id: int
    number: int
    name: str
    type: FileType
    size: int
    sha256: str
    storage_key: str | None
    thumbnail_key: str | None
    width: int | None
    height: int | None
    by_id: int | None
    at: datetime

    @property
    def url(self) -> str:
        return address("attachments.download", attachment_id=self.attachment_id, number=self.number)

    @property
    def thumbnail_url(self) -> str | None:
        if self.thumbnail_key is None:
            return None
        return address(
            "attachments.thumbnail", attachment_id=self.attachment_id, number=self.number
        )

    @property
    def thumbnail(self) -> tuple[int, int]:
        width, height = self.width or 1, self.height or 1
        scale = min(_FRAME[0] / width, _FRAME[1] / height, 1)
        return max(round(width * scale), 1), max(round(height * scale), 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class AttachmentLine:
    """An attachment with its newest file."""

    id: int
    thing: Reference
    space_id: int | None
    title: str
    description: str
    state: AttachmentState
    decision_reason: str
    author_id: int | None
    version: int
    created_at: datetime
    file: VersionLine

    @property
    def url(self) -> str:
        return address("attachments.attachment", attachment_id=self.id)


def attachment(attachment_id: int, actor: Actor) -> AttachmentLine | None:
    """One attachment, or None where there is none for this reader."""
    row = db.session.execute(
        _lines().where(Attachment.id == attachment_id, visible_to(actor))
    ).one_or_none()
    return None if row is None else _line(row)


def attachments_on(
    kind: str, ids: Collection[int], actor: Actor, space_id: int | None = None
) -> Mapping[int, Sequence[AttachmentLine]]:
    """What hangs openly, or in a private space, on things that this reader may open; by their id.

    The caller knows that the reader may open them. One query.
    """
    if not ids:
        return {}
    rows = db.session.execute(
        _lines()
        .where(
            Attachment.kind == kind,
            Attachment.object_id.in_(ids),
            Attachment.space_id.is_(None) if space_id is None else Attachment.space_id == space_id,
            standing_for(actor),
        )
        .order_by(Attachment.position, Attachment.id)
    )
    found: dict[int, list[AttachmentLine]] = defaultdict(list)
    for row in rows:
        found[row.object_id].append(_line(row))
    return found


def versions(attachment_id: int) -> Sequence[VersionLine]:
    """All files of an attachment, the newest first; for those who may read the older ones."""
    rows = db.session.execute(
        select(AttachmentVersion.__table__)
        .where(AttachmentVersion.attachment_id == attachment_id)
        .order_by(AttachmentVersion.number.desc())
    )
    return [_version(row) for row in rows]


def version(attachment_id: int, number: int) -> VersionLine | None:
    """One file of an attachment."""
    row = db.session.execute(
        select(AttachmentVersion.__table__).where(
            AttachmentVersion.attachment_id == attachment_id, AttachmentVersion.number == number
        )
    ).one_or_none()
    return None if row is None else _version(row)


def _lines() -> Select[Any]:
    newest = and_(
        AttachmentVersion.attachment_id == Attachment.id,
        AttachmentVersion.number == Attachment.newest,
    )
    return select(
        Attachment.kind,
        Attachment.object_id,
        Attachment.space_id,
        Attachment.title,
        Attachment.description,
        Attachment.state,
        Attachment.decision_reason,
        Attachment.author_id,
        Attachment.version,
        Attachment.created_at,
        AttachmentVersion.attachment_id,
        AttachmentVersion.number,
        AttachmentVersion.name,
        AttachmentVersion.media_type,
        AttachmentVersion.size,
        AttachmentVersion.sha256,
        AttachmentVersion.storage_key,
        AttachmentVersion.thumbnail_key,
        AttachmentVersion.width,
        AttachmentVersion.height,
        AttachmentVersion.by_id,
        AttachmentVersion.at,
    ).join(AttachmentVersion, newest)


def _line(row: Row[Any]) -> AttachmentLine:
    return AttachmentLine(
        id=row.attachment_id,
        thing=Reference(row.kind, row.object_id),
        space_id=row.space_id,
        title=row.title,
        description=row.description,
        state=row.state,
        decision_reason=row.decision_reason,
        author_id=row.author_id,
        version=row.version,
        created_at=row.created_at,
        file=_version(row),
    )


def _version(row: Row[Any]) -> VersionLine:
    return VersionLine(
        attachment_id=row.attachment_id,
        number=row.number,
        name=row.name,
        type=type_of(row.media_type),
        size=row.size,
        sha256=row.sha256,
        storage_key=row.storage_key,
        thumbnail_key=row.thumbnail_key,
        width=row.width,
        height=row.height,
        by_id=row.by_id,
        at=row.at,
    )
