"""Reading the register: the list, its counts, finding bodies by any spelling."""

from __future__ import annotations

from collections import Counter

import pytest

from core.actor import VISITOR, Actor
from core.database import db
from organisations import queries
from organisations.models import Level, Nature, Organisation, OrganisationState
from organisations.queries import RegisterFilters
from territory import queries as territory
from tests.factories.organisations import OrganisationFactory
from tests.statements import recorded

pytestmark = pytest.mark.usefixtures("app")


def region_id(code: str) -> int:
    region = territory.region(code)
    assert region is not None
    return region.id


def some_bodies() -> list[Organisation]:
    """Bodies of several sorts; the last one has left the register."""
    lecce, merano = (territory.find_places(name)[-1].id for name in ("Lecce", "Merano"))
    make = OrganisationFactory.make
    return [
        make(name="Comune di Lecce", territory_id=lecce, ipa_code="c_e506"),
        make(name="Città di Merano", territory_id=merano),
        make(name="Regione Puglia", level=Level.REGION, territory_id=region_id("puglia")),
        make(name="àncora, cooperativa", nature=Nature.THIRD_SECTOR, level=Level.OTHER),
        make(name="Ente in famiglia", acronym="EIF", nature=Nature.PRIVATE, level=Level.OTHER),
        make(name="Comune che non c’è più", territory_id=lecce, state=OrganisationState.REMOVED),
    ]


def names(filters: RegisterFilters) -> list[str]:
    return [line.name for line in queries.register(filters).items]


def test_the_register_is_in_alphabetical_order_whatever_the_accents() -> None:
    some_bodies()
    assert names(RegisterFilters()) == [
        "àncora, cooperativa",
        "Città di Merano",
        "Comune di Lecce",
        "Ente in famiglia",
        "Regione Puglia",
    ]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("CITTA", ["Città di Merano"]),
        ("citta’ merano", ["Città di Merano"]),
        ("merano citt", ["Città di Merano"]),
        ("ANCORA", ["àncora, cooperativa"]),
        ("eif", ["Ente in famiglia"]),
        ("C_E506", ["Comune di Lecce"]),
        ("ecce", []),
        ("comune che non", []),
        ("%", ["àncora, cooperativa", "Città di Merano", "Comune di Lecce", "Ente in famiglia",
               "Regione Puglia"]),
        ("co_une", []),
    ],
)  # fmt: skip
def test_words_are_found_by_their_beginning(text: str, found: list[str]) -> None:
    some_bodies()
    assert names(RegisterFilters(text=text)) == found


def test_filters_join_across_and_widen_within() -> None:
    some_bodies()
    puglia, bolzano = region_id("puglia"), region_id("bolzano")
    both = frozenset({puglia, bolzano})
    assert names(RegisterFilters(region_ids=frozenset({puglia}))) == [
        "Comune di Lecce",
        "Regione Puglia",
    ]
    assert names(RegisterFilters(region_ids=both, levels=frozenset({Level.MUNICIPALITY}))) == [
        "Città di Merano",
        "Comune di Lecce",
    ]
    assert names(RegisterFilters(natures=frozenset({Nature.PRIVATE, Nature.THIRD_SECTOR}))) == [
        "àncora, cooperativa",
        "Ente in famiglia",
    ]


FILTERS = [
    RegisterFilters(),
    RegisterFilters(text="comune"),
    RegisterFilters(natures=frozenset({Nature.PUBLIC})),
    RegisterFilters(levels=frozenset({Level.OTHER}), natures=frozenset({Nature.PRIVATE})),
    RegisterFilters(text="di", levels=frozenset({Level.MUNICIPALITY})),
]


@pytest.mark.parametrize("filters", FILTERS)
def test_counts_are_those_of_the_lists(filters: RegisterFilters) -> None:
    some_bodies()
    counts = queries.register_counts(filters)
    assert counts.total == 5
    assert counts.found == len(names(filters))
    for nature in Nature:
        alone = RegisterFilters(filters.text, frozenset({nature}), filters.levels)
        assert counts.natures.get(nature, 0) == len(names(alone))
    for level in Level:
        alone = RegisterFilters(filters.text, filters.natures, frozenset({level}))
        assert counts.levels.get(level, 0) == len(names(alone))
    for region in territory.regions():
        alone = RegisterFilters(
            filters.text, filters.natures, filters.levels, frozenset({region.id})
        )
        assert counts.regions.get(region.id, 0) == len(names(alone))


def test_an_empty_register_counts_nothing() -> None:
    counts = queries.register_counts(RegisterFilters(text="x"))
    assert (counts.total, counts.found) == (0, 0)
    assert queries.count() == 0
    assert queries.latest() == []


def test_pages_hold_everything_once_in_both_directions() -> None:
    made = [OrganisationFactory.make(name=f"Comune {n % 3}") for n in range(45)]
    seen, after = [], None
    while True:
        page = queries.register(RegisterFilters(), after=after)
        seen += [line.id for line in page.items]
        if page.after is None:
            break
        after = page.after
    assert Counter(seen) == Counter(one.id for one in made)
    back = queries.register(RegisterFilters(), before=page.before)
    assert [line.id for line in back.items] == seen[20:40]


def test_what_a_list_costs_does_not_grow() -> None:
    def cost() -> int:
        with recorded() as statements:
            queries.register(RegisterFilters(text="comune"))
            queries.register_counts(RegisterFilters(text="comune"))
        return len(statements)

    OrganisationFactory.make()
    db.session.commit()
    few = cost()
    for _ in range(19):
        OrganisationFactory.make(territory_id=region_id("puglia"))
    assert cost() == few == 2


def test_bodies_are_found_exactly_first_then_by_beginning() -> None:
    make = OrganisationFactory.make
    make(name="Unione dei comuni di Lecce e dintorni")
    make(name="Lecce servizi")
    make(name="Lecce")
    make(name="Altro", ipa_code="Lecce")
    make(name="Lecce che fu", state=OrganisationState.REMOVED)
    found = [line.name for line in queries.find_organisations("lecce")]
    assert found == ["Altro", "Lecce", "Lecce servizi", "Unione dei comuni di Lecce e dintorni"]
    assert len(queries.find_organisations("lecce", limit=2)) == 2


@pytest.mark.parametrize("text", ["", "   ", "%", "\x00", "🦉", "' OR 1=1 --", "a" * 100_000])
def test_hostile_texts_find_no_body(text: str) -> None:
    OrganisationFactory.make()
    assert queries.find_organisations(text) == []


def test_lines_come_in_one_query_and_leave_out_what_is_gone() -> None:
    bodies = some_bodies()
    territory.regions()
    with recorded() as statements:
        lines = queries.lines([body.id for body in bodies] + [10**9])
        regions = {line.name: line.region for line in lines.values()}
    assert len(statements) == 1
    assert set(lines) == {body.id for body in bodies[:-1]}
    assert lines[bodies[4].id].short == "EIF"
    assert lines[bodies[0].id].short == "Comune di Lecce"
    assert regions["Comune di Lecce"] == "Puglia"
    assert queries.lines([]) == {}


def test_choices_are_the_readers_own_bodies() -> None:
    bodies = some_bodies()
    own = frozenset({bodies[0].id, bodies[3].id, bodies[5].id})
    actor = Actor(member_id=7, organisation_ids=own)
    assert queries.organisation_choices(actor) == [
        (bodies[3].id, "àncora, cooperativa"),
        (bodies[0].id, "Comune di Lecce"),
    ]
    assert queries.organisation_choices(VISITOR) == []


def test_the_latest_are_those_entered_last() -> None:
    first, second = OrganisationFactory.make(), OrganisationFactory.make()
    assert [line.id for line in queries.latest(2)] == [second.id, first.id]
    assert queries.count() == 2
