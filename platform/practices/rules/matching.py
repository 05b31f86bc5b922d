"""How well a seeking and an offering story suit each other: a sum whose parts have reasons.

All values are whole hundredths and each part is rounded before they are added, so that what a page
shows adds up exactly. Every part says the same whichever of the two stories is asked about.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from core.domain import Transitions
from organisations.models import Level
from practices.models import MatchState, PracticeState
from search.rules.likeness import Likeness

M = MatchState

MATCH_TRANSITIONS = Transitions(
    {
        M.SUGGESTED: [M.CONTACTED, M.DISMISSED],
        M.CONTACTED: [M.TWINNED, M.DISMISSED],
    }
)

# What is superseded or in the archive is not put forward.
MATCHED_STATES: Final = frozenset({PracticeState.PUBLISHED, PracticeState.VALIDATED})
# Pairs in which people have begun something together.
BEGUN: Final = frozenset({M.CONTACTED, M.TWINNED})

MOST_SUGGESTED: Final = 10
"""Suggestions that a story keeps."""
THRESHOLD: Final = 45
"""Hundredths below which two stories have too little in common."""
BEST: Final = 3
"""A suggestion is told of where it is among so many best of a story."""


class PartKind(StrEnum):
    """What two stories are compared by, in the order in which it is shown."""

    THEME = "theme"
    LEVEL = "level"
    TERRITORY = "territory"
    TEXT = "text"


# What each part is worth at most. A similar body counts for more than a near one: who has the same
# tasks can take a practice over, while distance only makes a visit longer.
WEIGHTS: Final[Mapping[PartKind, int]] = {
    PartKind.THEME: 40,
    PartKind.TEXT: 35,
    PartKind.LEVEL: 15,
    PartKind.TERRITORY: 10,
}


class Nearness(StrEnum):
    """How near two stories are in one respect."""

    SAME = "same"
    WITHIN = "within"  # one theme is part of the other
    BESIDE = "beside"  # themes of the same branch, levels with similar tasks
    AREA = "area"  # another region of the same part of the country
    WORDS = "words"
    UNKNOWN = "unknown"  # the index could not be asked


THEME_NEARNESS: Final = {Nearness.SAME: 1.0, Nearness.WITHIN: 0.6, Nearness.BESIDE: 0.4}
TERRITORY_NEARNESS: Final = {Nearness.SAME: 1.0, Nearness.AREA: 0.5}

_NEIGHBOURING_LEVELS: Final[Mapping[frozenset[Level], float]] = {
    frozenset({Level.REGION, Level.AUTONOMOUS_PROVINCE}): 0.8,
    frozenset({Level.MUNICIPALITY, Level.SOCIAL_DISTRICT}): 0.6,
    frozenset({Level.PROVINCE, Level.AUTONOMOUS_PROVINCE}): 0.4,
    frozenset({Level.PROVINCE, Level.REGION}): 0.4,
    frozenset({Level.PROVINCE, Level.MUNICIPALITY}): 0.4,
    frozenset({Level.REGION, Level.AGENCY}): 0.4,
    frozenset({Level.STATE, Level.AGENCY}): 0.4,
}


@dataclass(frozen=True, slots=True)
class Part:
    """One reason: what it is worth in hundredths, and of what it speaks.

    ``of``: ids of the two themes or regions (seeking side first), codes of the two levels, or the
    words that both texts have.
    """

    kind: PartKind
    nearness: Nearness
    value: int
    of: tuple[int | str, ...] = ()

    def stored(self) -> dict[str, Any]:
        return {
            "kind": self.kind.value,
            "nearness": self.nearness.value,
            "value": self.value,
            "of": list(self.of),
        }


def parts_of(stored: Iterable[Mapping[str, Any]]) -> list[Part]:
    """Parts as they stand in a row."""
    return [
        Part(PartKind(one["kind"]), Nearness(one["nearness"]), one["value"], tuple(one["of"]))
        for one in stored
    ]


@dataclass(frozen=True, slots=True)
class Side:
    """What is compared of a story besides its text.

    ``region_id`` and ``area`` (the first letters of a NUTS code) are where it plays, ``level`` that
    of the body that speaks.
    """

    id: int
    version: int
    theme_ids: frozenset[int] = frozenset()
    region_id: int | None = None
    area: str = ""
    level: Level | None = None
    organisation_id: int | None = None
    author_id: int | None = None


@dataclass(frozen=True, slots=True)
class Score:
    """The parts that are worth anything, and their sum in hundredths."""

    parts: tuple[Part, ...]

    @property
    def total(self) -> int:
        return sum(part.value for part in self.parts)


def theme_reach(theme_ids: Collection[int], parents: Mapping[int, int | None]) -> dict[int, float]:
    """How near, from 0 to 1, every theme is to the nearest of these; far ones are left out.

    Made once for a story, then asked for each of many others.
    """
    reach: dict[int, float] = {}
    for other in parents:
        near = [
            THEME_NEARNESS[how]
            for own in theme_ids
            if (how := _between(own, other, parents)) is not None
        ]
        if near:
            reach[other] = max(near)
    return reach


def _between(one: int, other: int, parents: Mapping[int, int | None]) -> Nearness | None:
    if one == other:
        return Nearness.SAME
    above, beyond = list(_above(one, parents)), list(_above(other, parents))
    if other in above or one in beyond:
        return Nearness.WITHIN
    return Nearness.BESIDE if above and beyond and above[-1] == beyond[-1] else None


def _above(theme: int, parents: Mapping[int, int | None]) -> Iterator[int]:
    at = parents.get(theme)
    while at is not None:
        yield at
        at = parents.get(at)


def may_match(one: Side, other: Side) -> bool:
    """Whether the two stories have different people behind them."""
    if one.organisation_id is not None and one.organisation_id == other.organisation_id:
        return False
    return one.author_id is None or one.author_id != other.author_id


def theme_part(seek: Side, offer: Side, parents: Mapping[int, int | None]) -> Part | None:
    """The part of the themes: of the nearest pair, the first in the order of ids among equals."""
    pairs = [
        (-THEME_NEARNESS[how], seeking, offering, how)
        for seeking in seek.theme_ids
        for offering in offer.theme_ids
        if (how := _between(seeking, offering, parents)) is not None
    ]
    if not pairs:
        return None
    far, seeking, offering, how = min(pairs)
    return Part(PartKind.THEME, how, _worth(PartKind.THEME, -far), (seeking, offering))


def facts_value(one: Side, other: Side, reach: Mapping[int, float]) -> int:
    """What everything but the text is worth, the quick way; ``reach`` is that of ``one``."""
    near = max((reach.get(theme, 0.0) for theme in other.theme_ids), default=0.0)
    parts = (level_part(one, other), territory_part(one, other))
    return _worth(PartKind.THEME, near) + sum(part.value for part in parts if part is not None)


def level_part(seek: Side, offer: Side) -> Part | None:
    """The part of the bodies' levels; none where no body speaks."""
    if seek.level is None or offer.level is None:
        return None
    levels = (seek.level.value, offer.level.value)
    if seek.level is offer.level:
        # "Other" bodies have nothing in common by being that.
        if seek.level is Level.OTHER:
            return None
        return Part(PartKind.LEVEL, Nearness.SAME, _worth(PartKind.LEVEL, 1.0), levels)
    near = _NEIGHBOURING_LEVELS.get(frozenset({seek.level, offer.level}))
    if near is None:
        return None
    return Part(PartKind.LEVEL, Nearness.BESIDE, _worth(PartKind.LEVEL, near), levels)


def territory_part(seek: Side, offer: Side) -> Part | None:
    """The part of the places: the same region, or one of the same part of the country."""
    if seek.region_id is None or offer.region_id is None:
        return None
    regions = (seek.region_id, offer.region_id)
    if seek.region_id == offer.region_id:
        how = Nearness.SAME
    elif seek.area and seek.area == offer.area:
        how = Nearness.AREA
    else:
        return None
    value = _worth(PartKind.TERRITORY, TERRITORY_NEARNESS[how])
    return Part(PartKind.TERRITORY, how, value, regions)


def text_part(likeness: Likeness | None) -> Part | None:
    """The part of the texts; None stands for an index that could not be asked."""
    if likeness is None:
        return Part(PartKind.TEXT, Nearness.UNKNOWN, 0)
    value = _worth(PartKind.TEXT, likeness.score)
    return Part(PartKind.TEXT, Nearness.WORDS, value, likeness.words) if value else None


def score_of(*parts: Part | None) -> Score:
    """The sum, in the order in which the parts are shown."""
    there = [part for part in parts if part is not None]
    order = list(PartKind)
    return Score(tuple(sorted(there, key=lambda part: order.index(part.kind))))


def _worth(kind: PartKind, nearness: float) -> int:
    """A share of what the part can be worth, in whole hundredths, halves rounded up."""
    return int(WEIGHTS[kind] * min(max(nearness, 0.0), 1.0) + 0.5)
