"""What discussions cost when there are 100,000 of them, or 100,000 messages in one.

Rows are written straight into the tables, as the services would leave them. Costs are CPU time as
in ``benchmarks.catalogue``: of this process, and on PostgreSQL of the server's processes, too. Both
sites stand side by side and are asked in turn, so that whatever else the machine does is the same
for both. On SQLite nothing gathers statistics, as nothing does on a site.

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

    reader_id: int
    reader: str  # addresses
    moderator: str
    authors: list[int]
    subjects: list[int]
    space_id: int


def people() -> People:
    """The readers, the authors, and what there is to discuss."""
    body = OrganisationFactory.make()
    twinnings = [TwinningFactory.make() for _ in range(10)]
    reader = member_with(of=body)
    return People(
        reader_id=reader.id,
        reader=reader.email,
        moderator=member_with(Role.MODERATOR, of=body).email,
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
        own = [one["id"] for one in threads if one["author_id"] == who.reader_id]
        with transaction() as session:
            session.execute(insert(Thread), threads)
            session.execute(insert(Post), posts)
            if own:
                _keep(session, who.reader_id, own)
        there, last = there + size, last + size
    _as_housekeeping_does()


def lengthen(thread_id: int, number: int, who: People) -> None:
    """Have so many messages in a discussion, of all authors in turn, half of them read."""
    for start in range(1, number + 1, _AT_ONCE):
        numbers = range(start, min(start + _AT_ONCE, number + 1))
        with transaction() as session:
            session.execute(
                insert(Post),
                [
                    _post(thread_id, one, who.authors[one % _AUTHORS], _NEWEST - timedelta(days=9))
                    for one in numbers
                ],
            )
    with transaction() as session:
        session.add(
            ReadMark(member_id=who.reader_id, thread_id=thread_id, number=number // 2, at=_NEWEST)
        )
    recount_thread(thread_id)
    _as_housekeeping_does()


@dataclass
class Site:
    """An installation with so many discussions, one of them with ``posts`` messages."""

    app: Flask
    who: People
    thread_id: int
    posts: int

    @classmethod
    def filled(cls, settings: Settings, *, threads: int, posts: int) -> Site:
        """Make it in an empty database."""
        app = create_app(settings)
        with app.app_context():
            prepare_database(app)
            who = people()
            thread_id = ThreadFactory.make().id
            lengthen(thread_id, posts, who)
            fill(threads, who)
            return cls(app, who, thread_id, posts)

    def close(self) -> None:
        with self.app.app_context():
            db.session.remove()
            db.engine.dispose()

    def pages(self) -> dict[str, Opened]:
        """All pages to measure, by what they are and who opens them."""
        found: dict[str, Opened] = {}
        with self.app.app_context():
            paths = lists(self.who)
            long = self._thread_pages()
            for name, browser, is_member in readers(self.app, self.who):
                for place, path in {**paths, **(MINE if is_member else {}), **long}.items():
                    found[f"{place} ({name})"] = Opened(browser, path, place in paths)
        return found

    def _thread_pages(self) -> dict[str, str]:
        middle = self.posts // 2 // PAGE * PAGE + 1
        starts = {"first": 1, "middle": middle, "last": self.posts - PAGE + 1}
        return {
            f"messages, {place} page": f"/discussioni/{self.thread_id}?da={start}"
            for place, start in starts.items()
        }


@dataclass(frozen=True)
class Opened:
    """A page that somebody opens; ``is_full``: it must be a full page of a list."""

    browser: Visitor
    path: str
    is_full: bool


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


def readers(app: Flask, who: People) -> Iterator[tuple[str, Visitor, bool]]:
    """A visitor, a member and a moderator, each with a browser."""
    yield "visitor", Visitor(app), False
    for name, email in (("member", who.reader), ("moderator", who.moderator)):
        browser = Visitor(app)
        browser.sign_in(email)
        yield name, browser, name == "member"


def compare(few: Site, many: Site, only: str = "") -> dict[str, tuple[Cost, Cost]]:
    """What each page costs on either site, warm, with no page kept.

    ``only``: the pages whose names begin so.
    """
    one, other = few.pages(), many.pages()
    return {
        name: _side_by_side((few, one[name]), (many, other[name]))
        for name in other
        if name.startswith(only)
    }


def _side_by_side(*opened: tuple[Site, Opened]) -> tuple[Cost, Cost]:
    times: list[list[float]] = [[] for _ in opened]
    servers = [0.0 for _ in opened]
    counts = []
    for place, (site, page) in enumerate(opened):
        with site.app.app_context():
            for _ in range(3):
                _open(page)
            with recorded() as statements:
                _open(page)
            counts.append(len(statements))
            servers[place] = -server_seconds()
    for _ in range(_ROUNDS):
        for place, (site, page) in enumerate(opened):
            with site.app.app_context():
                started = time.process_time()
                page.browser.get(page.path)
                times[place].append(time.process_time() - started)
    costs = []
    for place, (site, _page) in enumerate(opened):
        with site.app.app_context():
            served = (servers[place] + server_seconds()) / _ROUNDS
        costs.append(Cost((min(times[place]) + served) * 1000, counts[place]))
    return costs[0], costs[1]


def _open(page: Opened) -> None:
    answer = page.browser.get(page.path)
    assert answer.status_code == 200, page.path
    if page.is_full:
        lines = answer.get_data(as_text=True).count('<li class="g-stack gap-1 g-title"')
        assert lines == PAGE, page.path


def settings_for(folder: Path, database_url: str = "") -> Settings:
    """Settings of an installation to measure, on a SQLite database of its own or this one."""
    return Settings(
        data=folder,
        database_url=database_url or f"sqlite:///{folder / 'gemella.sqlite3'}",
        secret_key="a key for measuring alone",
        base_url="http://localhost",
        sqlite_synchronous="NORMAL",
        page_cache=False,
        testing=True,
    )


def print_discussions(console: Console) -> None:
    """Measure on SQLite databases of their own and print the ratios beside the goal."""
    with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as other:
        few = Site.filled(settings_for(Path(one)), threads=FEW, posts=SHORT)
        many = Site.filled(settings_for(Path(other)), threads=MANY, posts=LONG)
        found = compare(few, many)
        few.close()
        many.close()
    title = f"Discussions: {MANY:,} beside {FEW:,}, and one of {LONG:,} messages beside {SHORT}"
    table = Table(title=f"{title} (goal: at most {GOAL} x)")
    for column in ("page", "ms, few", "ms, many", "x", "queries"):
        table.add_column(column, justify="left" if column == "page" else "right")
    for name, (before, after) in found.items():
        table.add_row(
            name,
            f"{before.milliseconds:.1f}",
            f"{after.milliseconds:.1f}",
            f"{after.milliseconds / before.milliseconds:.2f}",
            str(after.queries),
        )
    console.print(table)


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
        "author_id": who.reader_id if own else chance.choice(who.authors),
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
