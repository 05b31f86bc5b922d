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


def fails_of(installed: Path, tmp_path: Path) -> list[str]:
    """Run the installed program in an empty folder; return all that does not work."""
    site = Site(tmp_path / "site", program=(str(installed / "gemella"),), cwd=tmp_path)
    for name in ("PYTHONPATH", "VIRTUAL_ENV"):
        site.environment.pop(name, None)
    site.environment["PATH"] = f"{installed}{os.pathsep}{os.environ['PATH']}"
    try:
        site.start()
        status, page = site.fetch("/gemellaggi")
        sheets = re.findall(r'<link[^>]+rel="stylesheet"[^>]+href="([^"]+)"', page)
        said = subprocess.run(
            [
                str(installed / "python"), "-c",
                "from portal.paths import assets; t = assets('templates'); print(t, *t.rglob('*'))",
            ],
            capture_output=True, text=True, check=True, cwd=tmp_path, env=site.environment,
        ).stdout  # fmt: skip
        checks = {
            "page": status == 200,
            "style sheets": bool(sheets) and all(is_style(site, sheet) for sheet in sheets),
            "English": "Twinnings" in site.fetch("/en/gemellaggi")[1],
            "German": 'lang="de"' in site.fetch("/de/gemellaggi")[1],
            "files of the checkout": str(ROOT) not in said,
            "mails": ".txt" in said,
            "backup": site.command("backup", str(tmp_path / "one.backup")).returncode == 0,
        }
    except AssertionError as error:
        return ["it does not start", str(error)]
    finally:
        if site.process is not None:
            site.stop()
    return [what for what, holds in checks.items() if not holds]


def is_style(site: Site, address: str) -> bool:
    status, style = site.fetch(address)
    return status == 200 and "{" in style


def test_it_runs_alone(installed: Path, tmp_path: Path) -> None:
    assert fails_of(installed, tmp_path) == []


@pytest.mark.parametrize(
    ("lost", "noticed"),
    [
        (("static", "translations"), {"style sheets", "English"}),
        (("migrations",), {"it does not start"}),
    ],
)
def test_a_wheel_without_its_files_is_noticed(
    installed: Path, tmp_path: Path, lost: tuple[str, ...], noticed: set[str]
) -> None:
    """Twin: what the build left out is missed, although the checkout has it."""
    (bundled,) = installed.parent.glob("lib/python*/site-packages/portal/_bundled")
    for name in lost:
        (bundled / name).rename(bundled / f"{name}-aside")
    try:
        assert noticed <= set(fails_of(installed, tmp_path))
    finally:
        for name in lost:
            (bundled / f"{name}-aside").rename(bundled / name)
