"""The drawing child: reads where a picture is as a JSON line, draws it anew, answers what it is.

It ends when its parent does, because its input closes then, and when nobody has asked for a while:
pictures come seldom, and its memory is better used elsewhere.
"""

from __future__ import annotations

import io
import json
import os
import resource
import select
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from PIL import Image, ImageCms, ImageOps

MOST_PIXELS = 40_000_000
LONGEST_SIDE = 3_000
THUMBNAIL = (640, 480)

_FORMATS = ("JPEG", "PNG", "WEBP", "GIF")
_MEMORY = 1024 * 1024 * 1024
_IDLE_SECONDS = 60
_SAVED_AS = {"JPEG": "JPEG", "MPO": "JPEG", "WEBP": "WEBP"}
_OPTIONS: dict[str, dict[str, Any]] = {
    "JPEG": {"quality": 88},
    "WEBP": {"quality": 88, "method": 3},
    "PNG": {"compress_level": 4},
}


class Unfit(Exception):
    """Why the picture is not taken, as ``core.pictures.PictureRefused`` says it."""


def main() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    # Pillow's own limit warns first and stops later; ours is stricter and comes before it.
    Image.MAX_IMAGE_PIXELS = None
    _say("ready")
    for line in _lines():
        question = json.loads(line)
        _say(json.dumps(_answer(Path(question["source"]), Path(question["folder"]))))


def draw(source: Path, folder: Path) -> dict[str, Any]:
    """Write ``picture`` and ``thumbnail`` into the folder; raise ``Unfit`` or what decoders do."""
    with Image.open(source, formats=_FORMATS) as found:
        _check(found)
        kind = _SAVED_AS.get(found.format or "", "PNG")
        # A JPEG can be decoded at a fraction of its size; never smaller than what is asked for.
        found.draft(None, (LONGEST_SIDE, LONGEST_SIDE))
        found.load()
        picture = _plain(found)
    picture.thumbnail((LONGEST_SIDE, LONGEST_SIDE), Image.Resampling.LANCZOS, reducing_gap=2.0)
    picture.save(folder / "picture", kind, **_OPTIONS[kind])
    width, height = picture.size
    picture.thumbnail(THUMBNAIL, Image.Resampling.LANCZOS, reducing_gap=2.0)
    picture.save(folder / "thumbnail", "WEBP", quality=80, method=4)
    return {"format": kind, "width": width, "height": height}


def _answer(source: Path, folder: Path) -> dict[str, Any]:
    try:
        return draw(source, folder)
    except Unfit as unfit:
        return {"refused": str(unfit)}
    # Damaged files make decoders raise almost anything.
    except Exception:  # noqa: BLE001
        return {"refused": "unreadable"}


def _check(picture: Image.Image) -> None:
    width, height = picture.size
    if width * height > MOST_PIXELS:
        raise Unfit("too_many_pixels")
    if width < 1 or height < 1:
        raise Unfit("unreadable")
    # Phones put several still pictures into one JPEG (MPO): the first one is the photograph.
    if getattr(picture, "is_animated", False) and picture.format != "MPO":
        raise Unfit("animated")


def _plain(picture: Image.Image) -> Image.Image:
    """Upright, in the colours of the screen, with nothing that is not the picture."""
    profile = picture.info.get("icc_profile")
    upright = ImageOps.exif_transpose(picture)
    if upright.mode == "CMYK":
        upright, profile = upright.convert("RGB"), None
    if upright.mode not in ("L", "RGB", "RGBA"):
        seen_through = "transparency" in upright.info or upright.mode in ("LA", "PA", "La", "RGBa")
        upright = upright.convert("RGBA" if seen_through else "RGB")
    if profile and upright.mode in ("RGB", "RGBA"):
        upright = _on_screen(upright, profile)
    upright.info.clear()
    return upright


def _on_screen(picture: Image.Image, profile: bytes) -> Image.Image:
    """The picture with the colours that its profile means; as it is where that cannot be read."""
    try:
        own = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        screen = ImageCms.createProfile("sRGB")
        return ImageCms.profileToProfile(picture, own, screen) or picture
    except (ImageCms.PyCMSError, OSError, ValueError):
        return picture


def _lines() -> Iterator[bytes]:
    waiting = b""
    while True:
        ready, _, _ = select.select([sys.stdin.fileno()], [], [], _IDLE_SECONDS)
        piece = os.read(sys.stdin.fileno(), 1 << 16) if ready else b""
        if not piece:
            return
        waiting += piece
        while b"\n" in waiting:
            line, _, waiting = waiting.partition(b"\n")
            yield line


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
