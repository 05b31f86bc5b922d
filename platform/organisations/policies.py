"""Who may see and do what with the register: it is public, and kept by administrators.

A body that is awaited is none of the register's yet: who invited it, who came for it and the
administrators open its page, and no list has it.

``is_visible`` and ``visible_to`` are the same rule, for a row and for SQL; a test holds the two
together.
"""

from __future__ import annotations

from sqlalchemy import ColumnElement, and_, or_, true

from core.actor import Actor, Role
from organisations.models import Organisation, OrganisationState


def may_create(actor: Actor) -> bool:
    """Enter a body in the register."""
    return actor.is_administrator


def may_edit(actor: Actor, organisation: Organisation) -> bool:
    return actor.is_administrator and is_visible(actor, organisation)


def may_verify(actor: Actor, organisation: Organisation) -> bool:
    """Confirm that name and codes are those of the public index."""
    return may_edit(actor, organisation) and organisation.state is OrganisationState.ACTIVE


def may_remove(actor: Actor, organisation: Organisation) -> bool:
    return may_edit(actor, organisation)


def may_attach(actor: Actor, organisation: Organisation) -> bool:
    """Hang files on the page: who speaks for the body, and administrators."""
    if organisation.state is not OrganisationState.ACTIVE:
        return False
    return actor.is_administrator or organisation.id in actor.contact_organisation_ids


def may_await(actor: Actor) -> bool:
    """Name a body that is not here yet, to invite somebody who speaks for it."""
    return bool(actor.contact_organisation_ids) or actor.has(Role.COORDINATOR, Role.ADMINISTRATOR)


def may_admit(actor: Actor) -> bool:
    """Take an awaited body into the register: its inventor must not be able to."""
    return actor.is_administrator


def is_visible(actor: Actor, organisation: Organisation) -> bool:
    """Whether the actor may open the page: what was removed is gone, for everybody."""
    if organisation.state is OrganisationState.AWAITED:
        its_people = (organisation.awaited_by_id, organisation.awaited_for_id)
        return actor.is_administrator or (
            actor.member_id is not None and actor.member_id in its_people
        )
    return organisation.state is OrganisationState.ACTIVE


def visible_to(actor: Actor) -> ColumnElement[bool]:
    """The bodies that the actor may open, as a condition on ``Organisation``."""
    standing = Organisation.state == OrganisationState.ACTIVE
    if actor.member_id is None and not actor.is_administrator:
        return standing
    its_people = or_(
        Organisation.awaited_by_id == actor.member_id,
        Organisation.awaited_for_id == actor.member_id,
    )
    known = true() if actor.is_administrator else its_people
    return or_(standing, and_(Organisation.state == OrganisationState.AWAITED, known))
