"""The demo's mailbox."""

from __future__ import annotations

from collections.abc import Callable

from flask import Flask

from core.contracts import Delivery, Notice
from members.models import Member
from notifications import services
from tests.factories.members import MemberFactory
from tests.notifications.conftest import Rule
from tests.visitor import Visitor, text_of

PATH = "/posta-di-prova"


def test_there_is_none_outside_the_demo(visitor: Visitor) -> None:
    assert visitor.get(PATH).status_code == 404


def test_an_empty_one_says_what_to_do(visitor: Visitor, demo: None) -> None:
    assert "Nessun messaggio" in text_of(visitor.get(PATH))


def test_letters_newest_first_with_links(
    visitor: Visitor, demo: None, rule: Rule, happen: Callable[[Member], Delivery]
) -> None:
    for number in range(2):
        rule.notice = Notice(
            subject=f"Notizia {number}",
            template="members/mail/password_changed",
            context={"reset_url": f"http://localhost/x/{number}?a=1&b=<script>"},
        )
        happen(MemberFactory.make(email=f"{number}@ente.example"))
        services.run_once()
    page = visitor.page(PATH)
    titles = [title.text_content() for title in page.xpath("//article/h2")]
    assert titles == ["Notizia 1 – Gemella", "Notizia 0 – Gemella"]
    assert "http://localhost/x/1?a=1&b=" in page.xpath("//article[1]//a/@href")[0]
    assert not page.xpath("//article//script")
    assert "1@ente.example" in page.xpath("//article")[0].text_content()


def test_links_lead_to_the_name_that_was_called(
    app: Flask, demo: None, rule: Rule, happen: Callable[[Member], Delivery]
) -> None:
    happen(MemberFactory.make())
    services.run_once()
    visitor = Visitor(app)
    visitor.get(PATH, headers={"Host": "127.0.0.1:8000"})
    assert visitor.last is not None
    assert 'href="http://127.0.0.1:8000/x"' in visitor.last.text
