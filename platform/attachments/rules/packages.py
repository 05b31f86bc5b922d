"""Office documents are ZIP files: looked at from outside, unpacked in small, bounded pieces."""

from __future__ import annotations

import re
import struct
import zipfile
import zlib
from typing import IO

from attachments.rules import kinds
from attachments.rules.kinds import MEBIBYTE, FileRefused, FileType

MOST_PARTS = 5_000
MOST_UNPACKED = 250 * MEBIBYTE
_LARGE = 30 * MEBIBYTE
_MOST_TIMES = 200

_END = b"PK\x05\x06"
_END_LENGTH = 22
_LONGEST_COMMENT = 65_535
_LARGEST_INDEX = MEBIBYTE
_MOST_READ = MEBIBYTE
_LOCAL_HEADER = 30
_ENCRYPTED = 0x1
_WAYS = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})

_OOXML = {
    "word/document.xml": kinds.DOCX,
    "xl/workbook.xml": kinds.XLSX,
    "ppt/presentation.xml": kinds.PPTX,
}
_ODF = {one.media_type.encode(): one for one in (kinds.ODT, kinds.ODS, kinds.ODP)}
_MACROS = re.compile(
    r"(?:^|/)vba(?:project|data)[^/]*$|(?:^|/)activex/|(?:^|/)macrosheets/|^basic/|^scripts/",
    re.IGNORECASE,
)
_PROGRAMS = re.compile(
    r"\.(?:exe|dll|com|scr|bat|cmd|ps1|vbs|vbe|js|jse|wsf|hta|jar|msi|lnk|class|sh)$", re.IGNORECASE
)

# Of a package that somebody made by hand, zipfile says in all these ways that it cannot be read: of
# a compression that it does not know that it is not implemented, of odd numbers whatever comes up.
_WHAT_READING_RAISES = (
    zipfile.BadZipFile, zlib.error, struct.error, EOFError, OSError, NotImplementedError,
    RuntimeError, ValueError, KeyError, UnicodeError,
)  # fmt: skip


def inspect(file: IO[bytes], size: int) -> FileType:
    """The type of a document that is a ZIP file of ``size`` bytes; raise ``FileRefused``."""
    _refuse_vast_index(file, size)
    try:
        with zipfile.ZipFile(file) as package:
            parts = package.infolist()
            _refuse_bombs(parts, size)
            if any(part.flag_bits & _ENCRYPTED for part in parts):
                raise FileRefused("encrypted")
            _refuse_odd(parts)
            return _type(package, [part.filename for part in parts])
    except _WHAT_READING_RAISES as error:
        raise FileRefused("damaged") from error


def _refuse_vast_index(file: IO[bytes], size: int) -> None:
    """The index of a ZIP file is read whole: its length is looked up first, where it ends."""
    start = max(size - _END_LENGTH - _LONGEST_COMMENT, 0)
    file.seek(start)
    tail = file.read()
    at = tail.rfind(_END)
    if at < 0 or len(tail) < at + _END_LENGTH:
        raise FileRefused("damaged")
    parts, length, _offset, comment = struct.unpack("<HLLH", tail[at + 10 : at + 22])
    if start + at + _END_LENGTH + comment != size:
        # Something is hung on to its end: it is this, and something else too.
        raise FileRefused("damaged")
    if parts > MOST_PARTS or length > _LARGEST_INDEX:
        raise FileRefused("bomb")
    file.seek(0)


def _refuse_bombs(parts: list[zipfile.ZipInfo], size: int) -> None:
    packed = sum(part.compress_size for part in parts)
    unpacked = sum(part.file_size for part in parts)
    if len(parts) > MOST_PARTS or unpacked > MOST_UNPACKED:
        raise FileRefused("bomb")
    if unpacked > _LARGE and unpacked > _MOST_TIMES * max(packed, 1):
        raise FileRefused("bomb")
    # Parts that share their bytes: a few kilobytes that unpack to anything.
    if packed + _LOCAL_HEADER * len(parts) > size:
        raise FileRefused("bomb")
    if len({part.header_offset for part in parts}) != len(parts):
        raise FileRefused("bomb")


def _refuse_odd(parts: list[zipfile.ZipInfo]) -> None:
    names = [part.filename for part in parts]
    if len({name.lower() for name in names}) != len(names):
        raise FileRefused("damaged")
    for part in parts:
        name = part.filename
        if part.compress_type not in _WAYS or "\\" in name or name.startswith("/"):
            raise FileRefused("damaged")
        if ".." in name.split("/"):
            raise FileRefused("damaged")
        if _MACROS.search(name):
            raise FileRefused("macro")
        if _PROGRAMS.search(name):
            raise FileRefused("program")


def _type(package: zipfile.ZipFile, names: list[str]) -> FileType:
    if "[Content_Types].xml" in names:
        if b"macroenabled" in _read(package, "[Content_Types].xml").lower():
            raise FileRefused("macro")
        for name, type_ in _OOXML.items():
            if name in names:
                return type_
        raise FileRefused("not_taken")
    if names and names[0] == "mimetype":
        said = _read(package, "mimetype")
        if said not in _ODF:
            raise FileRefused("not_taken")
        if b"encryption-data" in _read(package, "META-INF/manifest.xml"):
            raise FileRefused("encrypted")
        return _ODF[said]
    raise FileRefused("archive")


def _read(package: zipfile.ZipFile, name: str) -> bytes:
    """A part that must be small, or the file is not what it says."""
    with package.open(name) as part:
        text = part.read(_MOST_READ + 1)
    if len(text) > _MOST_READ:
        raise FileRefused("bomb")
    return text
