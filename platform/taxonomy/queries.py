"""Reading themes and programmes; both are small and answered from memory."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import select

from core.database import db
from core.lookups import Lookup
from core.names import name_in
from core.text import fold
from taxonomy.models import Programme, Theme

FLAG = "reference_data:taxonomy"


@dataclass(frozen=True)
class ThemeNode:
    """A theme with the themes below it; ``code`` stands in addresses."""

    id: int
    code: str
    name_it: str
    name_en: str
    name_de: str
    parent_id: int | None
    children: tuple[ThemeNode, ...] = field(default=(), compare=False)

    def name(self, language: str) -> str:
        return name_in(self, language)


@dataclass(frozen=True)
class ProgrammeLine:
    """A programme; ``fund`` is an acronym such as FESR, the period may be open."""

    id: int
    code: str
    name_it: str
    name_en: str
    name_de: str
    fund: str
    authority: str
    starts_on: date | None
    ends_on: date | None

    def name(self, language: str) -> str:
        return name_in(self, language)


@dataclass(frozen=True, slots=True)
class _Copy:
    tree: tuple[ThemeNode, ...]
    themes: dict[int, ThemeNode]
    by_code: dict[str, ThemeNode]
    programmes: dict[int, ProgrammeLine]


def themes_tree() -> tuple[ThemeNode, ...]:
    """The top themes in their order, each with what is below it."""
    return LOOKUP.get().tree


def theme(theme_id: int) -> ThemeNode | None:
    """A theme by its id."""
    return LOOKUP.get().themes.get(theme_id)


def theme_by_code(code: str) -> ThemeNode | None:
    """A theme by its code in an address."""
    return LOOKUP.get().by_code.get(code)


def ids_by_words() -> dict[str, int]:
    """Ids of themes by code and by name in any language, as ``word_of`` writes them."""
    found: dict[str, int] = {}
    for one in reversed(themes_by_id().values()):
        names = (one.name_de, one.name_en, one.name_it, one.code)
        found |= {word_of(name): one.id for name in names if name}
    return found


def word_of(text: str) -> str:
    """The name or code of a theme as it is compared."""
    return fold(text.replace("-", " "))


def themes_by_id() -> dict[int, ThemeNode]:
    """All themes, parents before their children, in the order of the tree."""
    return LOOKUP.get().themes


def theme_choices(language: str) -> dict[str, list[tuple[int, str]]]:
    """Themes for a form, grouped under their top theme, which can be chosen itself."""
    return {
        top.name(language): [(one.id, one.name(language)) for one in _walk(top)]
        for top in themes_tree()
    }


def descendants(theme_id: int) -> frozenset[int]:
    """The ids of a theme and of all below it; empty for an id that is not known."""
    found = theme(theme_id)
    return frozenset(one.id for one in _walk(found)) if found else frozenset()


def theme_path(theme_id: int) -> list[ThemeNode]:
    """From the top theme down to the theme itself."""
    steps: list[ThemeNode] = []
    at: int | None = theme_id
    while at is not None and (found := theme(at)) is not None:
        steps.append(found)
        at = found.parent_id
    return steps[::-1]


def programmes() -> list[ProgrammeLine]:
    """All programmes, oldest first."""
    return list(LOOKUP.get().programmes.values())


def programme(programme_id: int) -> ProgrammeLine | None:
    """A programme by its id."""
    return LOOKUP.get().programmes.get(programme_id)


def programme_by_code(code: str) -> ProgrammeLine | None:
    """A programme by its code in an address."""
    return next((one for one in programmes() if one.code == code), None)


def programme_choices(language: str) -> list[tuple[int, str]]:
    """Programmes for a form: pairs of id and name, with the fund where the name lacks it."""
    return [(one.id, _with_fund(one, language)) for one in programmes()]


def _with_fund(programme: ProgrammeLine, language: str) -> str:
    name = programme.name(language)
    if not programme.fund or programme.fund in programme.name_it:
        return name
    return f"{name} ({programme.fund})"


def _walk(node: ThemeNode) -> list[ThemeNode]:
    return [node, *(below for child in node.children for below in _walk(child))]


def _read() -> _Copy:
    rows = db.session.scalars(select(Theme).order_by(Theme.position, Theme.id)).all()
    below: dict[int | None, list[Theme]] = {}
    for row in rows:
        below.setdefault(row.parent_id, []).append(row)

    def grow(parent_id: int | None) -> tuple[ThemeNode, ...]:
        return tuple(
            ThemeNode(
                row.id,
                row.code,
                row.name_it,
                row.name_en,
                row.name_de,
                row.parent_id,
                grow(row.id),
            )
            for row in below.get(parent_id, ())
        )

    tree = grow(None)
    themes = {one.id: one for top in tree for one in _walk(top)}
    return _Copy(
        tree=tree,
        themes=themes,
        by_code={one.code: one for one in themes.values()},
        programmes={line.id: line for line in _read_programmes()},
    )


def _read_programmes() -> list[ProgrammeLine]:
    rows = db.session.scalars(
        select(Programme).order_by(
            Programme.starts_on.is_(None), Programme.starts_on, Programme.name_it
        )
    ).all()
    return [
        ProgrammeLine(
            row.id,
            row.code,
            row.name_it,
            row.name_en,
            row.name_de,
            row.fund,
            row.authority,
            row.starts_on,
            row.ends_on,
        )
        for row in rows
    ]


LOOKUP = Lookup(_read, flag_name=FLAG, models=[Theme, Programme])
