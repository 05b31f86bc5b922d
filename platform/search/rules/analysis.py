"""Text into terms: the only place that decides which spellings count as the same word.

The same functions run when a document is written and when a query is read. A change here changes
what the index holds: raise `search.models.ANALYSIS_VERSION`, and every index is built again.

Three streams come out of a text:

* *stems* of its words in the language of the document, stop words left out;
* *codes*, kept whole: acts (1687/2009), acronyms ("BG-LE" as `bgle`), words with digits (NU112);
* *plain words*, folded but not stemmed, for the field of exact names.
"""

import re
import threading
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from typing import Final, NamedTuple

import snowballstemmer

LANGUAGES: Final = ("it", "en", "de")
DEFAULT_LANGUAGE: Final = "it"

_STEMMERS: Final = {"it": "italian", "en": "english", "de": "german"}
_LONGEST_WORD: Final = 64  # a term is a key on disk; nobody types more of a word than this


def _marks() -> str:
    """Return every combining mark of the basic plane as the inside of a character class."""
    found = "".join(
        chr(code) for code in range(0x300, 0xFE30) if unicodedata.category(chr(code))[0] == "M"
    )
    return re.escape(found)


# Soft hyphens, zero-width joiners and combining marks belong to the word they stand in; the letter
# U+02BC and the underscore, letters to `\w`, separate words here.
_INVISIBLE: Final = "\u00ad\u200b-\u200d\u2060\ufeff"
_WORD: Final = re.compile(rf"[^\W_\u02bc](?:[^\W_\u02bc]|[{_INVISIBLE}{_marks()}])*")
_APOSTROPHES: Final = "'’‘ʼ`´′"


class Word(NamedTuple):
    """A word of a text: its folded form and where it stands (`text[start:end]`, code points)."""

    folded: str
    start: int
    end: int


class Code(NamedTuple):
    """Something to be found whole: its normal form and where it stands (`text[start:end]`)."""

    code: str
    start: int
    end: int


def _list(words: str) -> frozenset[str]:
    return frozenset(fold(word) for word in words.split())


@lru_cache(maxsize=16_384)
def fold(word: str) -> str:
    """Return `word` without case, accents, width and invisible characters: NFC and NFD agree."""
    if word.isascii():
        return word.lower()
    plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", word).casefold())
    return "".join(
        letter for letter in plain if unicodedata.category(letter) not in ("Mn", "Me", "Cf", "Mc")
    )


STOP_WORDS: Final = {
    "it": _list(
        """a ad ai al alla alle allo agli all anche c che chi ci ciò cioè co coi col come con
        contro cui d da dagli dai dal dall dalla dalle dallo dei del della delle dello degli dell di
        dove e è ed era erano essere fa fu furono gli ha hanno ho i il in io l la le lei li lo loro
        lui m ma mi mia mie miei mio n ne negli nei nel nell nella nelle nello noi non nostra nostre
        nostri nostro o od per perché più po qual quale quali quando quanta quante quanti quanto
        quell quella quelle quelli quello quest questa queste questi questo s se sei si sia siamo
        sono sta stata state stati stato su sua sue sugli sui sul sull sulla sulle sullo suo suoi t
        ti tra fra tu tua tue tuo tuoi un una uno v vi voi vostra vostre vostri vostro cosa"""
    ),
    "en": _list(
        """a an and are as at be been but by d did do does for from had has have he her his how i
        if in into is it its ll m my no not of on or our re s she so t that the their them then
        there these they this those to ve was we were what when where which who whom whose why will
        with would you your"""
    ),
    "de": _list(
        """als am an auch auf aus bei bin bis bist da das dass dem den der des die dies diese dieser
        dieses du durch ein eine einem einen einer eines er es für hat hatte ich ihr im in ist ja
        kann mit nach nicht noch nur ob oder ohne sein seine sich sie sind so und uns unter vom von
        vor war waren was wenn wer wie wir wird wo zu zum zur über"""
    ),
}

_stemming = threading.Lock()  # a Snowball stemmer keeps the word it works on: one thread at a time
_snowball = {lang: snowballstemmer.stemmer(name) for lang, name in _STEMMERS.items()}


@lru_cache(maxsize=32_768)
def stem(word: str, lang: str) -> str:
    """Return the stem of a folded word; an unknown `lang` counts as Italian.

    Accents are gone before stemming, so that "citta" and "città" cannot differ afterwards.
    """
    with _stemming:
        stemmed: str = _snowball.get(lang, _snowball[DEFAULT_LANGUAGE]).stemWord(word)
    return stemmed


def words(text: str) -> Iterator[Word]:
    """Yield the words of `text` in order; an apostrophe separates (dell'infanzia: two words)."""
    for found in _WORD.finditer(text):
        folded = fold(found.group())[:_LONGEST_WORD]
        if folded:
            yield Word(folded, found.start(), found.end())


def is_stop_word(word: str, lang: str) -> bool:
    """Return whether a folded word is left out of the stems of a text in `lang`."""
    return word in STOP_WORDS.get(lang, STOP_WORDS[DEFAULT_LANGUAGE])


def stems(text: str, lang: str) -> list[str]:
    """Return the stems of `text` in order, stop words left out."""
    stop = STOP_WORDS.get(lang, STOP_WORDS[DEFAULT_LANGUAGE])
    return [stem(word.folded, lang) for word in words(text) if word.folded not in stop]


GAP: Final = "_"
"""Stands for a stop word, so that words beside one are not neighbours; no word looks like it."""


def stems_in_place(text: str, lang: str) -> list[str]:
    """Return the stems of `text` with a `GAP` for each stop word: phrases keep their distances."""
    stop = STOP_WORDS.get(lang, STOP_WORDS[DEFAULT_LANGUAGE])
    return [GAP if word.folded in stop else stem(word.folded, lang) for word in words(text)]


def plain_words(text: str) -> list[str]:
    """Return the folded words of `text` in order, neither stemmed nor stopped."""
    return [word.folded for word in words(text)]


# --- Codes ----------------------------------------------------------------------------------------

_MONTHS: Final = (
    "gennaio|febbraio|marzo|aprile|maggio|giugno|luglio|agosto|settembre|ottobre|novembre|dicembre"
)
_DATE: Final = (
    rf"(?:\d{{1,2}}[°º]?\s+(?:{_MONTHS})\s+|\d{{1,2}}[./-]\d{{1,2}}[./-])?(?P<year>(?:19|20)\d\d)"
)
_NUMBER: Final = r"(?:nn?|nr|num|numero)\s?[.°º]?\s*(?P<number>\d{1,6})\b"
_ACT_THEN_DATE: Final = re.compile(rf"\b{_NUMBER}\s*,?\s+del(?:l['’])?\s*{_DATE}\b", re.IGNORECASE)
_DATE_THEN_ACT: Final = re.compile(rf"\b{_DATE}\s*,?\s+{_NUMBER}", re.IGNORECASE)
_SLASHED: Final = re.compile(r"(?<![\w/])(?P<number>\d{1,6})\s?/\s?(?P<year>\d{1,6})(?![\w/])")
_DOTTED: Final = re.compile(r"(?<!\w)(?:[^\W\d_]{1,3}\.){2,6}(?:[^\W\d_]{1,3}(?!\w))?")
_HYPHEN: Final = "[-\u2010-\u2013]"
_HYPHENED: Final = re.compile(rf"(?<!\w)[^\W_]{{1,12}}(?:{_HYPHEN}[^\W_]{{1,12}}){{1,3}}(?!\w)")
# Only between capitals may blanks stand beside the hyphen ("BG -LE"); elsewhere it is a dash.
_CAPITALS: Final = re.compile(
    rf"(?<!\w)[A-ZÀ-Ý]{{1,5}}(?:\s?{_HYPHEN}\s?[A-ZÀ-Ý0-9]{{1,5}}|\s\d{{1,5}})(?!\w)"
)
_NOT_LETTERS: Final = re.compile(r"[\W_]+")


def _act(number: str, year: str) -> list[str]:
    """Return the normal forms of an act's number: "241/90" is also 241/1990, 2016/679 679/2016."""
    forms = [f"{number}/{year}"]
    if len(year) == 2:
        forms.append(f"{number}/{'19' if int(year) > 40 else '20'}{year}")
    if len(number) == 4 and number[:2] in ("19", "20") and len(year) != 4:
        forms.append(f"{year}/{number}")
    return forms


def codes(text: str) -> Iterator[Code]:
    """Yield the acts, acronyms and other codes of `text` in their normal forms, with places."""
    if _DIGIT.search(text):
        for pattern in (_SLASHED, _ACT_THEN_DATE, _DATE_THEN_ACT):
            for found in pattern.finditer(text):
                for form in _act(found["number"], found["year"]):
                    yield Code(form, found.start(), found.end())
    for pattern in (_DOTTED, _HYPHENED, _CAPITALS):
        for found in pattern.finditer(text):
            joined = _NOT_LETTERS.sub("", fold(found.group()))
            if len(joined) > 1:
                yield Code(joined[:_LONGEST_WORD], found.start(), found.end())
    yield from _single_word_codes(text)


_DIGIT: Final = re.compile(r"\d")
_RUN: Final = re.compile(r"[^\W_]{2,}")


def _is_loud(run: str) -> bool:
    """Return whether a run has two capitals, or digits and letters."""
    if run.isalpha():
        return not run[1:].islower() and sum(map(str.isupper, run)) > 1
    return not run.isdigit()


def _single_word_codes(text: str) -> Iterator[Code]:
    """Yield words that stand out; in a line of capitals, stop words are not codes."""
    shouting = text.isupper()
    for found in _RUN.finditer(text):
        if _is_loud(found.group()):
            folded = fold(found.group())[:_LONGEST_WORD]
            if folded and not (shouting and is_stop_word(folded, DEFAULT_LANGUAGE)):
                yield Code(folded, found.start(), found.end())
