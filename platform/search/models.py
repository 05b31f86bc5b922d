"""The index on disk: its fields, its generations and what can be wrong with it.

    folder/CURRENT           which generation serves, and the version of its schema
    folder/REBUILD           the generation being built, and how far it has come
    folder/indexer.lock      who writes
    folder/gen-000001/       one Whoosh index

Whoosh is imported here and nowhere else: other files of `search` take it from this module. Words
are cut and stemmed by `rules.analysis` *before* they reach Whoosh, which is given lists of terms:
its schema, which it pickles into the index, therefore names only classes of Whoosh, and a document
is stemmed in its own language although all share one field.
"""

import contextlib
import json
import os
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

with warnings.catch_warnings():
    # Whoosh 2.7.4 is from 2016. Newer Pythons complain, while they compile it, about escapes like
    # '\w', about `is` with a literal, and about names that moved inside the standard library. Only
    # what *importing* Whoosh says is silenced; what our own code says later is not.
    warnings.simplefilter("ignore", SyntaxWarning)
    warnings.simplefilter("ignore", DeprecationWarning)
    # Whoosh imports these inside its functions; here they are compiled under the filter.
    import whoosh.codec.whoosh3
    import whoosh.filedb.compound
    import whoosh.matching.wrappers
    import whoosh.multiproc
    import whoosh.query.spans
    import whoosh.searching  # noqa: F401
    from whoosh.codec.whoosh3 import W3LeafMatcher
    from whoosh.columns import NumericColumn, RefBytesColumn, VarBytesColumn
    from whoosh.fields import COLUMN, ID, STORED, TEXT, Schema
    from whoosh.filedb.filestore import FileStorage
    from whoosh.index import FileIndex, LockError
    from whoosh.matching.wrappers import FilterMatcher
    from whoosh.writing import SegmentWriter

ANALYSIS_VERSION: Final = 1
"""Counts changes of `search.rules.analysis`."""

SCHEMA_VERSION: Final = 100 * 2 + ANALYSIS_VERSION
"""The first part counts changes of the fields below, the second changes of the analysis."""

CURRENT: Final = "CURRENT"
REBUILD: Final = "REBUILD"
LOCK: Final = "indexer.lock"
CONSUMER: Final = "search"
"""The name under which search waits for facts in the outbox."""
SUSPECT: Final = "SUSPECT"
"""A note from a reader that the index could not be read: the indexer looks into it."""

__all__ = [
    "CONSUMER",
    "CURRENT",
    "LOCK",
    "REBUILD",
    "SCHEMA_VERSION",
    "SUSPECT",
    "FileIndex",
    "FilterMatcher",
    "ForeignIndexer",
    "IndexUnavailable",
    "IndexerRunning",
    "LockError",
    "Pointer",
    "SegmentWriter",
    "Storage",
    "W3LeafMatcher",
    "create_index",
    "fsync_folder",
    "generation_number",
    "open_index",
    "open_reader",
    "read_pointer",
    "write_json",
]


class IndexUnavailable(Exception):
    """The index is absent, damaged or of another schema: ask the database, and build it again."""


class IndexerRunning(Exception):
    """Another process of this host writes this index."""


class ForeignIndexer(Exception):
    """Another host writes this index."""


@dataclass(frozen=True, slots=True)
class Pointer:
    """What CURRENT says: the folder's name of the serving generation and its schema version."""

    generation: str
    schema: int


def schema() -> Schema:
    """Return the fields of one document.

    `title` and `text` hold stems, `exact` holds codes and the folded words of names; `ref` is the
    unique key. The columns are read whole, once per segment, for filters, counts and checks. `card`
    is what a result shows.
    """
    return Schema(
        ref=ID(unique=True),
        title=TEXT(phrase=True),
        text=TEXT(phrase=True),
        exact=TEXT(phrase=True),
        key=COLUMN(VarBytesColumn()),
        kind=COLUMN(RefBytesColumn()),
        audience=COLUMN(VarBytesColumn()),
        version=COLUMN(NumericColumn("q")),
        card=STORED(),
    )


class Storage(FileStorage):  # type: ignore[misc]
    """Whoosh's files in a folder, with a list of what it opened.

    On a damaged file Whoosh raises without closing it; an indexer that meets one damaged index
    every few seconds would run out of descriptors.
    """

    def __init__(self, folder: Path) -> None:
        super().__init__(str(folder))
        self._opened: list[Any] = []

    def open_file(self, name: str, **options: Any) -> Any:
        """Open a file to read, as Whoosh asks for it."""
        self._opened.append(super().open_file(name, **options))
        return self._opened[-1]

    def create_file(self, name: str, **options: Any) -> Any:
        """Create a file to write, as Whoosh asks for it."""
        self._opened.append(super().create_file(name, **options))
        return self._opened[-1]

    def close_files(self) -> None:
        """Close whatever Whoosh has left open."""
        for file in self._opened:
            with contextlib.suppress(Exception):
                file.file.close()
        self._opened.clear()

    def forget_files(self) -> None:
        """Leave the files to their readers."""
        self._opened.clear()


def create_index(folder: Path) -> FileIndex:
    """Create an empty Whoosh index in `folder`, which may be left over from an earlier attempt."""
    folder.mkdir(parents=True, exist_ok=True)
    index = FileIndex.create(Storage(folder), schema(), "MAIN")
    fsync_folder(folder)
    return index


def open_index(folder: Path) -> FileIndex:
    """Open the Whoosh index in `folder`; raise `IndexUnavailable` if that cannot be done."""
    storage = Storage(folder)
    try:
        return FileIndex(storage, schema())
    except Exception as error:  # a damaged table of contents raises almost anything
        storage.close_files()
        raise IndexUnavailable(f"{folder.name}: {error!r}") from error


def open_reader(folder: Path) -> Any:
    """Open the last commit of the index in `folder` to read; raise `IndexUnavailable`.

    Whoosh's own `reader()` waits half a second on a file that is gone for good. This one does not:
    it is the caller who knows whether another attempt makes sense.
    """
    index = open_index(folder)
    try:
        toc = index._read_toc()
        reader = FileIndex._reader(index.storage, toc.schema, toc.segments, toc.generation)
    except Exception as error:
        index.storage.close_files()
        raise IndexUnavailable(f"{folder.name}: {error!r}") from error
    index.storage.forget_files()
    return reader


def generation_number(name: str) -> int | None:
    """Return 17 for "gen-000017", None for a name that is no generation's."""
    head, _, digits = name.partition("-")
    return int(digits) if head == "gen" and digits.isascii() and digits.isdigit() else None


def read_pointer(folder: Path) -> Pointer:
    """Return what CURRENT says; raise `IndexUnavailable` if it is absent, damaged or outdated."""
    try:
        said = json.loads((folder / CURRENT).read_text("utf-8"))
        pointer = Pointer(str(said["generation"]), int(said["schema"]))
    except FileNotFoundError as error:
        raise IndexUnavailable("there is no index yet") from error
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise IndexUnavailable(f"{CURRENT} cannot be read: {error!r}") from error
    if pointer.schema != SCHEMA_VERSION or generation_number(pointer.generation) is None:
        raise IndexUnavailable(f"{pointer} is not of schema {SCHEMA_VERSION}")
    return pointer


def write_json(path: Path, value: Any) -> None:
    """Replace a file so that a reader, even after a power cut, finds the old one or the new one."""
    draft = path.with_name(path.name + ".new")
    with draft.open("w", encoding="utf-8") as file:
        json.dump(value, file)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
    _fsync(path.parent)


def fsync_folder(folder: Path) -> None:
    """Put every file of `folder`, then the folder itself, on the disk."""
    for entry in os.scandir(folder):
        if entry.is_file():
            _fsync(Path(entry.path))
    _fsync(folder)


def _fsync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
