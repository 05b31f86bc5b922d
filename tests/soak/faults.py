"""Faults for the twins of the long tests: a site that runs with code broken on purpose.

Every process of a site with such an environment (web workers, background worker, commands) runs the
code before its own, so that what is broken is the program itself and not the test's view of it.
"""

from __future__ import annotations

from pathlib import Path

# The children that render and draw are started for each worker, and read nothing of ours.
_GUARD = """import sys
if not any("_child" in word for word in sys.orig_argv):
"""


def planted(folder: Path, code: str) -> dict[str, str]:
    """The variables that plant the code into every process of a site."""
    folder.mkdir(parents=True, exist_ok=True)
    body = "".join(f"    {line}\n" for line in code.strip().splitlines())
    (folder / "sitecustomize.py").write_text(_GUARD + body)
    return {"PYTHONPATH": str(folder)}
