"""The documents as the database has them now: what the index should hold."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator

from sqlalchemy import Select

from core import subjects
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
    touched = told_of(facts)
    return {one for one in touched if one.kind in registry().sources} | hanging_on(touched)


def told_of(facts: Iterable[Fact]) -> set[Reference]:
    """What the facts are about, and what has their words in its document; at most one query."""
    known = registry()
    found: set[Reference] = set()
    statements: list[tuple[str, Select[tuple[int]]]] = []
    for fact in facts:
        if fact.kind in known.subjects:
            found.add(fact.about)
        for source in known.sources.values():
            find = source.affected.get(type(fact))
            again = () if find is None else find(fact)
            if isinstance(again, Select):
                statements.append((source.kind, again))
            else:
                found.update(again)
    return found | subjects.of_kinds(statements)


def hanging_on(things: Iterable[Reference]) -> set[Reference]:
    """What hangs on these things and what hangs on that: a twinning's discussions, the files of
    their messages. One query for each step away from them."""
    sources = [source for source in registry().sources.values() if source.hanging_on is not None]
    found: set[Reference] = set()
    asked: set[Reference] = set()
    waiting = set(things)
    while waiting:
        asked |= waiting
        wanted: dict[str, list[int]] = defaultdict(list)
        for thing in sorted(waiting):
            if thing.kind in registry().subjects:
                wanted[thing.kind].append(thing.id)
        hanging = subjects.of_kinds(
            (source.kind, source.hanging_on(kind, ids))
            for source in sources
            for kind, ids in wanted.items()
            if source.hanging_on is not None
        )
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
