"""What search gets to know of a body."""

from __future__ import annotations

import pytest
from flask import Flask

from core.actor import VISITOR
from core.registry import registry_of
from organisations import search
from organisations.models import Level, OrganisationState
from organisations.signals import OrganisationChanged
from territory import queries as territory
from tests.factories.organisations import OrganisationFactory
from tests.opening import opened
from tests.statements import recorded


@pytest.fixture
def page(app: Flask) -> object:
    with app.test_request_context():
        yield


@pytest.mark.usefixtures("page")
def test_a_document_has_name_codes_and_place() -> None:
    merano = territory.find_municipalities("Merano")[0]
    body = OrganisationFactory.make(
        name="Comune di Merano", acronym="CM", ipa_code="c_F132", territory_id=merano.id
    )
    [document] = search.documents([body.id])
    assert document.title == "Comune di Merano"
    assert document.names == "CM c_F132"
    assert document.url == f"/enti/{body.slug}"
    assert document.text == (
        "Comune, pubblico. Merano (BZ), Meran, Provincia autonoma di Bolzano/Bozen"
    )
    assert document.audience == "public"


@pytest.mark.usefixtures("page")
def test_what_left_the_register_is_not_found() -> None:
    bodies = [OrganisationFactory.make(state=state) for state in OrganisationState]
    ids = [body.id for body in bodies]
    assert [d.reference.id for d in search.documents(ids)] == ids[:1]
    assert opened("organisation", ids, VISITOR) == set(ids[:1])
    assert list(search.ids(0, 10)) == ids[:1]
    assert list(search.ids(ids[0], 10)) == []


@pytest.mark.usefixtures("page")
def test_a_batch_costs_as_much_as_one() -> None:
    towns = territory.find_municipalities("san", 30)
    ids = [
        OrganisationFactory.make(territory_id=town.id, level=Level.MUNICIPALITY).id
        for town in towns
    ]
    list(search.documents(ids[:1]))
    with recorded() as statements:
        assert len(list(search.documents(ids))) == 30
    assert len(statements) == 2


def test_facts_lead_to_the_body(app: Flask) -> None:
    source = registry_of(app).sources["organisation"]
    fact = OrganisationChanged(organisation_id=3)
    assert list(source.affected[OrganisationChanged](fact)) == [fact.about]
    assert "organisation" in registry_of(app).subjects
