"""Pictures: what is taken is drawn anew, everything else is refused with a reason."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from PIL import Image

from core.actor import SYSTEM
from core.database import db
from members import queries
from members.models import Member
from members.services import avatars, lifecycle
from members.services.avatars import PictureRefused, redraw
from tests.factories.members import MemberFactory
from tests.visitor import Visitor, form_values, parse, text_of

Draw = Callable[..., bytes]


def picture(
    kind: str = "PNG", size: tuple[int, int] = (400, 300), mode: str = "RGB", **how: Any
) -> bytes:
    out = io.BytesIO()
    Image.new(mode, size, how.pop("color", 0)).save(out, kind, **how)
    return out.getvalue()


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def claims_to_be(width: int, height: int) -> bytes:
    """A small PNG whose header speaks of any number of pixels."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    pixels = zlib.compress(b"\0" * 3_000_000, 9)
    return b"".join(
        (b"\x89PNG\r\n\x1a\n", chunk(b"IHDR", header), chunk(b"IDAT", pixels), chunk(b"IEND", b""))
    )


def animated(kind: str) -> bytes:
    frames = [Image.new("RGB", (40, 40), color) for color in ("red", "blue", "green")]
    out = io.BytesIO()
    frames[0].save(out, kind, save_all=True, append_images=frames[1:], duration=100)
    return out.getvalue()


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF"])
@pytest.mark.parametrize("size", [(400, 300), (1, 1), (1, 2_000), (2_000, 1)])
def test_every_kind_becomes_a_square_webp(kind: str, size: tuple[int, int]) -> None:
    with Image.open(io.BytesIO(redraw(picture(kind, size)))) as drawn:
        assert (drawn.format, drawn.size) == ("WEBP", (avatars.SIDE, avatars.SIDE))


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "I;16"])
def test_every_mode_of_png(mode: str) -> None:
    assert redraw(picture("PNG", (60, 60), mode))


def test_cmyk_is_taken() -> None:
    assert redraw(picture("JPEG", (60, 60), "CMYK"))


def test_nothing_else_is_carried_over() -> None:
    """Where a photograph was taken, and by whom, is nobody's business."""
    exif = Image.Exif()
    exif[0x010E] = "casa mia, via Roma 1"
    exif[0x0112] = 6  # lying on its side
    out = io.BytesIO()
    upright = Image.new("RGB", (60, 120), "white")
    upright.paste("black", (0, 0, 60, 60))
    upright.rotate(90, expand=True).save(out, "PNG", exif=exif, icc_profile=b"x" * 200)
    data = redraw(out.getvalue())
    assert b"via Roma" not in data
    with Image.open(io.BytesIO(data)) as drawn:
        assert not drawn.getexif()
        assert "icc_profile" not in drawn.info


def test_what_is_clear_becomes_white() -> None:
    drawn = Image.open(io.BytesIO(redraw(picture("PNG", (50, 50), "RGBA", color=(0, 0, 0, 0)))))
    assert drawn.getpixel((10, 10)) == (255, 255, 255)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "unreadable"),
        (b"not a picture", "unreadable"),
        (b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "unreadable"),
        (b"<!DOCTYPE html><script>alert(1)</script>", "unreadable"),
        (b"GIF89a<script>alert(1)</script>", "unreadable"),
        (b"%PDF-1.7\n", "unreadable"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 10 10\n", "unreadable"),
        (picture("BMP"), "unreadable"),
        (picture("TIFF"), "unreadable"),
        (picture("JPEG", (800, 800))[:-300], "unreadable"),
        (picture("PNG", (800, 800))[:-60], "unreadable"),
        (picture("WEBP", (800, 800))[:-40], "unreadable"),
        (claims_to_be(5_000, 5_000), "too_many_pixels"),
        (claims_to_be(60_000, 60_000), "too_many_pixels"),
        (claims_to_be(2_000_000_000, 2_000_000_000), "too_many_pixels"),
        (claims_to_be(3_000, 3_000), "unreadable"),
        (claims_to_be(0, 10), "unreadable"),
        (animated("GIF"), "animated"),
        (animated("PNG"), "animated"),
        (animated("WEBP"), "animated"),
        (b"\x89PNG\r\n\x1a\n" + b"\0" * (avatars.LARGEST_FILE), "too_heavy"),
    ],
    ids=lambda value: value if isinstance(value, str) else f"{len(value)} bytes",
)
def test_refused(data: bytes, reason: str) -> None:
    with pytest.raises(PictureRefused) as refused:
        redraw(data)
    assert refused.value.reason == reason


def test_pixels_are_counted_before_they_are_decoded(monkeypatch: pytest.MonkeyPatch) -> None:
    def decoded(*_args: Any, **_how: Any) -> Any:
        raise AssertionError("decoded")

    monkeypatch.setattr("PIL.ImageFile.ImageFile.load", decoded)
    with pytest.raises(PictureRefused, match="too_many_pixels"):
        redraw(claims_to_be(60_000, 60_000))


def upload(visitor: Visitor, data: bytes, name: str = "foto.png") -> Any:
    form = next(f for f in visitor.page("/profilo").forms if f.get("enctype"))
    values = form_values(form)
    values["picture"] = (io.BytesIO(data), name)
    return visitor.post(form.get("action"), values, content_type="multipart/form-data")


@pytest.fixture
def member(app: Flask, visitor: Visitor) -> Member:
    found = MemberFactory.make()
    visitor.sign_in(found.email)
    return found


def files() -> set[Path]:
    return {path for path in avatars.path_of("x").parents[1].rglob("*") if path.is_file()}


def test_upload_serve_replace_remove(app: Flask, visitor: Visitor, member: Member) -> None:
    assert upload(visitor, picture(), "../../etc/passwd<script>.png").status_code == 303
    first = visitor.page("/profilo").xpath("//aside//img/@src")[0]
    assert len(files()) == 1

    anybody = Visitor(app)
    answer = anybody.get(first)
    assert answer.status_code == 200
    assert answer.content_type == "image/webp"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "immutable" in answer.headers["Cache-Control"]
    assert "Set-Cookie" not in answer.headers
    assert first in anybody.get(f"/iscritti/{member.slug}").text
    etag = answer.headers["ETag"]
    assert anybody.get(first, headers={"If-None-Match": etag}).status_code == 304

    upload(visitor, picture("JPEG"))
    second = visitor.page("/profilo").xpath("//aside//img/@src")[0]
    assert second != first
    assert anybody.get(first).status_code == 404
    assert len(files()) == 1, "the one before is gone from the disk"

    visitor.submit("/profilo", action="/profilo/immagine/togli")
    assert anybody.get(second).status_code == 404
    assert files() == set()


def test_a_refused_file_leaves_the_old_picture(visitor: Visitor, member: Member) -> None:
    upload(visitor, picture())
    before = visitor.page("/profilo").xpath("//aside//img/@src")
    answer = upload(visitor, b"<svg/>", "x.svg")
    assert answer.status_code == 422
    assert "Non riusciamo a leggere questo file" in text_of(answer)
    assert parse(answer).xpath("//*[@id='picture-error']")
    assert visitor.page("/profilo").xpath("//aside//img/@src") == before


def test_no_file_at_all(visitor: Visitor, member: Member) -> None:
    answer = upload(visitor, b"", "")
    assert answer.status_code == 422
    assert "Scegli un file" in text_of(answer)


def test_a_request_beyond_all_limits(visitor: Visitor, member: Member) -> None:
    answer = visitor.post(
        "/profilo/immagine",
        b"--x\r\n" + b"\0" * (9 * 1024 * 1024),
        content_type="multipart/form-data; boundary=x",
    )
    assert answer.status_code == 413


def test_a_failed_transaction_leaves_no_file(
    app: Flask, member: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_fact: Any) -> None:
        raise RuntimeError("planted")

    monkeypatch.setattr(avatars, "announce", fail)
    with pytest.raises(RuntimeError):
        avatars.set_avatar(member_id=member.id, data=picture(), by=queries.actor_for(member.id))
    assert files() == set()


@pytest.mark.parametrize("name", ["0" * 32, "..", "a", "avatars"])
def test_unknown_pictures(visitor: Visitor, name: str) -> None:
    assert visitor.get(f"/immagini/{name}").status_code == 404


def test_the_picture_of_somebody_who_is_suspended_or_left(
    app: Flask, visitor: Visitor, member: Member
) -> None:
    upload(visitor, picture())
    address = visitor.page("/profilo").xpath("//aside//img/@src")[0]
    lifecycle.suspend_member(member_id=member.id, reason="prova", by=SYSTEM)
    assert Visitor(app).get(address).status_code == 404
    lifecycle.remove_member(member_id=member.id, by=SYSTEM)
    assert files() == set()
    assert db.session.get(Member, member.id).avatar is None
