"""How well and how fast search answers Italian questions, beside SQLite FTS5 over the same stems.

    PYTHONPATH=platform python benchmarks/relevance.py [questions]

Every passage of SQuAD-it is a document, every question a query; the passage a question was asked
of is the only right answer. MRR is the mean of 1/rank in the first 10, R@10 the share found there.
Times are of whole calls: for Gemella with audience filter, exact total, counts and stored texts;
for FTS5 with the texts, ranked, limit 10, and in a second line with the total it would also need.
"""

import json
import sqlite3
import statistics
import sys
import tempfile
import time
import unicodedata
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "platform"))

from core.contracts import SearchDocument
from core.references import Reference
from search.queries.searcher import Searcher
from search.rules.analysis import stems
from search.services.index import Index

DATA = Path(__file__).parents[1].parent / "shared" / "data" / "content" / "squad_it_search"
PUBLIC = frozenset({"public"})
Search = Callable[[str], list[int]]


def read(name: str) -> list[dict[str, str]]:
    """Return the rows of one JSON-lines file of the collection."""
    return [json.loads(line) for line in (DATA / name).read_text("utf-8").splitlines()]


def without_accents(text: str) -> str:
    """Return `text` as somebody with a foreign keyboard types it."""
    decomposed = unicodedata.normalize("NFD", text)
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter))


def gemella(folder: Path, passages: list[dict[str, str]]) -> Search:
    """Build the index, print how fast that went, and return a search in it."""
    index = Index(folder)
    rebuild = index.rebuild()
    begun = time.perf_counter()
    for start in range(0, len(passages), 500):
        rebuild.feed(
            [
                SearchDocument(
                    reference=Reference("passage", number),
                    title=passages[number]["title"],
                    text=passages[number]["body_markdown"],
                    url=f"/{number}",
                    at=datetime(2026, 1, 1, tzinfo=UTC),
                )
                for number in range(start, min(start + 500, len(passages)))
            ],
            start,
        )
    rebuild.finish()
    speed = len(passages) / (time.perf_counter() - begun)
    print(f"{len(passages)} documents indexed, {speed:.0f} a second")
    index.close()
    searcher = Searcher(folder)

    def search(question: str) -> list[int]:
        return [hit.reference.id for hit in searcher.search(question, tokens=PUBLIC, limit=10).hits]

    return search


def fts5(passages: list[dict[str, str]], *, count: bool) -> Search:
    """Return a search in an FTS5 table of stems, title weighted as well as it can be."""
    database = sqlite3.connect(":memory:")
    database.execute("create virtual table p using fts5(title, text, whole unindexed)")
    database.executemany(
        "insert into p(rowid, title, text, whole) values (?, ?, ?, ?)",
        (
            (
                number,
                " ".join(stems(row["title"], "it")),
                " ".join(stems(row["body_markdown"], "it")),
                row["body_markdown"],
            )
            for number, row in enumerate(passages)
        ),
    )

    def search(question: str) -> list[int]:
        words = " OR ".join(f'"{stem}"' for stem in stems(question, "it"))
        if not words:
            return []
        if count:
            database.execute("select count(*) from p where p match ?", (words,)).fetchone()
        rows = database.execute(
            "select rowid, whole from p where p match ? order by bm25(p, 1.0, 1.0) limit 10",
            (words,),
        )
        return [row[0] for row in rows]

    return search


def measure(search: Search, questions: list[str], right: list[int]) -> tuple[float, float, float]:
    """Return MRR, R@10 and the 95th percentile of the time of a call in milliseconds."""
    ranks, times = [], []
    for question, answer in zip(questions, right, strict=True):
        begun = time.perf_counter()
        found = search(question)
        times.append((time.perf_counter() - begun) * 1000)
        ranks.append(1 / (found.index(answer) + 1) if answer in found else 0.0)
    return (
        statistics.fmean(ranks),
        statistics.fmean(rank > 0 for rank in ranks),
        statistics.quantiles(times, n=20)[-1],
    )


def main() -> None:
    """Print the table."""
    if not DATA.exists():
        print(f"Skipped: the collection {DATA.name} is not here.")
        return
    passages = read("passages.jsonl")
    number = {row["id"]: place for place, row in enumerate(passages)}
    rows = read("questions.jsonl")
    if len(sys.argv) > 1:
        rows = rows[:: max(1, len(rows) // int(sys.argv[1]))]
    questions = [row["question"] for row in rows]
    right = [number[row["passage_id"]] for row in rows]
    with tempfile.TemporaryDirectory() as folder:
        ours = gemella(Path(folder), passages)
        engines = (
            ("gemella", ours, questions),
            (
                "gemella, no accents",
                ours,
                [without_accents(text) for text in questions],
            ),
            ("fts5", fts5(passages, count=False), questions),
            ("fts5 and total", fts5(passages, count=True), questions),
        )
        print(f"{len(questions)} questions\n{'':22}{'MRR':>7}{'R@10':>7}{'p95 ms':>8}")
        for name, search, asked in engines:
            mrr, recall, p95 = measure(search, asked, right)
            print(f"{name:22}{mrr:7.3f}{recall:7.3f}{p95:8.2f}")


if __name__ == "__main__":
    main()
