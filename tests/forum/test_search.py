"""What search may find of discussions: never more than the reader may open."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from core import clock
from core.actor import Role
from core.contracts import SearchDocument
from core.database import db
from core.events import announce
from core.references import Reference
from core.registry import registry
from core.text import Rendered
from core.transactions import transaction
from forum import search, services
from forum.models import Post, PostState, Thread, ThreadState
from forum.signals import PostHidden, ThreadChanged, ThreadHidden, ThreadRemoved
from members.models import Member, MemberState
from members.queries import actor_for
from members.signals import MemberRemoved, ProfileChanged
from practices.models import PracticeState
from practices.signals import StoryPublished
from search.queries.documents import affected, wants
from search.services.indexer import Indexer
from spaces.models import Space
from tests.factories.forum import PostFactory, ThreadFactory
from tests.factories.members import member_with
from tests.factories.practices import StoryFactory
from tests.forum.conftest import SignIn
from tests.opening import opened
from tests.visitor import Visitor, text_of


@pytest.fixture(autouse=True)
def _in_a_request(app: Flask) -> Iterator[None]:
    with app.test_request_context():
        yield


@pytest.fixture
def index(app: Flask) -> Iterator[Any]:
    """Bring the index up to date with what was written."""
    indexer = Indexer(app.config["GEMELLA"].index_folder)

    def work() -> None:
        while indexer.step():
            pass

    yield work
    indexer.close()


def thread_document(thread: Thread) -> SearchDocument | None:
    return next(iter(search.thread_documents([thread.id])), None)


def post_document(number: int) -> SearchDocument | None:
    return next(iter(search.post_documents([number])), None)


def test_a_thread_is_its_title_and_introduction(app: Flask) -> None:
    thread = ThreadFactory.make(title="TrePu", introduction_html="<p>Lascia <b>la tua</b>.</p>")
    document = thread_document(thread)
    assert document is not None
    assert (document.title, document.text) == ("TrePu", "Lascia la tua.")
    assert (document.audience, document.url) == ("public", f"/discussioni/{thread.id}")


def test_a_message_is_its_text_under_title_and_author(thread: Thread, verified: Member) -> None:
    for _ in range(22):
        post = PostFactory.make(thread=thread, author=verified, html="<p>Il <i>capofila</i></p>")
    document = post_document(post.id)
    assert document is not None
    assert document.title == f"{thread.title} · Giulio Fornaro"
    assert document.text == "Il capofila"
    assert document.names == "Giulio Fornaro"
    assert document.url == f"/discussioni/{thread.id}?da=22#m22"
    verified.state = MemberState.REMOVED
    db.session.commit()
    document = post_document(post.id)
    assert document is not None
    assert "Giulio" not in document.title + document.names


@pytest.mark.parametrize("state", [PostState.HELD, PostState.HIDDEN, PostState.REMOVED])
def test_what_is_not_visible_is_not_indexed(
    state: PostState, thread: Thread, verified: Member
) -> None:
    post = PostFactory.make(thread=thread, author=verified, state=state)
    assert post_document(post.id) is None
    assert post.id not in search.POSTS.ids(0, 10)


@pytest.mark.parametrize("state", [ThreadState.HELD, ThreadState.HIDDEN, ThreadState.REMOVED])
def test_nothing_of_a_thread_that_is_not_open_is_indexed(
    state: ThreadState, verified: Member
) -> None:
    thread = ThreadFactory.make(state=state)
    post = PostFactory.make(thread=thread, author=verified)
    assert thread_document(thread) is None
    assert post_document(post.id) is None
    assert search.THREADS.ids(0, 10) == []


def test_a_private_thread_belongs_to_its_space(verified: Member) -> None:
    space = Space(kind="test", object_id=1, title="Riservato", created_at=clock.now())
    db.session.add(space)
    db.session.flush()
    thread = ThreadFactory.make(space_id=space.id)
    post = PostFactory.make(thread=thread, author=verified)
    document = post_document(post.id)
    assert document is not None
    assert document.audience == f"space:{space.id}"


def test_a_thread_has_the_audience_of_what_it_hangs_on(verified: Member) -> None:
    story = StoryFactory.make(state=PracticeState.DRAFT, author_id=verified.id)
    thread = ThreadFactory.make(subject_kind="practice", subject_id=story.id)
    document = thread_document(thread)
    assert document is not None
    assert document.audience == f"owner:{verified.id}"
    story.state = PracticeState.PUBLISHED
    db.session.commit()
    document = thread_document(thread)
    assert document is not None
    assert document.audience == "public"
    for kind, number in (("practice", 999), ("unknown", 1)):
        lost = ThreadFactory.make(subject_kind=kind, subject_id=number)
        assert thread_document(lost) is None


def test_a_thread_is_never_more_public_than_what_it_hangs_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Even if the thing's own document claimed to be public while no visitor may open it."""
    story = StoryFactory.make(state=PracticeState.DRAFT)
    thread = ThreadFactory.make(subject_kind="practice", subject_id=story.id)
    known = registry().sources
    careless = replace(
        known["practice"],
        documents=lambda ids: [
            SearchDocument(
                reference=Reference("practice", story.id),
                title="x",
                text="x",
                url="/",
                audience="public",
                at=clock.now(),
            )
        ],
    )
    monkeypatch.setitem(known, "practice", careless)
    assert thread_document(thread) is None


def test_what_must_be_read_again(verified: Member) -> None:
    story = StoryFactory.make()
    thread = ThreadFactory.make(subject_kind="practice", subject_id=story.id)
    post = PostFactory.make(thread=thread, author=verified)
    here, there = Reference("thread", thread.id), Reference("post", post.id)
    whole = {here, there}
    by = verified.id
    assert {*affected([ThreadChanged(thread_id=thread.id)])} >= whole
    for fact in (ThreadRemoved, ThreadHidden):
        assert {*affected([fact(thread_id=thread.id)])} >= whole
    assert there in affected([PostHidden(post_id=post.id, thread_id=thread.id)])
    assert there in affected([MemberRemoved(member_id=by)])
    assert there in affected([ProfileChanged(member_id=by, changed=("first_name",))])
    assert there not in affected([ProfileChanged(member_id=by, changed=("bio",))])
    assert affected([StoryPublished(practice_id=story.id)]) >= whole
    assert wants(StoryPublished(practice_id=story.id), registry())


def test_readers_get_only_what_they_may_open(
    thread: Thread, verified: Member, registered: Member
) -> None:
    shown = PostFactory.make(thread=thread, author=verified)
    held = PostFactory.make(thread=thread, author=registered, state=PostState.HELD)
    ids = [shown.id, held.id, 999]
    assert opened("post", ids, actor_for(verified.id)) == {shown.id}
    assert opened("post", ids, actor_for(registered.id)) == {shown.id, held.id}
    hidden = ThreadFactory.make(state=ThreadState.HELD)
    threads = [thread.id, hidden.id]
    assert opened("thread", threads, actor_for(verified.id)) == {thread.id}
    keeper = actor_for(member_with(Role.MODERATOR).id)
    assert opened("thread", threads, keeper) == set(threads)


def test_a_held_message_is_found_once_it_is_cleared(
    app: Flask,
    thread: Thread,
    registered: Member,
    moderator: Member,
    visitor: Visitor,
    signed_in: SignIn,
    index: Any,
) -> None:
    browser = signed_in(registered)
    path = f"/discussioni/{thread.id}"
    browser.submit(path, {"text": "La conciliazione in ufficio"}, action=path)
    index()
    for reader in (visitor, browser, signed_in(moderator)):
        assert "Nessun risultato" in text_of(reader.get("/cerca?q=conciliazione"))
    waiting = db.session.scalars(select(Post.id)).one()
    services.clear_post(post_id=waiting, by=actor_for(moderator.id))
    index()
    page = text_of(visitor.get("/cerca?q=conciliazioni"))
    assert "1 risultato" in page
    services.hide_post(post_id=waiting, reason="Fuori tema", by=actor_for(moderator.id))
    assert "Nessun risultato" in text_of(visitor.get("/cerca?q=conciliazione"))
    index()
    assert "Nessun risultato" in text_of(visitor.get("/cerca?q=conciliazione"))


def test_publishing_a_story_lets_its_discussion_be_found(
    app: Flask, verified: Member, visitor: Visitor, index: Any
) -> None:
    story = StoryFactory.make(state=PracticeState.DRAFT, author_id=verified.id)
    thread = services.open_thread(
        title="Passeggini sui treni",
        introduction=Rendered("", ""),
        subject=Reference("practice", story.id),
        space_id=None,
        by=actor_for(verified.id),
    )
    index()
    assert "Nessun risultato" in text_of(visitor.get("/cerca?q=passeggini"))
    with transaction() as session:
        session.get_one(type(story), story.id).state = PracticeState.PUBLISHED
        announce(StoryPublished(practice_id=story.id))
    index()
    assert f"/discussioni/{thread.id}" in visitor.get("/cerca?q=passeggino").get_data(as_text=True)
