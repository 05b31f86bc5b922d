"""The pages of discussions cost with 10,000 discussions what they cost with ten."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta

import pytest
from benchmarks.catalogue import server_seconds
from flask import Flask
from sqlalchemy import func, insert, select, text

from core.database import db
from core.transactions import transaction
from forum import queries
from forum.models import Post, PostState, Thread, ThreadState
from members.models import Member
from tests.factories import LONG_AGO
from tests.factories.forum import PostFactory, ThreadFactory
from tests.factories.members import MemberFactory
from tests.statements import recorded
from tests.visitor import Visitor

FEW, SOME, FULL, MANY = 10, 60, 1_000, 10_000
GOAL = 1.5
NOISE = 0.0015  # seconds; of a page that takes a hundredth of one it is much
MOST_QUERIES = 10
_ROUNDS = 25
_AT_ONCE = 2_000


@pytest.fixture
def author() -> Member:
    return MemberFactory.make()


@pytest.fixture
def long_thread(author: Member) -> Thread:
    """The newest discussion, with a page full of messages."""
    thread = ThreadFactory.make(author=author, last_at=LONG_AGO + timedelta(days=400))
    for _ in range(20):
        PostFactory.make(thread=thread, author=author)
    return thread


def fill(number: int, author: Member) -> None:
    """Have so many discussions, each with one message, as the services would write them."""
    there = db.session.scalar(select(func.count(Thread.id))) or 0
    last = db.session.scalar(select(func.max(Thread.id))) or 0
    while there < number:
        ids = range(last + 1, last + 1 + min(_AT_ONCE, number - there))
        moments = {one: LONG_AGO - timedelta(minutes=one) for one in ids}
        with transaction() as session:
            session.execute(
                insert(Thread),
                [
                    {
                        "id": one, "title": f"Discussione {one}", "state": ThreadState.OPEN,
                        "author_id": author.id, "last_by_id": author.id, "post_count": 1,
                        "participant_count": 1, "opened_at": moments[one],
                        "last_at": moments[one],
                    }
                    for one in ids
                ],
            )  # fmt: skip
            session.execute(
                insert(Post),
                [
                    {
                        "thread_id": one, "number": 1, "author_id": author.id, "text": "Sì.",
                        "html": "<p>Sì.</p>", "renderer": 1, "state": PostState.VISIBLE,
                        "created_at": moments[one], "updated_at": moments[one],
                        "published_at": moments[one],
                    }
                    for one in ids
                ],
            )  # fmt: skip
        there, last = there + len(ids), ids[-1]
    with transaction() as session:
        # As housekeeping does now and then on either database.
        session.execute(text("ANALYZE"))


def browsers(app: Flask, author: Member, thread: Thread) -> list[tuple[Visitor, str]]:
    """Who opens which page: a visitor, and a member with messages of his or her own."""
    member = Visitor(app)
    member.sign_in(author.email)
    paths = ("/discussioni", f"/discussioni/{thread.id}", f"/discussioni/{thread.id}/feed")
    return [(browser, path) for browser in (Visitor(app), member) for path in paths]


def queries_of(opened: list[tuple[Visitor, str]]) -> list[int]:
    """How many statements each of the pages takes, warm."""
    counts = []
    for browser, path in opened:
        assert browser.get(path).status_code == 200, path
        with recorded() as statements:
            browser.get(path)
        counts.append(len(statements))
    return counts


def seconds_of(opened: list[tuple[Visitor, str]]) -> list[float]:
    """CPU time of each page, of this process and of the server of the database."""
    found = []
    for browser, path in opened:
        browser.get(path)
        times, served = [], server_seconds()
        for _ in range(_ROUNDS):
            began = time.process_time()
            assert browser.get(path).status_code == 200
            times.append(time.process_time() - began)
        found.append(min(times) + (server_seconds() - served) / _ROUNDS)
    return found


def growth(few: list[float], many: list[float]) -> list[str]:
    """Where a page costs more than it may because there is more beside it."""
    return [
        f"{place}: {before * 1000:.1f} ms, then {after * 1000:.1f} ms"
        for place, (before, after) in enumerate(zip(few, many, strict=True))
        if after > before * GOAL + NOISE
    ]


def test_pages_ask_the_same_however_many_there_are(
    app: Flask, author: Member, long_thread: Thread
) -> None:
    opened = browsers(app, author, long_thread)
    fill(FEW, author)
    few = queries_of(opened)
    fill(SOME, author)
    assert queries_of(opened) == few
    assert max(few) <= MOST_QUERIES


def test_a_query_for_each_row_would_be_seen(
    app: Flask, author: Member, long_thread: Thread, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Twin: a list that asks for each of its lines once more."""
    asked: Callable[..., object] = queries.thread_list

    def careless(*arguments: object, **values: object) -> object:
        for number in db.session.scalars(select(Thread.id)).all():
            db.session.execute(select(Thread.title).where(Thread.id == number))
        return asked(*arguments, **values)

    monkeypatch.setattr("forum.queries.thread_list", careless)
    opened = browsers(app, author, long_thread)[:1]
    fill(FEW, author)
    few = queries_of(opened)
    fill(SOME, author)
    assert queries_of(opened) > few


@pytest.mark.soak
@pytest.mark.timeout(900)
def test_pages_take_as_long_however_many_there_are(
    app: Flask, author: Member, long_thread: Thread
) -> None:
    """From a thousand on, as far as numbers are counted, it is no matter how many there are."""
    opened = browsers(app, author, long_thread)
    fill(FULL, author)
    few = seconds_of(opened)
    fill(MANY, author)
    many = seconds_of(opened)
    # What a busy machine made slow is quick another time; what is slow stays so.
    for _ in range(2):
        if growth(few, many):
            many = [min(pair) for pair in zip(many, seconds_of(opened), strict=True)]
    assert growth(few, many) == []
    # Twin: two pages that grow are told apart from two that do not.
    assert growth([0.010, 0.010], [0.0166, 0.0164]) == ["0: 10.0 ms, then 16.6 ms"]
