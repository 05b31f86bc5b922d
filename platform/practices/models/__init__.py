"""All tables of stories and of the matches between them."""

from practices.models.endorsements import Endorsement
from practices.models.matches import Match, MatchState
from practices.models.stories import (
    Practice,
    PracticeComponent,
    PracticeKind,
    PracticeState,
    UnsavedPart,
    practice_themes,
)

__all__ = [
    "Endorsement",
    "Match",
    "MatchState",
    "Practice",
    "PracticeComponent",
    "PracticeKind",
    "PracticeState",
    "UnsavedPart",
    "practice_themes",
]
