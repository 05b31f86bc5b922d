"""A migration killed at each of its steps and run again ends as if nobody had killed it."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from portal.factory import create_app
from portal.setup import scripts
from tests.conftest import build_settings
from tests.soak.conftest import ON_BOTH
from tests.whole_site import Site

pytestmark = pytest.mark.soak

# Dies in the middle of a step: its statements have run, its commit has not.
KILLED = """
import os, signal, sys
from alembic.runtime import migration

def die(self, step, *rest):
    written(self, step, *rest)
    if revision in step.to_revisions:
        os.kill(os.getpid(), signal.SIGKILL)

revision = sys.argv[1]
written = migration.HeadMaintainer.update_to_step
migration.HeadMaintainer.update_to_step = lambda self, step: die(self, step)
from portal.commands import Gemella
Gemella().main(args=["migrate"], prog_name="gemella")
"""


def revisions(tmp_path: Path) -> list[str]:
    with create_app(build_settings(tmp_path)).app_context():
        return [script.revision for script in scripts().walk_revisions()][::-1]


def schema_of(site: Site) -> list[tuple[object, ...]]:
    if "GEMELLA_DATABASE_URL" in site.environment:
        return site.rows(
            "SELECT table_name, column_name, data_type, is_nullable, column_default"
            " FROM information_schema.columns WHERE table_schema = 'public' ORDER BY 1, 2"
        ) + site.rows("SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER BY 1")
    rows = site.rows(
        "SELECT type, name, sql FROM sqlite_master WHERE name NOT LIKE 'sqlite_%' ORDER BY 1, 2"
    )
    # A table that was copied lists its constraints in an order that differs from run to run.
    return [(kind, name, sorted(re.split(r",?\s*\n\s*", sql))) for kind, name, sql in rows]


def version_of(site: Site) -> str | None:
    try:
        rows = site.rows("SELECT version_num FROM alembic_version")
    except Exception:  # noqa: BLE001 - either driver's word for "no such table"
        return None
    return str(rows[0][0]) if rows else None


# Takes the steps up to one of them.
UPGRADE = """
import sys
from alembic import command
from portal.factory import create_app
from portal.setup import alembic_config
with create_app().app_context():
    command.upgrade(alembic_config(), sys.argv[1])
"""


# Runs each program in a process of its own that need not read all packages again: that is nine
# tenths of what a step costs.
RUNNING = """
import json, os, sys, tempfile, traceback
import alembic.command, alembic.runtime.migration, psycopg
import portal.commands, portal.factory, portal.setup

for line in sys.stdin:
    program, revision = json.loads(line)
    said = tempfile.TemporaryFile()
    child = os.fork()
    if child == 0:
        os.dup2(said.fileno(), 1), os.dup2(said.fileno(), 2)
        sys.argv = ["-c", revision]
        code = 1
        try:
            exec(program, {"__name__": "__main__"})
            code = 0
        except SystemExit as end:
            code = end.code or 0
        except BaseException:
            traceback.print_exc()
        finally:
            sys.stdout.flush(), sys.stderr.flush()
            os._exit(code)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    said.seek(0)
    print(json.dumps([status, said.read().decode()[-2000:]]), flush=True)
"""


@contextmanager
def programs_run(site: Site) -> Iterator[Callable[[str, str], tuple[int, str]]]:
    """Run programs of ours against the site's database: how each ended, and what it said."""
    with subprocess.Popen(
        [sys.executable, "-c", RUNNING],
        env={**site.environment, "PYTHONPATH": os.pathsep.join(sys.path)},
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    ) as process:  # fmt: skip
        assert process.stdin is not None
        assert process.stdout is not None

        def run(program: str, revision: str) -> tuple[int, str]:
            print(json.dumps([program, revision]), file=process.stdin, flush=True)
            status, said = json.loads(process.stdout.readline())
            return status, said

        yield run
        process.stdin.close()


def killed_at(site: Site, steps: list[str], killing: str = KILLED) -> list[str]:
    """Kill each step in the middle and take it again; return all that went wrong."""
    faults: list[str] = []
    before: str | None = None
    with programs_run(site) as run:
        for revision in steps:
            status, said = run(killing, revision)
            assert status == -signal.SIGKILL, said
            if version_of(site) != before:
                faults.append(f"{revision}: a step that died is there")
            # What is killed at a step has taken those before it: have it take this one too.
            before = revision
            status, said = run(UPGRADE, revision)
            if status:
                return [*faults, f"{revision}: {said}"]
    return faults


@ON_BOTH
def test_killed_at_each_step_and_run_again(
    tmp_path: Path, variables: dict[str, str], request: pytest.FixtureRequest
) -> None:
    killed = Site(tmp_path / "killed", demo=False, **variables)
    killed.folder.mkdir()
    assert killed_at(killed, revisions(tmp_path)) == []
    killed.command("migrate")
    fresh_variables = dict(variables)
    if fresh_variables:
        server = request.getfixturevalue("postgres")
        server.create("fresh")
        fresh_variables["GEMELLA_DATABASE_URL"] = server.url("fresh")
    fresh = Site(tmp_path / "fresh", demo=False, **fresh_variables)
    fresh.folder.mkdir()
    fresh.command("migrate")
    assert schema_of(killed) == schema_of(fresh)
    for table in ("territories", "themes", "programmes", "flags"):
        count = f"SELECT count(*) FROM {table}"
        assert killed.rows(count) == fresh.rows(count), table
    assert killed.rows("SELECT count(*) FROM territories")[0][0] > 8_000
    # Twin: one index less is another schema.
    fresh.change("DROP INDEX ix_posts_state_id")
    assert schema_of(killed) != schema_of(fresh)


@ON_BOTH
def test_a_step_that_keeps_half_of_itself_is_noticed(
    tmp_path: Path, variables: dict[str, str]
) -> None:
    """Twin: a step whose tables are kept before it is done cannot be taken again."""
    site = Site(tmp_path / "halves", demo=False, **variables)
    site.folder.mkdir()
    halves = KILLED.replace(
        "    written(self, step, *rest)",
        """\
    if revision in step.to_revisions:
        self.context.connection.connection.driver_connection.commit()
    written(self, step, *rest)""",
    )
    assert halves != KILLED
    # Taken again, its tables are in the way; or it passes for done, as on SQLite.
    (fault,) = killed_at(site, revisions(tmp_path)[:1], halves)
    assert "already exists" in fault or "is there" in fault
