"""Discussions and messages, as the services would have written them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import factory
from sqlalchemy import func, select

from core.database import db
from forum.models import Post, PostState, Thread, ThreadState
from forum.services.rows import recount
from tests.factories import LONG_AGO, Factory


class ThreadFactory(Factory[Thread]):
    """An open discussion in the general forum, without messages."""

    class Meta:
        model = Thread

    title = factory.Sequence(lambda n: f"Come scegliere il soggetto capofila? ({n})")
    introduction = ""
    introduction_html = ""
    state = ThreadState.OPEN
    opened_at = LONG_AGO
    last_at = LONG_AGO


class PostFactory(Factory[Post]):
    """A visible message; give ``thread`` and ``author``. The counters of the thread follow."""

    class Meta:
        model = Post

    number = factory.LazyAttribute(lambda o: _next_number(o.thread))
    text = factory.Sequence(lambda n: f"Abbiamo quattordici organizzazioni interessate ({n}).")
    html = factory.LazyAttribute(lambda o: f"<p>{o.text}</p>")
    renderer = 1
    state = PostState.VISIBLE
    created_at = factory.LazyAttribute(lambda o: LONG_AGO + timedelta(minutes=o.number))
    updated_at = factory.SelfAttribute("created_at")
    published_at = factory.LazyAttribute(lambda o: _published(o.state, o.created_at))

    @classmethod
    def _after_postgeneration(cls, instance: Any, create: bool, results: Any = None) -> None:
        recount(db.session(), instance.thread)
        db.session.commit()


def _next_number(thread: Thread) -> int:
    highest = select(func.max(Post.number)).where(Post.thread_id == thread.id)
    return (db.session.scalar(highest) or 0) + 1


def _published(state: PostState, moment: datetime) -> datetime | None:
    return moment if state is PostState.VISIBLE else None
