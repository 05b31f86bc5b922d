"""Statements in the words of the database: the same rows as SQLAlchemy's, in every state."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask, g
from sqlalchemy import bindparam, event, select
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from core import clock, statements
from core.database import UtcDateTime, db
from core.statements import EXTENSION, ask
from core.transactions import transaction
from members.models import Member, MemberState
from tests.factories.members import MemberFactory

_TABLE = Member.__table__
_BY_IDS = (
    select(_TABLE.c.id, _TABLE.c.state, _TABLE.c.joined_at)
    .where(
        _TABLE.c.id.in_(bindparam("ids", expanding=True)),
        _TABLE.c.state.in_([MemberState.ACTIVE, MemberState.SUSPENDED]),
        _TABLE.c.joined_at < bindparam("before", type_=UtcDateTime),
    )
    .order_by(_TABLE.c.id)
)


def asked(ids: list[int]) -> list[tuple[Any, ...]]:
    given = {"ids": ids, "before": clock.now() + timedelta(minutes=1)}
    return [tuple(row) for row in ask("test", lambda: _BY_IDS, given)]


def expected(ids: list[int]) -> list[tuple[Any, ...]]:
    given = {"ids": ids, "before": clock.now() + timedelta(minutes=1)}
    return [tuple(row) for row in db.session.execute(_BY_IDS, given)]


@pytest.fixture
def members(app: Flask) -> list[int]:
    states = (MemberState.ACTIVE, MemberState.SUSPENDED, MemberState.UNCONFIRMED)
    return [MemberFactory.make(state=state).id for state in states]


def test_the_rows_are_the_same(app: Flask, members: list[int]) -> None:
    first, second, third = members
    for ids in ([], [first], [second, first], members, [third], []):
        outside = asked(ids)
        with app.test_request_context():
            db.session.remove()
            below = asked(ids)
            assert g.reading_connection, "it was not asked below SQLAlchemy"
        assert outside == below == expected(ids)
    assert [row[:2] for row in asked(members)] == [
        (first, MemberState.ACTIVE),
        (second, MemberState.SUSPENDED),
    ]


def test_a_transaction_reads_what_it_has_written(app: Flask, members: list[int]) -> None:
    with app.test_request_context(), transaction() as session:
        session.get_one(Member, members[0]).state = MemberState.REMOVED
        session.flush()
        assert [row[0] for row in asked(members)] == [members[1]]


def test_a_request_gives_its_connection_back(app: Flask, members: list[int]) -> None:
    db.session.remove()
    before = db.engine.pool.checkedout()  # type: ignore[attr-defined]
    for _ in range(3):
        with app.test_request_context():
            asked(members)
            assert db.engine.pool.checkedout() == before + 1  # type: ignore[attr-defined]
    assert db.engine.pool.checkedout() == before  # type: ignore[attr-defined]


def connections_of_a_request(members: list[int]) -> int:
    """How many it holds that asks who reads, then opens a transaction, writes and asks again."""
    before = db.engine.pool.checkedout()  # type: ignore[attr-defined]
    asked(members)
    db.session.get(Member, members[0])
    asked(members)
    most = db.engine.pool.checkedout()  # type: ignore[attr-defined]
    with transaction():
        asked(members)
        most = max(most, db.engine.pool.checkedout())  # type: ignore[attr-defined]
    asked(members)
    return max(most, db.engine.pool.checkedout()) - before  # type: ignore[attr-defined,no-any-return]


def test_a_request_holds_one_connection_at_a_time(app: Flask, members: list[int]) -> None:
    """Holding one while waiting for another, as many as the pool has wait for each other."""
    db.session.remove()
    with app.test_request_context():
        assert connections_of_a_request(members) == 1


def test_a_second_connection_would_be_seen(app: Flask, members: list[int]) -> None:
    """Twin: what the request asks with is kept until it ends."""
    db.session.remove()
    event.remove(db.session, "after_transaction_create", statements._make_room)
    try:
        with app.test_request_context():
            assert connections_of_a_request(members) == 2
    finally:
        event.listen(db.session, "after_transaction_create", statements._make_room)


def test_listeners_hear_of_it(app: Flask, members: list[int]) -> None:
    heard: list[str] = []

    def note(_c: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        heard.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        with app.test_request_context():
            asked(members)
    finally:
        event.remove(db.engine, "before_cursor_execute", note)
    assert any("FROM members" in statement for statement in heard)


@pytest.mark.parametrize("inside", [True, False])
def test_a_complaint_comes_in_the_words_of_sqlalchemy(app: Flask, inside: bool) -> None:
    """What cannot be asked is a fault that the pages of errors know."""
    wrong: Callable[[], Any] = lambda: select(_TABLE.c.id.op("no no")(1).label("n"))  # noqa: E731
    with app.test_request_context():
        db.session.remove()
        if inside:
            db.session.connection()
        with pytest.raises(DBAPIError):
            ask("wrong", wrong, {})
        db.session.rollback()
    app.extensions.pop(EXTENSION)


def test_where_no_connection_is_to_be_had_sqlalchemy_says_so(
    app: Flask, members: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """As while PostgreSQL is restarted: a page that says 503 must be able to catch it."""

    def away() -> None:
        raise db.engine.dialect.loaded_dbapi.OperationalError(
            "the database system is shutting down"
        )

    monkeypatch.setattr(db.engine.pool, "connect", away)
    with app.test_request_context(), pytest.raises(SQLAlchemyError):
        ask("tests.away", lambda: select(Member.id).where(Member.id == bindparam("id")), {"id": 1})
