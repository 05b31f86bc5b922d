"""Members as others name them: author, contact person, row of a list."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask_babel import gettext
from sqlalchemy import ColumnElement, Select, and_, literal, or_, select

from core import i18n
from core.actor import Actor, Role
from core.database import db
from core.links import address
from core.text import initials
from members import policies
from members.models import (
    Affiliation,
    AffiliationRole,
    AffiliationState,
    Member,
    MemberState,
    RoleGrant,
)
from members.rules import email_key
from organisations.models import Organisation, OrganisationState


@dataclass(frozen=True, slots=True)
class Person:
    """A member as pages show one; ``url`` is None where there is no public profile.

    ``position`` and ``organisation`` come from the accepted affiliation that counts first: the one
    as contact person, then the oldest. ``is_former`` is somebody who left ("ex iscritto").
    """

    id: int
    name: str
    slug: str = ""
    avatar: str | None = None
    position: str = ""
    organisation: str = ""
    organisation_slug: str = ""
    is_public: bool = True
    is_former: bool = False

    @property
    def initials(self) -> str:
        return initials(self.name)

    @property
    def url(self) -> str | None:
        return address("members.profile", slug=self.slug) if self.is_public else None

    @property
    def avatar_url(self) -> str | None:
        if self.avatar is None or not self.is_public:
            return None
        return address("members.picture", name=self.avatar)

    @property
    def organisation_url(self) -> str | None:
        if not self.organisation_slug:
            return None
        return address("organisations.organisation", slug=self.organisation_slug)


@dataclass(frozen=True, slots=True)
class MemberLine:
    """A row of a list of members; ``last_sign_in_at`` is None where the reader may not know it."""

    person: Person
    joined_at: datetime
    last_sign_in_at: datetime | None

    @property
    def note(self) -> str:
        """``Iscritto da 6 mesi. Ultimo login @ 16 aprile 2018``, as far as it may be told."""
        return note_of(self.joined_at, self.last_sign_in_at)


def note_of(joined_at: datetime, last_sign_in_at: datetime | None) -> str:
    """Since when somebody is a member, and when he or she was last here."""
    joined: str = gettext("Iscritto da %(time)s.", time=i18n.ago(joined_at))
    if last_sign_in_at is None:
        return joined
    seen = gettext("Ultimo login @ %(day)s", day=i18n.day(last_sign_in_at))
    return f"{joined} {seen}"


def people(ids: Iterable[int | None]) -> dict[int, Person]:
    """The people with these ids, in one query; ids that never existed, and None, are absent."""
    wanted = {number for number in ids if number is not None}
    rows = db.session.execute(_select(Member.id.in_(sorted(wanted)))) if wanted else ()
    return _people(rows)


def person_of(member: Any) -> Person:
    """Somebody of whom a row tells id, name, slug and state: without body and picture."""
    is_former = member.state is MemberState.REMOVED
    return Person(
        id=member.id,
        name=gettext("ex iscritto") if is_former else member.name,
        slug=member.slug,
        is_public=member.state is MemberState.ACTIVE,
        is_former=is_former,
    )


def people_and_named(
    ids: Iterable[int | None], slugs: Collection[str], actor: Actor
) -> tuple[dict[int, Person], dict[str, Person]]:
    """The people with these ids, and by slug those whose profile the actor may open; one query."""
    if not slugs:
        return people(ids), {}
    wanted = {number for number in ids if number is not None}
    may_open = policies.visible_to(actor)
    rows = db.session.execute(
        _select(
            or_(Member.id.in_(sorted(wanted)), and_(Member.slug.in_(sorted(slugs)), may_open))
        ).add_columns(may_open.label("may_open"))
    ).all()
    known = _people(rows)
    named = {row.slug: known[row.id] for row in rows if row.slug in slugs and row.may_open}
    return {number: one for number, one in known.items() if number in wanted}, named


def _select(condition: ColumnElement[bool]) -> Select[Any]:
    return (
        select(
            Member.id,
            Member.name,
            Member.slug,
            Member.avatar,
            Member.state,
            Affiliation.position,
            Organisation.name.label("organisation"),
            Organisation.slug.label("organisation_slug"),
        )
        .select_from(Member)
        .outerjoin(Affiliation, and_(Affiliation.member_id == Member.id, _counts()))
        .outerjoin(Organisation, Organisation.id == Affiliation.organisation_id)
        .where(condition)
        .order_by(Member.id, Affiliation.role != AffiliationRole.CONTACT, Affiliation.id)
    )


def _people(rows: Iterable[Any]) -> dict[int, Person]:
    """Rows of ``_select`` by id: the first of each member tells the affiliation."""
    found: dict[int, Person] = {}
    for row in rows:
        if row.id in found:
            continue
        is_former = row.state is MemberState.REMOVED
        found[row.id] = Person(
            id=row.id,
            name=gettext("ex iscritto") if is_former else row.name,
            slug=row.slug,
            avatar=row.avatar,
            position=row.position or "",
            organisation=row.organisation or "",
            organisation_slug=row.organisation_slug or "",
            is_public=row.state is MemberState.ACTIVE,
            is_former=is_former,
        )
    return found


def by_slug(slugs: Collection[str], actor: Actor) -> dict[str, Person]:
    """The people with these slugs whose profile the actor may open."""
    if not slugs:
        return {}
    rows = db.session.execute(
        select(Member.id, Member.slug, Member.name, Member.state).where(
            Member.slug.in_(sorted(slugs)), policies.visible_to(actor)
        )
    )
    return {row.slug: Person(id=row.id, name=row.name, slug=row.slug) for row in rows}


def person(member_id: int) -> Person | None:
    """One of ``people``."""
    return people([member_id]).get(member_id)


def latest_members(limit: int, actor: Actor) -> list[MemberLine]:
    """Who joined last, newest first."""
    rows = db.session.execute(
        select(*LINE_COLUMNS)
        .where(Member.state == MemberState.ACTIVE)
        .order_by(Member.joined_at.desc(), Member.id.desc())
        .limit(limit)
    ).all()
    return lines(rows, actor)


LINE_COLUMNS = (
    Member.id,
    Member.joined_at,
    Member.last_sign_in_at,
    Member.sign_in_visibility,
)


def lines(rows: Collection[Any], actor: Actor) -> list[MemberLine]:
    """Rows of ``LINE_COLUMNS`` with the people that they are, in one more query."""
    found = people(row.id for row in rows)
    return [MemberLine(found[row.id], row.joined_at, _shown_sign_in(row, actor)) for row in rows]


def contact_ids(organisation_id: int) -> frozenset[int]:
    """The members who are contact persons of a body now."""
    return contacts_of_all(select(literal(organisation_id)))


def contacts_of_all(bodies: Select[tuple[int]]) -> frozenset[int]:
    """The members who are contact persons now of any of the bodies whose ids are selected."""
    return frozenset(
        db.session.scalars(
            select(Member.id)
            .join(Affiliation, Affiliation.member_id == Member.id)
            .where(
                Member.state == MemberState.ACTIVE,
                Affiliation.organisation_id.in_(bodies),
                Affiliation.state == AffiliationState.ACCEPTED,
                Affiliation.role == AffiliationRole.CONTACT,
            )
        )
    )


def holders_of(*roles: Role) -> frozenset[int]:
    """The active members who hold any of these roles."""
    return frozenset(
        db.session.scalars(
            select(RoleGrant.member_id)
            .join(Member, Member.id == RoleGrant.member_id)
            .where(RoleGrant.role.in_(roles), Member.state == MemberState.ACTIVE)
        )
    )


def member_id_of(email: str) -> int | None:
    """Whose address this is."""
    return db.session.scalar(select(Member.id).where(Member.email_key == email_key(email)))


def _counts() -> ColumnElement[bool]:
    """The affiliation is accepted, and its body is still here."""
    return and_(
        Affiliation.state == AffiliationState.ACCEPTED,
        # Asked beside a join of the same table, which must not be taken for this one.
        Affiliation.organisation_id.in_(
            select(Organisation.id)
            .where(Organisation.state == OrganisationState.ACTIVE)
            .correlate(None)
        ),
    )


def _shown_sign_in(row: Any, actor: Actor) -> datetime | None:
    allowed = policies.may_see_last_sign_in(actor, row.id, row.sign_in_visibility)
    return row.last_sign_in_at if allowed else None
