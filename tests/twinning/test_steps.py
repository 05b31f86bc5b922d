"""From state to state, and who takes part: guards, reasons, keys that are taken back."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from lxml.html import HtmlElement
from sqlalchemy import func, select

from core import clock
from core.actor import SYSTEM, Actor, Role
from core.database import db
from core.domain import Forbidden, Refused
from core.events import Event
from core.versions import Conflict
from members.models import Member
from organisations.models import Organisation, OrganisationState
from spaces.queries import open_space_ids
from tests.factories.members import member_with
from tests.factories.organisations import OrganisationFactory
from tests.factories.twinning import (
    SpaceFactory,
    TwinningFactory,
    region,
    takes_part,
    twinning_between,
)
from tests.visitor import Visitor, form_values, parse
from twinning import services
from twinning.models import (
    Participation,
    ParticipationRole,
    ParticipationState,
    Twinning,
    TwinningState,
)
from twinning.rules import NotReady, Obstacle, TwinningContent

G, R = ParticipationRole.GIVER, ParticipationRole.RECEIVER


@pytest.fixture
def administrator(visitor: Visitor) -> Member:
    member = member_with(Role.ADMINISTRATOR)
    visitor.sign_in(member.email)
    return member


def again(made: Twinning) -> Twinning:
    db.session.rollback()
    return db.session.get_one(Twinning, made.id)


def step(visitor: Visitor, made: Twinning, new: str, reason: str = "Deciso insieme") -> Any:
    return visitor.submit(
        f"/gemellaggi/{made.slug}/stato", {"new": new, "reason": reason}, action="/stato"
    )


def offered(page: HtmlElement) -> list[str]:
    return [one.get("value") for one in page.xpath("//input[@name='new']")]


def test_a_twinning_goes_its_way_step_by_step(visitor: Visitor) -> None:
    coordinator = member_with(Role.COORDINATOR)
    made = twinning_between(
        region("Regione Umbria"),
        region("Regione Calabria"),
        state=TwinningState.DRAFT,
        coordinator_id=coordinator.id,
        published_at=None,
        results="Scritti.",
    )
    visitor.sign_in(coordinator.email)
    for new in ("proposed", "active", "suspended", "active", "concluded", "archived"):
        answer = step(visitor, made, new)
        assert answer.status_code == 200, answer.text
        assert again(made).state.value == new
    assert again(made).published_at is not None
    assert again(made).version == 7
    events = db.session.scalars(
        select(Event).where(Event.name == "TwinningStateChanged").order_by(Event.id)
    ).all()
    assert [(one.details["old"], one.details["new"]) for one in events][:2] == [
        ("draft", "proposed"),
        ("proposed", "active"),
    ]
    assert {one.reason for one in events} == {"Deciso insieme"}
    assert {one.actor_id for one in events} == {coordinator.id}


def test_publication_is_counted_from_the_first_activation(app: Any) -> None:
    coordinator_id = member_with(Role.COORDINATOR).id
    made = twinning_between(
        region("Uno"),
        region("Due"),
        state=TwinningState.SUSPENDED,
        coordinator_id=coordinator_id,
    )
    since = made.published_at
    services.change_state(
        twinning_id=made.id, new=TwinningState.ACTIVE, version=None, reason="si riparte", by=SYSTEM
    )
    assert again(made).published_at == since


def test_the_form_offers_only_the_steps_of_the_reader(visitor: Visitor) -> None:
    made = TwinningFactory.make(state=TwinningState.PROPOSED)
    visitor.sign_in(member_with(Role.EDITOR).email)
    page = visitor.page(f"/gemellaggi/{made.slug}/stato")
    assert offered(page) == ["changes_requested", "rejected"]
    answer = visitor.post(
        f"/gemellaggi/{made.slug}/stato",
        {**form_values(page.forms[-1]), "new": "active", "reason": "di nascosto"},
        headers={"Sec-Fetch-Site": "same-origin"},
    )
    assert answer.status_code == 422
    assert again(made).state is TwinningState.PROPOSED


def test_a_reason_is_asked_for(visitor: Visitor, administrator: Member) -> None:
    made = TwinningFactory.make()
    answer = step(visitor, made, "suspended", reason="  ")
    assert answer.status_code == 422
    assert "Questo campo è necessario" in answer.text
    answer = visitor.submit(
        f"/gemellaggi/{made.slug}/stato", {"reason": "ma quale?"}, action="/stato"
    )
    assert answer.status_code == 422
    assert "ma quale?" in answer.text
    assert again(made).state is TwinningState.ACTIVE


ACCEPTED, ON_RECORD = ParticipationState.ACCEPTED, ParticipationState.ON_RECORD
INVITED, REFUSED = ParticipationState.INVITED, ParticipationState.REFUSED


@pytest.mark.parametrize(
    ("people", "found"),
    [
        ([], [Obstacle.NO_GIVER, Obstacle.NO_RECEIVER]),
        ([("a", G, ACCEPTED)], [Obstacle.NO_RECEIVER]),
        ([("a", R, ON_RECORD)], [Obstacle.NO_GIVER]),
        ([("a", G, ACCEPTED), ("a", R, ACCEPTED)], [Obstacle.ONE_BODY]),
        ([("a", G, ACCEPTED), ("b", R, INVITED)], [Obstacle.NO_RECEIVER, Obstacle.PENDING]),
        ([("a", G, ACCEPTED), ("b", R, REFUSED)], [Obstacle.NO_RECEIVER]),
        (
            [("a", G, ACCEPTED), ("b", R, ON_RECORD), ("c", R, INVITED)],
            [Obstacle.PENDING],
        ),
        ([("a", G, ACCEPTED), ("b", R, ON_RECORD), ("c", R, REFUSED)], []),
        ([("a", G, ACCEPTED), ("b", R, ACCEPTED), ("a", R, ACCEPTED)], []),
    ],
)
def test_the_guard_of_activation(
    visitor: Visitor,
    administrator: Member,
    people: list[tuple[str, ParticipationRole, ParticipationState]],
    found: list[Obstacle],
) -> None:
    coordinator_id = member_with(Role.COORDINATOR).id
    made = TwinningFactory.make(
        state=TwinningState.PROPOSED, published_at=None, coordinator_id=coordinator_id
    )
    bodies = {name: OrganisationFactory.make(name=f"Ente {name}") for name in "abc"}
    for name, role, state in people:
        takes_part(made, bodies[name], role, state)

    answer = step(visitor, made, "active")

    if not found:
        assert answer.status_code == 200
        assert again(made).state is TwinningState.ACTIVE
        return
    assert answer.status_code == 422
    assert "Deciso insieme" in answer.text, "the reason that was typed is still there"
    assert again(made).state is TwinningState.PROPOSED
    with pytest.raises(NotReady) as refusal:
        services.change_state(
            twinning_id=made.id, new=TwinningState.ACTIVE, version=None, reason="x", by=SYSTEM
        )
    assert list(refusal.value.obstacles) == found


def test_a_conclusion_has_results(visitor: Visitor, administrator: Member) -> None:
    made = twinning_between(region("Uno"), region("Due"))
    answer = step(visitor, made, "concluded")
    assert answer.status_code == 422
    assert "Prima di concludere scrivi i risultati." in answer.text


def test_a_step_from_an_old_page_is_a_conflict(visitor: Visitor, administrator: Member) -> None:
    made = twinning_between(region("Uno"), region("Due"), coordinator_id=administrator.id)
    page = visitor.page(f"/gemellaggi/{made.slug}/stato")
    old = form_values(page.forms[-1]) | {"new": "suspended", "reason": "Manca il referente"}
    services.change_state(
        twinning_id=made.id, new=TwinningState.SUSPENDED, version=None, reason="x", by=SYSTEM
    )
    services.change_state(
        twinning_id=made.id, new=TwinningState.ACTIVE, version=None, reason="x", by=SYSTEM
    )
    answer = visitor.post(
        f"/gemellaggi/{made.slug}/stato", old, headers={"Sec-Fetch-Site": "same-origin"}
    )
    assert answer.status_code == 409
    assert "Manca il referente" in answer.text
    assert again(made).state is TwinningState.ACTIVE


def test_a_double_click_takes_one_step(visitor: Visitor, administrator: Member) -> None:
    made = twinning_between(region("Uno"), region("Due"), state=TwinningState.CONCLUDED)
    path = f"/gemellaggi/{made.slug}/stato"
    data = form_values(visitor.page(path).forms[-1]) | {"new": "archived", "reason": "Fine"}
    answers = [
        visitor.post(path, data, headers={"Sec-Fetch-Site": "same-origin"}) for _ in range(2)
    ]
    assert [one.status_code for one in answers] == [303, 303]
    events = db.session.scalars(select(Event).where(Event.name == "TwinningStateChanged"))
    assert len(events.all()) == 1


def test_the_domain_refuses_too(app: Any) -> None:
    coordinator = member_with(Role.COORDINATOR)
    made = twinning_between(
        region("Uno"),
        region("Due"),
        state=TwinningState.DRAFT,
        coordinator_id=coordinator.id,
    )
    me = Actor(coordinator.id, frozenset({Role.COORDINATOR}))

    def change(new: TwinningState, by: Actor = me, version: int | None = None) -> None:
        services.change_state(twinning_id=made.id, new=new, version=version, reason="prova", by=by)

    with pytest.raises(Refused):
        change(TwinningState.ACTIVE)
    with pytest.raises(Forbidden):
        change(TwinningState.PROPOSED, Actor(999, frozenset({Role.EDITOR})))
    with pytest.raises(Conflict):
        change(TwinningState.PROPOSED, version=12)
    change(TwinningState.PROPOSED)
    with pytest.raises(Forbidden):
        change(TwinningState.REJECTED)
    change(TwinningState.REJECTED, SYSTEM)
    with pytest.raises(Refused):
        change(TwinningState.PROPOSED, SYSTEM)


def record(visitor: Visitor, made: Twinning, **values: Any) -> Any:
    fields = {"role": "receiver", "act": "Deliberazione n. 12 del 2012", **values}
    return visitor.submit(
        f"/gemellaggi/{made.slug}/partecipanti/aggiungi", fields, action="/aggiungi"
    )


def test_a_partner_is_recorded_from_its_act(visitor: Visitor, administrator: Member) -> None:
    body = region("Regione Puglia")
    colleague = member_with(of=body)
    made = services.create_twinning(content=TwinningContent(title="TrePu"), by=SYSTEM)
    assert open_space_ids(colleague.id, [body.id]) == frozenset()

    answer = record(
        visitor,
        made,
        name="regione puglia",
        unit="Assessorato al Welfare",
        accepted_on="2012-09-05",
    )

    assert answer.status_code == 200
    for words in (
        "Regione Puglia",
        "Assessorato al Welfare",
        "5 settembre 2012",
        "Adesione agli atti",
    ):
        assert words in answer.text
    one = db.session.scalars(select(Participation)).one()
    assert (one.state, one.role) == (ON_RECORD, R)
    assert one.answered_by_id == administrator.id
    assert one.answered_at is not None
    assert one.answered_at.astimezone(clock.ROME).date() == date(2012, 9, 5)
    assert open_space_ids(colleague.id, [body.id]) == {again(made).space_id}
    [event] = db.session.scalars(select(Event).where(Event.name == "PartnerRecorded"))
    assert event.details["organisation_id"] == body.id


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"act": " "}, "Questo campo è necessario"),
        ({"act": "n\x00"}, "caratteri di controllo"),
        ({"act": "x" * 301}, "301 caratteri"),
        ({"name": "Nessuno lo conosce"}, "Nel registro non c’è un ente con questo nome."),
        ({"name": ""}, "Questo campo è necessario"),
        ({"role": "padrino"}, "Scegli una delle voci."),
        ({"accepted_on": "31/02/2012"}, "data"),
        ({"unit": "x" * 201}, "201 caratteri"),
    ],
)
def test_what_is_missing_is_said_beside_the_field(
    visitor: Visitor, administrator: Member, values: dict[str, Any], words: str
) -> None:
    region("Regione Puglia")
    made = TwinningFactory.make()
    answer = record(visitor, made, **{"name": "Regione Puglia", **values})
    assert answer.status_code == 422
    assert words in answer.text
    assert db.session.scalar(select(func.count()).select_from(Participation)) == 0


def test_a_name_that_several_bodies_have_is_asked_back(
    visitor: Visitor, administrator: Member
) -> None:
    wanted = OrganisationFactory.make(name="Comune di San Pietro in Gu")
    OrganisationFactory.make(name="Comune di San Pietro Vernotico")
    made = TwinningFactory.make()
    answer = record(visitor, made, name="comune san pietro")
    assert answer.status_code == 422
    page = parse(answer)
    assert "scegli il tuo qui sotto" in page.text_content()
    choices = {one.get("value") for one in page.xpath("//input[@name='chosen']")}
    assert str(wanted.id) in choices
    assert len(choices) == 2
    data = form_values(page.forms[-1]) | {"chosen": str(wanted.id)}
    answer = visitor.post(
        f"/gemellaggi/{made.slug}/partecipanti/aggiungi",
        data,
        headers={"Sec-Fetch-Site": "same-origin"},
    )
    assert answer.status_code == 303
    assert db.session.scalars(select(Participation.organisation_id)).all() == [wanted.id]


def test_a_body_plays_each_part_once(visitor: Visitor, administrator: Member) -> None:
    body = region("Regione Puglia")
    made = TwinningFactory.make()
    takes_part(made, body, R, ON_RECORD)
    answer = record(visitor, made, name="Regione Puglia")
    assert answer.status_code == 422
    assert "Questo ente ha già questo ruolo" in answer.text
    answer = record(visitor, made, name="Regione Puglia", role="giver")
    assert answer.status_code == 200


def test_a_double_click_records_once(visitor: Visitor, administrator: Member) -> None:
    region("Regione Puglia")
    made = TwinningFactory.make()
    path = f"/gemellaggi/{made.slug}/partecipanti/aggiungi"
    data = form_values(visitor.page(path).forms[-1]) | {
        "name": "Regione Puglia",
        "role": "giver",
        "act": "Delibera",
    }
    answers = [
        visitor.post(path, data, headers={"Sec-Fetch-Site": "same-origin"}) for _ in range(2)
    ]
    assert [one.status_code for one in answers] == [303, 303]
    assert len(db.session.scalars(select(Participation)).all()) == 1
    assert len(db.session.scalars(select(Event).where(Event.name == "PartnerRecorded")).all()) == 1


def test_only_administrators_record(visitor: Visitor) -> None:
    coordinator = member_with(Role.COORDINATOR)
    body = region("Regione Puglia")
    made = TwinningFactory.make(coordinator_id=coordinator.id)
    visitor.sign_in(coordinator.email)
    assert visitor.get(f"/gemellaggi/{made.slug}/partecipanti/aggiungi").status_code == 403
    with pytest.raises(Forbidden):
        services.record_partner(
            twinning_id=made.id,
            organisation_id=body.id,
            role=G,
            act="Delibera",
            by=Actor(coordinator.id, frozenset({Role.COORDINATOR})),
        )


@pytest.mark.parametrize("state", [ACCEPTED, INVITED, REFUSED, ON_RECORD])
def test_an_act_does_not_overrule_an_answer(app: Any, state: ParticipationState) -> None:
    body = region("Regione Puglia")
    made = TwinningFactory.make()
    takes_part(made, body, R, state)
    with pytest.raises(Refused):
        services.record_partner(
            twinning_id=made.id, organisation_id=body.id, role=R, act="Delibera", by=SYSTEM
        )


def test_a_removed_body_is_not_recorded(app: Any) -> None:
    body = region("Ente sciolto", state=OrganisationState.REMOVED)
    made = TwinningFactory.make()
    with pytest.raises(Refused):
        services.record_partner(
            twinning_id=made.id, organisation_id=body.id, role=R, act="Delibera", by=SYSTEM
        )


def withdraw(visitor: Visitor, made: Twinning, one: Participation, reason: str = "Fusione") -> Any:
    return visitor.submit(
        f"/gemellaggi/{made.slug}/partecipanti/{one.id}/togli", {"reason": reason}, action="/togli"
    )


def with_space(made: Twinning, *bodies: Organisation) -> int:
    from spaces import services as spaces

    space = SpaceFactory.make(object_id=made.id)
    made.space_id = space.id
    db.session.commit()
    for body in bodies:
        spaces.grant(space_id=space.id, organisation_id=body.id, by=SYSTEM)
    return space.id


def test_a_body_leaves_and_its_people_lose_the_key(visitor: Visitor, administrator: Member) -> None:
    giver, receiver, other = region("Uno"), region("Due"), region("Terzo ente")
    made = twinning_between(giver, receiver)
    one = takes_part(made, other, R, ON_RECORD)
    space_id = with_space(made, giver, receiver, other)
    colleague = member_with(of=other)
    assert open_space_ids(colleague.id, [other.id]) == {space_id}

    answer = withdraw(visitor, made, one)

    assert answer.status_code == 200
    assert again(made).state is TwinningState.ACTIVE
    row = db.session.get_one(Participation, one.id)
    assert (row.state, row.note) == (ParticipationState.WITHDRAWN, "Fusione")
    assert open_space_ids(colleague.id, [other.id]) == frozenset()
    [event] = db.session.scalars(select(Event).where(Event.name == "PartnerWithdrawn"))
    assert event.reason == "Fusione"
    assert "Terzo ente" not in visitor.get(f"/gemellaggi/{made.slug}").text
    assert withdraw_again(visitor, made, one) == 303
    answer = record(visitor, made, name="Terzo ente", act="Nuova delibera")
    assert answer.status_code == 200, "who left can come back"
    assert open_space_ids(colleague.id, [other.id]) == {space_id}


def withdraw_again(visitor: Visitor, made: Twinning, one: Participation) -> int:
    return visitor.get(f"/gemellaggi/{made.slug}/partecipanti/{one.id}/togli").status_code


def test_a_body_with_another_part_keeps_the_key(visitor: Visitor, administrator: Member) -> None:
    giver, receiver = region("Uno"), region("Due")
    made = twinning_between(giver, receiver)
    second = takes_part(made, giver, ParticipationRole.COORDINATOR, ON_RECORD)
    space_id = with_space(made, giver, receiver)
    assert withdraw(visitor, made, second).status_code == 200
    assert open_space_ids(0, [giver.id]) == {space_id}


def test_a_running_twinning_keeps_both_its_ends(visitor: Visitor, administrator: Member) -> None:
    made = twinning_between(region("Uno"), region("Due"))
    one = made.participations[0]
    answer = withdraw(visitor, made, one)
    assert answer.status_code == 422
    assert "prima sospendilo" in answer.text
    assert db.session.get_one(Participation, one.id).state is ACCEPTED
    step(visitor, made, "suspended")
    assert withdraw(visitor, made, one).status_code == 200


def test_leaving_needs_a_reason_and_an_administrator(
    visitor: Visitor, administrator: Member
) -> None:
    made = twinning_between(region("Uno"), region("Due"), state=TwinningState.SUSPENDED)
    one = made.participations[0]
    assert withdraw(visitor, made, one, reason="").status_code == 422
    elsewhere = TwinningFactory.make()
    path = f"/gemellaggi/{elsewhere.slug}/partecipanti/{one.id}/togli"
    assert visitor.get(path).status_code == 404
    visitor.submit("/gemellaggi", action="/esci")
    visitor.sign_in(member_with(Role.COORDINATOR).email)
    path = f"/gemellaggi/{made.slug}/partecipanti/{one.id}/togli"
    assert visitor.get(path).status_code == 403


def test_removal_takes_every_key_back(app: Any) -> None:
    coordinator = member_with(Role.COORDINATOR)
    body = region("Regione Puglia")
    made = services.create_twinning(
        content=TwinningContent(title="Da togliere", coordinator_id=coordinator.id), by=SYSTEM
    )
    services.record_partner(
        twinning_id=made.id, organisation_id=body.id, role=G, act="Delibera", by=SYSTEM
    )
    assert open_space_ids(coordinator.id, [body.id])
    services.change_state(
        twinning_id=made.id, new=TwinningState.REMOVED, version=None, reason="errore", by=SYSTEM
    )
    assert open_space_ids(coordinator.id, [body.id]) == frozenset()


def past(
    title: str, act: str = "Elenco dei progetti", key: str = "", by: Actor = SYSTEM
) -> Twinning:
    return services.enter_past_twinning(
        content=TwinningContent(title=title), act=act, key=key, by=by
    )


def test_a_twinning_of_the_past_begins_in_the_archive(visitor: Visitor) -> None:
    made = past("Le vie del Gusto")
    assert made.state is TwinningState.ARCHIVED
    page = visitor.get(f"/gemellaggi/{made.slug}")
    assert "Partner ancora da registrare" in page.text
    assert "da trovare" not in page.text
    assert "Le vie del Gusto" in visitor.get("/gemellaggi").text
    services.record_partner(
        twinning_id=made.id,
        organisation_id=region("Regione Umbria").id,
        role=G,
        act="Delibera",
        by=SYSTEM,
    )
    assert "Regione Umbria" in visitor.get(f"/gemellaggi/{made.slug}").text


def test_the_past_is_entered_once_by_administrators_from_an_act(app: Any) -> None:
    administrator = Actor(member_with(Role.ADMINISTRATOR).id, frozenset({Role.ADMINISTRATOR}))
    twins = {past("Una volta", key="la-chiave", by=administrator).id for _ in range(2)}
    assert len(twins) == 1
    with pytest.raises(Refused):
        past("Senza atto", act=" ")
    with pytest.raises(Forbidden):
        past("Di altri", by=Actor(99, frozenset({Role.COORDINATOR})))


def test_only_administrators_correct_the_archive(visitor: Visitor) -> None:
    coordinator = member_with(Role.COORDINATOR)
    made = TwinningFactory.make(state=TwinningState.ARCHIVED, coordinator_id=coordinator.id)
    visitor.sign_in(coordinator.email)
    assert visitor.get(f"/gemellaggi/{made.slug}/modifica").status_code == 403
    visitor.submit("/gemellaggi", action="/esci")
    visitor.sign_in(member_with(Role.ADMINISTRATOR).email)
    answer = visitor.submit(
        f"/gemellaggi/{made.slug}/modifica", {"summary": "Corretto."}, action="/modifica"
    )
    assert answer.status_code == 200
    assert "Corretto." in answer.text
