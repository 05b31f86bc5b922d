"""What all tests share: one application a process, a fresh database a test, visitors.

The database is built once by the real migrations, with the reference data, and copied for each
test; the application and its engine live as long as the process.
"""

from __future__ import annotations

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
from sqlalchemy import event

from core.config import Settings
from core.database import db
from portal.factory import create_app
from tests.scheduling import FoldersTogether
from tests.visitor import Visitor

if TYPE_CHECKING:
    from playwright.sync_api import Browser

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
        sqlite_synchronous="NORMAL",
        # Factories write without announcing; the cache of pages has tests of its own.
        page_cache=False,
        testing=True,
    )


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> FoldersTogether:
    """Decide which worker runs what (``-n 2``)."""
    return FoldersTogether(config, log)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Show at the end of a run what tests have measured (``record_property``)."""
    for report in terminalreporter.getreports("passed"):
        for name, value in getattr(report, "user_properties", ()):
            if report.when == "call":
                terminalreporter.write_line(f"{name}: {value}")


@pytest.fixture(scope="session")
def _session_app(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    return create_app(build_settings(tmp_path_factory.mktemp("gemella")))


@pytest.fixture(scope="session")
def _template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database as ``gemella migrate`` leaves it."""
    from portal.setup import prepare_database

    folder = tmp_path_factory.mktemp("template")
    app = create_app(build_settings(folder))
    with app.app_context():
        prepare_database(app)
        db.session.remove()
        with db.engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        db.engine.dispose()
    return folder / "gemella.sqlite3"


@pytest.fixture
def app(_session_app: Flask, _template: Path) -> Iterator[Flask]:
    """The application over a fresh database, with an empty index, inside its context."""
    settings: Settings = _session_app.config["GEMELLA"]
    database = settings.data / "gemella.sqlite3"
    with _session_app.app_context():
        db.engine.dispose()
        for leftover in ("-wal", "-shm"):
            Path(f"{database}{leftover}").unlink(missing_ok=True)
        shutil.copyfile(_template, database)
        for folder in (settings.index_folder, settings.files_folder):
            shutil.rmtree(folder, ignore_errors=True)
        yield _session_app
        db.session.remove()


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
