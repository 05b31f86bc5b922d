"""What every page of an attachment looks up."""

from __future__ import annotations

from flask import abort

from attachments import queries
from attachments.policies import Places
from attachments.queries import AttachmentLine
from core import subjects
from core.access import current_actor
from core.references import Reference
from core.registry import registry
from core.subjects import SubjectLine


def line_or_404(attachment_id: int) -> AttachmentLine:
    """The attachment; for somebody who may not open it, or its thing, there is none."""
    return queries.attachment(attachment_id, current_actor()) or abort(404)


def thing_or_404(reference: Reference) -> SubjectLine:
    """What it hangs on; no file hangs on most kinds of things."""
    subject = registry().subjects.get(reference.kind)
    if subject is None or subject.accepts_files is None:
        abort(404)
    return subjects.find(reference, current_actor()) or abort(404)


def places_of(reference: Reference) -> Places:
    """Where the reader may lay files of the thing."""
    return subjects.accepts_files(reference, current_actor())
