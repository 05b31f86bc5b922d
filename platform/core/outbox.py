"""Drain the outbox: feed each consumer its events, at least once, and forget them afterwards."""

from __future__ import annotations

import traceback
from collections.abc import Sequence
from datetime import timedelta

import structlog
from sqlalchemy import Select, delete, func, select

from core import clock
from core.contracts import Consumer, Delivery, NotYet
from core.database import db
from core.events import Event, OutboxRow, fact_of
from core.registry import registry
from core.transactions import transaction

log = structlog.get_logger(__name__)

_LONGEST_PAUSE = timedelta(hours=1)


def drain(consumer: Consumer) -> int:
    """Hand one batch of due rows to the consumer; return how many rows are done.

    A batch that fails is tried again row by row, so that one bad event cannot hold up the others;
    what still fails is put off with growing pauses and its error is kept for the administrators.
    """
    rows = _due(consumer)
    if not rows:
        return 0
    try:
        consumer.handle(rows)
    except NotYet as reason:
        db.session.rollback()
        log.info("outbox.not_yet", consumer=consumer.name, rows=len(rows), reason=str(reason))
        for row in rows:
            _put_off(row)
        return 0
    except Exception:
        db.session.rollback()
        if len(rows) == 1:
            log.exception("outbox.failed", consumer=consumer.name, event_id=rows[0].event_id)
            _put_off(rows[0])
            return 0
        return sum(_handle_alone(consumer, row) for row in rows)
    _forget([row.outbox_id for row in rows])
    return len(rows)


def pending(consumer_name: str, limit: int = 1_000) -> list[Delivery]:
    """The deliveries that a consumer still has to handle, oldest first, due or not."""
    return _deliveries(
        select(OutboxRow.id, Event)
        .join(Event, Event.id == OutboxRow.event_id)
        .where(OutboxRow.consumer == consumer_name)
        .order_by(OutboxRow.id)
        .limit(limit)
    )


def backlog() -> dict[str, int]:
    """How many rows wait, by consumer; every registered consumer has an entry."""
    counts = dict.fromkeys(registry().consumers, 0)
    rows = db.session.execute(
        select(OutboxRow.consumer, func.count().label("rows")).group_by(OutboxRow.consumer)
    ).all()
    return counts | {row.consumer: row.rows for row in rows}


def _handle_alone(consumer: Consumer, row: Delivery) -> int:
    try:
        consumer.handle([row])
    except Exception:
        db.session.rollback()
        log.exception("outbox.failed", consumer=consumer.name, event_id=row.event_id)
        _put_off(row)
        return 0
    _forget([row.outbox_id])
    return 1


def _due(consumer: Consumer) -> list[Delivery]:
    return _deliveries(
        select(OutboxRow.id, Event)
        .join(Event, Event.id == OutboxRow.event_id)
        .where(OutboxRow.consumer == consumer.name, OutboxRow.due_at <= clock.now())
        .order_by(OutboxRow.id)
        .limit(consumer.batch)
    )


def _deliveries(statement: Select[tuple[int, Event]]) -> list[Delivery]:
    found: list[Delivery] = []
    unknown: list[int] = []
    for outbox_id, event in db.session.execute(statement).all():
        fact = fact_of(event)
        if fact is None:
            # Left behind by a version that knew this fact: nobody can handle it any more, and
            # keeping it would hold up the rows behind it.
            log.warning("outbox.unknown_fact", fact=event.name, event_id=event.id)
            unknown.append(outbox_id)
            continue
        found.append(Delivery(outbox_id=outbox_id, event_id=event.id, fact=fact))
    if unknown:
        _forget(unknown)
    return found


def _forget(outbox_ids: Sequence[int]) -> None:
    with transaction() as session:
        session.execute(delete(OutboxRow).where(OutboxRow.id.in_(outbox_ids)))


def _put_off(row: Delivery) -> None:
    with transaction() as session:
        waiting = session.get(OutboxRow, row.outbox_id)
        if waiting is None:
            return
        waiting.attempts += 1
        pause = min(timedelta(seconds=2**waiting.attempts), _LONGEST_PAUSE)
        waiting.due_at = clock.now() + pause
        waiting.error = traceback.format_exc(limit=-3)[-2_000:]
