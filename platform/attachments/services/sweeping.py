"""Files and rows that lost each other: what a kill between the two leaves behind."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import select

from attachments.models import Attachment, AttachmentVersion
from core import clock
from core.database import db
from core.references import Reference
from core.storage import StoredFile, storage

# What is younger may still be on its way to a row.
SETTLED_AFTER = timedelta(hours=1)
_AT_ONCE = 500


def orphans(*, older_than: timedelta = SETTLED_AFTER) -> list[StoredFile]:
    """Files, finished or not, that no row names."""
    youngest = clock.now() - older_than
    old = [file for file in storage().files() if file.modified_at < youngest]
    named: set[str | None] = set()
    for column in (AttachmentVersion.storage_key, AttachmentVersion.thumbnail_key):
        for start in range(0, len(old), _AT_ONCE):
            keys = [file.key for file in old[start : start + _AT_ONCE]]
            named.update(db.session.scalars(select(column).where(column.in_(keys))))
    return [file for file in old if file.is_draft or file.key not in named]


def missing() -> Sequence[tuple[Reference, int, str]]:
    """Attachment, number of the version and key, where the file of a row is not there."""
    rows = db.session.execute(
        select(
            AttachmentVersion.attachment_id,
            AttachmentVersion.number,
            AttachmentVersion.storage_key,
            AttachmentVersion.thumbnail_key,
        )
        .join(Attachment, Attachment.id == AttachmentVersion.attachment_id)
        .where(AttachmentVersion.storage_key.is_not(None))
        .order_by(AttachmentVersion.id)
    ).all()
    db.session.rollback()
    kept = {file.key for file in storage().files() if not file.is_draft}
    return [
        (Reference("attachment", row.attachment_id), row.number, key)
        for row in rows
        for key in (row.storage_key, row.thumbnail_key)
        if key is not None and key not in kept and not storage().has(key)
    ]


def sweep() -> int:
    """Delete the files that no row names; return how many there were."""
    found = orphans()
    for file in found:
        storage().delete(file.key)
    return len(found)
