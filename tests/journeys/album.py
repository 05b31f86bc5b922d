"""The pages that browsers were given on their journeys, kept to be judged in the end."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from html.parser import HTMLParser
from itertools import chain
from urllib.parse import urlsplit

# One-time tokens of links in mails, cursors, numbers of rows: the page is the same with others.
_CHANGING = re.compile(r"\d+|(?<=/)[\w.-]{30,}")


@dataclass(frozen=True)
class Sheet:
    """A page as the server sent it: raw, before the browser repaired anything."""

    reader: str
    url: str
    status: int
    headers: Mapping[str, str]
    html: str

    @property
    def path(self) -> str:
        return urlsplit(self.url).path

    @property
    def name(self) -> str:
        """What a report calls the page."""
        parts = urlsplit(self.url)
        address = parts.path + (f"?{parts.query}" if parts.query else "")
        return f"{address} ({self.status}, {self.reader})"

    @property
    def address(self) -> tuple[str, int]:
        """The path, with nothing in it that changes from one reader to the next, and the status."""
        return _CHANGING.sub("#", self.path), self.status

    @cached_property
    def elements(self) -> frozenset[str]:
        """The kinds of elements in the content: tag, classes, names of attributes."""
        parser = _Elements()
        parser.feed(self.html)
        return frozenset(parser.kinds)


class Album:
    """The pages that were shown, without those that would tell nothing new."""

    def __init__(self) -> None:
        self._sheets: dict[tuple[str, int], list[Sheet]] = {}

    def add(self, sheet: Sheet) -> None:
        """Keep a page, and of those of its address only the ones with elements of their own."""
        others = self._sheets.get(sheet.address, [])
        if not any(sheet.elements <= other.elements for other in others):
            kept = [other for other in others if not other.elements <= sheet.elements]
            self._sheets[sheet.address] = [*kept, sheet]

    def __iter__(self) -> Iterator[Sheet]:
        return chain.from_iterable(self._sheets.values())

    def fullest(self) -> Iterator[Sheet]:
        """Of each address the page with the most kinds of elements."""
        for sheets in self._sheets.values():
            yield max(sheets, key=lambda sheet: len(sheet.elements))

    def __len__(self) -> int:
        return sum(map(len, self._sheets.values()))


class _Elements(HTMLParser):
    """Reads the kinds of elements between <main> and its end: the frame is on every page."""

    def __init__(self) -> None:
        super().__init__()
        self.kinds: set[str] = set()
        self._inside = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._inside |= tag == "main"
        if self._inside:
            values = dict(attrs)
            self.kinds.add(" ".join([tag, values.get("class") or "", *sorted(values)]))

    def handle_endtag(self, tag: str) -> None:
        self._inside &= tag != "main"
