"""What happens to reports."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from core.signals import Fact

KIND = "report"


@dataclass(frozen=True, kw_only=True)
class ReportFact(Fact):
    """Something that happened to one report."""

    kind: ClassVar[str] = KIND
    subject_field: ClassVar[str] = "report_id"

    report_id: int


@dataclass(frozen=True, kw_only=True)
class ReportFiled(ReportFact):
    """A reader said that something is wrong with a thing; by nobody where it was a visitor."""

    thing_kind: str
    thing_id: int


@dataclass(frozen=True, kw_only=True)
class ReportDecided(ReportFact):
    """A moderator answered; ``upheld``: saw to it. The reason is what the reader gets to read."""

    upheld: bool


FACTS = (ReportFiled, ReportDecided)
