"""What moderators do with a file: out of sight with a reason, and back."""

from __future__ import annotations

from attachments import policies
from attachments.models import Attachment, AttachmentState
from attachments.services.rows import locked, places_for, tell
from attachments.signals import KIND, AttachmentHidden, AttachmentRestored
from core import clock
from core.actor import Actor
from core.domain import Refused, ensure
from core.references import Reference
from core.transactions import transaction
from moderation.models import MeasureSort
from moderation.services import note_restored, record_measure


def hide_attachment(*, attachment_id: int, reason: str, by: Actor) -> Attachment:
    """Show it to nobody but its author, who reads why, and to moderators."""
    with transaction() as session:
        attachment = locked(session, attachment_id)
        ensure(policies.may_moderate_file(by, attachment))
        places_for(attachment, by)  # a moderator acts only on what he or she may open
        if not reason.strip():
            raise Refused("a reason is needed")
        if attachment.state is AttachmentState.HIDDEN:
            return attachment
        attachment.state = AttachmentState.HIDDEN
        attachment.decision_reason = reason.strip()
        attachment.version += 1
        attachment.updated_at = clock.now()
        session.flush()
        tell(AttachmentHidden, attachment, by, reason=attachment.decision_reason)
        record_measure(
            about=Reference(KIND, attachment.id),
            member_id=attachment.author_id,
            sort=MeasureSort.HIDDEN,
            reason=attachment.decision_reason,
            by=by,
        )
        return attachment


def restore_attachment(*, attachment_id: int, by: Actor) -> Attachment:
    """Let everybody see it again who may open its thing."""
    with transaction() as session:
        attachment = locked(session, attachment_id)
        ensure(policies.may_moderate_file(by, attachment))
        places_for(attachment, by)
        if attachment.state is AttachmentState.VISIBLE:
            return attachment
        attachment.state = AttachmentState.VISIBLE
        attachment.decision_reason = ""
        attachment.version += 1
        attachment.updated_at = clock.now()
        session.flush()
        tell(AttachmentRestored, attachment, by)
        note_restored(Reference(KIND, attachment.id), by)
        return attachment
