"""Whole sites for fault tests, on either database."""

from __future__ import annotations

import contextlib
import itertools
import os
import shutil
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests import databases
from tests.postgres import NoPostgres, Server, programs, serving
from tests.whole_site import Site, running

_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    """A server that keeps what it acknowledges, unlike that of the quick tests."""
    try:
        programs()
    except NoPostgres as error:
        if os.environ.get("CI"):
            pytest.fail(str(error), pytrace=False)
        pytest.skip(str(error))
    with serving(safe=True) as server:
        yield server


@pytest.fixture
def variables(request: pytest.FixtureRequest) -> dict[str, str]:
    """The environment that makes a site use the database that the test asks for."""
    if getattr(request, "param", databases.SQLITE) == databases.SQLITE:
        return {}
    server: Server = request.getfixturevalue("postgres")
    name = f"soak{next(_numbers)}"
    server.create(name)
    return {
        "GEMELLA_DATABASE_URL": server.url(name),
        "PATH": f"{programs()}{os.pathsep}{os.environ['PATH']}",
    }


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data of a site with the demo that was never served."""
    one = Site(tmp_path_factory.mktemp("prepared"))
    one.prepare()
    return one.folder / "data"


@pytest.fixture(scope="session")
def prepared_on_postgres(
    tmp_path_factory: pytest.TempPathFactory, postgres: Server
) -> tuple[Path, str]:
    """The same with its rows in a database of this name."""
    postgres.create("prepared")
    one = Site(tmp_path_factory.mktemp("prepared"), GEMELLA_DATABASE_URL=postgres.url("prepared"))
    one.prepare()
    return one.folder / "data", "prepared"


@pytest.fixture
def site(
    tmp_path: Path, variables: dict[str, str], request: pytest.FixtureRequest
) -> Iterator[Site]:
    """A site with the demo: a copy, since each takes ten seconds to be made anew."""
    folder = tmp_path / "site"
    if variables:
        data, template = request.getfixturevalue("prepared_on_postgres")
        url = variables["GEMELLA_DATABASE_URL"]
        request.getfixturevalue("postgres").create(database_of(url), template)
    else:
        data = request.getfixturevalue("prepared")
    shutil.copytree(data, folder / "data")
    with running(folder, prepared=True, **variables) as one:
        yield one


def database_of(url: str) -> str:
    """The name of the database in its address."""
    return urlsplit(url).path.removeprefix("/")


ON_BOTH = pytest.mark.parametrize("variables", databases.ALL, indirect=True)


def kill(pid: int | None) -> bool:
    """End a process without a word; False where it has ended already."""
    if pid is None:
        return False
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
        return True
    return False


Record = Callable[[str, object], None]
