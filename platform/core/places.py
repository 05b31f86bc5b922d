"""Places for what may take long: so many threads may wait for it, and the others go on working."""

from __future__ import annotations

import threading
import time

# Seconds in which most are done; who takes longer is taken for slow.
USUAL = 1.0


class Full(Exception):
    """All places are held by somebody slow."""


class Places:
    """How many may be at it at once; ``most`` is at least 1."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._since: dict[int, float] = {}
        self._changed = threading.Condition()

    def take(self, key: int) -> None:
        """Take a place, waiting for one as long as somebody may be done in a moment.

        ``key`` is whose it is; raise ``Full`` where only slow ones would make room.
        """
        with self._changed:
            while len(self._since) >= self._most:
                # The youngest may only just have begun.
                patience = max(self._since.values()) + USUAL - time.monotonic()
                if patience <= 0:
                    raise Full
                self._changed.wait(patience)
            self._since[key] = time.monotonic()

    def leave(self, key: int) -> None:
        """Give the place back; nothing happens where there was none."""
        with self._changed:
            if self._since.pop(key, None) is not None:
                self._changed.notify()
