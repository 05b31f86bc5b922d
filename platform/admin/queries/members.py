"""Members as administrators find and see them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, func, literal, or_, select

from admin.queries import PAGE
from core.actor import Role
from core.database import UtcDateTime, db
from core.pagination import Key, Page, paginate
from core.text import fold
from members.models import Member, MemberState, RoleGrant
from members.queries import (
    AffiliationLine,
    SessionLine,
    affiliations_of_member,
    roles_of,
    sessions_of,
)
from members.rules import email_key


class MemberOrder(StrEnum):
    """The orders that an address may ask for; anything else is the first."""

    NAME = "nome"
    JOINED = "recenti"
    SEEN = "accesso"


@dataclass(frozen=True, slots=True)
class MemberFilters:
    words: str = ""
    states: frozenset[MemberState] = frozenset()
    roles: frozenset[Role] = frozenset()
    order: MemberOrder = MemberOrder.NAME


@dataclass(frozen=True, slots=True)
class MemberRow:
    """A member in the administrators' list; a removed one has neither name nor address."""

    id: int
    name: str
    email: str
    state: MemberState
    joined_at: datetime
    last_sign_in_at: datetime | None
    roles: tuple[Role, ...] = ()


@dataclass(frozen=True, slots=True)
class MemberSheet:
    """All that an administrator may know of one member; what he or she wrote stands elsewhere."""

    row: MemberRow
    slug: str
    confirmed_at: datetime | None
    affiliations: list[AffiliationLine]
    sessions: list[SessionLine]


_NEVER = literal(datetime(1970, 1, 1, tzinfo=UTC), UtcDateTime())
_COLUMNS = (
    Member.id,
    Member.name,
    Member.email,
    Member.state,
    Member.joined_at,
    Member.last_sign_in_at,
)
_ORDERS: dict[MemberOrder, tuple[Key, ...]] = {
    MemberOrder.NAME: (Key(Member.words, descending=False), Key(Member.id, descending=False)),
    MemberOrder.JOINED: (Key(Member.joined_at), Key(Member.id)),
    MemberOrder.SEEN: (Key(func.coalesce(Member.last_sign_in_at, _NEVER)), Key(Member.id)),
}


def members(
    filters: MemberFilters, *, after: str | None = None, before: str | None = None
) -> Page[MemberRow]:
    """One page of members, whatever their state; raise ``BadCursor``."""
    keys = _ORDERS[filters.order]
    found: Page[Any] = paginate(
        select(*_COLUMNS, *(key.column for key in keys)).where(*_conditions(filters)),
        keys,
        size=PAGE,
        after=after,
        before=before,
        convert=lambda row: row,
    )
    held = _roles(row.id for row in found.items)
    rows = [_row(row, held.get(row.id, ())) for row in found.items]
    return Page(rows, found.before, found.after)


def member(number: int) -> MemberSheet | None:
    """One member's sheet."""
    row = db.session.execute(
        select(*_COLUMNS, Member.slug, Member.confirmed_at).where(Member.id == number)
    ).one_or_none()
    if row is None:
        return None
    return MemberSheet(
        row=_row(row, tuple(roles_of(number))),
        slug=row.slug,
        confirmed_at=row.confirmed_at,
        affiliations=affiliations_of_member(number),
        sessions=sessions_of(number),
    )


def _row(row: Any, roles: tuple[Role, ...]) -> MemberRow:
    return MemberRow(
        id=row.id,
        name=row.name,
        email=row.email,
        state=row.state,
        joined_at=row.joined_at,
        last_sign_in_at=row.last_sign_in_at,
        roles=roles,
    )


def _conditions(filters: MemberFilters) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if filters.words:
        words = fold(filters.words).split()[:6]
        address = Member.email_key.contains(email_key(filters.words), autoescape=True)
        name = [Member.words.contains(f" {word}", autoescape=True) for word in words]
        found.append(or_(address, *([_all(name)] if name else [])))
    if filters.states:
        found.append(Member.state.in_(sorted(filters.states)))
    if filters.roles:
        found.append(
            Member.id.in_(
                select(RoleGrant.member_id).where(RoleGrant.role.in_(sorted(filters.roles)))
            )
        )
    return found


def _all(conditions: list[ColumnElement[bool]]) -> ColumnElement[bool]:
    first, *rest = conditions
    for one in rest:
        first = first & one
    return first


def _roles(ids: Any) -> dict[int, tuple[Role, ...]]:
    held: dict[int, tuple[Role, ...]] = {}
    for number, role in db.session.execute(
        select(RoleGrant.member_id, RoleGrant.role)
        .where(RoleGrant.member_id.in_(list(ids)))
        .order_by(RoleGrant.role)
    ):
        held[number] = (*held.get(number, ()), role)
    return held
