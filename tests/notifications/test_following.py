"""Who follows is told once, of what may be read, on a list that only its owner changes."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from importlib import import_module

import pytest
from flask import Flask, current_app
from sqlalchemy import select

from core import clock, outbox
from core.actor import Role
from core.contracts import Concern, Delivery
from core.database import db
from core.events import Event, fact_of
from core.flags import DEMO, set_flag
from core.mail import TestMail
from core.references import Reference
from core.registry import registry
from core.text import Rendered
from core.transactions import transaction
from forum import services as forum
from forum.models import Post, Thread
from members.models import Member
from members.queries import actor_for
from notifications import queries, services
from notifications.models import Follow, Notification
from notifications.services import mails
from spaces.models import SpaceGrant
from tests.factories import LONG_AGO
from tests.factories.forum import ThreadFactory
from tests.factories.members import member_with
from tests.factories.organisations import OrganisationFactory
from tests.factories.twinning import SpaceFactory, TwinningFactory
from tests.visitor import Visitor, text_of
from twinning.models import TwinningState

SignIn = Callable[[Member], Visitor]
CountQueries = Callable[[], AbstractContextManager[list[str]]]
LIST = "/il-mio-spazio/avvisi"


@pytest.fixture(autouse=True)
def _demo(app: Flask) -> None:
    with transaction():
        set_flag(DEMO, "1")


@pytest.fixture
def anna(app: Flask) -> Member:
    body = OrganisationFactory.make(name="Regione Puglia")
    return member_with(of=body, first_name="Anna", last_name="Scalera", slug="anna-scalera")


@pytest.fixture
def bruno(app: Flask) -> Member:
    body = OrganisationFactory.make(name="Comune di Trento")
    return member_with(of=body, first_name="Bruno", last_name="Dallapè", slug="bruno-dallape")


@pytest.fixture
def thread(app: Flask) -> Thread:
    return ThreadFactory.make(title="Chi guida l’accordo?")


@pytest.fixture
def signed_in(app: Flask) -> SignIn:
    def sign_in(member: Member) -> Visitor:
        browser = Visitor(app)
        browser.sign_in(member.email)
        return browser

    return sign_in


def write(thread: Thread, author: Member, html: str = "Un testo", to: Post | None = None) -> Post:
    return forum.add_post(
        thread_id=thread.id,
        text=Rendered(html, f"<p>{html}</p>"),
        by=actor_for(author.id),
        reply_to_id=to.id if to else None,
    )


def follow(thing: str, number: int, member: Member) -> None:
    services.follow(reference=Reference(thing, number), by=actor_for(member.id))


def note() -> None:
    """What the worker does first."""
    db.session.rollback()
    while outbox.drain(services.CONSUMER):
        pass


def work() -> None:
    """What the worker does."""
    note()
    services.send_due(50)
    db.session.rollback()


def told(member: Member) -> list[str]:
    """The rules by which a member was told, oldest first."""
    return list(
        db.session.scalars(
            select(Notification.rule)
            .where(Notification.member_id == member.id)
            .order_by(Notification.id)
        )
    )


def unread(member: Member) -> int:
    return queries.unread_count(actor_for(member.id))


def words(member: Member) -> list[str]:
    """What stands in the member's list, newest first."""
    with current_app.test_request_context():
        page = queries.notices(actor_for(member.id))
    return [line.words for group in page.items for line in group.lines]


def letters() -> list[TestMail]:
    return db.session.query(TestMail).order_by(TestMail.id).all()


def test_a_follower_is_told_once_of_a_reply(thread: Thread, anna: Member, bruno: Member) -> None:
    follow("thread", thread.id, anna)
    follow("thread", thread.id, anna)
    write(thread, bruno)
    work()
    assert told(anna) == ["forum.followed"]
    assert told(bruno) == [], "nobody is told of the own words"
    assert (unread(anna), letters()) == (1, [])


def test_an_event_that_is_handled_again_tells_nobody_twice(
    thread: Thread, anna: Member, bruno: Member
) -> None:
    """The worker was killed between its commit and the end of the outbox rows."""
    follow("thread", thread.id, anna)
    write(thread, bruno)
    work()
    again = [
        Delivery(outbox_id=0, event_id=event.id, fact=fact)
        for event in db.session.scalars(select(Event))
        if (fact := fact_of(event)) is not None and services.wants(fact)
    ]
    assert again
    services.queue(again)
    services.queue(again + again)
    assert told(anna) == ["forum.followed"]


def test_an_event_that_would_be_told_twice_is_seen(
    thread: Thread, anna: Member, bruno: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Twin: without the key each delivery fails or doubles; here it fails, and loudly."""
    from sqlalchemy import insert
    from sqlalchemy.exc import IntegrityError

    monkeypatch.setattr(mails, "_insert_new", lambda: insert(Notification))
    follow("thread", thread.id, anna)
    write(thread, bruno)
    work()
    delivery = [
        Delivery(outbox_id=0, event_id=event.id, fact=fact)
        for event in db.session.scalars(select(Event).where(Event.name == "PostPublished"))
        if (fact := fact_of(event)) is not None
    ]
    with pytest.raises(IntegrityError):
        services.queue(delivery)


def test_of_thread_and_subject_one_notice_comes(anna: Member, bruno: Member) -> None:
    twinning = TwinningFactory.make(title="TrePu", state=TwinningState.ACTIVE)
    thread = ThreadFactory.make(subject_kind="twinning", subject_id=twinning.id)
    follow("thread", thread.id, anna)
    follow("twinning", twinning.id, anna)
    write(thread, bruno)
    work()
    assert told(anna) == ["forum.followed"]


def test_the_most_urgent_reason_wins(thread: Thread, anna: Member, bruno: Member) -> None:
    """Anna follows, is answered and is named: one notice, one mail."""
    first = write(thread, anna)
    write(thread, bruno, "@anna-scalera, certo", to=first)
    work()
    assert told(anna) == ["forum.reply"]
    assert [letter.to for letter in letters()] == [anna.email]
    assert letters()[0].subject.startswith("Bruno Dallapè ti ha risposto: Chi guida l’accordo?")


def test_a_table_that_forgets_urgency_is_seen(
    thread: Thread, anna: Member, bruno: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Twin: where following were the more urgent reason, no mail would go out."""
    monkeypatch.setattr(
        Concern, "urgency", property(lambda self: -list(Concern).index(self)), raising=True
    )
    first = write(thread, anna)
    write(thread, bruno, to=first)
    work()
    assert told(anna) == ["forum.followed"]
    assert letters() == []


def test_a_new_discussion_is_told_once(anna: Member, bruno: Member) -> None:
    """A discussion that begins with a message is two facts and one notice."""
    twinning = TwinningFactory.make(state=TwinningState.ACTIVE)
    follow("twinning", twinning.id, anna)
    forum.start_thread(
        title="Un calendario",
        text=Rendered("Quando?", "<p>Quando?</p>"),
        subject=Reference("twinning", twinning.id),
        by=actor_for(bruno.id),
    )
    work()
    assert told(anna) == ["forum.opened"]


def test_held_messages_tell_nobody_before_they_are_cleared(thread: Thread, anna: Member) -> None:
    newcomer = member_with(first_name="Lucia", last_name="Ferrante")
    moderator = member_with(Role.MODERATOR)
    follow("thread", thread.id, anna)
    first = write(thread, anna)
    post = write(thread, newcomer, "@anna-scalera?", to=first)
    work()
    assert (told(anna), letters()) == ([], [])
    forum.clear_post(post_id=post.id, by=actor_for(moderator.id))
    work()
    assert told(anna) == ["forum.reply"]
    assert "Lucia Ferrante ti ha risposto" in letters()[-1].subject
    assert (told(newcomer), told(moderator)) == (["forum.cleared"], [])


def test_who_takes_part_follows(thread: Thread, anna: Member, signed_in: SignIn) -> None:
    browser = signed_in(anna)
    path = f"/discussioni/{thread.id}"
    answer = browser.submit(path, {"text": "Ci sono anch’io"}, action=path)
    assert "Da ora segui la discussione" in text_of(answer)
    assert queries.is_following(anna.id, Reference("thread", thread.id))
    answer = browser.submit(path, {"text": "E ancora"}, action=path)
    assert "Da ora segui la discussione" not in text_of(answer)


def test_following_is_a_button_that_can_be_pressed_twice(
    thread: Thread, anna: Member, signed_in: SignIn
) -> None:
    browser = signed_in(anna)
    path = f"/discussioni/{thread.id}"
    token = browser.page(path).xpath("//input[@name='csrf_token']/@value")[0]
    follows, stops = f"/segui/thread/{thread.id}", f"/segui/thread/{thread.id}/smetti"
    assert browser.page(path).xpath(f"//form[@action='{follows}']")
    for _ in range(2):
        assert browser.post(follows, {"csrf_token": token}).location == path
    assert db.session.query(Follow).count() == 1
    assert browser.page(path).xpath(f"//form[@action='{stops}']//button")[0].text_content()
    for _ in range(2):
        assert browser.post(stops, {"csrf_token": token}).location == path
    assert db.session.query(Follow).count() == 0
    assert browser.post("/segui/member/1", {"csrf_token": token}).status_code == 404
    assert browser.post("/segui/nulla/1", {"csrf_token": token}).status_code == 404


def test_visitors_get_no_button(thread: Thread, visitor: Visitor) -> None:
    page = visitor.page(f"/discussioni/{thread.id}")
    assert not page.xpath("//form[contains(@action, '/segui/')]")
    assert "Avvisi" not in page.xpath("string(//section[contains(@class, 'g-slim')])")


def test_the_list_is_read_and_the_count_goes_down(
    thread: Thread, anna: Member, bruno: Member, signed_in: SignIn
) -> None:
    follow("thread", thread.id, anna)
    posts = [write(thread, bruno) for _ in range(3)]
    work()
    browser = signed_in(anna)
    page = browser.page(LIST)
    assert page.xpath("string(//a[@href='/il-mio-spazio/avvisi']/span)").startswith("3")
    assert "Chi guida l’accordo?" in page.xpath("string(//main//section//h2)")
    first = page.xpath("//form[contains(@action, '/apri')]")[-1]
    browser.get(LIST)
    assert unread(anna) == 3, "reading the list notes nothing"
    token = first.fields["csrf_token"]
    answer = browser.post(first.get("action"), {"csrf_token": token})
    assert answer.location == f"/messaggi/{posts[0].id}"
    assert browser.get(answer.location).location.endswith("#m1")
    assert unread(anna) == 2
    browser.post(first.get("action"), {"csrf_token": token})
    assert unread(anna) == 2, "opening it again changes nothing"
    newest = db.session.query(Notification.id).order_by(Notification.id.desc()).limit(1).scalar()
    write(thread, bruno)
    work()
    browser.post(f"{LIST}/letti", {"csrf_token": token, "fino": str(newest)})
    assert unread(anna) == 1, "what came after the page was shown is still to be read"


def test_nobody_reads_the_notices_of_others(
    thread: Thread, anna: Member, bruno: Member, signed_in: SignIn
) -> None:
    follow("thread", thread.id, anna)
    write(thread, bruno)
    work()
    number = db.session.query(Notification.id).scalar()
    other = signed_in(bruno)
    token = other.page(LIST).xpath("//input[@name='csrf_token']/@value")[0]
    assert other.post(f"{LIST}/{number}/apri", {"csrf_token": token}).status_code == 404
    other.post(f"{LIST}/letti", {"csrf_token": token, "fino": str(number)})
    assert unread(anna) == 1


@pytest.fixture
def private(anna: Member, bruno: Member) -> Thread:
    """A discussion in a place that is open to Anna and to Bruno, who has answered Anna there."""
    space = SpaceFactory.make(object_id=1)
    for member in (anna, bruno):
        db.session.add(SpaceGrant(space_id=space.id, member_id=member.id, from_at=LONG_AGO))
    db.session.commit()
    thread = ThreadFactory.make(title="Riservata", space_id=space.id)
    write(thread, bruno, to=write(thread, anna))
    return thread


def shut_out(member: Member) -> None:
    grant = db.session.scalars(select(SpaceGrant).where(SpaceGrant.member_id == member.id)).one()
    grant.to_at = clock.now()
    db.session.commit()


def check_nothing_is_told(member: Member, browser: Visitor) -> None:
    assert unread(member) == 0
    assert "Riservata" not in text_of(browser.get(LIST))
    assert [letter for letter in letters() if letter.to == member.email] == []


def test_who_may_not_read_any_more_is_told_nothing(
    private: Thread, anna: Member, signed_in: SignIn
) -> None:
    browser = signed_in(anna)
    note()
    shut_out(anna)
    work()
    assert told(anna) == ["forum.reply"], "it was noted before the door was shut"
    check_nothing_is_told(anna, browser)
    number = db.session.query(Notification.id).scalar()
    token = browser.page(LIST).xpath("//input[@name='csrf_token']/@value")[0]
    assert browser.post(f"{LIST}/{number}/apri", {"csrf_token": token}).status_code == 404


def test_a_list_that_asks_nobody_is_seen(
    private: Thread, anna: Member, signed_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Twin: whoever was told once would be told for ever."""
    from sqlalchemy import true

    notices = import_module("notifications.queries.notices")
    monkeypatch.setattr(notices, "_may_be_opened", lambda _actor, without=(): true())
    note()
    shut_out(anna)
    work()
    with pytest.raises(AssertionError):
        check_nothing_is_told(anna, signed_in(anna))


def test_what_was_removed_is_told_no_more(thread: Thread, anna: Member, bruno: Member) -> None:
    moderator = member_with(Role.MODERATOR)
    follow("thread", thread.id, anna)
    post = write(thread, bruno)
    work()
    assert unread(anna) == 1
    forum.hide_post(post_id=post.id, reason="Prova", by=actor_for(moderator.id))
    assert unread(anna) == 0
    forum.clear_post(post_id=post.id, by=actor_for(moderator.id))
    assert unread(anna) == 1
    forum.hide_thread(thread_id=thread.id, reason="Prova", by=actor_for(moderator.id))
    assert unread(anna) == 0


def test_who_begins_to_follow_is_not_told_of_before(
    thread: Thread, anna: Member, bruno: Member
) -> None:
    write(thread, bruno)
    follow("thread", thread.id, anna)
    work()
    assert told(anna) == []


def test_a_twinning_tells_its_followers_of_its_state(anna: Member) -> None:
    from core.actor import SYSTEM
    from twinning import services as twinnings

    twinning = TwinningFactory.make(state=TwinningState.ACTIVE)
    follow("twinning", twinning.id, anna)
    twinnings.change_state(
        twinning_id=twinning.id, new=TwinningState.SUSPENDED, version=None, reason="x", by=SYSTEM
    )
    work()
    assert told(anna) == ["twinning.state_followed"]
    assert words(anna) == ["Ora il gemellaggio è sospeso."]


@pytest.mark.soak
def test_the_list_costs_the_same_for_few_and_many(
    thread: Thread, anna: Member, bruno: Member, signed_in: SignIn, count_queries: CountQueries
) -> None:
    follow("thread", thread.id, anna)
    browser = signed_in(anna)
    costs = []
    for how_many in (1, 60):
        for _ in range(how_many):
            write(thread, bruno)
        work()
        browser.get(LIST)
        with count_queries() as statements:
            browser.get(LIST)
        costs.append(len(statements))
    assert costs[0] == costs[1] <= 10, costs
    page = browser.page(LIST)
    assert len(page.xpath("//form[contains(@action, '/apri')]")) == 30
    beyond = browser.page(page.xpath("//a[@rel='next']/@href")[0])
    assert len(beyond.xpath("//form[contains(@action, '/apri')]")) == 30
    assert browser.get(f"{LIST}?dopo=niente").status_code == 400


def test_what_is_followed_can_be_seen_and_stopped(
    thread: Thread, private: Thread, anna: Member, bruno: Member, signed_in: SignIn
) -> None:
    follow("thread", thread.id, anna)
    write(thread, bruno)
    work()
    browser = signed_in(anna)
    shut_out(anna)
    seen = text_of(browser.get("/il-mio-spazio/seguiti"))
    assert "Chi guida l’accordo?" in seen
    assert "1 novità" in seen
    assert "Riservata" not in seen
    assert "Non più disponibile" in seen
    for number in (private.id, thread.id):
        browser.submit("/il-mio-spazio/seguiti", action=f"/segui/thread/{number}/smetti")
    assert "Non segui ancora nulla" in text_of(browser.get("/il-mio-spazio/seguiti"))


def test_a_rule_that_is_gone_leaves_a_line(thread: Thread, anna: Member, bruno: Member) -> None:
    follow("thread", thread.id, anna)
    write(thread, bruno)
    work()
    rules = registry().notices
    rule = rules.pop("forum.followed")
    try:
        assert words(anna) == ["C’è una novità."]
    finally:
        rules["forum.followed"] = replace(rule)
