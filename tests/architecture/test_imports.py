"""The import contracts of pyproject.toml hold, and break where somebody imports upwards."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.architecture.house import ROOT

LINT_IMPORTS = Path(sys.executable).parent / "lint-imports"


def lint_imports(root: Path) -> subprocess.CompletedProcess[str]:
    """Hold the packages of this tree, not the installed ones, against its contracts."""
    return subprocess.run(
        [LINT_IMPORTS, "--no-cache", "--config", root / "pyproject.toml"],
        cwd=root,
        env=os.environ | {"PYTHONPATH": str(root / "platform"), "COLUMNS": "200"},
        capture_output=True,
        text=True,
        check=False,
        timeout=50,
    )


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    shutil.copytree(
        ROOT / "platform", tmp_path / "platform", ignore=shutil.ignore_patterns("__pycache__")
    )
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def test_the_contracts_hold() -> None:
    done = lint_imports(ROOT)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("file", "line", "contract"),
    [
        ("core/clock.py", "import portal", "Floors"),
        ("core/clock.py", "import members.models", "Floors"),
        ("search/models.py", "import twinning.models", "Floors"),
        ("taxonomy/models.py", "import territory.models", "Floors"),
        ("forum/models.py", "import forum.services", "Inside a feature"),
        ("forum/models.py", "import flask", "The web stays in views and forms"),
        ("search/queries/seeded.py", "import werkzeug", "The web stays in views and forms"),
        ("portal/factory.py", "import forum.views", "Views are imported by wiring alone"),
        ("forum/models.py", "import whoosh", "Whoosh stays in search"),
    ],
)
def test_a_seeded_import_breaks_its_contract(
    file: str, line: str, contract: str, copied: Path
) -> None:
    imported = copied / "platform" / f"{line.removeprefix('import ').replace('.', '/')}.py"
    if line.count(".") and not imported.exists() and not imported.with_suffix("").is_dir():
        imported.write_text("")
    with (copied / "platform" / file).open("a") as source:
        source.write(f"\n{line}\n")
    done = lint_imports(copied)
    assert done.returncode == 1, done.stderr
    assert f"{contract} BROKEN" in done.stdout
