"""Pictures of members: taken only if they can be drawn anew, stored under a random name."""

from __future__ import annotations

import io
import os
import secrets
from datetime import timedelta
from pathlib import Path

from PIL import Image, ImageOps, UnidentifiedImageError
from sqlalchemy import select

from core import clock
from core.actor import Actor
from core.database import db
from core.domain import Refused, ensure
from core.events import announce
from core.registry import settings
from core.transactions import transaction
from members import policies
from members.models import Member, MemberState
from members.signals import AvatarChanged

LARGEST_FILE = 5 * 1024 * 1024
MOST_PIXELS = 24_000_000
SIDE = 320
MEDIA_TYPE = "image/webp"

_FORMATS = ("JPEG", "PNG", "WEBP", "GIF")
_FOLDER = "avatars"

# Pillow's own limit warns first and stops later; ours below is stricter and comes before it.
Image.MAX_IMAGE_PIXELS = None


class PictureRefused(Refused):
    """Why: ``too_heavy``, ``too_many_pixels``, ``animated`` or ``unreadable``."""


def redraw(data: bytes) -> bytes:
    """Decode a picture and draw it anew as a square WebP, without anything else that it carried.

    Slow, so before the transaction; raise ``PictureRefused``. The number of pixels is read from the
    header and checked before anything is decoded.
    """
    if len(data) > LARGEST_FILE:
        raise PictureRefused("too_heavy")
    try:
        with Image.open(io.BytesIO(data), formats=_FORMATS) as picture:
            _check(picture)
            # A JPEG can be decoded at a fraction of its size, which is all that is needed.
            picture.draft("RGB", (SIDE * 2, SIDE * 2))
            picture.load()
            return _draw(picture)
    except PictureRefused:
        raise
    except UnidentifiedImageError as error:
        raise PictureRefused("unreadable") from error
    # Damaged files make decoders raise almost anything.
    except Exception as error:
        raise PictureRefused("unreadable") from error


def set_avatar(*, member_id: int, data: bytes, by: Actor) -> Member:
    """Take a picture for the own profile in place of the one before; raise ``PictureRefused``."""
    ensure(policies.may_edit_profile(by, member_id))
    name = _store(redraw(data))
    try:
        member, before = _replace(member_id, name, by)
    except BaseException:
        forget_picture(name)
        raise
    forget_picture(before)
    return member


def remove_avatar(*, member_id: int, by: Actor) -> Member:
    """Take the picture away."""
    ensure(policies.may_edit_profile(by, member_id))
    member, before = _replace(member_id, None, by)
    forget_picture(before)
    return member


def path_of(name: str) -> Path:
    """Where the picture of this name lies."""
    return settings().files_folder / _FOLDER / name[:2] / name


def forget_picture(name: str | None) -> None:
    """Delete a picture that no row names any more."""
    if name:
        path_of(name).unlink(missing_ok=True)


def orphans(*, older_than: timedelta) -> list[Path]:
    """Pictures and drafts that no row names; young ones may still be on their way to a row."""
    youngest = (clock.now() - older_than).timestamp()
    named = set(db.session.scalars(select(Member.avatar).where(Member.avatar.is_not(None))))
    return sorted(
        path
        for path in (settings().files_folder / _FOLDER).glob("*/*")
        if path.name not in named and path.is_file() and path.stat().st_mtime < youngest
    )


def missing() -> list[tuple[int, str]]:
    """Members, with the name of their picture, whose picture is not on the disk."""
    rows = db.session.execute(
        select(Member.id, Member.avatar).where(Member.avatar.is_not(None)).order_by(Member.id)
    )
    return [(number, name) for number, name in rows if name and not path_of(name).is_file()]


def drop_missing(member_id: int) -> None:
    """Have a member's row name no picture that is not there."""
    with transaction() as session:
        member = session.get_one(Member, member_id, populate_existing=True)
        if member.avatar and not path_of(member.avatar).is_file():
            member.avatar = None
            member.updated_at = clock.now()
            session.flush()
            announce(AvatarChanged(member_id=member.id))


def _check(picture: Image.Image) -> None:
    width, height = picture.size
    if width * height > MOST_PIXELS:
        raise PictureRefused("too_many_pixels")
    if width < 1 or height < 1:
        raise PictureRefused("unreadable")
    # Phones put several still pictures into one JPEG (MPO): the first one is the photograph.
    if getattr(picture, "is_animated", False) and picture.format != "MPO":
        raise PictureRefused("animated")


def _draw(picture: Image.Image) -> bytes:
    upright = ImageOps.exif_transpose(picture)
    if upright.mode not in ("RGB", "RGBA"):
        upright = upright.convert("RGBA" if "transparency" in upright.info else "RGB")
    if upright.mode == "RGBA":
        ground = Image.new("RGB", upright.size, "white")
        ground.paste(upright, mask=upright.getchannel("A"))
        upright = ground
    square = ImageOps.fit(upright, (SIDE, SIDE), method=Image.Resampling.LANCZOS)
    out = io.BytesIO()
    square.save(out, "WEBP", quality=82, method=4)
    return out.getvalue()


def _store(data: bytes) -> str:
    """Write the picture under a fresh name, on the disk before any row names it."""
    name = secrets.token_hex(16)
    path = path_of(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{name}.new")
    with draft.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    draft.rename(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
    return name


def _replace(member_id: int, name: str | None, by: Actor) -> tuple[Member, str | None]:
    with transaction() as session:
        member = session.get_one(Member, member_id)
        if member.state is not MemberState.ACTIVE:
            raise Refused("not_active")
        before, member.avatar = member.avatar, name
        if before == name:
            return member, None
        member.updated_at = clock.now()
        session.flush()
        announce(AvatarChanged(member_id=member.id, by_id=by.member_id))
        return member, before
