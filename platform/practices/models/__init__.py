"""All tables of stories."""

from practices.models.stories import Practice, PracticeKind, PracticeState, practice_themes

__all__ = ["Practice", "PracticeKind", "PracticeState", "practice_themes"]
