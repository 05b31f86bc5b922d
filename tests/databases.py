"""Which tests run on which database, and how each gives a test a fresh one."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from flask import Flask

from core.config import Settings, postgres_driver_url
from core.database import db
from portal.factory import create_app
from portal.setup import prepare_database
from tests.postgres import Server

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
        "core/test_submissions.py", "core/test_transactions.py",
        "forum/test_hostile.py", "forum/test_keeping.py", "forum/test_policies.py",
        "forum/test_search.py", "forum/test_services.py",
        "members/test_affiliations.py", "members/test_lifecycle.py", "members/test_policies.py",
        "members/test_search.py",
        "moderation/",
        "notifications/test_services.py",
        "organisations/test_export.py", "organisations/test_importing.py",
        "organisations/test_policies.py", "organisations/test_queries.py",
        "organisations/test_search.py", "organisations/test_services.py",
        "practices/test_catalogue.py", "practices/test_endorsements.py",
        "practices/test_export.py",
        "practices/test_importing.py", "practices/test_policies.py", "practices/test_search.py",
        "practices/test_services.py", "practices/test_shelf.py",
        "spaces/",
        "territory/test_services.py",
        "twinning/test_list.py", "twinning/test_policies.py", "twinning/test_steps.py",
        "portal/test_backup.py", "portal/test_consistency.py", "portal/test_setup.py",
    )
)  # fmt: skip


def for_test(nodeid: str) -> tuple[str, ...]:
    """The databases that a test runs on, by the beginning of its name."""
    return ALL if nodeid.startswith(BOTH) else (SQLITE,)


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
    """The template is a database of the same server."""

    app: Flask
    server: Server

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
        self.server.create("test", "template")


def _url(server: Server, database: str) -> str:
    return postgres_driver_url(server.url(database))
