"""Finding territories: regions from memory, municipalities whatever the spelling."""

from __future__ import annotations

import pytest

from territory import queries
from territory.models import TerritoryKind
from tests.factories.territory import TerritoryFactory
from tests.statements import recorded

pytestmark = pytest.mark.usefixtures("app")


def names(places: list[queries.Place]) -> list[str]:
    return [queries.full_name(place, "it") for place in places]


def the(text: str, *kinds: TerritoryKind) -> queries.Place:
    """The one territory that is called so."""
    return queries.find_places(text, kinds or tuple(TerritoryKind))[0]


def test_trento_and_bolzano_are_regions_and_trentino_alto_adige_is_not() -> None:
    codes = [region.code for region in queries.regions()]
    assert len(codes) == 21
    assert {"trento", "bolzano", "valle-d-aosta", "friuli-venezia-giulia"} <= set(codes)
    assert not any("trentino" in code for code in codes)
    trento = queries.region("trento")
    assert trento is not None
    assert (trento.istat_code, trento.nuts_code) == ("022", "ITH2")
    assert trento.name("it") == "Provincia autonoma di Trento"


@pytest.mark.parametrize("code", ["puglia", "16", "ITF4"])
def test_a_region_is_known_by_slug_istat_and_nuts(code: str) -> None:
    region = queries.region(code)
    assert region is not None
    assert region.name("de") == "Apulien"


@pytest.mark.parametrize("code", ["", "Puglia", "x" * 500, "\x00", "16 OR 1=1"])
def test_other_codes_are_no_region(code: str) -> None:
    assert queries.region(code) is None


@pytest.mark.parametrize(
    ("language", "first", "trento"),
    [
        ("it", "Abruzzo", "Provincia autonoma di Trento"),
        ("en", "Abruzzo", "Autonomous Province of Trento"),
        ("de", "Abruzzen", "Autonome Provinz Trient"),
    ],
)
def test_choices_speak_the_language_and_are_in_its_order(
    language: str, first: str, trento: str
) -> None:
    labels = [label for _id, label in queries.region_choices(language)]
    assert labels[0] == first
    assert len(labels) == 21
    # Under T, not under P or A: between Tuscany and Umbria, wherever Tuscany stands.
    assert labels[labels.index(trento) + 1] in ("Tuscany", "Umbria", "Umbrien")


def test_a_municipality_lies_in_its_province_and_region() -> None:
    lecce = the("Lecce", TerritoryKind.MUNICIPALITY)
    assert [place.name("en") for place in queries.path(lecce.id)] == ["Apulia", "Lecce", "Lecce"]
    region = queries.region_of(lecce.id)
    assert region is not None
    assert region.code == "puglia"


def test_a_municipality_of_south_tyrol_lies_in_the_autonomous_province() -> None:
    merano = the("Merano")
    assert [place.name("de") for place in queries.path(merano.id)] == [
        "Autonome Provinz Bozen",
        "Meran",
    ]
    assert merano.nuts_code == "ITH10"


def test_children_of_a_region_are_its_provinces() -> None:
    puglia = queries.region("puglia")
    assert puglia is not None
    assert [place.acronym for place in queries.children(puglia.id)] == [
        "BA", "BT", "BR", "FG", "LE", "TA",
    ]  # fmt: skip


def test_unknown_ids_are_nowhere() -> None:
    assert queries.place(10**9) is None
    assert queries.region_of(10**9) is None
    assert queries.path(10**9) == []
    assert queries.children(10**9) == []
    assert queries.places([10**9]) == {}


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("FORLI", "Forlì (FC)"),
        ("l'aquila", "L’Aquila (AQ)"),
        ("bozen", "Bolzano (BZ)"),
        ("sant agata de goti", "Sant’Agata de’ Goti (BN)"),
        ("  reggio   nell emilia ", "Reggio nell’Emilia (RE)"),
        ("manfred", "Manfredonia (FG)"),
    ],
)
def test_spelling_does_not_matter(text: str, first: str) -> None:
    assert names(queries.find_municipalities(text))[0] == first


def test_names_that_begin_with_the_text_come_first() -> None:
    found = names(queries.find_municipalities("pinzano", 3))
    assert found == ["Pinzano al Tagliamento (PN)"]
    assert names(queries.find_municipalities("lecce", 2))[:1] == ["Lecce (LE)"]


@pytest.mark.parametrize(
    "text", ["", "%", "_", "'", "\x00", "🦉", "\u202e", "a" * 10_000, "' OR 1=1--"]
)
def test_hostile_texts_find_nothing(text: str) -> None:
    assert queries.find_municipalities(text) == []
    assert queries.find_places(text) == []


def test_a_name_with_its_sign_is_one_territory() -> None:
    assert names(queries.find_places("Lecce")) == ["Lecce (provincia)", "Lecce (LE)"]
    assert names(queries.find_places("Lecce (provincia)")) == ["Lecce (provincia)"]
    assert names(queries.find_places("Lecce (Provinz)")) == ["Lecce (provincia)"]
    assert names(queries.find_places("samone (to)")) == ["Samone (TO)"]
    assert names(queries.find_places("Trient")) == ["Provincia autonoma di Trento", "Trento (TN)"]


@pytest.mark.parametrize(
    "language", ["it", *(pytest.param(other, marks=pytest.mark.soak) for other in ("en", "de"))]
)
def test_every_full_name_leads_back_to_its_territory(language: str) -> None:
    for region in queries.regions():
        for place in [region, *queries.children(region.id)]:
            name = queries.full_name(place, language)
            found = queries.find_places(name, [place.kind])
            assert [one.id for one in found] == [place.id], name


def test_regions_and_provinces_cost_no_query() -> None:
    queries.regions()
    with recorded() as statements:
        queries.region_choices("de")
        queries.places(region.id for region in queries.regions())
        queries.region("trento")
    assert statements == []


def test_a_new_region_is_seen_at_once() -> None:
    queries.regions()
    made = TerritoryFactory.make(name_it="Regione nuova")
    assert made.id in {region.id for region in queries.regions()}
