"""``publiccode.yml`` is what catalogues of public software read: as the standard 0.7 has it."""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import yaml
from packaging.specifiers import SpecifierSet

from core.i18n import LANGUAGES
from tests.conftest import ROOT

# From the text of the standard (core), 0.7; deprecated keys are left out, so that none comes in.
TOP = {
    "publiccodeYmlVersion", "name", "url", "platforms", "developmentStatus", "softwareType",
    "description", "legal", "maintenance", "localisation",
}  # fmt: skip
MORE = {
    "applicationSuite", "landingURL", "isBasedOn", "organizationUri", "softwareVersion",
    "releaseDate", "logo", "categories", "usedBy", "roadmap", "intendedAudience", "dependsOn",
    "fundedBy",
}  # fmt: skip
STATUSES = {"concept", "development", "beta", "stable", "obsolete"}
KINDS = {
    *(f"standalone/{kind}" for kind in ("mobile", "iot", "desktop", "web", "backend", "other")),
    "addon", "library", "configurationFiles",
}  # fmt: skip
MAINTAINED = {"internal", "contract", "community", "none"}
PLATFORMS = {"web", "windows", "mac", "linux", "ios", "android"}
# Of the two lists of words, those that can be meant here.
CATEGORIES = {
    "collaboration", "communications", "content-management", "document-management",
    "knowledge-management", "online-community", "project-collaboration", "web-collaboration",
}  # fmt: skip
SCOPES = {"government", "local-authorities", "research", "society", "welfare"}
SAID = {
    "localisedName", "shortDescription", "longDescription", "documentation", "apiDocumentation",
    "features", "screenshots", "videos", "awards",
}  # fmt: skip
_LANGUAGE = re.compile("[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_URL = re.compile(r"https?://[^\s/]+\.[^\s/]+(/\S*)?")


def faults(told: dict[str, Any]) -> Iterator[str]:
    """What the standard would say against the file."""
    yield from (f"{key} is missing" for key in sorted(TOP - told.keys()))
    yield from (f"{key} is unknown" for key in sorted(told.keys() - TOP - MORE))
    if TOP - told.keys():
        return
    yield from _plain(told)
    yield from _description(told["description"])
    yield from _maintenance(told["maintenance"])
    languages = told["localisation"].get("availableLanguages")
    if not isinstance(told["localisation"].get("localisationReady"), bool):
        yield "localisationReady is neither true nor false"
    if not languages or not all(_LANGUAGE.fullmatch(one) for one in languages):
        yield f"languages: {languages}"
    for kind, things in told.get("dependsOn", {}).items():
        if kind not in ("open", "proprietary", "hardware"):
            yield f"dependsOn/{kind} is unknown"
        for thing in things:
            known = {"name", "versionMin", "versionMax", "version", "optional"}
            if not thing.get("name") or thing.keys() - known:
                yield f"a thing that it depends on: {thing}"
            if not all(isinstance(thing.get(key, ""), str) for key in known - {"optional"}):
                yield f"a version that is no string: {thing}"


def _plain(told: dict[str, Any]) -> Iterator[str]:
    checks: list[tuple[str, bool]] = [
        ("publiccodeYmlVersion", told["publiccodeYmlVersion"] == "0.7"),
        ("name", isinstance(told["name"], str) and bool(told["name"].strip())),
        ("url", _URL.fullmatch(str(told["url"])) is not None),
        ("landingURL", _URL.fullmatch(str(told.get("landingURL", told["url"]))) is not None),
        ("platforms", bool(told["platforms"]) and set(told["platforms"]) <= PLATFORMS),
        ("developmentStatus", told["developmentStatus"] in STATUSES),
        ("softwareType", told["softwareType"] in KINDS),
        ("categories", set(told.get("categories", [])) <= CATEGORIES),
        ("releaseDate", _DAY.fullmatch(str(told.get("releaseDate", "2026-01-01"))) is not None),
        # Nothing has been released yet: a status that says so wants a date, and a version.
        ("softwareVersion", isinstance(told.get("softwareVersion", ""), str)),
        ("legal/license", bool(told["legal"].get("license"))),
    ]
    audience = told.get("intendedAudience", {})
    countries = [*audience.get("countries", []), *audience.get("unsupportedCountries", [])]
    checks += [
        ("countries", all(re.fullmatch("[a-z]{2}", str(one)) for one in countries)),
        ("scope", set(audience.get("scope", [])) <= SCOPES),
        ("intendedAudience", audience.keys() <= {"countries", "unsupportedCountries", "scope"}),
    ]
    yield from (name for name, holds in checks if not holds)


def _description(described: dict[str, dict[str, Any]]) -> Iterator[str]:
    if not described:
        yield "no description in any language"
    for language, said in described.items():
        if not _LANGUAGE.fullmatch(str(language)):
            yield f"{language} is no language"
        yield from (f"{language}: {key} is unknown" for key in said.keys() - SAID)
        short, long = said.get("shortDescription", ""), said.get("longDescription", "")
        if not 0 < len(short) <= 150 or "\n" in short.strip():
            yield f"{language}: a short description of {len(short)} characters"
        if not 150 <= len(long) <= 10_000:
            yield f"{language}: a long description of {len(long)} characters"
        features = said.get("features", [])
        if not features or not all(isinstance(one, str) and one for one in features):
            yield f"{language}: features"
        for picture in said.get("screenshots", []):
            if not picture.endswith((".png", ".jpg")) or not (ROOT / picture).is_file():
                yield f"{language}: {picture} is not there"


def _maintenance(kept: dict[str, Any]) -> Iterator[str]:
    if kept.get("type") not in MAINTAINED:
        yield f"maintained by {kept.get('type')}"
    if kept.get("type") in ("internal", "community") and not kept.get("contacts"):
        yield "nobody to write to"
    for contact in kept.get("contacts", []):
        if not contact.get("name") or contact.keys() - {"name", "email", "phone", "affiliation"}:
            yield f"contact {contact}"
    for contractor in kept.get("contractors", []):
        if not contractor.get("name") or not _DAY.fullmatch(str(contractor.get("until"))):
            yield f"contractor {contractor}"
    if kept.get("type") == "contract" and not kept.get("contractors"):
        yield "a contract with nobody"


@pytest.fixture(scope="module")
def told() -> dict[str, Any]:
    read: dict[str, Any] = yaml.safe_load((ROOT / "publiccode.yml").read_text(encoding="utf-8"))
    return read


def test_the_file_keeps_to_the_standard(told: dict[str, Any]) -> None:
    assert list(faults(told)) == []


def test_the_file_says_what_is_so(told: dict[str, Any]) -> None:
    """Languages, licence and versions of Python are those of the house."""
    assert told["localisation"]["availableLanguages"] == list(LANGUAGES)
    assert told["legal"]["license"] == "EUPL-1.2"
    assert "EUROPEAN UNION PUBLIC LICENCE v. 1.2" in (ROOT / "LICENSE").read_text()
    project = (ROOT / "pyproject.toml").read_text()
    wanted = SpecifierSet(re.search('requires-python = "([^"]+)"', project)[1])  # type: ignore[index]
    python = next(one for one in told["dependsOn"]["open"] if one["name"] == "Python")
    first, last = python["versionMin"], python["versionMax"]
    assert wanted.contains(first)
    assert wanted.contains(last)
    before, after = (f"3.{int(v.split('.')[1]) + step}" for v, step in ((first, -1), (last, 1)))
    assert not wanted.contains(before)
    assert not wanted.contains(after)


FAULTS: dict[str, Callable[[dict[str, Any]], object]] = {
    "no licence": lambda told: told["legal"].pop("license"),
    "no url": lambda told: told.pop("url"),
    "a url of ours alone": lambda told: told.update(url="gemella.git"),
    "a version that is a number": lambda told: told.update(publiccodeYmlVersion=0.7),
    "a status of our own": lambda told: told.update(developmentStatus="alpha"),
    "a kind of our own": lambda told: told.update(softwareType="web"),
    "a word of our own": lambda told: told["categories"].append("gemellaggi"),
    "a key of our own": lambda told: told.update(colour="blue"),
    "countries in capitals": lambda told: told["intendedAudience"].update(countries=["IT"]),
    "a scope of our own": lambda told: told["intendedAudience"].update(scope=["everybody"]),
    "a long short text": lambda told: told["description"]["it"].update(shortDescription="x" * 151),
    "a short long text": lambda told: told["description"]["it"].update(longDescription="Breve."),
    "no features": lambda told: told["description"]["en"].pop("features"),
    "a lost picture": lambda told: told["description"]["it"].update(screenshots=["docs/no.png"]),
    "a deprecated key": lambda told: told["description"]["it"].update(genericName="Portale"),
    "a language in words": lambda told: told["description"].update(Italiano={}),
    "nobody to write to": lambda told: told["maintenance"].pop("contacts"),
    "a contract with nobody": lambda told: told["maintenance"].update(type="contract"),
    "ready or not": lambda told: told["localisation"].update(localisationReady="yes"),
    "no languages": lambda told: told["localisation"].pop("availableLanguages"),
    "a version that YAML takes for a number": lambda told: told["dependsOn"]["open"][0].update(
        versionMin=3.11
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_seen(told: dict[str, Any], fault: str) -> None:
    wrong = copy.deepcopy(told)
    FAULTS[fault](wrong)
    assert list(faults(wrong))
