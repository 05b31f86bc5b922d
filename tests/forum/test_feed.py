"""The feed of a discussion: every message once, over as many pages as it takes, and no other."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import AbstractContextManager

import feedparser
import pytest

from core.database import db
from forum.models import PostState, ThreadState
from forum.queries import feed as feeds
from tests.factories.forum import PostFactory, ThreadFactory
from tests.factories.members import MemberFactory
from tests.factories.twinning import TwinningFactory
from tests.visitor import Visitor
from twinning.models import TwinningState


def numbers(visitor: Visitor, path: str) -> list[int]:
    """The numbers of all messages that the feed tells of, page after page."""
    found: list[int] = []
    address: str | None = path
    while address:
        answer = visitor.get(address)
        assert answer.status_code == 200
        read = feedparser.parse(answer.data)
        assert not read.bozo
        found += [int(re.search(r"#m(\d+)$", one.link)[1]) for one in read.entries]  # type: ignore[index]
        following = [link.href for link in read.feed.links if link.rel == "next"]
        address = following[0].removeprefix("http://localhost") if following else None
    return found


def test_every_message_is_told_once(visitor: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feeds, "FEED_PAGE", 3)
    thread = ThreadFactory.make()
    posts = [PostFactory.make(thread=thread) for _ in range(8)]
    posts[4].state = PostState.HELD
    posts[5].state = PostState.REMOVED
    db.session.commit()
    told = numbers(visitor, f"/discussioni/{thread.id}/feed")
    assert told == [post.number for post in reversed(posts) if post.state is PostState.VISIBLE]


def test_a_lost_message_is_noticed(visitor: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    """Twin: a feed that forgets that it has more."""
    thread = ThreadFactory.make()
    for _ in range(4):
        PostFactory.make(thread=thread)
    monkeypatch.setattr(feeds, "FEED_PAGE", 3)
    whole = numbers(visitor, f"/discussioni/{thread.id}/feed")
    monkeypatch.setattr("forum.views.feeds.atom", _without_next)
    assert len(numbers(visitor, f"/discussioni/{thread.id}/feed")) < len(whole) == 4


def _without_next(**values: object) -> object:
    from core.feeds import atom

    return atom(**{**values, "earlier": None})  # type: ignore[arg-type]


def test_it_says_who_wrote_what(visitor: Visitor) -> None:
    author = MemberFactory.make()
    post = PostFactory.make(
        text="Una parola &lt;script&gt;alert(1)&lt;/script&gt;",
        thread=ThreadFactory.make(),
        author_id=author.id,
    )
    entry = feedparser.parse(visitor.get(f"/discussioni/{post.thread_id}/feed").data).entries[0]
    assert entry.author == author.name
    assert entry.summary == "<p>Una parola &lt;script&gt;alert(1)&lt;/script&gt;</p>"


def test_what_visitors_may_not_read_has_none(visitor: Visitor) -> None:
    draft = TwinningFactory.make(state=TwinningState.DRAFT)
    hidden = [
        ThreadFactory.make(state=ThreadState.HELD),
        ThreadFactory.make(subject_kind="twinning", subject_id=draft.id),
    ]
    for thread in hidden:
        PostFactory.make(thread=thread)
        assert visitor.get(f"/discussioni/{thread.id}/feed").status_code == 404
    assert visitor.get("/discussioni/999999/feed").status_code == 404
    thread = ThreadFactory.make()
    assert visitor.get(f"/discussioni/{thread.id}/feed?prima=x").status_code == 400


def test_its_page_leads_to_it(visitor: Visitor) -> None:
    thread = ThreadFactory.make()
    assert f'href="/discussioni/{thread.id}/feed"' in visitor.get(f"/discussioni/{thread.id}").text


def test_it_costs_the_same_however_long(
    visitor: Visitor, count_queries: Callable[[], AbstractContextManager[list[str]]]
) -> None:
    costs = []
    for length in (1, 30):
        thread = ThreadFactory.make()
        for _ in range(length):
            PostFactory.make(thread=thread)
        visitor.get(f"/discussioni/{thread.id}/feed")
        with count_queries() as statements:
            visitor.get(f"/discussioni/{thread.id}/feed")
        costs.append(len(statements))
    assert costs[0] == costs[1] <= 4
