"""The lease of the single indexer: one process of one host writes an index."""

import fcntl
import json
import os
import socket
from pathlib import Path

from search.models import LOCK, ForeignIndexer, IndexerRunning


class Lease:
    """A lock on `indexer.lock`, held until `release` or until the process ends, however it ends.

    The kernel gives the lock back after a kill. The text in the file names host and process; it is
    emptied only by `release`. A text left by a dead process of this host is replaced; one left by
    another host is not, because a lock may not reach across a shared disk while the text does.
    """

    def __init__(self, folder: Path, host: str | None = None) -> None:
        self._path = folder / LOCK
        self._host = host or socket.gethostname()
        self._descriptor: int | None = None

    @property
    def held(self) -> bool:
        """Whether this object holds the lease."""
        return self._descriptor is not None

    def acquire(self) -> None:
        """Take the lease; raise `IndexerRunning` or `ForeignIndexer` if somebody else has it."""
        if self._descriptor is not None:
            return
        self._path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            self._claim(descriptor)
        except BaseException:
            os.close(descriptor)
            raise
        self._descriptor = descriptor

    def release(self) -> None:
        """Give the lease back and empty its text."""
        if self._descriptor is not None:
            os.ftruncate(self._descriptor, 0)
            os.close(self._descriptor)
            self._descriptor = None

    def _claim(self, descriptor: int) -> None:
        holder = _holder(os.pread(descriptor, 4096, 0))
        if holder and holder[0] != self._host:
            raise ForeignIndexer(
                f"The search index {self._path.parent} is written by host {holder[0]}, process "
                f"{holder[1]}; this is {self._host}. A Whoosh index belongs to one host. If that "
                f"host was renamed or is gone for good, delete {LOCK} and start again."
            )
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise IndexerRunning(f"process {holder[1] if holder else '?'} writes it") from error
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, json.dumps({"host": self._host, "pid": os.getpid()}).encode(), 0)
        os.fsync(descriptor)


def _holder(text: bytes) -> tuple[str, int] | None:
    """Return host and process named by the lease's text, None if it is empty or cut."""
    try:
        said = json.loads(text)
        return str(said["host"]), int(said["pid"])
    except (ValueError, KeyError, TypeError):
        return None
