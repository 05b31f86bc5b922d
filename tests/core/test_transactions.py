"""Transactions under real threads on real databases: nothing locked out, nothing lost."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import psycopg
import pytest
from flask import Flask
from sqlalchemy import text, update
from sqlalchemy.exc import DBAPIError

from core.database import BEGIN_OPTION, WRITER_LOCK, db
from core.flags import Flag, flag, set_flag
from core.transactions import Busy, in_transaction, is_busy, transaction, write_if_idle

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


@contextmanager
def a_writer_that_never_ends() -> Iterator[None]:
    """Another connection holds what every writer needs."""
    blocker = db.engine.raw_connection()
    connection = blocker.driver_connection
    assert connection is not None
    on_sqlite = db.engine.dialect.name == "sqlite"
    connection.execute(
        "BEGIN IMMEDIATE" if on_sqlite else f"SELECT pg_advisory_xact_lock({WRITER_LOCK})"
    )
    try:
        yield
    finally:
        connection.rollback()
        blocker.close()


def wait_only(milliseconds: int) -> None:
    """Have the connection of this test lose its patience soon."""
    on_sqlite = db.engine.dialect.name == "sqlite"
    db.session.execute(
        text(f"PRAGMA busy_timeout = {milliseconds}")
        if on_sqlite
        else text(f"SET lock_timeout = {milliseconds}")
    )
    db.session.commit()


def test_a_lock_that_never_ends_is_told_as_busy(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.transactions._BEGIN_TRIES", 1)
    with a_writer_that_never_ends():
        wait_only(50)
        with pytest.raises(Busy), transaction():
            pytest.fail("the transaction must not begin")
    with transaction():
        set_flag("afterwards", "free")
    assert flag("afterwards") == "free"


def test_a_small_write_does_not_wait_for_a_row_that_another_writes(app: Flask) -> None:
    with transaction():
        set_flag("seen", "old")
    statement = update(Flag).where(Flag.name == "seen").values(value="small")
    began = time.monotonic()
    with app.app_context():
        other = db.engine.connect().execution_options(**{BEGIN_OPTION: "IMMEDIATE"})
        other.execute(update(Flag).where(Flag.name == "seen").values(value="great"))
        assert not write_if_idle(statement)
        other.rollback()
        other.close()
        assert write_if_idle(statement)
    assert time.monotonic() - began < 2
    db.session.rollback()
    assert flag("seen") == "small"


def test_what_the_server_does_is_told_from_what_we_did(app: Flask) -> None:
    """A broken statement is a fault of ours; a server that is away is not."""
    for statement, code in (("SELECT 1 FROM nowhere", "42P01"), ("SELECT 'x' +", "42601")):
        with pytest.raises(DBAPIError) as wrong:
            db.session.execute(text(statement))
        db.session.rollback()
        assert not is_busy(wrong.value), code
    for state in ("57P01", "08006", "53100", "40001", "25P03", "58030"):
        assert is_busy(DBAPIError("", {}, FromServer(state)))
    assert not is_busy(DBAPIError("", {}, FromServer("23505")))


@pytest.mark.database("postgresql")
def test_an_answer_outlives_the_connection_that_it_was_made_with(app: Flask) -> None:
    """The end of a request rolls back, which a server that went away refuses."""
    with app.app_context():
        pid = db.session.execute(text("SELECT pg_backend_pid()")).scalar()
        address = db.engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
        with psycopg.connect(address) as other:
            other.execute("SELECT pg_terminate_backend(%s, 5000)", (pid,))
    assert flag("nothing") is None


class FromServer(Exception):
    """What a driver raises, with PostgreSQL's word for it."""

    def __init__(self, sqlstate: str) -> None:
        super().__init__(sqlstate)
        self.sqlstate = sqlstate


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
