"""What happened in twinnings, as feeds tell everybody: read from the audit trail.

Feeds are the same for every reader, so all of this is asked for a visitor.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from flask_babel import gettext
from sqlalchemy import select

from core.actor import VISITOR
from core.database import db
from core.events import Event, fact_of
from core.references import Reference
from forum import queries as forum
from twinning import policies
from twinning.models import Participation, ParticipationRole, Twinning, TwinningState
from twinning.queries.lines import TwinningLine, lines_of, select_lines
from twinning.rules import SECTIONS, is_standing
from twinning.signals import (
    KIND,
    PartnerAccepted,
    PartnerRecorded,
    TwinningChanged,
    TwinningStateChanged,
)

LONGEST_FEED = 50
_TOLD = tuple(
    one.__name__
    for one in (TwinningStateChanged, TwinningChanged, PartnerRecorded, PartnerAccepted)
)
# Of these nobody outside needs to hear.
_UNTOLD_FIELDS = frozenset({"coordinator_id", "visibility", "lang"})


@dataclass(frozen=True, slots=True)
class NewsItem:
    """One entry of a twinning's feed; ``key`` is unique within the twinning and never changes."""

    key: str
    title: str
    text: str
    at: datetime
    url: str


def public_lines(limit: int = LONGEST_FEED) -> list[TwinningLine]:
    """The twinnings that everybody may read, by their latest change; two queries."""
    rows = db.session.execute(
        select_lines()
        .where(policies.visible_to(VISITOR))
        .order_by(Twinning.updated_at.desc(), Twinning.id.desc())
        .limit(limit)
    ).all()
    return lines_of(rows)


def public_news(twinning: Twinning, url: str, limit: int = LONGEST_FEED) -> list[NewsItem]:
    """The news of a twinning that everybody may read, newest first; two queries.

    What happened before it was published is nobody's news; a body is named only as long as it
    takes part.
    """
    if not policies.is_visible(VISITOR, twinning) or twinning.published_at is None:
        return []
    events = db.session.scalars(
        select(Event)
        .where(
            Event.kind == KIND,
            Event.object_id == twinning.id,
            Event.name.in_(_TOLD),
            Event.at >= twinning.published_at,
        )
        .order_by(Event.id.desc())
        .limit(limit)
    )
    items = [item for event in events if (item := _from_event(event, twinning, url)) is not None]
    items.extend(_threads(twinning))
    items.sort(key=lambda item: item.at, reverse=True)
    return items[:limit]


def _from_event(event: Event, twinning: Twinning, url: str) -> NewsItem | None:
    fact = fact_of(event)
    told: str | None = None
    if isinstance(fact, TwinningStateChanged):
        told = _step(TwinningState(fact.old), TwinningState(fact.new))
    elif isinstance(fact, TwinningChanged):
        told = _edit(fact.changed)
    elif isinstance(fact, PartnerRecorded | PartnerAccepted):
        told = _joining(fact.participation_id, twinning.participations)
    if told is None:
        return None
    return NewsItem(key=f"event-{event.id}", title=told, text=twinning.title, at=event.at, url=url)


def _step(old: TwinningState, new: TwinningState) -> str | None:
    if old is TwinningState.SUSPENDED and new is TwinningState.ACTIVE:
        resumed: str = gettext("Il gemellaggio riprende")
        return resumed
    told: dict[TwinningState, str] = {
        TwinningState.ACTIVE: gettext("Il gemellaggio è attivo"),
        TwinningState.SUSPENDED: gettext("Il gemellaggio è sospeso"),
        TwinningState.CONCLUDED: gettext("Il gemellaggio è concluso"),
        TwinningState.ARCHIVED: gettext("Il gemellaggio è archiviato"),
    }
    return told.get(new)


def _edit(changed: Iterable[str]) -> str | None:
    names = set(changed) - _UNTOLD_FIELDS
    if not names:
        return None
    if names & {"results"}:
        return str(gettext("Aggiornati i risultati"))
    if names & set(SECTIONS):
        return str(gettext("Aggiornato il testo del gemellaggio"))
    return str(gettext("Aggiornata la scheda del gemellaggio"))


def _joining(participation_id: int, participations: Iterable[Participation]) -> str | None:
    one = next((p for p in participations if p.id == participation_id), None)
    if one is None or not is_standing(one):
        return None
    told: dict[ParticipationRole, str] = {
        ParticipationRole.GIVER: gettext("Offre anche %(name)s", name=one.organisation.name),
        ParticipationRole.RECEIVER: gettext("Riceve anche %(name)s", name=one.organisation.name),
        ParticipationRole.COORDINATOR: gettext("Coordina %(name)s", name=one.organisation.name),
        ParticipationRole.NATIONAL: gettext("Partecipa %(name)s", name=one.organisation.name),
    }
    return told[one.role]


def _threads(twinning: Twinning) -> list[NewsItem]:
    lines = forum.threads_on(Reference(KIND, twinning.id), VISITOR, LONGEST_FEED)
    return [
        NewsItem(
            key=f"thread-{line.id}",
            title=gettext("Nuova discussione: %(title)s", title=line.title),
            text=line.introduction,
            at=line.opened_at,
            url=line.url,
        )
        for line in lines
    ]
