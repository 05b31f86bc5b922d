"""Keeping what speaks for a text being spam, beside the text."""

from __future__ import annotations

from typing import Any

from sqlalchemy.dialects import postgresql, sqlite

from core import clock
from core.database import db
from core.references import Reference
from core.transactions import transaction
from moderation.models import Screening
from moderation.queries import Verdict


def keep_screening(*, about: Reference, author_id: int | None, verdict: Verdict) -> None:
    """Keep a verdict with the text that was written, inside the open transaction; of a text that
    was written anew the last one stands."""
    insert = postgresql.insert if db.engine.dialect.name == "postgresql" else sqlite.insert
    values = {
        "author_id": author_id,
        "score": verdict.score,
        "parts": [
            {
                "signal": part.signal.value,
                "points": part.points,
                "count": part.count,
                "words": list(part.words),
            }
            for part in verdict.parts
        ],
        "fingerprint": verdict.fingerprint,
    }
    statement: Any = insert(Screening).values(
        kind=about.kind, object_id=about.id, at=clock.now(), **values
    )
    with transaction() as session:
        # When it was first written stays: an edit is no further message.
        session.execute(
            statement.on_conflict_do_update(index_elements=["kind", "object_id"], set_=values)
        )
