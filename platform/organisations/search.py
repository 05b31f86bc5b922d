"""What search knows of a body: its name, its codes, where it is."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from flask_babel import lazy_gettext
from sqlalchemy import select

from core.contracts import SearchDocument, SearchSource
from core.database import db
from core.links import address
from core.references import Reference
from organisations.models import Organisation
from organisations.queries import level_label, nature_label, standing
from organisations.signals import (
    KIND,
    OrganisationAdmitted,
    OrganisationChanged,
    OrganisationCreated,
    OrganisationFact,
    OrganisationRemoved,
)
from territory import queries as territory


def documents(ids: Sequence[int]) -> Iterable[SearchDocument]:
    """The bodies with these ids that are in the register now."""
    rows = db.session.scalars(
        select(Organisation).where(Organisation.id.in_(ids), standing())
    ).all()
    places = territory.places(row.territory_id for row in rows if row.territory_id)
    return [_document(row, places) for row in rows]


def ids(after: int, limit: int) -> Sequence[int]:
    """Ids of the register beyond ``after``, growing."""
    return db.session.scalars(
        select(Organisation.id)
        .where(Organisation.id > after, standing())
        .order_by(Organisation.id)
        .limit(limit)
    ).all()


def itself(fact: OrganisationFact) -> Iterable[Reference]:
    """The body that the fact tells of."""
    return [fact.about]


def _document(row: Organisation, places: dict[int, territory.Place]) -> SearchDocument:
    return SearchDocument(
        reference=Reference(KIND, row.id),
        title=row.name,
        text=_text(row, places.get(row.territory_id or 0)),
        url=address("organisations.organisation", slug=row.slug),
        at=row.updated_at,
        version=row.version,
        names=" ".join(word for word in (row.acronym, row.ipa_code) if word),
    )


def _text(row: Organisation, place: territory.Place | None) -> str:
    """One line that reads well as an excerpt: ``Comune, pubblico. Vinci (FI), Toscana``."""
    kind = f"{level_label(row.level)}, {nature_label(row.nature).lower()}."
    if place is None:
        return kind
    region = territory.place(place.region_id) if place.region_id else None
    where = [territory.full_name(place, "it")]
    if place.name_de != place.name_it:
        where.append(place.name_de)
    if region is not None and region.id != place.id:
        where.append(region.name_it)
    return f"{kind} {', '.join(where)}"


SOURCE = SearchSource(
    kind=KIND,
    label=lazy_gettext("Enti"),
    singular=lazy_gettext("Ente"),
    documents=documents,
    ids=ids,
    affected={
        OrganisationCreated: itself,
        OrganisationAdmitted: itself,
        OrganisationChanged: itself,
        OrganisationRemoved: itself,
    },
)
