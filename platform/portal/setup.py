"""Bring a database to the present state: a copy first, then the schema, then reference data."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from flask import Flask
from sqlalchemy import inspect, text

from core import clock
from core.config import ConfigurationError, Settings
from core.database import db
from portal.paths import assets
from taxonomy.services import load_reference_data as load_taxonomy
from territory.services import load_reference_data as load_territories


def prepare_database(app: Flask) -> list[str]:
    """Migrate and load the reference data; safe to run again; return what was done, in lines."""
    return [*_migrate(app.config["GEMELLA"]), *_load()]


def is_prepared() -> bool:
    """Whether the database has the schema of this version."""
    return _current_revision() == scripts().get_current_head()


def alembic_config() -> Config:
    """The migrations' configuration, without a file of its own."""
    config = Config()
    config.set_main_option("script_location", str(assets("migrations")))
    config.set_main_option("file_template", "%%(rev)s_%%(slug)s")
    return config


def _migrate(settings: Settings) -> Iterator[str]:
    _refuse_other_letters()
    before, head = _current_revision(), scripts().get_current_head()
    if before == head:
        yield f"schema: {head}, nothing to do"
        return
    if before is not None:
        copy = _copy_of_sqlite(settings, before)
        if copy:
            yield f"copy of the database: {copy}"
    db.session.remove()
    command.upgrade(alembic_config(), "head")
    yield f"schema: {before or 'empty'} -> {head}"


def _load() -> Iterator[str]:
    yield f"territories: {load_territories()} changed"
    yield f"themes and programmes: {load_taxonomy()} changed"


def scripts() -> ScriptDirectory:
    """The steps that this version knows."""
    return ScriptDirectory.from_config(alembic_config())


def _current_revision() -> str | None:
    with db.engine.connect() as connection:
        if not inspect(connection).has_table("alembic_version"):
            return None
        return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


def _refuse_other_letters() -> None:
    """PostgreSQL can be told to keep Latin letters only; then "€" would be a fault one day."""
    if db.engine.dialect.name == "postgresql":
        with db.engine.connect() as connection:
            encoding = str(connection.exec_driver_sql("SHOW server_encoding").scalar())
        if encoding != "UTF8":
            raise ConfigurationError("GEMELLA_DATABASE_URL", encoding, "a database in UTF8")


def _copy_of_sqlite(settings: Settings, revision: str) -> Path | None:
    """Copy through SQLite's own backup, never as a file: a file copy loses what is in the WAL."""
    database = db.engine.url.database
    if db.engine.dialect.name != "sqlite" or not database:
        return None
    folder = settings.data / "backups"
    folder.mkdir(exist_ok=True)
    target = folder / f"before-{revision}-{clock.now():%Y%m%d%H%M%S}.sqlite3"
    source = sqlite3.connect(database)
    copy = sqlite3.connect(target)
    with source, copy:
        source.backup(copy)
    source.close()
    copy.close()
    return target
