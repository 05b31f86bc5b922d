"""The few words of a text that show why it was found.

An excerpt is a list of segments `(text, is_match)`; joined, and without the ellipses, they are a
piece of the text as it stands. Nothing is escaped: the caller shows each segment as text.
"""

import unicodedata
from collections.abc import Iterator
from typing import Final, NamedTuple

from search.rules.analysis import codes, stem, words
from search.rules.query import Query, understand

ELLIPSIS: Final = "…"
READ: Final = 60_000
"""Characters of a text in which matches are looked for."""

_LEAD: Final = 50  # characters shown before the first match, if the text goes that far back


class _Match(NamedTuple):
    start: int
    end: int
    word: str


def excerpt(
    text: str, query_text: str, lang: str = "it", length: int = 220
) -> list[tuple[str, bool]]:
    """Return the piece of `text` with most of the query's words, at most `length` code points.

    It is cut between words, or, where a word is longer than the excerpt, between characters as a
    reader sees them: never inside a combining sequence, an emoji or a surrogate pair. A text
    without a match gives its beginning; one without anything to show gives [].
    """
    matches = _matches(text[:READ], understand(query_text), lang)
    start, end = _window(text, matches, length)
    inside = [match for match in _merged(text, matches) if start <= match[0] and match[1] <= end]
    segments: list[tuple[str, bool]] = []
    position = start
    for left, right in inside:
        segments += [(text[position:left], False), (text[left:right], True)]
        position = right
    segments.append((text[position:end], False))
    segments = [segment for segment in segments if segment[0]]
    if not segments:
        return []
    before = [(ELLIPSIS, False)] if text[:start].strip() else []
    after = [(ELLIPSIS, False)] if text[end : end + READ].strip() else []
    return before + segments + after


def _matches(text: str, query: Query, lang: str) -> list[_Match]:
    """Return where `text` has a word or code of the query, in order of their beginnings."""
    stems = {one for term in query.terms for one in term.stems}
    exact = {term.exact for term in query.terms if term.exact}
    found = [
        _Match(word.start, word.end, stemmed)
        for word in words(text)
        if (stemmed := stem(word.folded, lang)) in stems or word.folded in exact
    ]
    wanted = exact.union(query.codes)
    if wanted:
        found += [_Match(c.start, c.end, c.code) for c in codes(text) if c.code in wanted]
    return sorted(
        match for match in found if _is_cut(text, match.start) and _is_cut(text, match.end)
    )


def _merged(text: str, matches: list[_Match]) -> Iterator[tuple[int, int]]:
    """Yield the matches as spans that do not overlap; "BG" and "LE" in "BG-LE" become one."""
    current: tuple[int, int] | None = None
    for match in matches:
        if current and match.start <= current[1]:
            current = (current[0], max(current[1], match.end))
        elif current and match.start == current[1] + 1 and text[current[1]] in "-/.'’":
            current = (current[0], match.end)
        else:
            if current:
                yield current
            current = (match.start, match.end)
    if current:
        yield current


def _window(text: str, matches: list[_Match], length: int) -> tuple[int, int]:
    """Return beginning and end of the excerpt, both places where `text` may be cut."""
    start = 0
    if matches and len(text) > length:
        first = _best(matches, length - _LEAD if length > 2 * _LEAD else length)
        lead = _LEAD if length > 2 * _LEAD else 0
        start = _forward(text, max(0, first - lead), first)
    return start, _back(text, start, min(len(text), start + max(length, 0)))


def _best(matches: list[_Match], length: int) -> int:
    """Return where the stretch of `length` with most different words begins."""
    best, best_value = matches[0].start, (0, 0)
    last = 0
    for first, match in enumerate(matches):
        last = max(last, first)
        while last < len(matches) and matches[last].end <= match.start + length:
            last += 1
        within = matches[first : min(last, first + 40)]
        value = (len({one.word for one in within}), len(within))
        if value > best_value:
            best, best_value = match.start, value
    return best


def _forward(text: str, place: int, limit: int) -> int:
    """Return the first beginning of a word from `place` on, or `limit`."""
    if place == 0:
        return 0
    for at in range(place, limit):
        if text[at - 1].isspace() and not text[at].isspace() and _is_cut(text, at):
            return at
    return limit


def _back(text: str, start: int, place: int) -> int:
    """Return the last place up to `place` where `text` may be cut: after a word if there is one."""
    if place >= len(text):
        return len(text)
    for at in range(place, start, -1):
        if text[at].isspace() and not text[at - 1].isspace() and _is_cut(text, at):
            return at
    for at in range(place, start, -1):
        if _is_cut(text, at):
            return at
    return start


# --- Where a text may be cut ----------------------------------------------------------------------

_JOINING: Final = frozenset("\u200c\u200d\u0e33\u0eb3\uff9e\uff9f")
# Letters that belong to the letter after them (Unicode: Prepend) although they are no marks.
_PREPENDED: Final = frozenset(
    "\u0d4e\U000111c2\U000111c3\U0001193f\U00011941\U00011a3a"
    "\U00011a84\U00011a85\U00011a86\U00011a87\U00011a88\U00011a89\U00011d46\U00011f02"
)


def _is_cut(text: str, at: int) -> bool:
    """Return whether a reader sees `text[at - 1]` and `text[at]` as two characters.

    Stricter than Unicode's rules for grapheme clusters (it refuses some places they allow, next to
    format characters), never laxer.
    """
    if at <= 0 or at >= len(text):
        return True
    left, right = text[at - 1], text[at]
    if left.isascii() and right.isascii():
        return not (left == "\r" and right == "\n")
    if right in _JOINING or left == "\u200d" or left in _PREPENDED:
        return False
    if unicodedata.category(right)[0] == "M" or "Cf" in (
        unicodedata.category(left),
        unicodedata.category(right),
    ):
        return False
    return not (
        "\U0001f3fb" <= right <= "\U0001f3ff"  # a skin tone
        or _is_inside_flag(text, at)
        or ("\ud800" <= left <= "\udbff" and "\udc00" <= right <= "\udfff")
        or (_is_jamo_start(left) and _is_jamo(right))
        or _is_jamo_rest(right)
    )


def _is_inside_flag(text: str, at: int) -> bool:
    """Return whether the cut would part the two letters of a flag: they count in pairs."""
    before = at
    while before > 0 and _is_flag_letter(text[before - 1]):
        before -= 1
    return (at - before) % 2 == 1 and _is_flag_letter(text[at])


def _is_flag_letter(letter: str) -> bool:
    return "\U0001f1e6" <= letter <= "\U0001f1ff"


def _is_jamo_start(letter: str) -> bool:
    return "\u1100" <= letter <= "\u115f" or "\ua960" <= letter <= "\ua97c"


def _is_jamo_rest(letter: str) -> bool:
    return "\u1160" <= letter <= "\u11ff" or "\ud7b0" <= letter <= "\ud7fb"


def _is_jamo(letter: str) -> bool:
    return _is_jamo_start(letter) or _is_jamo_rest(letter) or "\uac00" <= letter <= "\ud7a3"
