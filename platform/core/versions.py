"""Optimistic locks: the form carries the version that it was made from."""

from __future__ import annotations

from sqlalchemy.orm import Mapped, mapped_column


class Conflict(Exception):
    """Somebody saved in between: nothing was written; ``current`` holds what stands now."""

    def __init__(self, current: object) -> None:
        super().__init__("the version is not the newest")
        self.current = current


class Versioned:
    """A counter that every change of the row raises."""

    version: Mapped[int] = mapped_column(default=1)

    def raise_version(self, seen: int | None) -> None:
        """Count a change; refuse it where the writer saw an older version (None: no matter)."""
        if seen is not None and seen != self.version:
            raise Conflict(self)
        self.version += 1
