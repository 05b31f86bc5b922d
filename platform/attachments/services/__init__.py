"""Writing attachments: take a file in, hang it on a thing, renew it, take it away."""

from __future__ import annotations

from attachments.services.intake import Received, forget, receive
from attachments.services.moderating import hide_attachment, restore_attachment
from attachments.services.writing import (
    add_attachment,
    add_version,
    change_attachment,
    place_attachment,
    remove_attachment,
)

__all__ = [
    "Received",
    "add_attachment",
    "add_version",
    "change_attachment",
    "forget",
    "hide_attachment",
    "place_attachment",
    "receive",
    "remove_attachment",
    "restore_attachment",
]
