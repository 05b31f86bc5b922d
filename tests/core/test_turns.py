"""One at a time: what two processes must not do together."""

from __future__ import annotations

import time

import psycopg
import pytest
from flask import Flask

from core.database import db
from core.turns import Turn

NUMBER = 4_711


@pytest.fixture(autouse=True)
def _look_always(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.turns._LOOK_EVERY", -1.0)


@pytest.mark.database("postgresql")
def test_the_second_waits_until_the_first_gives_it_back(app: Flask) -> None:
    first, second = Turn(NUMBER), Turn(NUMBER)
    assert first.take()
    assert first.take()
    assert not second.take()
    first.release()
    assert second.take()
    second.release()


@pytest.mark.database("postgresql")
def test_one_whose_connection_died_has_to_ask_again(app: Flask) -> None:
    first, second = Turn(NUMBER), Turn(NUMBER)
    assert first.take()
    assert first._connection is not None
    pid = first._connection.exec_driver_sql("SELECT pg_backend_pid()").scalar()
    first._connection.commit()
    address = db.engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(address) as other:
        other.execute("SELECT pg_terminate_backend(%s)", (pid,))
    deadline = time.monotonic() + 10
    while not second.take() and time.monotonic() < deadline:
        time.sleep(0.02)
    assert second._connection is not None
    assert not first.take(), "it must notice that the turn was lost"
    second.release()
    assert first.take()
    first.release()


@pytest.mark.database("sqlite")
def test_sqlite_belongs_to_one_host(app: Flask) -> None:
    first, second = Turn(NUMBER), Turn(NUMBER)
    assert first.take()
    assert second.take()
    first.release()
