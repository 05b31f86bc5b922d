"""Writing the index: changes in small batches, whole rebuilds beside the one that serves.

**Nothing acknowledged is lost.** `Index.apply` returns when Whoosh has committed and the files are
on the disk; killed before that, the next commit clears what was left and the caller, who still has
its outbox rows, says the same again: documents are replaced by their unique key.

**Changes during a rebuild go to both generations**, first to the one being built. So the serving
one stays fresh, the new one never misses a change, and a crash between both is healed by the
repeated batch. What the rebuild reads may be older than a change applied in the meantime; therefore
it leaves alone every reference that has been applied since its process took it up. (A later process
reads its rows after that change, so it need not know.)
"""

import contextlib
import errno
import json
import shutil
import threading
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final

from core.contracts import SearchDocument
from core.references import Reference
from search.models import (
    CURRENT,
    REBUILD,
    SCHEMA_VERSION,
    FileIndex,
    IndexUnavailable,
    LockError,
    create_index,
    fsync_folder,
    generation_number,
    open_index,
    read_pointer,
    write_json,
)
from search.rules.terms import document_fields
from search.services.lease import Lease

_SCRATCH: Final = "MAIN.tmp"  # where Whoosh sorts; a killed writer leaves it
_NOT_DAMAGE: Final = frozenset(
    (errno.ENOSPC, errno.EDQUOT, errno.EMFILE, errno.ENFILE, errno.EACCES, errno.EROFS)
)
"""What an operator must see to; a rebuild would meet the same."""


class Index:
    """One index in one folder, written by one process; safe to share between threads."""

    def __init__(self, folder: Path, *, host: str | None = None) -> None:
        """`host` stands in for the name of this host, for tests."""
        self.folder = folder
        self.lease = Lease(folder, host)
        self._writing = threading.RLock()
        self._building: Rebuild | None = None

    def apply(
        self, replace: Iterable[SearchDocument] = (), delete: Iterable[Reference] = ()
    ) -> None:
        """Replace and delete documents by reference, in one commit, and put it on the disk.

        A reference in both is replaced; of two documents with one reference the last counts.
        Raises `IndexUnavailable` if there is neither a generation that serves nor one being built,
        `IndexerRunning` or `ForeignIndexer` if somebody else writes. After any error nothing of
        the batch may be counted on, and the same batch can be applied again.
        """
        documents = {document.reference: document for document in replace}
        gone = set(delete) - documents.keys()
        with self._writing:
            self.lease.acquire()
            building = self._resumed()
            if building is not None:
                building._overtake([*documents, *gone])
                _write(open_index(building.path), documents.values(), gone)
            try:
                serving = open_index(self.folder / read_pointer(self.folder).generation)
                _write(serving, documents.values(), gone)
            except IndexUnavailable:
                if building is None:
                    raise

    def rebuild(self) -> "Rebuild":
        """Return the rebuild under way, resumed if its process died, or start one."""
        with self._writing:
            self.lease.acquire()
            building = self._resumed()
            if building is None:
                name = f"gen-{max(self._generations(), default=0) + 1:06d}"
                create_index(self.folder / name)
                building = Rebuild(self, name, cursor=None, count=0)
                building._remember()
                self._building = building
            return building

    @property
    def rebuilding(self) -> bool:
        """Whether a rebuild has been started and not finished, by this process or a dead one."""
        return (self.folder / REBUILD).exists()

    def close(self) -> None:
        """Give the lease back."""
        with self._writing:
            self.lease.release()

    def _resumed(self) -> "Rebuild | None":
        """Return the rebuild under way, or None; one that cannot go on is thrown away."""
        if self._building is None and self.rebuilding:
            said = _progress(self.folder)
            with contextlib.suppress(IndexUnavailable):
                if said is not None and said["generation"] == read_pointer(self.folder).generation:
                    said = None  # killed between the switch and the end of `finish`
            if said is not None:
                self._building = Rebuild(self, said["generation"], said["cursor"], said["count"])
        if self._building is not None:
            try:
                open_index(self._building.path)
            except IndexUnavailable:
                self._building = None
        if self._building is None:
            (self.folder / REBUILD).unlink(missing_ok=True)
        return self._building

    def _generations(self) -> list[int]:
        numbers = (generation_number(path.name) for path in self.folder.glob("gen-*"))
        return [number for number in numbers if number is not None]

    def _switch(self, building: "Rebuild") -> None:
        """Let `building` serve, and remove what no reader can still have open for long.

        The generation that served until now is kept for readers that have it open and for those
        that read CURRENT a moment ago; it goes when the next one takes over.
        """
        try:
            previous: str | None = read_pointer(self.folder).generation
        except IndexUnavailable:
            previous = None
        write_json(
            self.folder / CURRENT,
            {"generation": building.name, "schema": SCHEMA_VERSION},
        )
        (self.folder / REBUILD).unlink(missing_ok=True)
        self._building = None
        for number in self._generations():
            name = f"gen-{number:06d}"
            if name not in (previous, building.name):
                shutil.rmtree(self.folder / name, ignore_errors=True)


class Rebuild:
    """A generation being built from all that is in the database, in batches that survive a kill."""

    def __init__(self, index: Index, name: str, cursor: Any, count: int) -> None:
        self.name = name
        self.cursor = cursor
        """What the caller gave with the last batch that is on the disk; None at the beginning."""
        self.count = count
        """Documents fed so far."""
        self._index = index
        self._overtaken: set[Reference] = set()

    @property
    def path(self) -> Path:
        """The folder of the generation."""
        return self._index.folder / self.name

    def feed(self, documents: Iterable[SearchDocument], cursor: Any) -> None:
        """Add a batch and remember `cursor` (anything JSON holds), both on the disk at the end.

        Killed before that, the batch is fed again after `Index.rebuild()`: nothing doubles.
        Raises `IndexUnavailable` if the generation is damaged or the rebuild is no longer the
        one under way: start again with `Index.rebuild()`.
        """
        with self._index._writing:
            self._must_be_under_way()
            fresh = {
                document.reference: document
                for document in documents
                if document.reference not in self._overtaken
            }
            _write(open_index(self.path), fresh.values(), ())
            self.cursor = cursor
            self.count += len(fresh)
            self._remember()

    def finish(self) -> None:
        """Let this generation serve; the one before stays for readers that have it open."""
        with self._index._writing:
            self._must_be_under_way()
            open_index(self.path)
            fsync_folder(self.path)
            self._index._switch(self)

    def abandon(self) -> None:
        """Throw away what was built."""
        with self._index._writing:
            self._must_be_under_way()
            (self._index.folder / REBUILD).unlink(missing_ok=True)
            self._index._building = None
            shutil.rmtree(self.path, ignore_errors=True)

    def _must_be_under_way(self) -> None:
        if self._index._building is not self:
            raise IndexUnavailable(f"{self.name} is not being built")

    def _overtake(self, references: Sequence[Reference]) -> None:
        self._overtaken.update(references)

    def _remember(self) -> None:
        write_json(
            self._index.folder / REBUILD,
            {
                "generation": self.name,
                "schema": SCHEMA_VERSION,
                "cursor": self.cursor,
                "count": self.count,
            },
        )


def documents_fed(folder: Path) -> int:
    """Return how many documents the rebuild under way has written, 0 if there is none."""
    said = _progress(folder)
    return said["count"] if said else 0


def _progress(folder: Path) -> dict[str, Any] | None:
    """Return what REBUILD says, None if it cannot be read or was written for another schema."""

    try:
        said = json.loads((folder / REBUILD).read_text("utf-8"))
        usable = said["schema"] == SCHEMA_VERSION and generation_number(said["generation"])
        return {**said, "cursor": said["cursor"], "count": int(said["count"])} if usable else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


@contextlib.contextmanager
def _writer(index: FileIndex) -> Iterator[Any]:
    """Give one Whoosh writer: committed and on the disk at the end, cancelled on any exception.

    A writer that is neither keeps Whoosh's lock for as long as the process lives. After a kill the
    kernel has freed the lock, and only scratch files are left, which are removed here.
    """
    folder = Path(index.storage.folder)
    shutil.rmtree(folder / _SCRATCH, ignore_errors=True)
    try:
        writer = index.writer()
    except BaseException:
        index.storage.close_files()
        raise
    try:
        yield writer
        writer.commit()
    except BaseException:
        with contextlib.suppress(Exception):
            writer.cancel()
        if (
            writer.writelock is not None
        ):  # cancelling failed half-way: the lock must go all the same
            with contextlib.suppress(Exception):
                writer.writelock.release()
        index.storage.close_files()
        raise
    index.storage.close_files()
    fsync_folder(folder)


def _write(
    index: FileIndex, documents: Iterable[SearchDocument], gone: Iterable[Reference]
) -> None:
    """Replace `documents` and delete `gone`: one reader to find the old ones, one commit."""
    # In their own order, so that equal scores stand alike whatever order a database reads in.
    in_order = sorted(documents, key=lambda document: document.reference)
    ready = [document_fields(document) for document in in_order]
    keys = [fields["ref"] for fields in ready] + [str(reference) for reference in gone]
    try:
        with _writer(index) as writer:
            for number in _numbers(writer, keys):
                writer.delete_document(number)
            for fields in ready:
                writer.add_document(**fields)
    except LockError:
        raise
    except Exception as error:  # reading or merging a damaged segment raises almost anything
        if isinstance(error, OSError) and error.errno in _NOT_DAMAGE:
            raise
        raise IndexUnavailable(f"the index cannot be written: {error!r}") from error


def _numbers(writer: Any, keys: Sequence[str]) -> list[int]:
    """Return the numbers of the documents that have one of these keys.

    This is `update_document` for a whole batch: Whoosh's own opens the index anew per document.
    """
    reader = writer.reader()
    try:
        found: list[int] = []
        for key in keys:
            if ("ref", key) in reader:
                found.extend(reader.postings("ref", key).all_ids())
        return found
    finally:
        reader.close()
