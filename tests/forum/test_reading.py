"""Lists and pages of discussions, as their readers open them."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
from sqlalchemy import select

from core import clock
from core.database import db
from forum.models import Post, PostState, Thread, ThreadState
from forum.rules import PAGE, page_start
from members.models import Member, MemberState
from organisations.models import Organisation
from practices.models import PracticeState
from spaces.models import Space, SpaceGrant
from tests.factories.forum import PostFactory, ThreadFactory
from tests.factories.members import MemberFactory, member_with
from tests.factories.organisations import OrganisationFactory
from tests.factories.practices import StoryFactory
from tests.forum.conftest import SignIn
from tests.visitor import Visitor, parse, text_of


def long_thread(count: int) -> Thread:
    thread = ThreadFactory.make(title="Voucher di conciliazione")
    author = MemberFactory.make()
    for number in range(1, count + 1):
        PostFactory.make(thread=thread, author=author, html=f"<p>esperienza {number}</p>")
    return thread


def shown(visitor: Visitor, path: str) -> list[int]:
    """The numbers of the messages on a page."""
    return [int(one.get("id")[1:]) for one in visitor.page(path).findall(".//article")]


def test_a_thread_with_an_introduction_alone_has_no_participants(visitor: Visitor) -> None:
    thread = ThreadFactory.make(title="TrePu", introduction_html="<p>Partecipa anche tu.</p>")
    page = text_of(visitor.get(f"/discussioni/{thread.id}"))
    for words in ("TrePu", "Partecipa anche tu.", "0 partecipanti", "0 messaggi"):
        assert words in page


def test_a_visitor_gets_no_form_no_token_and_no_cookie(visitor: Visitor, thread: Thread) -> None:
    response = visitor.get(f"/discussioni/{thread.id}")
    assert "Set-Cookie" not in response.headers
    assert "csrf_token" not in response.get_data(as_text=True)
    links = [a.get("href") for a in parse(response).xpath("//main//a")]
    assert f"/accedi?next=/discussioni/{thread.id}%23risposta" in links


def test_sign_in_leads_back_to_the_reply(
    visitor: Visitor, thread: Thread, verified: Member
) -> None:
    address = f"/accedi?next=/discussioni/{thread.id}%23risposta"
    answer = visitor.submit(
        address,
        {"email": verified.email, "password": "una frase di prova"},
        action="/accedi",
        follow=False,
    )
    assert answer.location == f"/discussioni/{thread.id}#risposta"


def test_the_list_stands_in_order_of_activity(visitor: Visitor, verified: Member) -> None:
    old = ThreadFactory.make(title="Prima")
    ThreadFactory.make(title="Seconda")
    PostFactory.make(thread=old, author=verified)
    titles = [h.text_content() for h in visitor.page("/discussioni").xpath("//main//li/h2")]
    assert titles == ["Prima", "Seconda"]
    assert "1 partecipante" in text_of(visitor.get("/discussioni"))


def test_the_list_has_pages(visitor: Visitor) -> None:
    for _ in range(45):
        ThreadFactory.make()
    seen = []
    path: str | None = "/discussioni"
    while path:
        page = visitor.page(path)
        seen += [a.get("href") for a in page.xpath("//main//li/h2/a")]
        path = next((a.get("href") for a in page.xpath("//a[@rel='next']")), None)
    assert len(seen) == len(set(seen)) == 45


def test_the_list_is_filtered_by_what_is_discussed(visitor: Visitor) -> None:
    story = StoryFactory.make(title="Sportello unico")
    ThreadFactory.make(title="Sulla storia", subject_kind="practice", subject_id=story.id)
    ThreadFactory.make(title="In generale")
    everything = text_of(visitor.get("/discussioni"))
    assert "Sulla storia" in everything
    assert "Buona pratica: Sportello unico" in everything
    assert "In generale" in everything
    general = text_of(visitor.get("/discussioni?su=generale"))
    assert "Sulla storia" not in general
    assert "In generale" in general
    practices = text_of(visitor.get("/discussioni?su=practice"))
    assert "Sulla storia" in practices
    assert "In generale" not in practices


@pytest.mark.parametrize("query", ["su=boh", "su=thread", "su=%00", "su="])
def test_an_unknown_filter_shows_everything(query: str, visitor: Visitor, thread: Thread) -> None:
    assert thread.title in text_of(visitor.get(f"/discussioni?{query}"))


@pytest.mark.parametrize("query", ["dopo=boh", "prima=%ff", "dopo=WyIxIiwxXQ", "dopo=WzEsMl0"])
def test_a_cursor_that_was_never_given_out_is_400(query: str, visitor: Visitor) -> None:
    assert visitor.get(f"/discussioni?{query}").status_code == 400


@pytest.mark.parametrize("path", ["/discussioni/99", "/messaggi/99", "/discussioni/" + "9" * 30])
def test_unknown_is_404(path: str, visitor: Visitor) -> None:
    assert visitor.get(path).status_code == 404


@pytest.mark.parametrize("start", ["", "x", "-1", "0", "1e3", "9" * 30, "²"])
def test_a_place_that_cannot_be_is_400(start: str, visitor: Visitor, thread: Thread) -> None:
    answer = visitor.get(f"/discussioni/{thread.id}", query_string={"da": start})
    assert answer.status_code == 400


def test_pages_begin_at_fixed_numbers() -> None:
    assert [page_start(n) for n in (1, 20, 21, 40, 41)] == [1, 1, 21, 21, 41]
    assert PAGE == 20


def test_a_long_thread_has_pages_and_neighbours(visitor: Visitor) -> None:
    thread = long_thread(45)
    base = f"/discussioni/{thread.id}"
    assert shown(visitor, base) == list(range(1, 21))
    assert shown(visitor, f"{base}?da=21") == list(range(21, 41))
    assert shown(visitor, f"{base}?da=35") == list(range(21, 41))
    middle = visitor.page(f"{base}?da=21")
    assert {a.get("href") for a in middle.xpath("//nav[contains(@class, 'g-pager')]/a")} == {
        base,
        f"{base}?da=41",
    }
    assert f"{base}?da=45#m45" in [a.get("href") for a in middle.xpath("//a")]
    assert shown(visitor, f"{base}?da=41") == list(range(41, 46))


def test_a_place_behind_the_end_says_so(visitor: Visitor) -> None:
    thread = long_thread(3)
    response = visitor.get(f"/discussioni/{thread.id}?da=400")
    assert response.status_code == 200
    assert "In questo punto non ci sono messaggi" in text_of(response)


@pytest.mark.parametrize(
    ("number", "place"), [(1, "#m1"), (20, "?da=20#m20"), (21, "?da=21#m21"), (42, "?da=42#m42")]
)
def test_the_address_of_a_message_leads_to_its_page(
    number: int, place: str, visitor: Visitor
) -> None:
    thread = long_thread(42)
    address = {post.number: post.id for post in thread_posts(thread)}[number]
    answer = visitor.get(f"/messaggi/{address}")
    assert answer.status_code == 302
    assert answer.location == f"/discussioni/{thread.id}{place}"
    page = visitor.page(f"/messaggi/{address}")
    permalink = page.xpath(f"//article[@id='m{number}']//header/p/a")[0].get("href")
    assert permalink == answer.location


def thread_posts(thread: Thread) -> list[Post]:
    return list(db.session.scalars(select(Post).where(Post.thread_id == thread.id)))


def test_pages_are_the_same_for_all_readers_whatever_is_hidden(
    visitor: Visitor, moderator: Member, signed_in: SignIn
) -> None:
    thread = long_thread(30)
    hidden = thread_posts(thread)[4:8]
    for post in hidden:
        post.state = PostState.HIDDEN
    db.session.commit()
    base = f"/discussioni/{thread.id}"
    assert shown(visitor, base) == [1, 2, 3, 4, *range(9, 21)]
    assert shown(visitor, f"{base}?da=21") == list(range(21, 31))
    assert shown(signed_in(moderator), base) == list(range(1, 21))


def test_hidden_and_held_messages_are_404_to_others(
    visitor: Visitor, thread: Thread, verified: Member, registered: Member, signed_in: SignIn
) -> None:
    PostFactory.make(thread=thread, author=verified)
    for state in (PostState.HELD, PostState.HIDDEN, PostState.REMOVED):
        post = PostFactory.make(thread=thread, author=registered, state=state)
        assert visitor.get(f"/messaggi/{post.id}").status_code == 404
        assert signed_in(verified).get(f"/messaggi/{post.id}").status_code == 404
        own = signed_in(registered).get(f"/messaggi/{post.id}").status_code
        assert own == (404 if state is PostState.REMOVED else 302)
    assert shown(visitor, f"/discussioni/{thread.id}") == [1]
    assert "1 messaggio" in text_of(visitor.get(f"/discussioni/{thread.id}"))


def test_a_private_thread_is_nowhere_for_others(
    visitor: Visitor, verified: Member, body: Organisation, moderator: Member, signed_in: SignIn
) -> None:
    space = Space(kind="test", object_id=1, title="Riservato", created_at=clock.now())
    db.session.add(space)
    db.session.flush()
    db.session.add(SpaceGrant(space_id=space.id, organisation_id=body.id, from_at=space.created_at))
    thread = ThreadFactory.make(title="Bozza di delibera", space_id=space.id)
    post = PostFactory.make(thread=thread, author=verified)
    inside = signed_in(verified)
    assert "Bozza di delibera" in text_of(inside.get("/discussioni"))
    assert inside.get(f"/discussioni/{thread.id}").status_code == 200
    for outside in (visitor, signed_in(moderator), signed_in(member_with())):
        assert "Bozza di delibera" not in text_of(outside.get("/discussioni"))
        for path in (f"/discussioni/{thread.id}", f"/messaggi/{post.id}"):
            assert outside.get(path).status_code == 404


def test_a_thread_is_as_visible_as_what_it_is_about(visitor: Visitor) -> None:
    story = StoryFactory.make(state=PracticeState.DRAFT)
    thread = ThreadFactory.make(subject_kind="practice", subject_id=story.id)
    assert visitor.get(f"/discussioni/{thread.id}").status_code == 404
    story.state = PracticeState.PUBLISHED
    db.session.commit()
    assert visitor.get(f"/discussioni/{thread.id}").status_code == 200


def test_breadcrumbs_lead_through_the_subject(visitor: Visitor) -> None:
    story = StoryFactory.make(title="Sportello unico")
    thread = ThreadFactory.make(subject_kind="practice", subject_id=story.id)
    crumbs = visitor.page(f"/discussioni/{thread.id}").xpath("//nav[@class='g-crumb']//li")
    assert [" ".join(one.text_content().split()) for one in crumbs] == [
        "Inizio",
        "Sportello unico",
        "Discussione",
    ]


def test_who_left_is_not_named(visitor: Visitor, thread: Thread, body: Organisation) -> None:
    author = member_with(of=body, first_name="Elio", last_name="Partito")
    PostFactory.make(thread=thread, author=author)
    assert "Elio Partito" in text_of(visitor.get(f"/discussioni/{thread.id}"))
    author.state = MemberState.REMOVED
    db.session.commit()
    page = text_of(visitor.get(f"/discussioni/{thread.id}"))
    assert "Elio" not in page
    assert "Comune di Lecce" not in page
    assert "ex iscritto" in page
    assert "Profilo cancellato" in page


def test_texts_say_their_language_and_times_their_moment(
    visitor: Visitor, thread: Thread, verified: Member
) -> None:
    PostFactory.make(thread=thread, author=verified, lang="en")
    PostFactory.make(thread=thread, author=verified)
    first, second = visitor.page(f"/discussioni/{thread.id}").findall(".//article")
    assert first.find_class("g-post__body")[0].get("lang") == "en"
    assert second.find_class("g-post__body")[0].get("lang") is None
    moment = first.findall(".//time")[0]
    assert moment.get("datetime").startswith("2026-01-01T12:01")
    assert moment.get("title") == "1 gennaio 2026, 13:01"


def test_headings_have_an_order(visitor: Visitor, thread: Thread, verified: Member) -> None:
    PostFactory.make(thread=thread, author=verified)
    page = visitor.page(f"/discussioni/{thread.id}")
    levels = [
        int(h.tag[1]) for h in page.xpath("//main//*[self::h1 or self::h2 or self::h3 or self::h4]")
    ]
    assert levels[0] == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))


@pytest.mark.parametrize("who", ["visitor", "member", "moderator"])
@pytest.mark.parametrize("page", ["thread", "list"])
def test_queries_are_few_whatever_the_length(
    who: str,
    page: str,
    visitor: Visitor,
    verified: Member,
    moderator: Member,
    signed_in: SignIn,
    count_queries: Any,
) -> None:
    story = StoryFactory.make()
    thread = ThreadFactory.make(subject_kind="practice", subject_id=story.id)
    browser = {"visitor": lambda: visitor, "member": lambda: signed_in(verified)}.get(
        who, lambda: signed_in(moderator)
    )()
    path = f"/discussioni/{thread.id}" if page == "thread" else "/discussioni"
    for _ in range(3):
        PostFactory.make(thread=thread, author=member_with())
        ThreadFactory.make()
    browser.get(path)
    with count_queries() as few:
        browser.get(path)
    first = PostFactory.make(thread=thread, author=verified)
    for _ in range(16):
        PostFactory.make(
            thread=thread,
            author=member_with(of=OrganisationFactory.make()),
            reply_to_id=first.id,
        )
        ThreadFactory.make(subject_kind="practice", subject_id=StoryFactory.make().id)
    with count_queries() as many:
        browser.get(path)
    assert len(many) == len(few), many
    assert len(many) <= 10


def test_a_held_thread_is_listed_for_its_opener_alone(
    visitor: Visitor, registered: Member, verified: Member, signed_in: SignIn
) -> None:
    thread = ThreadFactory.make(
        title="Carta famiglia", author_id=registered.id, state=ThreadState.HELD
    )
    assert "Carta famiglia" in text_of(signed_in(registered).get("/discussioni"))
    for browser in (visitor, signed_in(verified)):
        assert "Carta famiglia" not in text_of(browser.get("/discussioni"))
        assert browser.get(f"/discussioni/{thread.id}").status_code == 404


def test_a_story_shows_what_is_said_about_it(visitor: Visitor) -> None:
    story = StoryFactory.make()
    assert "Nessuno ne ha ancora discusso." in text_of(visitor.get(f"/buone-pratiche/{story.slug}"))
    ThreadFactory.make(title="Chi l’ha provato?", subject_kind="practice", subject_id=story.id)
    page = visitor.page(f"/buone-pratiche/{story.slug}")
    links = {a.get("href") for a in page.xpath("//section[@aria-labelledby='discussioni']//a")}
    assert f"/discussioni/nuova?su=practice:{story.id}" in links
