"""Pure computation about stories: their states, and what their text must hold."""

from practices.rules.contents import (
    FACTS,
    LONGEST_SUMMARY,
    REQUIRED_FACTS,
    SECTIONS,
    Section,
    StoryContent,
    content_of,
    differences,
    missing,
)
from practices.rules.states import (
    CORRECTED_STATES,
    LISTED_STATES,
    PUBLIC_STATES,
    REVIEWED_STATES,
    TRANSITIONS,
    WRITING_STATES,
)

__all__ = [
    "CORRECTED_STATES",
    "FACTS",
    "LISTED_STATES",
    "LONGEST_SUMMARY",
    "PUBLIC_STATES",
    "REQUIRED_FACTS",
    "REVIEWED_STATES",
    "SECTIONS",
    "TRANSITIONS",
    "WRITING_STATES",
    "Section",
    "StoryContent",
    "content_of",
    "differences",
    "missing",
]
