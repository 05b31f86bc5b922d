"""The catalogue: filters, counts that are right for the reader, pages, the feed, its price."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

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
from territory.queries import provinces, region
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


def test_a_province_covers_its_towns_and_shows_with_its_region(visitor: Visitor) -> None:
    lecce = next(one for one in provinces() if one.acronym == "LE")
    town = TerritoryFactory.make(region_id=lecce.region_id, parent_id=lecce.id, kind="municipality")
    StoryFactory.make(title="Provincia", territory_id=lecce.id)
    StoryFactory.make(title="Paese", territory_id=town.id)
    StoryFactory.make(title="Altrove", territory_id=lecce.region_id)
    plain = visitor.page("/buone-pratiche")
    assert not plain.xpath("//input[@name='provincia']")
    page = visitor.page("/buone-pratiche?regione=puglia")
    assert page.xpath("//input[@name='provincia']/@value") == [lecce.code]
    shown = visitor.page(f"/buone-pratiche?regione=puglia&provincia={lecce.code}")
    assert set(shown.xpath("//article//h2/a/text()")) == {"Provincia", "Paese"}


def test_states_are_chosen_by_their_words(visitor: Visitor) -> None:
    for state in LISTED_STATES:
        StoryFactory.make(title=str(state), state=state)
    page = visitor.page("/buone-pratiche?stato=validata&stato=superata")
    assert set(page.xpath("//article//h2/a/text()")) == {"validated", "outdated"}
    counts_shown = page.xpath("//input[@name='stato']/following-sibling::span[@class='g-n']")
    assert [one.text.strip() for one in counts_shown] == ["1", "1", "1"]


def test_what_lies_below_a_theme_shows_once_it_is_chosen(visitor: Visitor) -> None:
    top, below = theme_with_child()
    StoryFactory.make(themes=[below])
    assert visitor.page("/buone-pratiche").xpath("//details//input[@name='tema']/@value") == [
        top.code
    ]
    page = visitor.page(f"/buone-pratiche?tema={top.code}")
    assert page.xpath("//details//input[@name='tema']/@value") == [top.code, below.code]


def test_the_order_is_kept_by_filters_tabs_and_pages(visitor: Visitor) -> None:
    for number in range(14):
        StoryFactory.make(title=f"Storia {number:02}", endorsement_count=number)
    page = visitor.page("/buone-pratiche?ordina=utili")
    assert page.xpath("//article//h2/a/text()")[0] == "Storia 13"
    assert page.xpath("//select[@name='ordina']/option[@selected]/@value") == ["utili"]
    form = page.xpath("//details//form")[0]
    assert form.xpath(".//input[@type='hidden' and @name='ordina']/@value") == ["utili"]
    for address in [
        *page.xpath("//nav[@class='g-sub']//a/@href"),
        page.xpath("//a[@rel='next']/@href")[0],
    ]:
        assert "ordina=utili" in address
    second = visitor.page(page.xpath("//a[@rel='next']/@href")[0])
    assert second.xpath("//article//h2/a/text()") == ["Storia 01", "Storia 00"]
    assert "Utile per 13 enti" in text_of(visitor.get("/buone-pratiche?ordina=utili"))
    # A cursor of one order is no place in another.
    cursor = parse_qs(urlsplit(page.xpath("//a[@rel='next']/@href")[0]).query)["dopo"][0]
    assert visitor.get(f"/buone-pratiche?dopo={cursor}").status_code == 400


def test_the_feed_follows_the_filters(visitor: Visitor) -> None:
    lecce = OrganisationFactory.make(name="Lecce", slug="comune-di-lecce")
    StoryFactory.make(title="Offerta", organisation=lecce)
    StoryFactory.make(title="Richiesta", kind=PracticeKind.SEEK)
    StoryFactory.make(title="Altra")
    both = feedparser.parse(visitor.get("/buone-pratiche/feed").data)
    assert len(both.entries) == 3
    page = visitor.page("/buone-pratiche?tipo=cerco")
    [address] = page.xpath("//link[@title='Buone pratiche con questi filtri']/@href")
    seeks = feedparser.parse(visitor.get(address).data)
    assert [one.title for one in seeks.entries] == ["Cerco: Richiesta"]
    assert seeks.feed.link.endswith("/buone-pratiche?tipo=cerco")
    told = feedparser.parse(visitor.get("/buone-pratiche/feed?ente=comune-di-lecce").data)
    assert [one.title for one in told.entries] == ["Offro: Offerta"]


def test_a_member_finds_what_the_own_themes_are_about(visitor: Visitor, sign_in: SignIn) -> None:
    top, _ = theme_with_child()
    other = db.session.get_one(Theme, themes_tree()[-1].id)
    StoryFactory.make(title="Mia", themes=[top])
    StoryFactory.make(title="Altrui", themes=[other])
    assert "Di interesse per me" not in text_of(visitor.get("/buone-pratiche"))
    member = member_with()
    browser = sign_in(member)
    assert browser.page("/buone-pratiche").xpath("//main//a[@href='/profilo']")
    member.themes = [top]
    db.session.commit()
    page = browser.page("/buone-pratiche")
    [address] = page.xpath("//a[text()='Di interesse per me']/@href")
    chosen = browser.page(address)
    assert chosen.xpath("//article//h2/a/text()") == ["Mia"]
    assert chosen.xpath("//a[text()='Di interesse per me']/@aria-current") == ["true"]
    [back] = chosen.xpath("//a[text()='Di interesse per me']/@href")
    assert len(browser.page(back).xpath("//article")) == 2
