"""What a file is, told from its content alone: neither its name nor what the browser says counts.

Nothing here decodes or unpacks more than a few kilobytes, whatever the file says of itself.
"""

from __future__ import annotations

import codecs
import os
import re
from typing import IO

import filetype

from attachments.rules import kinds
from attachments.rules.kinds import FileRefused, FileType
from attachments.rules.packages import inspect

_HEAD = 8_192
_PIECE = 1 << 20
_PDF_MARK = b"%PDF-"
_COMPOUND = bytes.fromhex("d0cf11e0a1b11ae1")
_PICTURES = {
    **{one.media_type: one for one in (kinds.PNG, kinds.JPEG, kinds.WEBP, kinds.GIF)},
    # It moves, which whoever draws it finds out.
    "image/apng": kinds.PNG,
}
_ARCHIVES = frozenset(
    {
        "application/x-tar", "application/gzip", "application/x-bzip2", "application/x-xz",
        "application/x-7z-compressed", "application/x-rar-compressed", "application/x-rar",
        "application/x-lzip", "application/x-compress", "application/zstd", "application/x-lz4",
        "application/vnd.ms-cab-compressed", "application/x-unix-archive",
    }
)  # fmt: skip
_PROGRAMS = (b"MZ", b"\x7fELF", b"#!", b"\xca\xfe\xba\xbe", b"\xfe\xed\xfa", b"\xcf\xfa\xed\xfe")
# A text that begins with a tag, whatever stands in comments before it.
_MARKUP = re.compile(rb"\s*(?:<!--.*?-->\s*)*<(?:[a-z]|!doctype|\?|!\[)", re.IGNORECASE | re.DOTALL)
_SVG = re.compile(rb"<(?:[a-z]+:)?svg[\s>]", re.IGNORECASE)
# All but tabulator, line feed, form feed, carriage return.
_CONTROLS = re.compile(rb"[\x00-\x08\x0b\x0e-\x1f\x7f]")


def detect(file: IO[bytes], name: str) -> FileType:
    """The type of a file; of plain text the name decides which. Raise ``FileRefused``.

    The file can be searched and is left where it ends up.
    """
    size = file.seek(0, os.SEEK_END)
    if size == 0:
        raise FileRefused("empty")
    if size > kinds.LARGEST_FILE:
        raise FileRefused("too_heavy")
    file.seek(0)
    head = file.read(_HEAD)
    if head.startswith(_PDF_MARK):
        return kinds.PDF
    if head.startswith(b"PK"):
        return inspect(file, size)
    guessed = filetype.guess_mime(head) or ""
    if guessed in _PICTURES:
        return _PICTURES[guessed]
    _refuse_known(head, guessed)
    _refuse_other_than_text(file)
    return kinds.CSV if name.lower().endswith(".csv") else kinds.PLAIN


def _refuse_known(head: bytes, guessed: str) -> None:
    if head.startswith(_PROGRAMS):
        raise FileRefused("program")
    if head.startswith(_COMPOUND):
        raise FileRefused("old_office")
    if guessed in _ARCHIVES:
        raise FileRefused("archive")
    bare = head.removeprefix(codecs.BOM_UTF8)
    if _MARKUP.match(bare):
        raise FileRefused("svg" if _SVG.search(bare) else "markup")
    if guessed:
        raise FileRefused("not_taken")


def _refuse_other_than_text(file: IO[bytes]) -> None:
    """Text is UTF-8, or Windows-1252 as older programs write it, without control characters."""
    file.seek(0)
    utf8 = codecs.getincrementaldecoder("utf-8")()
    is_utf8 = True
    while piece := file.read(_PIECE):
        if _CONTROLS.search(piece):
            raise FileRefused("not_taken")
        try:
            if is_utf8:
                utf8.decode(piece)
        except UnicodeDecodeError:
            is_utf8 = False
        if not is_utf8:
            try:
                piece.decode("cp1252")
            except UnicodeDecodeError as error:
                raise FileRefused("not_taken") from error
