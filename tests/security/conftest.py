"""The site that the attacks are made on: built once for all processes, copied for each test."""

from __future__ import annotations

import fcntl
import pickle
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from flask import Flask

from core.database import db
from portal.factory import create_app
from tests.conftest import build_settings
from tests.security import world as worlds
from tests.security.browser import Browser
from tests.security.crawl import Crawl, crawl, starts, writes_noted
from tests.security.world import VISITOR, World

As = Callable[[str], Browser]


@pytest.fixture(scope="session")
def shared_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that all processes of this run share."""
    base = tmp_path_factory.getbasetemp()
    folder = (base.parent if base.name.startswith("popen-") else base) / "security"
    folder.mkdir(exist_ok=True)
    return folder


@contextmanager
def locked(folder: Path, name: str) -> Iterator[Path]:
    """Let one process at a time make what is called so; yield its path."""
    with (folder / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield folder / name


@pytest.fixture(scope="session")
def template(shared_folder: Path) -> Path:
    """The folder of the site as it is before an attack; whoever comes first builds it."""
    with locked(shared_folder, "site") as folder:
        if not (folder / "world.json").exists():
            worlds.build(folder)
    return folder


@pytest.fixture(scope="session")
def world(template: Path) -> World:
    return World.load((template / "world.json").read_text())


@pytest.fixture(scope="session")
def _attacked(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    folder = tmp_path_factory.mktemp("attacked")
    worlds.copy(template, folder)
    app = create_app(build_settings(folder))
    yield app
    with app.app_context():
        db.engine.dispose()


@pytest.fixture
def site(_attacked: Flask, template: Path) -> Flask:
    """The site, as fresh as its template."""
    worlds.restore(template, _attacked.config["GEMELLA"].data)
    return _attacked


@pytest.fixture
def restore(site: Flask, template: Path) -> Callable[[], None]:
    """Undo what was done to the database."""
    return lambda: worlds.restore(template, site.config["GEMELLA"].data)


@pytest.fixture
def browse_as(site: Flask, world: World) -> As:
    """A browser in which this role is signed in."""

    def open_browser(role: str) -> Browser:
        return Browser(site, None if role == VISITOR else world.cookies[role])

    return open_browser


@pytest.fixture
def crawled(
    site: Flask,
    world: World,
    browse_as: As,
    shared_folder: Path,
) -> Callable[[str], Crawl]:
    """What a role meets on its way through the whole site; walked once, whoever asks."""

    def walk(role: str) -> Crawl:
        with locked(shared_folder, f"{role}.pickle") as path:
            if not path.exists():
                browser = browse_as(role)
                with writes_noted() as writes:
                    pages = crawl(site, browser, *starts(world))
                path.write_bytes(pickle.dumps(Crawl(pages, writes, browser.cookie)))
            found: Crawl = pickle.loads(path.read_bytes())
            return found

    return walk


@pytest.fixture
def write_report(request: pytest.FixtureRequest) -> Callable[[str, list[str]], None]:
    """Leave a report in pytest's cache: ``.pytest_cache/d/security/<name>.txt``."""

    def write(name: str, lines: list[str]) -> None:
        cache = getattr(request.config, "cache", None)
        if cache is not None:
            (cache.mkdir("security") / f"{name}.txt").write_text("\n".join(lines) + "\n")

    return write
