"""A backup: one file with the database, the files, the secret key, and a manifest of them all.

The manifest comes last: a file that was cut short has none. It names every member with its size and
SHA-256, the version of Gemella and of the schema, and how many rows each table had.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import os
import re
import shutil
import tarfile
import tempfile
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import IO, Any

import click

MANIFEST = "manifest.json"
FORMAT = 1
SECRET_KEY = "secret_key"  # noqa: S105 - the name of a file
_PIECE = 1 << 20
_MEMBER = re.compile(
    r"manifest\.json|secret_key|database\.(?:sqlite3|dump)|files(?:/[A-Za-z0-9_-][A-Za-z0-9._-]*)+"
)


@dataclass(frozen=True, kw_only=True)
class Manifest:
    """What a backup holds; ``members`` gives size and SHA-256 by name."""

    format: int = FORMAT
    gemella: str
    database: str
    schema: str | None
    made_at: str
    counts: Mapping[str, int]
    members: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


class Writer:
    """Adds files to a new archive and remembers what they were."""

    def __init__(self, file: IO[bytes]) -> None:
        self._tar = tarfile.TarFile.gzopen("", "w", fileobj=file, compresslevel=6)
        self.members: dict[str, dict[str, Any]] = {}

    def add(self, name: str, path: Path) -> None:
        """Add a file under a name; one that is gone meanwhile is left out."""
        try:
            source = path.open("rb")
        except FileNotFoundError:
            return
        with source:
            size = os.fstat(source.fileno()).st_size
            hashing = _Hashing(source)
            self._put(name, hashing, size)
            self.members[name] = {"size": size, "sha256": hashing.digest()}

    def finish(self, manifest: Manifest) -> None:
        text = json.dumps(asdict(manifest), indent=1, sort_keys=True).encode()
        self._put(MANIFEST, io.BytesIO(text), len(text))
        self._tar.close()

    def _put(self, name: str, source: Any, size: int) -> None:
        entry = tarfile.TarInfo(name)
        entry.size, entry.mode = size, 0o600
        self._tar.addfile(entry, source)


class _Hashing:
    """A file that is hashed while it is read."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._hash = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        piece = self._file.read(size)
        self._hash.update(piece)
        return piece

    def digest(self) -> str:
        return self._hash.hexdigest()


@contextlib.contextmanager
def written(target: Path) -> Iterator[IO[bytes]]:
    """A file that appears under its name when it is whole and on the disk, for its owner alone."""
    draft = target.with_name(f"{target.name}.part")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        draft.replace(target)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise


@contextlib.contextmanager
def unpacked(source: Path, beside: Path) -> Iterator[tuple[Manifest, Path]]:
    """The manifest and a folder with all members, every one of them compared with the manifest.

    Nothing is written outside of that folder. Raise ``ClickException`` for anything but a whole
    archive of ours.
    """
    folder = Path(tempfile.mkdtemp(prefix="restore-", dir=beside))
    try:
        try:
            found = _unpack(source, folder)
        except (tarfile.TarError, EOFError, OSError, zlib.error) as error:
            raise _damaged(source, str(error) or type(error).__name__) from error
        manifest = _manifest(source, folder)
        _compare(source, manifest, found)
        yield manifest, folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _unpack(source: Path, folder: Path) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    with tarfile.open(source, mode="r:gz") as tar:
        for entry in tar:
            if not entry.isreg() or _MEMBER.fullmatch(entry.name) is None or entry.name in found:
                raise _damaged(source, f"it holds {entry.name!r}, which no backup of ours does")
            content = tar.extractfile(entry)
            assert content is not None
            path = folder / entry.name
            path.parent.mkdir(parents=True, exist_ok=True)
            hashing = hashlib.sha256()
            with path.open("xb") as file:
                while piece := content.read(_PIECE):
                    hashing.update(piece)
                    file.write(piece)
            found[entry.name] = {"size": entry.size, "sha256": hashing.hexdigest()}
    return found


def _manifest(source: Path, folder: Path) -> Manifest:
    try:
        said = json.loads((folder / MANIFEST).read_bytes())
        if said["format"] != FORMAT:
            raise click.ClickException(
                f"{source.name} was made by Gemella {said.get('gemella')}: this version cannot"
                " read it"
            )
        return Manifest(**said)
    except FileNotFoundError as error:
        raise _damaged(source, "it has no manifest, so its end is missing") from error
    except (ValueError, KeyError, TypeError) as error:
        raise _damaged(source, "its manifest cannot be read") from error


def _compare(source: Path, manifest: Manifest, found: Mapping[str, Mapping[str, Any]]) -> None:
    there = {name: dict(what) for name, what in found.items() if name != MANIFEST}
    wanted = {name: dict(what) for name, what in manifest.members.items()}
    wrong = sorted(n for n in there.keys() | wanted.keys() if there.get(n) != wanted.get(n))
    if wrong:
        raise _damaged(source, f"not as the manifest says: {', '.join(wrong[:5])}")


def _damaged(source: Path, what: str) -> click.ClickException:
    return click.ClickException(f"{source.name} is damaged or no backup: {what}")
