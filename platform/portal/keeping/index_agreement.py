"""Whether the index holds what the database says, and how to mend it where it does not."""

from __future__ import annotations

import time
from collections.abc import Iterator

from sqlalchemy import select

from core import clock, outbox
from core.config import Settings
from core.database import db
from core.events import Event, OutboxRow, fact_of
from core.references import Reference
from core.registry import registry
from core.transactions import transaction
from portal.keeping.findings import Finding, Mend
from search.models import CONSUMER, REBUILD, IndexUnavailable
from search.queries.documents import affected
from search.queries.searcher import Searcher

_LOOK_AGAIN_AFTER = 1.5  # seconds in which the worker may have caught up
_READ_AT_ONCE = 200


def index(settings: Settings) -> Iterator[Finding]:
    """What the index lacks, has too much of, or has of another version."""
    folder = settings.index_folder
    rebuild = (folder / REBUILD).touch
    try:
        differences = _lasting(Searcher(folder))
    except IndexUnavailable as error:
        yield Finding("index", f"it cannot be read, the worker will build it: {error}")
        return
    for name, references in differences.items():
        for reference in sorted(references):
            yield Finding(
                "index",
                f"{reference} is {name}",
                lambda reference=reference: _read_again(reference, rebuild),  # type: ignore[misc]
            )


def _lasting(searcher: Searcher) -> dict[str, frozenset[Reference]]:
    """What still differs when the worker has had time for what was announced meanwhile."""
    expected = dict(_expected())
    first = searcher.check(expected.items())
    if not first:
        return {}
    time.sleep(_LOOK_AGAIN_AFTER)
    on_its_way = _waiting()
    expected_now = dict(_expected())
    second = searcher.check(expected_now.items())
    on_its_way |= _waiting()

    def lasting(before: frozenset[Reference], now: frozenset[Reference]) -> frozenset[Reference]:
        """Those that differ as before, and of which nothing was heard meanwhile."""
        return frozenset(
            one for one in (before & now) - on_its_way if expected.get(one) == expected_now.get(one)
        )

    return {
        "missing in it": lasting(first.missing, second.missing),
        "in it, and nobody may find it": lasting(first.ghosts, second.ghosts),
        "of another version in it": lasting(first.stale, second.stale),
    }


def _waiting() -> set[Reference]:
    """What the worker has been told to read again."""
    return affected(delivery.fact for delivery in outbox.pending(CONSUMER, 10_000))


def _expected() -> Iterator[tuple[Reference, int]]:
    for _, source in sorted(registry().sources.items()):
        after = 0
        while ids := source.ids(after, _READ_AT_ONCE):
            for document in source.documents(ids):
                yield document.reference, document.version
            after = max(ids)
            db.session.rollback()


def _read_again(reference: Reference, rebuild: Mend) -> None:
    """Have the indexer read a thing again: by what last happened to it, or else all of it."""
    event_id = _event_about(reference)
    if event_id is None:
        rebuild()
        return
    with transaction() as session:
        known = select(1).where(OutboxRow.event_id == event_id, OutboxRow.consumer == CONSUMER)
        if session.scalar(known) is None:
            session.add(OutboxRow(event_id=event_id, consumer=CONSUMER, due_at=clock.now()))


def _event_about(reference: Reference) -> int | None:
    events = db.session.scalars(
        select(Event)
        .where(Event.kind == reference.kind, Event.object_id == reference.id)
        .order_by(Event.id.desc())
        .limit(20)
    ).all()
    for event in events:
        fact = fact_of(event)
        if fact is not None and reference in affected([fact]):
            return event.id
    return None
