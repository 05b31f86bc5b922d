"""A database as one file and back, while others read and write it."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import time
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import click
from sqlalchemy import Connection, func, inspect, select, table, text

from core.database import WRITER_LOCK, db

SQLITE = "sqlite"
POSTGRESQL = "postgresql"
# Members of the archive, by what the database is.
FILE_NAMES = {SQLITE: "database.sqlite3", POSTGRESQL: "database.dump"}
_WAIT_SECONDS = 30
_TRIES = 20


def kind() -> str:
    """What this installation keeps its data in."""
    return db.engine.dialect.name


def save(target: Path) -> tuple[str | None, dict[str, int]]:
    """Write the database of one moment to a file; return its schema and its rows by table."""
    return _save_sqlite(target) if kind() == SQLITE else _save_postgres(target)


def load(source: Path) -> None:
    """Put the database of the file in the place of ours, in one transaction."""
    db.session.remove()
    db.engine.dispose()
    if kind() == SQLITE:
        _load_sqlite(source)
    else:
        _load_postgres(source)
    db.engine.dispose()


def rows_by_table() -> dict[str, int]:
    """How many rows each table has now."""
    with db.engine.connect() as connection:
        return _counts(connection)


def highest_event() -> int:
    """The number of the newest event, 0 where there is none."""
    with db.engine.connect() as connection:
        if not inspect(connection).has_table("events"):
            return 0
        return int(connection.exec_driver_sql("SELECT max(id) FROM events").scalar() or 0)


def skip_events(beyond: int) -> None:
    """Give no number of an event out again that readers may have seen before a restore."""
    with db.engine.begin() as connection:
        if kind() == POSTGRESQL:
            connection.execute(
                text(
                    "SELECT setval('events_id_seq',"
                    " GREATEST(:beyond, (SELECT last_value FROM events_id_seq)))"
                ),
                {"beyond": beyond},
            )
            return
        changed = connection.exec_driver_sql(
            "UPDATE sqlite_sequence SET seq = max(seq, ?) WHERE name = 'events'", (beyond,)
        )
        if not changed.rowcount:
            connection.exec_driver_sql(
                "INSERT INTO sqlite_sequence (name, seq) VALUES ('events', ?)", (beyond,)
            )


def check_sqlite_file(path: Path) -> str | None:
    """The schema of a database file; raise ``ClickException`` where it is damaged."""
    try:
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
            found = connection.execute("PRAGMA integrity_check").fetchone()[0]
            broken = connection.execute("PRAGMA foreign_key_check").fetchall()
            if found != "ok" or broken:
                raise click.ClickException(f"the database in it is damaged: {found} {broken[:3]}")
            row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    except sqlite3.DatabaseError as error:
        raise click.ClickException(f"the database in it is damaged: {error}") from error
    return None if row is None else str(row[0])


def _counts(connection: Connection) -> dict[str, int]:
    return {
        name: connection.scalar(select(func.count()).select_from(table(name))) or 0
        for name in sorted(inspect(connection).get_table_names())
    }


def _our_file() -> str:
    database = db.engine.url.database
    if not database or database == ":memory:":
        raise click.ClickException("a database in memory cannot be kept")
    return database


def _save_sqlite(target: Path) -> tuple[str | None, dict[str, int]]:
    """SQLite's own backup: a copy of the file would miss what is in the write-ahead log."""
    with (
        closing(sqlite3.connect(_our_file(), timeout=_WAIT_SECONDS)) as source,
        closing(sqlite3.connect(target)) as copy,
    ):
        # All pages in one step: in several, every write of the site would begin it again.
        source.backup(copy)
        # One file, without a log beside it.
        copy.execute("PRAGMA journal_mode = DELETE")
        names = [
            row[0]
            for row in copy.execute(
                "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY 1"
            )
            if not row[0].startswith("sqlite_")
        ]
        counts = {
            name: int(copy.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0])  # noqa: S608
            for name in names
        }
    return check_sqlite_file(target), counts


def _load_sqlite(source: Path) -> None:
    database = _our_file()
    Path(database).parent.mkdir(parents=True, exist_ok=True)
    with (
        closing(sqlite3.connect(f"file:{source}?mode=ro", uri=True)) as copy,
        closing(sqlite3.connect(database, timeout=_WAIT_SECONDS)) as target,
    ):
        target.execute("PRAGMA synchronous = FULL")
        copy.backup(target)


def _save_postgres(target: Path) -> tuple[str | None, dict[str, int]]:
    """``pg_dump`` in a snapshot that is held open, so that the counts are those of the dump."""
    with db.engine.connect().execution_options(isolation_level="REPEATABLE READ") as connection:
        connection.exec_driver_sql("SET LOCAL idle_in_transaction_session_timeout = 0")
        snapshot = connection.exec_driver_sql("SELECT pg_export_snapshot()").scalar()
        counts = _counts(connection)
        schema = None
        if "alembic_version" in counts:
            schema = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()
        _client(
            "pg_dump", "--format=custom", "--no-owner", "--no-privileges",
            f"--snapshot={snapshot}", f"--file={target}", f"--dbname={_address()}",
        )  # fmt: skip
        connection.rollback()
    return schema, counts


def _load_postgres(source: Path) -> None:
    """One transaction throws our tables away and brings back those of the dump.

    Readers see the one or the other. Writers wait: the script takes their lock first.
    """
    _client("pg_restore", "--list", str(source))
    script = source.with_suffix(".sql")
    _client(
        "pg_restore", "--no-owner", "--no-privileges", f"--file={script}", str(source)
    )  # fmt: skip
    with db.engine.connect() as connection:
        tables = ", ".join(f'"{name}"' for name in inspect(connection).get_table_names())
    before = source.with_suffix(".before.sql")
    before.write_text(
        f"SELECT pg_advisory_xact_lock({WRITER_LOCK});\n"
        + (f"DROP TABLE {tables} CASCADE;\n" if tables else "")
    )
    try:
        _replay(before, script)
    finally:
        before.unlink()
        script.unlink()


def _replay(*scripts: Path) -> None:
    """Run the scripts as one transaction, again where it met readers in the wrong order."""
    for left in reversed(range(_TRIES)):
        try:
            _client(
                "psql", "--no-psqlrc", "--quiet", "--single-transaction", "--set=ON_ERROR_STOP=1",
                *(f"--file={script}" for script in scripts), f"--dbname={_address()}",
            )  # fmt: skip
        except click.ClickException as error:
            if not left or not any(word in error.message for word in ("deadlock", "lock timeout")):
                raise
            time.sleep(0.5)
        else:
            return


def _address() -> str:
    """The database for libpq; the password goes by the environment, where ``ps`` does not look."""
    url = db.engine.url.set(drivername="postgresql")
    # None would mean "leave it" to set().
    bare = url._replace(password=None)
    return bare.render_as_string(hide_password=False)


def _client(program: str, *arguments: str) -> None:
    path = shutil.which(program)
    if path is None:
        raise click.ClickException(
            f"{program} was not found: install the client programs of PostgreSQL"
            " (Debian: postgresql-client), of the server's version or newer"
        )
    environment = {**os.environ, "PGOPTIONS": f"-c lock_timeout={_WAIT_SECONDS}s"}
    if db.engine.url.password:
        environment["PGPASSWORD"] = str(db.engine.url.password)
    command: Sequence[str] = [path, *arguments]
    done = subprocess.run(  # noqa: S603 - a program of PostgreSQL, with arguments of ours
        command, env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise click.ClickException(f"{program}: {done.stderr.strip()[-1_000:]}")
