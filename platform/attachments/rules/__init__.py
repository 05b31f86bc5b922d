"""What a file is, by its content; what it may be called; how much may hang on one thing."""

from __future__ import annotations

from attachments.rules.contents import detect
from attachments.rules.kinds import (
    LARGEST_FILE,
    LARGEST_REQUEST,
    MOST_BYTES_OF_MEMBER,
    MOST_BYTES_ON_THING,
    MOST_ON_THING,
    TYPES,
    FileRefused,
    FileType,
    type_of,
)
from attachments.rules.names import fitting_name, plain_name, shown_name, title_from

__all__ = [
    "LARGEST_FILE",
    "LARGEST_REQUEST",
    "MOST_BYTES_OF_MEMBER",
    "MOST_BYTES_ON_THING",
    "MOST_ON_THING",
    "TYPES",
    "FileRefused",
    "FileType",
    "detect",
    "fitting_name",
    "plain_name",
    "shown_name",
    "title_from",
    "type_of",
]
