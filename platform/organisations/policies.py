"""Who may see and do what with the register: it is public, and kept by administrators.

``is_visible`` and ``visible_to`` are the same rule, for a row and for SQL; a test holds the two
together.
"""

from __future__ import annotations

from sqlalchemy import ColumnElement

from core.actor import Actor
from organisations.models import Organisation, OrganisationState


def may_create(actor: Actor) -> bool:
    """Enter a body in the register."""
    return actor.is_administrator


def may_edit(actor: Actor, organisation: Organisation) -> bool:
    return actor.is_administrator and is_visible(actor, organisation)


def may_verify(actor: Actor, organisation: Organisation) -> bool:
    """Confirm that name and codes are those of the public index."""
    return may_edit(actor, organisation)


def may_remove(actor: Actor, organisation: Organisation) -> bool:
    return may_edit(actor, organisation)


def is_visible(actor: Actor, organisation: Organisation) -> bool:
    """Whether the actor may open the page: what was removed is gone, for everybody."""
    return organisation.state is OrganisationState.ACTIVE


def visible_to(actor: Actor) -> ColumnElement[bool]:
    """The bodies that the actor may open, as a condition on ``Organisation``."""
    return Organisation.state == OrganisationState.ACTIVE
