"""What all tests share: one application a process, a fresh database a test, visitors.

The database is built once by the real migrations, with the reference data, and copied for each
test; the application and its engine live as long as the process. On PostgreSQL the same holds, with
a server of our own (``tests/postgres.py``).
"""

from __future__ import annotations

import gc
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from flask import Flask
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings
from sqlalchemy import event

from core import statements
from core.config import Settings
from core.database import db
from portal.factory import create_app
from portal.setup import prepare_database
from tests import databases
from tests.databases import Installation, OnPostgres, OnSqlite
from tests.postgres import NoPostgres, Server, programs, serving
from tests.scheduling import FoldersTogether
from tests.visitor import Visitor

if TYPE_CHECKING:
    from playwright.sync_api import Browser

# An application with all that it is made of stays in memory for good. To look through it for
# garbage again and again is an eighth of what tests cost; what is in no circle goes at once anyway.
gc.set_threshold(100_000, 20, 100)

# How long an example takes says something about the machine, and nothing about the code.
hypothesis_settings.register_profile(
    "any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
hypothesis_settings.load_profile("any machine")

ROOT = Path(__file__).parents[1]
SHARED = ROOT.parent / "shared"


def build_settings(folder: Path) -> Settings:
    """Settings of an installation in this folder, for tests."""
    return Settings(
        data=folder,
        database_url=f"sqlite:///{folder / 'gemella.sqlite3'}",
        secret_key="a key for tests alone, never for a site",
        base_url="http://localhost",
        demo_password="una frase di prova",
        # No plug is pulled on these; those that are killed have settings of their own.
        sqlite_synchronous="OFF",
        # Factories write without announcing; the cache of pages has tests of its own.
        page_cache=False,
        testing=True,
    )


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> FoldersTogether:
    """Decide which worker runs what (``-n 2``)."""
    return FoldersTogether(config, log)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--database",
        choices=("chosen", *databases.ALL),
        default="chosen",
        help="run all tests on this database instead of those that tests/databases.py chooses",
    )


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run tests of data and faults once on each database."""
    if "installation" not in metafunc.fixturenames:
        return
    marker = metafunc.definition.get_closest_marker("database")
    asked = metafunc.config.getoption("--database")
    if asked == "chosen":
        kinds = marker.args if marker else databases.for_test(metafunc.definition.nodeid)
    else:
        kinds = (asked,) if marker is None or asked in marker.args else ()
    if kinds != (databases.SQLITE,):
        metafunc.parametrize("installation", kinds, indirect=True)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Show at the end of a run what tests have measured (``record_property``)."""
    for report in terminalreporter.getreports("passed"):
        for name, value in getattr(report, "user_properties", ()):
            if report.when == "call":
                terminalreporter.write_line(f"{name}: {value}")


@pytest.fixture(scope="session")
def _postgres() -> Iterator[Server]:
    """The server of this process; where none can be had, its tests are left out, and CI fails."""
    try:
        programs()
    except NoPostgres as error:
        if os.environ.get("CI"):
            pytest.fail(str(error), pytrace=False)
        pytest.skip(str(error))
    with serving() as server, pytest.MonkeyPatch.context() as patch:
        # pg_dump and its like are those of the server.
        patch.setenv("PATH", f"{programs()}{os.pathsep}{os.environ['PATH']}")
        yield server


@pytest.fixture(scope="session")
def _template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite database as ``gemella migrate`` leaves it."""
    folder = tmp_path_factory.mktemp("template")
    app = create_app(build_settings(folder))
    with app.app_context():
        prepare_database(app)
        db.session.remove()
        with db.engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        db.engine.dispose()
    return folder / "gemella.sqlite3"


@pytest.fixture(scope="session")
def _on_sqlite(tmp_path_factory: pytest.TempPathFactory, _template: Path) -> OnSqlite:
    app = create_app(build_settings(tmp_path_factory.mktemp("gemella")))
    # What is there by now stays: looking for garbage leaves it out.
    gc.collect()
    gc.freeze()
    return OnSqlite(app, _template)


@pytest.fixture(scope="session")
def _on_postgres(tmp_path_factory: pytest.TempPathFactory, _postgres: Server) -> OnPostgres:
    return OnPostgres.prepared(_postgres, build_settings(tmp_path_factory.mktemp("gemella")))


@pytest.fixture
def installation(request: pytest.FixtureRequest) -> Installation:
    """The application and its database; ``tests/databases.py`` says which tests run on which."""
    kind = getattr(request, "param", databases.SQLITE)
    chosen: Installation = request.getfixturevalue(FIXTURES[kind])
    return chosen


FIXTURES = {databases.SQLITE: "_on_sqlite", databases.POSTGRESQL: "_on_postgres"}


@pytest.fixture
def app(installation: Installation, request: pytest.FixtureRequest) -> Iterator[Flask]:
    """The application over a fresh database, with an empty index, inside its context."""
    # A fault in a policy stands in the statements that are put together with it, too: a test that
    # plants one begins without any and leaves none to the next.
    plants_faults = "monkeypatch" in request.fixturenames
    settings: Settings = installation.app.config["GEMELLA"]
    with installation.app.app_context():
        db.engine.dispose()
        if plants_faults:
            installation.app.extensions.pop(statements.EXTENSION, None)
        installation.renew()
        for folder in (settings.index_folder, settings.files_folder):
            shutil.rmtree(folder, ignore_errors=True)
        yield installation.app
        db.session.remove()
        db.engine.dispose()
        if plants_faults:
            installation.app.extensions.pop(statements.EXTENSION, None)


@pytest.fixture
def visitor(app: Flask) -> Visitor:
    """Somebody with a browser and no account."""
    return Visitor(app)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """The browser that ``make test`` names, or else the one that it would find.

    One for all tests of a process: Playwright takes the thread's event loop and refuses a second.
    """
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=_chromium_path(),
            args=[
                "--no-sandbox",
                "--disable-gpu",
                # Nobody outside is asked anything.
                "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
            ],
        )
        yield browser
        browser.close()


def _chromium_path() -> str:
    if os.environ.get("CHROME_BIN"):
        return os.environ["CHROME_BIN"]
    found = subprocess.run(
        [sys.executable, ROOT / "tools" / "find_chromium.py"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if found.returncode:
        pytest.fail(found.stderr, pytrace=False)
    return found.stdout.strip()


@pytest.fixture
def shared() -> Path:
    """The folder of data that nobody here wrote; tests that need it are skipped without."""
    if not SHARED.is_dir():
        pytest.skip(f"the shared data folder {SHARED.name} is not beside the checkout")
    return SHARED


@pytest.fixture
def settings_in(tmp_path: Path) -> Settings:
    """Settings of an installation of its own."""
    return replace(build_settings(tmp_path), sqlite_synchronous="FULL")


@pytest.fixture
def count_queries(app: Flask) -> Callable[[], AbstractContextManager[list[str]]]:
    """Collect the statements that run inside ``with count_queries() as statements:``."""

    @contextmanager
    def counting() -> Iterator[list[str]]:
        statements: list[str] = []

        def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
            if not statement.startswith(("BEGIN", "PRAGMA")):
                statements.append(statement)

        event.listen(db.engine, "before_cursor_execute", note)
        try:
            yield statements
        finally:
            event.remove(db.engine, "before_cursor_execute", note)

    return counting
