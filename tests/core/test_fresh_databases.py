"""Each test begins with the same database, whatever the one before has done to its own."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import func, inspect, select, text

from core.database import db
from members.models import Member
from taxonomy.models import Theme
from tests.databases import ALL, POSTGRESQL, Installation
from tests.factories.members import MemberFactory


def _write(statement: str) -> Callable[[], None]:
    def do() -> None:
        db.session.execute(text(statement))
        db.session.commit()

    return do


def _fill() -> None:
    for _ in range(3):
        MemberFactory.make()
    db.session.commit()


DEEDS = {
    "rows": _fill,
    "a theme by another name": _write("UPDATE themes SET name_it = 'altro'"),
    "a theme less": _write(
        "DELETE FROM themes WHERE id = (SELECT max(id) FROM themes WHERE parent_id IS NOT NULL)"
    ),
    "a table": _write("CREATE TABLE another (id INTEGER)"),
    "a column": _write("ALTER TABLE flags ADD COLUMN another INTEGER"),
    "a table less": _write("DROP TABLE follows"),
}


def _state() -> tuple[object, ...]:
    tables = sorted(inspect(db.engine).get_table_names())
    columns = [c["name"] for table in tables for c in inspect(db.engine).get_columns(table)]
    themes = [tuple(row) for row in db.session.execute(select(Theme.id, Theme.name_it))]
    counts = [db.session.scalar(select(func.count()).select_from(Member))]
    db.session.rollback()
    return tables, columns, sorted(themes), counts


@pytest.mark.soak
@pytest.mark.database(*ALL)
@pytest.mark.parametrize("deed", DEEDS)
def test_what_a_test_did_is_undone(app: Flask, installation: Installation, deed: str) -> None:
    before = _state()
    DEEDS[deed]()
    db.session.remove()
    assert _state() != before, "nothing was done that could be undone"
    db.session.remove()
    db.engine.dispose()
    installation.renew()
    assert _state() == before
    # Numbers begin anew.
    assert MemberFactory.make().id == 1


@pytest.mark.database(POSTGRESQL)
def test_a_connection_that_was_left_open_is_in_nobodys_way(
    app: Flask, installation: Installation
) -> None:
    before = _state()
    left = db.engine.connect()
    left.execute(text("UPDATE themes SET name_it = 'altro'"))
    db.session.remove()
    installation.renew()
    left.invalidate()
    left.close()
    db.engine.dispose()
    assert _state() == before
