"""Bodies and affiliations as administrators see them: also those that are awaited, or gone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, case, func, select

from admin.queries import PAGE
from admin.queries.overview import has_contact
from core.database import db
from core.pagination import Key, Page, paginate
from core.text import fold
from members.models import Affiliation, AffiliationState
from members.queries import (
    AffiliationLine,
    InvitationLine,
    affiliation_lines,
    affiliations_of_body,
    pending_invitations,
)
from organisations.models import Organisation, OrganisationState


class BodyFilter(StrEnum):
    """The stretches of the register that an address may ask for; anything else is all of it."""

    AWAITED = "attesi"
    WITHOUT_CONTACT = "senza-referente"
    UNVERIFIED = "da-verificare"
    VERIFIED = "verificati"
    REMOVED = "tolti"


@dataclass(frozen=True, slots=True)
class BodyRow:
    id: int
    name: str
    slug: str
    state: OrganisationState
    country: str
    verified_at: datetime | None
    has_contact: bool


@dataclass(frozen=True, slots=True)
class BodySheet:
    """A body with its people; ``candidates`` may be named contact person."""

    body: Organisation
    requested: list[AffiliationLine]
    accepted: list[AffiliationLine]
    invited: list[InvitationLine]

    @property
    def contacts(self) -> list[AffiliationLine]:
        return [one for one in self.accepted if one.is_contact]

    @property
    def candidates(self) -> list[AffiliationLine]:
        return [one for one in self.accepted if not one.is_contact]


def bodies(
    words: str, which: BodyFilter | None, *, after: str | None = None, before: str | None = None
) -> Page[BodyRow]:
    """One page of bodies by name; raise ``BadCursor``."""
    columns = (
        Organisation.id,
        Organisation.name,
        Organisation.slug,
        Organisation.state,
        Organisation.country,
        Organisation.verified_at,
        has_contact().label("has_contact"),
    )
    conditions: list[ColumnElement[bool]] = [_WHICH[which]() if which else _standing()]
    conditions += [
        Organisation.words.contains(f" {word}", autoescape=True) for word in fold(words).split()[:8]
    ]
    return paginate(
        select(*columns, Organisation.name_key, Organisation.id.label("number")).where(*conditions),
        [
            Key(Organisation.name_key, descending=False),
            Key(Organisation.id, descending=False),
        ],
        size=PAGE,
        after=after,
        before=before,
        convert=lambda row: BodyRow(*row[: len(columns)]),
    )


def body(number: int) -> BodySheet | None:
    """One body's sheet, whatever its state."""
    found = db.session.get(Organisation, number)
    if found is None:
        return None
    return BodySheet(
        body=found,
        requested=affiliations_of_body(number, AffiliationState.REQUESTED),
        accepted=affiliations_of_body(number, AffiliationState.ACCEPTED),
        invited=pending_invitations(number),
    )


def affiliations(
    state: AffiliationState | None, *, after: str | None = None, before: str | None = None
) -> Page[AffiliationLine]:
    """One page of affiliations: those that wait for an answer first, then the newest."""
    rank = case((Affiliation.state == AffiliationState.REQUESTED, 1), else_=0)
    keys = [Key(rank), Key(Affiliation.id)]
    wanted = [Affiliation.state == state] if state else []
    found: Page[Any] = paginate(
        select(Affiliation.id.label("affiliation"), rank, Affiliation.id).where(*wanted),
        keys,
        size=PAGE,
        after=after,
        before=before,
        convert=lambda row: row.affiliation,
    )
    lines = affiliation_lines(found.items)
    return Page([lines[number] for number in found.items], found.before, found.after)


def affiliation_counts() -> dict[AffiliationState, int]:
    """How many affiliations there are in each state."""
    counts = dict.fromkeys(AffiliationState, 0)
    for state, count in db.session.execute(
        select(Affiliation.state, func.count()).group_by(Affiliation.state)
    ):
        counts[state] = count
    return counts


def _standing() -> ColumnElement[bool]:
    return Organisation.state != OrganisationState.REMOVED


def _active(*conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    found = Organisation.state == OrganisationState.ACTIVE
    for one in conditions:
        found = found & one
    return found


_WHICH = {
    BodyFilter.AWAITED: lambda: Organisation.state == OrganisationState.AWAITED,
    BodyFilter.WITHOUT_CONTACT: lambda: _active(~has_contact()),
    BodyFilter.UNVERIFIED: lambda: _active(Organisation.verified_at.is_(None)),
    BodyFilter.VERIFIED: lambda: _active(Organisation.verified_at.is_not(None)),
    BodyFilter.REMOVED: lambda: Organisation.state == OrganisationState.REMOVED,
}
