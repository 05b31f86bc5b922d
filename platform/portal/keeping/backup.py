"""Make a backup and bring it back, both while the site serves."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

import click
from alembic.script import ScriptDirectory
from flask import Flask
from sqlalchemy import inspect

from core import clock
from core.config import Settings
from core.database import db
from core.events import announce
from core.transactions import transaction
from portal.keeping import databases
from portal.keeping.archive import SECRET_KEY, Manifest, Writer, unpacked, written
from portal.setup import prepare_database, scripts
from portal.signals import BackupRestored
from search.models import CURRENT, REBUILD

# Nobody takes rows out of these, not even while the site serves.
_ONLY_GROW = ("events", "members", "posts", "practices", "revisions", "threads", "twinnings")


def back_up(settings: Settings, target: Path) -> Manifest:
    """Write one archive of everything that cannot be made again."""
    with tempfile.TemporaryDirectory(prefix="backup-", dir=settings.data) as name:
        folder = Path(name)
        name_of_database = databases.FILE_NAMES[databases.kind()]
        # Files before and after: whatever the database names in between was there at one of them.
        _hold(settings.files_folder, folder / "files")
        schema, counts = databases.save(folder / name_of_database)
        if schema is None:
            raise click.ClickException('there is no database yet: run "gemella migrate" first')
        _hold(settings.files_folder, folder / "files")
        with written(target) as file:
            archive = Writer(file)
            archive.add(name_of_database, folder / name_of_database)
            for path in sorted(_files_in(folder / "files")):
                archive.add(path.relative_to(folder).as_posix(), path)
            archive.add(SECRET_KEY, settings.data / SECRET_KEY)
            manifest = Manifest(
                gemella=version("gemella"),
                database=databases.kind(),
                schema=schema,
                made_at=clock.now().isoformat(timespec="seconds"),
                counts=counts,
                members=archive.members,
            )
            archive.finish(manifest)
    return manifest


def restore(app: Flask, source: Path, *, force: bool) -> Iterator[str]:
    """Put everything back to how it was; yield what was done, in lines.

    Nothing is touched before the whole archive was read and found right.
    """
    settings: Settings = app.config["GEMELLA"]
    if not force:
        _refuse_what_is_in_use(settings)
    with unpacked(source, settings.data) as (manifest, folder):
        _refuse_what_does_not_fit(manifest, folder)
        yield f"backup of {manifest.made_at}, Gemella {manifest.gemella}, {manifest.database}"
        seen = databases.highest_event()
        # Pictures first: the database that comes after them names no other.
        _put_files(folder / "files", settings.files_folder)
        databases.load(folder / databases.FILE_NAMES[manifest.database])
        found = databases.rows_by_table()
        different = {n for n in _ONLY_GROW if found.get(n, 0) < manifest.counts.get(n, 0)}
        if different:
            raise click.ClickException(f"rows are missing in {', '.join(sorted(different))}")
        _forget_other_files(folder / "files", settings.files_folder)
        yield from _put_key(folder / SECRET_KEY, settings.data / SECRET_KEY)
        made_at = manifest.made_at
    yield from prepare_database(app)
    databases.skip_events(seen)
    with transaction():
        announce(BackupRestored(made_at=made_at))
    _have_index_built(settings.index_folder)
    yield f"rows: {sum(found.values())}, members: {found.get('members', 0)}"
    yield "the index will be built again by the worker"


def _refuse_what_is_in_use(settings: Settings) -> None:
    with db.engine.connect() as connection:
        in_use = inspect(connection).has_table("members") and any(
            connection.exec_driver_sql(f"SELECT count(*) FROM {table}").scalar()  # noqa: S608
            for table in ("members", "events")
        )
    if in_use or any(_files_in(settings.files_folder)):
        raise click.ClickException(
            "this installation is not empty; with --force everything in it is replaced"
        )


def _refuse_what_does_not_fit(manifest: Manifest, folder: Path) -> None:
    if manifest.database != databases.kind():
        raise click.ClickException(
            f"the backup is of {manifest.database}, this installation keeps its data in"
            f" {databases.kind()}"
        )
    database = folder / databases.FILE_NAMES[manifest.database]
    if not database.is_file():
        raise click.ClickException("the backup holds no database")
    if manifest.database == databases.SQLITE:
        schema = databases.check_sqlite_file(database)
        if schema != manifest.schema:
            raise click.ClickException("the database in it is not the one of its manifest")
    if not _is_known(scripts(), manifest.schema):
        raise click.ClickException(
            f"the backup has schema {manifest.schema}, which this version does not know yet:"
            f" install Gemella {manifest.gemella} or newer"
        )


def _is_known(known: ScriptDirectory, schema: str | None) -> bool:
    return schema in {script.revision for script in known.walk_revisions()}


def _files_in(folder: Path) -> Iterator[Path]:
    """Finished files; drafts and what is hidden are nobody's."""
    for path in folder.rglob("*"):
        if path.is_file() and not path.name.endswith(".new"):
            yield path


def _hold(source: Path, target: Path) -> None:
    """Keep files by a second name, so that they stay although the site deletes them meanwhile."""
    target.mkdir(exist_ok=True)
    for path in _files_in(source):
        held = target / path.relative_to(source)
        held.parent.mkdir(parents=True, exist_ok=True)
        try:
            os.link(path, held)
        except FileExistsError:
            continue
        except FileNotFoundError:
            continue
        except OSError:
            shutil.copyfile(path, held)


def _put_files(source: Path, target: Path) -> None:
    for path in _files_in(source):
        place = target / path.relative_to(source)
        place.parent.mkdir(parents=True, exist_ok=True)
        path.replace(place)
        # An empty mark in its place says what belongs to the backup.
        path.touch()


def _forget_other_files(source: Path, target: Path) -> None:
    for path in list(_files_in(target)):
        if not (source / path.relative_to(target)).exists():
            path.unlink(missing_ok=True)


def _put_key(source: Path, target: Path) -> Iterator[str]:
    if not source.is_file() or (target.is_file() and source.read_bytes() == target.read_bytes()):
        return
    source.chmod(0o600)
    source.replace(target)
    yield "secret key: that of the backup; restart the site so that it is used"


def _have_index_built(folder: Path) -> None:
    """The index is of another past: nothing of it is asked any more, and a new one is built."""
    if folder.is_dir():
        (folder / CURRENT).unlink(missing_ok=True)
        # An empty note is a build that cannot go on: the indexer begins afresh.
        (folder / REBUILD).write_bytes(b"")
