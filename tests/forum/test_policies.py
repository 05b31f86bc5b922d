"""Who may read what: the rule in SQL and the rule in Python say the same, over everything."""

from __future__ import annotations

from itertools import product

import pytest
from flask import Flask
from sqlalchemy import select

from core import clock, subjects
from core.actor import SYSTEM, VISITOR, Actor, Role
from core.database import db
from core.references import Reference
from forum import policies
from forum.models import Post, PostState, Thread, ThreadState
from practices.models import PracticeState
from spaces.models import Space
from tests.factories.forum import PostFactory, ThreadFactory
from tests.factories.members import MemberFactory
from tests.factories.practices import StoryFactory


def readers(author_id: int, space_id: int) -> list[Actor]:
    """Everybody who can differ: nobody, others, the author, each role; in and out of the space."""
    people = [VISITOR, SYSTEM]
    for member_id, roles, bodies, spaces in product(
        (author_id, author_id + 1_000),
        (frozenset[Role](), *(frozenset({role}) for role in Role)),
        (frozenset[int](), frozenset({3})),
        (frozenset[int](), frozenset({space_id})),
    ):
        people.append(
            Actor(member_id=member_id, roles=roles, organisation_ids=bodies, space_ids=spaces)
        )
    return people


@pytest.fixture
def everything(app: Flask) -> list[Thread]:
    """A thread for each state, in and out of a space, on nothing, a public and a private thing."""
    author = MemberFactory.make()
    space = Space(kind="test", object_id=1, title="Riservato", created_at=clock.now())
    db.session.add(space)
    db.session.commit()
    things = [None, StoryFactory.make(), StoryFactory.make(state=PracticeState.DRAFT)]
    threads = []
    for state, space_id, thing in product(ThreadState, (None, space.id), things):
        threads.append(
            ThreadFactory.make(
                state=state,
                space_id=space_id,
                author_id=author.id,
                subject_kind="practice" if thing else None,
                subject_id=thing.id if thing else None,
            )
        )
    # What it hangs on does not exist, or is of a kind that nobody knows.
    threads.append(ThreadFactory.make(subject_kind="practice", subject_id=999))
    threads.append(ThreadFactory.make(subject_kind="unknown", subject_id=1))
    threads.append(ThreadFactory.make(subject_kind="thread", subject_id=threads[0].id))
    return threads


def differences(threads: list[Thread]) -> list[tuple[Actor, int]]:
    """Where SQL and Python disagree: pairs of reader and thread."""
    found = []
    space_id = next(t.space_id for t in threads if t.space_id is not None)
    author_id = next(t.author_id for t in threads if t.author_id is not None)
    for actor in readers(author_id, space_id):
        allowed = set(db.session.scalars(select(Thread.id).where(policies.visible_to(actor))))
        for thread in threads:
            says = policies.is_visible(
                actor, thread, subject_is_visible=_subject_is_visible(thread, actor)
            )
            if says != (thread.id in allowed):
                found.append((actor, thread.id))
    return found


def _subject_is_visible(thread: Thread, actor: Actor) -> bool:
    if thread.subject_kind is None or thread.subject_id is None:
        return thread.subject_kind is None
    if thread.subject_kind in policies.NO_TOPICS:
        return False
    reference = Reference(thread.subject_kind, thread.subject_id)
    return subjects.find(reference, actor) is not None


def test_sql_and_python_agree_on_threads(app: Flask, everything: list[Thread]) -> None:
    with app.test_request_context():
        assert differences(everything) == []


def test_a_seeded_difference_is_found(
    app: Flask, everything: list[Thread], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The twin of the test above: a rule that forgets the space must not pass."""
    monkeypatch.setattr(policies.spaces, "may_enter", lambda actor, space_id: True)
    with app.test_request_context():
        assert differences(everything) != []


def post_differences(posts: list[Post], author_id: int) -> list[tuple[Actor, int]]:
    found = []
    for actor in readers(author_id, 1):
        allowed = set(db.session.scalars(select(Post.id).where(policies.post_visible_to(actor))))
        found += [
            (actor, post.id)
            for post in posts
            if policies.is_post_visible(actor, post) != (post.id in allowed)
        ]
    return found


@pytest.fixture
def all_posts(app: Flask) -> list[Post]:
    thread, author = ThreadFactory.make(), MemberFactory.make()
    return [PostFactory.make(thread=thread, author=author, state=one) for one in PostState]


def test_sql_and_python_agree_on_posts(all_posts: list[Post]) -> None:
    assert post_differences(all_posts, all_posts[0].author_id or 0) == []


def test_a_seeded_difference_in_posts_is_found(
    all_posts: list[Post], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(policies, "may_moderate", lambda actor: actor.has(Role.EDITOR))
    monkeypatch.setattr(
        policies,
        "post_visible_to",
        lambda actor: Post.state != PostState.REMOVED if actor.roles else Post.id < 0,
    )
    assert post_differences(all_posts, all_posts[0].author_id or 0) != []


def test_who_is_read_first() -> None:
    assert not policies.is_trusted(Actor(member_id=1))
    assert policies.is_trusted(Actor(member_id=1, organisation_ids=frozenset({2})))
    for role in Role:
        assert policies.is_trusted(Actor(member_id=1, roles=frozenset({role})))


def test_nobody_opens_a_thread_about_a_person_or_a_thread() -> None:
    actor = Actor(member_id=1, organisation_ids=frozenset({2}))
    assert policies.may_open_on(actor, Reference("twinning", 1))
    for kind in ("member", "thread", "post"):
        assert not policies.may_open_on(actor, Reference(kind, 1))
    assert not policies.may_open_on(VISITOR, Reference("twinning", 1))
