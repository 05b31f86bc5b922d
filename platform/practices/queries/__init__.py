"""All reads of stories; what other packages need stands here by name."""

from practices.queries.lines import (
    StoryLine,
    author_of,
    counts,
    latest_of_each_kind,
    latest_stories,
    stories_of,
    story_line,
)
from practices.queries.matches import Proposal, match_to_twin
from practices.queries.stories import story

__all__ = [
    "Proposal",
    "StoryLine",
    "author_of",
    "counts",
    "latest_of_each_kind",
    "latest_stories",
    "match_to_twin",
    "stories_of",
    "story",
    "story_line",
]
