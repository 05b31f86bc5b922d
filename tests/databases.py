"""Which tests run on which database, and how each gives a test a fresh one."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol

import psycopg
import pytest
from flask import Flask

from core.config import Settings, postgres_driver_url
from core.database import db
from portal.factory import create_app
from portal.setup import prepare_database
from tests.postgres import Server

# How often a database on PostgreSQL is emptied before it is copied anew.
COPIED_AFTER = 50
SQLITE = "sqlite"
POSTGRESQL = "postgresql"
ALL = (SQLITE, POSTGRESQL)

# What the two databases do differently is tested on both: transactions, unique keys and locks, the
# order of text, how values are kept. Pages, policies and words are the same Python on either; all
# of them run on PostgreSQL too with `make test-postgresql`.
BOTH = tuple(
    f"tests/{name}"
    for name in (
        "core/test_lookups.py", "core/test_outbox.py", "core/test_pagination.py",
        "core/test_statements.py", "core/test_submissions.py", "core/test_transactions.py",
        "attachments/test_services.py",
        "forum/test_costs.py", "forum/test_importing.py", "forum/test_policies.py",
        "forum/test_search.py", "forum/test_services.py",
        "members/test_lifecycle.py", "members/test_policies.py", "members/test_search.py",
        "notifications/test_services.py",
        "organisations/test_export.py", "organisations/test_importing.py",
        "organisations/test_policies.py", "organisations/test_search.py",
        "organisations/test_services.py",
        "practices/test_catalogue.py", "practices/test_matching.py", "practices/test_policies.py",
        "practices/test_search.py", "practices/test_services.py",
        "soak/test_catalogue.py", "soak/test_discussions.py", "spaces/",
        "territory/test_services.py",
        "twinning/test_list.py", "twinning/test_policies.py",
        "portal/test_setup.py",
    )
)  # fmt: skip
# These write through whole pages and steps. Beside what the above show, PostgreSQL has little to
# say there that it would say in one run and not in the next: it is asked in the long run.
BOTH_IN_THE_LONG_RUN = tuple(
    f"tests/{name}"
    for name in (
        "forum/test_arranging.py", "forum/test_drafts.py", "forum/test_hostile.py",
        "forum/test_keeping.py", "forum/test_lonely.py", "forum/test_marking.py",
        "forum/test_quoting.py",
        "members/test_affiliations.py",
        "moderation/test_measures.py", "moderation/test_reports.py",
        "organisations/test_queries.py",
        "practices/test_endorsements.py", "practices/test_export.py",
        "practices/test_importing.py", "practices/test_revising.py", "practices/test_shelf.py",
        "practices/test_unsaved.py",
        "practices/test_upkeep.py", "practices/test_writing.py",
        "portal/test_backup.py", "portal/test_consistency.py",
        "twinning/test_steps.py",
    )
)  # fmt: skip


def for_test(nodeid: str) -> tuple[Any, ...]:
    """The databases that a test runs on, by the beginning of its name."""
    if nodeid.startswith(BOTH):
        return ALL
    if nodeid.startswith(BOTH_IN_THE_LONG_RUN):
        return SQLITE, pytest.param(POSTGRESQL, marks=pytest.mark.soak)
    return (SQLITE,)


class Installation(Protocol):
    """An application with a database that can be made new."""

    app: Flask

    def renew(self) -> None:
        """Put a freshly prepared database in place of what a test has left."""


@dataclass
class OnSqlite:
    """The template is a file that is copied."""

    app: Flask
    template: Path

    def renew(self) -> None:
        database = self.app.config["GEMELLA"].data / "gemella.sqlite3"
        for leftover in ("-wal", "-shm"):
            Path(f"{database}{leftover}").unlink(missing_ok=True)
        shutil.copyfile(self.template, database)


@dataclass
class OnPostgres:
    """The template is a database of the same server.

    Copying it costs ten times as much as emptying what a test has filled: it is copied again only
    where a test changed the schema or the reference data, and now and then, since rows that were
    deleted still take their place.
    """

    app: Flask
    server: Server
    emptied: int = COPIED_AFTER
    as_copied: AsCopied | None = None

    @classmethod
    def prepared(cls, server: Server, settings: Settings) -> OnPostgres:
        """Migrate the template; the application works on copies of it."""
        server.create("template")
        template = create_app(replace(settings, database_url=_url(server, "template")))
        with template.app_context():
            prepare_database(template)
            db.session.remove()
            db.engine.dispose()
        return cls(create_app(replace(settings, database_url=_url(server, "test"))), server)

    def renew(self) -> None:
        if self.as_copied is not None and self.emptied < COPIED_AFTER and self._empty():
            self.emptied += 1
            return
        self.server.create("test", "template")
        with psycopg.connect(self.server.url("test")) as connection:
            self.as_copied = AsCopied.read(connection)
        self.emptied = 0

    def _empty(self) -> bool:
        """Leave what the template has; False where that cannot be done by emptying tables."""
        assert self.as_copied is not None
        try:
            with psycopg.connect(self.server.url("test")) as connection:
                connection.execute(self.as_copied.emptying)
                return self.as_copied.state == state_of(connection, self.as_copied.filled)
        except psycopg.Error:
            return False


@dataclass(frozen=True)
class AsCopied:
    """What a copy of the template is like, and how to come back to it."""

    filled: tuple[str, ...]  # tables that have rows
    state: tuple[Any, ...]
    emptying: bytes

    @classmethod
    def read(cls, connection: psycopg.Connection[Any]) -> AsCopied:
        tables = [row[0] for row in connection.execute(_TABLES).fetchall()]
        rows = {table: state_of(connection, (table,))[-2] for table in tables}
        filled = tuple(table for table in tables if rows[table])
        sequences = connection.execute(_SEQUENCES).fetchall()
        emptying = [_ALONE, "SET session_replication_role = replica", "SET lock_timeout = '2s'"]
        emptying += [f'DELETE FROM "{table}"' for table in tables if table not in filled]
        emptying += [
            f"SELECT setval('{name}', {last or 1}, {last is not None})" for name, last in sequences
        ]
        return cls(filled, state_of(connection, filled), ";".join(emptying).encode())


def state_of(connection: psycopg.Connection[Any], tables: tuple[str, ...]) -> tuple[Any, ...]:
    """What tells one state of a database from another: its schema, and the rows of these tables.

    Whatever is inserted or updated carries the number of a later transaction, what is deleted is
    missing from the count; a table or an index that is made anew has a later number, too.
    """
    asked = [
        column
        for table in tables
        for column in (
            f'(SELECT count(*) FROM "{table}")',
            f'(SELECT max(xmin::text::bigint) FROM "{table}")',
        )
    ]
    statement = ", ".join([_SCHEMA, *asked])
    found: tuple[Any, ...] | None = connection.execute(f"SELECT {statement}".encode()).fetchone()
    assert found is not None
    return found


_ALONE = """SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()"""
_TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename"
_SEQUENCES = """SELECT sequencename, last_value FROM pg_sequences
    WHERE schemaname = 'public' ORDER BY sequencename"""
_SCHEMA = """(SELECT (count(*), max(oid))::text FROM pg_class
        WHERE relnamespace = 'public'::regnamespace),
    (SELECT count(*) FROM pg_attribute), (SELECT count(*) FROM pg_constraint)"""


def _url(server: Server, database: str) -> str:
    return postgres_driver_url(server.url(database))
