"""Whole sites for fault tests, on either database."""

from __future__ import annotations

import contextlib
import itertools
import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

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


@pytest.fixture
def site(tmp_path: Path, variables: dict[str, str]) -> Iterator[Site]:
    """A site with the demo."""
    with running(tmp_path / "site", **variables) as one:
        yield one


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
