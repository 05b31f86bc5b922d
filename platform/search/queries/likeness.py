"""What the index knows of words: how rare they are, and which public documents have them.

This is the port for features that compare texts. A feature brings its own current text as
``Words``; nothing here asks whether that text is in the index already.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from core.references import Reference
from search.models import IndexUnavailable
from search.queries.searcher import Searcher
from search.queries.segments import reading
from search.queries.snapshot import Snapshot
from search.rules.likeness import Words, relative_rarity, share

__all__ = ["IndexUnavailable", "Surroundings", "TextStatistics"]

_PUBLIC: Final = frozenset({"public"})
_COMMON: Final = 0.15
"""Words less rare than this (0 to 1) are in too many documents to find any by."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the index says about the words of one text.

    ``rarities`` (0 to 1) by stem; ``average``: the usual length of a document of the kind;
    ``likeness``: by id of a public document of the kind, roughly how much it has in common with
    the text, on a scale of its own.
    """

    rarities: Mapping[str, float] = field(default_factory=dict)
    average: float = 1.0
    likeness: Mapping[int, float] = field(default_factory=dict)


class TextStatistics:
    """Asks the index that serves; every call sees its last commit."""

    def __init__(self, searcher: Searcher) -> None:
        self._searcher = searcher

    def is_available(self) -> bool:
        """Whether there is an index that can be asked."""
        try:
            self._searcher.snapshot()
        except IndexUnavailable:
            return False
        return True

    def around(self, words: Words, kind: str) -> Surroundings:
        """Return what is known of ``words`` and of the public documents of ``kind``.

        Raise ``IndexUnavailable``.
        """
        snapshot = self._searcher.snapshot()
        average = snapshot.average_length(kind)
        length = words.length
        rarities: dict[str, float] = {}
        worths: dict[str, float] = {}
        for word, count in words.counts.items():
            having = snapshot.having("text", word)
            if not having:
                continue
            rarities[word] = relative_rarity(having, snapshot.size)
            if rarities[word] >= _COMMON:
                worths[word] = rarities[word] * share(count, length, average)
        return Surroundings(rarities, average, _having(snapshot, worths, kind))


def _having(snapshot: Snapshot, worths: Mapping[str, float], kind: str) -> dict[int, float]:
    """The public documents that have any of these words, with what these are worth there."""
    found: dict[int, float] = {}
    masks = snapshot.masks_for(_PUBLIC)
    for segment, mask in zip(snapshot.segments, masks, strict=True):
        scores: dict[int, float] = defaultdict(float)
        for word, worth in worths.items():
            postings = segment.postings("text", word, snapshot.averages["text"])
            for number, part in zip(postings.numbers, postings.shares, strict=True):
                scores[number] += worth * part
        kinds = segment.facts.kinds
        wanted = [number for number in scores if mask[number] and kinds[number] == kind]
        with reading():
            for number, key in zip(wanted, segment.keys(wanted), strict=True):
                found[Reference.parse(key).id] = scores[number]
    return found
