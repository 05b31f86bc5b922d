"""What the services refuse and announce, and counters that stay right under real concurrency."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from core.actor import SYSTEM, VISITOR, Actor, Role
from core.database import db
from core.domain import Forbidden, Refused
from core.events import Event
from core.references import Reference
from core.registry import registry
from core.text import Rendered
from core.versions import Conflict
from forum import queries, services
from forum.models import Post, PostState, Thread, ThreadState
from members.models import Member
from members.queries import actor_for
from organisations.models import Organisation
from tests.factories.forum import PostFactory, ThreadFactory
from tests.factories.members import MemberFactory, member_with
from tests.factories.organisations import OrganisationFactory
from tests.factories.practices import StoryFactory

NO_TEXT = Rendered("", "")


def words(text: str = "Una riga.") -> Rendered:
    return Rendered(text, f"<p>{text}</p>")


def announced() -> list[str]:
    return list(db.session.scalars(select(Event.name).order_by(Event.id)))


@pytest.fixture
def trusted(verified: Member) -> Actor:
    return actor_for(verified.id)


@pytest.fixture
def newcomer(registered: Member) -> Actor:
    return actor_for(registered.id)


@pytest.fixture
def keeper(moderator: Member) -> Actor:
    return actor_for(moderator.id)


@pytest.fixture(autouse=True)
def _in_a_request(app: Flask) -> Any:
    with app.test_request_context():
        yield


def test_the_house_opens_a_thread_with_an_introduction(app: Flask) -> None:
    thread = services.open_thread(
        title="  TrePu:\n rafforzamento ",
        introduction=words("Partecipa anche tu."),
        subject=Reference("twinning", 7),
        space_id=None,
        by=SYSTEM,
    )
    assert thread.title == "TrePu: rafforzamento"
    assert (thread.post_count, thread.participant_count) == (0, 0)
    assert thread.author_id is None
    assert announced() == ["ThreadOpened"]


@pytest.mark.parametrize("title", ["", "  ", "x" * 201])
def test_a_title_has_a_length(title: str) -> None:
    with pytest.raises(Refused):
        services.open_thread(
            title=title, introduction=NO_TEXT, subject=None, space_id=None, by=SYSTEM
        )


def test_introductions_are_for_those_who_are_not_read_first(newcomer: Actor) -> None:
    for by in (newcomer, VISITOR):
        with pytest.raises(Forbidden):
            services.open_thread(
                title="Sì", introduction=words(), subject=None, space_id=None, by=by
            )


def test_threads_on_a_thing_come_with_their_lines(
    thread: Thread, verified: Member, trusted: Actor
) -> None:
    thing = Reference("practice", 4)
    assert queries.threads_on(thing, trusted, 5) == []
    post = services.add_post(thread_id=thread.id, text=words(), by=trusted)
    (line,) = queries.recent_threads(5, VISITOR)
    assert (line.id, line.post_count, line.participant_count) == (thread.id, 1, 1)
    assert line.last_at == post.created_at
    assert line.url == f"/discussioni/{thread.id}"
    counts = queries.counts(VISITOR)
    assert (counts.threads, counts.posts) == (1, 1)


def test_what_a_reply_announces(thread: Thread, trusted: Actor, newcomer: Actor) -> None:
    services.add_post(thread_id=thread.id, text=words(), by=trusted)
    services.add_post(thread_id=thread.id, text=words(), by=newcomer)
    assert announced() == ["PostPublished", "PostHeld"]


def test_nobody_is_told_of_what_waits(newcomer: Actor) -> None:
    services.start_thread(title="Ciao", text=words(), subject=None, by=newcomer)
    assert announced() == ["PostHeld"]


def test_clearing_opens_the_thread_and_tells_once(
    newcomer: Actor, trusted: Actor, keeper: Actor
) -> None:
    thread = services.start_thread(title="Ciao", text=words(), subject=None, by=newcomer)
    post = db.session.scalars(select(Post)).one()
    with pytest.raises(Forbidden):
        services.clear_post(post_id=post.id, by=newcomer)
    with pytest.raises(Refused):
        services.add_post(thread_id=thread.id, text=words(), by=trusted)
    services.clear_post(post_id=post.id, by=keeper)
    assert thread.state is ThreadState.OPEN
    assert (thread.post_count, thread.participant_count) == (1, 1)
    assert announced() == ["PostHeld", "ThreadOpened", "PostPublished"]
    with pytest.raises(Refused):
        services.clear_post(post_id=post.id, by=keeper)
    services.hide_post(post_id=post.id, reason="Fuori tema", by=keeper)
    assert (thread.post_count, thread.participant_count) == (0, 0)
    services.clear_post(post_id=post.id, by=keeper)
    assert announced()[3:] == ["PostHidden", "MeasureTaken", "PostRestored", "MeasureLifted"]


def test_refusing_needs_a_reason_and_something_held(
    thread: Thread, newcomer: Actor, trusted: Actor, keeper: Actor
) -> None:
    held = services.add_post(thread_id=thread.id, text=words(), by=newcomer)
    with pytest.raises(Refused):
        services.refuse_post(post_id=held.id, reason="  ", by=keeper)
    with pytest.raises(Refused):
        services.hide_post(post_id=held.id, reason="no", by=keeper)
    with pytest.raises(Forbidden):
        services.refuse_post(post_id=held.id, reason="no", by=newcomer)
    services.refuse_post(post_id=held.id, reason="Pubblicità", by=keeper)
    db.session.refresh(held)
    assert (held.state, held.decision_reason) == (PostState.HIDDEN, "Pubblicità")
    assert thread.post_count == 0
    event = db.session.scalars(select(Event).where(Event.name == "PostRefused")).one()
    assert event.reason == "Pubblicità"
    shown = services.add_post(thread_id=thread.id, text=words(), by=trusted)
    with pytest.raises(Refused):
        services.refuse_post(post_id=shown.id, reason="no", by=keeper)


def test_nobody_speaks_for_a_body_that_did_not_accept(thread: Thread, trusted: Actor) -> None:
    other = OrganisationFactory.make()
    with pytest.raises(Forbidden):
        services.add_post(thread_id=thread.id, text=words(), by=trusted, on_behalf_of_id=other.id)
    with pytest.raises(Forbidden):
        services.start_thread(
            title="Sì", text=words(), subject=None, by=trusted, on_behalf_of_id=other.id
        )
    assert db.session.scalar(select(func.count()).select_from(Thread)) == 1


def test_visitors_and_empty_texts_are_refused(thread: Thread, trusted: Actor) -> None:
    with pytest.raises(Forbidden):
        services.add_post(thread_id=thread.id, text=words(), by=VISITOR)
    with pytest.raises(Forbidden):
        services.start_thread(title="Sì", text=words(), subject=None, by=VISITOR)
    with pytest.raises(Refused):
        services.add_post(thread_id=thread.id, text=NO_TEXT, by=trusted)
    with pytest.raises(Refused):
        services.add_post(thread_id=999, text=words(), by=trusted)


def test_closing_is_for_the_opener_if_confirmed_and_for_moderators(
    thread: Thread, verified: Member, trusted: Actor, keeper: Actor, body: Organisation
) -> None:
    with pytest.raises(Forbidden):
        services.close_thread(thread_id=thread.id, by=trusted)
    thread.author_id = verified.id
    db.session.commit()
    with pytest.raises(Forbidden):
        services.close_thread(thread_id=thread.id, by=Actor(member_id=verified.id))
    services.close_thread(thread_id=thread.id, by=trusted, on_behalf_of_id=body.id)
    assert thread.state is ThreadState.CLOSED
    assert (thread.closed_by_id, thread.closed_for_id) == (verified.id, body.id)
    with pytest.raises(Refused):
        services.close_thread(thread_id=thread.id, by=keeper)
    with pytest.raises(Refused):
        services.add_post(thread_id=thread.id, text=words(), by=trusted)
    services.reopen_thread(thread_id=thread.id, by=keeper)
    assert thread.closed_at is None
    assert announced() == ["ThreadClosed", "ThreadReopened"]


def test_who_coordinates_the_subject_closes(
    thread: Thread, trusted: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    story = StoryFactory.make()
    thread.subject_kind, thread.subject_id = "practice", story.id
    db.session.commit()
    known = registry().subjects
    steward = replace(
        known["practice"], is_steward=lambda number, actor: number == story.id and actor == trusted
    )
    monkeypatch.setitem(known, "practice", steward)
    services.close_thread(thread_id=thread.id, by=trusted)
    services.reopen_thread(thread_id=thread.id, by=trusted)
    services.retitle_thread(
        thread_id=thread.id, title="Meglio", seen_title=thread.title, by=trusted
    )
    other = actor_for(member_with(of=OrganisationFactory.make()).id)
    with pytest.raises(Forbidden):
        services.close_thread(thread_id=thread.id, by=other)


def test_a_title_is_not_overwritten_unseen(thread: Thread, keeper: Actor) -> None:
    with pytest.raises(Conflict):
        services.retitle_thread(thread_id=thread.id, title="Nuovo", seen_title="Mai", by=keeper)
    services.retitle_thread(thread_id=thread.id, title="Nuovo", seen_title=thread.title, by=keeper)
    assert (thread.title, thread.version) == ("Nuovo", 2)


def test_an_edit_of_an_old_version_is_a_conflict(thread: Thread, trusted: Actor) -> None:
    post = services.add_post(thread_id=thread.id, text=words(), by=trusted)
    services.edit_post(post_id=post.id, text=words("Due."), version=1, by=trusted)
    with pytest.raises(Conflict):
        services.edit_post(post_id=post.id, text=words("Tre."), version=1, by=trusted)
    assert post.text == "Due."


def test_a_closed_thread_is_not_rewritten(thread: Thread, trusted: Actor, keeper: Actor) -> None:
    post = services.add_post(thread_id=thread.id, text=words(), by=trusted)
    services.close_thread(thread_id=thread.id, by=keeper)
    with pytest.raises(Refused):
        services.edit_post(post_id=post.id, text=words("Due."), version=1, by=trusted)


def test_counters_speak_of_visible_messages_only(
    thread: Thread, trusted: Actor, newcomer: Actor, keeper: Actor
) -> None:
    first = services.add_post(thread_id=thread.id, text=words(), by=trusted)
    services.add_post(thread_id=thread.id, text=words(), by=trusted)
    held = services.add_post(thread_id=thread.id, text=words(), by=newcomer)
    assert (thread.post_count, thread.participant_count, thread.version) == (2, 1, 3)
    services.clear_post(post_id=held.id, by=keeper)
    assert (thread.post_count, thread.participant_count, thread.version) == (3, 2, 4)
    assert thread.last_at == db.session.get_one(Post, held.id).published_at
    services.remove_post(post_id=first.id, by=trusted)
    assert (thread.post_count, thread.participant_count, thread.version) == (2, 2, 5)


def test_counters_and_numbers_are_right_under_concurrency(
    app: Flask, thread: Thread, body: Organisation
) -> None:
    """Six writers at once, some of them held, one key twice: nothing is lost, nothing doubles."""
    members = [member_with(of=body) for _ in range(3)] + [MemberFactory.make()]
    writers = [(actor_for(m.id), f"{m.id}-{turn}") for m in members for turn in range(5)]
    writers += [(actor_for(members[0].id), f"{members[0].id}-0")] * 3
    barrier = threading.Barrier(6)
    failures: list[BaseException] = []

    def write(share: list[tuple[Actor, str]]) -> None:
        try:
            barrier.wait()
            for by, key in share:
                with app.app_context():
                    services.add_post(
                        thread_id=thread.id, text=words(key), by=by, submission_key=key
                    )
        except BaseException as error:  # noqa: BLE001 - a thread's failure must reach the test
            failures.append(error)

    shares = [writers[number::6] for number in range(6)]
    threads = [threading.Thread(target=write, args=(share,)) for share in shares]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert failures == []
    db.session.rollback()
    written = list(db.session.scalars(select(Post).order_by(Post.number)))
    assert [post.number for post in written] == list(range(1, 21))
    assert len({post.text for post in written}) == 20
    db.session.refresh(thread)
    assert (thread.post_count, thread.participant_count) == (15, 3)
    assert thread.version == 1 + 15
    assert thread.last_at == max(p.published_at for p in written if p.published_at)


def test_the_factory_counts_as_the_services_do(thread: Thread) -> None:
    author = MemberFactory.make()
    for _ in range(3):
        PostFactory.make(thread=thread, author=author)
    assert (thread.post_count, thread.participant_count) == (3, 1)
    assert ThreadFactory.make().post_count == 0


@pytest.mark.parametrize("role", list(Role))
def test_only_moderators_and_administrators_take_threads_away(thread: Thread, role: Role) -> None:
    by = actor_for(member_with(role).id)
    if role in (Role.MODERATOR, Role.ADMINISTRATOR):
        services.hide_thread(thread_id=thread.id, reason="Doppia", by=by)
        assert thread.state is ThreadState.HIDDEN
        with pytest.raises(Refused):
            services.add_post(thread_id=thread.id, text=words(), by=by)
    else:
        with pytest.raises(Forbidden):
            services.hide_thread(thread_id=thread.id, reason="Doppia", by=by)
