"""What a reader gets: the engine proposes, the database decides.

Hits are references. Those with a pending outbox row are asked about in SQL before anything is
counted, and every hit that is shown passes the ``visible_to`` of its kind in this very request.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import structlog
from sqlalchemy import and_, literal, select

from core import outbox, subjects
from core.actor import Actor
from core.contracts import SearchDocument, Subject
from core.database import db
from core.references import Reference
from core.registry import registry
from core.subjects import SubjectLine
from search.models import CONSUMER, SUSPECT, IndexUnavailable, read_pointer
from search.queries.documents import hanging_on, read_again, told_of
from search.queries.searcher import Searcher
from search.queries.snapshot import Hit, Results
from search.rules.excerpts import excerpt
from search.rules.query import understand

log = structlog.get_logger(__name__)

EXTENSION = "gemella.searcher"
PAGE = 20
MOST_PAGES = 50
_TRIES = 4


@dataclass(frozen=True, slots=True)
class Found:
    """One result as a page shows it; both texts are lists of (piece, is a match)."""

    reference: Reference
    label: Any
    url: str
    title: str
    title_pieces: list[tuple[str, bool]]
    pieces: list[tuple[str, bool]]
    lang: str
    at: datetime | None
    score: float


@dataclass(frozen=True, slots=True)
class SearchPage:
    """A page of results; ``degraded`` tells that only titles could be searched."""

    query: str
    found: list[Found] = field(default_factory=list)
    total: int = 0
    kind_counts: Mapping[str, int] = field(default_factory=dict)
    page: int = 1
    degraded: bool = False

    @property
    def everything(self) -> int:
        return sum(self.kind_counts.values())

    @property
    def last_page(self) -> int:
        return max(1, min(MOST_PAGES, -(-self.total // PAGE)))


def find(
    searcher: Searcher, folder: Path, text: str, actor: Actor, *, kind: str | None, page: int
) -> SearchPage:
    """Search for a reader; falls back to titles in the database where there is no index."""
    pending = told_of(delivery.fact for delivery in outbox.pending(CONSUMER))
    kinds = frozenset({kind}) if kind else None
    closed = pending - _visible(pending, actor)
    # What hangs on a thing is seen by nobody who may not see the thing.
    hidden = frozenset(closed | hanging_on(closed))
    try:
        for _ in range(_TRIES):
            results = searcher.search(
                text,
                tokens=actor.audience,
                kinds=kinds,
                limit=PAGE,
                offset=(page - 1) * PAGE,
                exclude=hidden,
            )
            references = {hit.reference for hit in results.hits}
            lines = _lines(references, actor)
            closed = references - lines.keys()
            if not closed:
                break
            hidden |= closed
        stale = {reference: lines[reference] for reference in lines.keys() & pending}
        return _page(text, page, _without(results, closed), stale)
    except IndexUnavailable as error:
        _report(folder, error)
        return _titles(text, actor, kind)


def _page(
    text: str, page: int, results: Results, stale: Mapping[Reference, SubjectLine]
) -> SearchPage:
    """The page; of what is ``stale`` the index may still hold the words of before."""
    current = _read_again([hit.reference for hit in results.hits if hit.reference in stale])
    found = []
    for hit in results.hits:
        if hit.reference in current:
            document = current[hit.reference]
            if document is not None:  # else nobody may find it any more
                found.append(_found(_as_it_is_now(hit, document), text))
        elif hit.reference in stale:
            line = stale[hit.reference]
            found.append(_found(replace(hit, title=line.title, url=line.url, text=""), text))
        else:
            found.append(_found(hit, text))
    return SearchPage(text, found, results.total, results.kind_counts, page)


def _read_again(stale: Sequence[Reference]) -> dict[Reference, SearchDocument | None]:
    """What those of one kind say now, that of the best hit; None where there is nothing left.

    Each kind costs some queries. Where several kinds changed within one second, the others are
    shown by their titles of now, without an excerpt, until the index has them.
    """
    first = [reference for reference in stale if reference.kind == stale[0].kind]
    documents, gone = read_again(first)
    return {one.reference: one for one in documents} | dict.fromkeys(gone)


def _as_it_is_now(hit: Hit, document: SearchDocument) -> Hit:
    return replace(
        hit,
        title=document.title,
        url=document.url,
        text=document.text,
        lang=document.lang,
        at=document.at,
    )


def _found(hit: Hit, text: str) -> Found:
    source = registry().sources[hit.reference.kind]
    return Found(
        reference=hit.reference,
        label=source.singular or source.label,
        url=hit.url,
        title=hit.title,
        title_pieces=excerpt(hit.title, text, hit.lang, length=400),
        pieces=excerpt(hit.text, text, hit.lang),
        lang=hit.lang,
        at=hit.at,
        score=hit.score,
    )


def _without(results: Results, closed: set[Reference]) -> Results:
    """The last word: what may not be opened is not shown, whatever the counts say."""
    return Results(
        hits=tuple(hit for hit in results.hits if hit.reference not in closed),
        total=results.total,
        kind_counts=results.kind_counts,
    )


def _lines(references: Iterable[Reference], actor: Actor) -> dict[Reference, SubjectLine]:
    return subjects.describe(references, actor)


def _visible(references: Iterable[Reference], actor: Actor) -> set[Reference]:
    return subjects.openable(references, actor)


def _report(folder: Path, error: IndexUnavailable) -> None:
    """Leave a note for the indexer, unless the index is plainly absent, which it sees itself."""
    log.warning("search.fallback", error=str(error))
    try:
        read_pointer(folder)
        (folder / SUSPECT).touch()
    except (IndexUnavailable, OSError):
        return


def _titles(text: str, actor: Actor, kind: str | None) -> SearchPage:
    """Search titles in the database: slower and poorer, but always there."""
    # The word as typed where it is long enough to be one, so that "delle" finds no page.
    words = [term.exact for term in understand(text).terms if term.exact][:8]
    words = words or [word for word in text.split() if len(word) > 2][:8]
    if not words:
        return SearchPage(text, degraded=True)
    found: list[Found] = []
    for name, source in sorted(registry().sources.items()):
        subject = registry().subjects.get(name)
        if subject is not None and not subject.is_part and kind in (None, name):
            label = source.singular or source.label
            found.extend(_title_hits(subject, label, words, actor))
    counts = {name: sum(one.reference.kind == name for one in found) for name in registry().sources}
    return SearchPage(
        text, found, len(found), {k: n for k, n in counts.items() if n}, degraded=True
    )


def _title_hits(subject: Subject, label: Any, words: list[str], actor: Actor) -> list[Found]:
    slug = subject.slug_column if subject.slug_column is not None else literal("")
    title = subject.title_column
    rows = db.session.execute(
        select(subject.id_column, title, slug)
        .where(
            subject.visible_to(actor),
            and_(*(title.icontains(word, autoescape=True) for word in words)),
        )
        .order_by(subject.id_column.desc())
        .limit(PAGE)
    ).all()
    return [
        Found(
            reference=Reference(subject.kind, number),
            label=label,
            url=subject.url(number, address),
            title=name,
            title_pieces=[(name, False)],
            pieces=[],
            lang="it",
            at=None,
            score=0.0,
        )
        for number, name, address in rows
    ]
