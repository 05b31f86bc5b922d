"""What the worker does again and again: each round when its rest is over, a little at a time."""

from __future__ import annotations

import time
from collections.abc import Sequence

from core.contracts import Round


class Calendar:
    """Keeps in mind when each round is next; after a start all of them are.

    Nothing of it is written down: a round finds in the database what is due (``Round``), so that
    one too many does no harm and a clock that was set back makes none wait for ever.
    """

    def __init__(self, rounds: Sequence[Round]) -> None:
        self._next = dict.fromkeys(range(len(rounds)), 0.0)
        self._rounds = rounds

    def go(self, now: float | None = None) -> int:
        """Do a little of every round that is due; return how much. ``now`` is in seconds, by a
        clock that only goes forward.
        """
        now = time.monotonic() if now is None else now
        done = 0
        for number, one in enumerate(self._rounds):
            if now < self._next[number]:
                continue
            found = one.go()
            if not found:
                self._next[number] = now + one.every.total_seconds()
            done += found
        return done
