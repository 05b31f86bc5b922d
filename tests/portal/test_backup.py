"""A backup holds everything, and only a whole one of ours is brought back."""

from __future__ import annotations

import gzip
import io
import json
import stat
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy import func, select, text
from tests.databases import ALL
from tests.factories.members import MemberFactory
from tests.factories.practices import StoryFactory
from tests.visitor import Visitor

from core.database import db
from core.events import Event
from core.flags import flag, set_flag
from core.transactions import transaction
from members.models import Member
from portal.keeping import commands
from search.models import CURRENT, REBUILD
from search.services.indexer import Indexer

PICTURE = "0123456789abcdef0123456789abcdef"


def run(app: Flask, name: str, *arguments: str | Path) -> Result:
    db.session.remove()
    command = {"backup": commands.backup, "restore": commands.restore}[name]
    return app.test_cli_runner().invoke(command, [str(one) for one in arguments])


@pytest.fixture
def files(app: Flask) -> Path:
    folder: Path = app.config["GEMELLA"].files_folder
    return folder


def put(folder: Path, name: str, content: bytes = b"a picture") -> Path:
    path = folder / "avatars" / name[:2] / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


@pytest.fixture
def backup(app: Flask, files: Path, tmp_path: Path) -> Path:
    """A backup of an installation with one member, one story, one picture."""
    member = MemberFactory.make(first_name="Livia", last_name="Rossi")
    member.avatar = PICTURE
    StoryFactory.make(title="Orti urbani condivisi")
    with transaction():
        set_flag("seen", "before")
    put(files, PICTURE)
    target = tmp_path / "gemella.backup"
    made = run(app, "backup", target)
    assert made.exit_code == 0, made.output
    return target


def empty(app: Flask, files: Path) -> None:
    """Leave an installation as a fresh `gemella migrate` does."""
    with db.engine.begin() as connection:
        tables = "members events outbox slugs practices practice_themes flags revisions".split()
        if db.engine.dialect.name == "sqlite":
            connection.execute(text("PRAGMA defer_foreign_keys = ON"))
            for name in tables:
                connection.execute(text(f"DELETE FROM {name}"))
        else:
            connection.execute(text(f"TRUNCATE {', '.join(tables)} CASCADE"))
    for path in files.rglob("*"):
        if path.is_file():
            path.unlink()


def names() -> list[str]:
    return list(db.session.scalars(select(Member.name)))


@pytest.mark.database(*ALL)
def test_what_was_kept_comes_back(app: Flask, files: Path, backup: Path) -> None:
    assert stat.S_IMODE(backup.stat().st_mode) == 0o600
    empty(app, files)
    assert names() == []
    done = run(app, "restore", backup)
    assert done.exit_code == 0, done.output
    assert "Livia Rossi" in names()
    assert flag("seen") == "before"
    assert put(files, "ff", b"").exists()
    assert (files / "avatars" / PICTURE[:2] / PICTURE).read_bytes() == b"a picture"
    # And everything can be written on: numbers go on behind those that were given out.
    MemberFactory.make(first_name="Nuova")


def test_what_came_later_is_gone_and_readers_see_it_at_once(
    app: Flask, files: Path, backup: Path, visitor: Visitor
) -> None:
    newest = db.session.scalar(select(func.max(Event.id))) or 0
    late = StoryFactory.make(title="Scritta dopo la copia").slug
    stranger = put(files, "f" * 32)
    assert visitor.get(f"/buone-pratiche/{late}").status_code == 200
    done = run(app, "restore", backup, "--force")
    assert done.exit_code == 0, done.output
    assert visitor.get(f"/buone-pratiche/{late}").status_code == 404
    assert not stranger.exists()
    # The number of the newest event is the version of all kept pages: it must not come again.
    assert (db.session.scalar(select(func.max(Event.id))) or 0) > newest


def test_an_installation_in_use_is_not_replaced_by_accident(
    app: Flask, backup: Path, files: Path
) -> None:
    with transaction():
        set_flag("seen", "after")
    done = run(app, "restore", backup)
    assert done.exit_code == 1
    assert "--force" in done.output
    assert flag("seen") == "after"


def test_pictures_alone_are_in_use_too(app: Flask, backup: Path, files: Path) -> None:
    empty(app, files)
    put(files, "e" * 32)
    assert "--force" in run(app, "restore", backup).output


def test_the_index_is_built_again(app: Flask, backup: Path) -> None:
    folder = app.config["GEMELLA"].index_folder
    with app.test_request_context():
        indexer = Indexer(folder)
        for _ in indexer.rebuild():
            pass
        indexer.close()
    assert (folder / CURRENT).exists()
    assert run(app, "restore", backup, "--force").exit_code == 0
    assert not (folder / CURRENT).exists()
    assert (folder / REBUILD).read_bytes() == b""


def test_a_file_that_exists_is_not_overwritten(app: Flask, backup: Path) -> None:
    before = backup.read_bytes()
    assert run(app, "backup", backup).exit_code == 1
    assert backup.read_bytes() == before
    assert run(app, "backup", backup, "--force").exit_code == 0


# -- what is not a whole backup of ours


def members_of(archive: Path) -> dict[str, bytes]:
    with tarfile.open(archive) as tar:
        return {
            entry.name: tar.extractfile(entry).read()  # type: ignore[union-attr]
            for entry in tar
        }


def rewrite(archive: Path, change: Callable[[dict[str, bytes]], None]) -> None:
    content = members_of(archive)
    change(content)
    with tarfile.open(archive, "w:gz") as tar:
        for name, data in content.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(data)
            tar.addfile(entry, io.BytesIO(data))


def with_manifest(content: dict[str, bytes], **changes: object) -> None:
    said = json.loads(content["manifest.json"])
    content["manifest.json"] = json.dumps({**said, **changes}).encode()


def cut(archive: Path) -> None:
    archive.write_bytes(archive.read_bytes()[:-200])


def flip(archive: Path) -> None:
    content = bytearray(archive.read_bytes())
    content[len(content) // 2] ^= 0xFF
    archive.write_bytes(content)


def without_manifest(archive: Path) -> None:
    rewrite(archive, lambda content: content.pop("manifest.json") and None)


def with_another_picture(archive: Path) -> None:
    def change(content: dict[str, bytes]) -> None:
        name = next(name for name in content if name.startswith("files/"))
        content[name] = b"another one"

    rewrite(archive, change)


def with_a_way_out(archive: Path) -> None:
    rewrite(archive, lambda content: content.update({"files/../../../escaped": b"x"}))


def with_an_absolute_name(archive: Path) -> None:
    rewrite(archive, lambda content: content.update({"/tmp/gemella-escaped": b"x"}))


def with_a_link(archive: Path) -> None:
    content = members_of(archive)
    with tarfile.open(archive, "w:gz") as tar:
        link = tarfile.TarInfo("files/link")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        tar.addfile(link)
        for name, data in content.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(data)
            tar.addfile(entry, io.BytesIO(data))


def of_another_format(archive: Path) -> None:
    rewrite(archive, lambda content: with_manifest(content, format=2))


def of_a_newer_schema(archive: Path) -> None:
    def change(content: dict[str, bytes]) -> None:
        with_manifest(content, schema="9999")

    rewrite(archive, change)


def no_archive_at_all(archive: Path) -> None:
    archive.write_bytes(gzip.compress(b"something else" * 100))


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (cut, "damaged"),
        (flip, "damaged"),
        (without_manifest, "its end is missing"),
        (with_another_picture, "not as the manifest says"),
        (with_a_way_out, "which no backup of ours does"),
        (with_an_absolute_name, "which no backup of ours does"),
        (with_a_link, "which no backup of ours does"),
        (of_another_format, "cannot read it"),
        (of_a_newer_schema, "schema 9999|not the one of its manifest"),
        (no_archive_at_all, "damaged or no backup"),
    ],
    ids=lambda one: getattr(one, "__name__", ""),
)
def test_nothing_is_touched_by_what_is_no_whole_backup(
    app: Flask, files: Path, backup: Path, damage: Callable[[Path], None], said: str
) -> None:
    damage(backup)
    with transaction():
        set_flag("seen", "after")
    picture = put(files, "d" * 32)
    done = run(app, "restore", backup, "--force")
    assert done.exit_code == 1, done.output
    assert any(one in done.output for one in said.split("|")), done.output
    assert flag("seen") == "after"
    assert picture.exists()
    assert not Path("/tmp/gemella-escaped").exists()
    assert not list(app.config["GEMELLA"].data.glob("restore-*"))
    assert not list(app.config["GEMELLA"].data.parent.rglob("escaped"))


def test_a_backup_of_the_other_database_is_refused(app: Flask, backup: Path, files: Path) -> None:
    rewrite(backup, lambda content: with_manifest(content, database="other"))
    done = run(app, "restore", backup, "--force")
    assert done.exit_code == 1
    assert "the backup is of other" in done.output
