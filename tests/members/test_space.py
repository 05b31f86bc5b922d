"""The own space gathers what the features know of a member's work."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from flask import Flask

from core.actor import Role
from forum.models import PostState
from practices.models import PracticeState
from tests.factories.forum import PostFactory, ThreadFactory
from tests.factories.members import AffiliationFactory, MemberFactory, member_with
from tests.factories.organisations import OrganisationFactory
from tests.factories.practices import StoryFactory
from tests.factories.twinning import TwinningFactory
from tests.visitor import Visitor
from twinning.models import TwinningState

CountQueries = Callable[[], AbstractContextManager[list[str]]]


def sections_of(browser: Visitor) -> dict[str, list[str]]:
    """The titles under each heading of the page."""
    page = browser.page("/il-mio-spazio")
    return {
        section.get("aria-labelledby"): [
            " ".join(title.text_content().split()) for title in section.xpath(".//h3")
        ]
        for section in page.xpath("//main//section[@aria-labelledby]")
    }


def test_own_work_stands_where_it_belongs(app: Flask) -> None:
    member, other = member_with(Role.COORDINATOR), MemberFactory.make()
    for author, word in ((member, "mia"), (other, "altrui")):
        StoryFactory.make(title=f"Bozza {word}", author_id=author.id, state=PracticeState.DRAFT)
        StoryFactory.make(
            title=f"Inviata {word}", author_id=author.id, state=PracticeState.SUBMITTED
        )
        PostFactory.make(
            thread=ThreadFactory.make(title=f"Filo {word}"),
            author_id=author.id,
            state=PostState.HELD,
        )
        TwinningFactory.make(
            title=f"Progetto {word}", coordinator_id=author.id, state=TwinningState.DRAFT
        )
    browser = Visitor(app)
    browser.sign_in(member.email)
    found = sections_of(browser)
    assert found["bozze"] == ["Bozza mia"]
    assert set(found["in-attesa"]) == {"Inviata mia", "Filo mia"}
    assert found["gemellaggi-miei"] == ["Progetto mia"]
    menu = browser.page("/il-mio-spazio").xpath("//nav[@class='g-sub']//a[text()='Le mie storie']")
    assert len(menu) == 1, "a number beside an entry is the number of what is new there"


def test_a_new_member_is_told_what_to_do(app: Flask) -> None:
    browser = Visitor(app)
    browser.sign_in(MemberFactory.make().email)
    found = sections_of(browser)
    assert found["tocca-a-te"] == ["Di’ per quale ente lavori"]
    assert found["seguiti"] == ["Non segui ancora nulla"]
    assert "bozze" not in found


@pytest.mark.parametrize("roles", [(), tuple(Role)])
def test_the_page_costs_little_whatever_there_is(
    app: Flask, count_queries: CountQueries, roles: tuple[Role, ...]
) -> None:
    """However many duties somebody has: all that waits is counted in one query."""
    member = member_with(*roles)
    for number in range(8):
        AffiliationFactory.make(
            member=member, organisation=OrganisationFactory.make(), role="contact"
        )
        StoryFactory.make(author_id=member.id, state=PracticeState.DRAFT)
        TwinningFactory.make(coordinator_id=member.id, state=TwinningState.DRAFT)
        PostFactory.make(
            thread=ThreadFactory.make(title=f"{number}"), author_id=member.id, state=PostState.HELD
        )
    browser = Visitor(app)
    browser.sign_in(member.email)
    browser.get("/il-mio-spazio")
    with count_queries() as statements:
        browser.get("/il-mio-spazio")
    assert len(statements) <= 16, statements
