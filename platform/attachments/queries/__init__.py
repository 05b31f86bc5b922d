"""Reading what hangs on things: the newest version of each file, its older ones, what it takes."""

from __future__ import annotations

from attachments.queries.lines import (
    AttachmentLine,
    VersionLine,
    attachment,
    attachments_on,
    version,
    versions,
)
from attachments.queries.reported import reported, reported_html
from attachments.queries.room import room_left

__all__ = [
    "AttachmentLine",
    "VersionLine",
    "attachment",
    "attachments_on",
    "reported",
    "reported_html",
    "room_left",
    "version",
    "versions",
]
