"""Acts that a text names by number and date, as officials cite them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_MONTHS = (
    "gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre"
)
_DAY = rf"\d{{1,2}}(?:°|º)?\s(?:{_MONTHS.replace(' ', '|')})\s(?P<year{{n}}>(?:1[89]|20)\d\d)"
_SHORT_DAY = r"\d{1,2}[./-]\d{1,2}[./-](?P<year{n}>(?:1[89]|20)\d\d)"
_NUMBER = r"n(?:\.|°|º|r\.|um\.)\s?(?P<number{n}>\d{{1,6}})"
# What is cited: up to five words behind it, such as "della Giunta regionale", before its number.
_KIND = (
    r"(?:(?:deliberazion|determinazion|risoluzion|ordinanz)[ei]|deliber[ae]|determin[ae]|legg[ei]"
    r"|decret[oi](?:-legge|\slegislativo)?|regolament[oi]|direttiv[ae]|circolar[ei]|ordinanz[ae]"
    r"|d\.?\s?g\.?\s?r\.?|d\.?\s?g\.?\s?p\.?|l\.?\s?r\.?|l\.?\s?p\.?|d\.?\s?lgs\.?|d\.?\s?l\.?"
    r"|d\.?\s?p\.?\s?c\.?\s?m\.?|d\.?\s?p\.?\s?r\.?|d\.?\s?m\.?)"
)
_BETWEEN = r"(?:\s[a-zàèéìòù'’]{2,20}\.?){0,5}?"


def _place(pattern: str, n: int) -> str:
    return pattern.replace("{n}", str(n)).replace("{{", "{").replace("}}", "}")


# "n. 1687 del 10 luglio 2009"; "2 marzo 2011, n. 1"; "n. 1687/2009".
_FORMS = (
    rf"{_place(_NUMBER, 1)}\sdel(?:l['’])?\s?(?:{_place(_DAY, 1)}|{_place(_SHORT_DAY, 2)})",
    rf"(?:del\s|dell['’])?(?:{_place(_DAY, 3)}|{_place(_SHORT_DAY, 4)}),?\s{_place(_NUMBER, 3)}",
    rf"(?:{_place(_NUMBER, 5)}|(?P<number6>\d{{1,6}}))/(?P<year5>(?:1[89]|20)\d\d)",
)
_WITH_KIND = re.compile(rf"(?<!\w){_KIND}{_BETWEEN}\s(?:{'|'.join(_FORMS)})(?!\d)", re.IGNORECASE)
# The first form stands for itself, also without the word for what it is.
_ALONE = re.compile(
    rf"(?<!\w){_place(_NUMBER, 7)}\sdel(?:l['’])?\s?"
    rf"(?:{_place(_DAY, 7)}|{_place(_SHORT_DAY, 8)})(?!\d)",
    re.IGNORECASE,
)
_HINT = re.compile(r"\d{4}")


@dataclass(frozen=True, slots=True)
class Citation:
    """An act in a text: where it stands, and what search knows it by: ``1687/2009``."""

    start: int
    end: int
    code: str


def citations(text: str) -> Iterator[Citation]:
    """The acts that a plain text names, in their order."""
    if _HINT.search(text) is None:
        return
    found: list[Citation] = []
    end = 0
    matches = [*_WITH_KIND.finditer(text), *_ALONE.finditer(text)]
    for match in sorted(matches, key=lambda one: (one.start(), -one.end())):
        if match.start() >= end:
            found.append(_citation(match))
            end = match.end()
    yield from found


def _citation(match: re.Match[str]) -> Citation:
    parts = {name: value for name, value in match.groupdict().items() if value}
    number = next(value for name, value in parts.items() if name.startswith("number"))
    year = next(value for name, value in parts.items() if name.startswith("year"))
    return Citation(match.start(), match.end(), f"{int(number)}/{year}")
