"""The moderators' list: what waits, for whom, and its two answers."""

from __future__ import annotations

import pytest
from flask import Flask

from core import clock
from core.actor import Role
from core.counting import counted
from core.database import db
from forum.models import Post, PostState, Thread, ThreadState
from members.models import AffiliationState, Member
from members.queries import actor_for
from moderation import queries
from spaces.models import Space, SpaceGrant
from tests.factories.forum import PostFactory, ThreadFactory
from tests.factories.members import AffiliationFactory, MemberFactory, member_with
from tests.factories.organisations import OrganisationFactory
from tests.visitor import Visitor, parse, text_of


@pytest.fixture
def newcomer(app: Flask) -> Member:
    return MemberFactory.make(first_name="Lucia", last_name="Ferrante")


@pytest.fixture
def held(newcomer: Member) -> Post:
    return PostFactory.make(
        thread=ThreadFactory.make(title="Accordo di area"),
        author=newcomer,
        html="<p>Come avete <em>coinvolto</em> le imprese?</p>",
        state=PostState.HELD,
        held_because="unverified",
    )


@pytest.fixture
def moderator(app: Flask) -> Member:
    return member_with(Role.MODERATOR)


@pytest.fixture
def moderating(app: Flask, moderator: Member) -> Visitor:
    browser = Visitor(app)
    browser.sign_in(moderator.email)
    return browser


def test_the_list_is_for_moderators_and_administrators(app: Flask, visitor: Visitor) -> None:
    assert visitor.get("/moderazione").status_code == 302
    for role in (None, *Role):
        browser = Visitor(app)
        browser.sign_in((member_with(role) if role else member_with()).email)
        keeps = role in (Role.MODERATOR, Role.ADMINISTRATOR)
        assert browser.get("/moderazione").status_code == (200 if keeps else 403)


def test_an_empty_list_says_so(moderating: Visitor) -> None:
    assert "Nessuno aspetta una decisione" in text_of(moderating.get("/moderazione"))


def test_an_item_comes_with_what_helps_to_decide(
    moderating: Visitor, held: Post, newcomer: Member
) -> None:
    AffiliationFactory.make(
        member=newcomer,
        organisation=OrganisationFactory.make(name="Regione Puglia"),
        state=AffiliationState.REQUESTED,
    )
    page = moderating.page("/moderazione")
    words = " ".join(page.text_content().split())
    for part in (
        "1 elemento da decidere.",
        "Messaggio n. 1 in «Accordo di area»",
        "Lucia Ferrante · Iscrizione del 1 gennaio 2026 · appartenenza richiesta: Regione Puglia",
        "Come avete coinvolto le imprese?",
        "Nessun ente ha ancora confermato chi scrive.",
        "dal 1 gennaio 2026, 13:01",
    ):
        assert part in words
    links = [a.get("href") for a in page.xpath("//article//a")]
    assert f"/discussioni/{held.thread_id}#m1" in links
    assert f"/iscritti/{newcomer.slug}" in links
    assert page.xpath("//article//em")


def test_publishing(moderating: Visitor, held: Post, visitor: Visitor) -> None:
    path = f"/moderazione/post/{held.id}/pubblica"
    page = text_of(moderating.submit("/moderazione", action=path))
    assert "Nessuno aspetta una decisione" in page
    seen = text_of(visitor.get(f"/discussioni/{held.thread_id}"))
    assert "Come avete coinvolto le imprese?" in seen
    assert "1 messaggio" in seen
    assert "1 partecipante" in seen
    assert moderating.get(f"/moderazione/post/{held.id}/respingi").status_code == 404


def test_refusing_needs_a_reason(moderating: Visitor, held: Post, visitor: Visitor) -> None:
    path = f"/moderazione/post/{held.id}/respingi"
    answer = moderating.submit("/moderazione", {"reason": "  "}, action=path)
    assert answer.status_code == 422
    page = parse(answer)
    assert page.get_element_by_id("reason-error").text_content()
    assert "Come avete coinvolto le imprese?" in page.text_content()
    answer = moderating.submit(path, {"reason": "n" * 1001}, action=path)
    assert answer.status_code == 422
    assert "n" * 1001 in parse(answer).get_element_by_id("reason").text
    moderating.submit(path, {"reason": "È pubblicità"}, action=path)
    db.session.refresh(held)
    assert (held.state, held.decision_reason) == (PostState.HIDDEN, "È pubblicità")
    assert "coinvolto" not in text_of(visitor.get(f"/discussioni/{held.thread_id}"))


@pytest.mark.parametrize("path", ["post/999/respingi", "boh/1/respingi", "thread/1/respingi"])
def test_unknown_items_are_404(path: str, moderating: Visitor) -> None:
    assert moderating.get(f"/moderazione/{path}").status_code == 404


def test_nobody_else_decides(app: Flask, held: Post, visitor: Visitor) -> None:
    browser = Visitor(app)
    browser.sign_in(member_with(Role.EDITOR).email)
    for word in ("pubblica", "respingi"):
        path = f"/moderazione/post/{held.id}/{word}"
        assert browser.post(path, {"reason": "x"}).status_code == 400
        assert visitor.post(path, {"reason": "x"}).status_code == 400
    assert browser.get(f"/moderazione/post/{held.id}/respingi").status_code == 403
    db.session.refresh(held)
    assert held.state is PostState.HELD


def test_private_places_are_private_for_moderators_too(
    moderating: Visitor, moderator: Member, newcomer: Member
) -> None:
    space = Space(kind="test", object_id=1, title="Riservato", created_at=clock.now())
    db.session.add(space)
    db.session.flush()
    post = PostFactory.make(
        thread=ThreadFactory.make(title="Bozza", space_id=space.id),
        author=newcomer,
        state=PostState.HELD,
    )
    path = f"/moderazione/post/{post.id}/respingi"
    assert "Bozza" not in text_of(moderating.get("/moderazione"))
    assert moderating.get(path).status_code == 404
    assert counted(queries.waiting_counted(actor_for(moderator.id))) == 0
    db.session.add(SpaceGrant(space_id=space.id, member_id=moderator.id, from_at=space.created_at))
    db.session.commit()
    assert "Bozza" in text_of(moderating.get("/moderazione"))
    assert moderating.get(path).status_code == 200
    assert counted(queries.waiting_counted(actor_for(moderator.id))) == 1


def test_what_waits_is_counted_for_those_who_decide(held: Post, newcomer: Member) -> None:
    assert counted(queries.waiting_counted(actor_for(newcomer.id))) == 0
    assert counted(queries.waiting_counted(actor_for(member_with(Role.EDITOR).id))) == 0
    assert counted(queries.waiting_counted(actor_for(member_with(Role.ADMINISTRATOR).id))) == 1


def test_a_moderator_finds_the_decisions_in_the_own_space(moderating: Visitor, held: Post) -> None:
    page = moderating.page("/il-mio-spazio")
    assert "/moderazione" in [a.get("href") for a in page.xpath("//main//a")]


def test_a_new_discussion_is_shown_as_one(moderating: Visitor, newcomer: Member) -> None:
    thread: Thread = ThreadFactory.make(title="Carta famiglia", state=ThreadState.HELD)
    post = PostFactory.make(thread=thread, author=newcomer, state=PostState.HELD)
    assert "Nuova discussione: «Carta famiglia»" in text_of(moderating.get("/moderazione"))
    moderating.submit("/moderazione", action=f"/moderazione/post/{post.id}/pubblica")
    db.session.refresh(thread)
    assert thread.state is ThreadState.OPEN


def test_queries_do_not_grow_with_the_list(
    moderating: Visitor, held: Post, newcomer: Member, count_queries: object
) -> None:
    moderating.get("/moderazione")
    with count_queries() as few:  # type: ignore[operator]
        moderating.get("/moderazione")
    for _ in range(10):
        PostFactory.make(
            thread=ThreadFactory.make(), author=MemberFactory.make(), state=PostState.HELD
        )
    with count_queries() as many:  # type: ignore[operator]
        moderating.get("/moderazione")
    assert len(many) == len(few) <= 10, many
