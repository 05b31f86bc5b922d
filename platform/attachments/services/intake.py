"""Taking a file in, before any transaction: what it is, drawn anew if a picture, on the disk."""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import IO

from attachments import rules
from attachments.rules import FileRefused, FileType, type_of
from core.actor import Actor
from core.domain import Refused
from core.pictures import redraw
from core.storage import StorageBusy, new_key, storage
from core.throttle import count_attempt, too_many

_ACTION = "upload"
_WINDOW = timedelta(hours=1)
_PER_MEMBER = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """A file that is kept, but that no row names yet: hang it on something, or forget it."""

    name: str
    type: FileType
    size: int
    sha256: str
    storage_key: str
    thumbnail_key: str | None = None
    width: int | None = None
    height: int | None = None


def receive(*, file: IO[bytes], sent_name: str, is_described: bool, by: Actor) -> Received:
    """Look into a file and keep it; ``is_described``: somebody said what the picture shows.

    Raise ``FileRefused``, ``core.pictures.PictureRefused``, ``Refused("too_many")`` or
    ``StorageBusy``; then nothing is kept. Slow.
    """
    _limit(by)
    shown = rules.shown_name(sent_name)
    type_ = rules.detect(file, shown)
    name = rules.fitting_name(shown, type_)
    if type_.is_picture and not is_described:
        raise FileRefused("not_described")
    file.seek(0)
    if type_.is_picture:
        return _receive_picture(file, name)
    key, hashed = new_key(), _Hashed(file)
    storage().put(key, hashed)
    return Received(name=name, type=type_, size=hashed.size, sha256=hashed.sha256, storage_key=key)


def forget(received: Received) -> None:
    """Let a file go that was hung on nothing; what cannot be deleted now, the sweep finds."""
    let_go([received.storage_key, received.thumbnail_key])


def let_go(keys: list[str | None]) -> None:
    """Delete files that no row names any more."""
    for key in filter(None, keys):
        try:
            storage().delete(key)
        except StorageBusy:
            continue


def _limit(by: Actor) -> None:
    """Looking into files costs: count one try, or raise ``Refused``."""
    member = f"member:{by.member_id}"
    if too_many(_ACTION, member, limit=_PER_MEMBER, within=_WINDOW):
        raise Refused("too_many")
    count_attempt(_ACTION, member)


def _receive_picture(file: IO[bytes], name: str) -> Received:
    with tempfile.TemporaryDirectory(prefix="gemella-") as folder:
        source = Path(folder, "source")
        with source.open("wb") as copy:
            shutil.copyfileobj(file, copy)
        drawn = redraw(source, Path(folder))
        type_ = type_of(f"image/{drawn.format.lower()}")
        key, thumbnail_key = new_key(), new_key()
        with drawn.picture.open("rb") as picture, drawn.thumbnail.open("rb") as thumbnail:
            hashed = _Hashed(picture)
            storage().put(key, hashed)
            try:
                storage().put(thumbnail_key, thumbnail)
            except BaseException:
                let_go([key])
                raise
    return Received(
        name=_renamed(name, type_),
        type=type_,
        size=hashed.size,
        sha256=hashed.sha256,
        storage_key=key,
        thumbnail_key=thumbnail_key,
        width=drawn.width,
        height=drawn.height,
    )


def _renamed(name: str, type_: FileType) -> str:
    """What was a GIF is a PNG now, and called so."""
    stem, _, ending = name.rpartition(".")
    return name if ending.lower() in type_.endings else f"{stem}.{type_.endings[0]}"


class _Hashed:
    """A file that is counted and hashed while it is read."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file, self._hash, self.size = file, hashlib.sha256(), 0

    def read(self, length: int = -1) -> bytes:
        piece = self._file.read(length)
        self._hash.update(piece)
        self.size += len(piece)
        return piece

    @property
    def sha256(self) -> str:
        return self._hash.hexdigest()
