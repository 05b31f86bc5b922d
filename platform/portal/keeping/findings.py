"""What a check of consistency finds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

Mend = Callable[[], None]


@dataclass(frozen=True, slots=True)
class Finding:
    """One disagreement; ``mend`` is None where a person has to decide."""

    area: str
    text: str
    mend: Mend | None = None
