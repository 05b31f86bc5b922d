"""How the domain says no, and tables of the states that a thing may go through."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Generic, TypeVar

S = TypeVar("S", bound=StrEnum)


class Refused(Exception):
    """The domain does not allow this; ``reason`` is a short English word for logs and tests."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Forbidden(Refused):
    """The actor may not do this; views answer 403."""

    def __init__(self) -> None:
        super().__init__("forbidden")


def ensure(allowed: bool) -> None:
    """Stop a service whose actor may not do what is asked."""
    if not allowed:
        raise Forbidden


class Transitions(Generic[S]):
    """Which states follow which; everything that is not listed is refused."""

    def __init__(self, table: Mapping[S, Iterable[S]]) -> None:
        self._table = {state: frozenset(following) for state, following in table.items()}

    def allows(self, old: S, new: S) -> bool:
        return new in self._table.get(old, frozenset())

    def following(self, old: S) -> frozenset[S]:
        return self._table.get(old, frozenset())

    def check(self, old: S, new: S) -> None:
        """Raise ``Refused`` where the table does not lead from ``old`` to ``new``."""
        if not self.allows(old, new):
            raise Refused(f"{old} -> {new}")
