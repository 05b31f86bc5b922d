"""Setting up: the migrations lead to what the models say, and can be interrupted and repeated."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.util import CommandError
from flask import Flask
from sqlalchemy import text

from core.config import Settings
from core.database import Model, db
from portal.factory import create_app
from portal.setup import is_prepared, prepare_database


def differences() -> list[object]:
    with db.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        return list(compare_metadata(context, Model.metadata))


def test_the_migrations_lead_to_the_models(app: Flask) -> None:
    assert differences() == []


def test_the_check_above_can_fail(app: Flask) -> None:
    with db.engine.begin() as connection:
        connection.execute(text("DROP INDEX ix_posts_state_id"))
    assert differences() != []


def test_a_second_time_changes_nothing(app: Flask) -> None:
    assert is_prepared()
    lines = prepare_database(app)
    assert lines[0].endswith("nothing to do")
    assert lines[1:] == ["territories: 0 changed", "themes and programmes: 0 changed"]


def test_a_database_that_has_something_is_copied_before_a_migration(
    settings_in: Settings,
) -> None:
    app = create_app(settings_in)
    with app.app_context():
        prepare_database(app)
        with db.engine.begin() as connection:
            connection.execute(text("UPDATE alembic_version SET version_num = '0000'"))
        # An unknown version cannot be migrated, and the copy was made before anybody tried.
        with pytest.raises(CommandError):
            prepare_database(app)
        copies = list((settings_in.data / "backups").glob("before-0000-*.sqlite3"))
        assert len(copies) == 1
        with closing(sqlite3.connect(copies[0])) as connection:
            assert connection.execute("SELECT count(*) FROM territories").fetchone()[0] > 8_000
        db.engine.dispose()


@pytest.mark.soak
def test_a_killed_set_up_can_be_run_again(tmp_path: Path) -> None:
    environment = {**os.environ, "GEMELLA_DATA": str(tmp_path), "GEMELLA_SECRET_KEY": "k" * 40}
    command = [sys.executable, "-m", "portal", "migrate"]
    for pause in (0.9, 1.3):
        process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)
        time.sleep(pause)
        process.send_signal(signal.SIGKILL)
        process.wait()
    subprocess.run(command, env=environment, check=True, capture_output=True, timeout=60)
    with closing(sqlite3.connect(tmp_path / "gemella.sqlite3")) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
        tables = {row[0] for row in connection.execute("SELECT name FROM sqlite_master")}
    assert set(Model.metadata.tables) <= tables
