"""Twinnings and those who take part, in any state, without the steps that lead there."""

from __future__ import annotations

import factory

from organisations.models import Level, Organisation
from spaces.models import Space
from tests.factories import LONG_AGO, Factory
from tests.factories.organisations import OrganisationFactory
from twinning.models import (
    Participation,
    ParticipationRole,
    ParticipationState,
    Twinning,
    TwinningState,
)


class TwinningFactory(Factory[Twinning]):
    """A public twinning that runs, without partners, space or discussion."""

    class Meta:
        model = Twinning

    title = factory.Sequence(lambda n: f"Gemellaggio di prova {n}")
    slug = factory.Sequence(lambda n: f"gemellaggio-di-prova-{n}")
    summary = "Una pratica passa da un ente all’altro."
    state = TwinningState.ACTIVE
    created_at = LONG_AGO
    updated_at = LONG_AGO
    published_at = LONG_AGO


class ParticipationFactory(Factory[Participation]):
    """A body that accepted; give ``twinning`` and ``organisation``."""

    class Meta:
        model = Participation

    role = ParticipationRole.GIVER
    state = ParticipationState.ACCEPTED
    invited_at = LONG_AGO
    answered_at = LONG_AGO


class SpaceFactory(Factory[Space]):
    """The private space of a twinning; give ``object_id``."""

    class Meta:
        model = Space

    kind = "twinning"
    title = "Spazio riservato"
    created_at = LONG_AGO


def region(name: str, **values: object) -> Organisation:
    """A regional body of this name."""
    return OrganisationFactory.make(name=name, level=Level.REGION, **values)


def takes_part(
    twinning: Twinning,
    body: Organisation,
    role: ParticipationRole = ParticipationRole.GIVER,
    state: ParticipationState = ParticipationState.ACCEPTED,
    **values: object,
) -> Participation:
    """The body's place in the twinning."""
    return ParticipationFactory.make(
        twinning=twinning, organisation=body, role=role, state=state, **values
    )


def twinning_between(giver: Organisation, receiver: Organisation, **values: object) -> Twinning:
    """A running twinning from one body to another."""
    made = TwinningFactory.make(**values)
    takes_part(made, giver, ParticipationRole.GIVER)
    takes_part(made, receiver, ParticipationRole.RECEIVER)
    return made
