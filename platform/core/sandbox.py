"""Run work that may never end in a child process that can be killed.

Some short Markdown texts keep Python-Markdown busy for minutes. Web workers cannot interrupt a
running function, but they can kill a process: one child per worker renders, one text at a time.

Where it is said how many threads may be at it (all but one of which wait), the others are told that
it is busy: whoever sends such texts one after the other holds up those who write, and not those who
read.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import subprocess
import sys
import threading
import time
from typing import Any

from core.places import Full, Places
from core.transactions import Busy

LIMIT_SECONDS = 1.5
_START_LIMIT_SECONDS = 20


class TooLong(Exception):
    """The work did not end in time; the child was killed."""


class Sandbox:
    """A child process that answers one JSON line for each JSON line that it gets."""

    def __init__(self, module: str, *, limit: float = LIMIT_SECONDS, at_once: int = 64) -> None:
        self._command = [sys.executable, "-m", module]
        self._limit = limit
        self._child: subprocess.Popen[bytes] | None = None
        self._lock = threading.Lock()
        self._places = Places(at_once)
        self._first = threading.Lock()
        self._is_warm = False

    def ask(self, question: Any) -> Any:
        """Send a question and wait; raise ``TooLong`` after the limit (seconds).

        Raise ``Busy`` where others ask what takes long.
        """
        line = json.dumps(question).encode() + b"\n"
        key = threading.get_ident()
        if not self._is_warm:
            # The first start takes as long as ten texts: nobody is slow who waits for that.
            with self._first:
                self._warm_up()
        try:
            self._places.take(key)
        except Full as full:
            raise Busy("others have slow texts rendered") from full
        try:
            with self._lock:
                return self._ask_twice(line)
        finally:
            self._places.leave(key)

    def _warm_up(self) -> None:
        if not self._is_warm:
            with self._lock:
                self._started()
            self._is_warm = True

    def _ask_twice(self, line: bytes) -> Any:
        try:
            return self._ask(line)
        except (BrokenPipeError, EOFError):
            # The child had died since the last question: a fresh one gets one more chance.
            return self._ask(line)

    def close(self) -> None:
        """End the child, if there is one."""
        with self._lock:
            self._end()

    def _ask(self, line: bytes) -> Any:
        child = self._started()
        assert child.stdin is not None
        try:
            child.stdin.write(line)
            child.stdin.flush()
            return json.loads(self._read_line(child, self._limit))
        except BaseException:
            # Whatever cut the question short, a signal too: its answer must not be taken for that
            # of the next one, who may be somebody else.
            self._end()
            raise

    def _read_line(self, child: subprocess.Popen[bytes], limit: float) -> bytes:
        assert child.stdout is not None
        descriptor = child.stdout.fileno()
        deadline = time.monotonic() + limit
        line = bytearray()
        while not line.endswith(b"\n"):
            left = max(deadline - time.monotonic(), 0)
            ready, _, _ = select.select([descriptor], [], [], left)
            if not ready:
                raise TooLong(f"no answer within {limit} s")
            piece = os.read(descriptor, 1 << 16)
            if not piece:
                raise EOFError
            line += piece
        return bytes(line)

    def _started(self) -> subprocess.Popen[bytes]:
        if self._child is not None and self._child.poll() is not None:
            # It died by itself: its pipes are still open.
            self._end()
        if self._child is None:
            self._child = subprocess.Popen(  # noqa: S603 - our own module
                self._command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
            )
            self._wait_until_ready()
        return self._child

    def _wait_until_ready(self) -> None:
        """Starting takes its own time, which must not count against the first text."""
        assert self._child is not None
        try:
            said = self._read_line(self._child, _START_LIMIT_SECONDS)
        except (TooLong, EOFError):
            said = b""
        if said != b"ready\n":
            self._end()
            raise RuntimeError("the rendering child did not start")

    def _end(self) -> None:
        child, self._child = self._child, None
        if child is None:
            return
        child.kill()
        child.wait()
        for pipe in (child.stdin, child.stdout):
            if pipe is not None:
                with contextlib.suppress(BrokenPipeError):
                    pipe.close()
