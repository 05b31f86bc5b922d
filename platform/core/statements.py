"""Statements that are put together once: building one costs many times what asking it costs.

A statement may be kept as long as it depends on nothing but its key: what changes from one request
to the next (ids, moments) is a bound parameter. Who asks may be part of the key, since an ``Actor``
is equal to another one exactly when both have the same rights.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import TypeVar, cast

from flask import current_app
from sqlalchemy import Select

S = TypeVar("S", bound=Select[tuple[object, ...]])

EXTENSION = "gemella.statements"
MOST = 1_000


class Statements:
    """The statements of one application; what was not asked for longest goes."""

    def __init__(self) -> None:
        self._kept: OrderedDict[Hashable, Select[tuple[object, ...]]] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: Hashable, build: Callable[[], S]) -> S:
        with self._lock:
            found = self._kept.get(key)
            if found is not None:
                self._kept.move_to_end(key)
                return cast(S, found)
        made = build()
        with self._lock:
            self._kept[key] = made
            while len(self._kept) > MOST:
                self._kept.popitem(last=False)
        return made

    def clear(self) -> None:
        with self._lock:
            self._kept.clear()


def built_once(key: Hashable, build: Callable[[], S]) -> S:
    """The statement with this key, put together by ``build`` where nobody has asked for it yet."""
    statements: Statements = current_app.extensions.setdefault(EXTENSION, Statements())
    return statements.get(key, build)
