"""The one indexer: brings the index up to the database, fact by fact or from the beginning.

It consumes state, not facts: a fact only says which references must be read again. Replaying one is
therefore harmless, and the outbox rows go when the index is on the disk.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import structlog

from core import outbox
from core.contracts import Consumer, Delivery
from core.database import db
from core.registry import registry
from search.models import CONSUMER, REBUILD, SUSPECT, IndexUnavailable, read_pointer
from search.queries.documents import affected, every_reference, read_again
from search.queries.searcher import Searcher
from search.services.index import Index, documents_fed

log = structlog.get_logger(__name__)

BATCH = 50
REBUILD_BATCH = 200
_CHECK_EVERY = 5.0  # seconds between two looks at the whole index
_LOOK_EVERY = 0.1  # seconds between two looks at another process's rebuild
_TRUST_AFTER = 60.0  # seconds after which a suspicion that proved wrong is forgotten


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a rebuild has come: documents written, of how many known when it began."""

    done: int
    total: int


def ask_for_rebuild(folder: Path) -> Iterator[Progress]:
    """Have the indexer at work build the index again; yield how far it is until it is done."""
    total = sum(1 for _ in every_reference())
    db.session.rollback()
    note_rebuild(folder)
    while (folder / REBUILD).exists():
        yield Progress(min(documents_fed(folder), total), total)
        time.sleep(_LOOK_EVERY)
    yield Progress(total, total)


def note_rebuild(folder: Path) -> None:
    """Ask the indexer at work to build the index again; one that is being built goes on.

    An empty note of progress is one that cannot be resumed, so the indexer starts afresh.
    """
    folder.mkdir(parents=True, exist_ok=True)
    (folder / REBUILD).touch()


class Indexer:
    """Feeds one index from the outbox, and builds it again where it is missing or damaged."""

    def __init__(self, folder: Path) -> None:
        self._index = Index(folder)
        self._folder = folder
        self._consumer = Consumer(
            name=CONSUMER, wants=lambda fact: True, handle=self._handle, batch=BATCH
        )
        self._checked = 0.0
        self._suspected = 0.0

    def step(self) -> bool:
        """Do one piece of work; return False where there was nothing to do."""
        if self._needs_rebuild():
            log.warning("search.rebuild", folder=str(self._folder))
            self._index.rebuild()
        worked = False
        if self._index.rebuilding:
            worked = self._feed()
        return outbox.drain(self._consumer) > 0 or worked

    def rebuild(self) -> Iterator[Progress]:
        """Build a new generation of everything while the old one serves; yield after each batch."""
        total = sum(1 for _ in every_reference())
        building = self._index.rebuild()
        while self._index.rebuilding:
            outbox.drain(self._consumer)
            self._feed()
            yield Progress(building.count, max(total, building.count))

    def close(self) -> None:
        """Let another process write."""
        self._index.close()

    def _handle(self, deliveries: Sequence[Delivery]) -> None:
        documents, gone = read_again(affected(delivery.fact for delivery in deliveries))
        try:
            self._index.apply(documents, gone)
        except IndexUnavailable:
            log.warning("search.unavailable", folder=str(self._folder))
            self._index.rebuild()
            self._index.apply(documents, gone)

    def _feed(self) -> bool:
        """Add the next batch to the generation under way, or let it serve when all is in."""
        building = self._index.rebuild()
        kinds = sorted(registry().sources)
        kind, after = building.cursor or (kinds[0] if kinds else "", 0)
        remaining = [k for k in kinds if k >= kind]
        for position, name in enumerate(remaining):
            source = registry().sources[name]
            ids = source.ids(after if position == 0 else 0, REBUILD_BATCH)
            if ids:
                building.feed(source.documents(ids), [name, max(ids)])
                db.session.rollback()
                return True
        building.finish()
        log.info("search.rebuilt", documents=building.count)
        return True

    def _needs_rebuild(self) -> bool:
        if self._index.rebuilding:
            return False
        suspect = self._folder / SUSPECT
        try:
            read_pointer(self._folder)
        except IndexUnavailable:
            suspect.unlink(missing_ok=True)
            return True
        due = time.monotonic() - self._checked > _CHECK_EVERY
        if not suspect.exists() and not due:
            return False
        self._checked = time.monotonic()
        return self._is_damaged(suspect)

    def _is_damaged(self, suspect: Path) -> bool:
        """Open the index afresh; a reader that stumbles twice in a row is believed anyway."""
        try:
            Searcher(self._folder).check(())
        except IndexUnavailable:
            suspect.unlink(missing_ok=True)
            return True
        if not suspect.exists():
            return False
        again = self._suspected and time.monotonic() - self._suspected < _TRUST_AFTER
        self._suspected = time.monotonic()
        suspect.unlink(missing_ok=True)
        return bool(again)
