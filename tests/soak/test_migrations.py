"""A migration killed at each of its steps and run again ends as if nobody had killed it."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
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


def python(site: Site, program: str, revision: str) -> subprocess.CompletedProcess[bytes]:
    """Run a program of ours against the site's database."""
    return subprocess.run(
        [sys.executable, "-c", program, revision],
        env={**site.environment, "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True, check=False,
    )  # fmt: skip


def killed_at(site: Site, steps: list[str], killing: str = KILLED) -> list[str]:
    """Kill each step in the middle and take it again; return all that went wrong."""
    faults: list[str] = []
    before: str | None = None
    for revision in steps:
        done = python(site, killing, revision)
        assert done.returncode == -signal.SIGKILL, done.stderr.decode()[-2_000:]
        if version_of(site) != before:
            faults.append(f"{revision}: a step that died is there")
        # What is killed at a step has taken those before it: have it take this one too.
        before = revision
        again = python(site, UPGRADE, revision)
        if again.returncode:
            return [*faults, f"{revision}: {again.stderr.decode()[-2_000:]}"]
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
