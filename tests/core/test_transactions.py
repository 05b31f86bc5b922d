"""Transactions under real threads on a real SQLite file: nothing locked out, nothing lost."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import text

from core.database import db
from core.flags import Flag, flag, set_flag
from core.transactions import Busy, in_transaction, transaction

THREADS = 4
ROUNDS = 40


def add_one(*, safely: bool) -> None:
    """Read a number and write the next one."""
    if safely:
        with transaction() as session:
            row = session.get_one(Flag, "counter")
            row.value = str(int(row.value) + 1)
    else:
        row = db.session.get_one(Flag, "counter")
        row.value = str(int(row.value) + 1)
        db.session.commit()


def count_together(app: Flask, step: Callable[[], None]) -> tuple[int, list[Exception]]:
    with transaction():
        set_flag("counter", "0")
    faults: list[Exception] = []

    def work() -> None:
        for _ in range(ROUNDS):
            with app.app_context():
                try:
                    step()
                except Exception as fault:  # noqa: BLE001 - counted below
                    db.session.rollback()
                    faults.append(fault)

    threads = [threading.Thread(target=work) for _ in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    db.session.rollback()
    return int(flag("counter") or 0), faults


def test_writers_who_read_first_lose_nothing(app: Flask) -> None:
    total, faults = count_together(app, lambda: add_one(safely=True))
    assert faults == []
    assert total == THREADS * ROUNDS


def test_the_check_above_can_fail(app: Flask) -> None:
    """The same with a plain BEGIN: refused as locked, or updates lost."""
    total, faults = count_together(app, lambda: add_one(safely=False))
    assert faults or total < THREADS * ROUNDS


def test_an_inner_transaction_joins_and_only_the_outermost_commits(app: Flask) -> None:
    with pytest.raises(RuntimeError, match="after"), transaction():
        with transaction():
            set_flag("inner", "written")
        assert in_transaction()
        raise RuntimeError("after")
    assert flag("inner") is None
    assert not in_transaction()


def test_a_lock_that_never_ends_is_told_as_busy(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.transactions._BEGIN_TRIES", 1)
    db.session.execute(text("PRAGMA busy_timeout = 50"))
    db.session.rollback()
    other = db.engine.connect()
    blocker = db.engine.raw_connection()
    try:
        blocker.driver_connection.execute("BEGIN IMMEDIATE")  # type: ignore[union-attr]
        other.exec_driver_sql("PRAGMA busy_timeout = 50")
        other.rollback()
        other.close()
        with pytest.raises(Busy), transaction():
            pytest.fail("the transaction must not begin")
    finally:
        blocker.driver_connection.execute("ROLLBACK")  # type: ignore[union-attr]
        blocker.close()
    with transaction():
        set_flag("afterwards", "free")
    assert flag("afterwards") == "free"


def test_what_is_read_inside_is_current(app: Flask) -> None:
    with transaction():
        set_flag("seen", "old")
    assert flag("seen") == "old"

    def change() -> None:
        with app.app_context(), transaction():
            set_flag("seen", "new")

    thread = threading.Thread(target=change)
    thread.start()
    thread.join()
    with transaction() as session:
        assert session.get_one(Flag, "seen").value == "new"
