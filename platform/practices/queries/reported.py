"""What stories say that readers reported, for the moderators' list."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import escape
from sqlalchemy import select

from core.actor import Actor
from core.contracts import ReportedThing
from core.database import db
from members.models import Member
from members.queries import person_of
from practices.models import Practice
from practices.policies import visible_to


def reported(practice_ids: Sequence[int], actor: Actor) -> dict[int, ReportedThing]:
    """The summaries of these stories, as far as this moderator may read them."""
    rows = db.session.execute(
        select(Practice.id, Practice.summary, Practice.lang, Practice.author_id, Member)
        .outerjoin(Member, Member.id == Practice.author_id)
        .where(Practice.id.in_(practice_ids), visible_to(actor))
    ).all()
    found = {}
    for row in rows:
        author = None if row.Member is None else person_of(row.Member)
        found[row.id] = ReportedThing(
            html=f"<p>{escape(row.summary)}</p>",
            lang=row.lang,
            author=author.name if author else "",
            author_url=author.url if author else None,
            author_id=row.author_id,
        )
    return found
