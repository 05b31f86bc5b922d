"""How the index stands, for those who keep it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from search.models import (
    REBUILD,
    IndexUnavailable,
    generation_number,
    open_reader,
    read_pointer,
)


@dataclass(frozen=True, slots=True)
class IndexState:
    """``documents`` is None where no generation can be read; ``rebuilding``: one is being built."""

    generation: int
    documents: int | None
    rebuilding: bool


def index_state(folder: Path) -> IndexState:
    """Open the serving generation and count."""
    rebuilding = (folder / REBUILD).exists()
    try:
        name = read_pointer(folder).generation
        reader = open_reader(folder / name)
    except (IndexUnavailable, OSError):
        return IndexState(0, None, rebuilding)
    try:
        documents = reader.doc_count()
    finally:
        reader.close()
    return IndexState(generation_number(name) or 0, documents, rebuilding)
