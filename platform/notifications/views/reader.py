"""What pages of other features show of the reader's notices."""

from __future__ import annotations

from flask import g
from sqlalchemy.exc import SQLAlchemyError

from core.access import current_actor
from core.database import db
from core.references import Reference
from core.registry import registry
from notifications import queries

# The column that is asked with who reads.
UNREAD_KINDS = "unread_kinds"


def unread_notices() -> int:
    """How many notices the reader has not read, asked once a request; none for visitors.

    Error pages show it too: where the database does not answer they have none.
    """
    if "unread_notices" not in g:
        try:
            kinds = queries.kinds_in(registry().reader_note(UNREAD_KINDS))
            g.unread_notices = queries.unread_count(current_actor(), kinds)
        except SQLAlchemyError:
            db.session.rollback()
            g.unread_notices = 0
    found: int = g.unread_notices
    return found


def is_followed(kind: str, object_id: int) -> bool | None:
    """Whether the reader follows this thing; None for visitors, who cannot."""
    actor = current_actor()
    if actor.is_visitor:
        return None
    return queries.is_following(actor.member_id, Reference(kind, object_id))
