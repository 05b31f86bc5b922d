"""Waiting for what other processes bring about."""

from __future__ import annotations

import time
from collections.abc import Callable

PAUSE = 0.02  # seconds


def until(holds: Callable[[], bool], *, seconds: float, what: str) -> None:
    """Ask again and again; fail, saying ``what``, if it does not hold in time."""
    began = time.monotonic()
    while not holds():
        if time.monotonic() - began > seconds:
            raise AssertionError(f"{what} after {seconds:g} s")
        time.sleep(PAUSE)
