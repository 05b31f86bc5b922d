"""Reading the register of bodies: the list with its counts, one body, short lines for others."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from flask_babel import gettext, pgettext
from sqlalchemy import (
    ColumnElement,
    Row,
    Select,
    String,
    case,
    cast,
    false,
    func,
    literal,
    or_,
    select,
    union_all,
)

from core.actor import Actor
from core.database import db
from core.i18n import language
from core.links import address
from core.pagination import Key, Page, paginate
from core.slugs import owner_of
from core.text import fold
from organisations.models import (
    Level,
    Nature,
    Organisation,
    OrganisationState,
    ipa_key_of,
    name_key_of,
)
from organisations.policies import visible_to
from organisations.signals import KIND
from territory import queries as territory
from territory.models import Territory

PAGE_SIZE = 20
LONGEST_SEARCH = 100
_MOST_WORDS = 8


@dataclass(frozen=True, slots=True)
class OrganisationLine:
    """A body in one line; ``short`` is its acronym, or its name where it has none."""

    id: int
    slug: str
    name: str
    acronym: str
    nature: Nature
    level: Level
    ipa_code: str | None
    verified_at: datetime | None
    territory_id: int | None
    region_id: int | None

    @property
    def short(self) -> str:
        return self.acronym or self.name

    @property
    def url(self) -> str:
        return address("organisations.organisation", slug=self.slug)

    @property
    def region(self) -> str:
        """The name of the region in the reader's language, or ``""``."""
        found = territory.place(self.region_id) if self.region_id else None
        return found.name(language()) if found else ""

    @property
    def nature_label(self) -> str:
        return nature_label(self.nature)

    @property
    def level_label(self) -> str:
        return level_label(self.level)


@dataclass(frozen=True, slots=True)
class RegisterFilters:
    """What the reader asked for; an empty set asks for nothing."""

    text: str = ""
    natures: frozenset[Nature] = frozenset()
    levels: frozenset[Level] = frozenset()
    region_ids: frozenset[int] = frozenset()

    def __bool__(self) -> bool:
        return bool(self.text or self.natures or self.levels or self.region_ids)


@dataclass(frozen=True, slots=True)
class RegisterCounts:
    """How many bodies there are: ``found`` with all filters, ``total`` without any.

    The counts of each facet leave its own filter out, so that they tell what a further tick adds.
    """

    total: int = 0
    found: int = 0
    natures: dict[Nature, int] = field(default_factory=dict)
    levels: dict[Level, int] = field(default_factory=dict)
    regions: dict[int, int] = field(default_factory=dict)


def register(
    filters: RegisterFilters, *, after: str | None = None, before: str | None = None
) -> Page[OrganisationLine]:
    """One page of the register, by name: the same for every reader."""
    return paginate(
        _select_lines()
        .add_columns(Organisation.name_key, Organisation.id)
        .where(standing(), *conditions(filters)),
        [
            Key(Organisation.name_key.expression, descending=False),
            Key(Organisation.id.expression, descending=False),
        ],
        size=PAGE_SIZE,
        after=after,
        before=before,
        convert=_line,
    )


def register_counts(filters: RegisterFilters) -> RegisterCounts:
    """The counts of the register's filters, in one query."""
    facets = [
        _count("total", literal(""), RegisterFilters()),
        _count("found", literal(""), filters),
        _count("nature", Organisation.nature, replace(filters, natures=frozenset())),
        _count("level", Organisation.level, replace(filters, levels=frozenset())),
        _count("region", Territory.region_id, replace(filters, region_ids=frozenset())),
    ]
    found: dict[str, dict[str, int]] = {}
    for facet, value, count in db.session.execute(union_all(*facets)):
        if value is not None:
            found.setdefault(facet, {})[value] = count
    return RegisterCounts(
        total=found.get("total", {}).get("", 0),
        found=found.get("found", {}).get("", 0),
        natures={Nature(value): n for value, n in found.get("nature", {}).items()},
        levels={Level(value): n for value, n in found.get("level", {}).items()},
        regions={int(value): n for value, n in found.get("region", {}).items()},
    )


def organisation(slug: str, actor: Actor) -> Organisation | None:
    """The body with this address, now or formerly, if the actor may open it.

    Where the address is an old one, ``slug`` of the body differs: the view redirects.
    """
    found = db.session.scalar(
        select(Organisation).where(Organisation.slug == slug, visible_to(actor))
    )
    if found is not None:
        return found
    owner = owner_of(KIND, slug)
    return None if owner is None else organisation_by_id(owner, actor)


def organisation_by_id(organisation_id: int, actor: Actor) -> Organisation | None:
    """The body with this id, if the actor may open it."""
    return db.session.scalar(
        select(Organisation).where(Organisation.id == organisation_id, visible_to(actor))
    )


def lines(ids: Iterable[int]) -> dict[int, OrganisationLine]:
    """Short lines by id, in one query; bodies that left the register are missing."""
    wanted = sorted(set(ids))
    if not wanted:
        return {}
    rows = db.session.execute(_select_lines().where(Organisation.id.in_(wanted), standing()))
    return {row.id: _line(row) for row in rows}


def find_organisations(text: str, limit: int = 10) -> list[OrganisationLine]:
    """Bodies by name, acronym or IPA code, whatever accents and case.

    Every word of the text must begin a word of the body; names that begin with it come first.
    """
    key = fold(text[:LONGEST_SEARCH])
    if not key:
        return []
    rank = case(
        (or_(Organisation.name_key == key, Organisation.ipa_key == text.strip().casefold()), 0),
        (Organisation.name_key.startswith(key, autoescape=True), 1),
        else_=2,
    )
    rows = db.session.execute(
        _select_lines()
        .where(standing(), *_words(text))
        .order_by(rank, Organisation.name_key, Organisation.id)
        .limit(limit)
    )
    return [_line(row) for row in rows]


def ids_by_words(texts: Iterable[str]) -> dict[str, int]:
    """Bodies of the register by IPA code, address or whole name, whatever its accents and case.

    What no body is called, or several bodies are, is missing.
    """
    wanted = set(texts)
    if not wanted:
        return {}
    found: dict[str, set[int]] = {}
    rows = db.session.execute(
        select(
            Organisation.id, Organisation.slug, Organisation.ipa_key, Organisation.name_key
        ).where(
            standing(),
            or_(
                Organisation.slug.in_(wanted),
                Organisation.ipa_key.in_({text.casefold() for text in wanted}),
                Organisation.name_key.in_({name_key_of(text) for text in wanted} - {""}),
            ),
        )
    )
    for row in rows:
        for word in (row.slug, row.ipa_key, row.name_key):
            found.setdefault(word, set()).add(row.id)
    named = {}
    for text in wanted:
        for word in (text.casefold(), text, name_key_of(text)):
            if len(found.get(word, ())) == 1:
                named[text] = next(iter(found[word]))
                break
    return named


def organisation_choices(actor: Actor) -> list[tuple[int, str]]:
    """The bodies that the actor belongs to, for "on behalf of" in forms: pairs of id and name."""
    own = lines(actor.organisation_ids).values()
    return [(line.id, line.name) for line in sorted(own, key=lambda line: fold(line.name))]


def latest(limit: int = 5) -> list[OrganisationLine]:
    """The bodies that entered the register last."""
    rows = db.session.execute(
        _select_lines()
        .where(standing())
        .order_by(Organisation.created_at.desc(), Organisation.id.desc())
        .limit(limit)
    )
    return [_line(row) for row in rows]


def count() -> int:
    """How many bodies the register has."""
    return db.session.scalar(select(func.count()).select_from(Organisation).where(standing())) or 0


def twins_of(
    name: str, ipa_code: str | None, *, but: int | None = None
) -> tuple[OrganisationLine | None, list[OrganisationLine]]:
    """Who has this IPA code, and up to five bodies of the same name; ``but`` is left out."""
    ipa_key, name_key = ipa_key_of(ipa_code), name_key_of(name)
    if not name_key and ipa_key is None:
        return None, []
    rows = db.session.execute(
        _select_lines()
        .add_columns(Organisation.ipa_key)
        .where(
            standing(),
            Organisation.id != (but or 0),
            or_(
                Organisation.ipa_key == ipa_key if ipa_key else false(),
                Organisation.name_key == name_key if name_key else false(),
            ),
        )
        .order_by(Organisation.id)
        .limit(6)
    ).all()
    same_code = next((_line(row) for row in rows if ipa_key and row.ipa_key == ipa_key), None)
    return same_code, [_line(row) for row in rows if not ipa_key or row.ipa_key != ipa_key][:5]


def standing() -> ColumnElement[bool]:
    """In the register now, whoever asks."""
    return Organisation.state == OrganisationState.ACTIVE


def nature_label(nature: Nature) -> str:
    """The nature as pages say it."""
    labels: dict[Nature, str] = {
        Nature.PUBLIC: gettext("Pubblico"),
        Nature.PRIVATE: gettext("Privato"),
        Nature.THIRD_SECTOR: gettext("Terzo settore"),
    }
    return labels[nature]


def level_label(level: Level) -> str:
    """The level as pages say it."""
    labels: dict[Level, str] = {
        Level.STATE: pgettext("livello", "Stato"),
        Level.REGION: gettext("Regione"),
        Level.AUTONOMOUS_PROVINCE: gettext("Provincia autonoma"),
        Level.PROVINCE: gettext("Provincia o città metropolitana"),
        Level.MUNICIPALITY: gettext("Comune"),
        Level.SOCIAL_DISTRICT: gettext("Ambito sociale"),
        Level.SCHOOL: gettext("Scuola"),
        Level.AGENCY: gettext("Agenzia"),
        Level.OTHER: gettext("Altro"),
    }
    return labels[level]


_COLUMNS = (
    Organisation.id,
    Organisation.slug,
    Organisation.name,
    Organisation.acronym,
    Organisation.nature,
    Organisation.level,
    Organisation.ipa_code,
    Organisation.verified_at,
    Organisation.territory_id,
    Territory.region_id,
)


def _select_lines() -> Select[Any]:
    return select(*_COLUMNS).outerjoin(Territory, Territory.id == Organisation.territory_id)


def _line(row: Row[Any]) -> OrganisationLine:
    return OrganisationLine(*row[: len(_COLUMNS)])


def conditions(filters: RegisterFilters) -> Sequence[ColumnElement[bool]]:
    """What the filters ask for, on bodies joined with their territories."""
    found = _words(filters.text)
    if filters.natures:
        found.append(Organisation.nature.in_(sorted(filters.natures)))
    if filters.levels:
        found.append(Organisation.level.in_(sorted(filters.levels)))
    if filters.region_ids:
        found.append(Territory.region_id.in_(sorted(filters.region_ids)))
    return found


def _words(text: str) -> list[ColumnElement[bool]]:
    """Each word of the text begins a word of the body."""
    return [
        Organisation.words.contains(f" {word}", autoescape=True)
        for word in fold(text[:LONGEST_SEARCH]).split()[:_MOST_WORDS]
    ]


def _count(facet: str, value: ColumnElement[Any] | Any, filters: RegisterFilters) -> Select[Any]:
    value = cast(value, String)
    return (
        select(literal(facet), value, func.count())
        .select_from(Organisation)
        .outerjoin(Territory, Territory.id == Organisation.territory_id)
        .where(standing(), *conditions(filters))
        .group_by(value)
    )
