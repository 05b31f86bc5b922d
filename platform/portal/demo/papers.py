"""The demo's documents, typeset when it is loaded: a page of PDF, a text for a word processor.

Both are as small as their formats allow: no library, no binary in the source.
"""

from __future__ import annotations

import textwrap
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from html import escape
from io import BytesIO
from pathlib import Path

_CONTENT = Path(__file__).parent / "content"
# Points. A4 with a broad margin; a line of this many characters fits in Helvetica of this size.
_WIDTH, _HEIGHT, _MARGIN = 595, 842, 64
_SIZE, _LEADING, _LINE = 11, 16, 84
_ODT = "application/vnd.oasis.opendocument.text"
_NAMES = "urn:oasis:names:tc:opendocument:xmlns"


@dataclass(frozen=True, slots=True)
class Paper:
    """A document: its title, and its parts, each a heading with paragraphs."""

    title: str
    parts: tuple[tuple[str, tuple[str, ...]], ...]


def read(name: str) -> Paper:
    """A paper as it stands among the demo's texts: ``#`` its title, ``##`` its headings."""
    first, *parts = (_CONTENT / f"{name}.md").read_text(encoding="utf-8").split("\n## ")
    told = (part.strip().split("\n\n") for part in parts)
    return Paper(
        first.removeprefix("# ").strip(),
        tuple((heading, tuple(paragraphs)) for heading, *paragraphs in told),
    )


def pdf(paper: Paper) -> bytes:
    """The paper on one page, as text that can be read aloud and copied."""
    title = paper.title.encode("utf-16-be").hex().upper()
    page = "\n".join(_typeset(paper)).encode("cp1252")
    objects = (
        b"<< /Type /Catalog /Pages 2 0 R /Lang (it-IT) /ViewerPreferences 8 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 %d %d] /Contents 4 0 R /Resources 9 0 R >>"
        % (_WIDTH, _HEIGHT),
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(page), page),
        *(
            b"<< /Type /Font /Subtype /Type1 /BaseFont /%s /Encoding /WinAnsiEncoding >>" % name
            for name in (b"Helvetica", b"Helvetica-Bold")
        ),
        b"<< /Title <FEFF%s> >>" % title.encode(),
        b"<< /DisplayDocTitle true >>",
        b"<< /Font << /F1 5 0 R /F2 6 0 R >> >>",
    )
    out = BytesIO()
    out.write(b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n")
    places = []
    for number, one in enumerate(objects, start=1):
        places.append(out.tell())
        out.write(b"%d 0 obj\n%s\nendobj\n" % (number, one))
    start = out.tell()
    out.write(b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1))
    out.writelines(b"%010d 00000 n \n" % place for place in places)
    out.write(
        b"trailer\n<< /Size %d /Root 1 0 R /Info 7 0 R >>\nstartxref\n%d\n%%%%EOF\n"
        % (len(objects) + 1, start)
    )
    return out.getvalue()


def _typeset(paper: Paper) -> Iterator[str]:
    """What draws the page, from its top; raise ``ValueError`` where it is too short."""
    y = _HEIGHT - _MARGIN - 20
    yield _line(paper.title, y, "F2", 20)
    y -= 2 * _LEADING
    for heading, paragraphs in paper.parts:
        y -= _LEADING // 2
        yield _line(heading, y, "F2", 13)
        y -= _LEADING + 4
        for paragraph in paragraphs:
            for words in textwrap.wrap(paragraph, _LINE):
                yield _line(words, y, "F1", _SIZE)
                y -= _LEADING
            y -= _LEADING // 2
    if y < _MARGIN:
        raise ValueError(f"{paper.title} does not fit on a page")


def _line(words: str, y: int, font: str, size: int) -> str:
    for sign in "\\()":
        words = words.replace(sign, f"\\{sign}")
    return f"BT /{font} {size} Tf {_MARGIN} {y} Td ({words}) Tj ET"


def odt(paper: Paper) -> bytes:
    """The paper as an OpenDocument text, to be filled in."""
    body = _heading(paper.title, 1)
    for heading, paragraphs in paper.parts:
        body += _heading(heading, 2)
        body += "".join(f"<text:p>{escape(paragraph)}</text:p>" for paragraph in paragraphs)
    content = _document("content", f"<office:body><office:text>{body}</office:text></office:body>")
    meta = _document(
        "meta", f"<office:meta><dc:title>{escape(paper.title)}</dc:title></office:meta>"
    )
    entries = (("/", _ODT), ("content.xml", "text/xml"), ("meta.xml", "text/xml"))
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as package:
        # First and not compressed: by this the type is told.
        package.writestr("mimetype", _ODT, zipfile.ZIP_STORED)
        package.writestr("META-INF/manifest.xml", _manifest(entries))
        package.writestr("content.xml", content)
        package.writestr("meta.xml", meta)
    return out.getvalue()


def _heading(words: str, level: int) -> str:
    return f'<text:h text:outline-level="{level}">{escape(words)}</text:h>'


def _document(name: str, inside: str) -> str:
    return (
        '<?xml version="1.0" encoding="UTF-8"?>'
        f'<office:document-{name} office:version="1.3" xmlns:office="{_NAMES}:office:1.0"'
        f' xmlns:text="{_NAMES}:text:1.0" xmlns:dc="http://purl.org/dc/elements/1.1/">'
        f"{inside}</office:document-{name}>"
    )


def _manifest(entries: Iterable[tuple[str, str]]) -> str:
    listed = "".join(
        f'<manifest:file-entry manifest:full-path="{path}" manifest:media-type="{kind}"/>'
        for path, kind in entries
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>'
        f'<manifest:manifest manifest:version="1.3" xmlns:manifest="{_NAMES}:manifest:1.0">'
        f"{listed}</manifest:manifest>"
    )
