"""A child process ends when its parent does, even if the parent was killed without a word.

The parent's number is handed down in the environment: a child that asked the system could already
have been given to another parent. A process that nobody handed a number has no lifeline.
"""

from __future__ import annotations

import os
import signal
import threading
import time

_VARIABLE = "LIFELINE_PARENT"
_LOOK_EVERY = 0.5
_GRACE = 5.0


class Ending:
    """Whether SIGTERM or SIGINT has come.

    A plain flag: a handler runs in the middle of whatever the main thread does, and the lock of a
    ``threading.Event`` that it is waiting on could be held at that very moment.
    """

    def __init__(self) -> None:
        self.asked = False
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._ask)

    def _ask(self, *_: object) -> None:
        self.asked = True


def hold_children() -> None:
    """Hand this process's number to the children that are started from now on."""
    os.environ[_VARIABLE] = str(os.getpid())


def end_with_parent() -> None:
    """Watch the parent; when it is gone, ask this process to end, then make it."""
    number = os.environ.get(_VARIABLE)
    if number is None:
        return
    parent = int(number)

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(_LOOK_EVERY)
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(_GRACE)
        os._exit(1)

    threading.Thread(target=watch, name="lifeline", daemon=True).start()
