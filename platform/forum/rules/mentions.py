"""Whom a text calls by name before it is kept: ``@anna-scalera``, or ``@Anna Scalera``."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from core.text import fold

MOST_WORDS = 4
_FENCE = re.compile(r"^[ ]{0,3}(?:```|~~~)")
_CODE = re.compile(r"(`+)[^`\n]+\1")
_WORD = r"[^\W_][\w'’-]{0,60}+"
_CALL = re.compile(rf"(?<![\w@./`-])@({_WORD}(?:[ ]{_WORD}){{0,{MOST_WORDS - 1}}})")
_SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")


@dataclass(frozen=True, slots=True)
class Call:
    """Words after an ``@``: where they stand in the text (without the sign), and themselves."""

    start: int
    words: tuple[str, ...]

    @property
    def slug(self) -> str:
        """What it names if its first word is a slug, else ``""``."""
        word = self.words[0].rstrip("-'’").lower()
        return word if _SLUG.fullmatch(word) else ""

    @property
    def names(self) -> Sequence[tuple[int, str]]:
        """The names that it may be, the longest first: how many words, and folded."""
        lengths = range(len(self.words), 0, -1)
        return [(n, fold(" ".join(self.words[:n]))) for n in lengths]

    @property
    def is_meant(self) -> bool:
        """Whether it surely calls somebody: who writes ``@media`` may mean something else."""
        return self.words[0][:1].isupper() or "-" in self.slug

    @property
    def likely(self) -> str:
        """The words that look like a name: the first one, and those after it with a capital."""
        words = [self.words[0]]
        for word in self.words[1:]:
            if "-" in self.slug or not word[:1].isupper():
                break
            words.append(word)
        return " ".join(words)

    def end(self, count: int) -> int:
        """Where the first words of it end."""
        return self.start + len(" ".join(self.words[:count]))


def calls(source: str) -> Iterator[Call]:
    """Everything in a Markdown text that may call somebody; not in code, nor in a quotation."""
    if "@" not in source:
        return
    start, fenced = 0, False
    for line in source.split("\n"):
        if _FENCE.match(line):
            fenced = not fenced
        elif not fenced and "@" in line and not line.lstrip().startswith(">"):
            code = [match.span() for match in _CODE.finditer(line)]
            for match in _CALL.finditer(line):
                if not any(begin <= match.start() < end for begin, end in code):
                    yield Call(start + match.start(1), tuple(match[1].split(" ")))
        start += len(line) + 1


def rewritten(source: str, slugs: Mapping[tuple[int, int], str]) -> str:
    """The text with slugs in place of names; ``slugs``: by where a name begins and ends."""
    pieces, at = [], 0
    for (begin, end), slug in sorted(slugs.items()):
        pieces += [source[at:begin], slug]
        at = end
    return "".join([*pieces, source[at:]])
