"""The register as rows of a table: what ``gemella import organisations`` reads back."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import select

from core.database import db
from core.links import address
from core.origins import Origin, origins_of, own_source
from organisations.models import Organisation
from organisations.queries.register import RegisterFilters, conditions, standing
from organisations.signals import KIND
from territory import queries as territory
from territory.models import Territory
from territory.queries import Place

AT_ONCE = 500
HEADER = (
    "origin",
    "id",
    "name",
    "acronym",
    "nature",
    "level",
    "ipa_code",
    "istat_code",
    "territory",
    "region",
    "country",
    "website",
    "verified",
    "address",
)


def exported_organisations(filters: RegisterFilters) -> Iterator[list[str]]:
    """The cells of each body of the register that meets the filters, oldest first.

    Some hundred rows are read at a time, in a transaction of their own.
    """
    last = 0
    while True:
        bodies = db.session.scalars(
            select(Organisation)
            .outerjoin(Territory, Territory.id == Organisation.territory_id)
            .where(standing(), *conditions(filters), Organisation.id > last)
            .order_by(Organisation.id)
            .limit(AT_ONCE)
        ).all()
        origins = origins_of(KIND, (body.id for body in bodies))
        places = territory.places(body.territory_id for body in bodies if body.territory_id)
        rows = [
            _cells(body, origins.get(body.id), places.get(body.territory_id or 0))
            for body in bodies
        ]
        last = bodies[-1].id if bodies else last
        db.session.rollback()
        db.session.expunge_all()
        yield from rows
        if len(rows) < AT_ONCE:
            return


def _cells(body: Organisation, origin: Origin | None, place: Place | None) -> list[str]:
    region = territory.place(place.region_id) if place and place.region_id else None
    unknown = origin.unresolved.get("istat_code") if origin else None
    return [
        origin.source if origin else own_source(),
        origin.external_id if origin else str(body.id),
        body.name,
        body.acronym,
        body.nature.value,
        body.level.value,
        body.ipa_code or "",
        # What the list said where nobody here knows the town: better than the region around it.
        unknown or (place.istat_code if place else ""),
        territory.full_name(place, "it") if place else "",
        region.name_it if region else "",
        body.country,
        body.website,
        "yes" if body.verified_at else "no",
        address("organisations.organisation", slug=body.slug, _external=True),
    ]
