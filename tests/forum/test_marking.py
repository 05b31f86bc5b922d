"""Reading on, saying that something is useful, naming the best answer."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from core import clock
from core.actor import Actor
from core.database import db
from core.domain import Forbidden, Refused
from core.text import Rendered
from forum import queries, services
from forum.models import Post, PostState, Reacting, Reaction, ReadMark, Thread
from members.models import Member
from members.queries import actor_for
from organisations.models import Organisation
from tests.factories.forum import PostFactory, ThreadFactory
from tests.factories.members import MemberFactory, member_with
from tests.forum.conftest import SignIn
from tests.visitor import Visitor, text_of


@pytest.fixture
def asked(app: Flask) -> Any:
    with app.test_request_context():
        yield


@pytest.fixture
def asker(body: Organisation) -> Member:
    return member_with(of=body, first_name="Rosa", last_name="Mastrangelo")


@pytest.fixture
def question(asker: Member, verified: Member) -> Thread:
    """A question with two answers of somebody else."""
    thread = ThreadFactory.make(title="Chi guida?", author=asker)
    PostFactory.make(thread=thread, author=asker, html="<p>Chi guida l’accordo?</p>")
    for number in (2, 3):
        PostFactory.make(thread=thread, author=verified, html=f"<p>risposta {number}</p>")
    return thread


def numbered(thread: Thread, number: int) -> Post:
    return db.session.scalars(
        select(Post).where(Post.thread_id == thread.id, Post.number == number)
    ).one()


def mark_of(member: Member, thread: Thread) -> int | None:
    return db.session.scalar(
        select(ReadMark.number).where(
            ReadMark.member_id == member.id, ReadMark.thread_id == thread.id
        )
    )


def test_who_reads_is_led_to_the_first_message_that_is_new(
    question: Thread, asker: Member, verified: Member, signed_in: SignIn
) -> None:
    here = f"/discussioni/{question.id}"
    browser = signed_in(asker)
    assert "messaggi nuovi" not in text_of(browser.get(here))
    browser.submit(here, action=f"{here}/letto")
    assert mark_of(asker, question) == 3
    assert "Segna come letti" not in text_of(browser.get(here))
    for number in range(4, 24):
        PostFactory.make(thread=question, author=verified, html=f"<p>nuova {number}</p>")
    page = browser.page(here)
    assert page.xpath("//a[contains(., 'messaggi nuovi')]/@href") == [f"{here}?da=4#m4"]
    assert page.get_element_by_id("nuovi").getnext().get("id") == "m4"
    assert browser.get(f"{here}/non-letti").location == f"{here}?da=4#m4"
    listed = browser.page("/discussioni").xpath("//main//li//a[contains(., 'messaggi nuovi')]")
    assert [(a.text_content().strip(), a.get("href")) for a in listed] == [
        ("20 messaggi nuovi", f"{here}/non-letti")
    ]
    # The button of the first page leads to the next one.
    answer = browser.submit(here, action=f"{here}/letto", follow=False)
    assert (answer.status_code, answer.location) == (303, f"{here}/non-letti")
    assert browser.get(f"{here}/non-letti").location == f"{here}?da=21#m21"


def test_reading_writes_nothing(question: Thread, asker: Member, signed_in: SignIn) -> None:
    browser = signed_in(asker)
    for path in ("", "?da=1", "/non-letti", "/giorno?giorno=2020-01-01"):
        browser.get(f"/discussioni/{question.id}{path}")
    assert db.session.scalar(select(func.count()).select_from(ReadMark)) == 0


def test_a_mark_goes_on_and_never_back(question: Thread, asker: Member, asked: None) -> None:
    actor = actor_for(asker.id)
    for said, kept in ((2, 2), (1, 2), (3, 3), (2**30, 3)):
        services.note_read(thread_id=question.id, number=said, by=actor)
        assert mark_of(asker, question) == kept


@pytest.mark.parametrize("number", ["", "x", "-1", "0", "9" * 30])
def test_a_number_that_is_none_is_a_bad_request(
    number: str, question: Thread, asker: Member, signed_in: SignIn
) -> None:
    browser = signed_in(asker)
    here = f"/discussioni/{question.id}"
    form = next(f for f in browser.page(here).forms if f.action == f"{here}/letto")
    token = form.fields["csrf_token"]
    answer = browser.post(f"{here}/letto", {"csrf_token": token, "fino": number})
    assert answer.status_code == 400


@pytest.mark.usefixtures("asked")
def test_who_writes_has_read_unless_something_new_stands_between(
    question: Thread, asker: Member, verified: Member
) -> None:
    words = Rendered("Una riga.", "<p>Una riga.</p>")
    services.note_read(thread_id=question.id, number=3, by=actor_for(asker.id))
    services.add_post(thread_id=question.id, text=words, by=actor_for(asker.id))
    assert mark_of(asker, question) == 4
    services.add_post(thread_id=question.id, text=words, by=actor_for(verified.id))
    services.add_post(thread_id=question.id, text=words, by=actor_for(asker.id))
    assert mark_of(asker, question) == 4
    head = queries.thread_head(question.id, actor_for(asker.id))
    assert head is not None
    assert (head.new_from, head.new) == (5, 1)


def test_pages_of_readers_with_other_marks_are_not_mixed_up(
    question: Thread, body: Organisation, verified: Member, signed_in: SignIn
) -> None:
    one, other = (member_with(of=body) for _ in range(2))
    here = f"/discussioni/{question.id}"
    first, second = signed_in(one), signed_in(other)
    first.submit(here, action=f"{here}/letto")
    PostFactory.make(thread=question, author=verified)
    assert "Vai al messaggio nuovo" not in text_of(second.get(here))
    assert "Vai al messaggio nuovo" in text_of(first.get(here))
    assert "Vai al messaggio nuovo" not in text_of(second.get(here))


def test_useful_is_said_once_and_taken_back(
    question: Thread, asker: Member, visitor: Visitor, signed_in: SignIn
) -> None:
    here = f"/discussioni/{question.id}"
    post = numbered(question, 2)
    browser = signed_in(asker)

    def press() -> None:
        page = browser.page(here)
        button = page.xpath(f"//button[@formaction='/messaggi/{post.id}/reazione']")[0]
        assert button.get("name") == "useful"
        token = page.get_element_by_id(button.get("form")).fields["csrf_token"]
        data = {"csrf_token": token, button.get("name"): button.get("value")}
        for _ in range(2):  # a double click
            assert browser.post(button.get("formaction"), data).status_code == 303

    press()
    assert db.session.scalar(select(func.count()).select_from(Reaction)) == 1
    assert "Utile 1" in text_of(visitor.get(here))
    press()
    assert db.session.scalar(select(func.count()).select_from(Reaction)) == 0
    assert "Utile 1" not in text_of(visitor.get(here))


@pytest.mark.usefixtures("asked")
def test_nobody_says_so_of_own_or_unseen_messages(
    question: Thread, asker: Member, verified: Member
) -> None:
    own, held = numbered(question, 2), numbered(question, 3)
    held.state = PostState.HIDDEN
    db.session.commit()
    with pytest.raises(Forbidden):
        services.react(post_id=own.id, kind=Reacting.USEFUL, on=True, by=actor_for(verified.id))
    with pytest.raises(Refused):
        services.react(post_id=held.id, kind=Reacting.THANKS, on=True, by=actor_for(asker.id))


def test_who_asked_names_the_best_answer(
    question: Thread, asker: Member, verified: Member, visitor: Visitor, signed_in: SignIn
) -> None:
    here = f"/discussioni/{question.id}"
    best = numbered(question, 3)
    assert "È la risposta migliore" not in text_of(signed_in(verified).get(here))
    browser = signed_in(asker)
    buttons = [f.action for f in browser.page(here).forms if f.action.endswith("/migliore")]
    assert buttons == [f"/messaggi/{numbered(question, n).id}/migliore" for n in (2, 3)]
    browser.submit(here, action=f"/messaggi/{best.id}/migliore")
    page = visitor.page(here)
    links = page.xpath("//section[@aria-labelledby='migliore']//a/@href")
    assert links == [f"{here}?da=3#m3"]
    assert "Ha una risposta migliore" in text_of(visitor.get("/discussioni?stato=risolte"))
    browser.submit(here, action=f"/messaggi/{best.id}/migliore")
    assert "Risposta migliore" not in text_of(visitor.get(here))


@pytest.mark.usefixtures("asked")
def test_a_best_answer_that_is_hidden_is_none(
    question: Thread, asker: Member, moderator: Member
) -> None:
    best = numbered(question, 2)
    services.mark_best(post_id=best.id, best=True, by=actor_for(asker.id))
    services.hide_post(post_id=best.id, reason="No", by=actor_for(moderator.id))
    db.session.refresh(question)
    assert question.best_post_id is None


@pytest.mark.usefixtures("asked")
def test_only_who_asked_or_coordinates_names_it_and_never_the_question(
    question: Thread, asker: Member, verified: Member, moderator: Member
) -> None:
    for member in (verified, moderator):
        actor: Actor = actor_for(member.id)
        with pytest.raises(Forbidden):
            services.mark_best(post_id=numbered(question, 2).id, best=True, by=actor)
    with pytest.raises(Refused):
        services.mark_best(post_id=numbered(question, 1).id, best=True, by=actor_for(asker.id))


def test_a_day_leads_to_its_first_message(visitor: Visitor, asker: Member) -> None:
    thread = ThreadFactory.make(title="Lunga")
    begins = clock.now() - timedelta(days=100)
    for number in range(1, 31):
        PostFactory.make(thread=thread, author=asker, created_at=begins + timedelta(days=number))
    here = f"/discussioni/{thread.id}"
    day = (begins + timedelta(days=25)).astimezone(clock.ROME).date()
    for words in (day.isoformat(), day.strftime("%d/%m/%Y")):
        assert visitor.get(f"{here}/giorno?giorno={words}").location == f"{here}?da=25#m25"
    assert visitor.get(f"{here}/giorno?giorno=2099-01-01").location == f"{here}?da=30#m30"
    for words in ("", "x", "0001-01-01", "9999-12-31", "%00"):
        assert visitor.get(f"{here}/giorno?giorno={words}").status_code == 400
    assert "Vai a un giorno" in text_of(visitor.get(here))


def test_lists_know_filters(
    question: Thread, asker: Member, verified: Member, visitor: Visitor, signed_in: SignIn
) -> None:
    alone = ThreadFactory.make(title="Nessuno risponde", author=asker)
    PostFactory.make(thread=alone, author=asker)

    def titles(browser: Visitor, query: str) -> set[str]:
        page = browser.page(f"/discussioni?{query}")
        return {h.text_content() for h in page.xpath("//main//li/h2")}

    assert titles(visitor, "stato=senza-risposta") == {"Nessuno risponde"}
    assert titles(visitor, "stato=aperte") == {"Nessuno risponde", "Chi guida?"}
    assert titles(visitor, "stato=chiuse") == set()
    assert titles(signed_in(asker), "mie=aperte-da-me") == {"Nessuno risponde", "Chi guida?"}
    reader = signed_in(verified)
    assert titles(reader, "mie=scritte") == {"Chi guida?"}
    assert titles(reader, "mie=aperte-da-me") == set()
    assert titles(reader, "mie=boh") == {"Nessuno risponde", "Chi guida?"}
    # Nobody is there for a visitor: the filter is not known.
    assert titles(visitor, "mie=scritte") == {"Nessuno risponde", "Chi guida?"}
    stranger = signed_in(MemberFactory.make())
    assert titles(stranger, "mie=seguite") == titles(stranger, "mie=da-leggere") == set()
