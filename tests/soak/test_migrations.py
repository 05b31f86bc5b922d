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


@ON_BOTH
def test_killed_at_each_step_and_run_again(
    tmp_path: Path, variables: dict[str, str], request: pytest.FixtureRequest
) -> None:
    killed = Site(tmp_path / "killed", demo=False, **variables)
    killed.folder.mkdir()
    steps = revisions(tmp_path)
    before: str | None = None
    for revision in steps:
        done = subprocess.run(
            [sys.executable, "-c", KILLED, revision],
            env={**killed.environment, "PYTHONPATH": os.pathsep.join(sys.path)},
            capture_output=True, check=False,
        )  # fmt: skip
        assert done.returncode == -signal.SIGKILL, done.stderr.decode()[-2_000:]
        assert version_of(killed) == before, "a step that died is not there at all"
        # What is killed at a step has taken those before it: have it take this one too.
        before = revision
        upgrade = f"""
from alembic import command
from portal.factory import create_app
from portal.setup import alembic_config
with create_app().app_context():
    command.upgrade(alembic_config(), {revision!r})
"""
        subprocess.run(
            [sys.executable, "-c", upgrade], check=True, capture_output=True,
            env={**killed.environment, "PYTHONPATH": os.pathsep.join(sys.path)},
        )  # fmt: skip
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
