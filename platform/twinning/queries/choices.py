"""What the forms of a twinning offer to choose from."""

from __future__ import annotations

from sqlalchemy import or_, select

from core.actor import Actor, Role
from core.database import db
from core.text import fold
from members import queries as members
from organisations import queries as organisations
from practices import policies as practice_policies
from practices.models import Practice, PracticeKind, PracticeState

MOST = 500


def coordinators() -> list[tuple[int, str]]:
    """The members who can be named coordinator: id and name, by name."""
    found = members.people(members.holders_of(Role.COORDINATOR)).values()
    return [(one.id, one.name) for one in sorted(found, key=lambda one: fold(one.name))]


def own_bodies(actor: Actor) -> list[tuple[int | str, str]]:
    """The bodies that the actor answers for: id and name, by name."""
    found = organisations.lines(actor.contact_organisation_ids).values()
    return [(one.id, one.name) for one in sorted(found, key=lambda one: fold(one.name))]


def practices(actor: Actor, chosen: int | None = None) -> list[tuple[int, str]]:
    """The practices that can be transferred: id and title, by title.

    ``chosen`` stays on the list whatever has become of it.
    """
    on_offer = Practice.state.in_(
        [PracticeState.PUBLISHED, PracticeState.VALIDATED, PracticeState.OUTDATED]
    )
    rows = db.session.execute(
        select(Practice.id, Practice.title)
        .where(
            Practice.kind == PracticeKind.OFFER,
            practice_policies.visible_to(actor),
            or_(on_offer, Practice.id == chosen) if chosen is not None else on_offer,
        )
        .order_by(Practice.title, Practice.id)
        .limit(MOST)
    ).all()
    return [(row.id, row.title) for row in rows]
