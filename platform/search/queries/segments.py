"""One Whoosh segment, read into arrays: what never changes is read once and kept.

A segment's postings, columns and lengths stay as they are until it is merged away; only its list of
deleted documents grows. Terms are scored from arrays in plain loops, because that costs a fifth of
Whoosh's matchers and gives exact totals and counts on the way.
"""

from __future__ import annotations

import threading
from array import array
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from sys import intern
from typing import Any, Final, NamedTuple

from search.models import FilterMatcher, IndexUnavailable, W3LeafMatcher
from search.rules.ranking import saturations

MOST_POSTINGS: Final = 1_000_000
"""Postings kept per process, over all segments: about 8 MB."""


class Postings(NamedTuple):
    """The documents of a segment that have a term, growing, and the term's share in each."""

    numbers: array[int]
    shares: array[float]
    having: int
    """How many documents have the term, deleted ones included."""


class Card(NamedTuple):
    """What is stored of a document to be shown."""

    key: str
    title: str
    text: str
    url: str
    lang: str
    at: datetime
    version: int


NOTHING: Final = Postings(array("I"), array("f"), 0)


@contextmanager
def reading() -> Iterator[None]:
    """Turn whatever Whoosh raises on damaged files into `IndexUnavailable`."""
    try:
        yield
    except IndexUnavailable:
        raise
    except (
        Exception
    ) as error:  # struct.error, UnpicklingError, zlib.error, KeyError, ValueError ...
        raise IndexUnavailable(f"the index cannot be read: {error!r}") from error


class PostingCache:
    """The postings used last, at most `MOST_POSTINGS` of them; safe between threads."""

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[object, ...], Postings] = OrderedDict()
        self._count = 0
        self._lock = threading.Lock()

    def get(self, key: tuple[object, ...], read: Callable[[], Postings]) -> Postings:
        """Return the postings under `key`, from `read` if they are not kept."""
        with self._lock:
            found = self._kept.get(key)
            if found is not None:
                self._kept.move_to_end(key)
                return found
        found = read()
        with self._lock:
            if key not in self._kept:
                self._kept[key] = found
                self._count += len(found.numbers) + 16
                while self._count > MOST_POSTINGS and len(self._kept) > 1:
                    _, dropped = self._kept.popitem(last=False)
                    self._count -= len(dropped.numbers) + 16
        return found


class Facts:
    """What is the same for a segment as long as it exists: kinds, audiences, lengths."""

    def __init__(self, reader: Any) -> None:
        count = reader.doc_count_all()
        self.kinds = [intern(raw.decode()) for raw in _column(reader, "kind", count)]
        self.audiences = [intern(raw.decode()) for raw in _column(reader, "audience", count)]
        self._lengths: dict[str, array[int]] = {}
        self._keys: list[str] | None = None

    def keys(self, reader: Any) -> list[str]:
        """Return the unique key of each document."""
        if self._keys is None:
            self._keys = [raw.decode() for raw in _column(reader, "key", len(self.kinds))]
        return self._keys

    def lengths(self, reader: Any, field: str) -> array[int]:
        """Return the number of terms of `field` in each document (Whoosh rounds large ones)."""
        found = self._lengths.get(field)
        if found is None:
            found = array(
                "I",
                (
                    reader.doc_field_length(number, field, 0) or 0
                    for number in range(reader.doc_count_all())
                ),
            )
            self._lengths[field] = found
        return found


class Segment:
    """A segment as one generation of the index has it: its facts, and which documents live."""

    def __init__(self, reader: Any, facts: Facts | None, cache: PostingCache) -> None:
        self.name: str = reader.segment().segment_id()
        self.size: int = reader.doc_count_all()
        self.facts = facts or Facts(reader)
        self.deleted = frozenset(reader.segment().deleted_docs()) if reader.has_deletions() else ()
        self._reader = reader
        self._cache = cache
        self._reading = threading.Lock()  # Whoosh's files have one position each

    def length_of(self, field: str) -> int:
        """Return the number of terms of `field` in all documents, deleted ones included."""
        return int(self._reader.field_length(field))

    def lengths(self, field: str, kind: str) -> list[int]:
        """Return the number of terms of `field` in every document of a kind."""
        with self._reading, reading():
            every = self.facts.lengths(self._reader, field)
        return [every[number] for number, one in enumerate(self.facts.kinds) if one == kind]

    def keys(self, numbers: Sequence[int]) -> list[str]:
        """Return the unique keys of these documents."""
        if not numbers:
            return []
        with self._reading, reading():
            every = self.facts.keys(self._reader)
        return [every[number] for number in numbers]

    def postings(self, field: str, term: str, average: float) -> Postings:
        """Return the postings of `term`; its shares suppose `average` terms in the field."""
        key = (self.name, field, term, average)
        return self._cache.get(key, lambda: self._postings(field, term, average))

    def _postings(self, field: str, term: str, average: float) -> Postings:
        with self._reading, reading():
            if (field, term) not in self._reader:
                return NOTHING
            lengths = self.facts.lengths(self._reader, field)
            numbers, weights = _read(self._reader.postings(field, term))
            having = self._reader.term_info(field, term).doc_frequency()
            return Postings(numbers, saturations(numbers, weights, lengths, average), having)

    def places(self, field: str, term: str, numbers: Sequence[int]) -> dict[int, list[int]]:
        """Return where `term` stands in those of the documents `numbers` (growing) that have it."""
        found: dict[int, list[int]] = {}
        with self._reading, reading():
            if (field, term) not in self._reader:
                return found
            matcher = self._reader.postings(field, term)
            for number in numbers:
                if not matcher.is_active():
                    break
                matcher.skip_to(number)
                if matcher.is_active() and matcher.id() == number:
                    found[number] = matcher.value_as("positions")
        return found

    def number_of(self, key: str) -> int | None:
        """Return the number of the living document with this unique key."""
        with self._reading, reading():
            if ("ref", key) in self._reader:
                for number in self._reader.postings("ref", key).all_ids():
                    return int(number)
        return None

    def card(self, number: int) -> Card:
        """Return what is shown of one document."""
        with self._reading, reading():
            return Card(*self._reader.stored_fields(number)["card"])

    def stamps(self) -> Iterator[tuple[str, int]]:
        """Yield unique key and version of every living document."""
        with self._reading, reading():
            keys = _column(self._reader, "key", self.size)
            versions = _column(self._reader, "version", self.size)
        for number, (key, version) in enumerate(zip(keys, versions, strict=True)):
            if number not in self.deleted:
                yield key.decode(), version


def _column(reader: Any, field: str, count: int) -> list[Any]:
    column = reader.column_reader(field)
    return [column[number] for number in range(count)]


def _read(matcher: Any) -> tuple[array[int], array[float]]:
    """Return the document numbers and frequencies of a term, deleted documents included.

    Whoosh's public way, posting by posting, costs ten times as much as taking its decoded blocks.
    """
    leaf = matcher.child if isinstance(matcher, FilterMatcher) else matcher
    numbers, weights = array("I"), array("f")
    if isinstance(leaf, W3LeafMatcher):
        leaf.reset()
        while leaf.is_active():
            leaf.id()  # decodes the block's numbers
            leaf.weight()  # and its frequencies
            numbers.extend(leaf._ids)
            weights.extend(leaf._weights)
            leaf._next_block()
    else:  # a term of a single document stands in the dictionary itself
        while leaf.is_active():
            numbers.append(leaf.id())
            weights.append(leaf.weight())
            leaf.next()
    return numbers, weights
