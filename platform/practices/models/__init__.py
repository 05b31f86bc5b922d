"""All tables of stories and of the matches between them."""

from practices.models.endorsements import Endorsement
from practices.models.matches import Match, MatchState
from practices.models.revisions import PracticeRevision, RevisionState
from practices.models.stories import (
    Practice,
    PracticeComponent,
    PracticeKind,
    PracticeState,
    UnsavedPart,
    practice_themes,
)
from practices.models.validations import Criterion, PracticeValidation, ValidationFinding

__all__ = [
    "Criterion",
    "Endorsement",
    "Match",
    "MatchState",
    "Practice",
    "PracticeComponent",
    "PracticeKind",
    "PracticeRevision",
    "PracticeState",
    "PracticeValidation",
    "RevisionState",
    "UnsavedPart",
    "ValidationFinding",
    "practice_themes",
]
