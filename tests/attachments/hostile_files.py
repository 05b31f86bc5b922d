"""Files that want to be something else: made here, each with what must become of it.

``refused``: the field's error holds these words. ``inert``: taken, and sent out as this type, as a
download, without any of the bytes in ``without``.
"""

from __future__ import annotations

import io
import random
import struct
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

from PIL import Image
from PIL.PngImagePlugin import PngInfo

from tests.factories.attachments import PDF, docx, odt, package, picture, xlsx

SCRIPT = b"<script>alert(document.domain)</script>"


@dataclass(frozen=True)
class Hostile:
    """A file; exactly one of ``refused`` and ``inert`` is set."""

    what: str
    name: str
    data: bytes
    refused: str = ""
    inert: str = ""
    shown: str = ""
    without: tuple[bytes, ...] = ()


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png_that_claims(width: int, height: int, pixels: int = 100_000) -> bytes:
    """A PNG whose header speaks of any number of pixels."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    packed = zlib.compress(b"\0" * pixels, 9)
    return b"".join(
        (b"\x89PNG\r\n\x1a\n", chunk(b"IHDR", header), chunk(b"IDAT", packed), chunk(b"IEND", b""))
    )


def png_with_a_vast_profile() -> bytes:
    """A small picture with a compressed colour profile that unpacks to 100 MB."""
    profile = b"x\0\0" + zlib.compress(b"\0" * 100_000_000, 9)
    header = struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0)
    return b"".join(
        (
            b"\x89PNG\r\n\x1a\n",
            chunk(b"IHDR", header),
            chunk(b"iCCP", profile),
            chunk(b"IDAT", zlib.compress(b"\0\0\0\0")),
            chunk(b"IEND", b""),
        )
    )


def png_that_speaks() -> bytes:
    told = PngInfo()
    told.add_text("Comment", SCRIPT.decode())
    out = io.BytesIO()
    Image.new("RGB", (40, 30)).save(out, "PNG", pnginfo=told)
    return out.getvalue()


def animated(kind: str) -> bytes:
    frames = [Image.new("RGB", (40, 40), color) for color in ("red", "blue", "green")]
    out = io.BytesIO()
    frames[0].save(out, kind, save_all=True, append_images=frames[1:], duration=100)
    return out.getvalue()


def zip_bomb() -> bytes:
    """A spreadsheet of 40 KB that unpacks to 300 MB."""
    rows = b"\0" * 30_000_000
    parts: dict[str, str | bytes] = {
        "[Content_Types].xml": "<Types/>",
        "xl/workbook.xml": "<workbook/>",
    }
    return package(parts | {f"xl/worksheets/sheet{n}.xml": rows for n in range(10)})


def lying_zip() -> bytes:
    """Two parts that share their bytes: what it unpacks to is not bounded by its size."""
    data = bytearray(docx(**{"word/a.xml": b"a" * 5_000}))
    at = data.rfind(b"PK\x01\x02")
    # The last part of the index points at the first one.
    data[at + 42 : at + 46] = struct.pack("<L", 0)
    return bytes(data)


def zip_with_many_parts() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        made.writestr("[Content_Types].xml", "<Types/>")
        made.writestr("word/document.xml", "<w/>")
        for number in range(5_100):
            made.writestr(f"a/{number}", "")
    return out.getvalue()


def encrypted_zip() -> bytes:
    """The mark of encryption on every part."""
    data = bytearray(docx())
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = data.find(mark)
        while at >= 0:
            data[at + offset] |= 1
            at = data.find(mark, at + 4)
    return bytes(data)


def macro_types() -> bytes:
    return package(
        {
            "[Content_Types].xml": '<Types><Override ContentType="application/vnd.ms-word.'
            'document.macroEnabled.main+xml"/></Types>',
            "word/document.xml": "<w/>",
        }
    )


def vast_types() -> bytes:
    """The part that is read is the one that is a bomb."""
    return package({"[Content_Types].xml": b" " * 20_000_000, "word/document.xml": "<w:document/>"})


def jpeg_of_secrets() -> bytes:
    exif = Image.Exif()
    exif[0x010E] = SCRIPT.decode()  # ImageDescription
    exif[0x013B] = "Mario Segreto"  # Artist
    exif.get_ifd(0x8825).update({1: "N", 2: (41.0, 7.0, 31.0), 3: "E", 4: (16.0, 52.0, 0.0)})
    out = io.BytesIO()
    Image.new("RGB", (60, 40)).save(out, "JPEG", exif=exif, comment=SCRIPT)
    return out.getvalue()


def noise(size: int) -> bytes:
    return random.Random(4).randbytes(size)


_UNREADABLE, _DAMAGED = "immagine è danneggiata", "documento è danneggiato"
_MACRO, _ARCHIVE, _PROGRAM = "contiene macro", "archivi compressi", "è un programma"
_BOMB, _ENDING, _TYPE = "troppo grande", "finisce con", "tipo di file non si può"
_PLAIN, _PNG = "text/plain", "image/png"


def pictures() -> Iterator[Hostile]:
    gif = picture("GIF")
    yield Hostile("no bytes", "vuoto.png", b"", refused="file è vuoto")
    yield Hostile(
        "a pixel bomb", "bomba.png", png_that_claims(60_000, 60_000), refused="40 milioni"
    )
    yield Hostile("a long bomb", "lunga.png", png_that_claims(2_000_000, 100), refused="40 milioni")
    yield Hostile(
        "a header of 2^31 pixels", "testa.png", png_that_claims(2**31 - 1, 1), refused="40 milioni"
    )
    yield Hostile(
        "fewer pixels than it says", "meno.png", png_that_claims(5_000, 5_000), refused=_UNREADABLE
    )
    yield Hostile("no pixels at all", "nulla.png", png_that_claims(0, 0), refused=_UNREADABLE)
    yield Hostile("a vast profile", "profilo.png", png_with_a_vast_profile(), refused=_UNREADABLE)
    yield Hostile("cut short", "tronca.jpg", picture("JPEG", (900, 900))[:400], refused=_UNREADABLE)
    yield Hostile(
        "a header and noise", "rumore.png", b"\x89PNG\r\n\x1a\n" + noise(9_000), refused=_UNREADABLE
    )
    yield Hostile("WebP and noise", "x.webp", b"RIFF\x10\0\0\0WEBPVP8 " + noise(400),
                  refused=_UNREADABLE)  # fmt: skip
    yield Hostile("a moving GIF", "moto.gif", animated("GIF"), refused="animata")
    yield Hostile("a moving PNG", "moto.png", animated("PNG"), refused="animata")
    yield Hostile("a TIFF", "scansione.tiff", picture("TIFF"), refused=_TYPE)
    yield Hostile("an icon", "sito.ico", picture("ICO"), refused=_TYPE)
    yield Hostile(
        "GIF and JavaScript", "figura.gif", gif[:6] + b"=1;alert(1)//" + gif[19:] + b"*/alert(1)",
        refused="immagine",
    )  # fmt: skip
    yield Hostile(
        "GIF and script behind it", "dietro.gif", gif + SCRIPT, inert=_PNG, shown="dietro.png",
        without=(SCRIPT, b"GIF8"),
    )  # fmt: skip
    yield Hostile(
        "JPEG and ZIP", "foto.jpg", picture("JPEG") + package({"x.js": "alert(1)"}),
        inert="image/jpeg", without=(b"PK\x03\x04", b"x.js"),
    )  # fmt: skip
    yield Hostile(
        "PNG and HTML in its texts", "parla.png", png_that_speaks(), inert=_PNG, without=(SCRIPT,)
    )
    yield Hostile(
        "EXIF with place and script", "gita.jpg", jpeg_of_secrets(), inert="image/jpeg",
        without=(SCRIPT, b"Segreto", b"Exif"),
    )  # fmt: skip
    yield Hostile("a picture called PDF", "atto.pdf", picture(), refused=_ENDING)


def packages() -> Iterator[Hostile]:
    macro = {"word/vbaProject.bin": b"\0" * 20}
    yield Hostile("a zip bomb", "bilancio.xlsx", zip_bomb(), refused=_BOMB)
    yield Hostile("parts that share bytes", "doppio.docx", lying_zip(), refused=_BOMB)
    yield Hostile("5,100 parts", "parti.docx", zip_with_many_parts(), refused=_BOMB)
    yield Hostile("a bomb where one reads", "tipi.docx", vast_types(), refused=_BOMB)
    yield Hostile("encrypted", "cifrato.docx", encrypted_zip(), refused="password")
    yield Hostile(
        "encrypted LibreOffice", "cifrato.odt", odt("<manifest:encryption-data/>"),
        refused="password",
    )  # fmt: skip
    yield Hostile("macros", "macro.docx", docx(**macro), refused=_MACRO)
    yield Hostile("macros by its types", "modulo.docx", macro_types(), refused=_MACRO)
    yield Hostile(
        "Basic in LibreOffice", "basic.odt", odt(**{"Basic/Standard/Modulo.xml": "<x/>"}),
        refused=_MACRO,
    )  # fmt: skip
    yield Hostile(
        "a program inside", "dentro.docx", docx(**{"word/media/avvia.exe": b"MZ"}),
        refused="ne contiene uno",
    )  # fmt: skip
    yield Hostile(
        "a path out of it", "fuori.docx", docx(**{"../../etc/cron.d/x": "x"}), refused=_DAMAGED
    )
    yield Hostile("cut short", "tronco.docx", docx()[:-30], refused=_DAMAGED)
    yield Hostile("HTML behind it", "coda.docx", docx() + SCRIPT, refused=_DAMAGED)
    yield Hostile("a plain archive", "tutto.zip", package({"a.txt": "a"}), refused=_ARCHIVE)
    yield Hostile("an archive called DOCX", "tutto.docx", package({"a": "a"}), refused=_ARCHIVE)
    yield Hostile("a spreadsheet called DOCX", "dati.docx", xlsx(), refused=_ENDING)
    yield Hostile("gzip", "copia.tar.gz", b"\x1f\x8b\x08\0" + noise(200), refused=_ARCHIVE)


def texts() -> Iterator[Hostile]:
    old = bytes.fromhex("d0cf11e0a1b11ae1") + b"\0" * 600
    svg = b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'
    yield Hostile("an SVG", "logo.svg", svg, refused="SVG")
    yield Hostile("an SVG called PNG", "logo.png", svg, refused="SVG")
    yield Hostile("HTML", "pagina.html", b"<!DOCTYPE html>" + SCRIPT, refused="HTML")
    yield Hostile("HTML called TXT", "note.txt", b"\n <!-- x --> <html>" + SCRIPT, refused="HTML")
    yield Hostile("HTML behind words", "righe.txt", b"Note\n" + SCRIPT, inert=_PLAIN)
    yield Hostile("PDF and HTML", "doppio.pdf", PDF + SCRIPT, inert="application/pdf")
    yield Hostile("HTML and PDF", "prima.pdf", b"<html>" + SCRIPT + PDF, refused="HTML")
    yield Hostile("a Windows program", "fattura.pdf.exe", b"MZ\x90\0" + noise(99), refused=_PROGRAM)
    yield Hostile("a program called PDF", "fattura.pdf", b"\x7fELF" + noise(99), refused=_PROGRAM)
    yield Hostile("a shell script", "avvia.txt", b"#!/bin/sh\nrm -rf /\n", refused=_PROGRAM)
    yield Hostile("JavaScript", "avvia.js", b"alert(1)", refused=_ENDING)
    yield Hostile("two endings", "verbale.pdf.exe", PDF, refused=_ENDING)
    yield Hostile("old Office", "vecchio.doc", old, refused="DOC, XLS")
    yield Hostile("NUL in a text", "nul.txt", b"a\0b", refused=_TYPE)
    yield Hostile("a CSV of formulas", "conti.csv", b"=cmd|'/c calc'!A1;2\n", inert="text/csv")


def names() -> Iterator[Hostile]:
    for what, sent, shown in (
        ("a path", "../../../etc/passwd.pdf", "passwd.pdf"),
        ("turned letters", "atto\u202efdp.exe.pdf", "attofdp.exe.pdf"),
        ("quotes and lines", 'a"\r\nSet-Cookie: x=1;.pdf', ""),
        ("markup", "<img src=x onerror=alert(1)>.pdf", "_img src=x onerror=alert(1)_.pdf"),
        ("a very long name", "è" * 900 + ".pdf", "è" * 146 + ".pdf"),
        ("letters taken apart", "Citta\u0300.pdf", "Città.pdf"),
        ("other scripts", "報告 отчёт 🎉.pdf", "報告 отчёт 🎉.pdf"),
        ("nothing but dots", "....pdf", "allegato.pdf"),
        ("invisible marks", "\u200b\ufeff\u2066.pdf", "allegato.pdf"),
    ):
        yield Hostile(what, sent, PDF, inert="application/pdf", shown=shown)


ALL = (*pictures(), *packages(), *texts(), *names())
