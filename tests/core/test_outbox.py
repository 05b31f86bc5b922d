"""Facts: written with what made them true, handed over at least once, forgotten afterwards."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import pytest
from flask import Flask
from sqlalchemy import func, select
from structlog.testing import CapturingLogger

from core import outbox
from core.contracts import Consumer, Delivery, NotYet
from core.database import db
from core.events import Event, OutboxRow, announce
from core.registry import registry
from core.signals import Fact
from core.transactions import transaction


@dataclass(frozen=True, kw_only=True)
class LampLit(Fact):
    kind: ClassVar[str] = "lamp"
    subject_field: ClassVar[str] = "lamp_id"

    lamp_id: int
    colours: tuple[str, ...] = ()


class Listener:
    """A consumer that remembers, and fails on demand."""

    def __init__(self) -> None:
        self.got: list[int] = []
        self.fails_on: set[int] = set()
        self.waits = False

    def handle(self, deliveries: Sequence[Delivery]) -> None:
        if self.waits:
            raise NotYet("the lamps are being made")
        for delivery in deliveries:
            assert isinstance(delivery.fact, LampLit)
            if delivery.fact.lamp_id in self.fails_on:
                raise RuntimeError("cannot")
        self.got.extend(d.fact.lamp_id for d in deliveries)  # type: ignore[attr-defined]


@pytest.fixture
def listener(app: Flask) -> Listener:
    heard = Listener()
    known = registry()
    before = dict(known.consumers), dict(known.facts)
    known.consumers.clear()
    known.add_facts(LampLit)
    known.add_consumer(
        Consumer(name="lamps", wants=lambda f: isinstance(f, LampLit), handle=heard.handle)
    )
    yield heard
    known.consumers.clear()
    known.consumers.update(before[0])
    known.facts.clear()
    known.facts.update(before[1])


def light(*numbers: int) -> None:
    with transaction():
        for number in numbers:
            announce(LampLit(lamp_id=number, by_id=7, changed=("colour",), reason="dark"))


def drain() -> int:
    return outbox.drain(registry().consumers["lamps"])


def rows() -> int:
    return db.session.scalar(select(func.count()).select_from(OutboxRow)) or 0


def test_a_fact_is_kept_and_delivered_whole(listener: Listener) -> None:
    light(1)
    event = db.session.scalars(select(Event)).one()
    assert (event.name, event.kind, event.object_id, event.actor_id) == ("LampLit", "lamp", 1, 7)
    assert event.changed == ["colour"]
    assert drain() == 1
    assert listener.got == [1]
    assert rows() == 0


def test_what_is_rolled_back_never_happened(listener: Listener) -> None:
    with pytest.raises(RuntimeError), transaction():
        announce(LampLit(lamp_id=1))
        raise RuntimeError
    assert db.session.scalar(select(func.count()).select_from(Event)) == 0
    assert drain() == 0


def test_a_fact_outside_a_transaction_is_a_mistake(listener: Listener) -> None:
    with pytest.raises(RuntimeError, match="outside"):
        announce(LampLit(lamp_id=1))


def test_one_bad_event_does_not_hold_up_the_others(listener: Listener) -> None:
    listener.fails_on = {2}
    light(1, 2, 3)
    assert drain() == 2
    assert listener.got == [1, 3]
    waiting = db.session.scalars(select(OutboxRow)).one()
    assert waiting.attempts == 1
    assert "cannot" in waiting.error
    assert drain() == 0, "it is put off, not tried without a pause"


def test_what_is_not_there_yet_is_no_fault(
    listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = CapturingLogger()
    monkeypatch.setattr(outbox, "log", log)
    listener.waits = True
    light(1, 2)
    assert drain() == 0
    assert [call.method_name for call in log.calls] == ["info"]
    assert rows() == 2, "both come again"
    # Twin: a fault is said.
    listener.waits, listener.fails_on = False, {3}
    light(3)
    drain()
    assert log.calls[-1].method_name == "exception"


def test_a_consumer_that_dies_gets_it_again(listener: Listener) -> None:
    light(1)
    delivered = outbox.pending("lamps")
    listener.handle(delivered)  # and then the process is killed: nothing was forgotten
    db.session.rollback()
    assert drain() == 1
    assert listener.got == [1, 1]


def test_an_unknown_fact_does_not_block(listener: Listener) -> None:
    light(1, 2)
    with transaction() as session:
        session.scalars(select(Event).where(Event.object_id == 1)).one().name = "GoneForGood"
    assert drain() == 1
    assert listener.got == [2]
    assert rows() == 0


def test_lists_come_back_as_they_were(listener: Listener) -> None:
    with transaction():
        announce(LampLit(lamp_id=1, colours=("red", "blue")))
    fact = outbox.pending("lamps")[0].fact
    assert fact == LampLit(lamp_id=1, colours=("red", "blue"))


def test_backlog_counts_by_consumer(listener: Listener) -> None:
    light(1, 2)
    assert outbox.backlog() == {"lamps": 2}
