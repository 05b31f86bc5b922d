"""What happens to an installation as a whole; it makes every kept page old."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from core.signals import Fact


@dataclass(frozen=True, kw_only=True)
class InstallationFact(Fact):
    """There is one installation, and its number is 1."""

    kind: ClassVar[str] = "installation"
    subject_field: ClassVar[str] = "installation_id"

    installation_id: int = 1


@dataclass(frozen=True, kw_only=True)
class BackupRestored(InstallationFact):
    """Everything was put back to how it was at an earlier moment; ``made_at`` says which."""

    made_at: str


@dataclass(frozen=True, kw_only=True)
class InstallationMended(InstallationFact):
    """Rows or files that did not agree were brought together again."""
