"""What readers see of files that were reported, for the moderators' list."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from markupsafe import escape
from sqlalchemy import Select, and_, select

from attachments.models import Attachment, AttachmentVersion
from attachments.policies import visible_to
from core.actor import Actor
from core.reported import said


def reported(attachment_ids: Sequence[int], actor: Actor) -> Select[Any]:
    """Name and description of these files, as far as this moderator may open them."""
    newest = and_(
        AttachmentVersion.attachment_id == Attachment.id,
        AttachmentVersion.number == Attachment.newest,
    )
    columns = said(
        Attachment.id.expression,
        text=AttachmentVersion.name.expression,
        more=Attachment.description.expression,
        lang="it",
        author_id=Attachment.author_id.expression,
    )
    return (
        select(*columns)
        .join(AttachmentVersion, newest)
        .where(Attachment.id.in_(attachment_ids), visible_to(actor))
    )


def reported_html(row: Any) -> str:
    return f"<p>{escape(row.text)}</p><p>{escape(row.more)}</p>"
