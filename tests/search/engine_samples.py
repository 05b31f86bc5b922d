"""Documents and places that the tests of the search engine share."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from core.contracts import SearchDocument
from core.references import Reference
from search.queries.searcher import Searcher
from search.queries.snapshot import Results

PUBLIC = frozenset({"public"})
SHARED = Path(__file__).parents[2].parent / "shared" / "data"


def document(number: int, text: str = "", **more: Any) -> SearchDocument:
    """A practice with this id; anything else by name."""
    values: dict[str, Any] = {
        "reference": Reference(more.pop("kind", "practice"), number),
        "title": f"Pratica {number}",
        "text": text,
        "url": f"/pratiche/{number}",
        "at": datetime(2026, 3, 1, 12, tzinfo=UTC),
    }
    return SearchDocument(**{**values, **more})


def found(searcher: Searcher, query: str, **more: Any) -> list[int]:
    """Ids of the hits of a public reader, best first."""
    return [hit.reference.id for hit in results(searcher, query, **more).hits]


def results(searcher: Searcher, query: str, **more: Any) -> Results:
    """Results of a public reader."""
    return searcher.search(query, **{"tokens": PUBLIC, **more})


def shared_rows(path: str) -> list[dict[str, Any]]:
    """Rows of a shared collection; the test is skipped where it is absent."""
    file = SHARED / path
    if not file.exists():
        pytest.skip(f"the shared collection {path} is not here")
    return [json.loads(line) for line in file.read_text("utf-8").splitlines() if line]
