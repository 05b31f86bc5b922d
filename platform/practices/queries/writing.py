"""What somebody who writes a story comes back to."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from core.actor import Actor
from core.database import db
from practices import rules
from practices.models import Practice, UnsavedPart
from practices.queries.revisions import text_for
from practices.rules import Part


@dataclass(frozen=True, slots=True)
class Typed:
    """What the reader typed into a part and did not save, with what its form carried."""

    values: Mapping[str, list[str]]
    key: str
    version: int | None
    seen: str
    at: datetime


def typed_in(story: Practice, part: Part, actor: Actor) -> Typed | None:
    """What this reader typed into a part and did not save; nobody else's."""
    row = db.session.scalar(
        select(UnsavedPart).where(
            UnsavedPart.practice_id == story.id,
            UnsavedPart.member_id == actor.member_id,
            UnsavedPart.part == part.value,
        )
    )
    if row is None:
        return None
    return Typed(json.loads(row.typed), row.key, row.version, row.seen, row.at)


def unsaved_parts(story: Practice, actor: Actor) -> list[Part]:
    """The parts in which this reader typed something and did not save it, newest first."""
    rows = db.session.scalars(
        select(UnsavedPart.part)
        .where(UnsavedPart.practice_id == story.id, UnsavedPart.member_id == actor.member_id)
        .order_by(UnsavedPart.at.desc(), UnsavedPart.part)
    )
    return [Part(part) for part in rows]


def lacking(story: Practice, actor: Actor) -> Mapping[Part, tuple[str, ...]]:
    """By part, the fields that the story needs before the editors get it from this author."""
    content = text_for(story, actor)
    names = rules.missing(story.kind, content, affiliated=actor.is_verified)
    return rules.by_part(story.kind, names)
