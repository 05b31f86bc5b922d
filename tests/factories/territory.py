"""Territories beyond those that the reference data bring."""

from __future__ import annotations

from typing import Any

import factory

from core.database import db
from territory.models import Territory, TerritoryKind
from tests.factories import Factory


class TerritoryFactory(Factory[Territory]):
    """A region that no atlas knows; give ``parent_id`` and ``region_id`` for what lies below."""

    class Meta:
        model = Territory

    kind = TerritoryKind.REGION
    name_it = factory.Sequence(lambda n: f"Regione di prova {n}")
    name_en = factory.SelfAttribute("name_it")
    name_de = factory.SelfAttribute("name_it")
    istat_code = factory.Sequence(lambda n: f"9{n % 100_000:05}")

    @classmethod
    def _create(cls, model_class: type[Territory], *args: Any, **values: Any) -> Territory:
        made: Territory = super()._create(model_class, *args, **values)
        if made.kind is TerritoryKind.REGION and made.region_id is None:
            made.region_id = made.id
            db.session.commit()
        return made
