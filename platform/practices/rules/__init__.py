"""Pure computation about stories: their states, and what their text must hold."""

from practices.rules.contents import (
    BODY,
    FACTS,
    LONGEST_BODY,
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
from practices.rules.importing import COLUMNS as STORY_COLUMNS
from practices.rules.importing import ImportedStory, read_story
from practices.rules.matching import (
    BEGUN,
    MATCH_TRANSITIONS,
    MATCHED_STATES,
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
    "BEGUN",
    "BODY",
    "CORRECTED_STATES",
    "FACTS",
    "LISTED_STATES",
    "LONGEST_BODY",
    "LONGEST_COMPONENT",
    "LONGEST_SUMMARY",
    "MATCHED_STATES",
    "MATCH_TRANSITIONS",
    "MOST_COMPONENTS",
    "PUBLIC_STATES",
    "REQUIRED_FACTS",
    "REVIEWED_STATES",
    "SECTIONS",
    "STORY_COLUMNS",
    "TRANSITIONS",
    "WRITING_STATES",
    "Component",
    "ImportedStory",
    "Section",
    "StoryContent",
    "content_of",
    "differences",
    "missing",
    "read_story",
    "values_of",
]
