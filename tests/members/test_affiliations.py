"""Belonging to a body: asked for, decided, ended, with rights that follow at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from flask import Flask
from sqlalchemy.exc import IntegrityError

from core.actor import SYSTEM, VISITOR, Role
from core.counting import counted
from core.database import db
from core.domain import Forbidden, Refused
from core.events import Event
from members import queries
from members.models import Affiliation, AffiliationRole, AffiliationState, Member, MemberState
from members.services import affiliations as services
from members.services.affiliations import Request
from organisations.models import Organisation, OrganisationState
from tests.factories.members import AffiliationFactory, MemberFactory, member_with
from tests.factories.organisations import OrganisationFactory
from tests.members.conftest import Post
from tests.visitor import Visitor, form_values, parse, text_of

OWN = "/il-mio-spazio/appartenenze"


@pytest.fixture
def anna(visitor: Visitor) -> Member:
    member = MemberFactory.make(first_name="Anna", last_name="Scalera", email="anna@ente.example")
    visitor.sign_in(member.email)
    return member


def contact_of(app: Flask, organisation: Organisation) -> tuple[Member, Visitor]:
    member = member_with(of=organisation, contact=True, first_name="Davide", last_name="Carrisi")
    browser = Visitor(app)
    browser.sign_in(member.email)
    return member, browser


def ask(visitor: Visitor, organisation: Organisation, position: str = "Funzionaria") -> Any:
    return visitor.submit(
        f"{OWN}?ente={organisation.name}",
        {"organisation_id": str(organisation.id), "position": position},
        action=OWN,
    )


def the_only_one() -> Affiliation:
    return db.session.query(Affiliation).filter_by(state="requested").one()


def test_asked_and_accepted(
    app: Flask, visitor: Visitor, anna: Member, puglia: Organisation, post: Post
) -> None:
    davide, decider = contact_of(app, puglia)
    page = visitor.page(f"{OWN}?ente=pugl")
    assert page.xpath("//input[@name='organisation_id']/@value") == [str(puglia.id)]
    assert "in attesa" in text_of(ask(visitor, puglia))
    assert queries.actor_for(anna.id).organisation_ids == frozenset()
    letter = post()[-1]
    assert letter.to == davide.email
    assert "Anna Scalera dice di lavorare per Regione Puglia" in letter.subject
    path = f"/appartenenze/{the_only_one().id}"
    assert f"http://localhost{path}" in letter.text

    assert "1 decisione aspetta te" in text_of(decider.get("/il-mio-spazio"))
    answer = decider.submit(path, {"note": "Benvenuta!"}, action=path)
    assert "Anna Scalera ora fa parte dell’ente" in text_of(answer)
    assert queries.actor_for(anna.id).organisation_ids == {puglia.id}
    assert queries.actor_for(anna.id).contact_organisation_ids == frozenset()
    letter = post()[-1]
    assert (letter.to, "Benvenuta!" in letter.text) == (anna.email, True)
    assert "confermata" in text_of(visitor.get(OWN))
    assert "Anna Scalera" in visitor.get(f"/enti/{puglia.slug}").text, "on the body's page"
    assert "Regione Puglia" in visitor.get(f"/iscritti/{anna.slug}").text


def test_refused_with_a_reason(
    app: Flask, visitor: Visitor, anna: Member, puglia: Organisation, post: Post
) -> None:
    _, decider = contact_of(app, puglia)
    ask(visitor, puglia)
    path = f"/appartenenze/{the_only_one().id}"
    decider.submit(
        path, {"note": "Non ti troviamo in organico."}, action=path, button="esito=rifiuta"
    )
    assert queries.actor_for(anna.id).organisation_ids == frozenset()
    assert "Non ti troviamo in organico." in post()[-1].text
    assert "Non ti troviamo in organico." in text_of(visitor.get(OWN))
    # It can be asked for again.
    assert "in attesa" in text_of(ask(visitor, puglia))


def test_named_contact_person(app: Flask, visitor: Visitor, anna: Member, puglia: Any) -> None:
    _, decider = contact_of(app, puglia)
    ask(visitor, puglia)
    path = f"/appartenenze/{the_only_one().id}"
    decider.submit(path, {"role": "contact"}, action=path)
    assert queries.actor_for(anna.id).contact_organisation_ids == {puglia.id}
    people = f"/enti/{puglia.slug}/appartenenze"
    assert visitor.get(people).status_code == 200
    affiliation = db.session.query(Affiliation).filter_by(member_id=anna.id).one()
    decider.submit(people, action=f"/appartenenze/{affiliation.id}/ruolo")
    assert queries.actor_for(anna.id).contact_organisation_ids == frozenset()
    assert visitor.get(people).status_code == 403


def test_a_body_without_contact_person_is_decided_by_administrators(
    app: Flask, visitor: Visitor, anna: Member, puglia: Organisation, post: Post
) -> None:
    admin = member_with(Role.ADMINISTRATOR)
    ask(visitor, puglia)
    assert [letter.to for letter in post()] == [admin.email]
    decider = Visitor(app)
    decider.sign_in(admin.email)
    assert "Anna Scalera" in text_of(decider.get("/il-mio-spazio/richieste"))
    path = f"/appartenenze/{the_only_one().id}"
    decider.submit(path, {"role": "contact"}, action=path)
    assert queries.contact_ids(puglia.id) == {anna.id}
    # From now on it is the body's own business, and not in the administrator's list.
    ask_as = MemberFactory.make()
    services.request_affiliation(
        Request(organisation_id=puglia.id, position="x"), by=queries.actor_for(ask_as.id)
    )
    assert counted(queries.requests_counted(queries.actor_for(admin.id))) == 0
    assert counted(queries.requests_counted(queries.actor_for(anna.id))) == 1
    assert post()[-1].to == anna.email


@pytest.mark.parametrize("who", ["member", "contact", "administrator"])
def test_an_end_takes_effect_at_once(
    app: Flask, visitor: Visitor, anna: Member, puglia: Organisation, who: str
) -> None:
    _, contact = contact_of(app, puglia)
    affiliation = AffiliationFactory.make(
        member=anna, organisation=puglia, role=AffiliationRole.CONTACT
    )
    people = f"/enti/{puglia.slug}/appartenenze"
    assert visitor.get(people).status_code == 200
    admin = Visitor(app)
    admin.sign_in(member_with(Role.ADMINISTRATOR).email)
    browser = {"member": visitor, "contact": contact, "administrator": admin}[who]
    path = f"/appartenenze/{affiliation.id}/termina"
    assert "finiscono subito" in text_of(browser.get(path))
    browser.submit(path, action=path)
    assert visitor.get(people).status_code == 403, "in the session that was open all the time"
    assert puglia.name not in text_of(visitor.get(f"/iscritti/{anna.slug}"))
    assert browser.get(path).status_code == 409, "there is nothing left to end"


def test_a_request_can_be_taken_back(visitor: Visitor, anna: Member, puglia: Any) -> None:
    ask(visitor, puglia)
    path = f"/appartenenze/{the_only_one().id}/termina"
    assert "Ritira la richiesta" in text_of(visitor.get(path))
    visitor.submit(path, action=path)
    assert db.session.query(Affiliation).one().state is AffiliationState.ENDED


def test_strangers_learn_nothing(app: Flask, visitor: Visitor, anna: Member, puglia: Any) -> None:
    affiliation = AffiliationFactory.make(
        member=MemberFactory.make(), organisation=puglia, state="requested"
    )
    for path in (f"/appartenenze/{affiliation.id}", f"/appartenenze/{affiliation.id}/termina"):
        assert visitor.get(path).status_code == 404
        assert Visitor(app).get(path).status_code == 302
    assert Visitor(app).get("/appartenenze/999").status_code == 302, "and not even that it is none"
    assert visitor.get("/appartenenze/999").status_code == 404
    assert visitor.get(f"/appartenenze/{2**70}").status_code == 404
    assert visitor.get(f"/enti/{puglia.slug}/appartenenze").status_code == 403
    assert Visitor(app).get(f"/enti/{puglia.slug}/appartenenze").status_code == 302
    assert visitor.get("/enti/nessuno/appartenenze").status_code == 404


def test_a_member_does_not_decide_for_herself(
    app: Flask, visitor: Visitor, anna: Member, puglia: Organisation
) -> None:
    ask(visitor, puglia)
    number = the_only_one().id
    assert visitor.get(f"/appartenenze/{number}").status_code == 403
    with pytest.raises(Forbidden):
        services.accept_affiliation(affiliation_id=number, by=queries.actor_for(anna.id))
    with pytest.raises(Forbidden):
        services.request_affiliation(Request(organisation_id=puglia.id, position=""), by=VISITOR)


def test_a_contact_person_of_another_body_decides_nothing(
    app: Flask, visitor: Visitor, anna: Member, puglia: Organisation
) -> None:
    ask(visitor, puglia)
    _, other = contact_of(app, OrganisationFactory.make())
    assert other.get(f"/appartenenze/{the_only_one().id}").status_code == 404


def test_one_open_affiliation_a_body(visitor: Visitor, anna: Member, puglia: Any) -> None:
    ask(visitor, puglia)
    answer = ask(visitor, puglia, position="Dirigente, forse")
    assert answer.status_code == 422
    assert "Hai già un’appartenenza o una richiesta aperta" in text_of(answer)
    assert parse(answer).xpath("//input[@id='position']/@value") == ["Dirigente, forse"]
    assert db.session.query(Affiliation).count() == 1


def test_a_double_click_asks_once(visitor: Visitor, anna: Member, puglia: Any, post: Post) -> None:
    admin = member_with(Role.ADMINISTRATOR)
    page = visitor.page(f"{OWN}?ente=puglia")
    form = next(f for f in page.forms if f.get("method") == "post" and OWN in f.get("action", ""))
    data = {**form_values(form), "organisation_id": str(puglia.id), "position": "Funzionaria"}
    for _ in range(2):
        assert visitor.post(OWN, data).status_code == 303
    assert db.session.query(Affiliation).count() == 1
    assert [letter.to for letter in post()] == [admin.email]


def test_the_index_refuses_a_second_open_one(anna: Member, puglia: Organisation) -> None:
    AffiliationFactory.make(member=anna, organisation=puglia)
    with pytest.raises(IntegrityError):
        AffiliationFactory.make(member=anna, organisation=puglia, state="requested")
    db.session.rollback()


def test_many_requests_at_once_make_one(app: Flask, anna: Member, puglia: Organisation) -> None:
    actor = queries.actor_for(anna.id)
    request = Request(organisation_id=puglia.id, position="Funzionaria")
    db.session.rollback()

    def one(_number: int) -> str:
        with app.app_context():
            try:
                services.request_affiliation(request, by=actor)
            except Refused as refused:
                return refused.reason
            return "made"

    with ThreadPoolExecutor(8) as pool:
        outcomes = sorted(pool.map(one, range(8)))
    assert outcomes == ["already_open"] * 7 + ["made"]


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"position": ""}, "position"),
        ({"position": "x" * 121}, "position"),
        ({"position": "a\x00"}, "position"),
        ({"organisation_id": ""}, "organisation_id"),
        ({"organisation_id": "x"}, "organisation_id"),
        ({"organisation_id": "999"}, "organisation_id"),
        ({"organisation_id": str(2**70)}, "organisation_id"),
    ],
)
def test_wrong_input(
    visitor: Visitor, anna: Member, puglia: Any, fields: dict[str, str], field: str
) -> None:
    page = visitor.page(f"{OWN}?ente=puglia")
    form = next(f for f in page.forms if f.get("method") == "post" and OWN in f.get("action", ""))
    data = {**form_values(form), "organisation_id": str(puglia.id), "position": "Funzionaria"}
    answer = visitor.post(form.get("action"), {**data, **fields})
    assert answer.status_code == 422
    assert parse(answer).xpath(f"//*[@id='{field}-error']")
    assert db.session.query(Affiliation).count() == 0


@pytest.mark.parametrize("words", ["", "  ", "\x00", "a" * 5_000, "%", "' OR 1=1 --", "😀"])
def test_the_search_for_a_body_takes_anything(visitor: Visitor, anna: Member, words: str) -> None:
    assert visitor.get(OWN, query_string={"ente": words}).status_code == 200


def test_the_body_or_the_member_may_be_gone(anna: Member, puglia: Organisation) -> None:
    admin = SYSTEM
    asked = AffiliationFactory.make(member=anna, organisation=puglia, state="requested")
    anna.state = MemberState.SUSPENDED
    db.session.commit()
    with pytest.raises(Refused, match="not_active"):
        services.accept_affiliation(affiliation_id=asked.id, by=admin)
    anna.state, puglia.state = MemberState.ACTIVE, OrganisationState.REMOVED
    db.session.commit()
    with pytest.raises(Refused, match="no_such_body"):
        services.accept_affiliation(affiliation_id=asked.id, by=admin)


def test_a_decision_stands(app: Flask, visitor: Visitor, anna: Member, puglia: Any) -> None:
    _, decider = contact_of(app, puglia)
    ask(visitor, puglia)
    path = f"/appartenenze/{the_only_one().id}"
    form = decider.page(path).forms[-1]
    late = form_values(form)
    decider.submit(path, action=path, button="esito=rifiuta")
    assert decider.post(path, late).status_code == 409
    assert "già stata decisa" in text_of(decider.get(path))
    assert db.session.query(Affiliation).filter_by(member_id=anna.id).one().state == "refused"


def test_a_hostile_note_is_kept_and_harmless(
    app: Flask, visitor: Visitor, anna: Member, puglia: Organisation, post: Post
) -> None:
    _, decider = contact_of(app, puglia)
    ask(visitor, puglia, position="<img src=x onerror=alert(1)>")
    path = f"/appartenenze/{the_only_one().id}"
    assert decider.submit(path, {"note": "x" * 1_001}, action=path).status_code == 422
    assert decider.submit(path, {"note": "a\x00"}, action=path).status_code == 422
    assert decider.submit(path, {"role": "king"}, action=path).status_code == 422
    decider.submit(path, {"note": "<script>alert(1)</script>"}, action=path)
    assert "<script>alert" not in visitor.get(OWN).text
    assert "<script>alert" not in post()[-1].html
    for where in ("/iscritti", f"/iscritti/{anna.slug}", f"/enti/{puglia.slug}"):
        assert "<img src=x" not in visitor.get(where).text


def test_the_audit_trail_names_who_decided(
    app: Flask, visitor: Visitor, anna: Member, puglia: Organisation
) -> None:
    davide, decider = contact_of(app, puglia)
    ask(visitor, puglia)
    path = f"/appartenenze/{the_only_one().id}"
    decider.submit(path, action=path)
    events = db.session.query(Event).order_by(Event.id).all()
    assert [(event.name, event.actor_id) for event in events] == [
        ("AffiliationRequested", anna.id),
        ("AffiliationAccepted", davide.id),
    ]
