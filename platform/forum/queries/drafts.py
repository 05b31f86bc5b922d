"""What a member has typed and not sent."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from flask_babel import gettext
from sqlalchemy import or_, select

from core import subjects
from core.actor import Actor
from core.contracts import OwnLine
from core.database import db
from core.links import address
from core.subjects import SubjectLine
from forum.models import PostDraft, Thread, ThreadState
from forum.policies import visible_to
from forum.rules.drafts import opening_at
from spaces import queries as spaces

_TAKES_REPLIES = (ThreadState.OPEN, ThreadState.HELD)


@dataclass(frozen=True, slots=True)
class Draft:
    """What was typed, by the name of its field, and when it was kept last."""

    typed: Mapping[str, str]
    version: int
    at: datetime


def draft_in(typed: str | None, version: int | None, at: datetime | None) -> Draft | None:
    """The draft behind three columns, or None where there is none."""
    if typed is None or version is None or at is None:
        return None
    return Draft(json.loads(typed), version, at)


def draft(place: str, actor: Actor) -> Draft | None:
    """What the actor has typed in this form and not sent."""
    row = db.session.execute(
        select(PostDraft.typed, PostDraft.version, PostDraft.at).where(
            PostDraft.member_id == actor.member_id, PostDraft.place == place
        )
    ).one_or_none()
    return None if row is None else draft_in(*row)


def drafts_of(actor: Actor, limit: int) -> list[OwnLine]:
    """The actor's drafts of messages that can still be sent, the newest first; two queries."""
    rows = db.session.execute(
        select(
            PostDraft.place,
            PostDraft.typed,
            PostDraft.at,
            Thread.id.label("thread_id"),
            Thread.title,
        )
        .outerjoin(Thread, Thread.id == PostDraft.thread_id)
        .where(
            PostDraft.member_id == actor.member_id,
            or_(
                PostDraft.thread_id.is_(None),
                Thread.state.in_(_TAKES_REPLIES) & visible_to(actor),
            ),
        )
        .order_by(PostDraft.at.desc(), PostDraft.id.desc())
        .limit(limit)
    ).all()
    places = {row.place: opening_at(row.place) for row in rows}
    things = subjects.describe({place[0] for place in places.values() if place and place[0]}, actor)
    lines = []
    for row in rows:
        if row.thread_id is not None:
            url = address("forum.thread", thread_id=row.thread_id, _anchor="risposta")
            lines.append(_line(gettext("Risposta"), row.title, url, row.at))
            continue
        subject, space_id = places[row.place] or (None, None)
        if subject is not None and subject not in things:
            continue
        if space_id is not None and spaces.space(space_id, actor) is None:
            continue
        url = address("forum.new_thread", su=subject and str(subject), spazio=space_id)
        title = json.loads(row.typed).get("title", "").strip()
        known: SubjectLine | None = things.get(subject) if subject else None
        title = title or (known.title if known else gettext("Senza titolo"))
        lines.append(_line(gettext("Discussione"), title, url, row.at))
    return lines


def _line(label: str, title: str, url: str, at: datetime) -> OwnLine:
    return OwnLine(
        label=label, title=title, url=url, state="draft", state_label=gettext("Bozza"), at=at
    )
