"""How often practices are reused: by the twinnings that everybody may read and that came to run."""

from __future__ import annotations

from sqlalchemy import Select, func, select

from core.database import db
from practices.models import Practice
from twinning.models import Twinning, TwinningVisibility
from twinning.rules import REUSING_STATES


def reuses_counted() -> Select[tuple[int]]:
    """Count the reuses; add which practice."""
    return select(func.count(Twinning.id).label("number")).where(
        Twinning.visibility == TwinningVisibility.PUBLIC,
        Twinning.state.in_(sorted(REUSING_STATES)),
    )


def miscounted() -> list[tuple[int, int, int]]:
    """Practices whose number is another one than is counted: id, number kept, number counted."""
    counted = (
        reuses_counted()
        .add_columns(Twinning.practice_id.label("practice_id"))
        .group_by(Twinning.practice_id)
        .subquery()
    )
    number = func.coalesce(counted.c.number, 0)
    rows = db.session.execute(
        select(Practice.id, Practice.reuse_count, number)
        .outerjoin(counted, counted.c.practice_id == Practice.id)
        .where(Practice.reuse_count != number)
        .order_by(Practice.id)
    )
    return [(row[0], row[1], row[2]) for row in rows]
