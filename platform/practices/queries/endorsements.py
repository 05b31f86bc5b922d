"""Who finds a story useful. It counts by bodies, as long as who said so may sign in."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, literal, or_, select, union_all

from core.actor import Actor
from core.database import db
from core.links import address
from members.models import Member, MemberState
from organisations.models import Organisation, OrganisationState
from practices import policies
from practices.models import Endorsement, Practice

MOST_BODIES = 5


@dataclass(frozen=True, slots=True)
class EndorsingBody:
    """A body that finds a story useful."""

    id: int
    name: str
    slug: str

    @property
    def url(self) -> str:
        return address("organisations.organisation", slug=self.slug)


@dataclass(frozen=True, slots=True)
class Endorsements:
    """What a story's page tells: ``number`` bodies, ``bodies`` the first of them.

    ``own`` is the body in whose name this reader said so (None: the reader did not); ``choices``
    are those, by id, in whose name the reader may.
    """

    number: int
    bodies: tuple[EndorsingBody, ...]
    own: EndorsingBody | None
    choices: Mapping[int, str]

    @property
    def more(self) -> int:
        """How many bodies are not named."""
        return max(0, self.number - len(self.bodies))


def endorsements(story: Practice, actor: Actor, *, with_names: bool = True) -> Endorsements:
    """Who finds the story useful, and what this reader can say; one query, none where nobody does.

    ``with_names``: the bodies of the reader are named, which costs that query in any case.
    """
    parts = []
    if story.endorsement_count:
        parts.append(_tagged("first", _first_bodies(story.id)))
    if actor.member_id is not None and (story.endorsement_count or with_names):
        parts.append(_tagged("own", _said_by(story.id, actor.member_id)))
    ids = policies.may_endorse_for(actor, story)
    if ids and with_names:
        parts.append(_tagged("choice", _bodies(ids)))
    found: dict[str, list[EndorsingBody]] = {"first": [], "own": [], "choice": []}
    if parts:
        for tag, _, *body in db.session.execute(union_all(*parts).order_by("tag", "place")):
            found[tag].append(EndorsingBody(*body))
    return Endorsements(
        number=story.endorsement_count,
        bodies=tuple(found["first"]),
        own=next(iter(found["own"]), None),
        choices=dict.fromkeys(sorted(ids), "") | {body.id: body.name for body in found["choice"]},
    )


def endorsing_bodies(practice_id: int) -> int:
    """How many bodies find the story useful, counted."""
    return db.session.scalar(_counted().where(Endorsement.practice_id == practice_id)) or 0


def endorsed_by(*, member_ids: Collection[int], organisation_ids: Collection[int]) -> set[int]:
    """The ids of the stories of which these members, or somebody for these bodies, said so."""
    return set(
        db.session.scalars(
            select(Endorsement.practice_id).where(
                or_(
                    Endorsement.member_id.in_(sorted(member_ids)),
                    Endorsement.organisation_id.in_(sorted(organisation_ids)),
                )
            )
        )
    )


def miscounted() -> list[tuple[int, int, int]]:
    """Stories whose number is another one than is counted: id, number kept, number counted."""
    counted = (
        _counted()
        .add_columns(Endorsement.practice_id.label("practice_id"))
        .group_by(Endorsement.practice_id)
        .subquery()
    )
    number = func.coalesce(counted.c.number, 0)
    rows = db.session.execute(
        select(Practice.id, Practice.endorsement_count, number)
        .outerjoin(counted, counted.c.practice_id == Practice.id)
        .where(Practice.endorsement_count != number)
        .order_by(Practice.id)
    )
    return [(row[0], row[1], row[2]) for row in rows]


def _counted() -> Select[tuple[int]]:
    return (
        select(func.count(Endorsement.organisation_id.distinct()).label("number"))
        .select_from(Endorsement)
        .join(Member, Member.id == Endorsement.member_id)
        .join(Organisation, Organisation.id == Endorsement.organisation_id)
        .where(_counts())
    )


def _counts() -> ColumnElement[bool]:
    return and_(Member.state == MemberState.ACTIVE, Organisation.state == OrganisationState.ACTIVE)


def _first_bodies(practice_id: int) -> Select[Any]:
    first = func.min(Endorsement.id)
    return (
        select(first.label("place"), Organisation.id, Organisation.name, Organisation.slug)
        .select_from(Endorsement)
        .join(Member, Member.id == Endorsement.member_id)
        .join(Organisation, Organisation.id == Endorsement.organisation_id)
        .where(Endorsement.practice_id == practice_id, _counts())
        .group_by(Organisation.id, Organisation.name, Organisation.slug)
        .order_by(first)
        .limit(MOST_BODIES)
    )


def _said_by(practice_id: int, member_id: int) -> Select[Any]:
    return (
        select(literal(0).label("place"), Organisation.id, Organisation.name, Organisation.slug)
        .join(Endorsement, Endorsement.organisation_id == Organisation.id)
        .where(Endorsement.practice_id == practice_id, Endorsement.member_id == member_id)
    )


def _bodies(ids: Collection[int]) -> Select[Any]:
    return select(
        Organisation.id.label("place"), Organisation.id, Organisation.name, Organisation.slug
    ).where(Organisation.id.in_(sorted(ids)))


def _tagged(tag: str, statement: Select[Any]) -> Select[Any]:
    part = statement.subquery()
    return select(literal(tag).label("tag"), *part.c)
