"""A story told in one piece: it needs no other part, and its form goes on asking for that piece."""

from __future__ import annotations

from flask import Flask

from core.text import Rendered
from members.models import Member
from practices.models import PracticeKind, PracticeState
from practices.rules import SECTIONS, missing
from tests.factories.practices import StoryFactory, content
from tests.practices.conftest import SignIn
from tests.visitor import Visitor, parse

BODY = "# Il servizio\n\nLo sportello *unico*."


def test_a_story_in_one_piece_lacks_nothing(app: Flask) -> None:
    whole = {"body": Rendered(BODY, "<h3>Il servizio</h3><p>Lo sportello unico.</p>")}
    for kind in PracticeKind:
        assert missing(kind, content(kind, sections=whole), affiliated=False) == ()
        empty = {"body": Rendered("---", "<hr>")}
        parts = tuple(one.name for one in SECTIONS[kind] if one.required)
        assert missing(kind, content(kind, sections=empty), affiliated=False) == parts


def test_a_story_of_no_member_is_told_by_the_site(visitor: Visitor) -> None:
    story = StoryFactory.make(body=BODY, body_html="<h3>Il servizio</h3><p>Lo sportello.</p>")
    page = visitor.page(f"/buone-pratiche/{story.slug}")
    assert "Lo sportello." in page.text_content()
    assert page.find_class("g-muted")[0].text_content().startswith("Gemella")
    assert "ex iscritto" not in page.text_content()
    assert "ex iscritto" not in visitor.page("/buone-pratiche").text_content()


def test_its_form_keeps_it_and_no_other_form_has_it(author: Member, sign_in: SignIn) -> None:
    story = StoryFactory.make(
        author=author, state=PracticeState.DRAFT, body=BODY, body_html="<p>prima</p>"
    )
    browser = sign_in(author)
    assert "body" not in {
        name for form in browser.page("/invia-una-storia?tipo=offro").forms for name in form.fields
    }
    answer = browser.submit(
        f"/buone-pratiche/{story.slug}/modifica/racconto",
        {"body": BODY + "\n\nOggi è **aperto**.", "azione": "salva"},
        action="/modifica/racconto",
    )
    assert answer.status_code == 200
    shown = parse(browser.get(f"/buone-pratiche/{story.slug}")).text_content()
    assert "Oggi è aperto." in shown
