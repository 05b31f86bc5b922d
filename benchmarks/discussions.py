"""What discussions cost when there are 100,000 of them, or 100,000 messages in one.

Rows are written straight into the tables, as the services would leave them. Costs are CPU time as
in ``benchmarks.catalogue``: of this process, and on PostgreSQL of the server's processes, too. On
SQLite nothing gathers statistics, as nothing does on a site.

The member who reads has a fixed number of discussions of his or her own, wherever they stand among
all; that the reader's own rows grow is not what is asked.
"""

from __future__ import annotations

import random
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from flask import Flask
from rich.console import Console
from rich.table import Table
from sqlalchemy import func, insert, select, text
from tests.factories.forum import ThreadFactory
from tests.factories.members import member_with
from tests.factories.organisations import OrganisationFactory
from tests.factories.twinning import SpaceFactory, TwinningFactory
from tests.statements import recorded
from tests.visitor import Visitor

from benchmarks.catalogue import Cost, server_seconds
from core.actor import Role
from core.config import Settings
from core.database import db
from core.pagination import encode_cursor
from core.transactions import transaction
from forum.models import Post, PostState, ReadMark, Thread, ThreadState
from forum.services.rows import recount_thread
from members.models import Member
from notifications.models import Follow
from portal.factory import create_app
from portal.setup import prepare_database
from taxonomy.queries import themes_by_id

FEW, MANY = 1_000, 100_000
GOAL = 1.5
MOST_QUERIES = 10
SHORT, LONG = 60, 100_000
PAGE = 20
_OWN = 100  # discussions that the reader takes part in
_AUTHORS = 40
_AT_ONCE = 5_000
_ROUNDS = 11
# What ids of messages begin with: out of the way of those that the database gives.
_QUESTIONS, _ANSWERS = 1_000_000, 2_000_000
_NEWEST = datetime(2026, 6, 1, 12, tzinfo=UTC)
_YEARS = 5 * 365 * 24 * 60


@dataclass(frozen=True)
class People:
    """Who reads: a member of a body, a moderator; and who wrote all the rest."""

    reader: Member
    moderator: Member
    authors: list[int]
    subjects: list[int]
    space_id: int


def people() -> People:
    """The readers, the authors, and what there is to discuss."""
    body = OrganisationFactory.make()
    twinnings = [TwinningFactory.make() for _ in range(10)]
    return People(
        reader=member_with(of=body),
        moderator=member_with(Role.MODERATOR, of=body),
        authors=[member_with().id for _ in range(_AUTHORS)],
        subjects=[one.id for one in twinnings],
        space_id=SpaceFactory.make(object_id=twinnings[0].id).id,
    )


def fill(number: int, who: People) -> None:
    """Have so many discussions of all sorts, each with one message or two."""
    chance = random.Random(number)
    themes = [*themes_by_id()]
    there = db.session.scalar(select(func.count(Thread.id))) or 0
    last = db.session.scalar(select(func.max(Thread.id))) or 0
    while there < number:
        size = min(_AT_ONCE, number - there)
        threads = [
            _thread(one, chance, who, themes, own=there + place < _OWN)
            for place, one in enumerate(range(last + 1, last + size + 1))
        ]
        posts = [post for thread in threads for post in _posts(thread, who)]
        own = [one["id"] for one in threads if one["author_id"] == who.reader.id]
        with transaction() as session:
            session.execute(insert(Thread), threads)
            session.execute(insert(Post), posts)
            if own:
                _keep(session, who.reader.id, own)
        there, last = there + size, last + size
    _as_housekeeping_does()


def lengthen(thread: Thread, number: int, who: People) -> None:
    """Have so many messages in a discussion, of all authors in turn, half of them read."""
    for start in range(1, number + 1, _AT_ONCE):
        numbers = range(start, min(start + _AT_ONCE, number + 1))
        with transaction() as session:
            session.execute(
                insert(Post),
                [
                    _post(thread.id, one, who.authors[one % _AUTHORS], _NEWEST - timedelta(days=9))
                    for one in numbers
                ],
            )
    with transaction() as session:
        session.add(
            ReadMark(member_id=who.reader.id, thread_id=thread.id, number=number // 2, at=_NEWEST)
        )
    recount_thread(thread.id)
    _as_housekeeping_does()


def lists(who: People) -> dict[str, str]:
    """The lists to measure; deep ones begin behind two thirds of all."""
    theme = next(iter(themes_by_id().values())).code
    total = db.session.scalar(select(func.count(Thread.id))) or 0
    mark = db.session.execute(
        select(Thread.last_at, Thread.id)
        .order_by(Thread.last_at.desc(), Thread.id.desc())
        .offset(total * 2 // 3)
        .limit(1)
    ).one()
    db.session.rollback()
    deep = encode_cursor(tuple(mark))
    placed = encode_cursor((False, *mark))
    return {
        "all": "/discussioni",
        "all, middle": f"/discussioni?dopo={deep}",
        "all, last": "/discussioni?prima=" + encode_cursor((datetime(2000, 1, 1, tzinfo=UTC), 0)),
        "general": "/discussioni?su=generale",
        "general, deep": f"/discussioni?su=generale&dopo={placed}",
        "on twinnings": "/discussioni?su=twinning",
        "on one twinning": f"/discussioni?su=twinning:{who.subjects[3]}",
        "of a theme": f"/discussioni?tema={theme}",
        "of a theme, deep": f"/discussioni?tema={theme}&dopo={placed}",
        "open": "/discussioni?stato=aperte",
        "unanswered": "/discussioni?stato=senza-risposta",
        "unanswered, deep": f"/discussioni?stato=senza-risposta&dopo={deep}",
        "solved": "/discussioni?stato=risolte",
        "closed": "/discussioni?stato=chiuse",
        "closed, of a theme": f"/discussioni?stato=chiuse&tema={theme}",
    }


MINE = {
    "unread": "/discussioni?mie=da-leggere",
    "followed": "/discussioni?mie=seguite",
    "written in": "/discussioni?mie=scritte",
    "opened": "/discussioni?mie=aperte-da-me",
    "unread, of those open": "/discussioni?mie=da-leggere&stato=aperte",
}


def list_costs(app: Flask, who: People) -> dict[str, Cost]:
    """What each list costs each reader, warm, with no page kept."""
    found = {}
    for name, browser, is_member in readers(app, who):
        for list_name, path in {**lists(who), **(MINE if is_member else {})}.items():
            found[f"{list_name} ({name})"] = cost(browser, path, full=list_name not in MINE)
    return found


def page_costs(app: Flask, who: People, thread: Thread, number: int) -> dict[str, Cost]:
    """What the first, a middle and the last page of a discussion cost each reader."""
    middle = number // 2 // PAGE * PAGE + 1
    starts = {"first": 1, "middle": middle, "last": number - PAGE + 1}
    found = {}
    for name, browser, _is_member in readers(app, who):
        for place, start in starts.items():
            path = f"/discussioni/{thread.id}?da={start}"
            found[f"{place} page ({name})"] = cost(browser, path, full=False)
    return found


def readers(app: Flask, who: People) -> Iterator[tuple[str, Visitor, bool]]:
    """A visitor, a member and a moderator, each with a browser."""
    yield "visitor", Visitor(app), False
    for name, member in (("member", who.reader), ("moderator", who.moderator)):
        browser = Visitor(app)
        browser.sign_in(member.email)
        yield name, browser, name == "member"


def cost(browser: Visitor, path: str, *, full: bool) -> Cost:
    """Milliseconds of CPU of a page and its queries; ``full``: it must be a full page of a list."""
    for _ in range(3):
        answer = browser.get(path)
        assert answer.status_code == 200, path
    if full:
        assert answer.get_data(as_text=True).count('<li class="g-stack gap-1 g-title"') == PAGE, (
            path
        )
    times, server = [], server_seconds()
    for _ in range(_ROUNDS):
        started = time.process_time()
        browser.get(path)
        times.append(time.process_time() - started)
    served = (server_seconds() - server) / _ROUNDS
    with recorded() as statements:
        browser.get(path)
    return Cost((min(times) + served) * 1000, len(statements))


def print_discussions(console: Console) -> None:
    """Measure on a SQLite database of its own and print the ratios beside the goal."""
    with tempfile.TemporaryDirectory() as folder:
        app = create_app(
            Settings(
                data=Path(folder),
                database_url=f"sqlite:///{Path(folder) / 'gemella.sqlite3'}",
                secret_key="a key for measuring alone",
                base_url="http://localhost",
                sqlite_synchronous="NORMAL",
                page_cache=False,
                testing=True,
            )
        )
        with app.app_context():
            prepare_database(app)
            who = people()
            short, long = two_threads(who)
            fill(FEW, who)
            lists_before = list_costs(app, who)
            pages_before = page_costs(app, who, short, SHORT)
            fill(MANY, who)
            lists_after = list_costs(app, who)
            lengthen(long, LONG, who)
            pages_after = page_costs(app, who, long, LONG)
            db.session.remove()
            db.engine.dispose()
    title = f"Discussions, {MANY:,} beside {FEW:,} (goal: at most {GOAL} x)"
    console.print(_table(title, lists_before, lists_after))
    title = f"One discussion, {LONG:,} messages beside {SHORT} (goal: at most {GOAL} x)"
    console.print(_table(title, pages_before, pages_after))


def two_threads(who: People) -> tuple[Thread, Thread]:
    """A discussion of three pages, and one that is to have many."""
    short, long = ThreadFactory.make(), ThreadFactory.make()
    lengthen(short, SHORT, who)
    return short, long


def _table(title: str, few: Mapping[str, Cost], many: Mapping[str, Cost]) -> Table:
    table = Table(title=title)
    for column in ("page", "ms before", "ms after", "x", "queries"):
        table.add_column(column, justify="left" if column == "page" else "right")
    for name, after in many.items():
        before = few[name].milliseconds
        table.add_row(
            name,
            f"{before:.1f}",
            f"{after.milliseconds:.1f}",
            f"{after.milliseconds / before:.2f}",
            str(after.queries),
        )
    return table


def _thread(
    number: int, chance: random.Random, who: People, themes: list[int], *, own: bool
) -> dict[str, Any]:
    at = _NEWEST - timedelta(minutes=chance.randrange(_YEARS))
    on_twinning = chance.random() < 0.4
    is_answered = chance.random() < 0.7
    state = chance.choices([ThreadState.OPEN, ThreadState.CLOSED, ThreadState.REMOVED], [16, 3, 1])
    return {
        "id": number,
        "title": f"Discussione di misura {number}",
        "state": state[0],
        "subject_kind": "twinning" if on_twinning else None,
        "subject_id": chance.choice(who.subjects) if on_twinning else None,
        "space_id": who.space_id if on_twinning and chance.random() < 0.1 else None,
        "theme_id": None if on_twinning else chance.choice(themes[:5]),
        "pinned": chance.random() < 0.001,
        "author_id": who.reader.id if own else chance.choice(who.authors),
        "opened_at": at - timedelta(days=2),
        "last_at": at,
        "post_count": 2 if is_answered else 1,
        "participant_count": 2 if is_answered else 1,
        "last_by_id": who.authors[0],
        "is_answered": is_answered,
        "best_post_id": _ANSWERS + number if is_answered and chance.random() < 0.2 else None,
    }


def _posts(thread: Mapping[str, Any], who: People) -> list[dict[str, Any]]:
    number, at = thread["id"], thread["last_at"]
    found = [{"id": _QUESTIONS + number, **_post(number, 1, thread["author_id"], at)}]
    if thread["is_answered"]:
        found.append({"id": _ANSWERS + number, **_post(number, 2, who.authors[0], at)})
    return found


def _post(thread_id: int, number: int, author_id: int, at: datetime) -> dict[str, Any]:
    return {
        "thread_id": thread_id,
        "number": number,
        "author_id": author_id,
        "text": "Noi abbiamo fatto così.",
        "html": "<p>Noi abbiamo fatto così.</p>",
        "renderer": 1,
        "state": PostState.VISIBLE,
        "created_at": at,
        "updated_at": at,
        "published_at": at,
    }


def _keep(session: Any, member_id: int, threads: list[int]) -> None:
    """The reader follows these, and has read the first message."""
    session.execute(
        insert(ReadMark),
        [{"member_id": member_id, "thread_id": one, "number": 1, "at": _NEWEST} for one in threads],
    )
    session.execute(
        insert(Follow),
        [
            {"member_id": member_id, "kind": "thread", "object_id": one, "since": _NEWEST}
            for one in threads
        ],
    )


def _as_housekeeping_does() -> None:
    if db.engine.dialect.name == "postgresql":
        with transaction() as session:
            session.execute(text("ANALYZE threads, posts, read_marks, follows, members"))


if __name__ == "__main__":
    print_discussions(Console(width=110))
