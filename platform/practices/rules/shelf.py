"""The catalogue as sets of stories, one for each value of each filter, to count under any choice.

A set is a whole number whose bit ``n`` stands for the story with the id ``n``: two of 100,000
stories are cut in microseconds, so that every number beside the catalogue is exact, whatever is
chosen. Nothing here asks the database.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import compress, count
from typing import Any, NamedTuple

from practices.models import PracticeKind, PracticeState

_BITS = bytes.maketrans(b"01", b"\x00\x01")


@dataclass(frozen=True, slots=True)
class Filters:
    """What a reader asks for; within one field any match will do, all fields must match.

    ``theme_ids`` cover what lies below them, ``region_ids`` and ``province_ids`` every place
    inside; ``organisation_ids`` are bodies that speak, ``years`` those of publication, as a
    calendar in Italy has them.
    """

    kind: PracticeKind | None = None
    states: frozenset[PracticeState] = frozenset()
    theme_ids: frozenset[int] = frozenset()
    region_ids: frozenset[int] = frozenset()
    province_ids: frozenset[int] = frozenset()
    organisation_ids: frozenset[int] = frozenset()
    years: frozenset[int] = frozenset()

    @property
    def is_empty(self) -> bool:
        """Whether nothing is asked for beyond the kind."""
        return replace(self, kind=None) == Filters()


class Placed(NamedTuple):
    """A story as the shelf knows it; 0 stands for none."""

    id: int
    kind: PracticeKind
    state: PracticeState
    space_id: int
    region_id: int
    province_id: int
    organisation_id: int
    year: int
    theme_ids: tuple[int, ...]


_SPACE = "space"
_THEME = "theme_ids"
_ORGANISATION = "organisation_ids"


@dataclass
class Shelf:
    """Which stories have which value. Reading and writing it must not overlap."""

    sets: dict[tuple[str, Any], int] = field(default_factory=dict)
    speakers: list[int] = field(default_factory=list)  # by the id of the story; 0 for none
    by_speaker: dict[int, set[int]] = field(default_factory=dict)

    def fill(self, stories: Iterable[Placed]) -> None:
        """Place many stories at once, on an empty shelf."""
        growing: dict[tuple[str, Any], bytearray] = {}
        for story in stories:
            byte, bit = story.id >> 3, 1 << (story.id & 7)
            for key in _keys(story):
                found = growing.setdefault(key, bytearray())
                if len(found) <= byte:
                    found.extend(bytes(byte + 1 - len(found)))
                found[byte] |= bit
            self._speak(story.id, story.organisation_id)
        self.sets = {key: int.from_bytes(found, "little") for key, found in growing.items()}

    def take(self, ids: Collection[int]) -> None:
        """Take stories away, whether or not they are there."""
        gone = ~from_ids(ids)
        for key, found in self.sets.items():
            self.sets[key] = found & gone
        for number in ids:
            self._speak(number, 0)

    def put(self, stories: Collection[Placed]) -> None:
        """Place stories that are not there."""
        for story in stories:
            for key in _keys(story):
                self.sets[key] = self.sets.get(key, 0) | (1 << story.id)
            self._speak(story.id, story.organisation_id)

    def matching(
        self, filters: Filters, space_ids: Collection[int], below: Mapping[int, frozenset[int]]
    ) -> int:
        """The stories under these filters that a reader with keys to these spaces may open.

        ``below`` maps each theme to the ids of all that it covers, its own among them.
        """
        found = self._union((_SPACE, one) for one in {0, *space_ids})
        if filters.kind is not None:
            found &= self.sets.get(("kind", filters.kind), 0)
        for name in ("states", "region_ids", "province_ids", "years"):
            chosen = getattr(filters, name)
            if chosen:
                found &= self._union((name, one) for one in chosen)
        if filters.theme_ids:
            covered = {one for chosen in filters.theme_ids for one in below.get(chosen, ())}
            found &= self._union((_THEME, one) for one in covered)
        if filters.organisation_ids:
            told: set[int] = set()
            for chosen in filters.organisation_ids:
                told |= self.by_speaker.get(chosen, set())
            found &= from_ids(told)
        return found

    def numbers(self, name: str, among: int) -> dict[Any, int]:
        """How many of these stories have each value of a filter with single values."""
        found = {}
        for (kind, value), stories in self.sets.items():
            if kind == name and value and (number := (stories & among).bit_count()):
                found[value] = number
        return found

    def themes(self, below: Mapping[int, frozenset[int]], among: int) -> dict[int, int]:
        """How many of these stories each theme covers; one with two themes below it counts once."""
        found = {}
        for theme_id, covered in below.items():
            number = (self._union((_THEME, one) for one in covered) & among).bit_count()
            if number:
                found[theme_id] = number
        return found

    def organisations(self, among: int) -> Counter[int]:
        """How many of these stories each body tells."""
        found = Counter(compress(self.speakers, _bits(among)))
        found.pop(0, None)
        return found

    def _union(self, keys: Iterable[tuple[str, Any]]) -> int:
        found = 0
        for key in keys:
            found |= self.sets.get(key, 0)
        return found

    def _speak(self, number: int, organisation_id: int) -> None:
        if len(self.speakers) <= number:
            self.speakers.extend([0] * (number + 1 - len(self.speakers)))
        before, self.speakers[number] = self.speakers[number], organisation_id
        if before:
            self.by_speaker[before].discard(number)
        if organisation_id:
            self.by_speaker.setdefault(organisation_id, set()).add(number)


def ids_of(stories: int) -> Iterator[int]:
    """The ids in a set, growing."""
    return compress(count(), _bits(stories))


def from_ids(ids: Collection[int]) -> int:
    """The set of these ids."""
    if not ids:
        return 0
    found = bytearray((max(ids) >> 3) + 1)
    for number in ids:
        found[number >> 3] |= 1 << (number & 7)
    return int.from_bytes(found, "little")


def _bits(stories: int) -> bytes:
    """A byte for each id from 0 on: 1 where it is in the set."""
    return f"{stories:b}"[::-1].encode().translate(_BITS)


def _keys(story: Placed) -> Iterator[tuple[str, Any]]:
    yield _SPACE, story.space_id
    yield "kind", story.kind
    yield "states", story.state
    yield "region_ids", story.region_id
    yield "province_ids", story.province_id
    yield "years", story.year
    for theme_id in story.theme_ids:
        yield _THEME, theme_id
