"""Rows of files that others wrote: CSV and JSON Lines, under the names that we give to columns.

A file is read as it comes, a row at a time. What is wrong with a row is said of that row, so that
one broken line costs nothing but itself.
"""

from __future__ import annotations

import csv
import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TextIO

from core.text import fold, has_forbidden_characters, normalise

CSV = "csv"
JSON_LINES = "jsonl"
FORMATS = {".csv": CSV, ".jsonl": JSON_LINES, ".ndjson": JSON_LINES}
LONGEST_CELL = 2 * 1024 * 1024
_DELIMITERS = ",;\t"
# What a spreadsheet takes for a formula; an export puts an apostrophe before it.
FORMULA = re.compile(r"'*[\s\0]*[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]")
_COLUMN = re.compile(r"\{([^{}]*)\}")
_MANY = re.compile(r"[;|,]")


class RowRefused(ValueError):
    """A row that cannot become anything; the text says why, in English."""


class UnknownFormat(ValueError):
    """Neither the name of a file nor its columns tell what it is."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column that an import knows: our name for it, and what others call it."""

    name: str
    meaning: str
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SourceRow:
    """One row: ``values`` under the file's own names; ``fault`` says why it could not be read.

    ``line`` is that on which it begins, ``read`` how many bytes of the file are behind it.
    """

    line: int
    values: Mapping[str, Any]
    read: int
    fault: str = ""


def format_of(path: Path) -> str:
    """``csv`` or ``jsonl``, by the ending of the name; raise ``UnknownFormat``."""
    found = FORMATS.get(path.suffix.lower())
    if found is None:
        raise UnknownFormat(f"{path.name}: neither .csv nor .jsonl; say which with --format")
    return found


def read_rows(path: Path, form: str) -> Iterator[SourceRow]:
    """The rows of a file, without those that are empty; raise ``OSError``."""
    # Bytes that are no UTF-8 become lone surrogates, which no field accepts.
    newline = "" if form == CSV else "\n"
    with path.open(encoding="utf-8-sig", errors="surrogateescape", newline=newline) as file:
        yield from _csv_rows(file) if form == CSV else _json_rows(file)


def _csv_rows(file: TextIO) -> Iterator[SourceRow]:
    csv.field_size_limit(LONGEST_CELL)
    beginning = file.readline()
    if not beginning:
        return
    delimiter = max(_DELIMITERS, key=beginning.count)
    rows = csv.reader(_chained(beginning, file), delimiter=delimiter, strict=True)
    header: list[str] | None = None
    while True:
        line = rows.line_num + 1
        try:
            cells = next(rows)
        except StopIteration:
            return
        except csv.Error as error:
            yield SourceRow(line, {}, _position(file), f"not CSV: {error}")
            continue
        if header is None:
            header = [cell.strip() for cell in cells]
        elif any(cell.strip() for cell in cells):
            yield _csv_row(line, header, cells, _position(file))


def _csv_row(line: int, header: Sequence[str], cells: Sequence[str], read: int) -> SourceRow:
    if len(cells) != len(header):
        fault = f"{len(cells)} cells where the header has {len(header)}"
        return SourceRow(line, {}, read, fault)
    values = {name: _without_guard(cell) for name, cell in zip(header, cells, strict=True)}
    return SourceRow(line, values, read)


def _json_rows(file: TextIO) -> Iterator[SourceRow]:
    for line, text in enumerate(file, 1):
        if not text.strip():
            continue
        try:
            values = json.loads(text)
        except (ValueError, RecursionError) as error:
            yield SourceRow(line, {}, _position(file), f"not JSON: {type(error).__name__}")
            continue
        if isinstance(values, dict):
            yield SourceRow(line, values, _position(file))
        else:
            yield SourceRow(line, {}, _position(file), "not an object in braces")


def _chained(beginning: str, file: TextIO) -> Iterator[str]:
    yield beginning
    yield from file


def _position(file: TextIO) -> int:
    return int(file.buffer.tell())


def _without_guard(cell: str) -> str:
    """What a cell said before an export put an apostrophe before it."""
    return cell[1:] if cell.startswith("'") and FORMULA.match(cell) else cell


@dataclass(frozen=True)
class FieldMap:
    """Which column of a file is which of ours: by its name, by what others call it, as told.

    ``told`` is ours to theirs, where theirs may lead into lists and objects (``posts.*.text``);
    ``fixed`` is ours to a text for all rows, in which ``{name}`` stands for a value of the row.
    """

    columns: Sequence[Column]
    told: Mapping[str, str] = field(default_factory=dict)
    fixed: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, columns: Sequence[Column], told: Iterable[str], fixed: Iterable[str]) -> FieldMap:
        """Read ``ours=theirs`` and ``ours=text``; raise ``UnknownFormat``."""
        names = {column.name for column in columns}
        pairs = {}
        for one in told:
            ours, _, theirs = (part.strip() for part in one.partition("="))
            # Either way round, as long as one of the two is a column of ours.
            if ours not in names and theirs in names:
                ours, theirs = theirs, ours
            pairs[_known(ours, names, one)] = theirs
        texts = {}
        for one in fixed:
            ours, _, text = one.partition("=")
            texts[_known(ours.strip(), names, one)] = text
        return cls(columns, pairs, texts)

    def apply(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """The values of a row under our names; columns that nobody knows are left out."""
        theirs = {_key(name): value for name, value in values.items()}
        found: dict[str, Any] = {}
        for column in self.columns:
            if column.name in self.fixed:
                found[column.name] = _filled(self.fixed[column.name], values)
            elif column.name in self.told:
                found[column.name] = value_at(values, self.told[column.name])
            else:
                names = (_key(name) for name in (column.name, *column.aliases))
                present = next((name for name in names if name in theirs), None)
                if present is not None:
                    found[column.name] = theirs[present]
        return found


def _known(name: str, names: set[str], said: str) -> str:
    if name not in names:
        raise UnknownFormat(f"{said}: the columns are {', '.join(sorted(names))}")
    return name


def _key(name: str) -> str:
    return fold(name.replace("_", " "))


def value_at(values: Any, path: str) -> Any:
    """What stands at a dotted path; ``*`` is every element of a list, joined as paragraphs."""
    if isinstance(values, Mapping) and path in values:
        return values[path]
    step, _, rest = path.partition(".")
    if step == "*" and isinstance(values, list):
        parts = [value_at(one, rest) if rest else one for one in values]
        return "\n\n---\n\n".join(str(part) for part in parts if part)
    if isinstance(values, list) and step.isascii() and step.isdigit() and int(step) < len(values):
        below = values[int(step)]
    elif isinstance(values, Mapping):
        below = values.get(step)
    else:
        return None
    return value_at(below, rest) if rest else below


def _filled(template: str, values: Mapping[str, Any]) -> str:
    return _COLUMN.sub(lambda match: str(value_at(values, match[1]) or ""), template)


def digest_of(values: Mapping[str, Any]) -> str:
    """A row in 64 signs: two that say the same have the same."""
    text = json.dumps(values, sort_keys=True, ensure_ascii=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


# What a value may be


def text_of(row: Mapping[str, Any], name: str, *, longest: int) -> str:
    """A text, normalised, ``""`` where there is none; raise ``RowRefused``."""
    value = row.get(name)
    if value is None:
        return ""
    if isinstance(value, dict | list):
        raise RowRefused(f"{name}: not a text")
    text = str(value)
    if has_forbidden_characters(text):
        raise RowRefused(f"{name}: control characters, or not UTF-8")
    text = normalise(text)
    if len(text) > longest:
        raise RowRefused(f"{name}: {len(text)} characters, at most {longest} are kept")
    return text


def line_of(row: Mapping[str, Any], name: str, *, longest: int) -> str:
    """A text of one line."""
    return " ".join(text_of(row, name, longest=longest).split())


def many_of(row: Mapping[str, Any], name: str, *, longest: int) -> list[str]:
    """Several short texts: a list, or one text with ``;``, ``|`` or ``,`` between them."""
    value = row.get(name)
    parts = value if isinstance(value, list) else _MANY.split(text_of(row, name, longest=longest))
    texts = [line_of({name: part}, name, longest=longest) for part in parts]
    return [text for text in texts if text]
