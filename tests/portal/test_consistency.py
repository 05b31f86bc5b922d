"""What does not agree is found, said, and mended where nothing can be lost by it."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy import delete, func, select, text, update
from tests.factories.forum import PostFactory, ThreadFactory
from tests.factories.members import MemberFactory
from tests.factories.practices import StoryFactory

from core import clock, outbox
from core.database import db
from core.events import Event, OutboxRow
from core.references import Reference
from core.registry import registry
from core.slugs import Slug
from core.submissions import remember
from core.transactions import transaction
from forum.models import Thread
from members.models import Member
from notifications.models import Follow
from portal.keeping import commands
from portal.keeping.consistency import reference_columns, table_of
from practices.models import Practice
from search.models import CONSUMER
from search.queries.searcher import Searcher
from search.services.indexer import Indexer


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("portal.keeping.index_agreement._LOOK_AGAIN_AFTER", 0)


@pytest.fixture
def whole(app: Flask) -> Flask:
    """A small installation in which everything agrees, its index included."""
    author = MemberFactory.make(first_name="Livia", last_name="Rossi")
    thread = ThreadFactory.make(author=author)
    PostFactory.make(thread=thread, author=author)
    StoryFactory.make(title="Orti urbani condivisi", author=author)
    # Factories write addresses without keeping them.
    for number, slug in db.session.execute(select(Member.id, Member.slug)).all():
        db.session.merge(Slug(kind="member", slug=slug, object_id=number))
    db.session.commit()
    index(app)
    return app


def index(app: Flask) -> None:
    """Do what the worker does."""
    with app.test_request_context():
        indexer = Indexer(app.config["GEMELLA"].index_folder)
        while indexer.step():
            pass
        indexer.close()


def check(app: Flask, *arguments: str) -> Result:
    db.session.commit()
    db.session.remove()
    return app.test_cli_runner().invoke(commands.check_consistency, arguments)


def test_a_whole_installation_agrees(whole: Flask) -> None:
    done = check(whole)
    assert done.exit_code == 0, done.output
    assert "everything agrees" in done.output


def test_every_kind_that_facts_speak_of_has_a_table(app: Flask) -> None:
    # The house itself, the index, and rows of queues, which are gone when they are done.
    without = {"installation", "index", "mail", "outbox"}
    kinds = {fact.kind for fact in registry().facts.values()} - without
    assert [kind for kind in sorted(kinds) if table_of(kind) is None] == []


def test_all_pairs_of_kind_and_number_are_followed(app: Flask) -> None:
    found = {f"{table.name}.{kind.name}" for table, kind, _ in reference_columns()}
    assert found >= {
        "threads.subject_kind", "spaces.kind", "follows.kind", "submissions.kind",
        "slugs.kind", "revisions.kind", "notifications.about_kind",
    }  # fmt: skip


def lose_count(app: Flask) -> None:
    db.session.execute(update(Thread).values(post_count=7))


def forget_slug(app: Flask) -> None:
    db.session.execute(delete(Slug).where(Slug.kind == "practice"))


def slug_of_nobody(app: Flask) -> None:
    db.session.add(Slug(kind="practice", slug="mai-esistita", object_id=4_711))


def miscount_endorsements(app: Flask) -> None:
    db.session.execute(update(Practice).values(endorsement_count=7))


def miscount_reuses(app: Flask) -> None:
    db.session.execute(update(Practice).values(reuse_count=7))


def follow_nothing(app: Flask) -> None:
    member_id = db.session.scalars(select(Member.id)).first()
    db.session.add(Follow(member_id=member_id, kind="twinning", object_id=4_711, since=clock.now()))


def follow_an_unknown_kind(app: Flask) -> None:
    member_id = db.session.scalars(select(Member.id)).first()
    db.session.add(Follow(member_id=member_id, kind="unicorn", object_id=1, since=clock.now()))


def submit_nothing(app: Flask) -> None:
    remember("a key", 1, Reference("post", 4_711))


def wait_for_nobody(app: Flask) -> None:
    db.session.add(OutboxRow(event_id=an_event(), consumer="gone", due_at=clock.now()))


def be_stuck(app: Flask) -> None:
    db.session.add(
        OutboxRow(
            event_id=an_event(), consumer="mail", due_at=clock.now(), attempts=9, error="X: no"
        )
    )


def an_event() -> int:
    event = Event(
        name="ThreadOpened", kind="thread", object_id=1, at=clock.now(), changed=[],
        details={"thread_id": 1},
    )  # fmt: skip
    db.session.add(event)
    db.session.flush()
    return event.id


def lose_picture(app: Flask) -> None:
    db.session.execute(update(Member).values(avatar="0" * 32))


def leave_picture(app: Flask) -> None:
    path: Path = app.config["GEMELLA"].files_folder / "avatars" / "ff" / ("f" * 32)
    path.parent.mkdir(parents=True)
    path.write_bytes(b"")
    long_ago = time.time() - 7_200
    os.utime(path, (long_ago, long_ago))


FAULTS: tuple[tuple[Callable[[Flask], None], str], ...] = (
    (lose_count, "counters: thread:"),
    (forget_slug, "slugs: practice:"),
    (miscount_endorsements, "counters: practice:"),
    (miscount_reuses, "counters: practice:"),
    (slug_of_nobody, "references: slugs: 1 x practice:4711"),
    (follow_nothing, "references: follows: 1 x twinning:4711"),
    (follow_an_unknown_kind, "references: follows: 1 x unicorn:1"),
    (submit_nothing, "references: submissions: 1 x post:4711"),
    (wait_for_nobody, "outbox: 1 rows wait for 'gone'"),
    (be_stuck, "failed 9 times: X: no"),
    (lose_picture, "files: picture " + "0" * 32),
    (leave_picture, "files: picture " + "f" * 32),
)


def find_and_mend(app: Flask, areas: list[str]) -> None:
    """What is broken is found; once it is mended and the worker has caught up, all agrees."""
    found = check(app)
    assert found.exit_code == 1, found.output
    assert [area for area in areas if area not in found.output] == [], found.output
    assert "[can be mended]" in found.output
    mended = check(app, "--repair")
    assert mended.exit_code == 0, mended.output
    for consumer in registry().consumers.values():
        if consumer.name != CONSUMER:
            outbox.drain(consumer)
    index(app)
    again = check(app, "--repair")
    index(app)
    last = check(app)
    assert last.exit_code == 0, f"{mended.output}\n{again.output}\n{last.output}"


def test_all_at_once_is_found_and_mended(whole: Flask) -> None:
    for break_it, _area in FAULTS:
        break_it(whole)
    find_and_mend(whole, [area for _break, area in FAULTS])


@pytest.mark.soak
@pytest.mark.parametrize(("break_it", "area"), FAULTS, ids=lambda one: getattr(one, "__name__", ""))
def test_it_is_found_and_mended(whole: Flask, break_it: Callable[[Flask], None], area: str) -> None:
    break_it(whole)
    find_and_mend(whole, [area])


def test_what_a_person_must_decide_is_said_and_left(whole: Flask) -> None:
    db.session.execute(update(Thread).values(subject_kind="twinning", subject_id=4_711))
    found = check(whole, "--repair")
    assert found.exit_code == 1
    assert "references: threads: 1 x twinning:4711" in found.output
    assert "left: 1" in found.output
    assert db.session.scalars(select(Thread.subject_id)).one() == 4_711


def test_an_index_that_missed_something_is_brought_up_to_date(whole: Flask) -> None:
    """Through the outbox where an event tells of the thing, else by building all of it."""
    story = StoryFactory.make(title="Scritta senza dirlo")
    db.session.execute(update(Thread).values(title="Scritto a mano"))
    found = check(whole)
    assert found.exit_code == 1
    assert f"index: practice:{story.id} is missing in it" in found.output
    assert "is of another version in it" in found.output
    assert check(whole, "--repair").exit_code == 0
    index(whole)
    done = check(whole)
    assert done.exit_code == 0, done.output


def test_a_message_leaves_the_document_of_its_discussion_as_it_is(whole: Flask) -> None:
    db.session.execute(update(Thread).values(version=Thread.version + 1))
    assert check(whole).exit_code == 0


def test_a_ghost_in_the_index_goes(whole: Flask) -> None:
    ghost = db.session.scalars(select(Practice.id)).one()
    db.session.execute(update(Practice).values(state="removed"))
    found = check(whole)
    assert f"index: practice:{ghost} is in it, and nobody may find it" in found.output
    check(whole, "--repair")
    index(whole)
    assert check(whole).exit_code == 0


def test_an_index_that_is_not_there_is_said(app: Flask) -> None:
    done = check(app)
    assert done.exit_code == 1
    assert "index: it cannot be read" in done.output


def test_what_waits_for_the_worker_is_no_disagreement(whole: Flask) -> None:
    thread = db.session.scalars(select(Thread)).one()
    thread.title = "Cambiato un attimo fa"
    event = Event(
        name="ThreadChanged", kind="thread", object_id=thread.id, at=clock.now(),
        changed=["title"], details={"thread_id": thread.id},
    )  # fmt: skip
    db.session.add(event)
    db.session.flush()
    db.session.add(OutboxRow(event_id=event.id, consumer=CONSUMER, due_at=clock.now()))
    done = check(whole)
    assert done.exit_code == 0, done.output


def test_mending_makes_kept_pages_old(whole: Flask) -> None:
    before = db.session.scalar(select(func.max(Event.id))) or 0
    lose_count(whole)
    check(whole, "--repair")
    assert (db.session.scalar(select(func.max(Event.id))) or 0) > before


@pytest.mark.database("sqlite")
def test_a_broken_key_is_found(whole: Flask) -> None:
    with db.engine.connect() as connection:
        connection.connection.driver_connection.execute("PRAGMA foreign_keys = OFF")  # type: ignore[union-attr]
        connection.execute(text("UPDATE posts SET thread_id = 4711"))
        connection.commit()
        connection.connection.driver_connection.execute("PRAGMA foreign_keys = ON")  # type: ignore[union-attr]
    done = check(whole)
    assert done.exit_code == 1
    assert "of posts names a row of threads that is not there" in done.output


def test_the_searcher_is_asked_and_not_believed_blindly(whole: Flask) -> None:
    """The index alone says what it holds: an empty expectation makes all of it ghosts."""
    with transaction():
        differences = Searcher(whole.config["GEMELLA"].index_folder).check(())
    assert differences.ghosts
