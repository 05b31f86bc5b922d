"""Logs say what happened; they never decide it."""

from __future__ import annotations

from pathlib import Path

import pytest

from portal.logs import Unfailing

FULL = Path("/dev/full")


@pytest.mark.skipif(not FULL.exists(), reason="this system has no /dev/full")
def test_a_line_that_finds_no_room_costs_nothing() -> None:
    stream = FULL.open("w", buffering=1)
    unfailing = Unfailing(stream)
    unfailing.write("a line\n")
    unfailing.flush()
    with pytest.raises(OSError, match="No space left"):
        stream.write("another line\n")
    with pytest.raises(OSError, match="No space left"):
        stream.close()
