"""Organisations, as an administrator would have written them."""

from __future__ import annotations

import factory

from organisations.models import Level, Nature, Organisation
from tests.factories import LONG_AGO, Factory


class OrganisationFactory(Factory[Organisation]):
    """A public body without a territory."""

    class Meta:
        model = Organisation

    name = factory.Sequence(lambda n: f"Comune di Prova {n}")
    slug = factory.Sequence(lambda n: f"ente-{n}")
    nature = Nature.PUBLIC
    level = Level.MUNICIPALITY
    verified_at = LONG_AGO
    created_at = LONG_AGO
    updated_at = LONG_AGO
