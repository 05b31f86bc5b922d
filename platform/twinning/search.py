"""What search knows of a twinning: its texts, its partners, its programme and themes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from flask_babel import lazy_gettext
from sqlalchemy import Select, select
from sqlalchemy.orm import selectinload

from core.actor import VISITOR
from core.contracts import SearchDocument, SearchSource
from core.database import db
from core.links import address
from core.references import Reference
from core.text import plain
from organisations.signals import OrganisationChanged, OrganisationFact, OrganisationRemoved
from taxonomy import queries as taxonomy
from twinning import policies
from twinning.models import Participation, Twinning, TwinningState
from twinning.rules import SECTIONS, is_standing
from twinning.signals import (
    KIND,
    ChargeTaken,
    PartnerAccepted,
    PartnerLeft,
    PartnerRecorded,
    PartnerWithdrawn,
    TwinningChanged,
    TwinningCreated,
    TwinningFact,
    TwinningStateChanged,
)


def documents(ids: Sequence[int]) -> Iterable[SearchDocument]:
    """The twinnings with these ids as they are now; a removed one has no document."""
    rows = db.session.scalars(
        select(Twinning)
        .where(Twinning.id.in_(ids), Twinning.state != TwinningState.REMOVED)
        .options(
            selectinload(Twinning.themes),
            selectinload(Twinning.participations).joinedload(Participation.organisation),
        )
        .execution_options(populate_existing=True)
    ).all()
    return [_document(row, audience) for row in rows if (audience := _audience(row))]


def ids(after: int, limit: int) -> Sequence[int]:
    """Ids of twinnings beyond ``after``, growing."""
    return db.session.scalars(
        select(Twinning.id)
        .where(Twinning.id > after, Twinning.state != TwinningState.REMOVED)
        .order_by(Twinning.id)
        .limit(limit)
    ).all()


def itself(fact: TwinningFact) -> Iterable[Reference]:
    """The twinning that the fact tells of."""
    return [fact.about]


def of_partner(fact: OrganisationFact) -> Select[tuple[int]]:
    """The twinnings that a body takes part in: its name stands in their documents."""
    return (
        select(Participation.twinning_id)
        .where(Participation.organisation_id == fact.organisation_id, policies.standing())
        .distinct()
    )


def _document(row: Twinning, audience: str) -> SearchDocument:
    return SearchDocument(
        reference=Reference(KIND, row.id),
        title=row.title,
        text=_text(row),
        url=address("twinning.twinning", slug=row.slug),
        audience=audience,
        lang=row.lang,
        at=row.updated_at,
        version=row.version,
        names=" ".join(word for word in (row.acronym, *_partners(row)) if word),
        keywords=_keywords(row),
    )


def _audience(row: Twinning) -> str | None:
    """Everybody, or those who have the key to its private space: partners and coordinator."""
    if policies.is_visible(VISITOR, row):
        return "public"
    return f"space:{row.space_id}" if row.space_id is not None else None


def _text(row: Twinning) -> str:
    texts = [row.summary, *(plain(getattr(row, f"{name}_html")) for name in SECTIONS)]
    return " ".join(text for text in (*texts, row.funding) if text)


def _partners(row: Twinning) -> list[str]:
    """Those who take part, never those who are only asked."""
    names = [one.organisation.name for one in row.participations if is_standing(one)]
    return list(dict.fromkeys(names))


def _keywords(row: Twinning) -> tuple[str, ...]:
    programme = taxonomy.programme(row.programme_id) if row.programme_id else None
    words = [theme.name_it for theme in row.themes]
    return tuple([*words, programme.name_it] if programme else words)


SOURCE = SearchSource(
    kind=KIND,
    label=lazy_gettext("Gemellaggi"),
    singular=lazy_gettext("Gemellaggio"),
    documents=documents,
    ids=ids,
    affected={
        TwinningCreated: itself,
        TwinningChanged: itself,
        TwinningStateChanged: itself,
        ChargeTaken: itself,
        PartnerRecorded: itself,
        PartnerAccepted: itself,
        PartnerLeft: itself,
        PartnerWithdrawn: itself,
        OrganisationChanged: of_partner,
        OrganisationRemoved: of_partner,
    },
)
