"""A row of a list of stories that others keep, read into the words of a story."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any

from core import clock
from core.i18n import DEFAULT, LANGUAGES
from core.origins import LONGEST_ID, LONGEST_SOURCE
from core.rows import Column, RowRefused, digest_of, line_of, many_of, text_of
from core.text import LONGEST_TEXT, fold, shorten
from practices.models import PracticeKind
from practices.rules.contents import (
    BODY,
    LONGEST_BODY,
    LONGEST_COMPONENT,
    LONGEST_SUMMARY,
    MOST_COMPONENTS,
    SECTIONS,
    Component,
)

LONGEST_LINE = 200
_EARLIEST = 1900

COLUMNS = (
    Column("origin", "the list that the row is from; else what --origin says", ("origine",)),
    Column("id", "the row's own number in that list; without one, its text is its number",
           ("identificativo",)),
    Column("kind", "offer (offro) or seek (cerco); else by which parts have any text", ("tipo",)),
    Column("title", "one line; else the first heading of the text, or its first line",
           ("titolo",)),
    Column("summary", "up to 300 characters; else the beginning of the text",
           ("riassunto", "in breve", "sommario")),
    Column("body_markdown", "a story in one piece, in Markdown; enough by itself",
           ("body", "testo", "text", "content")),
    Column("problem", "offer: what did not work, in Markdown", ("problema",)),
    Column("solution", "offer: what was done, in Markdown", ("soluzione",)),
    Column("results", "offer: what changed, measured, in Markdown", ("risultati",)),
    Column("resources", "offer: people, funds, tools, in Markdown", ("risorse",)),
    Column("time_scale", "offer: how long it took, in Markdown", ("tempi",)),
    Column("difficulties", "offer: what went wrong, in Markdown", ("difficolta",)),
    Column("transferability", "offer: what it takes to use it elsewhere, in Markdown",
           ("trasferibilita",)),
    Column("components", "offer: a list of objects with title and text, in JSON", ("componenti",)),
    Column("need", "seek: what is missing, in Markdown", ("bisogno",)),
    Column("context", "seek: the place, the offices, the limits, in Markdown", ("contesto",)),
    Column("needed_by", "seek: a day, such as 2027-06-30", ("serve entro",)),
    Column("links", "sites, acts, documents, in Markdown", ("collegamenti",)),
    Column("organisation", "the body that speaks: IPA code, name or address; else the site",
           ("ente", "organizzazione")),
    Column("contact", "whom to ask, for everybody to read", ("contatto",)),
    Column("themes", "codes or names of themes: a list, or a text with ; between them", ("temi",)),
    Column("territory", "a place: its ISTAT code, or a name such as Vinci (FI)", ("territorio",)),
    Column("date", "the day of publication: 2024-05-31, 31/05/2024, 2024", ("data",)),
    Column("lang", "it, en or de; it where nothing is said", ("lingua",)),
)  # fmt: skip

_KINDS = {
    "offer": PracticeKind.OFFER,
    "offro": PracticeKind.OFFER,
    "offerta": PracticeKind.OFFER,
    "seek": PracticeKind.SEEK,
    "cerco": PracticeKind.SEEK,
    "richiesta": PracticeKind.SEEK,
}
_SECTION_COLUMNS = {
    section.name: "body_markdown" if section is BODY else section.name
    for sections in SECTIONS.values()
    for section in sections
}
_MARKS = re.compile(r"!?\[([^\]]*)\](?:\([^)]*\)|\[[^\]]*\])?|<[^>]*>|[*`]+|^[>#\s\-+]+")
# A title stands at the beginning; some lines would keep a pattern busy for ever.
_TITLE_WITHIN = 20_000
_LONGEST_MARKED = 1_000
_YEAR = re.compile(r"(\d{4})(?:-(\d{2}))?")
_ITALIAN_DAY = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})")


@dataclass(frozen=True, slots=True)
class ImportedStory:
    """A row that was understood.

    ``texts`` are the sections that it has a column for, by name, in Markdown; ``given`` the facts
    that stand in it; bodies, themes and the place are still in words. ``unread`` is what no reader
    could make anything of, by column.
    """

    line: int
    source: str
    external_id: str
    kind: PracticeKind
    title: str
    texts: Mapping[str, str]
    given: Mapping[str, Any]
    digest: str
    organisation: str
    themes: tuple[str, ...]
    territory: str
    published_at: datetime | None
    unread: Mapping[str, str]

    @property
    def key(self) -> tuple[str, str]:
        return self.source, self.external_id

    @property
    def name(self) -> str:
        return self.title


def read_story(line: int, row: Mapping[str, Any], *, source: str) -> ImportedStory:
    """Understand a row under our names; raise ``RowRefused`` where it can be no story."""
    texts = _texts(row)
    told = next((text for text in texts.values() if text), "")
    if not told:
        raise RowRefused("no text: neither body_markdown nor any other part")
    title = line_of(row, "title", longest=LONGEST_LINE) or title_from(told)
    if not title:
        raise RowRefused("title: missing, and the text has no words to make one of")
    unread: dict[str, str] = {}
    known = {one.name: row.get(one.name) for one in COLUMNS if one.name in row}
    own = line_of(row, "id", longest=LONGEST_ID)
    return ImportedStory(
        line=line,
        source=line_of(row, "origin", longest=LONGEST_SOURCE) or source,
        external_id=own or f"text:{digest_of({'title': title, **texts})}",
        kind=_kind(row, texts),
        title=title,
        texts=texts,
        given=_facts(row, unread),
        digest=digest_of(known),
        organisation=line_of(row, "organisation", longest=LONGEST_LINE + 50),
        themes=tuple(many_of(row, "themes", longest=2_000)),
        territory=line_of(row, "territory", longest=LONGEST_LINE),
        published_at=_moment(row, unread),
        unread=unread,
    )


def title_from(text: str) -> str:
    """The first heading of a Markdown text, or else its first line, as one line of plain words."""
    first, fence = "", ""
    for line in text[:_TITLE_WITHIN].splitlines():
        bare = line.strip()
        if bare.startswith(fence or ("```", "~~~")):
            fence = "" if fence else bare[:3]
        elif not fence and bare and (words := _plain(bare)):
            if bare.startswith("#"):
                return words
            first = first or words
    return first or _plain(text)


def _plain(line: str) -> str:
    bare = _MARKS.sub(r"\1", line[:_LONGEST_MARKED].rstrip("# \t"))
    return shorten(" ".join(bare.split()), LONGEST_LINE)


def _texts(row: Mapping[str, Any]) -> dict[str, str]:
    texts = {}
    for name, column in _SECTION_COLUMNS.items():
        if column in row:
            longest = LONGEST_BODY if name == BODY.name else LONGEST_TEXT
            texts[name] = text_of(row, column, longest=longest)
    return texts


def _kind(row: Mapping[str, Any], texts: Mapping[str, str]) -> PracticeKind:
    word = line_of(row, "kind", longest=60)
    if word:
        found = _KINDS.get(fold(word))
        if found is None:
            raise RowRefused(f"kind: {word} is none; offer or seek")
        return found
    seeks = bool(texts.get("need") or texts.get("context"))
    offers = any(texts.get(name) for name in ("problem", "solution", "results"))
    return PracticeKind.SEEK if seeks and not offers else PracticeKind.OFFER


def _facts(row: Mapping[str, Any], unread: dict[str, str]) -> dict[str, Any]:
    given: dict[str, Any] = {}
    summary = text_of(row, "summary", longest=LONGEST_SUMMARY)
    if summary:
        given["summary"] = summary
    if "contact" in row:
        given["contact"] = line_of(row, "contact", longest=LONGEST_LINE)
    lang = line_of(row, "lang", longest=40).lower()
    if lang[:2] in LANGUAGES and (len(lang) == 2 or lang[2] in "-_"):
        given["lang"] = lang[:2]
    elif lang:
        unread["lang"] = lang
        given["lang"] = DEFAULT
    if "needed_by" in row:
        text = line_of(row, "needed_by", longest=40)
        given["needed_by"] = day = _day(text)
        if text and day is None:
            unread["needed_by"] = text
    if row.get("components"):
        given["components"] = _components(row["components"])
    return given


def _components(value: Any) -> tuple[Component, ...]:
    try:
        parts = json.loads(value) if isinstance(value, str) else value
    except (ValueError, RecursionError) as error:
        raise RowRefused("components: not JSON") from error
    if not isinstance(parts, list) or len(parts) > MOST_COMPONENTS:
        raise RowRefused(f"components: not a list of at most {MOST_COMPONENTS}")
    found = []
    for number, part in enumerate(parts, 1):
        if not isinstance(part, dict):
            raise RowRefused(f"components: number {number} is no object")
        title = line_of(part, "title", longest=LONGEST_LINE)
        if not title:
            raise RowRefused(f"components: number {number} has no title")
        key = line_of(part, "key", longest=40) or digest_of({"title": title})[:20]
        found.append(Component(key, title, text_of(part, "text", longest=LONGEST_COMPONENT)))
    if len({one.key for one in found}) < len(found):
        raise RowRefused("components: two have one key or title")
    return tuple(found)


def _moment(row: Mapping[str, Any], unread: dict[str, str]) -> datetime | None:
    text = line_of(row, "date", longest=60)
    if not text:
        return None
    moment = _whole_moment(text)
    if moment is None and (day := _day(text)) is not None:
        moment = datetime.combine(day, time(), clock.ROME).astimezone(UTC)
    if moment is None or moment.year < _EARLIEST or moment > clock.now():
        unread["date"] = text
        return None
    return moment


def _whole_moment(text: str) -> datetime | None:
    if len(text) <= 10:
        return None
    try:
        moment = datetime.fromisoformat(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=clock.ROME)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _day(text: str) -> date | None:
    try:
        if found := _YEAR.fullmatch(text):
            return date(int(found[1]), int(found[2] or 1), 1)
        if found := _ITALIAN_DAY.fullmatch(text):
            return date(int(found[3]), int(found[2]), int(found[1]))
        return date.fromisoformat(text)
    except ValueError:
        return None
