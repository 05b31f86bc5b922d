"""Quoting, links within the house, acts and films: what each reader sees of them, at once."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask

from core import outbox
from core.actor import SYSTEM
from core.database import db
from core.house_links import thing_at
from core.references import Reference
from core.text import render_markdown
from forum import services
from forum.models import Post, Thread
from forum.rules.acts import citations
from forum.rules.reading import Linked, Reading, film_site, own_words, read, without_quotes_of
from forum.search import post_documents
from members.models import Member
from members.queries import actor_for
from members.services import lifecycle
from practices.models import PracticeState
from tests.factories.members import member_with
from tests.factories.practices import StoryFactory
from tests.forum.conftest import SignIn
from tests.visitor import Visitor, text_of

SECRET = "cifre riservate"


def write(thread: Thread, text: str, by: Member) -> Post:
    return services.add_post(thread_id=thread.id, text=render_markdown(text), by=actor_for(by.id))


@pytest.fixture
def source(thread: Thread, verified: Member) -> Post:
    return write(thread, f"Ecco le {SECRET} del bando.", verified)


@pytest.fixture
def quoting(thread: Thread, source: Post, signed_in: SignIn, moderator: Member) -> Post:
    """A reply that quotes it, made with the link that stands below the message."""
    browser = signed_in(moderator)
    path = f"/discussioni/{thread.id}?cita={source.id}"
    answer = browser.submit(path, action=f"/discussioni/{thread.id}")
    assert answer.status_code == 200
    return db.session.query(Post).filter(Post.id > source.id).one()


def found(app: Flask, *posts: Post) -> str:
    """What search knows of these messages."""
    with app.test_request_context():
        return " ".join(one.text for one in post_documents([post.id for post in posts]))


def words(visitor: Visitor, thread: Thread) -> str:
    return text_of(visitor.get(f"/discussioni/{thread.id}"))


def test_a_quotation_names_its_source(
    quoting: Post, source: Post, thread: Thread, visitor: Visitor
) -> None:
    page = visitor.page(f"/discussioni/{thread.id}")
    body = page.get_element_by_id(f"m{quoting.number}").find_class("g-post__body")[0]
    link = body.find_class("g-source")[0]
    assert SECRET in body.find("blockquote").text_content()
    assert link.text == "Giulio Fornaro, messaggio n. 1"
    assert visitor.get(link.get("href")).location == f"/discussioni/{thread.id}#m1"
    # Not in what is kept: who leaves is not named by it.
    assert "Fornaro" not in quoting.text + quoting.html


def removed(source: Post, verified: Member, moderator: Member) -> None:
    services.remove_post(post_id=source.id, by=actor_for(verified.id))


def hidden(source: Post, verified: Member, moderator: Member) -> None:
    services.hide_post(post_id=source.id, reason="Dati riservati", by=actor_for(moderator.id))


@pytest.mark.parametrize("gone", [removed, hidden])
def test_what_is_gone_is_gone_from_quotations_too(
    gone: Callable[[Post, Member, Member], None],
    app: Flask,
    quoting: Post,
    source: Post,
    thread: Thread,
    verified: Member,
    moderator: Member,
    visitor: Visitor,
    signed_in: SignIn,
) -> None:
    other = member_with(of=None, first_name="Altra", last_name="Persona")
    browser = signed_in(other)
    assert words(visitor, thread).count(SECRET) == 2
    assert words(browser, thread).count(SECRET) == 2
    gone(source, verified, moderator)
    for reader in (visitor, browser):
        page = words(reader, thread)
        assert SECRET not in page
        assert "Il messaggio citato non è più leggibile." in page
        history = reader.get(f"/messaggi/{quoting.id}/cronologia")
        assert SECRET not in text_of(history)
    feed = visitor.get(f"/discussioni/{thread.id}/feed").get_data(as_text=True)
    assert SECRET not in feed
    assert SECRET not in found(app, source, quoting)


def test_the_quoting_author_does_not_get_it_back_by_editing(
    quoting: Post, source: Post, verified: Member, moderator: Member, signed_in: SignIn
) -> None:
    browser = signed_in(moderator)
    path = f"/messaggi/{quoting.id}/modifica"
    assert SECRET in browser.page(path).get_element_by_id("text").text
    removed(source, verified, moderator)
    assert SECRET not in browser.page(path).get_element_by_id("text").text


def test_a_quotation_is_not_found_as_the_words_of_who_quotes(
    app: Flask, source: Post, quoting: Post
) -> None:
    assert SECRET not in found(app, quoting)
    # The twin: as the words of who wrote them they are.
    assert SECRET in found(app, source)


def test_links_of_the_house_show_title_and_state_to_who_may_see_them(
    thread: Thread, verified: Member, visitor: Visitor, signed_in: SignIn
) -> None:
    author = member_with(of=None)
    public = StoryFactory.make(title="Nidi in rete", state=PracticeState.VALIDATED)
    draft = StoryFactory.make(
        title="Ancora segreta", state=PracticeState.DRAFT, author_id=author.id
    )
    assert thing_at(f"/en/buone-pratiche/{draft.slug}") == Reference("practice", draft.id)
    assert thing_at(f"https://altrove.example/buone-pratiche/{draft.slug}") is None
    write(
        thread,
        f"/buone-pratiche/{public.slug} [qui](/buone-pratiche/{public.slug}) "
        f"[bozza](/buone-pratiche/{draft.slug}) [x](/enti/nessuno)",
        verified,
    )
    page = visitor.page(f"/discussioni/{thread.id}")
    assert "Ancora segreta" not in page.text_content() + str(page.xpath("//a/@title"))
    titles = {a.text: a.get("title") for a in page.find_class("g-post__body")[0].iter("a")}
    assert titles["qui"] == "Buona pratica, Validata: Nidi in rete"
    assert titles["bozza"] is None
    own = signed_in(author).page(f"/discussioni/{thread.id}")
    shown = {a.text: a.get("title") for a in own.find_class("g-post__body")[0].iter("a")}
    assert shown["bozza"] == "Buona pratica, Bozza: Ancora segreta"


def test_a_bare_address_becomes_a_title() -> None:
    path = "https://gemella.example/gemellaggi/trepu"
    html = f'<p><a href="{path}" rel="x">{path}</a></p>'
    thing = Linked('TrePu & "amici"', "Gemellaggio", "/gemellaggi/trepu", "Attivo")
    shown = read(html, Reading(things={path: thing}))
    assert shown == (
        '<p><a class="g-thing" href="/gemellaggi/trepu">TrePu &amp; &quot;amici&quot;</a>'
        ' <span class="g-thing__state">Gemellaggio, Attivo</span></p>'
    )
    assert read(html, Reading(things={path: None})) == html


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("la deliberazione n. 1687 del 10 luglio 2009", ["1687/2009"]),
        ("legge provinciale 2 marzo 2011, n. 1, sul benessere", ["1/2011"]),
        ("D.G.R. n. 1234/2015 e d.lgs. 33/2013", ["1234/2015", "33/2013"]),
        ("deliberazione della Giunta regionale n. 5 del 01/02/2010", ["5/2010"]),
        ("decreto-legge 6 luglio 2012, n. 95", ["95/2012"]),
        ("n. 12 del 1° marzo 2012", ["12/2012"]),
        ("il 12/2020, nel 2009, il 3 marzo 2011 e poi n. 4", []),
        ("legge n. 1234567/2015", []),
    ],
)
def test_acts_are_recognised(text: str, found: list[str]) -> None:
    assert [one.code for one in citations(text)] == found


def test_acts_lead_to_search_and_not_inside_links_or_code() -> None:
    reading = Reading(search_url=lambda code: f"/cerca?q={code}&x")
    html = '<p>La legge 241/1990, <code>legge 241/1990</code> <a href="/x">legge 241/1990</a></p>'
    shown = read(html, reading)
    assert shown.count("g-act-cited") == 1
    assert 'href="/cerca?q=241/1990&amp;x">legge 241/1990</a>' in shown


@pytest.mark.timeout(5)
@pytest.mark.parametrize("piece", ["legge ", "n. 1 del ", "a'", "l. r. ", "1 gennaio 2009 ", "d."])
def test_hostile_citations_cost_little(piece: str) -> None:
    list(citations(piece * (20_000 // len(piece)) + " 2009"))


def test_a_film_is_a_box_that_says_where_it_leads() -> None:
    address = "https://www.youtube.com/watch?v=x"
    html = f'<p><a href="{address}" rel="nofollow noopener ugc">{address}</a></p>'
    shown = read(html, Reading(opens_film=lambda site: f"Apri il video su {site}, un altro sito"))
    assert "Apri il video su YouTube, un altro sito" in shown
    assert "<iframe" not in shown
    assert "<img" not in shown
    assert film_site("https://youtube.com.altro.example/watch") is None
    assert film_site("javascript:youtube.com/x") is None


def test_a_removed_author_is_a_former_member_in_quotations_and_names(
    thread: Thread, quoting: Post, verified: Member, moderator: Member, visitor: Visitor
) -> None:
    named = write(thread, f"Lo dice @{verified.slug}.", moderator)
    slug = verified.slug
    lifecycle.remove_member(member_id=verified.id, by=SYSTEM)
    page = words(visitor, thread)
    assert "Fornaro" not in page
    assert slug not in page
    assert "ex iscritto, messaggio n. 1" in page
    assert "@ex iscritto" in page
    # The stored words follow, when the worker comes to it.
    while outbox.drain(services.FORGETTING):
        db.session.expire_all()
    kept = db.session.get_one(Post, named.id)
    assert slug not in kept.text + kept.html


def test_the_pieces_of_a_quotation() -> None:
    quote = '<blockquote><p><a href="/messaggi/7">n. 1</a><br>segreto</p></blockquote>'
    nested = f"<blockquote>{quote}</blockquote><p>mio</p>"
    reading = Reading(things={"/messaggi/7": None}, posts={"/messaggi/7"}, gone="Via")
    for html in (quote + "<p>mio</p>", nested):
        assert "segreto" not in read(html, reading)
        assert "mio" in read(html, reading)
        assert "segreto" not in own_words(html)
    # The twin: a quotation of something that can be read stays.
    assert "segreto" in read(quote, Reading(posts={"/messaggi/8"}))
    text = "> [n. 1](/messaggi/7)\n> segreto\n\nmio\n> altro"
    assert without_quotes_of(text, {"/messaggi/7"}, "Via") == "> *Via*\n\nmio\n> altro"
