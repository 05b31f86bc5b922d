"""What somebody typed, understood: plain words, "phrases", -exclusions and codes.

Anything is a query. Words are alternatives, and more of them is better; what stands in quotes must
occur as it stands; what follows a minus must not. There is nothing else to know, and nothing can be
typed wrongly: every other sign is a blank.
"""

import re
import unicodedata
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from search.rules.analysis import (
    GAP,
    LANGUAGES,
    Word,
    codes,
    is_stop_word,
    stem,
    stems_in_place,
    words,
)

LONGEST: Final = 500  # characters of a query that are read
MOST_WORDS: Final = 24  # distinct words of a query that are looked up

_QUOTED: Final = re.compile(r'(?P<minus>(?<!\S)-)?["“”„«»](?P<inside>[^"“”„«»]*)["“”„«»]')
_MINUS: Final = re.compile(r"(?<!\S)-(?=\w)(?P<word>\S+)")
_SHORT_JOINT: Final = 8  # letters of two neighbours that may be one code typed with a blank


@dataclass(frozen=True, slots=True)
class Term:
    """One thing to look up: its `stems` in title and text (of any language), its `exact` form."""

    stems: tuple[str, ...]
    exact: str = ""


@dataclass(frozen=True, slots=True)
class Phrase:
    """Words in their order: one of `stems` (a sequence per language) or `exact` must occur.

    A `GAP` among stems is any one word.
    """

    stems: tuple[tuple[str, ...], ...]
    exact: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Query:
    """A query understood. Without `terms` it finds nothing."""

    terms: tuple[Term, ...] = ()
    codes: tuple[str, ...] = ()
    phrases: tuple[Phrase, ...] = ()
    excluded: tuple[Phrase, ...] = ()


def understand(text: str) -> Query:
    """Return what `text` asks for; never raises."""
    typed = unicodedata.normalize("NFC", text[:LONGEST])
    wanted, phrases, excluded = _split(typed)
    terms = _terms(wanted)
    if not terms and excluded:  # only exclusions: whoever typed "-infanzia" looks for something
        plain = typed.replace("-", " ")
        return Query(terms=_terms(plain), codes=_codes(plain))
    return Query(terms, _codes(wanted), phrases, excluded)


def _split(typed: str) -> tuple[str, tuple[Phrase, ...], tuple[Phrase, ...]]:
    """Return the words wanted (those in quotes included), the phrases and the exclusions."""
    phrases: list[Phrase] = []
    excluded: list[Phrase] = []

    def quoted(found: re.Match[str]) -> str:
        phrase = _phrase(found["inside"])
        if phrase is not None:
            (excluded if found["minus"] else phrases).append(phrase)
        return " " if found["minus"] else f" {found['inside']} "

    def minus(found: re.Match[str]) -> str:
        before = found.string[: found.start()].split()
        if before and _is_capitals(before[-1]) and _is_capitals(found["word"]):
            return found.group()  # "BG -LE" is a province, not a refusal
        phrase = _phrase(found["word"])
        if phrase is not None:
            excluded.append(phrase)
        return " "

    wanted = _MINUS.sub(minus, _QUOTED.sub(quoted, typed))
    return wanted, tuple(phrases), tuple(excluded)


def _is_capitals(word: str) -> bool:
    return word.isalpha() and word.isupper() and len(word) <= 5


def _phrase(text: str) -> Phrase | None:
    sequences = dict.fromkeys(_sequence(text, lang) for lang in LANGUAGES)
    exact = tuple(word.folded for word in words(text))[:MOST_WORDS]
    kept = tuple(sequence for sequence in sequences if sequence)
    return Phrase(kept, exact) if kept else None


def _sequence(text: str, lang: str) -> tuple[str, ...]:
    """Return the stems of a phrase, gaps kept between them and not around them."""
    found = stems_in_place(text, lang)[:MOST_WORDS]
    while found and found[-1] == GAP:
        found.pop()
    while found and found[0] == GAP:
        found.pop(0)
    return tuple(found)


def _terms(text: str) -> tuple[Term, ...]:
    found = [word for word in words(text) if not _is_elision(word, text)]
    terms = {word.folded: _term(word, text) for word in found}
    useful = [term for term in terms.values() if term.stems or term.exact]
    return tuple(useful[:MOST_WORDS])


def _is_elision(word: Word, text: str) -> bool:
    """Return whether this is the "dell" of "dell'infanzia"."""
    return text[word.end : word.end + 1] in ("'", "’") and is_stop_word(word.folded, "it")


def _term(word: Word, text: str) -> Term:
    """Return the stems of a word in each language in which it is not a stop word.

    A stop word in capitals ("app IO") is still looked for among the codes.
    """
    folded = word.folded
    variants = dict.fromkeys(
        stem(folded, lang) for lang in LANGUAGES if not is_stop_word(folded, lang)
    )
    if is_stop_word(folded, "it"):
        capitals = len(folded) > 1 and text[word.start : word.end].isupper() and not text.isupper()
        return Term((), folded if capitals else "")
    return Term(tuple(variants), folded)


def _codes(text: str) -> tuple[str, ...]:
    """Return the codes typed, and those that two short neighbours make ("nu 112", "bg le")."""
    found = list(words(text))
    typed = [code.code for code in codes(text)]
    for left, right in pairwise(found):
        joined = left.folded + right.folded
        if len(joined) <= _SHORT_JOINT and not joined.isdigit():
            typed.append(joined)
    single = {word.folded for word in found}
    return tuple(dict.fromkeys(code for code in typed if code not in single))[:MOST_WORDS]
