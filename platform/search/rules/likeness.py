"""How alike two texts are: how many words they share, each worth as much as it is rare."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from search.rules.analysis import STOP_WORDS, stem, words
from search.rules.ranking import K1, B, rarity

HALF: Final = 6.0
"""Rare words shared at which two texts count as half alike."""
MOST_WORDS: Final = 2_000
"""Words of a text that are read."""
SHORTEST: Final = 3
"""Letters of the shortest word that says what a text is about."""
TITLE_WEIGHT: Final = 2


@dataclass(frozen=True, slots=True)
class Words:
    """A text as its words: how often each stem occurs, and how it is written there first."""

    counts: Mapping[str, int]
    spelled: Mapping[str, str]

    @property
    def length(self) -> int:
        return sum(self.counts.values())


@dataclass(frozen=True, slots=True)
class Likeness:
    """``score`` is 0 for nothing in common and below 1; ``words`` say what, weightiest first."""

    score: float
    words: tuple[str, ...]


def words_of(title: str, text: str, lang: str) -> Words:
    """Return the words of a text, those of its title counted twice; numbers say nothing."""
    stop = STOP_WORDS.get(lang, STOP_WORDS["it"])
    counts: Counter[str] = Counter()
    spelled: dict[str, str] = {}
    for part, weight in ((title, TITLE_WEIGHT), (text, 1)):
        for number, word in enumerate(words(part)):
            if number >= MOST_WORDS:
                break
            folded = word.folded
            if len(folded) < SHORTEST or folded in stop or not folded.isalpha():
                continue
            one = stem(folded, lang)
            counts[one] += weight
            spelled.setdefault(one, part[word.start : word.end].lower())
    return Words(counts, spelled)


def relative_rarity(having: int, of: int) -> float:
    """Return how rare a word is that ``having`` of ``of`` documents have: 1 for a single one."""
    if of <= 1:
        return 1.0
    return min(1.0, rarity(having, max(having, of)) / rarity(1, of))


def share(count: int, length: int, average: float) -> float:
    """Return BM25's share of a word that stands ``count`` times among ``length``: 0 to K1 + 1."""
    return count * (K1 + 1) / (count + K1 * (1 - B + B * length / max(average, 1.0)))


def likeness(
    one: Words, other: Words, rarities: Mapping[str, float], average: float, *, most: int = 4
) -> Likeness:
    """Return how alike two texts are, the same whichever comes first.

    ``rarities`` (0 to 1) has those words of either text that the index knows; a word that it does
    not know is as rare as can be. ``average`` is the usual length of a text in words. Words are
    spelled as in ``one``.
    """
    lengths = one.length, other.length
    worth: dict[str, float] = {}
    for word in one.counts.keys() & other.counts.keys():
        worth[word] = (
            rarities.get(word, 1.0)
            * share(one.counts[word], lengths[0], average)
            * share(other.counts[word], lengths[1], average)
        )
    # Added in the order of the words: a sum of floats depends on it, and this one is kept.
    whole = math.fsum(worth[word] for word in sorted(worth))
    best = sorted(worth, key=lambda word: (-worth[word], word))[:most]
    return Likeness(whole / (whole + HALF), tuple(one.spelled[word] for word in best))
