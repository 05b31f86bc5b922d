"""Scores: BM25 per field, and how much of what was asked a document has.

Measured on Italian questions by `benchmarks/relevance.py`: change a number only with its table.
"""

from __future__ import annotations

import math
from array import array
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Final

K1: Final = 1.2
B: Final = 0.75
WEIGHTS: Final = {"title": 1.0, "text": 1.0, "exact": 0.5}
CODE_WEIGHT: Final = 3.0
COVERAGE: Final = 0.5
NEARNESS: Final = 0.6
WINDOW: Final = 30
"""Documents, best first, whose order coverage and nearness may change."""


def rarity(having: int, of: int) -> float:
    """Return the inverse document frequency of a term that `having` of `of` documents have."""
    return math.log(1 + (of - having + 0.5) / (having + 0.5))


def saturations(
    numbers: Iterable[int], weights: Iterable[float], lengths: Sequence[int], average: float
) -> array[float]:
    """Return BM25's share of one term in one field, between 0 and K1 + 1, for each document.

    `lengths` holds the terms in the field of every document, `average` their mean.
    """
    top, base, slope = K1 + 1, K1 * (1 - B), K1 * B / average
    return array(
        "f",
        [
            weight * top / (weight + base + slope * lengths[number])
            for number, weight in zip(numbers, weights, strict=True)
        ],
    )


def rounded_average(total: int, documents: int) -> float:
    """Return the average length of a field in terms, rounded to steps of about 5 %.

    Rounding keeps the shares of old postings valid while documents come and go one by one.
    """
    if not total or not documents:
        return 1.0
    return math.pow(1.05, round(math.log(max(total / documents, 1.0), 1.05)))


def nearness(positions: Sequence[Sequence[int]]) -> float:
    """Return, from 0 to 1, how closely neighbours of the query stand together in the text.

    `positions` holds, for each word of the query in its order, its places in the text, growing.
    Two neighbours side by side and in order count 1, each word between them less.
    """
    pairs = len(positions) - 1
    if pairs < 1:
        return 0.0
    return sum(_pair(left, right) for left, right in pairwise(positions)) / pairs


def _pair(left: Sequence[int], right: Sequence[int]) -> float:
    best = 0.0
    start = 0
    for place in left:
        while start < len(right) and right[start] < place - 8:
            start += 1
        for other in right[start : start + 3]:
            distance = other - place
            gap = distance if distance > 0 else 1 - distance
            if gap:
                best = max(best, 1.0 / gap if gap <= 8 else 0.0)
    return best


def has_phrase(positions: Mapping[int, Sequence[int]]) -> bool:
    """Return whether words occur in their distances.

    `positions` holds, for the place of a word in the phrase, its places in the text.
    """
    common: set[int] | None = None
    for step, places in positions.items():
        begins = {place - step for place in places}
        common = begins if common is None else common & begins
    return bool(common)
