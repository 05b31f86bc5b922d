"""Keeping the register: enter, correct, verify and remove bodies."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from core import clock, submissions
from core.actor import Actor
from core.database import db
from core.domain import Refused, ensure
from core.events import announce
from core.references import Reference
from core.revisions import record_revision
from core.slugs import claim_slug
from core.text import normalise
from core.transactions import transaction
from organisations import policies, queries
from organisations.models import Organisation, OrganisationState
from organisations.queries import OrganisationLine
from organisations.rules import OrganisationValues, values_of
from organisations.signals import (
    KIND,
    OrganisationAdmitted,
    OrganisationAwaited,
    OrganisationChanged,
    OrganisationCreated,
    OrganisationRemoved,
    OrganisationVerified,
)


class IpaCodeTaken(Refused):
    """Another body has this code; ``by`` is that body."""

    def __init__(self, by: OrganisationLine | None) -> None:
        super().__init__("ipa_code_taken")
        self.by = by


class SameName(Refused):
    """Bodies of this name are in the register already; ``twins`` are up to five of them."""

    def __init__(self, twins: list[OrganisationLine]) -> None:
        super().__init__("same_name")
        self.twins = twins


def create_organisation(
    *,
    values: OrganisationValues,
    by: Actor,
    same_name: bool = False,
    submission_key: str = "",
) -> Organisation:
    """Enter a body; raise ``IpaCodeTaken``, or ``SameName`` unless ``same_name`` is meant."""
    with transaction() as session:
        ensure(policies.may_create(by))
        made = submissions.made_by(submission_key, by.member_id or 0, KIND)
        if made is not None:
            return session.get_one(Organisation, made)
        _check_twins(values, same_name=same_name)
        moment = clock.now()
        # The address needs the id, and the row an address: a passing one nobody else can have.
        organisation = Organisation(
            **asdict(values), slug=submissions.new_key(), created_at=moment, updated_at=moment
        )
        session.add(organisation)
        _flush(session)
        organisation.slug = claim_slug(reference_of(organisation), words_of_address(values))
        record(organisation, by)
        announce(OrganisationCreated(organisation_id=organisation.id, by_id=by.member_id))
        if by.member_id is not None:
            submissions.remember(submission_key, by.member_id, reference_of(organisation))
        return organisation


def await_organisation(*, values: OrganisationValues, by: Actor) -> Organisation:
    """Note a body that is not here yet; raise ``SameName`` where the register has that name.

    It gets neither the address that its name makes nor a code before an administrator admits it:
    who invents a ministry takes nothing from it.
    """
    with transaction() as session:
        ensure(policies.may_await(by))
        if values.ipa_code is not None:
            raise Refused("code_not_checked")
        _check_twins(values, same_name=False)
        moment = clock.now()
        organisation = Organisation(
            **asdict(values),
            slug=f"atteso-{secrets.token_hex(8)}",
            state=OrganisationState.AWAITED,
            awaited_by_id=by.member_id,
            created_at=moment,
            updated_at=moment,
        )
        session.add(organisation)
        session.flush()
        record(organisation, by)
        announce(OrganisationAwaited(organisation_id=organisation.id, by_id=by.member_id))
        return organisation


def expect_speaker(*, organisation_id: int, member_id: int) -> None:
    """Note who came to speak for an awaited body, inside the open transaction."""
    organisation = db.session.get_one(Organisation, organisation_id)
    if organisation.state is OrganisationState.AWAITED:
        organisation.awaited_for_id = member_id


def admit_organisation(*, organisation_id: int, by: Actor) -> Organisation:
    """Take an awaited body into the register; raise ``SameName`` where it has that name by now."""
    with transaction() as session:
        organisation = session.get_one(Organisation, organisation_id, with_for_update=True)
        ensure(policies.may_admit(by))
        if organisation.state is not OrganisationState.AWAITED:
            raise Refused("not_awaited")
        values = values_of(organisation)
        _check_twins(values, same_name=False)
        organisation.raise_version(None)
        organisation.state = OrganisationState.ACTIVE
        organisation.created_at = organisation.updated_at = clock.now()
        organisation.slug = claim_slug(reference_of(organisation), words_of_address(values))
        _flush(session)
        record(organisation, by)
        announce(OrganisationAdmitted(organisation_id=organisation.id, by_id=by.member_id))
        return organisation


def change_organisation(
    *,
    organisation_id: int,
    version: int | None,
    values: OrganisationValues,
    by: Actor,
    same_name: bool = False,
) -> Organisation:
    """Correct a body's entry; raise ``Conflict``, ``IpaCodeTaken`` or ``SameName``.

    A new name brings a new address; the old one leads on to it.
    """
    with transaction() as session:
        organisation = session.get_one(Organisation, organisation_id)
        ensure(policies.may_edit(by, organisation))
        changed = differences(organisation, values)
        if not changed and version in (None, organisation.version):
            return organisation
        organisation.raise_version(version)
        # A name that stays was accepted before, whoever else has it.
        _check_twins(
            values, same_name=same_name or "name" not in changed, organisation_id=organisation.id
        )
        for name in changed:
            setattr(organisation, name, getattr(values, name))
        if "name" in changed and organisation.state is OrganisationState.ACTIVE:
            organisation.slug = claim_slug(reference_of(organisation), words_of_address(values))
        organisation.updated_at = clock.now()
        _flush(session)
        record(organisation, by)
        announce(
            OrganisationChanged(
                organisation_id=organisation.id, by_id=by.member_id, changed=tuple(changed)
            )
        )
        return organisation


def verify_organisation(*, organisation_id: int, by: Actor) -> Organisation:
    """Note that name and codes were held against the public index; twice is once."""
    with transaction() as session:
        organisation = session.get_one(Organisation, organisation_id)
        ensure(policies.may_verify(by, organisation))
        if organisation.verified_at is None:
            organisation.verified_at = clock.now()
            organisation.updated_at = organisation.verified_at
            session.flush()
            announce(OrganisationVerified(organisation_id=organisation.id, by_id=by.member_id))
        return organisation


def remove_organisation(*, organisation_id: int, reason: str, by: Actor) -> None:
    """Take a body out of the register; its row stays, because things refer to it.

    Its IPA code is free again; its address is not.
    """
    with transaction() as session:
        organisation = session.get_one(Organisation, organisation_id)
        ensure(policies.may_remove(by, organisation))
        organisation.raise_version(None)
        organisation.state = OrganisationState.REMOVED
        organisation.ipa_key = None
        organisation.updated_at = clock.now()
        session.flush()
        announce(
            OrganisationRemoved(
                organisation_id=organisation.id, by_id=by.member_id, reason=normalise(reason)
            )
        )


def differences(organisation: Organisation, values: OrganisationValues) -> list[str]:
    return [name for name, value in asdict(values).items() if getattr(organisation, name) != value]


def _check_twins(
    values: OrganisationValues, *, same_name: bool, organisation_id: int | None = None
) -> None:
    same_code, twins = queries.twins_of(values.name, values.ipa_code, but=organisation_id)
    if same_code is not None:
        raise IpaCodeTaken(same_code)
    if twins and not same_name:
        raise SameName(twins)


def _flush(session: Session) -> None:
    """Write the row; where two write one code at once, the database lets one of them in."""
    try:
        session.flush()
    except IntegrityError as error:
        if "ipa_key" in str(error.orig):
            raise IpaCodeTaken(None) from error
        raise


def record(organisation: Organisation, by: Actor) -> None:
    record_revision(
        reference_of(organisation), organisation.version, _snapshot(organisation), by.member_id
    )


def _snapshot(organisation: Organisation) -> Mapping[str, Any]:
    return asdict(values_of(organisation))


def reference_of(organisation: Organisation) -> Reference:
    return Reference(KIND, organisation.id)


def words_of_address(values: OrganisationValues) -> str:
    """What the address is made of: names of some bodies fill three lines."""
    return values.name if len(values.name) <= 120 or not values.acronym else values.acronym
