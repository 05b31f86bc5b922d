"""What the features registered: one object on the application, read by the engines."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

from flask import current_app

from core.actor import VISITOR, Actor
from core.config import Settings
from core.contracts import (
    Consumer,
    FeedLink,
    Moderatable,
    NavigationItem,
    NoticeRule,
    OwnLine,
    OwnPage,
    Panel,
    QueueLink,
    Round,
    SearchSource,
    Subject,
    Task,
)
from core.signals import Fact

if TYPE_CHECKING:
    from flask import Flask
    from sqlalchemy import ColumnElement, Select

EXTENSION = "gemella"


def _visitor() -> Actor:
    return VISITOR


def _no_note(_name: str) -> Any:
    return None


@dataclass
class Registry:
    """All that the wirings told, by engine."""

    facts: dict[str, type[Fact]] = field(default_factory=dict)
    consumers: dict[str, Consumer] = field(default_factory=dict)
    subjects: dict[str, Subject] = field(default_factory=dict)
    sources: dict[str, SearchSource] = field(default_factory=dict)
    notices: dict[str, NoticeRule] = field(default_factory=dict)
    moderatables: dict[str, Moderatable] = field(default_factory=dict)
    queue_links: list[QueueLink] = field(default_factory=list)
    panels: dict[str, list[Panel]] = field(default_factory=lambda: defaultdict(list))
    navigation: list[NavigationItem] = field(default_factory=list)
    feeds: list[FeedLink] = field(default_factory=list)
    tasks: list[Task] = field(default_factory=list)
    # Endpoints whose forms may be larger than all others, with the number of bytes.
    largest_requests: dict[str, int] = field(default_factory=dict)
    rounds: list[Round] = field(default_factory=list)
    # Pieces of a page that are the reader's own, by name, each the same all through one request.
    own_pieces: dict[str, Callable[[], str]] = field(default_factory=dict)
    own_pages: list[OwnPage] = field(default_factory=list)
    # What a member began and what waits for others, the last changed first, up to a number.
    own_work: list[Callable[[Actor, int], Sequence[OwnLine]]] = field(default_factory=list)
    # How many notices the reader has not read.
    count_unread: Callable[[], int] = int
    load_actor: Callable[[], Actor] = _visitor
    # The ids of the spaces that a member may enter, of the columns that tell the member's id, the
    # bodies and those that he or she answers for: asked in one statement with who reads.
    open_spaces: Callable[[Any, Any, Any], Select[Any]] | None = None
    # What every page shows of its reader, as columns beside who reads; each takes the member's id.
    reader_columns: dict[str, Callable[[Any], ColumnElement[Any]]] = field(default_factory=dict)
    # What such a column said of the reader of this request; None for visitors.
    reader_note: Callable[[str], Any] = _no_note

    def add_facts(self, *facts: type[Fact]) -> None:
        for fact in facts:
            known = self.facts.setdefault(fact.__name__, fact)
            if known is not fact:
                raise ValueError(f"two facts are called {fact.__name__}")

    def add_consumer(self, consumer: Consumer) -> None:
        self.consumers[consumer.name] = consumer

    def add_subject(self, subject: Subject) -> None:
        self.subjects[subject.kind] = subject

    def add_source(self, source: SearchSource) -> None:
        self.sources[source.kind] = source

    def add_notice(self, *rules: NoticeRule) -> None:
        for rule in rules:
            self.notices[rule.name] = rule

    def add_moderatable(self, moderatable: Moderatable) -> None:
        self.moderatables[moderatable.kind] = moderatable

    def add_queue_link(self, *links: QueueLink) -> None:
        self.queue_links.extend(links)

    def add_panel(self, panel: Panel) -> None:
        self.panels[panel.place].append(panel)
        self.panels[panel.place].sort(key=lambda one: one.order)

    def add_navigation(self, *items: NavigationItem) -> None:
        self.navigation.extend(items)
        self.navigation.sort(key=lambda item: item.order)

    def add_feed(self, feed: FeedLink) -> None:
        self.feeds.append(feed)

    def add_own_work(self, lines: Callable[[Actor, int], Sequence[OwnLine]]) -> None:
        self.own_work.append(lines)

    def add_own_page(self, *pages: OwnPage) -> None:
        self.own_pages.extend(pages)
        self.own_pages.sort(key=lambda page: page.order)

    def allow_larger_requests(self, size: int, *endpoints: str) -> None:
        self.largest_requests.update(dict.fromkeys(endpoints, size))

    def add_round(self, one: Round) -> None:
        self.rounds.append(one)

    def add_task(self, task: Task) -> None:
        self.tasks.append(task)


def install_registry(app: Flask) -> Registry:
    registry = Registry()
    app.extensions[EXTENSION] = registry
    return registry


def registry_of(app: Flask) -> Registry:
    """The registry of this application, for wirings."""
    return cast(Registry, app.extensions[EXTENSION])


def registry() -> Registry:
    """The registry of the application that is at work."""
    return cast(Registry, current_app.extensions[EXTENSION])


def settings() -> Settings:
    """The settings of the application that is at work."""
    return cast(Settings, current_app.config["GEMELLA"])
