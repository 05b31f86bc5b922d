"""Writing in the register: who may, what is refused, what is told of it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import select

from core.actor import SYSTEM, VISITOR, Actor, Role
from core.database import db
from core.domain import Forbidden, Refused
from core.events import Event
from core.references import Reference
from core.revisions import revisions_of
from core.slugs import owner_of
from core.versions import Conflict
from organisations import queries, services
from organisations.models import Level, Nature, Organisation, OrganisationState
from organisations.rules import OrganisationValues
from organisations.services import IpaCodeTaken, SameName

pytestmark = pytest.mark.usefixtures("app")

KEEPER = Actor(member_id=1, roles=frozenset({Role.ADMINISTRATOR}))
LECCE = OrganisationValues(
    name="Comune di Lecce", nature=Nature.PUBLIC, level=Level.MUNICIPALITY, ipa_code="c_E506"
)


def facts(organisation_id: int) -> list[str]:
    rows = select(Event).where(Event.kind == "organisation", Event.object_id == organisation_id)
    return [event.name for event in db.session.scalars(rows.order_by(Event.id))]


def create(values: OrganisationValues = LECCE, **more: object) -> Organisation:
    return services.create_organisation(values=values, by=KEEPER, **more)  # type: ignore[arg-type]


def change(body: Organisation, values: OrganisationValues, version: int | None = None) -> None:
    services.change_organisation(organisation_id=body.id, version=version, values=values, by=KEEPER)


def test_a_body_enters_the_register() -> None:
    body = create()
    assert body.slug == "comune-di-lecce"
    assert (body.ipa_code, body.ipa_key) == ("c_E506", "c_e506")
    assert body.verified_at is None
    assert facts(body.id) == ["OrganisationCreated"]
    [revision] = revisions_of(Reference("organisation", body.id))
    assert revision.values["name"] == "Comune di Lecce"
    assert revision.by_id == 1


@pytest.mark.parametrize(
    "actor", [VISITOR, Actor(member_id=2), Actor(member_id=2, roles=frozenset({Role.EDITOR}))]
)
def test_others_write_nothing(actor: Actor) -> None:
    with pytest.raises(Forbidden):
        services.create_organisation(values=LECCE, by=actor)
    body = create()
    with pytest.raises(Forbidden):
        services.change_organisation(organisation_id=body.id, version=1, values=LECCE, by=actor)
    with pytest.raises(Forbidden):
        services.verify_organisation(organisation_id=body.id, by=actor)
    with pytest.raises(Forbidden):
        services.remove_organisation(organisation_id=body.id, reason="", by=actor)
    assert facts(body.id) == ["OrganisationCreated"]


def test_texts_are_brought_into_one_form() -> None:
    body = create(replace(LECCE, name="  Citta\u0300\n di   Lecce ", ipa_code="  "))
    assert body.name == "Città di Lecce"
    assert body.ipa_code is None
    with pytest.raises(Refused, match="name_missing"):
        replace(LECCE, name=" \n ")


def test_a_code_is_one_bodys_whatever_its_case() -> None:
    first = create()
    with pytest.raises(IpaCodeTaken) as taken:
        create(replace(LECCE, name="Un altro ente", ipa_code="C_e506"))
    assert taken.value.by is not None
    assert taken.value.by.id == first.id
    assert queries.count() == 1


def test_the_database_too_refuses_a_second_code(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where two write at once, both pass the check; only one row may stay."""
    create()
    monkeypatch.setattr(queries, "twins_of", lambda *_args, **_more: (None, []))
    with pytest.raises(IpaCodeTaken):
        create(replace(LECCE, name="Un altro ente"))
    assert queries.count() == 1


def test_a_name_twice_is_asked_about() -> None:
    first = create()
    again = replace(LECCE, name="COMUNE DI LÉCCE", ipa_code=None)
    with pytest.raises(SameName) as same:
        create(again)
    assert [twin.id for twin in same.value.twins] == [first.id]
    second = create(again, same_name=True)
    assert second.slug == "comune-di-lecce-2"


def test_names_without_letters_are_no_twins() -> None:
    first = create(replace(LECCE, name="🦉", ipa_code=None))
    second = create(replace(LECCE, name="***", ipa_code=None))
    assert (first.slug, second.slug) == ("organisation", "organisation-2")


def test_a_form_sent_twice_makes_one_body() -> None:
    first = create(submission_key="once")
    assert create(submission_key="once").id == first.id
    assert queries.count() == 1
    assert facts(first.id) == ["OrganisationCreated"]


def test_a_new_name_brings_a_new_address_and_keeps_the_old() -> None:
    body = create()
    change(body, replace(LECCE, name="Città di Lecce"), version=1)
    assert body.slug == "citta-di-lecce"
    assert body.version == 2
    assert owner_of("organisation", "comune-di-lecce") == body.id
    assert [r.values["name"] for r in revisions_of(Reference("organisation", body.id))] == [
        "Città di Lecce",
        "Comune di Lecce",
    ]
    event = db.session.scalars(select(Event).order_by(Event.id.desc())).first()
    assert event is not None
    assert (event.name, event.changed) == ("OrganisationChanged", ["name"])
    change(body, LECCE)
    assert body.slug == "comune-di-lecce"


def test_a_change_of_nothing_is_no_change() -> None:
    body = create()
    change(body, LECCE, version=1)
    assert body.version == 1
    assert facts(body.id) == ["OrganisationCreated"]


def test_of_two_who_save_the_second_is_told() -> None:
    body = create()
    change(body, replace(LECCE, acronym="CL"), version=1)
    with pytest.raises(Conflict):
        change(body, replace(LECCE, acronym="LE"), version=1)
    with pytest.raises(Conflict):
        change(body, replace(LECCE, acronym="CL"), version=1)
    db.session.refresh(body)
    assert body.acronym == "CL"


def test_a_change_may_not_take_anothers_code_or_silently_its_name() -> None:
    create()
    other = create(replace(LECCE, name="Comune di Bari", ipa_code="c_a662"))
    with pytest.raises(IpaCodeTaken):
        change(other, replace(LECCE, name="Comune di Bari", ipa_code="C_E506"))
    with pytest.raises(SameName):
        change(other, replace(LECCE, ipa_code="c_a662"))
    change(other, replace(LECCE, name="Comune di Bari", ipa_code="C_A662"))
    assert other.ipa_code == "C_A662"


def test_a_name_that_was_accepted_twice_can_be_kept() -> None:
    create()
    second = create(replace(LECCE, ipa_code=None), same_name=True)
    change(second, replace(LECCE, ipa_code=None, acronym="CL"))
    assert second.acronym == "CL"


def test_to_verify_twice_is_once() -> None:
    body = create()
    services.verify_organisation(organisation_id=body.id, by=KEEPER)
    seen = body.verified_at
    services.verify_organisation(organisation_id=body.id, by=KEEPER)
    assert body.verified_at == seen
    assert facts(body.id) == ["OrganisationCreated", "OrganisationVerified"]


def test_what_is_removed_is_gone_and_its_code_is_free() -> None:
    body = create()
    services.remove_organisation(organisation_id=body.id, reason="fuso con Bari", by=KEEPER)
    assert body.state is OrganisationState.REMOVED
    assert queries.organisation(body.slug, KEEPER) is None
    event = db.session.scalars(select(Event).order_by(Event.id.desc())).first()
    assert event is not None
    assert (event.name, event.reason) == ("OrganisationRemoved", "fuso con Bari")
    with pytest.raises(Forbidden):
        services.remove_organisation(organisation_id=body.id, reason="", by=KEEPER)
    successor = create()
    assert successor.slug == "comune-di-lecce-2"
    assert queries.organisation("comune-di-lecce", SYSTEM) is None
