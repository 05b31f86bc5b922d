"""How long a public story is taken at its word, and when its validation ends."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from core.text import fold
from practices.models import Practice, PracticeKind
from practices.rules.contents import SECTIONS, StoryContent

# After this time without a word somebody is asked whether it still holds. What is sought is found
# or given up sooner than what works stops working.
HOLDS_FOR: Mapping[PracticeKind, timedelta] = {
    PracticeKind.OFFER: timedelta(days=730),
    PracticeKind.SEEK: timedelta(days=183),
}
# How long the answer is waited for before readers are told that there is none.
ANSWER_WITHIN = timedelta(days=60)

# What evaluators judge: where its words change, what they said is said of another text.
JUDGED_SECTIONS = frozenset({"body", "problem", "solution", "results", "transferability"})


def due_at(story: Practice) -> datetime | None:
    """When to ask whether a public story still holds; None for one that was never public.

    What was brought in from elsewhere with a date of its own is taken at its word from then on.
    """
    if story.published_at is None:
        return None
    since = story.confirmed_at or max(story.published_at, story.created_at)
    return since + HOLDS_FOR[story.kind]


def is_rewritten(kind: PracticeKind, old: StoryContent, new: StoryContent) -> bool:
    """Whether a validation of the old text says nothing of the new one.

    It ends when words of what was judged change; case, accents, punctuation and everything else
    (title, contact, themes, links) do not count.
    """
    return any(
        _words(old, section.name) != _words(new, section.name)
        for section in SECTIONS[kind]
        if section.name in JUDGED_SECTIONS
    )


def _words(content: StoryContent, name: str) -> str:
    written = content.sections.get(name)
    return "" if written is None else fold(written.source)
