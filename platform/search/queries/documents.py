"""The documents as the database has them now: what the index should hold."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator

from core.contracts import SearchDocument
from core.database import db
from core.references import Reference
from core.registry import Registry, registry
from core.signals import Fact


def wants(fact: Fact, known: Registry) -> bool:
    """Whether any kind's documents may change with this sort of fact."""
    return any(
        type(fact) in source.affected
        or (source.hanging_on is not None and fact.kind in known.subjects)
        for source in known.sources.values()
    )


def affected(facts: Iterable[Fact]) -> set[Reference]:
    """Everything that must be read again because of these facts."""
    facts = list(facts)
    known = registry()
    found: set[Reference] = set()
    for source in known.sources.values():
        for fact in facts:
            if (find := source.affected.get(type(fact))) is not None:
                found.update(find(fact))
    # What hangs on a thing follows it, and so does what hangs on that: a twinning's discussions,
    # the files of their messages.
    asked: set[Reference] = set()
    waiting = {fact.about for fact in facts if fact.kind in known.subjects} | found
    while waiting:
        asked |= waiting
        hanging = {
            one
            for source in known.sources.values()
            if source.hanging_on is not None
            for thing in waiting
            if thing.kind in known.subjects
            for one in source.hanging_on(thing)
        }
        found |= hanging
        waiting = hanging - asked
    return found


def read_again(references: Iterable[Reference]) -> tuple[list[SearchDocument], list[Reference]]:
    """The documents of these references as they are now, and the references that have none."""
    wanted: dict[str, list[int]] = defaultdict(list)
    for reference in references:
        wanted[reference.kind].append(reference.id)
    documents: list[SearchDocument] = []
    gone: set[Reference] = set()
    for kind, ids in wanted.items():
        source = registry().sources.get(kind)
        if source is not None:
            documents.extend(source.documents(ids))
        gone.update(Reference(kind, number) for number in ids)
    gone -= {document.reference for document in documents}
    db.session.rollback()
    return documents, sorted(gone)


def every_reference() -> Iterator[Reference]:
    """Every reference that may have a document, kind by kind."""
    for kind, source in sorted(registry().sources.items()):
        after = 0
        while ids := source.ids(after, 1_000):
            yield from (Reference(kind, number) for number in ids)
            after = max(ids)
