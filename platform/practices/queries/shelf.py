"""The shelf of this process: read whole once, then kept up with what happens.

What changed is known from ``events``, as it is for pages that are kept (ADR 7): every write of a
story announces it in its own transaction. What this process wrote itself is read again whether it
was announced or not.
"""

from __future__ import annotations

import threading
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Engine, String, event, func, select, type_coerce
from sqlalchemy.orm import Session

from core import clock
from core.database import db
from core.events import Event
from practices.models import Practice, PracticeKind, PracticeState, practice_themes
from practices.rules import LISTED_STATES
from practices.rules.shelf import Placed, Shelf
from practices.signals import KIND
from taxonomy import queries as taxonomy
from territory.models import Territory, TerritoryKind

T = TypeVar("T")

FIRST_YEAR = 2000
_MOST_ANSWERS = 200
_READ_AT_ONCE = 5_000
# Beyond this many events it is quicker to read everything again than to ask which stories changed.
_MOST_EVENTS = 20_000


class Keeper:
    """The shelf over one database, and what has been seen of its events."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self._shelf: Shelf | None = None
        self._engine: Engine | None = None
        self._seen = 0
        self._written: set[int] = set()  # by this process, committed
        self._answers: dict[Hashable, Any] = {}  # what was counted on the shelf as it stands
        for what in ("after_insert", "after_update", "after_delete"):
            event.listen(Practice, what, self._note_write)
        event.listen(Session, "after_commit", self._end_write)
        event.listen(Session, "after_rollback", self._forget_write)
        event.listen(Engine, "engine_disposed", self._close)

    def current(self) -> Shelf:
        """The shelf as the database stands; hold ``lock`` while reading it.

        Costs one small query while nothing happens, and two more when stories changed.
        """
        newest = db.session.scalar(select(func.max(Event.id))) or 0
        if self._shelf is None or self._engine is not db.engine:
            self._written = set()
            self._shelf = Shelf()
            self._shelf.fill(_placed())
            self._engine, self._seen = db.engine, newest
            self._answers.clear()
            return self._shelf
        if newest < self._seen:
            # This reader's transaction is older than what another one has put here.
            return self._shelf
        written, self._written = self._written, set()
        changed = written if newest <= self._seen else written | self._told(newest)
        if changed:
            self._answers.clear()
        if newest - self._seen > _MOST_EVENTS:
            self._answers.clear()
            self._shelf = Shelf()
            self._shelf.fill(_placed())
        elif changed:
            self._shelf.take(changed)
            self._shelf.put([*_placed(sorted(changed))])
        self._seen = newest
        return self._shelf

    def kept(self, key: Hashable, count: Callable[[], T]) -> T:
        """What ``count`` finds on the shelf as it stands; call it inside ``shelf()``."""
        if key not in self._answers:
            if len(self._answers) >= _MOST_ANSWERS:
                self._answers.clear()
            self._answers[key] = count()
        answer: T = self._answers[key]
        return answer

    def _told(self, newest: int) -> set[int]:
        """The stories that the events tell of which were not seen yet."""
        if newest - self._seen > _MOST_EVENTS:
            return set()
        rows = db.session.scalars(
            select(Event.object_id).where(Event.id > self._seen, Event.kind == KIND).distinct()
        )
        return set(rows)

    def clear(self) -> None:
        """Read everything again at the next question: rows were written past the services."""
        self._shelf = None

    def _note_write(self, _mapper: Any, _connection: Any, row: Practice) -> None:
        session = Session.object_session(row)
        if session is not None:
            session.info.setdefault(self, set()).add(row.id)

    def _end_write(self, session: Session) -> None:
        self._written |= session.info.pop(self, set())

    def _forget_write(self, session: Session) -> None:
        session.info.pop(self, None)

    def _close(self, _engine: Engine) -> None:
        self.clear()


KEEPER = Keeper()


@contextmanager
def shelf() -> Iterator[Shelf]:
    """The shelf as the database stands, for as long as the block runs."""
    with KEEPER.lock:
        yield KEEPER.current()


def below() -> Mapping[int, frozenset[int]]:
    """Each theme with all that it covers."""
    return {one: taxonomy.descendants(one) for one in taxonomy.themes_by_id()}


def new_year(year: int) -> datetime:
    """When the year begins in Italy."""
    return datetime(year, 1, 1, tzinfo=clock.ROME).astimezone(UTC)


def _placed(ids: Sequence[int] | None = None) -> Iterator[Placed]:
    """What stands in the catalogue, all of it or of these ids."""
    if ids is None:
        yield from _read()
        return
    for start in range(0, len(ids), _READ_AT_ONCE):
        yield from _read(Practice.id.in_(ids[start : start + _READ_AT_ONCE]))


def _read(*which: ColumnElement[bool]) -> Iterator[Placed]:
    listed = (Practice.state.in_(sorted(LISTED_STATES)), *which)
    themes: dict[int, list[int]] = defaultdict(list)
    for practice_id, theme_id in db.session.execute(
        select(practice_themes.c.practice_id, practice_themes.c.theme_id)
        .join(Practice, Practice.id == practice_themes.c.practice_id)
        .where(*listed)
    ):
        themes[practice_id].append(theme_id)
    kinds = {one.value: one for one in PracticeKind}
    states = {one.value: one for one in PracticeState}
    years = [new_year(year) for year in range(FIRST_YEAR, clock.today().year + 2)]
    for row in db.session.execute(
        select(
            Practice.id,
            # As they are kept: making enums of 100,000 rows takes longer than reading them.
            type_coerce(Practice.kind, String).label("kind"),
            type_coerce(Practice.state, String).label("state"),
            func.coalesce(Practice.space_id, 0),
            func.coalesce(Territory.region_id, 0),
            type_coerce(Territory.kind, String).label("place_kind"),
            Territory.id,
            Territory.parent_id,
            func.coalesce(Practice.organisation_id, 0),
            Practice.published_at,
        )
        .outerjoin(Territory, Territory.id == Practice.territory_id)
        .where(*listed)
    ):
        number, kind, state, space, region, place, place_id, parent_id, body, published = row
        yield Placed(
            id=number,
            kind=kinds[kind],
            state=states[state],
            space_id=space,
            region_id=region,
            province_id=_province(place, place_id, parent_id),
            organisation_id=body,
            year=_year(published, years),
            theme_ids=tuple(themes.get(number, ())),
        )


def _province(kind: str | None, number: int, parent_id: int | None) -> int:
    if kind == TerritoryKind.PROVINCE:
        return number
    return parent_id or 0 if kind == TerritoryKind.MUNICIPALITY else 0


def _year(moment: datetime | None, years: list[datetime]) -> int:
    """The year of a moment in Italy: a database's own idea of a year would be that of London."""
    before = 0 if moment is None else bisect_right(years, moment)
    return FIRST_YEAR + before - 1 if before else 0
