"""CSV as it leaves the house: row by row, for spreadsheets that run what looks like a formula.

The files are UTF-8 without a byte order mark, with commas and the line ends of RFC 4180. There is
always a header: an export of nothing is the header alone. ``core.rows`` reads the same values back.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence

import structlog

from core.database import db
from core.rows import FORMULA

log = structlog.get_logger(__name__)

MEDIA_TYPE = "text/csv; charset=utf-8; header=present"


def harmless(cell: str) -> str:
    """The text with an apostrophe before what a spreadsheet would take for a formula."""
    return f"'{cell}" if FORMULA.match(cell) else cell


def csv_lines(header: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[bytes]:
    """The header, then each row, as they are asked for."""
    buffer = io.StringIO()
    writer = csv.writer(buffer)

    def line(cells: Iterable[str]) -> bytes:
        buffer.seek(0)
        buffer.truncate()
        writer.writerow([harmless(cell) for cell in cells])
        return buffer.getvalue().encode("utf-8")

    yield line(header)
    for row in rows:
        yield line(row)


def sent_whole(lines: Iterable[bytes], complaint: str) -> Iterator[bytes]:
    """The lines as a web server may send them; a file that breaks off says so.

    The server ends an answer whose making failed as if all had been well, so that half a file
    would pass for a whole one. Where something fails, the last line is therefore a cell that holds
    the complaint and is never closed: people read it, and a strict reader of CSV refuses it.
    """
    try:
        yield from lines
    except Exception:
        log.exception("export.broken")
        yield f'"{complaint}'.replace("\r", " ").replace("\n", " ").encode()
    finally:
        db.session.rollback()
