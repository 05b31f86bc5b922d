"""Which states follow which, how a discussion is cut into pages, and who is named in a message."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Mapping
from datetime import timedelta

from core.domain import Transitions
from forum.models import PostState, ThreadState

PAGE = 20
EDIT_WITHIN = timedelta(minutes=30)
LONGEST_TITLE = 200
# So that nobody calls out a whole community in one message.
MOST_MENTIONS = 10

# Why a message waits; the page says it in words.
UNVERIFIED = "unverified"
EDITED = "edited"

THREADS: Transitions[ThreadState] = Transitions(
    {
        ThreadState.HELD: [ThreadState.OPEN, ThreadState.REMOVED],
        ThreadState.OPEN: [ThreadState.CLOSED, ThreadState.REMOVED],
        ThreadState.CLOSED: [ThreadState.OPEN, ThreadState.REMOVED],
    }
)

POSTS: Transitions[PostState] = Transitions(
    {
        PostState.HELD: [PostState.VISIBLE, PostState.HIDDEN, PostState.REMOVED],
        # An unverified author's edit must be read again, or clearing once would clear for ever.
        PostState.VISIBLE: [PostState.HELD, PostState.HIDDEN, PostState.REMOVED],
        # A moderator's mistake can be undone.
        PostState.HIDDEN: [PostState.VISIBLE, PostState.REMOVED],
    }
)


def page_start(number: int) -> int:
    """The first number of the page that message ``number`` stands on: 1, 21, 41 …

    Pages begin at fixed numbers, whoever reads and whatever is hidden, so that an address leads to
    the same place for ever.
    """
    return (number - 1) // PAGE * PAGE + 1


# A tag of cleaned HTML; a value in quotation marks may hold a "greater than".
_TAG = re.compile(r'(<[^">]*(?:"[^"]*"[^">]*)*>)')
_OPAQUE = re.compile(r"<(/?)(?:a|code|pre)[\s>]")
_MENTION = re.compile(r"(?<![\w@./-])@(\w[\w-]{0,99}+)(?![\w@])")
_SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")


def mentioned(cleaned: str) -> list[str]:
    """The slugs of who is named as ``@anna-scalera`` in a message, the first ones, each once.

    ``cleaned`` is the stored HTML; what stands in code or in a link names nobody.
    """
    found: dict[str, None] = {}
    for piece, is_text in _pieces(cleaned):
        if is_text:
            found.update(dict.fromkeys(filter(None, map(_slug, _MENTION.finditer(piece)))))
    return list(found)[:MOST_MENTIONS]


def link_mentions(cleaned: str, people: Mapping[str, tuple[str, str]]) -> str:
    """The HTML with links to the profiles of those who are named; ``people``: address and name by
    slug. Who is not among them, and whoever comes after the first ones, stays plain text."""
    allowed = {slug: people[slug] for slug in mentioned(cleaned) if slug in people}
    if not allowed:
        return cleaned

    def link(match: re.Match[str]) -> str:
        found = allowed.get(_slug(match))
        if found is None:
            return match[0]
        address, name = (html.escape(one) for one in found)
        word, rest = match[0].rstrip("-"), match[0][len(match[0].rstrip("-")) :]
        return f'<a class="g-mention" href="{address}" title="{name}">{word}</a>{rest}'

    return "".join(
        _MENTION.sub(link, piece) if is_text else piece for piece, is_text in _pieces(cleaned)
    )


def _pieces(cleaned: str) -> Iterator[tuple[str, bool]]:
    """The HTML cut into tags and text; text within a link or code counts as no text."""
    if "@" not in cleaned:
        yield cleaned, False
        return
    depth = 0
    for number, piece in enumerate(_TAG.split(cleaned)):
        if number % 2 == 0:
            yield piece, depth == 0
            continue
        if (opaque := _OPAQUE.match(piece)) is not None:
            depth += -1 if opaque[1] else 1
        yield piece, False


def _slug(match: re.Match[str]) -> str:
    """What a mention names, ``""`` where that can be no slug."""
    word = match[1].rstrip("-").lower()
    return word if _SLUG.fullmatch(word) else ""
