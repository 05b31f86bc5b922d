"""What was typed and could not be taken comes back, in the words of the page it was typed into."""

from __future__ import annotations

import pytest
from flask import Flask
from lxml import html
from sqlalchemy.exc import OperationalError
from tests.factories.forum import ThreadFactory
from tests.factories.members import member_with
from tests.factories.organisations import OrganisationFactory
from tests.visitor import Visitor, form_values, parse, text_of


def returned(visitor: Visitor, typed: dict[str, str]) -> html.HtmlElement:
    """The page that answers a form whose token is of another session."""
    response = visitor.post(
        f"/discussioni/{ThreadFactory.make().id}",
        data={"csrf_token": "of another session", **typed},
        headers={"Sec-Fetch-Site": "same-origin"},
    )
    assert response.status_code == 400
    assert "Il tuo testo è qui" in text_of(response)
    return parse(response)


def test_typed_text_comes_back_and_nothing_else_is_seen(visitor: Visitor) -> None:
    typed = {"text": "Prima\nseconda riga", "on_behalf_of": "0", "reply_to": "", "azione": "invia"}
    page = returned(visitor, typed)
    labels = page.xpath("//main//form//label")
    assert [label.text_content() for label in labels] == ["Messaggio"]
    sent = form_values(page.xpath("//main//form")[0])
    assert {name: sent[name].strip() for name in typed} == typed
    assert page.xpath("//main//a[.='Accedi in un’altra scheda']")


def test_text_of_a_field_that_nobody_named_is_seen_too(visitor: Visitor) -> None:
    page = returned(visitor, {"da_poco": "Due parole"})
    labels = page.xpath("//main//form//label")
    assert [label.text_content() for label in labels] == ["Testo"]


def test_passwords_do_not_come_back(app: Flask, visitor: Visitor) -> None:
    page = returned(visitor, {"password": "una frase di prova", "text": "Due parole"})
    assert b"una frase" not in html.tostring(page)


def test_the_page_of_an_absent_database_asks_it_nothing(
    visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who reads stands in the database too: without it the page is that of a visitor."""
    thread = ThreadFactory.make()
    visitor.sign_in(member_with(of=OrganisationFactory.make()).email)

    def away(*_: object) -> None:
        raise OperationalError("SELECT", {}, GoneAway("57P01"))

    monkeypatch.setattr("members.views.browser.identity_of", away)
    read = visitor.get(f"/discussioni/{thread.id}")
    assert (read.status_code, read.headers["Retry-After"]) == (503, "5")
    sent = visitor.post(
        f"/discussioni/{thread.id}",
        data={"csrf_token": "x", "text": "Non deve andare perduto"},
        headers={"Sec-Fetch-Site": "same-origin"},
    )
    assert sent.status_code in (400, 503)
    assert "Non deve andare perduto" in sent.get_data(as_text=True)


class GoneAway(Exception):
    """What PostgreSQL's driver says when the server ends."""

    def __init__(self, sqlstate: str) -> None:
        super().__init__(sqlstate)
        self.sqlstate = sqlstate
