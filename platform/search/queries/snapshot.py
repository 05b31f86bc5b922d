"""The index as one commit left it: what a question finds there, for one reader."""

from __future__ import annotations

import os
import re
from array import array
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from heapq import nlargest
from pathlib import Path
from typing import Final

from core.references import Reference
from search.models import IndexUnavailable, Pointer, open_reader, read_pointer
from search.queries.segments import Facts, PostingCache, Segment, reading
from search.rules import ranking
from search.rules.analysis import GAP
from search.rules.query import Phrase, Query, Term

FIELDS: Final = ("title", "text", "exact")
_TOC: Final = re.compile(r"_MAIN_(\d+)\.toc\Z")
_MOST_READERS: Final = 64  # token sets whose masks are kept


@dataclass(frozen=True, slots=True)
class Hit:
    """One result: what to show, and the text from which to cut an excerpt."""

    reference: Reference
    score: float
    title: str
    url: str
    text: str
    lang: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Results:
    """A page of results: `total` and `kind_counts` are exact for this reader.

    `total` respects `kinds`; `kind_counts` does not: each kind can be offered with its count.
    """

    hits: tuple[Hit, ...] = ()
    total: int = 0
    kind_counts: Mapping[str, int] = field(default_factory=dict)


class Snapshot:
    """The index as one commit left it."""

    def __init__(self, folder: Path, known: Mapping[str, Facts], cache: PostingCache) -> None:
        self._root = folder
        self._pointer: Pointer = read_pointer(folder)
        self._folder = folder / self._pointer.generation
        self._commit = last_commit(self._folder)
        with reading():
            reader = open_reader(self._folder)
            leaves = [leaf for leaf, _ in reader.leaf_readers() if leaf.doc_count_all()]
            self.segments = [
                Segment(leaf, known.get(leaf.segment().segment_id()), cache) for leaf in leaves
            ]
            self._sizes = _sizes(self._folder, self.segments)
        self.size = sum(segment.size for segment in self.segments)
        self.averages = {
            name: ranking.rounded_average(sum(s.length_of(name) for s in self.segments), self.size)
            for name in FIELDS
        }
        self._masks: dict[frozenset[str], list[bytearray]] = {}
        self._lengths: dict[str, float] = {}

    def having(self, name: str, term: str) -> int:
        """Return how many documents have a term in a field, deleted ones included."""
        average = self.averages[name]
        return sum(segment.postings(name, term, average).having for segment in self.segments)

    def average_length(self, kind: str) -> float:
        """Return how many words the text of a document of ``kind`` has on average; 1 for none."""
        if kind not in self._lengths:
            lengths = [one for segment in self.segments for one in segment.lengths("text", kind)]
            self._lengths[kind] = max(sum(lengths) / len(lengths), 1.0) if lengths else 1.0
        return self._lengths[kind]

    def is_last(self) -> bool:
        """Return whether nothing was committed, switched, cut or removed since it was opened.

        A file that is open and then cut must not be read: it is mapped into memory, and the kernel
        would end the process.
        """
        try:
            return (
                read_pointer(self._root) == self._pointer
                and last_commit(self._folder) == self._commit
                and _sizes(self._folder, self.segments) == self._sizes
            )
        except (IndexUnavailable, OSError):
            return False

    def search(
        self,
        query: Query,
        tokens: frozenset[str],
        kinds: frozenset[str] | None,
        limit: int,
        offset: int,
        exclude: frozenset[Reference],
    ) -> Results:
        """Return the results of a query understood; arguments as for `Searcher.search`."""
        lookups = self._lookups(query)
        masks = self.masks_for(tokens)
        counts: Counter[str] = Counter()
        total = 0
        best: list[tuple[float, int, int]] = []
        for place, segment in enumerate(self.segments):
            scores = self._scores(segment, lookups)
            matching = self._matching(segment, scores, masks[place], query, exclude)
            kinds_of = segment.facts.kinds
            counts.update(map(kinds_of.__getitem__, matching))
            if kinds is not None:
                matching = [number for number in matching if kinds_of[number] in kinds]
            total += len(matching)
            best.extend((scores[number], place, number) for number in matching)
        ranked = self._ranked(best, lookups, max(0, offset) + max(0, limit))
        page = ranked[max(0, offset) : max(0, offset) + max(0, limit)]
        hits = tuple(self._hit(score, place, number) for score, place, number in page)
        return Results(hits, total, dict(counts))

    def _lookups(self, query: Query) -> list[Lookup]:
        """Return the query's terms as terms of fields, each group with its rarity."""
        groups = [_places_of(term) for term in query.terms]
        groups += [[("exact", code, ranking.CODE_WEIGHT)] for code in query.codes]
        return [lookup for group in groups if (lookup := self._lookup(group))]

    def _lookup(self, group: list[tuple[str, str, float]]) -> Lookup | None:
        """Return those terms of a group that exist, as rare as the most frequent of them."""
        having = {
            term: sum(
                segment.postings(term[0], term[1], self.averages[term[0]]).having
                for segment in self.segments
            )
            for term in group
        }
        most = max(having.values(), default=0)
        if not most:
            return None
        present = [term for term in group if having[term]]
        return Lookup(present, ranking.rarity(most, max(self.size, most)))

    def _scores(self, segment: Segment, lookups: Iterable[Lookup]) -> dict[int, float]:
        scores: dict[int, float] = defaultdict(float)
        for lookup in lookups:
            for name, text, weight in lookup.terms:
                postings = segment.postings(name, text, self.averages[name])
                factor = weight * lookup.rarity
                for number, share in zip(postings.numbers, postings.shares, strict=True):
                    scores[number] += share * factor
        return scores

    def masks_for(self, tokens: frozenset[str]) -> list[bytearray]:
        """Return, per segment, a byte per document: 1 if it lives and this reader may find it."""
        masks = self._masks.get(tokens)
        if masks is None:
            masks = []
            for segment in self.segments:
                mask = bytearray(audience in tokens for audience in segment.facts.audiences)
                for number in segment.deleted:
                    mask[number] = 0
                masks.append(mask)
            if len(self._masks) >= _MOST_READERS:
                self._masks.clear()
            self._masks[tokens] = masks
        return masks

    def _matching(
        self,
        segment: Segment,
        scores: Mapping[int, float],
        mask: bytearray,
        query: Query,
        exclude: frozenset[Reference],
    ) -> list[int]:
        """Return the documents that this reader may find and that no quote or minus removes."""
        matching = [number for number in scores if mask[number]]
        for phrase in query.phrases:
            matching = sorted(self._having(segment, phrase, matching))
        for phrase in query.excluded:
            without = self._having(segment, phrase, matching)
            matching = [number for number in matching if number not in without]
        if exclude and matching:
            hidden = {segment.number_of(str(reference)) for reference in exclude}
            matching = [number for number in matching if number not in hidden]
        return matching

    def _having(self, segment: Segment, phrase: Phrase, numbers: Iterable[int]) -> set[int]:
        """Return those of `numbers` in whose title, text or names the phrase occurs."""
        ways = [(name, words) for name in ("title", "text") for words in phrase.stems]
        ways.append(("exact", phrase.exact))
        found: set[int] = set()
        for name, words in ways:
            candidates = set(numbers) - found
            steps = {step: word for step, word in enumerate(words) if word != GAP}
            for word in dict.fromkeys(steps.values()):
                candidates &= set(segment.postings(name, word, self.averages[name]).numbers)
            if len(steps) > 1 and candidates:
                ordered = sorted(candidates)
                places = {word: segment.places(name, word, ordered) for word in set(steps.values())}
                candidates = {
                    number
                    for number in ordered
                    if ranking.has_phrase(
                        {step: places[word].get(number, ()) for step, word in steps.items()}
                    )
                }
            found |= candidates
        return found

    def _ranked(
        self, scored: list[tuple[float, int, int]], lookups: list[Lookup], wanted: int
    ) -> list[tuple[float, int, int]]:
        """Return the `wanted` best; the first `WINDOW` are ordered anew by coverage and nearness.

        Every factor is at least 1, so that the window stays ahead of the rest and pages do not
        overlap.
        """
        best = nlargest(max(wanted, ranking.WINDOW), scored)
        if len(lookups) < 2:
            return best
        window = best[: ranking.WINDOW]
        factors = self._factors([(place, number) for _, place, number in window], lookups)
        again = [(score * factors[place, number], place, number) for score, place, number in window]
        return sorted(again, reverse=True) + best[ranking.WINDOW :]

    def _factors(
        self, documents: list[tuple[int, int]], lookups: list[Lookup]
    ) -> dict[tuple[int, int], float]:
        """Return, per document, the reward for coverage of the query and nearness of its words."""
        whole = sum(lookup.rarity for lookup in lookups)
        factors = {}
        for place in {place for place, _ in documents}:
            segment = self.segments[place]
            numbers = sorted(number for where, number in documents if where == place)
            tables = [self._table(segment, lookup, numbers) for lookup in lookups]
            for number in numbers:
                had = sum(
                    lookup.rarity
                    for lookup, table in zip(lookups, tables, strict=True)
                    if number in table
                )
                near = ranking.nearness(
                    [table[number] for table in tables if table.get(number)]
                ) * (had / whole)
                factors[place, number] = (
                    1 + ranking.COVERAGE * (had / whole) ** 2 + ranking.NEARNESS * near
                )
        return factors

    def _table(self, segment: Segment, lookup: Lookup, numbers: list[int]) -> dict[int, list[int]]:
        """Return the places in the text of those of `numbers` that have a term of `lookup`."""
        table: dict[int, list[int]] = {}
        for name, text, _ in lookup.terms:
            having = segment.postings(name, text, self.averages[name]).numbers
            present = [number for number in numbers if _has(having, number)]
            if name == "text" and present:
                table.update(segment.places(name, text, present))
            else:
                for number in present:
                    table.setdefault(number, [])
        return table

    def _hit(self, score: float, place: int, number: int) -> Hit:
        card = self.segments[place].card(number)
        with reading():
            reference = Reference.parse(card.key)
        return Hit(reference, score, card.title, card.url, card.text, card.lang, card.at)


@dataclass(frozen=True, slots=True)
class Lookup:
    """Terms of fields that mean one word of the query: (field, term, weight), and its rarity."""

    terms: list[tuple[str, str, float]]
    rarity: float


def _places_of(term: Term) -> list[tuple[str, str, float]]:
    terms = [
        (name, stem, ranking.WEIGHTS[name]) for name in ("title", "text") for stem in term.stems
    ]
    if term.exact:
        terms.append(("exact", term.exact, ranking.WEIGHTS["exact"]))
    return terms


def _has(numbers: array[int], number: int) -> bool:
    place = bisect_left(numbers, number)
    return place < len(numbers) and numbers[place] == number


def last_commit(folder: Path) -> tuple[int, int]:
    """Return number of the last commit in a generation's folder and size of its table of contents.

    Raises `IndexUnavailable`.
    """
    try:
        with os.scandir(folder) as entries:
            found = [
                (int(match[1]), entry.stat().st_size)
                for entry in entries
                if (match := _TOC.match(entry.name))
            ]
    except OSError as error:
        raise IndexUnavailable(f"{folder.name} cannot be listed: {error!r}") from error
    if not found:
        raise IndexUnavailable(f"{folder.name} has no table of contents")
    return max(found)


def _sizes(folder: Path, segments: Iterable[Segment]) -> dict[str, int]:
    """Return the size in bytes of each segment's file; raise `OSError` if one is gone."""
    return {s.name: (folder / f"{s.name}.seg").stat().st_size for s in segments}
