"""A reference names anything in the house by its kind and number, without a foreign key."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Reference:
    """A thing by kind (``"twinning"``) and id; ``str()`` gives ``"twinning:17"``."""

    kind: str
    id: int

    def __str__(self) -> str:
        return f"{self.kind}:{self.id}"

    @classmethod
    def parse(cls, text: str) -> Reference:
        """Read what ``str()`` wrote; raise ``ValueError`` on anything else."""
        kind, separator, number = text.partition(":")
        if not separator or not kind or not number.isascii() or not number.isdigit():
            raise ValueError(f"not a reference: {text!r}")
        return cls(kind, int(number))
