"""A row of a list of bodies that others keep, read into the words of the register."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from core.origins import LONGEST_ID, LONGEST_SOURCE
from core.rows import Column, RowRefused, digest_of, line_of
from core.text import fold
from organisations.models import LONGEST_NAME, Level, Nature, ipa_key_of
from organisations.rules.values import COUNTRIES, IPA_CODE, is_web_address

COLUMNS = (
    Column("origin", "the list that the row is from; else what --origin says", ("origine",)),
    Column(
        "id",
        "the row's own number in that list; without one, its IPA code, else its name and place",
        ("identificativo", "codice"),
    ),
    Column("name", "the whole name; required", ("nome", "denominazione", "denominazione ente")),
    Column("acronym", "a short name such as ANCI", ("sigla", "acronimo")),
    Column("nature", "public, private or third_sector (pubblico, privato, terzo settore)",
           ("natura",)),
    Column("level", "the tier, such as municipality (comune); else guessed from type, code, name",
           ("livello",)),
    Column("type", "what a list says of the sort of body; only used to guess the level",
           ("tipologia", "tipo")),
    Column("ipa_code", "the code of the public index (IPA); one body has it, whatever its case",
           ("codice ipa", "cod amm")),
    Column("istat_code", "ISTAT code of the municipality (six digits), province or region",
           ("codice istat comune", "codice comune istat", "codice istat")),
    Column("territory", "name of the place, such as Vinci (FI), where there is no code",
           ("territorio",)),
    Column("province", "sign or name of the province, where the municipality is not known",
           ("provincia",)),
    Column("region", "name of the region, likewise", ("regione",)),
    Column("region_code", "ISTAT code of the region, likewise", ("cod regione", "codice regione")),
    Column("country", "two letters; IT where nothing is said", ("paese", "nazione")),
    Column("website", "a whole address, or one that begins with www.",
           ("sito", "sito web", "sito istituzionale")),
)  # fmt: skip

_NATURES: Mapping[str, Nature] = {
    "public": Nature.PUBLIC,
    "pubblico": Nature.PUBLIC,
    "pubblica": Nature.PUBLIC,
    "private": Nature.PRIVATE,
    "privato": Nature.PRIVATE,
    "third sector": Nature.THIRD_SECTOR,
    "terzo settore": Nature.THIRD_SECTOR,
}
_LEVELS: Mapping[str, Level] = {
    **{fold(one.value.replace("_", " ")): one for one in Level},
    "stato": Level.STATE,
    "regione": Level.REGION,
    "provincia autonoma": Level.AUTONOMOUS_PROVINCE,
    "provincia": Level.PROVINCE,
    "comune": Level.MUNICIPALITY,
    "ambito sociale": Level.SOCIAL_DISTRICT,
    "scuola": Level.SCHOOL,
    "agenzia": Level.AGENCY,
    "altro": Level.OTHER,
}
_AUTONOMOUS = frozenset({"p_tn", "p_bz"})
_BY_CODE = {"c_": Level.MUNICIPALITY, "p_": Level.PROVINCE, "r_": Level.REGION}
_BY_NAME = (
    (re.compile(r"ministero|presidenza del consiglio"), Level.STATE),
    (re.compile(r"(ambito|distretto) (territoriale )?soci"), Level.SOCIAL_DISTRICT),
    (re.compile(r"(istituto|direzione) (comprensiv|didattic|tecnic|professional)|liceo"),
     Level.SCHOOL),
    (re.compile(r"agenzia "), Level.AGENCY),
    (re.compile(r"comune di "), Level.MUNICIPALITY),
)  # fmt: skip
_LONGEST_PLACE = 120


@dataclass(frozen=True, slots=True)
class ImportedOrganisation:
    """A row that was understood: ``given`` are fields of ``OrganisationValues`` that it has.

    ``guessed`` are those that hold for a body that is not here yet; the place is still in words.
    """

    line: int
    source: str
    external_id: str
    given: Mapping[str, Any]
    guessed: Mapping[str, Any]
    digest: str
    istat_code: str = ""
    place: str = ""
    province: str = ""
    regions: tuple[str, ...] = ()
    remarks: tuple[str, ...] = field(default=())

    @property
    def key(self) -> tuple[str, str]:
        return self.source, self.external_id

    @property
    def name(self) -> str:
        return str(self.given.get("name", ""))

    @property
    def ipa_key(self) -> str | None:
        return ipa_key_of(self.given.get("ipa_code"))

    @property
    def level(self) -> Level:
        return Level(self.given.get("level", self.guessed["level"]))


def read_row(line: int, row: Mapping[str, Any], *, source: str) -> ImportedOrganisation:
    """Understand a row under our names; raise ``RowRefused`` where it can be no body."""
    name = line_of(row, "name", longest=LONGEST_NAME)
    if not name:
        raise RowRefused("name: missing")
    code = line_of(row, "ipa_code", longest=20)
    if not IPA_CODE.fullmatch(code):
        raise RowRefused("ipa_code: only letters, digits, _ and - can be in one")
    given: dict[str, Any] = {"name": name}
    remarks: list[str] = []
    if "acronym" in row:
        given["acronym"] = line_of(row, "acronym", longest=40)
    if "ipa_code" in row:
        given["ipa_code"] = code or None
    given |= _chosen(row, "nature", _NATURES) | _chosen(row, "level", _LEVELS)
    given |= _country(row) | _website(row, remarks)
    istat_code = _istat_code(row)
    places = {
        one: line_of(row, one, longest=_LONGEST_PLACE)
        for one in ("territory", "province", "region", "region_code")
    }
    own = line_of(row, "id", longest=LONGEST_ID)
    return ImportedOrganisation(
        line=line,
        source=line_of(row, "origin", longest=LONGEST_SOURCE) or source,
        external_id=own or code.casefold() or f"name:{fold(name)[:150]}|{istat_code}",
        given=given,
        guessed={
            "nature": Nature.PUBLIC,
            "level": guess_level(line_of(row, "type", longest=200), code, name),
        },
        digest=digest_of({one.name: row.get(one.name) for one in COLUMNS if one.name in row}),
        istat_code=istat_code,
        place=places["territory"],
        province=places["province"],
        regions=tuple(one for one in (places["region"], places["region_code"]) if one),
        remarks=tuple(remarks),
    )


def guess_level(sort: str, ipa_code: str, name: str) -> Level:
    """The tier of a body, from what a list calls its sort, from its code and from its name."""
    code, words = ipa_code.casefold(), fold(name)
    if code in _AUTONOMOUS:
        return Level.AUTONOMOUS_PROVINCE
    if fold(sort) in ("comuni", "comune"):
        return Level.MUNICIPALITY
    if code[:2] in _BY_CODE:
        return _BY_CODE[code[:2]]
    return next((level for told, level in _BY_NAME if told.match(words)), Level.OTHER)


def _chosen(row: Mapping[str, Any], name: str, words: Mapping[str, Any]) -> dict[str, Any]:
    text = line_of(row, name, longest=60)
    if not text:
        return {}
    found = words.get(fold(text.replace("_", " ").replace("-", " ")))
    if found is None:
        raise RowRefused(f"{name}: {text} is none")
    return {name: found}


def _country(row: Mapping[str, Any]) -> dict[str, str]:
    code = line_of(row, "country", longest=60).upper()
    if not code:
        return {}
    if code not in COUNTRIES:
        raise RowRefused(f"country: {code} is not one of {' '.join(COUNTRIES)}")
    return {"country": code}


def _website(row: Mapping[str, Any], remarks: list[str]) -> dict[str, str]:
    if "website" not in row:
        return {}
    text = line_of(row, "website", longest=300)
    if text.lower().startswith("www."):
        text = f"https://{text}"
    if text and not is_web_address(text):
        remarks.append(f"website: {text[:80]} is no address, and was left out")
        text = ""
    return {"website": text}


def _istat_code(row: Mapping[str, Any]) -> str:
    """The code, whatever it is: one that is none is kept as one that nobody here knows."""
    text = line_of(row, "istat_code", longest=40)
    # Spreadsheets drop zeros in front.
    return text.zfill(6) if len(text) in (4, 5) and text.isdigit() else text
