"""The rendering child: reads a Markdown text as a JSON line, answers with its HTML.

It ends when its parent does, because its input closes then.
"""

from __future__ import annotations

import json
import resource
import sys

from core.render import render

_MEMORY = 512 * 1024 * 1024


def main() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    for line in sys.stdin:
        try:
            answer = {"html": render(json.loads(line))}
        except (RecursionError, MemoryError):
            answer = {"error": "too complex"}
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
