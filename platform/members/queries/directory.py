"""The list "Tutti gli iscritti": filters with counts, page by page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    and_,
    false,
    func,
    literal,
    null,
    or_,
    select,
    union_all,
)

from core.actor import Actor
from core.database import db
from core.pagination import Key, Page, paginate
from core.text import fold
from members.models import Affiliation, AffiliationState, Member, MemberState, member_themes
from members.queries.people import LINE_COLUMNS, MemberLine, lines
from organisations.models import Organisation, OrganisationState
from taxonomy.queries import ThemeNode, theme_by_code, themes_by_id

PAGE = 30
MOST_BODIES = 12


@dataclass(frozen=True, slots=True)
class Filters:
    """What the reader asked for; unknown codes find nobody."""

    words: str = ""
    organisations: tuple[str, ...] = ()
    themes: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.words or self.organisations or self.themes)


@dataclass(frozen=True, slots=True)
class Choice:
    """A body or theme to filter by; ``count`` heeds the other filters."""

    value: str
    label: str
    count: int
    selected: bool


@dataclass(frozen=True, slots=True)
class Directory:
    """A page of members with the choices beside it."""

    page: Page[MemberLine]
    total: int
    organisations: list[Choice] = field(default_factory=list)
    themes: list[Choice] = field(default_factory=list)


def directory(
    filters: Filters,
    actor: Actor,
    *,
    language: str,
    after: str | None = None,
    before: str | None = None,
    size: int = PAGE,
) -> Directory:
    """Members, newest first; raise ``BadCursor`` for a place that is not one of ours."""
    statement = select(*LINE_COLUMNS, Member.joined_at.label("at"), Member.id.label("number"))
    rows: Page[Any] = paginate(
        statement.where(*_conditions(filters)),
        [Key(Member.joined_at), Key(Member.id)],
        size=size,
        after=after,
        before=before,
        convert=lambda row: row,
    )
    total, bodies, themes = _counts(filters)
    return Directory(
        page=Page(lines(rows.items, actor), rows.before, rows.after),
        total=total,
        organisations=_body_choices(filters, bodies),
        themes=_theme_choices(filters, themes, language),
    )


def _conditions(filters: Filters, *, without: str = "") -> list[ColumnElement[bool]]:
    """What the filters ask for; ``without`` leaves one of them out, for its own counts."""
    # Everybody sees the same list here: who is not active is found by administrators elsewhere.
    found: list[ColumnElement[bool]] = [Member.state == MemberState.ACTIVE]
    words = fold(filters.words).split()[:6]
    found += [Member.words.contains(f" {word}", autoescape=True) for word in words]
    if filters.words and not words:
        found.append(false())
    if filters.organisations and without != "organisations":
        found.append(
            Member.id.in_(
                select(Affiliation.member_id)
                .join(Organisation, Organisation.id == Affiliation.organisation_id)
                .where(Organisation.slug.in_(filters.organisations), _belongs())
            )
        )
    if filters.themes and without != "themes":
        chosen = [theme.id for code in filters.themes if (theme := theme_by_code(code))]
        found.append(
            Member.id.in_(
                select(member_themes.c.member_id).where(member_themes.c.theme_id.in_(chosen))
            )
        )
    return found


def _belongs() -> ColumnElement[bool]:
    return and_(
        Affiliation.state == AffiliationState.ACCEPTED,
        Organisation.state == OrganisationState.ACTIVE,
    )


def _counts(filters: Filters) -> tuple[int, dict[str, tuple[str, int]], dict[int, int]]:
    """Total, bodies (slug to name and count) and themes (id to count), in one query."""
    rows = db.session.execute(
        union_all(_total(filters), _by_body(filters), _by_theme(filters))
    ).all()
    total = 0
    bodies: dict[str, tuple[str, int]] = {}
    themes: dict[int, int] = {}
    for what, number, slug, name, count in rows:
        match what:
            case "total":
                total = count
            case "body":
                bodies[slug] = (name, count)
            case "theme":
                themes[number] = count
    return total, bodies, themes


def _total(filters: Filters) -> Select[Any]:
    return (
        select(literal("total"), literal(0), null(), null(), func.count())
        .where(*_conditions(filters))
        .select_from(Member)
    )


def _by_body(filters: Filters) -> Select[Any]:
    count = func.count(Member.id.distinct()).label("count")
    grouped = (
        select(Organisation.id, Organisation.slug, Organisation.name, count)
        .select_from(Member)
        .join(Affiliation, Affiliation.member_id == Member.id)
        .join(Organisation, Organisation.id == Affiliation.organisation_id)
        .where(_belongs(), *_conditions(filters, without="organisations"))
        .group_by(Organisation.id, Organisation.slug, Organisation.name)
        # What is chosen already must stay on the page, however small its count.
        .order_by(_is_chosen(filters).desc(), count.desc(), Organisation.name)
        .limit(MOST_BODIES + len(filters.organisations))
        .subquery()
    )
    return select(literal("body"), grouped.c.id, grouped.c.slug, grouped.c.name, grouped.c.count)


def _is_chosen(filters: Filters) -> ColumnElement[bool]:
    return or_(false(), Organisation.slug.in_(filters.organisations))


def _by_theme(filters: Filters) -> Select[Any]:
    return (
        select(literal("theme"), member_themes.c.theme_id, null(), null(), func.count())
        .select_from(Member)
        .join(member_themes, member_themes.c.member_id == Member.id)
        .where(*_conditions(filters, without="themes"))
        .group_by(member_themes.c.theme_id)
    )


def _body_choices(filters: Filters, bodies: dict[str, tuple[str, int]]) -> list[Choice]:
    found = [
        Choice(slug, name, count, slug in filters.organisations)
        for slug, (name, count) in bodies.items()
    ]
    return sorted(found, key=lambda one: (not one.selected, -one.count, one.label))


def _theme_choices(filters: Filters, counts: dict[int, int], language: str) -> list[Choice]:
    themes: Sequence[tuple[int, ThemeNode]] = list(themes_by_id().items())
    return [
        Choice(
            theme.code, theme.name(language), counts.get(number, 0), theme.code in filters.themes
        )
        for number, theme in themes
        if number in counts or theme.code in filters.themes
    ]
