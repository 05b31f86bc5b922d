"""What search knows of a member: name, position, body, and what the member wrote."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from flask_babel import lazy_gettext
from sqlalchemy import Select, select

from core.contracts import SearchDocument, SearchSource
from core.database import db
from core.links import address
from core.references import Reference
from core.text import plain
from members.models import Affiliation, AffiliationState, Member, MemberState
from members.queries import people
from members.signals import (
    AffiliationAccepted,
    AffiliationEnded,
    AffiliationFact,
    AffiliationRoleChanged,
    MemberConfirmed,
    MemberFact,
    MemberReinstated,
    MemberRemoved,
    MemberSuspended,
    ProfileChanged,
)
from organisations.signals import OrganisationChanged, OrganisationFact, OrganisationRemoved

KIND = "member"


def documents(ids: Sequence[int]) -> Iterable[SearchDocument]:
    """The members with these ids whose profile is public now."""
    rows = db.session.execute(
        select(
            Member.id, Member.slug, Member.name, Member.bio_html, Member.updated_at, Member.version
        ).where(Member.id.in_(ids), Member.state == MemberState.ACTIVE)
    ).all()
    persons = people(row.id for row in rows)
    for row in rows:
        person = persons[row.id]
        work = ", ".join(part for part in (person.position, person.organisation) if part)
        yield SearchDocument(
            reference=Reference(KIND, row.id),
            title=row.name,
            text="\n".join(part for part in (work, plain(row.bio_html)) if part),
            url=address("members.profile", slug=row.slug),
            at=row.updated_at,
            version=row.version,
            names=row.name,
        )


def ids(after: int, limit: int) -> Sequence[int]:
    """Ids of members beyond ``after``, growing."""
    return db.session.scalars(
        select(Member.id)
        .where(Member.id > after, Member.state == MemberState.ACTIVE)
        .order_by(Member.id)
        .limit(limit)
    ).all()


def _itself(fact: MemberFact) -> Iterable[Reference]:
    return [fact.about]


def _its_member(fact: AffiliationFact) -> Iterable[Reference]:
    return [Reference(KIND, fact.member_id)]


def _its_people(fact: OrganisationFact) -> Select[tuple[int]]:
    return select(Affiliation.member_id).where(
        Affiliation.organisation_id == fact.organisation_id,
        Affiliation.state == AffiliationState.ACCEPTED,
    )


SOURCE = SearchSource(
    kind=KIND,
    label=lazy_gettext("Iscritti"),
    singular=lazy_gettext("Iscritto"),
    documents=documents,
    ids=ids,
    affected={
        MemberConfirmed: _itself,
        ProfileChanged: _itself,
        MemberSuspended: _itself,
        MemberReinstated: _itself,
        MemberRemoved: _itself,
        AffiliationAccepted: _its_member,
        AffiliationRoleChanged: _its_member,
        AffiliationEnded: _its_member,
        OrganisationChanged: _its_people,
        OrganisationRemoved: _its_people,
    },
)
