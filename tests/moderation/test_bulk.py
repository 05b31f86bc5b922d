"""Deciding about many things at once, what spam looks like in the list, and profiles to be read."""

from __future__ import annotations

from dataclasses import replace

import pytest
from flask import Flask
from sqlalchemy import select

from core import clock
from core.actor import Role
from core.counting import counted
from core.database import db
from core.references import Reference
from core.text import Rendered
from forum import queries as forum_queries
from forum import services as forum
from forum.models import Post, PostState, Thread, ThreadState
from members.models import Member, MemberState
from members.queries import actor_for
from moderation import queries, services
from moderation.models import Measure, MeasureSort, ReportReason, Screening
from moderation.rules import Deed, ForAuthors, Picked
from tests.factories.forum import PostFactory, ThreadFactory
from tests.factories.members import MemberFactory, member_with
from tests.factories.organisations import OrganisationFactory
from tests.factories.twinning import SpaceFactory
from tests.visitor import Visitor, parse, text_of

SPAM = "Prestiti immediati! " + "https://soldi.example/a " * 4


def words(source: str) -> Rendered:
    return Rendered(source, f"<p>{source}</p>")


@pytest.fixture
def newcomer(app: Flask) -> Member:
    return MemberFactory.make(first_name="Lucia", last_name="Ferrante")


@pytest.fixture
def official(app: Flask) -> Member:
    return member_with(of=OrganisationFactory.make())


@pytest.fixture
def moderator(app: Flask) -> Member:
    return member_with(Role.MODERATOR)


@pytest.fixture
def moderating(app: Flask, moderator: Member) -> Visitor:
    browser = Visitor(app)
    browser.sign_in(moderator.email)
    return browser


def held(author: Member, count: int = 1, **values: object) -> list[Post]:
    return [
        PostFactory.make(thread=ThreadFactory.make(), author=author, state=PostState.HELD, **values)
        for _ in range(count)
    ]


def write(by: Member, text: str, thread: Thread | None = None) -> Post:
    place = thread or ThreadFactory.make()
    return forum.add_post(thread_id=place.id, text=words(text), by=actor_for(by.id))


def state_of(post: Post) -> PostState:
    db.session.refresh(post)
    return post.state


def test_what_was_ticked_is_decided_with_one_form(
    moderating: Visitor, newcomer: Member, visitor: Visitor
) -> None:
    first, second, third = held(newcomer, 3)
    codes = [f"held:post-{post.id}" for post in (first, second)]
    page = moderating.page("/moderazione?scegli=tutti")
    boxes = page.xpath("//input[@name='picked']")
    assert {box.get("form") for box in boxes} == {"insieme"}
    assert all(box.get("checked") is not None for box in boxes)
    assert not moderating.page("/moderazione").xpath("//input[@name='picked'][@checked]")
    done = moderating.submit(
        "/moderazione", {"picked": codes, "deed": "leave"}, action="/moderazione"
    )
    assert "2 elementi decisi." in text_of(done)
    assert [state_of(post) for post in (first, second, third)] == [
        PostState.VISIBLE, PostState.VISIBLE, PostState.HELD,
    ]  # fmt: skip


def test_what_is_refused_needs_a_reason_and_nothing_typed_is_lost(
    moderating: Visitor, newcomer: Member
) -> None:
    (post,) = held(newcomer)
    code = f"held:post-{post.id}"
    answer = moderating.submit(
        "/moderazione",
        {"picked": code, "deed": "hide", "for_authors": "7"},
        action="/moderazione",
    )
    assert answer.status_code == 422
    page = parse(answer)
    assert page.get_element_by_id("reason-error").text_content()
    assert page.xpath(f"//input[@value='{code}'][@checked]")
    assert page.xpath("//select[@name='for_authors']/option[@selected]/@value") == ["7"]
    nothing = moderating.submit("/moderazione", {"deed": "leave"}, action="/moderazione")
    assert nothing.status_code == 422
    assert parse(nothing).get_element_by_id("picked-error").text_content()
    for nonsense in ("held:post-x", "boh:post-1", "post", "held:post-99999999999999999999"):
        odd = moderating.submit(
            "/moderazione", {"picked": nonsense, "deed": "leave"}, action="/moderazione"
        )
        assert odd.status_code == 422, nonsense
    assert state_of(post) is PostState.HELD


def test_hiding_many_suspends_each_author_once(
    app: Flask, moderating: Visitor, newcomer: Member
) -> None:
    posts = held(newcomer, 3)
    codes = [f"held:post-{post.id}" for post in posts]
    browser = Visitor(app)
    browser.sign_in(newcomer.email)
    done = moderating.submit(
        "/moderazione",
        {"picked": codes, "deed": "hide", "reason": "È pubblicità.", "for_authors": "7"},
        action="/moderazione",
    )
    assert "3 elementi decisi." in text_of(done)
    assert "1 autore ha ricevuto il provvedimento." in text_of(done)
    assert {state_of(post) for post in posts} == {PostState.HIDDEN}
    db.session.refresh(newcomer)
    assert newcomer.state is MemberState.SUSPENDED
    assert newcomer.suspended_until is not None
    assert browser.get("/il-mio-spazio").status_code == 302
    sorts = [one.sort for one in db.session.scalars(select(Measure).order_by(Measure.id))]
    assert sorts == [MeasureSort.REFUSED] * 3 + [MeasureSort.SUSPENDED]


def test_each_thing_is_judged_alone_and_partial_success_is_told(
    moderating: Visitor, moderator: Member, newcomer: Member, official: Member
) -> None:
    """One was decided meanwhile, one stands where the moderator may not enter, one is reported."""
    mine, gone = held(newcomer, 2)
    thread = ThreadFactory.make(space_id=SpaceFactory.make(object_id=1).id)
    private = PostFactory.make(thread=thread, author=newcomer, state=PostState.HELD)
    reported = PostFactory.make(thread=ThreadFactory.make(), author_id=official.id)
    services.file_report(
        reference=Reference("post", reported.id), reason=ReportReason.SPAM, text="",
        network="192.0.2.1", by=actor_for(newcomer.id),
    )  # fmt: skip
    forum.clear_post(post_id=gone.id, by=actor_for(moderator.id))
    codes = [f"held:post-{post.id}" for post in (mine, gone, private)]
    codes.append(f"reported:post-{reported.id}")
    done = text_of(
        moderating.submit(
            "/moderazione",
            {"picked": codes, "deed": "hide", "reason": "Fuori tema"},
            action="/moderazione",
        )
    )
    assert "2 elementi decisi." in done
    assert "2 elementi sono rimasti com’erano: qualcuno ha già deciso." in done
    assert [state_of(post) for post in (mine, gone, private, reported)] == [
        PostState.HIDDEN, PostState.VISIBLE, PostState.HELD, PostState.HIDDEN,
    ]  # fmt: skip


def test_who_does_not_moderate_decides_nothing(newcomer: Member) -> None:
    (post,) = held(newcomer)
    picked = [Picked(Reference("post", post.id), is_reported=False)]
    for role in (Role.EDITOR, Role.COORDINATOR, Role.EVALUATOR):
        with pytest.raises(Exception, match="forbidden"):
            services.decide_many(
                picked=picked, deed=Deed.LEAVE, reason="", for_authors=ForAuthors(),
                by=actor_for(member_with(role).id),
            )  # fmt: skip
    assert state_of(post) is PostState.HELD


def test_spam_waits_whoever_wrote_it_and_the_sum_is_shown(
    moderating: Visitor, official: Member, visitor: Visitor
) -> None:
    calm = write(official, "Buongiorno, https://www.provincia.tn.it/atti è il collegamento.")
    spam = write(official, SPAM)
    assert (calm.state, spam.state) == (PostState.VISIBLE, PostState.HELD)
    assert spam.held_because == "suspicious"
    words_of_page = text_of(moderating.get("/moderazione"))
    assert "Sospetto di pubblicità: 65 punti" in words_of_page
    assert "+25 parole da pubblicità: prestiti immediati" in words_of_page
    assert visitor.get(f"/discussioni/{spam.thread_id}").status_code == 200, "reading goes on"
    opened = forum.start_thread(
        title="Offerta", text=words(SPAM), subject=None, by=actor_for(official.id)
    )
    assert opened.state is ThreadState.HELD


def test_an_edit_cannot_smuggle_spam_in(official: Member) -> None:
    post = write(official, "Buongiorno a tutti, ecco la nostra esperienza con i distretti.")
    forum.edit_post(post_id=post.id, text=words(SPAM), version=None, by=actor_for(official.id))
    assert state_of(post) is PostState.HELD
    kept = db.session.scalars(select(Screening).where(Screening.object_id == post.id)).one()
    assert kept.score >= 60


def test_the_same_text_again_and_again_is_known(official: Member) -> None:
    text = "Venite tutti al convegno di sabato, iscrizioni aperte fino a venerdì sera"
    found = [write(official, text).state for _ in range(4)]
    assert found == [PostState.VISIBLE] * 3 + [PostState.HELD]


def test_nothing_waits_for_its_words_where_no_moderator_may_enter(official: Member) -> None:
    space = SpaceFactory.make(object_id=1)
    actor = replace(actor_for(official.id), space_ids=frozenset({space.id}))
    thread = ThreadFactory.make(space_id=space.id)
    post = forum.add_post(thread_id=thread.id, text=words(SPAM), by=actor)
    assert post.state is PostState.VISIBLE


def test_cleared_messages_make_a_member_trusted_and_a_measure_ends_it(
    newcomer: Member, moderator: Member
) -> None:
    by, actor = actor_for(moderator.id), actor_for(newcomer.id)
    for number in range(5):
        assert not forum_queries.is_trusted(actor)
        post = write(newcomer, f"Messaggio {number}")
        assert post.state is PostState.HELD
        forum.clear_post(post_id=post.id, by=by)
    assert forum_queries.is_trusted(actor)
    assert write(newcomer, "Ora compare subito").state is PostState.VISIBLE
    services.warn_member(member_id=newcomer.id, reason="Attenzione", by=by)
    assert not forum_queries.is_trusted(actor)


def test_a_profile_is_read_once_and_again_when_it_changes(
    moderating: Visitor, moderator: Member, official: Member
) -> None:
    member = MemberFactory.make(
        first_name="Promo", last_name="Eventi", bio="Offerte", bio_html="<p>Offerte</p>"
    )
    official.bio = "Lavoro in Regione"
    db.session.commit()
    page = text_of(moderating.get("/moderazione?mostra=profili"))
    assert "Profilo di Promo Eventi" in page
    assert "Lavoro in Regione" not in page, "a body vouches for this one"
    path = f"/moderazione/member/{member.id}"
    moderating.submit("/moderazione", action=f"{path}/pubblica")
    assert counted(queries.waiting_counted(actor_for(moderator.id))) == 0
    member.updated_at = clock.now()
    db.session.commit()
    moderating.submit(f"{path}/respingi", {"reason": "È pubblicità"}, action=f"{path}/respingi")
    db.session.refresh(member)
    assert (member.bio, member.state) == ("", MemberState.ACTIVE)
    assert db.session.scalars(select(Measure)).one().sort is MeasureSort.HIDDEN


def test_the_list_stays_within_its_budget(
    moderating: Visitor, newcomer: Member, official: Member, count_queries: object
) -> None:
    """Everything at once: held, reported of several kinds, profiles, appeals; and much of it."""

    def fill() -> None:
        held(MemberFactory.make(bio="Ciao", bio_html="<p>Ciao</p>"))
        author = MemberFactory.make()
        post = PostFactory.make(thread=ThreadFactory.make(), author_id=author.id)
        for about in (
            Reference("post", post.id),
            Reference("thread", post.thread_id),
            Reference("member", author.id),
        ):
            services.file_report(
                reference=about, reason=ReportReason.SPAM, text="",
                network=f"192.0.2.{author.id}", by=actor_for(newcomer.id),
            )  # fmt: skip

    fill()
    moderating.get("/moderazione")
    with count_queries() as few:  # type: ignore[operator]
        moderating.get("/moderazione")
    for _ in range(5):
        fill()
    with count_queries() as many:  # type: ignore[operator]
        moderating.get("/moderazione")
    assert len(many) == len(few) <= 10, many
