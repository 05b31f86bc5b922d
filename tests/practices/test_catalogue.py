"""The catalogue: filters, counts that are right for the reader, pages, the feed, its price."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from typing import Any

import feedparser
import pytest

from core.actor import SYSTEM, VISITOR, Actor
from core.database import db
from core.references import Reference
from practices.models import Practice, PracticeKind, PracticeState
from practices.queries import counts, latest_stories, stories_of, story_line
from practices.queries.catalogue import Filters, facets, stories
from practices.rules import LISTED_STATES
from spaces.services import open_space
from taxonomy.models import Theme
from taxonomy.queries import themes_tree
from territory.queries import region
from tests.factories import LONG_AGO
from tests.factories.members import member_with
from tests.factories.organisations import OrganisationFactory
from tests.factories.practices import StoryFactory
from tests.factories.territory import TerritoryFactory
from tests.practices.conftest import SignIn
from tests.visitor import Visitor, parse, text_of

Counting = Callable[[], AbstractContextManager[list[str]]]
OFFERS = Filters(kind=PracticeKind.OFFER)


def titles(page: Any) -> list[str]:
    return [line.title for line in page.items]


def theme_with_child() -> tuple[Theme, Theme]:
    top = next(one for one in themes_tree() if one.children)
    return db.session.get_one(Theme, top.id), db.session.get_one(Theme, top.children[0].id)


@pytest.mark.usefixtures("app")
def test_only_listed_states_stand_in_the_catalogue() -> None:
    for state in PracticeState:
        StoryFactory.make(title=str(state), state=state)
    assert set(titles(stories(OFFERS, VISITOR))) == {str(state) for state in LISTED_STATES}
    assert counts(VISITOR) == {PracticeKind.OFFER: len(LISTED_STATES), PracticeKind.SEEK: 0}


@pytest.mark.usefixtures("app")
def test_a_theme_covers_what_lies_below_it() -> None:
    top, below = theme_with_child()
    other = db.session.get_one(Theme, themes_tree()[-1].id)
    StoryFactory.make(title="sopra", themes=[top])
    StoryFactory.make(title="sotto", themes=[below])
    StoryFactory.make(title="tutti e due", themes=[top, below])
    StoryFactory.make(title="altro", themes=[other])
    chosen = Filters(kind=PracticeKind.OFFER, theme_ids=frozenset({top.id}))
    assert set(titles(stories(chosen, VISITOR))) == {"sopra", "sotto", "tutti e due"}
    numbers = facets(OFFERS, VISITOR).themes
    assert (numbers[top.id], numbers[below.id], numbers[other.id]) == (3, 2, 1)
    # Choosing a theme leaves the counts of the others as they are.
    assert facets(chosen, VISITOR).themes == numbers


@pytest.mark.usefixtures("app")
def test_a_region_covers_every_place_in_it() -> None:
    puglia, trento = region("puglia"), region("trento")
    assert puglia is not None
    assert trento is not None
    village = TerritoryFactory.make(region_id=puglia.id, parent_id=puglia.id, kind="municipality")
    StoryFactory.make(title="regione", territory_id=puglia.id)
    StoryFactory.make(title="paese", territory_id=village.id)
    StoryFactory.make(title="altrove", territory_id=trento.id)
    chosen = Filters(kind=PracticeKind.OFFER, region_ids=frozenset({puglia.id}))
    assert set(titles(stories(chosen, VISITOR))) == {"regione", "paese"}
    assert facets(chosen, VISITOR).regions == {puglia.id: 2, trento.id: 1}


@pytest.mark.usefixtures("app")
def test_years_are_those_of_a_calendar_in_italy() -> None:
    new_year_in_rome = datetime(2024, 12, 31, 23, 30, tzinfo=UTC)
    StoryFactory.make(title="brindisi", published_at=new_year_in_rome)
    StoryFactory.make(title="vigilia", published_at=new_year_in_rome - timedelta(hours=1))
    assert facets(OFFERS, VISITOR).years == {2025: 1, 2024: 1}
    assert list(facets(OFFERS, VISITOR).years) == [2025, 2024]
    for year, title in ((2025, "brindisi"), (2024, "vigilia")):
        chosen = Filters(kind=PracticeKind.OFFER, years=frozenset({year}))
        assert titles(stories(chosen, VISITOR)) == [title]


@pytest.mark.usefixtures("app")
def test_each_filter_is_counted_under_the_others() -> None:
    lecce, bari = OrganisationFactory.make(name="Lecce"), OrganisationFactory.make(name="Bari")
    StoryFactory.make(organisation=lecce, published_at=datetime(2024, 5, 1, tzinfo=UTC))
    StoryFactory.make(organisation=lecce, published_at=datetime(2025, 5, 1, tzinfo=UTC))
    StoryFactory.make(organisation=bari, published_at=datetime(2025, 5, 1, tzinfo=UTC))
    StoryFactory.make(organisation=bari, kind=PracticeKind.SEEK)
    chosen = Filters(
        kind=PracticeKind.OFFER, organisation_ids=frozenset({lecce.id}), years=frozenset({2025})
    )
    found = facets(chosen, VISITOR)
    assert [(body.name, body.number) for body in found.organisations] == [("Bari", 1), ("Lecce", 1)]
    assert found.years == {2025: 1, 2024: 1}
    assert found.kinds == {PracticeKind.OFFER: 1}
    assert len(stories(chosen, VISITOR).items) == 1


@pytest.mark.usefixtures("app")
def test_counts_are_those_of_the_reader() -> None:
    space = open_space(about=Reference("practice", 1), title="Riservato", by=SYSTEM)
    inside = Actor(member_id=7, space_ids=frozenset({space.id}))
    StoryFactory.make(title="per tutti")
    StoryFactory.make(title="riservata", space_id=space.id)
    for reader, number in ((VISITOR, 1), (Actor(member_id=8), 1), (inside, 2)):
        assert len(stories(OFFERS, reader).items) == number
        assert facets(OFFERS, reader).kinds == {PracticeKind.OFFER: number}
        assert sum(facets(OFFERS, reader).years.values()) == number
        assert counts(reader)[PracticeKind.OFFER] == number
        assert len(latest_stories(None, 10, reader)) == number


def test_pages_show_every_story_once(visitor: Visitor) -> None:
    for number in range(30):
        StoryFactory.make(
            title=f"Storia {number:02}", published_at=LONG_AGO + timedelta(hours=number // 3)
        )
    seen: list[str] = []
    address: str | None = "/buone-pratiche?anno=2026"
    while address:
        page = visitor.page(address)
        seen += page.xpath("//article//h2/a/text()")
        address = next(iter(page.xpath("//a[@rel='next']/@href")), None)
    assert sorted(seen) == [f"Storia {number:02}" for number in range(30)]
    assert seen == sorted(seen, reverse=True)
    assert visitor.page(page.xpath("//a[@rel='prev']/@href")[0]).xpath("//article")


def test_the_page_offers_filters_and_takes_them_back(visitor: Visitor) -> None:
    body = OrganisationFactory.make(name="Regione Puglia", slug="regione-puglia")
    StoryFactory.make(title="Marchio", organisation=body)
    StoryFactory.make(title="Nidi", kind=PracticeKind.SEEK)
    page = visitor.page("/buone-pratiche")
    tabs = page.xpath("//nav[@class='g-sub']//a")
    assert [" ".join(tab.text_content().split()) for tab in tabs] == ["Offro 1", "Cerco 1"]
    assert page.xpath("//input[@name='ente' and @value='regione-puglia']")
    filtered = visitor.page("/buone-pratiche?ente=regione-puglia&anno=2011")
    assert "Nessuna storia con questi filtri" in filtered.text_content()
    assert "Marchio" not in filtered.text_content()
    without_body, without_year, without_any = filtered.xpath("//ul[@class='g-on']//a/@href")
    assert "Marchio" not in text_of(visitor.get(without_body))
    assert "Marchio" in text_of(visitor.get(without_year))
    assert "Marchio" in text_of(visitor.get(without_any))
    assert "Nidi" in text_of(visitor.get("/buone-pratiche?tipo=cerco"))


@pytest.mark.parametrize(
    "query",
    [
        "tipo=altro",
        "tema=nessuno",
        "regione=atlantide",
        "anno=0",
        "anno=9999999999",
        "ente=%00",
        "ente=nessuno",
    ],
)
def test_unknown_filters_are_no_filters(visitor: Visitor, query: str) -> None:
    StoryFactory.make(title="Marchio")
    assert "Marchio" in text_of(visitor.get(f"/buone-pratiche?{query}"))


@pytest.mark.parametrize("cursor", ["x", "W10", "WzEsMl0", "%00", "W251bGwsIG51bGxd"])
def test_a_place_that_is_none_is_a_bad_request(visitor: Visitor, cursor: str) -> None:
    assert visitor.get(f"/buone-pratiche?dopo={cursor}").status_code == 400
    assert visitor.get(f"/buone-pratiche?prima={cursor}").status_code == 400


def test_an_empty_catalogue_says_what_to_do(visitor: Visitor) -> None:
    for code in ("offro", "cerco"):
        page = visitor.page(f"/buone-pratiche?tipo={code}")
        assert page.xpath("//div[contains(@class, 'g-empty')]//a/@href") == [
            f"/invia-una-storia?tipo={code}"
        ]
    assert not feedparser.parse(visitor.get("/buone-pratiche/feed").data).bozo


def test_the_feed_is_valid_the_same_for_all_and_keeps_its_ids(
    visitor: Visitor, editing: Visitor
) -> None:
    space = open_space(about=Reference("practice", 1), title="Riservato", by=SYSTEM)
    body = OrganisationFactory.make(name="Regione Puglia")
    story = StoryFactory.make(
        title="A & B <c>", summary="Meno di <5> giorni & mezzo.", organisation=body
    )
    StoryFactory.make(title="riservata", space_id=space.id)
    StoryFactory.make(title="in attesa", state=PracticeState.SUBMITTED)
    answer = visitor.get("/buone-pratiche/feed")
    assert answer.mimetype == "application/atom+xml"
    feed = feedparser.parse(answer.data)
    assert (feed.bozo, feed.version) == (False, "atom10")
    [entry] = feed.entries
    assert entry.id == f"tag:localhost,2026:practice:{story.id}"
    assert entry.link == f"http://localhost/buone-pratiche/{story.slug}"
    assert parse(visitor.get(entry.link)).xpath("//h1")[0].text == "A & B <c>"
    assert entry.title_detail.value == "Offro: A & B <c>"
    assert entry.summary_detail.type == "text/html"
    assert entry.summary == "<p>Meno di &lt;5&gt; giorni &amp; mezzo.</p>"
    assert entry.author == "Regione Puglia"
    assert entry.updated_parsed[:3] == (2026, 1, 1)
    assert editing.get("/buone-pratiche/feed").data == answer.data
    again = visitor.get("/buone-pratiche/feed", headers={"If-None-Match": answer.headers["ETag"]})
    assert again.status_code == 304
    links = visitor.page("/buone-pratiche").xpath("//link[@type='application/atom+xml']/@href")
    assert "/buone-pratiche/feed" in links


def test_reading_costs_few_queries_however_much_there_is(
    visitor: Visitor, sign_in: SignIn, count_queries: Counting
) -> None:
    member = sign_in(member_with(of=OrganisationFactory.make()))
    body = OrganisationFactory.make()
    top, below = theme_with_child()

    def make(number: int) -> Practice:
        return [
            StoryFactory.make(
                organisation=body if n % 2 else OrganisationFactory.make(),
                author=member_with(),
                themes=[top, below],
            )
            for n in range(number)
        ][-1]

    story = make(2)
    paths = ("/buone-pratiche", f"/buone-pratiche/{story.slug}", "/buone-pratiche/feed")
    for browser in (visitor, member):
        for path in paths:
            browser.get(path)  # whatever is read once a process

    def costs() -> dict[tuple[int, str], int]:
        found = {}
        for who, browser in enumerate((visitor, member)):
            for path in paths:
                with count_queries() as statements:
                    assert browser.get(path).status_code == 200
                assert not [
                    s for s in statements if not s.lstrip("(").startswith(("SELECT", "WITH"))
                ]
                found[who, path] = len(statements)
        return found

    few = costs()
    make(14)
    with count_queries() as statements:
        visitor.get(paths[0])  # what changed is read again once a process
    assert len(statements) <= 10
    assert costs() == few
    assert max(few.values()) <= 10


@pytest.mark.usefixtures("in_request")
def test_lines_for_other_pages() -> None:
    body, author = OrganisationFactory.make(), member_with()
    ours = StoryFactory.make(organisation=body)
    theirs = StoryFactory.make(author=author)
    hidden = StoryFactory.make(author=author, state=PracticeState.DRAFT)
    assert [one.id for one in stories_of(VISITOR, organisation_id=body.id, limit=5)] == [ours.id]
    assert [one.id for one in stories_of(VISITOR, author_id=author.id, limit=5)] == [theirs.id]
    assert story_line(hidden.id, VISITOR) is None
    line = story_line(hidden.id, Actor(member_id=author.id))
    assert line is not None
    assert (line.url, line.speaker) == (f"/buone-pratiche/{hidden.slug}", author.name)
