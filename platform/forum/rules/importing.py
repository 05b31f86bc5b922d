"""A row of a list of discussions that were held elsewhere, read into its messages."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from core import clock
from core.i18n import DEFAULT, LANGUAGES
from core.origins import LONGEST_ID, LONGEST_SOURCE
from core.rows import Column, RowRefused, digest_of, line_of, text_of
from core.text import LONGEST_TEXT
from forum.rules import LONGEST_TITLE

LONGEST_NAME = 200
LONGEST_THREAD_ID = LONGEST_ID - 10  # its messages are known by it and their number
MOST_POSTS = 5_000
_EARLIEST = 1970

COLUMNS = (
    Column("origin", "the list that the row is from; else what --origin says", ("origine",)),
    Column("id", "the discussion's own number in that list; required",
           ("thread_id", "identificativo")),
    Column("title", "one line; required", ("titolo",)),
    Column("author", "who opened it; else who wrote its first message", ("autore",)),
    Column("created_at", "when it was opened; else when its first message was written",
           ("date", "data")),
    Column("posts", "its messages in their order: a list of objects with author, created_at and"
           " body_markdown; required", ("messaggi",)),
    Column("theme", "the code or name of its theme in the general forum", ("tema",)),
    Column("lang", "it, en or de; it where nothing is said", ("lingua",)),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class ImportedPost:
    """A message of a row; ``text`` is Markdown, and may be empty where the list has none."""

    author: str
    at: datetime
    text: str
    digest: str


@dataclass(frozen=True, slots=True)
class ImportedThread:
    """A row that was understood; authors and the theme are still in words."""

    line: int
    source: str
    external_id: str
    title: str
    author: str
    opened_at: datetime
    posts: tuple[ImportedPost, ...]
    theme: str
    lang: str
    digest: str

    @property
    def key(self) -> tuple[str, str]:
        return self.source, self.external_id

    @property
    def name(self) -> str:
        return self.title

    def key_of(self, number: int) -> tuple[str, str]:
        """Under what its message of this number, from 1 on, is known again."""
        return self.source, f"{self.external_id}#{number}"


def read_thread(line: int, row: Mapping[str, Any], *, source: str) -> ImportedThread:
    """Understand a row under our names; raise ``RowRefused`` where it can be no discussion."""
    external_id = line_of(row, "id", longest=LONGEST_THREAD_ID)
    if not external_id:
        raise RowRefused("id: missing")
    title = line_of(row, "title", longest=LONGEST_TITLE)
    if not title:
        raise RowRefused("title: missing")
    posts = tuple(_post(number, one) for number, one in enumerate(_posts(row), 1))
    opened = _moment(row, "created_at")
    return ImportedThread(
        line=line,
        source=line_of(row, "origin", longest=LONGEST_SOURCE) or source,
        external_id=external_id,
        title=title,
        author=line_of(row, "author", longest=LONGEST_NAME) or posts[0].author,
        opened_at=opened or posts[0].at,
        posts=posts,
        theme=line_of(row, "theme", longest=LONGEST_NAME),
        lang=_lang(row),
        digest=digest_of({one.name: row.get(one.name) for one in COLUMNS if one.name in row}),
    )


def _posts(row: Mapping[str, Any]) -> list[Any]:
    value = row.get("posts")
    try:
        found = json.loads(value) if isinstance(value, str) else value
    except (ValueError, RecursionError) as error:
        raise RowRefused("posts: not JSON") from error
    if not isinstance(found, list) or not 0 < len(found) <= MOST_POSTS:
        raise RowRefused(f"posts: not a list of 1 to {MOST_POSTS} messages")
    return found


def _post(number: int, value: Any) -> ImportedPost:
    if not isinstance(value, dict):
        raise RowRefused(f"posts: number {number} is no object")
    try:
        at = _moment(value, "created_at")
        if at is None:
            raise RowRefused("created_at: missing")
        author = line_of(value, "author", longest=LONGEST_NAME)
        text = text_of(value, "body_markdown", longest=LONGEST_TEXT)
    except RowRefused as refused:
        raise RowRefused(f"posts: number {number}: {refused}") from refused
    said = {"author": author, "at": at.isoformat(), "text": text}
    return ImportedPost(author, at, text, digest_of(said))


def _moment(row: Mapping[str, Any], name: str) -> datetime | None:
    """A moment as lists write it; without a zone it is Rome's. ``RowRefused`` where it is none."""
    text = line_of(row, name, longest=60)
    if not text:
        return None
    try:
        found = datetime.fromisoformat(text)
        moment = (found if found.tzinfo else found.replace(tzinfo=clock.ROME)).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise RowRefused(f"{name}: {text} is no moment") from error
    if moment.year < _EARLIEST or moment > clock.now():
        raise RowRefused(f"{name}: {text} is not in the past")
    return moment


def _lang(row: Mapping[str, Any]) -> str:
    lang = line_of(row, "lang", longest=40).lower()
    if not lang:
        return DEFAULT
    if lang[:2] not in LANGUAGES or (len(lang) > 2 and lang[2] not in "-_"):
        raise RowRefused(f"lang: {lang} is none of {', '.join(sorted(LANGUAGES))}")
    return lang[:2]
