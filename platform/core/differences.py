"""How two texts differ, word by word.

The comparison is that of Myers (An O(ND) Difference Algorithm, 1986): linear where two texts are
alike, and given up after a fixed number of changes, so that no pair of texts keeps a page waiting.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

# Words, white space, and each sign of its own; joined they are the text again.
_WORDS = re.compile(r"\w+|\s+|[^\w\s]")
_LINES = re.compile(r"[^\n]*\n|[^\n]+")
# More changes than these are no correction: whole lines tell more, and words would take too long.
_MOST_CHANGES = 500


class Change(StrEnum):
    """What became of a piece of text."""

    SAME = "same"
    ADDED = "added"
    REMOVED = "removed"


@dataclass(frozen=True, slots=True)
class Span:
    """A piece of text that was left, put in or taken out."""

    change: Change
    text: str


def difference(old: str, new: str) -> tuple[Span, ...]:
    """The pieces that make ``new`` of ``old``, in reading order: what goes before what comes.

    All but the added ones joined are ``old``, all but the removed ones are ``new``.
    """
    for cut in (_WORDS, _LINES):
        before, after = cut.findall(old), cut.findall(new)
        steps = _steps(before, after)
        if steps is not None:
            return tuple(_gathered(_bridged(_gathered(steps))))
    return tuple(_gathered([Span(Change.REMOVED, old), Span(Change.ADDED, new)]))


def is_changed(spans: Iterable[Span]) -> bool:
    """Whether anything differs."""
    return any(span.change is not Change.SAME for span in spans)


def _steps(old: Sequence[str], new: Sequence[str]) -> list[Span] | None:
    """One span a token, or None where more than ``_MOST_CHANGES`` tokens differ."""
    head = _alike(old, new)
    tail = _alike(old[head:][::-1], new[head:][::-1])
    middle = _shortest(old[head : len(old) - tail], new[head : len(new) - tail])
    if middle is None:
        return None
    same = [Span(Change.SAME, token) for token in (*old[:head], *old[len(old) - tail :])]
    return [*same[:head], *middle, *same[head:]]


def _alike(old: Sequence[str], new: Sequence[str]) -> int:
    """How many tokens both begin with."""
    length = 0
    for one, other in zip(old, new, strict=False):
        if one != other:
            break
        length += 1
    return length


def _shortest(old: Sequence[str], new: Sequence[str]) -> list[Span] | None:
    """The fewest tokens to take out and put in, or None beyond ``_MOST_CHANGES``.

    ``furthest[k]`` is how far ``old`` is read on diagonal k (place in ``old`` minus place in
    ``new``); what it was before each further change is kept to walk back.
    """
    if abs(len(old) - len(new)) > _MOST_CHANGES:
        return None
    furthest, earlier = {1: 0}, []
    for changes in range(min(len(old) + len(new), _MOST_CHANGES) + 1):
        earlier.append(dict(furthest))
        for k in range(-changes, changes + 1, 2):
            x = furthest[k + 1] if _comes(furthest, k, changes) else furthest[k - 1] + 1
            while x < len(old) and 0 <= x - k < len(new) and old[x] == new[x - k]:
                x += 1
            furthest[k] = x
            if x >= len(old) and x - k >= len(new):
                return _walk_back(old, new, earlier)
    return None


def _comes(furthest: dict[int, int], k: int, changes: int) -> bool:
    """Whether diagonal k is reached by putting a token in, else by taking one out."""
    if k in (-changes, changes):
        return k == -changes
    return furthest[k - 1] < furthest[k + 1]


def _walk_back(
    old: Sequence[str], new: Sequence[str], earlier: Sequence[dict[int, int]]
) -> list[Span]:
    found: list[Span] = []
    x, y = len(old), len(new)
    for changes in range(len(earlier) - 1, -1, -1):
        furthest, k = earlier[changes], x - y
        comes = _comes(furthest, k, changes)
        back = k + 1 if comes else k - 1
        start = furthest[back]
        begin = start if comes else start + 1
        if changes == 0:
            begin = 0
        while x > begin:
            x -= 1
            found.append(Span(Change.SAME, old[x]))
        if changes:
            y = start - back
            token = Span(Change.ADDED, new[y]) if comes else Span(Change.REMOVED, old[start])
            found.append(token)
            x = start
    return found[::-1]


def _gathered(spans: Iterable[Span]) -> Iterator[Span]:
    """Neighbours of one sort in one piece; between two that stay, what goes before what comes."""
    removed, added, same = "", "", ""
    for span in spans:
        if span.change is Change.SAME:
            yield from _written(removed, added)
            removed, added, same = "", "", same + span.text
            continue
        if same:
            yield Span(Change.SAME, same)
            same = ""
        if span.change is Change.REMOVED:
            removed += span.text
        else:
            added += span.text
    if same:
        yield Span(Change.SAME, same)
    yield from _written(removed, added)


def _written(removed: str, added: str) -> Iterator[Span]:
    if removed:
        yield Span(Change.REMOVED, removed)
    if added:
        yield Span(Change.ADDED, added)


def _bridged(spans: Iterable[Span]) -> Iterator[Span]:
    """Spaces alone between two words that were both replaced belong to the change: three words in
    place of three others are one change to read, not three.
    """
    pieces = list(spans)
    for number, span in enumerate(pieces):
        if (
            span.change is Change.SAME
            and span.text.isspace()
            and "\n" not in span.text
            and _replaced(pieces[max(0, number - 2) : number])
            and _replaced(pieces[number + 1 : number + 3])
        ):
            yield Span(Change.REMOVED, span.text)
            yield Span(Change.ADDED, span.text)
        else:
            yield span


def _replaced(pieces: Sequence[Span]) -> bool:
    return [piece.change for piece in pieces] == [Change.REMOVED, Change.ADDED]
