"""All tables of stories."""

from practices.models.stories import (
    Practice,
    PracticeComponent,
    PracticeKind,
    PracticeSave,
    PracticeState,
    practice_themes,
)

__all__ = [
    "Practice",
    "PracticeComponent",
    "PracticeKind",
    "PracticeSave",
    "PracticeState",
    "practice_themes",
]
