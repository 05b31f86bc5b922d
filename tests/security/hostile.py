"""Input that nobody means well: our own collection, and the ones that others published."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

HUGE = 60_000
BEYOND_64_BITS = str(2**63)
MARKUP = "<script>alert(1)</script> & \"'><img src=x onerror=alert(1)>{{7*7}} ${7*7} %s %(x)s"


@dataclass(frozen=True)
class Case:
    """A text, or the bytes of one; ``refused``: free text cannot hold it, so the form says so."""

    name: str
    text: str | bytes
    refused: bool = False


# Free text: names, titles, paragraphs, Markdown. Lengths come from the field.
REFUSED_TEXTS = (
    Case("nul", "prima\0dopo", refused=True),
    Case("control characters", "a\x01b\x08c\x1b[31md\x7fe\x85f\x9fg", refused=True),
    Case("form feed and vertical tab", "a\x0cb\x0bc", refused=True),
    Case("bidirectional overrides", "fattura\u202efdp.exe\u202c \u2066isolato\u2069", refused=True),
    Case("byte order mark", "a\ufeffb", refused=True),
)
KEPT_TEXTS = (
    Case("four bytes", "Famiglie 👨‍👩‍👧‍👦 in città 🏛️ 𠀋𪚥𝔘𝔫𝔦"),
    Case("right to left", "שלום עולם \u200fمرحبا بالعالم 12\u200e"),
    Case("markup", MARKUP),
    Case("signs", "L'ente «A» \\ \\0 %00 %s ' \" ; -- /* */ ` ~ ^ $ # @ ! = ( ) [ ] { } | .."),
    Case("not composed", "Citta\u0300 e perche\u0301, A\u030a"),
)
# Not text in UTF-8: a browser never sends it. It may come back marked or be refused.
BROKEN_TEXTS = (
    Case("lone surrogates", b"a\xed\xa0\x80b\xed\xbf\xbfc"),
    Case("invalid UTF-8", b"a\xff\xfe\xc0\xafb\xf5\x80\x80\x80c\xe2\x82"),
)

ADDRESSES = (
    "",
    " ",
    "x",
    "@",
    "a@",
    "@b.it",
    "a b@c.it",
    "a@b..it",
    "a@localhost",
    "prima\0dopo@comune.bari.it",
    "a@comune.bari.it\r\nBcc: tutti@comune.bari.it",
    "a@comune.bari.it,b@comune.bari.it",
    "👍@comune.bari.it",
    "a@città.it\u202e",
    "<script>alert(1)</script>@comune.bari.it",
    '"<img src=x onerror=alert(1)>"@comune.bari.it',
    f"{'a' * 300}@comune.bari.it",
    f"a@{'b' * HUGE}.it",
)
DATES = (
    "31/02/2027",
    "2027-13-01",
    "99999-01-01",
    "0000-00-00",
    "2027-06-30T00:00",
    "-1",
    "ieri",
    "prima\0dopo",
    "٢٠٢٧-٠٦-٣٠x",
    "1" * HUGE,
)
NUMBERS = (
    "-1",
    "0",
    BEYOND_64_BITS,
    "9" * 400,
    "1e9",
    "1.5",
    "NaN",
    "null",
    "x",
    "1 OR 1=1",
    "prima\0dopo",
    "٣٣٣",
    MARKUP,
)
WEB_ADDRESSES = (
    "javascript:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "https://",
    "https://[",
    "http://a:99999/",
    "//example.com",
    "https://utente:segreto@example.com/",
    "ftp://example.com",
    "java\tscript:alert(1)",
    "https://exa mple.com/",
    'https://example.com/"><script>alert(1)</script>\0',
)
FILES: tuple[tuple[str, bytes], ...] = (
    ("nulla.png", b""),
    ("testo.png", b"non sono una figura"),
    ("tronca.png", b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"),
    ("vettore.svg", b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'),
    ("pagina.html", b"<script>alert(1)</script>"),
    ("../../../etc/passwd", b"root"),
    ("\u202egnp.exe", b"MZ\x90\x00"),
    ("nul\\0.png", b"\0" * 2_000),
)


# Of these every one is refused as an attachment; more, and worse, in tests/attachments.
ATTACHMENTS: tuple[tuple[str, bytes], ...] = (
    *(one for one in FILES if not one[0].endswith("passwd")),
    ("modulo.pdf", b"<!doctype html><script>alert(1)</script>"),
    ("archivio.docx", b"PK\x03\x04" + b"\0" * 40),
    ("vecchio.doc", bytes.fromhex("d0cf11e0a1b11ae1") + b"\0" * 512),
    ("avvia.sh", b"#!/bin/sh\n"),
)


def _cursor(*values: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(values).encode()).decode().rstrip("=")


def cursors() -> list[str]:
    """Places in lists that were never given out; keys are moments, numbers or names."""
    first = [
        "\ud800",
        "a\0b",
        "9999-12-31T23:59:59.999999-14:00",
        "0001-01-01T00:00:00+14:00",
        "2026-01-01T00:00:00",
        "2026-01-01T00:00:00+00:00",
        None,
        True,
        -1,
        2**63,
        10**400,
        1e308,
        float("inf"),
        float("nan"),
        [],
        {},
        "x" * 10_000,
    ]
    made = [_cursor(value, last) for value in first for last in (1, "x", 2**63)]
    made += [_cursor(value) for value in first]
    nested = base64.urlsafe_b64encode(b"[" * 5_000 + b"]" * 5_000).decode()
    digits = base64.urlsafe_b64encode(b"[" + b"9" * 9_000 + b",1]").decode()
    return [
        *made,
        nested,
        digits,
        "",
        "=",
        "%",
        "a",
        "\0",
        "é",
        "W10",
        "e30",
        "bnVsbA",
        "x" * 5_000,
    ]


# One of each sort for arguments of addresses of which nothing else is known.
ARGUMENTS: tuple[str | bytes, ...] = (
    "",
    " ",
    "prima\0dopo",
    "\u202e\ufeff",
    "👨‍👩‍👧‍👦𠀋",
    MARKUP,
    "-1",
    BEYOND_64_BITS,
    "9" * 5_000,
    "%",
    "' OR 1=1 --",
    "//example.com",
    b"\xed\xa0\x80",
    b"\xff\xfe\xc0\xaf",
    "x" * 20_000,
    "twinning:9999999999999999999999",
    "practice:-1",
    "member:1",
    "practice:1",
)

HEADERS = {
    "Cookie": "gemella=x; testo=\x7f\xff; gemella=.eJx",
    "Accept-Language": "it;q=x,en;q=-1," + "x" * 5_000,
    "If-None-Match": '"' + "x" * 5_000,
    "If-Modified-Since": "ieri",
    "Range": "bytes=9-0,-",
    "User-Agent": "\xff" * 2_000,
    "Referer": "javascript:alert(1)",
    "X-Forwarded-For": "'; DROP TABLE members; --",
    "X-Forwarded-Host": "example.com",
    "X-Forwarded-Proto": "javascript",
    "X-HTTP-Method-Override": "DELETE",
    "X-Original-URL": "/moderazione",
    "X-Rewrite-URL": "/moderazione",
}


def suite(shared: Path, name: str) -> list[tuple[str, str]]:
    """The cases of a published collection: pairs of id and text."""
    path = shared / "data" / "hostile" / name / f"{name}.jsonl"
    lines = path.read_text(encoding="utf-8").splitlines()
    cases = [json.loads(line) for line in lines if line.strip()]
    return [(case["id"], case["input"]) for case in cases]


def sample(cases: list[tuple[str, str]], count: int) -> list[tuple[str, str]]:
    """So many of the cases, spread evenly over the whole collection."""
    if len(cases) <= count:
        return cases
    return [cases[i * len(cases) // count] for i in range(count)]


def texts(cases: Iterable[tuple[str, str]]) -> list[str]:
    return [text for _, text in cases]
