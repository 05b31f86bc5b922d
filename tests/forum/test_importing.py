"""``gemella import threads``: discussions that were held elsewhere, again and again."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy import func, select

from core.database import db
from core.events import Event
from core.text import Rendered
from forum import services
from forum.models import Post, PostState, Thread
from members.models import Member
from members.queries import actor_for
from notifications.models import Notification
from tests.visitor import Visitor, text_of


def said(author: str, at: str, text: str) -> dict[str, str]:
    return {"author": author, "created_at": at, "body_markdown": text}


ROW: dict[str, Any] = {
    "thread_id": "t-1",
    "title": "Which grinder?",
    "author": "user4",
    "created_at": "2015-01-27T20:09:32.720",
    "posts": [
        said("user4", "2015-01-27T20:09:32.720", "Which **one**?"),
        said("user7", "2015-01-28T08:00:00Z", ""),
        said("user4", "2015-01-29T08:00:00Z", "Thanks."),
    ],
}


def run(app: Flask, folder: Path, *rows: Any) -> Result:
    """``gemella import threads`` on a file of these rows, with what it printed."""
    path = folder / "discussioni.jsonl"
    path.write_text("\n".join(json.dumps(row) for row in rows), encoding="utf-8")
    return app.test_cli_runner().invoke(args=["import", "threads", str(path)])


def test_a_thread_comes_with_its_names_dates_and_order(
    app: Flask, tmp_path: Path, visitor: Visitor
) -> None:
    assert "1 created" in run(app, tmp_path, ROW).output
    thread = db.session.scalars(select(Thread)).one()
    assert (thread.post_count, thread.participant_count, thread.author_name) == (3, 2, "user4")
    assert thread.is_answered
    posts = db.session.scalars(select(Post).order_by(Post.number)).all()
    assert [(p.number, p.author_name, p.created_at.day) for p in posts] == [
        (1, "user4", 27),
        (2, "user7", 28),
        (3, "user4", 29),
    ]
    page = text_of(visitor.get(f"/discussioni/{thread.id}"))
    for words in ("Which one?", "user7", "Messaggio senza testo.", "2 partecipanti"):
        assert words in page
    listed = text_of(visitor.get("/discussioni"))
    assert "di user4" in listed
    assert "user7" in visitor.get(f"/discussioni/{thread.id}/feed").get_data(as_text=True)
    assert db.session.scalar(select(func.count()).select_from(Notification)) == 0


def test_the_same_list_again_changes_nothing_and_a_newer_one_goes_on(
    app: Flask, tmp_path: Path, verified: Member
) -> None:
    run(app, tmp_path, ROW)
    events = db.session.scalar(select(func.count()).select_from(Event))
    assert "1 unchanged" in run(app, tmp_path, ROW).output
    db.session.rollback()
    assert db.session.scalar(select(func.count()).select_from(Event)) == events
    more = said(verified.email, "2015-02-01T08:00:00Z", "Me too.")
    newer = {**ROW, "posts": [*ROW["posts"], more]}
    assert "1 changed" in run(app, tmp_path, newer).output
    db.session.rollback()
    last = db.session.scalars(select(Post).order_by(Post.number.desc())).first()
    assert last is not None
    assert (last.number, last.author_id, last.author_name) == (4, verified.id, "")
    with app.test_request_context():
        services.add_post(
            thread_id=last.thread_id, text=Rendered("Qui", "<p>Qui</p>"), by=actor_for(verified.id)
        )
    assert "1 kept" in run(app, tmp_path, {**newer, "title": "Another"}).output


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"thread_id": ""}, "id: missing"),
        ({"title": None}, "title: missing"),
        ({"posts": []}, "posts: not a list"),
        ({"posts": "boh"}, "posts: not JSON"),
        ({"posts": [1]}, "number 1 is no object"),
        ({"posts": [{"author": "a", "body_markdown": "x"}]}, "created_at: missing"),
        ({"created_at": "ieri"}, "ieri is no moment"),
        ({"created_at": "2999-01-01T00:00:00Z"}, "is not in the past"),
        ({"lang": "fr"}, "lang: fr is none of"),
        ({"posts": [{**ROW["posts"][0], "body_markdown": "x" * 20_001}]}, "20001 characters"),
    ],
)
def test_what_can_be_no_thread_is_refused_with_a_reason(
    change: dict[str, Any], words: str, app: Flask, tmp_path: Path
) -> None:
    result = run(app, tmp_path, {**ROW, **change})
    assert result.exit_code == 1
    assert words in result.output
    assert db.session.scalar(select(func.count()).select_from(Thread)) == 0


@pytest.mark.soak
@pytest.mark.shared_data
@pytest.mark.timeout(900)
@pytest.mark.parametrize("name", ["coffee_stackexchange_threads", "ietf_opaque_threads"])
def test_real_threads_load_without_loss(
    name: str, shared: Path, app: Flask, visitor: Visitor
) -> None:
    path = shared / "data" / "content" / name / "threads.jsonl"
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    result = app.test_cli_runner().invoke(args=["import", "threads", str(path)])
    assert f"{len(rows)} created" in result.output, result.output
    assert result.exit_code == 0
    threads = {one.title: one for one in db.session.scalars(select(Thread))}
    assert len(threads) == len({" ".join(row["title"].split()) for row in rows})
    counted = select(func.count()).where(Post.state == PostState.VISIBLE)
    assert db.session.scalar(counted) == sum(len(row["posts"]) for row in rows)
    longest = max(rows, key=lambda row: len(row["posts"]))
    thread = threads[" ".join(longest["title"].split())]
    names = select(Post.author_name).where(Post.thread_id == thread.id).order_by(Post.number)
    assert list(db.session.scalars(names)) == [one["author"] for one in longest["posts"]]
    pages = range(1, len(longest["posts"]) + 1, 20)
    shown = [
        one.get("id")
        for start in pages
        for one in visitor.page(f"/discussioni/{thread.id}?da={start}").findall(".//article")
    ]
    assert shown == [f"m{number}" for number in range(1, len(longest["posts"]) + 1)]
