"""The wheel carries everything: installed alone, in an empty folder, it serves the site."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import venv
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.whole_site import Site

pytestmark = pytest.mark.soak


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A fresh environment with the locked packages and the wheel; the folder of its programs."""
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)],
        cwd=ROOT, check=True, capture_output=True,
    )  # fmt: skip
    (wheel,) = folder.glob("gemella-*.whl")
    venv.create(folder / "env", with_pip=True)
    python = folder / "env" / "bin" / "python"
    pip = [str(python), "-m", "pip", "--quiet", "--disable-pip-version-check", "install"]
    lock = str(ROOT / "requirements.lock")
    subprocess.run(
        [*pip, "--require-hashes", "--no-deps", "-r", lock], check=True, capture_output=True
    )
    subprocess.run([*pip, "--no-deps", str(wheel)], check=True, capture_output=True)
    return python.parent


def test_it_runs_alone(installed: Path, tmp_path: Path) -> None:
    site = Site(tmp_path / "site", program=(str(installed / "gemella"),), cwd=tmp_path)
    for name in ("PYTHONPATH", "VIRTUAL_ENV"):
        site.environment.pop(name, None)
    site.environment["PATH"] = f"{installed}{os.pathsep}{os.environ['PATH']}"
    try:
        site.start()
        status, page = site.fetch("/gemellaggi")
        assert status == 200
        sheets = re.findall(r'<link[^>]+rel="stylesheet"[^>]+href="([^"]+)"', page)
        assert sheets
        for sheet in sheets:
            status, style = site.fetch(sheet)
            assert (status, "{" in style) == (200, True), sheet
        assert "Twinnings" in site.fetch("/en/gemellaggi")[1]
        assert 'lang="de"' in site.fetch("/de/gemellaggi")[1]
        said = subprocess.run(
            [
                str(installed / "python"), "-c",
                "from portal.paths import assets; t = assets('templates'); print(t, *t.rglob('*'))",
            ],
            capture_output=True, text=True, check=True, cwd=tmp_path, env=site.environment,
        ).stdout  # fmt: skip
        assert str(ROOT) not in said
        assert ".txt" in said
        assert site.command("backup", str(tmp_path / "one.backup")).returncode == 0
    finally:
        if site.process is not None:
            site.stop()
