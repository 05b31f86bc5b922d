"""Discussions in which nobody answers: telling once those who are to see to that."""

from __future__ import annotations

from sqlalchemy import select

from core import clock
from core.database import db
from core.events import announce
from core.transactions import transaction
from forum.models import Thread
from forum.queries import is_left_alone, left_alone
from forum.services.rows import lock_thread
from forum.signals import ThreadLeftAlone

# One round of the calendar; the next one goes on.
BATCH = 50


def tell_of_lonely_threads() -> int:
    """Announce discussions that have had no answer for some days; return how many.

    Each is told once, however often this runs and wherever it is interrupted: that it was told is
    noted in the same transaction.
    """
    due = select(Thread.id).where(left_alone(), Thread.alone_since.is_(None))
    numbers = db.session.scalars(due.order_by(Thread.id).limit(BATCH)).all()
    for number in numbers:
        with transaction() as session:
            lock_thread(session, number)
            thread = session.get_one(Thread, number, populate_existing=True)
            if thread.alone_since is not None or not is_left_alone(thread):
                continue  # somebody answered meanwhile
            thread.alone_since = clock.now()
            session.flush()
            announce(ThreadLeftAlone(thread_id=thread.id))
    return len(numbers)
