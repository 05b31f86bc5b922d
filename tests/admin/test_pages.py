"""The back office: what administrators see and do, and that nobody else comes in."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from admin import policies, services
from admin.views import words as labels_of
from core import clock
from core.actor import SYSTEM, Role
from core.database import db
from core.domain import Forbidden, Refused
from core.events import Event, OutboxRow
from core.registry import registry, settings
from core.transactions import transaction
from members import queries
from members.models import (
    Affiliation,
    AffiliationRole,
    AffiliationState,
    Member,
    MemberState,
    SignInSession,
)
from members.services import lifecycle
from notifications.models import MailState, Notification
from organisations.models import OrganisationState
from search.models import REBUILD
from search.services.indexer import Indexer
from tests.factories.members import AffiliationFactory, MemberFactory, member_with
from tests.factories.organisations import OrganisationFactory
from tests.statements import recorded
from tests.visitor import Visitor, parse, text_of

ROOT = "/amministrazione"
LISTS = ("", "/iscritti", "/enti", "/appartenenze", "/attivita", "/posta", "/coda", "/indice")


@pytest.fixture
def keeper(app: Flask) -> Member:
    return member_with(Role.ADMINISTRATOR, first_name="Piera", last_name="Conti")


@pytest.fixture
def admin(app: Flask, keeper: Member) -> Visitor:
    return browser_of(app, keeper)


def browser_of(app: Flask, member: Member) -> Visitor:
    browser = Visitor(app)
    browser.sign_in(member.email)
    return browser


def facts(name: str) -> list[Event]:
    return db.session.query(Event).filter_by(name=name).order_by(Event.id).all()


def queued(member: Member, **values: Any) -> Notification:
    """A mail about the member, to be tried tomorrow."""
    moment = clock.now()
    with transaction() as session:
        event = Event(
            name="MemberConfirmed",
            kind="member",
            object_id=member.id,
            at=moment,
            changed=[],
            reason="",
            details={"member_id": member.id},
        )
        session.add(event)
        session.flush()
        row = Notification(
            event_id=event.id,
            member_id=member.id,
            rule="members.confirm",
            made_at=moment,
            **{"due_at": moment + timedelta(days=1), **values},
        )
        session.add(row)
        session.flush()
        return row


@pytest.mark.parametrize("path", LISTS)
def test_only_administrators_come_in(app: Flask, path: str) -> None:
    others = [role for role in Role if role is not Role.ADMINISTRATOR]
    browser = browser_of(app, member_with(*others, of=OrganisationFactory.make(), contact=True))
    assert browser.get(f"{ROOT}{path}").status_code == 403
    assert browser.get(f"{ROOT}/iscritti/999999").status_code == 403, "nor learns what there is"
    assert "/accedi?next=" in Visitor(app).get(f"{ROOT}{path}").location


@pytest.mark.parametrize("path", LISTS)
def test_pages_ask_the_database_little(admin: Visitor, path: str) -> None:
    body = OrganisationFactory.make()
    for number in range(12):
        member = member_with(Role.EDITOR, of=body, last_name=f"Prova {number}")
        services.set_roles(member_id=member.id, roles=[], reason="Prova", by=SYSTEM)
        queued(member)
    admin.get(f"{ROOT}{path}")
    with recorded() as statements:
        assert admin.get(f"{ROOT}{path}").status_code == 200
    assert len(statements) <= 10, "\n".join(statements)


def test_the_overview_counts(admin: Visitor) -> None:
    MemberFactory.make(state=MemberState.SUSPENDED)
    OrganisationFactory.make(state=OrganisationState.AWAITED)
    asks, body = MemberFactory.make(), OrganisationFactory.make()
    AffiliationFactory.make(member=asks, organisation=body, state=AffiliationState.REQUESTED)
    page = parse(admin.get(ROOT))
    told = {
        row.xpath("string(dt)"): row.xpath("string(dd)") for row in page.xpath("//main//dl/div")
    }
    for words in (
        "sospeso",
        "attesi, da confermare",
        "senza referente",
        "appartenenze da decidere",
    ):
        assert told[words] == "1", words


# Members


def names(admin: Visitor, query: str) -> list[str]:
    page = parse(admin.get(f"{ROOT}/iscritti?{query}"))
    return [link.text for link in page.xpath("//main//li//h3/a")]


def test_members_are_found_and_ordered(admin: Visitor) -> None:
    MemberFactory.make(
        first_name="Zoë", last_name="D’Amico", email="zoe@asl.example", state=MemberState.SUSPENDED
    )
    member_with(
        Role.EDITOR,
        first_name="Bice",
        last_name="Alba",
        joined_at=clock.now(),
        last_sign_in_at=clock.now() + timedelta(hours=1),
    )
    assert names(admin, "") == ["Bice Alba", "Piera Conti", "Zoë D’Amico"]
    assert names(admin, "q=zoe amico") == ["Zoë D’Amico"]
    assert names(admin, "q=ASL.example") == ["Zoë D’Amico"]
    assert names(admin, "stato=suspended") == ["Zoë D’Amico"]
    assert names(admin, "ruolo=editor&ruolo=administrator") == ["Bice Alba", "Piera Conti"]
    assert names(admin, "ordina=recenti")[0] == "Bice Alba"
    assert names(admin, "ordina=accesso")[:2] == ["Bice Alba", "Piera Conti"]
    # What an address says is chosen from a list, never put into a statement.
    assert names(admin, "ordina=(select 1)") == names(admin, "")
    assert names(admin, "ordina=name;DROP TABLE members--&stato='&q=%25_") == []


@pytest.mark.parametrize("order", ["nome", "recenti", "accesso"])
def test_pages_lead_to_each_other(admin: Visitor, order: str) -> None:
    for number in range(65):
        MemberFactory.make(last_sign_in_at=clock.now() if number % 2 else None)
    seen: list[str] = []
    path: str | None = f"{ROOT}/iscritti?ordina={order}"
    while path:
        page = admin.page(path)
        seen += [link.get("href") for link in page.xpath("//main//li//h3/a")]
        path = next(iter(page.xpath("//a[@rel='next']/@href")), None)
    assert len(seen) == len(set(seen)) == 66


def test_roles_are_given_and_taken(app: Flask, admin: Visitor) -> None:
    member = member_with(Role.EDITOR, first_name="Bice")
    theirs = browser_of(app, member)
    assert theirs.get("/redazione/storie").status_code == 200
    path = f"{ROOT}/iscritti/{member.id}/ruoli"
    empty = admin.submit(path, {"roles": ["moderator"]}, action=path)
    assert empty.status_code == 422
    assert parse(empty).xpath("//input[@name='roles'][@value='moderator'][@checked]")
    answer = admin.submit(path, {"roles": ["moderator"], "reason": "Cambia lavoro"}, action=path)
    assert "Ruoli aggiornati" in text_of(answer)
    assert queries.roles_of(member.id) == [Role.MODERATOR]
    # At once, and in every open window.
    assert "/accedi" in theirs.get("/redazione/storie").location
    reasons = [fact.reason for name in ("RoleGranted", "RoleRevoked") for fact in facts(name)]
    assert reasons == ["Cambia lavoro", "Cambia lavoro"]


def open_sessions(member: Member) -> int:
    return db.session.query(SignInSession).filter_by(member_id=member.id, ended_at=None).count()


def test_suspension_ends_everything_at_once(app: Flask, admin: Visitor, keeper: Member) -> None:
    member = member_with(Role.MODERATOR)
    theirs = browser_of(app, member)
    assert theirs.get("/moderazione").status_code == 200
    path = f"{ROOT}/iscritti/{member.id}/stato"
    answer = admin.submit(path, {"reason": "Spam ripetuto"}, action=path)
    assert "Iscritto sospeso" in text_of(answer)
    assert "/accedi" in theirs.get("/moderazione").location
    assert open_sessions(member) == 0
    (fact,) = facts("MemberSuspended")
    assert (fact.reason, fact.actor_id) == ("Spam ripetuto", keeper.id)
    assert "Iscritto riammesso" in text_of(admin.submit(path, {"reason": "Chiarito"}, action=path))
    theirs.sign_in(member.email)


def test_a_session_that_stays_open_would_be_seen(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Twin: a suspension that ends no session; what shuts the door then is the state alone."""
    member = member_with(Role.MODERATOR)
    theirs = browser_of(app, member)
    monkeypatch.setattr(lifecycle, "end_all", lambda _number: 0)
    lifecycle.suspend_member(member_id=member.id, reason="Prova", by=SYSTEM)
    assert open_sessions(member) == 1
    assert "/accedi" in theirs.get("/moderazione").location


def test_a_page_of_yesterday_does_not_turn_things_round(admin: Visitor) -> None:
    """Suspended in another window meanwhile: the same button must not reinstate."""
    member = MemberFactory.make()
    path = f"{ROOT}/iscritti/{member.id}/stato"
    page = admin.page(path)
    (form,) = (one for one in page.forms if (one.get("action") or "").endswith(path))
    lifecycle.suspend_member(member_id=member.id, reason="Prova", by=SYSTEM)
    answer = admin.post(path, {**dict(form.fields), "reason": "Ancora"})
    assert answer.status_code == 303
    assert db.session.get_one(Member, member.id).state is MemberState.SUSPENDED


def test_the_last_administrator_stays(admin: Visitor, keeper: Member) -> None:
    path = f"{ROOT}/iscritti/{keeper.id}"
    answer = admin.submit(f"{path}/ruoli", {"roles": [], "reason": "Basta"}, action="/ruoli")
    assert answer.status_code == 422
    assert "ultimo amministratore" in text_of(answer)
    assert queries.roles_of(keeper.id) == [Role.ADMINISTRATOR]
    assert admin.get(f"{path}/stato").status_code == 403
    assert "Sospendi" not in admin.get(path).text
    with pytest.raises(Refused, match="last_administrator"):
        lifecycle.suspend_member(member_id=keeper.id, reason="x", by=SYSTEM)


def test_an_administrator_may_step_down_where_another_is(admin: Visitor, keeper: Member) -> None:
    member_with(Role.ADMINISTRATOR)
    path = f"{ROOT}/iscritti/{keeper.id}/ruoli"
    admin.submit(path, {"roles": [], "reason": "Vado in pensione"}, action=path)
    assert queries.roles_of(keeper.id) == []
    assert "/accedi" in admin.get(ROOT).location


def test_sessions_of_others_are_ended(app: Flask, admin: Visitor) -> None:
    member = MemberFactory.make()
    theirs = browser_of(app, member)
    path = f"{ROOT}/iscritti/{member.id}/accessi"
    admin.submit(path, {"reason": "Computer rubato"}, action=path)
    assert "/accedi" in theirs.get("/il-mio-spazio").location
    assert facts("SessionsEnded")[0].reason == "Computer rubato"


def test_who_left_has_a_sheet_without_a_name(admin: Visitor) -> None:
    member = MemberFactory.make(first_name="Olga")
    lifecycle.remove_member(member_id=member.id, by=SYSTEM)
    page = admin.get(f"{ROOT}/iscritti/{member.id}")
    assert "ex iscritto" in text_of(page)
    assert "Olga" not in page.text
    assert admin.get(f"{ROOT}/iscritti/{member.id}/stato").status_code == 409
    assert admin.get(f"{ROOT}/iscritti/999999").status_code == 404


# Bodies


def test_bodies_are_found(admin: Visitor) -> None:
    member_with(of=OrganisationFactory.make(name="Comune di Lecce"), contact=True)
    OrganisationFactory.make(name="Comune di Bari", verified_at=None)
    OrganisationFactory.make(name="Ville de Test", state=OrganisationState.AWAITED)
    OrganisationFactory.make(name="Ente di ieri", state=OrganisationState.REMOVED)

    def found(query: str) -> list[str]:
        page = parse(admin.get(f"{ROOT}/enti?{query}"))
        return [link.text for link in page.xpath("//main//li//h3/a")]

    assert found("") == ["Comune di Bari", "Comune di Lecce", "Ville de Test"]
    assert found("quali=attesi") == ["Ville de Test"]
    assert found("quali=senza-referente") == ["Comune di Bari"]
    assert found("quali=da-verificare") == ["Comune di Bari"]
    assert found("quali=tolti") == ["Ente di ieri"]
    assert found("q=lecce&quali=x'--") == ["Comune di Lecce"]


def test_the_first_contact_person_is_named(admin: Visitor) -> None:
    body = OrganisationFactory.make()
    member = member_with(of=body, first_name="Bice", last_name="Alba")
    member_with(of=body)
    assert "Nessuno parla per questo ente" in text_of(admin.get(f"{ROOT}/enti/{body.id}"))
    path = f"{ROOT}/enti/{body.id}/referente"
    row = db.session.query(Affiliation).filter_by(member_id=member.id).one()
    # Nobody of another body can be slipped in.
    other = member_with(of=OrganisationFactory.make())
    stranger = db.session.query(Affiliation).filter_by(member_id=other.id).one()
    fields = {"affiliation": str(stranger.id), "reason": "Lettera del 3 marzo"}
    assert admin.submit(path, fields, action=path).status_code == 422
    assert queries.actor_for(other.id).contact_organisation_ids == frozenset()
    answer = admin.submit(path, {**fields, "affiliation": str(row.id)}, action=path)
    assert "L’ente ha il suo referente" in text_of(answer)
    assert queries.actor_for(member.id).contact_organisation_ids == {body.id}
    assert facts("AffiliationRoleChanged")[0].reason == "Lettera del 3 marzo"
    assert db.session.get_one(Affiliation, row.id).role is AffiliationRole.CONTACT


def test_requests_stand_first(admin: Visitor) -> None:
    body = OrganisationFactory.make()
    asks = MemberFactory.make(first_name="Rosa")
    AffiliationFactory.make(member=asks, organisation=body, state=AffiliationState.REQUESTED)
    for _number in range(3):
        member_with(of=body)
    page = parse(admin.get(f"{ROOT}/appartenenze"))
    people = [link.text for link in page.xpath("//main//li//h3/a")]
    assert (len(people), people[0]) == (4, asks.name)


# What happened, and what is under way


def test_the_trail_is_read_and_filtered(admin: Visitor, keeper: Member) -> None:
    member = member_with(first_name="<b>Bice</b>", last_name="Alba")
    script = "<script>alert(1)</script>"
    by = queries.actor_for(keeper.id)
    services.set_roles(member_id=member.id, roles=[Role.EDITOR], reason=script, by=by)
    lifecycle.suspend_member(member_id=member.id, reason="Altro", by=by)
    path = f"{ROOT}/attivita"
    answer = admin.get(path)
    assert script not in answer.text
    assert "&lt;script&gt;" in answer.text
    text = text_of(answer)
    assert "Piera Conti: ruolo dato – Iscritto" in text
    assert "<b>Bice</b> Alba" in text

    def shown(query: str) -> int:
        return len(
            parse(admin.get(f"{path}?{query}")).xpath("//main//ol[contains(@class,'g-list')]/li")
        )

    day = clock.now().astimezone(clock.ROME).date()
    assert shown(f"su=member&numero={member.id}") == 2
    assert shown("fatto=RoleGranted") == 1
    assert shown("chi=piera") == 2
    assert shown("chi=nessuno") == 0
    assert shown(f"dal={day}&al={day}") == 2
    assert shown(f"al={day - timedelta(days=1)}") == 0
    for query in ("su=x'--", "fatto=1;DROP", "numero=99999999999", "numero=-1", "dal=0001-01-01"):
        assert admin.get(f"{path}?{query}").status_code == 200
    assert admin.get(f"{path}?dopo=x").status_code == 400


def test_a_mail_is_tried_again(admin: Visitor, keeper: Member) -> None:
    row = queued(keeper, attempts=3, error="SMTP <b>421</b>")
    done = queued(keeper, state=MailState.SENT)
    text = text_of(admin.get(f"{ROOT}/posta?stato=queued"))
    assert "3 tentativi" in text
    assert "SMTP <b>421</b>" in text
    admin.submit(f"{ROOT}/posta?stato=queued", action=f"/posta/{row.id}/riprova")
    assert db.session.get_one(Notification, row.id).due_at <= clock.now()
    assert facts("MailHurried")[0].object_id == row.id
    with pytest.raises(Refused, match="not_queued"):
        services.hurry_mail(mail_id=done.id, by=SYSTEM)


def test_a_row_of_the_outbox_is_tried_again(admin: Visitor, keeper: Member) -> None:
    event = queued(keeper).event_id
    later = clock.now() + timedelta(hours=1)
    with transaction() as session:
        session.add(
            OutboxRow(event_id=event, consumer="search", due_at=later, attempts=2, error="Ahi")
        )
    number = db.session.query(OutboxRow).one().id
    assert "Ahi" in text_of(admin.get(f"{ROOT}/coda"))
    assert "Ahi" in text_of(admin.get(f"{ROOT}/indice"))
    admin.submit(f"{ROOT}/coda?chi=search", action=f"/coda/{number}/riprova")
    assert db.session.get_one(OutboxRow, number).due_at <= clock.now()
    assert not services.hurry_delivery(outbox_id=999_999, by=SYSTEM), "done meanwhile"


def test_the_index_is_built_again(admin: Visitor) -> None:
    path = f"{ROOT}/indice"
    assert "L’indice non si legge" in text_of(admin.get(path))
    assert admin.submit(path, action=path).status_code == 422
    assert not (settings().index_folder / REBUILD).exists()
    admin.submit(path, {"reason": "Prova"}, action=path)
    assert (settings().index_folder / REBUILD).exists()
    assert facts("RebuildAsked")[0].reason == "Prova"


def test_an_index_that_serves_is_counted(app: Flask, admin: Visitor) -> None:
    with app.test_request_context():
        indexer = Indexer(settings().index_folder)
        while indexer.step():
            pass
        indexer.close()
    page = text_of(admin.get(f"{ROOT}/indice"))
    assert "L’indice è aggiornato" in page
    assert "Documenti1" in page.replace(" ", ""), "the one member"
    assert admin.get(ROOT).status_code == 200


def acts(keeper: Member, by: Any) -> list[Any]:
    row = queued(keeper)
    return [
        lambda: services.set_roles(
            member_id=keeper.id, roles=[Role.ADMINISTRATOR], reason="x", by=by
        ),
        lambda: services.hurry_mail(mail_id=row.id, by=by),
        lambda: services.hurry_delivery(outbox_id=1, by=by),
        lambda: services.rebuild_index(reason="x", by=by),
    ]


def test_services_ask_themselves(keeper: Member) -> None:
    by = queries.actor_for(member_with(Role.MODERATOR).id)
    for act in acts(keeper, by):
        with pytest.raises(Forbidden):
            act()


def test_services_that_ask_nobody_would_be_seen(
    keeper: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Twin: a policy that says yes to everybody."""
    monkeypatch.setattr(policies, "may_administer", lambda _actor: True)
    by = queries.actor_for(member_with(Role.MODERATOR).id)
    for act in acts(keeper, by):
        act()


def test_labels_name_facts_that_there_are(app: Flask) -> None:
    """A fact without words is shown by its own name; words for none are left over."""
    from admin.views.words import fact_labels, kind_labels

    with app.test_request_context():
        labels, kinds = fact_labels(), kind_labels()
    assert set(labels) - set(registry().facts) == set()
    assert {registry().facts[name].kind for name in labels} <= set(kinds)


# -- words: nobody who administers has to read the names of the code


def unnamed(labels: Iterable[str], wanted: Iterable[str]) -> set[str]:
    """What would stand on the pages under its own English name."""
    return set(wanted) - set(labels)


def test_whatever_the_back_office_shows_has_words(app: Flask) -> None:
    known = registry()
    mailed = [rule.name for rule in known.notices.values() if rule.concern.is_mailed]
    with app.test_request_context():
        assert unnamed(labels_of.consumer_labels(), known.consumers) == set()
        assert unnamed(labels_of.mail_labels(), mailed) == set()
        assert unnamed(labels_of.fact_labels(), known.facts) == set()
        kinds = {fact.kind for fact in known.facts.values()}
        assert unnamed(labels_of.kind_labels(), kinds | {*known.subjects}) == set()


def test_a_fact_without_words_would_be_seen(app: Flask) -> None:
    """Twin: one that a feature adds and nobody names."""
    with app.test_request_context():
        labels = labels_of.fact_labels()
        del labels["StoryPublished"]
        assert unnamed(labels, registry().facts) == {"StoryPublished"}


def test_the_queue_is_told_in_italian(app: Flask, admin: Visitor, keeper: Member) -> None:
    queued(keeper)
    overview = text_of(admin.get(ROOT))
    assert "ricerca" in overview
    assert "endorsements" not in overview
    assert "avvisi e mail" in text_of(admin.get(f"{ROOT}/coda"))
