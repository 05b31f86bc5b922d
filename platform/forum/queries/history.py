"""What a message said before: the versions that readers saw, word by word."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from core.actor import Actor
from core.differences import Span, difference
from core.references import Reference
from core.revisions import Revision, revisions_of
from forum.queries.posts import PostHead
from forum.queries.words import gone_words, unreadable_sources
from forum.rules.reading import without_quotes_of
from members.queries import Person, people
from moderation.policies import may_moderate

MOST_SHOWN = 50


@dataclass(frozen=True, slots=True)
class Version:
    """One version and what it changed of the one before; ``was_shown``: readers saw it."""

    at: datetime
    by: Person | None
    is_by_author: bool
    was_shown: bool
    changes: Sequence[Span]


def history(post: PostHead, actor: Actor) -> list[Version]:
    """The versions of a message that the actor may read, newest first, the first one last.

    Authors and moderators see those as well that waited and were never shown. What a version
    quotes of messages that the actor may not read any more is left out, as on the page.
    """
    sees_all = may_moderate(actor) or (
        actor.member_id is not None and actor.member_id == post.author_id
    )
    rows = [row for row in revisions_of(Reference("post", post.id)) if _text(row)]
    shown = [row for row in rows if sees_all or row.values.get("shown")][:MOST_SHOWN]
    withheld = unreadable_sources("\n".join(map(_text, shown)), actor)
    gone = gone_words()
    known = people(row.by_id for row in shown)
    versions = []
    before = ""
    for row in reversed(shown):
        text = without_quotes_of(_text(row), withheld, gone)
        if text != before:
            versions.append(
                Version(
                    row.at,
                    known.get(row.by_id or 0),
                    row.by_id == post.author_id,
                    bool(row.values.get("shown")),
                    difference(before, text),
                )
            )
        before = text
    return versions[::-1]


def _text(row: Revision) -> str:
    text = row.values.get("text")
    return text if isinstance(text, str) else ""
