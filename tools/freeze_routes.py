"""Write the list of URLs that tests/architecture holds the site against. Run by `make routes`."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests.architecture.routes import FROZEN, build_bare_app, listed_routes  # noqa: E402


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        lines = listed_routes(build_bare_app(Path(folder)))
    FROZEN.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    print(f"{len(lines)} routes in {FROZEN.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
