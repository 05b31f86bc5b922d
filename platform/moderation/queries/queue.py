"""The one list of what waits for a moderator, of all kinds, as far as this one may read it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from core.actor import Actor
from core.contracts import HeldItem, Moderatable
from core.counting import Count, counted_each, summed
from core.references import Reference
from core.registry import registry
from moderation import rules
from moderation.policies import may_moderate
from moderation.queries.measures import appeals_counted
from moderation.queries.reports import ReportedItem, reported, reported_counted
from moderation.queries.screening import parts_of, records_of
from moderation.rules import SpamPart

SHOWN = 50


class Tab(StrEnum):
    """What of the list is shown; appeals have a page of their own."""

    HELD = "held"
    REPORTED = "reported"
    PROFILES = "profiles"


@dataclass(frozen=True, slots=True)
class Entry:
    """Something to decide: held or reported, with what helps to decide.

    ``code`` names it in forms: ``held:post-12``. ``record`` is how many measures of each sort stand
    against its author; ``parts`` speak for spam.
    """

    code: str
    item: HeldItem | ReportedItem
    author_id: int | None
    parts: tuple[SpamPart, ...]
    record: Mapping[str, int]

    @property
    def is_reported(self) -> bool:
        return isinstance(self.item, ReportedItem)

    @property
    def reference(self) -> Reference:
        return self.item.reference

    @property
    def at(self) -> datetime:
        return self.item.at

    @property
    def score(self) -> int:
        return rules.score(self.parts)


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """How much waits on another page, and which."""

    label: Any
    endpoint: str
    number: int


@dataclass(frozen=True, slots=True)
class Queue:
    """The oldest things that wait, and how many there are in all: of each tab, and of appeals."""

    entries: Sequence[Entry]
    counts: Mapping[Tab, int]
    appeals: int = 0
    elsewhere: Sequence[Elsewhere] = field(default_factory=list)
    tab: Tab | None = None

    @property
    def total(self) -> int:
        """How many things the shown tab has."""
        return sum(self.counts.values()) if self.tab is None else self.counts[self.tab]


def queue(actor: Actor, tab: Tab | None = None) -> Queue:
    """What waits, oldest first: all of it, or one tab.

    The kinds' own queries, and the rules of what was reported, leave out what is private.
    """
    items: list[HeldItem | ReportedItem] = []
    for one, kind in _kinds():
        if tab in (None, one):
            items += kind.held(actor, SHOWN)
    if tab in (None, Tab.REPORTED):
        items += reported(actor, SHOWN)
    items.sort(key=lambda item: item.at)
    items = items[:SHOWN]
    records = records_of(map(_author_of, items))
    entries = [_entry(item, records) for item in items]
    return Queue(entries, *_numbers(actor), tab)


def numbers(actor: Actor) -> Queue:
    """How many things wait, without the things."""
    return Queue([], *_numbers(actor))


def waiting_counted(actor: Actor) -> Count:
    """Count the decisions that wait for this actor; None for who does not moderate."""
    if not may_moderate(actor):
        return None
    return summed(
        [*(kind.count(actor) for _tab, kind in _kinds()), reported_counted(actor),
         appeals_counted(actor)]
    )  # fmt: skip


def code_of(reference: Reference, *, is_reported: bool) -> str:
    """How forms name a thing of the list."""
    return f"{'reported' if is_reported else 'held'}:{reference.kind}-{reference.id}"


def _numbers(actor: Actor) -> tuple[Mapping[Tab, int], int, Sequence[Elsewhere]]:
    """How much there is of everything; one query."""
    links = registry().queue_links
    kinds = list(_kinds())
    asked: list[Count] = [kind.count(actor) for _tab, kind in kinds]
    asked += [reported_counted(actor), appeals_counted(actor)]
    asked += [link.count(actor) for link in links]
    found = counted_each(asked)
    counts = dict.fromkeys(Tab, 0)
    for (tab, _kind), number in zip(kinds, found, strict=False):
        counts[tab] += number
    counts[Tab.REPORTED] = found[len(kinds)]
    elsewhere = [
        Elsewhere(link.label, link.endpoint, number)
        for link, number in zip(links, found[len(kinds) + 2 :], strict=True)
        if number
    ]
    return counts, found[len(kinds) + 1], elsewhere


def _kinds() -> list[tuple[Tab, Moderatable]]:
    return [
        (Tab.PROFILES if kind.are_profiles else Tab.HELD, kind)
        for kind in registry().moderatables.values()
    ]


def _entry(item: HeldItem | ReportedItem, records: Mapping[int, Mapping[str, int]]) -> Entry:
    author_id = _author_of(item)
    return Entry(
        code=code_of(item.reference, is_reported=isinstance(item, ReportedItem)),
        item=item,
        author_id=author_id,
        parts=parts_of(item.screening) if isinstance(item, HeldItem) else (),
        record=records.get(author_id or 0, {}),
    )


def _author_of(item: HeldItem | ReportedItem) -> int | None:
    if isinstance(item, HeldItem):
        return item.author_id
    return item.thing.author_id if item.thing is not None else None
