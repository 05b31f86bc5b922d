"""What happens to reports, to measures and to what is said against them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from core.signals import Fact

KIND = "report"
MEASURE = "measure"
APPEAL = "appeal"


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


@dataclass(frozen=True, kw_only=True)
class MeasureFact(Fact):
    """Something that happened to one measure."""

    kind: ClassVar[str] = MEASURE
    subject_field: ClassVar[str] = "measure_id"

    measure_id: int
    sort: str
    thing_kind: str
    thing_id: int


@dataclass(frozen=True, kw_only=True)
class MeasureTaken(MeasureFact):
    """A moderator did something about a thing or about who wrote it."""


@dataclass(frozen=True, kw_only=True)
class MeasureLifted(MeasureFact):
    """It was undone: by a moderator, or because an appeal was granted."""


@dataclass(frozen=True, kw_only=True)
class AppealFact(Fact):
    """Something that happened to one appeal."""

    kind: ClassVar[str] = APPEAL
    subject_field: ClassVar[str] = "appeal_id"

    appeal_id: int
    measure_id: int


@dataclass(frozen=True, kw_only=True)
class AppealMade(AppealFact):
    """The concerned member objected to a measure."""


@dataclass(frozen=True, kw_only=True)
class AppealAnswered(AppealFact):
    """A moderator answered; the reason is what the member gets to read."""

    granted: bool


@dataclass(frozen=True, kw_only=True)
class ProfileChecked(Fact):
    """A moderator read what a member says about himself or herself, and found nothing wrong."""

    kind: ClassVar[str] = "member"
    subject_field: ClassVar[str] = "member_id"

    member_id: int


FACTS = (
    ReportFiled,
    ReportDecided,
    MeasureTaken,
    MeasureLifted,
    AppealMade,
    AppealAnswered,
    ProfileChecked,
)
