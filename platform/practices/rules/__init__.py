"""Pure computation about stories: their states, and what their text must hold."""

from practices.rules.contents import (
    FACTS,
    LONGEST_COMPONENT,
    LONGEST_SUMMARY,
    MOST_COMPONENTS,
    REQUIRED_FACTS,
    SECTIONS,
    Component,
    Section,
    StoryContent,
    content_of,
    differences,
    missing,
    values_of,
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
    "LONGEST_COMPONENT",
    "LONGEST_SUMMARY",
    "MOST_COMPONENTS",
    "PUBLIC_STATES",
    "REQUIRED_FACTS",
    "REVIEWED_STATES",
    "SECTIONS",
    "TRANSITIONS",
    "WRITING_STATES",
    "Component",
    "Section",
    "StoryContent",
    "content_of",
    "differences",
    "missing",
    "values_of",
]
