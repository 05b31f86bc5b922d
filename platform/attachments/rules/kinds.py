"""The types of files that are taken, and how many and how large."""

from __future__ import annotations

from dataclasses import dataclass

from core.domain import Refused

MEBIBYTE = 1024 * 1024

LARGEST_FILE = 20 * MEBIBYTE
# A file that is too large, but not by much, is told of beside its field, and nothing typed is lost.
LARGEST_REQUEST = 32 * MEBIBYTE
MOST_ON_THING = 30
MOST_BYTES_ON_THING = 200 * MEBIBYTE
MOST_BYTES_OF_MEMBER = 500 * MEBIBYTE

_OOXML = "application/vnd.openxmlformats-officedocument"
_ODF = "application/vnd.oasis.opendocument"


class FileRefused(Refused):
    """Why a file is not taken; ``found`` is what it is instead, where that helps."""

    def __init__(self, reason: str, found: str = "") -> None:
        super().__init__(reason)
        self.found = found


@dataclass(frozen=True, slots=True)
class FileType:
    """A type that is taken; of ``endings`` the first is the usual one. ``label`` is for readers."""

    label: str
    media_type: str
    endings: tuple[str, ...]
    is_picture: bool = False
    is_text: bool = False


PDF = FileType("PDF", "application/pdf", ("pdf",))
PLAIN = FileType("TXT", "text/plain", ("txt",), is_text=True)
CSV = FileType("CSV", "text/csv", ("csv",), is_text=True)
DOCX = FileType("DOCX", f"{_OOXML}.wordprocessingml.document", ("docx",))
XLSX = FileType("XLSX", f"{_OOXML}.spreadsheetml.sheet", ("xlsx",))
PPTX = FileType("PPTX", f"{_OOXML}.presentationml.presentation", ("pptx",))
ODT = FileType("ODT", f"{_ODF}.text", ("odt",))
ODS = FileType("ODS", f"{_ODF}.spreadsheet", ("ods",))
ODP = FileType("ODP", f"{_ODF}.presentation", ("odp",))
PNG = FileType("PNG", "image/png", ("png",), is_picture=True)
JPEG = FileType("JPEG", "image/jpeg", ("jpg", "jpeg", "jpe", "jfif"), is_picture=True)
WEBP = FileType("WebP", "image/webp", ("webp",), is_picture=True)
# Taken, and kept as PNG.
GIF = FileType("GIF", "image/gif", ("gif",), is_picture=True)

TYPES = (PDF, DOCX, XLSX, PPTX, ODT, ODS, ODP, CSV, PLAIN, PNG, JPEG, WEBP, GIF)
_BY_MEDIA_TYPE = {one.media_type: one for one in TYPES}


def type_of(media_type: str) -> FileType:
    """The type that a row names."""
    return _BY_MEDIA_TYPE[media_type]
