"""All tables of stories."""

from practices.models.stories import (
    Practice,
    PracticeComponent,
    PracticeKind,
    PracticeState,
    UnsavedPart,
    practice_themes,
)

__all__ = [
    "Practice",
    "PracticeComponent",
    "PracticeKind",
    "PracticeState",
    "UnsavedPart",
    "practice_themes",
]
