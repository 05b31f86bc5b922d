"""What a demo shows of discussions, and that loading it again changes nothing."""

from __future__ import annotations

from flask import Flask
from sqlalchemy import func, select
from tests.visitor import Visitor, text_of

from core.database import db
from core.events import Event
from forum.models import Post, PostMention, PostState, Reaction, Thread
from organisations.models import Organisation
from portal.demo.loading import TREPU_THREAD, load_demo


def counted() -> list[int | None]:
    tables = (Event.id, Thread.id, Post.id, Reaction.post_id)
    return [db.session.scalar(select(func.count(column))) for column in tables]


def test_people_talk_in_the_demo(app: Flask, visitor: Visitor) -> None:
    *_lines, last = load_demo(app.config["GEMELLA"])
    assert "3 lively discussions" in last
    before = counted()
    assert list(load_demo(app.config["GEMELLA"])) == ["demo: loaded before, nothing to do"]
    assert counted() == before
    lively = db.session.scalars(select(Thread).where(Thread.best_post_id.is_not(None))).one()
    page = visitor.page(f"/discussioni/{lively.id}")
    said = text_of(visitor.get(f"/discussioni/{lively.id}"))
    assert "Risposta migliore" in said
    assert "Erica Tonelli, messaggio n. 2" in said, "a quotation that names its source"
    assert page.xpath("//main//blockquote")
    named = select(PostMention.slug).join(Post, Post.id == PostMention.post_id)
    assert db.session.scalars(named.where(Post.thread_id == lively.id)).all() == ["erica-tonelli"]
    closed = db.session.scalars(select(Thread).where(Thread.closed_at.is_not(None))).one()
    body = db.session.get_one(Organisation, closed.closed_for_id)
    assert f"a nome di {body.name}" in text_of(visitor.get(f"/discussioni/{closed.id}"))
    assert "Senza risposta" in text_of(visitor.get("/discussioni?stato=senza-risposta"))
    # Nobody of the demo waits for a moderator but the newcomer.
    held = select(Thread.title).join(Post).where(Post.state == PostState.HELD)
    assert len(db.session.scalars(held).all()) == 1
    oldest = db.session.scalars(select(Thread).where(Thread.title == TREPU_THREAD)).one()
    assert (oldest.opened_at.date().isoformat(), oldest.participant_count) == ("2015-05-16", 0)
