"""Copies of small tables: read once, thrown away when they are stale."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import text

from core import lookups
from core.database import db
from core.flags import Flag, set_flag
from core.lookups import Lookup
from core.transactions import transaction

NAME = "reference_data:test"


class Counted:
    """A lookup that tells how often it was read."""

    def __init__(self) -> None:
        self.reads = 0
        self.lookup = Lookup(self._read, flag_name=NAME, models=[Flag])

    def _read(self) -> int:
        self.reads += 1
        return self.reads


@pytest.fixture
def loaded(app: Flask) -> Counted:
    with transaction():
        set_flag(NAME, "first")
    return Counted()


def set_elsewhere(value: str) -> None:
    """As another process would: this one's session does not see the write."""
    db.session.rollback()
    db.session.execute(text("UPDATE flags SET value = :v WHERE name = :n"), {"v": value, "n": NAME})
    db.session.commit()


def test_it_is_read_once(loaded: Counted) -> None:
    assert [loaded.lookup.get() for _ in range(3)] == [1, 1, 1]


def test_before_the_first_load_nothing_is_kept(app: Flask) -> None:
    counted = Counted()
    assert [counted.lookup.get() for _ in range(2)] == [1, 2]


def test_a_write_of_this_process_makes_it_stale(loaded: Counted) -> None:
    loaded.lookup.get()
    with transaction():
        set_flag(NAME, "second")
        db.session.flush()
        # Read inside the transaction, and again once it has ended.
        assert loaded.lookup.get() == 2
    assert loaded.lookup.get() == 3


def test_a_load_elsewhere_is_seen_after_a_while(
    loaded: Counted, monkeypatch: pytest.MonkeyPatch
) -> None:
    loaded.lookup.get()
    set_elsewhere("second")
    assert loaded.lookup.get() == 1
    monkeypatch.setattr(lookups, "FRESH", -1.0)
    assert loaded.lookup.get() == 2
    db.session.rollback()
    assert loaded.lookup.get() == 2


def test_another_database_is_another_copy(loaded: Counted) -> None:
    loaded.lookup.get()
    db.session.remove()
    db.engine.dispose()
    assert loaded.lookup.get() == 2
