"""Whose words appear unread, what speaks for spam, what can be done to many things at once."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from core.references import Reference
from core.text import fold

# What was written within this time counts as fast, if there is much of it.
FAST_WITHIN = timedelta(minutes=10)
REPEATED_WITHIN = timedelta(days=30)
# As long as a measure is younger than this, who bears it is read before being published.
REMEMBERED_FOR = timedelta(days=180)
# Half a year to object, as the European rules for platforms ask for.
APPEAL_WITHIN = timedelta(days=180)
# Suspensions that moderators choose from, in days.
SUSPENSION_DAYS = (7, 30, 90)
_SHORTEST_FINGERPRINT = 40  # "Grazie, buon lavoro a tutti" may be said twice

# Folded; what an office writes about in earnest ("prestito bibliotecario") is not among them.
SPAM_WORDS = frozenset(
    {
        "bitcoin", "casino online", "clicca qui", "click here", "crypto", "criptovalute",
        "dimagrire", "forex", "guadagna subito", "guadagnare da casa", "make money", "onlyfans",
        "prestiti facili", "prestiti immediati", "prestito immediato", "scommesse",
        "soldi facili", "viagra", "vincite",
    }
)  # fmt: skip


class Signal(StrEnum):
    """What speaks for spam."""

    LINKS = "links"
    SAME_SITE = "same_site"
    FAST = "fast"
    REPEATED = "repeated"
    WORDS = "words"


@dataclass(frozen=True, slots=True)
class SpamPart:
    """One signal and its points; ``count`` is how often it was seen, ``words`` what was found."""

    signal: Signal
    points: int
    count: int
    words: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Standing:
    """What a writer has. ``accepted``: messages that moderators read and published, which can
    still be read; ``measures``: what moderators had to do against the writer, not long ago."""

    is_confirmed: bool = False
    is_affiliated: bool = False
    has_role: bool = False
    accepted: int = 0
    measures: int = 0


def is_trusted(standing: Standing, needed: int) -> bool:
    """Whether this writer's words appear without being read first.

    An address that is proven is not enough: it takes a body that knows the writer, a role, or
    ``needed`` accepted messages without a measure; 0 means that messages never are enough.
    """
    if not standing.is_confirmed:
        return False
    if standing.is_affiliated or standing.has_role:
        return True
    return 0 < needed <= standing.accepted and standing.measures == 0


_LINK = re.compile(r"(?:https?://|\bwww\.)([^\s/?#()<>\[\]\"'|]{1,255})", re.IGNORECASE)


def spam_parts(
    source: str, *, own_host: str, recent: int, repeated: int, words: Collection[str] = ()
) -> tuple[SpamPart, ...]:
    """What speaks for this text being spam; the points add up.

    ``recent`` is how many texts the writer sent within ``FAST_WITHIN`` before, ``repeated`` how
    often the same text was sent within ``REPEATED_WITHIN``, by anybody; ``words`` are folded.
    """
    sites = Counter(
        site
        for site in (match[1].lower().removeprefix("www.") for match in _LINK.finditer(source))
        if site != own_host.lower()
    )
    links, most = sites.total(), max(sites.values(), default=0)
    text = f" {fold(source)} "
    found = tuple(sorted(word for word in SPAM_WORDS | set(words) if f" {word} " in text))
    parts = (
        SpamPart(Signal.LINKS, min(10 * (links - 2), 40), links),
        SpamPart(Signal.SAME_SITE, 20 if most > 2 else 0, most),
        SpamPart(Signal.FAST, min(10 * (recent - 1), 50) if recent > 2 else 0, recent),
        SpamPart(Signal.REPEATED, min(25 + 15 * repeated, 70) if repeated else 0, repeated),
        SpamPart(Signal.WORDS, min(25 * len(found), 75), len(found), found),
    )
    return tuple(part for part in parts if part.points > 0)


def score(parts: Collection[SpamPart]) -> int:
    """The sum that is held against the limit."""
    return sum(part.points for part in parts)


def fingerprint(source: str) -> str:
    """The same for texts that differ in case, accents and signs alone; ``""`` for short ones."""
    text = fold(source)
    if len(text) < _SHORTEST_FINGERPRINT:
        return ""
    return hashlib.sha256(text.encode()).hexdigest()


class Deed(StrEnum):
    """``leave``: publish what is held, close what was reported; ``hide``: refuse or take away."""

    LEAVE = "leave"
    HIDE = "hide"


@dataclass(frozen=True, slots=True)
class Picked:
    """What was ticked: something held, or something reported."""

    reference: Reference
    is_reported: bool


@dataclass(frozen=True, slots=True)
class ForAuthors:
    """What happens to the authors of what is hidden: warned, or shut out for ``days``."""

    warn: bool = False
    days: int | None = None
