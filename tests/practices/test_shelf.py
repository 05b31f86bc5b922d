"""The numbers beside the catalogue: exact under any choice, and right at once for every reader."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import func, select, update

from core.actor import SYSTEM, VISITOR, Actor
from core.database import db
from core.events import announce
from core.references import Reference
from core.transactions import transaction
from practices.models import Practice, PracticeKind, PracticeState
from practices.policies import listed_to, visible_to
from practices.queries.catalogue import Facets, Filters, Order, conditions, facets, stories
from practices.queries.shelf import KEEPER
from practices.rules import LISTED_STATES
from practices.rules.shelf import Placed, Shelf, from_ids, ids_of
from practices.services import archive_story
from practices.signals import StoryArchived
from spaces.services import open_space
from taxonomy.models import Theme
from taxonomy.queries import themes_by_id
from territory.queries import provinces, regions
from tests.factories.organisations import OrganisationFactory
from tests.factories.practices import StoryFactory
from tests.factories.territory import TerritoryFactory

OFFERS = Filters(kind=PracticeKind.OFFER)
FIELDS = {
    "states": "states",
    "theme_ids": "themes",
    "region_ids": "regions",
    "province_ids": "provinces",
    "years": "years",
}


def counted(filters: Filters, actor: Actor) -> int:
    """As the database counts them."""
    return (
        db.session.scalar(select(func.count(Practice.id)).where(*conditions(filters, actor))) or 0
    )


def make_many(chance: random.Random, space_id: int) -> list[int]:
    """Forty stories of all sorts; return the bodies that tell them."""
    bodies = [OrganisationFactory.make() for _ in range(4)]
    themes = [db.session.get_one(Theme, number) for number in chance.sample([*themes_by_id()], 6)]
    places = [one.id for one in chance.sample(regions(), 3)]
    places += [one.id for one in chance.sample(provinces(), 3)]
    near = next(one for one in provinces() if one.id in places)
    town = TerritoryFactory.make(region_id=near.region_id, parent_id=near.id, kind="municipality")
    places.append(town.id)
    for _ in range(40):
        StoryFactory.make(
            kind=chance.choice([*PracticeKind]),
            state=chance.choice([*LISTED_STATES] * 3 + [PracticeState.ARCHIVED]),
            organisation=chance.choice([*bodies, None]),
            territory_id=chance.choice(places),
            themes=chance.sample(themes, chance.randint(1, 3)),
            space_id=chance.choice([None, None, None, space_id]),
            published_at=datetime(chance.choice([2019, 2024, 2025]), 12, 31, 23, 30, tzinfo=UTC),
        )
    return [body.id for body in bodies]


def anything(chance: random.Random, bodies: list[int]) -> Filters:
    """Some filters that somebody may choose."""

    def some(values: list[Any]) -> frozenset[Any]:
        return frozenset(chance.sample(values, chance.choice([0, 0, 0, 1, 2])))

    return Filters(
        kind=chance.choice([None, *PracticeKind]),
        states=some([*LISTED_STATES]),
        theme_ids=some([*themes_by_id()]),
        region_ids=some([one.id for one in regions()]),
        province_ids=some([one.id for one in provinces()]),
        organisation_ids=some(bodies),
        years=some([2019, 2020, 2024, 2025, 2026]),
    )


def disagreements(filters: Filters, actor: Actor) -> list[str]:
    """Where the numbers beside the catalogue are not those that the database counts."""
    found = facets(filters, actor)
    wrong = [] if found.found == counted(filters, actor) else ["found"]
    shown = set(db.session.scalars(select(Practice.id).where(*conditions(filters, actor))))
    if found.ids is not None and set(found.ids) != shown:
        wrong.append("ids")
    for name, part in FIELDS.items():
        for value, number in getattr(found, part).items():
            # A province lies in a region: choosing another region leaves the province aside.
            gone = {"province_ids": frozenset()} if name == "region_ids" else {}
            values: dict[str, Any] = {**gone, name: frozenset({value})}
            if number != counted(replace(filters, **values), actor):
                wrong.append(f"{part}: {value}")
    return wrong


@pytest.mark.usefixtures("app")
def test_every_number_is_that_of_the_database() -> None:
    chance = random.Random(20261127)
    space = open_space(about=Reference("practice", 1), title="Riservato", by=SYSTEM)
    bodies = make_many(chance, space.id)
    inside = Actor(member_id=7, space_ids=frozenset({space.id}))
    assert disagreements(Filters(), VISITOR) == []
    assert facets(Filters(), inside).found > facets(Filters(), VISITOR).found
    for _ in range(25):
        filters = anything(chance, bodies)
        for reader in (VISITOR, inside):
            assert disagreements(filters, reader) == [], filters
    # Rows that change are counted anew.
    for row in db.session.scalars(select(Practice).order_by(Practice.id).limit(15)):
        row.state = chance.choice([PracticeState.ARCHIVED, PracticeState.VALIDATED])
        row.organisation_id = chance.choice(bodies)
    db.session.commit()
    for _ in range(10):
        filters = anything(chance, bodies)
        assert disagreements(filters, VISITOR) == [], filters


@pytest.mark.usefixtures("app")
def test_the_check_above_can_fail() -> None:
    """Numbers that leave a filter out are told."""
    StoryFactory.make(published_at=datetime(2024, 6, 1, tzinfo=UTC))
    StoryFactory.make(published_at=datetime(2025, 6, 1, tzinfo=UTC))
    facets(Filters(), VISITOR)
    known = KEEPER.current()
    known.sets["years", 2025] |= known.sets["years", 2024]
    assert disagreements(Filters(years=frozenset({2025})), VISITOR) != []


@pytest.mark.usefixtures("app")
def test_what_another_process_did_is_known_by_its_event() -> None:
    story = StoryFactory.make()
    StoryFactory.make()
    assert facets(OFFERS, VISITOR).found == 2
    with transaction() as session:
        session.execute(
            update(Practice)
            .where(Practice.id == story.id)
            .values(state=PracticeState.ARCHIVED)
            .execution_options(synchronize_session=False)
        )
    # Past the services, and not told: that is what events are for.
    assert facets(OFFERS, VISITOR).found == 2
    with transaction():
        announce(StoryArchived(practice_id=story.id))
    assert facets(OFFERS, VISITOR).found == 1


@pytest.mark.usefixtures("app")
def test_what_left_the_catalogue_is_counted_no_more_at_once() -> None:
    story = StoryFactory.make(organisation=OrganisationFactory.make())
    before = facets(OFFERS, VISITOR)
    assert (before.found, len(before.organisations)) == (1, 1)
    archive_story(practice_id=story.id, version=None, reason="prova", by=SYSTEM)
    assert facets(OFFERS, VISITOR) == Facets(ids=(), organisations=[])


@pytest.mark.usefixtures("app")
def test_the_catalogue_asks_for_what_everybody_may_see_in_it() -> None:
    """``listed_to`` is ``visible_to`` where a story stands in the catalogue."""
    space = open_space(about=Reference("practice", 1), title="Riservato", by=SYSTEM)
    for state in PracticeState:
        StoryFactory.make(state=state)
        StoryFactory.make(state=state, space_id=space.id)
    listed = Practice.state.in_(sorted(LISTED_STATES))
    for reader in (VISITOR, Actor(member_id=3, space_ids=frozenset({space.id})), SYSTEM):
        short = set(db.session.scalars(select(Practice.id).where(listed_to(reader))))
        long = set(db.session.scalars(select(Practice.id).where(listed, visible_to(reader))))
        assert short == long


@pytest.mark.usefixtures("app")
@pytest.mark.parametrize("order", [*Order])
def test_every_order_shows_every_story_once(order: Order) -> None:
    for number in range(30):
        StoryFactory.make(
            title=f"{'Àèb'[number % 3]}rea {number // 7}",
            endorsement_count=number % 3,
            reuse_count=number % 2,
            published_at=datetime(2025, 1, 1 + number // 10, tzinfo=UTC),
        )
    for ids in (None, db.session.scalars(select(Practice.id)).all()):
        seen, after = [], None
        while True:
            page = stories(OFFERS, VISITOR, order=order, ids=ids, after=after)
            seen += list(page.items)
            if page.before and after:
                back = stories(OFFERS, VISITOR, order=order, ids=ids, before=page.before)
                assert [one.id for one in back.items] == [one.id for one in seen[-24:-12]][
                    : len(back.items)
                ] or len(page.items) < 12
            after = page.after
            if after is None:
                break
        assert len({one.id for one in seen}) == len(seen) == 30
        marks = {
            Order.NEWEST: [one.published_at for one in seen],
            Order.USEFUL: [(one.endorsement_count, one.published_at) for one in seen],
            Order.REUSED: [(one.reuse_count, one.published_at) for one in seen],
        }
        if order is Order.TITLE:
            assert [one.title[0] for one in seen] == ["À"] * 10 + ["b"] * 10 + ["è"] * 10
        else:
            assert marks[order] == sorted(marks[order], reverse=True)  # type: ignore[type-var]


def test_sets_of_stories_hold_what_was_put_in() -> None:
    ids = {1, 7, 8, 63, 64, 1000}
    assert set(ids_of(from_ids(ids))) == ids
    assert from_ids(()) == 0
    assert list(ids_of(0)) == []
    shelf, whole = Shelf(), [_placed(number, number % 3) for number in ids]
    shelf.fill(whole[:3])
    shelf.put(whole[3:])
    everything = shelf.matching(Filters(), (), {})
    assert set(ids_of(everything)) == ids
    assert sum(shelf.organisations(everything).values()) == sum(1 for one in ids if one % 3)
    shelf.take([64, 1000, 5])
    assert set(ids_of(shelf.matching(Filters(), (), {}))) == ids - {64, 1000}


def _placed(number: int, organisation_id: int) -> Placed:
    return Placed(
        id=number,
        kind=PracticeKind.OFFER,
        state=PracticeState.PUBLISHED,
        space_id=0,
        region_id=1,
        province_id=0,
        organisation_id=organisation_id,
        year=2025,
        theme_ids=(1, 2),
    )
