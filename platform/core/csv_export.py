"""CSV as it leaves the house: row by row, for spreadsheets that run what looks like a formula.

The files are UTF-8 without a byte order mark, with commas, line ends of RFC 4180 and always a
header. ``core.rows`` reads them back to the same values.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence

from core.rows import FORMULA

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
