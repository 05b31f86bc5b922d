"""Where attached files are kept: a folder of the installation, or a bucket behind S3's interface.

A file gets a fresh random key and never changes. It is on the disk, or in the bucket, before any
row names it, and goes only after the last row that named it: what a kill leaves behind is a file
that nobody names, which a sweep finds (``files``), and never a row without its file.
"""

from __future__ import annotations

import io
import os
import re
import secrets
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import IO, Any, Protocol

import obstore
from obstore.exceptions import BaseError, NotFoundError
from obstore.store import S3Store

from core.config import Bucket
from core.registry import settings
from core.transactions import Busy

FOLDER = "attachments"
_KEY = re.compile(r"[0-9a-f]{32}")
_PIECE = 1 << 20
_LISTED_AT_ONCE = 1_000


class FileMissing(Exception):
    """A row names a file that is not there."""


class StorageBusy(Busy):
    """The file could not be kept, read or deleted now (disk full, bucket away)."""


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file as the storage lists it; ``modified_at`` is UTC, ``size`` in bytes.

    ``is_draft``: it was never finished, and no row can name it.
    """

    key: str
    size: int
    modified_at: datetime
    is_draft: bool = False


class Source(Protocol):
    """What gives the bytes of a file, from where it is to its end."""

    def read(self, length: int = -1, /) -> bytes: ...


class Storage(Protocol):
    """What every place for files can do. Keys are those of ``new_key``."""

    def put(self, key: str, source: Source) -> None:
        """Keep everything that the source still gives, for good; raise ``StorageBusy``."""

    def open(self, key: str) -> IO[bytes]:
        """Read a file; it can be searched. Raise ``FileMissing`` or ``StorageBusy``."""

    def has(self, key: str) -> bool:
        """Whether the file is there."""

    def delete(self, key: str) -> None:
        """Let a file go, finished or not; does nothing where it is gone."""

    def files(self) -> Iterator[StoredFile]:
        """Everything that is kept, in no order."""


def new_key() -> str:
    """A name that nobody can guess: 128 random bits."""
    return secrets.token_hex(16)


def storage() -> Storage:
    """The place of this installation."""
    chosen = settings()
    return _opened(chosen.storage or chosen.files_folder / FOLDER)


@cache
def _opened(place: Path | Bucket) -> Storage:
    return BucketStorage(place) if isinstance(place, Bucket) else FolderStorage(place)


class FolderStorage:
    """Files in a folder, spread over 256 folders by the first letters of their keys."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def put(self, key: str, source: Source) -> None:
        path = self._path(key)
        draft = path.with_name(f"{key}.new")
        try:
            if not path.parent.is_dir():
                path.parent.mkdir(parents=True, exist_ok=True)
                _sync(path.parent.parent)
            with draft.open("wb") as file:
                shutil.copyfileobj(source, file, _PIECE)
                file.flush()
                os.fsync(file.fileno())
            draft.rename(path)
            _sync(path.parent)
        except OSError as error:
            draft.unlink(missing_ok=True)
            raise StorageBusy(str(error)) from error

    def open(self, key: str) -> IO[bytes]:
        try:
            return self._path(key).open("rb")
        except FileNotFoundError as error:
            raise FileMissing(key) from error
        except OSError as error:
            raise StorageBusy(str(error)) from error

    def has(self, key: str) -> bool:
        return self._path(key).is_file()

    def delete(self, key: str) -> None:
        path = self._path(key)
        for one in (path, path.with_name(f"{key}.new")):
            one.unlink(missing_ok=True)

    def files(self) -> Iterator[StoredFile]:
        for path in self._folder.glob("??/*"):
            key, _, rest = path.name.partition(".")
            if not _KEY.fullmatch(key) or rest not in ("", "new"):
                continue
            try:
                found = path.stat()
            except FileNotFoundError:
                continue
            moment = datetime.fromtimestamp(found.st_mtime, UTC)
            yield StoredFile(key, found.st_size, moment, is_draft=rest == "new")

    def _path(self, key: str) -> Path:
        return self._folder / _checked(key)[:2] / key


class BucketStorage:
    """Files as objects of a bucket, each under ``attachments/`` and its key."""

    def __init__(self, bucket: Bucket) -> None:
        given: dict[str, Any] = {
            "region": bucket.region,
            "access_key_id": bucket.key,
            "secret_access_key": bucket.secret,
        }
        if bucket.endpoint:
            given["endpoint"] = bucket.endpoint
        self._store = S3Store(
            bucket.name,
            prefix=FOLDER,
            client_options={
                "allow_http": bucket.endpoint.startswith("http://"),
                "timeout": "30s",
                "connect_timeout": "3s",
            },
            retry_config={"max_retries": 2},
            **given,
        )

    def put(self, key: str, source: Source) -> None:
        # Read before it is sent: an object is there whole or not at all.
        data = source.read()
        try:
            obstore.put(self._store, _checked(key), data, use_multipart=False)
        except BaseError as error:
            raise StorageBusy(str(error)) from error

    def open(self, key: str) -> IO[bytes]:
        try:
            found = obstore.head(self._store, _checked(key))
        except (NotFoundError, FileNotFoundError) as error:
            raise FileMissing(key) from error
        except BaseError as error:
            raise StorageBusy(str(error)) from error
        return io.BufferedReader(_Object(self._store, key, found["size"]), _PIECE)

    def has(self, key: str) -> bool:
        try:
            obstore.head(self._store, _checked(key))
        except (NotFoundError, FileNotFoundError):
            return False
        except BaseError as error:
            raise StorageBusy(str(error)) from error
        return True

    def delete(self, key: str) -> None:
        try:
            obstore.delete(self._store, _checked(key))
        except (NotFoundError, FileNotFoundError):
            return
        except BaseError as error:
            raise StorageBusy(str(error)) from error

    def files(self) -> Iterator[StoredFile]:
        try:
            for found in obstore.list(self._store, chunk_size=_LISTED_AT_ONCE):
                for one in found:
                    key = one["path"].rpartition("/")[2]
                    if _KEY.fullmatch(key):
                        yield StoredFile(key, one["size"], one["last_modified"])
        except BaseError as error:
            raise StorageBusy(str(error)) from error


class _Object(io.RawIOBase):
    """An object of a bucket, read piece by piece as a file is."""

    def __init__(self, store: S3Store, key: str, size: int) -> None:
        self._store, self._key, self._size, self._at = store, key, size, 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        start = {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: self._size}[whence]
        self._at = max(start + offset, 0)
        return self._at

    def readinto(self, buffer: Any) -> int:
        wanted = min(len(buffer), self._size - self._at)
        if wanted <= 0:
            return 0
        try:
            piece = obstore.get_range(self._store, self._key, start=self._at, length=wanted)
        except BaseError as error:
            raise OSError(str(error)) from error
        buffer[: len(piece)] = memoryview(piece)
        self._at += len(piece)
        return len(piece)


def _checked(key: str) -> str:
    """A key is never a path, whoever wrote it."""
    if not _KEY.fullmatch(key):
        raise ValueError(f"not a key of a file: {key!r}")
    return key


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
