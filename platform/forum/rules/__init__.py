"""Which states follow which, how a discussion is cut into pages, and who is named in a message."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from core.domain import Transitions
from forum.models import PostState, ThreadState

PAGE = 20
LONGEST_TITLE = 200
PEOPLE_SHOWN = 12
# So that nobody calls out a whole community in one message.
MOST_MENTIONS = 10

# Why a message waits; the page says it in words.
UNVERIFIED = "unverified"
EDITED = "edited"
SUSPICIOUS = "suspicious"

THREADS: Transitions[ThreadState] = Transitions(
    {
        ThreadState.HELD: [ThreadState.OPEN, ThreadState.REMOVED],
        ThreadState.OPEN: [ThreadState.CLOSED, ThreadState.HIDDEN, ThreadState.REMOVED],
        ThreadState.CLOSED: [ThreadState.OPEN, ThreadState.HIDDEN, ThreadState.REMOVED],
        # As a message that was hidden: a moderator's mistake can be undone.
        ThreadState.HIDDEN: [ThreadState.OPEN, ThreadState.CLOSED],
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


def people_text(people: Iterable[int | str]) -> str:
    """Who takes part in a discussion, as one text: ids, or names of who is nobody here."""
    return "\n".join(str(one) if isinstance(one, int) else _named(one) for one in people)


def people_in(text: str) -> list[int | str]:
    """The people in a ``people_text``."""
    return [line[1:] if line.startswith(_BY_NAME) else int(line) for line in text.splitlines()]


def _named(name: str) -> str:
    return _BY_NAME + " ".join(name.split())


_BY_NAME = "~"
# A tag of cleaned HTML; a value in quotation marks may hold a "greater than".
TAG = re.compile(r'(<[^">]*(?:"[^"]*"[^">]*)*>)')
# Who is quoted with a name in it was told of that name before.
_OPAQUE = re.compile(r"<(/?)(?:a|blockquote|code|pre)[\s>]")
MENTION = re.compile(r"(?<![\w@./-])@(\w[\w-]{0,99}+)(?![\w@])")
_SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")


def mentioned(cleaned: str) -> list[str]:
    """The slugs of who is named as ``@anna-scalera`` in a message, the first ones, each once.

    ``cleaned`` is the stored HTML; what stands in code, in a link or in a
    quotation names nobody.
    """
    found: dict[str, None] = {}
    for piece, is_text in _pieces(cleaned):
        if is_text:
            found.update(dict.fromkeys(filter(None, map(slug_in, MENTION.finditer(piece)))))
    return list(found)[:MOST_MENTIONS]


def _pieces(cleaned: str) -> Iterator[tuple[str, bool]]:
    """The HTML cut into tags and text; text within a link or code counts as no text."""
    if "@" not in cleaned:
        yield cleaned, False
        return
    depth = 0
    for number, piece in enumerate(TAG.split(cleaned)):
        if number % 2 == 0:
            yield piece, depth == 0
            continue
        if (opaque := _OPAQUE.match(piece)) is not None:
            depth += -1 if opaque[1] else 1
        yield piece, False


def slug_in(match: re.Match[str]) -> str:
    """What a mention names, ``""`` where that can be no slug."""
    word = match[1].rstrip("-").lower()
    return word if _SLUG.fullmatch(word) else ""
