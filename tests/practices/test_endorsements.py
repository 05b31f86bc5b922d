"""*Utile per noi*: one a member, counted by bodies, right whatever becomes of who said it."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask
from sqlalchemy import func, select, update

from core import outbox
from core.actor import SYSTEM, Actor
from core.database import db
from core.domain import Forbidden
from core.events import Event
from core.registry import registry
from members.models import AffiliationRole, Member
from members.queries import actor_for
from members.services.lifecycle import reinstate_member, remove_member, suspend_member
from organisations.models import Organisation
from organisations.services import remove_organisation
from practices import services
from practices.models import Endorsement, Practice, PracticeKind, PracticeState
from practices.queries.endorsements import endorsements, miscounted
from practices.rules import LISTED_STATES
from tests.factories.members import AffiliationFactory, member_with
from tests.factories.organisations import OrganisationFactory
from tests.factories.practices import StoryFactory
from tests.practices.conftest import SignIn
from tests.visitor import Visitor, form_values, parse, text_of

AT_ONCE = 20


@pytest.fixture
def story(app: Flask) -> Practice:
    return StoryFactory.make(title="Marchio Family", organisation=OrganisationFactory.make())


@pytest.fixture
def lecce(app: Flask) -> Organisation:
    return OrganisationFactory.make(name="Comune di Lecce")


def again(story: Practice) -> Practice:
    db.session.rollback()
    return db.session.get_one(Practice, story.id, populate_existing=True)


def says(member: Member, story: Practice, body: Organisation) -> Practice:
    return services.endorse_story(
        practice_id=story.id, organisation_id=body.id, by=actor_for(member.id)
    )


def rows(story: Practice) -> int:
    counted = select(func.count()).select_from(Endorsement)
    return db.session.scalar(counted.where(Endorsement.practice_id == story.id)) or 0


def work() -> None:
    """What the worker does."""
    consumer = registry().consumers["endorsements"]
    while outbox.drain(consumer):
        pass


def test_bodies_are_counted_not_people(story: Practice, lecce: Organisation) -> None:
    bari = OrganisationFactory.make(name="Comune di Bari")
    one, two, other = member_with(of=lecce), member_with(of=lecce), member_with(of=bari)
    for member, body in ((one, lecce), (two, lecce), (other, bari)):
        says(member, story, body)
    assert (again(story).endorsement_count, rows(story)) == (2, 3)
    services.withdraw_endorsement(practice_id=story.id, by=actor_for(one.id))
    assert again(story).endorsement_count == 2
    services.withdraw_endorsement(practice_id=story.id, by=actor_for(two.id))
    assert again(story).endorsement_count == 1
    assert miscounted() == []


def test_said_twice_it_is_one_and_another_body_takes_its_place(
    story: Practice, lecce: Organisation
) -> None:
    member, bari = member_with(of=lecce), OrganisationFactory.make(name="Comune di Bari")
    AffiliationFactory.make(member=member, organisation=bari, role=AffiliationRole.MEMBER)
    says(member, story, lecce)
    told = db.session.scalar(select(func.max(Event.id)))
    says(member, story, lecce)
    assert db.session.scalar(select(func.max(Event.id))) == told
    says(member, story, bari)
    assert (again(story).endorsement_count, rows(story)) == (1, 1)
    said = endorsements(again(story), actor_for(member.id))
    assert said.own is not None
    assert said.own.name == "Comune di Bari"
    assert [one.name for one in said.bodies] == ["Comune di Bari"]


def test_nothing_said_is_nothing_taken_back(story: Practice, lecce: Organisation) -> None:
    member = member_with(of=lecce)
    services.withdraw_endorsement(practice_id=story.id, by=actor_for(member.id))
    assert db.session.scalar(select(func.count()).select_from(Event)) == 0


def test_only_the_people_of_other_bodies_say_so(story: Practice, lecce: Organisation) -> None:
    own = story.organisation
    assert own is not None
    registered, colleague = member_with(), member_with(of=own)
    refused = [
        (registered, lecce),
        (colleague, own),
        (colleague, lecce),
        (member_with(of=own), own),
    ]
    for member, body in refused:
        with pytest.raises(Forbidden):
            says(member, story, body)
    with pytest.raises(Forbidden):
        services.endorse_story(practice_id=story.id, organisation_id=lecce.id, by=Actor())
    with pytest.raises(Forbidden):
        services.withdraw_endorsement(practice_id=story.id, by=Actor())
    author = member_with(of=lecce)
    theirs = StoryFactory.make(author=author)
    with pytest.raises(Forbidden):
        says(author, theirs, lecce)


@pytest.mark.parametrize("state", [state for state in PracticeState if state not in LISTED_STATES])
def test_only_what_stands_in_the_catalogue_is_useful(
    lecce: Organisation, state: PracticeState
) -> None:
    hidden = StoryFactory.make(state=state)
    with pytest.raises(Forbidden):
        says(member_with(of=lecce), hidden, lecce)


def test_the_number_follows_those_who_come_and_go(story: Practice, lecce: Organisation) -> None:
    bari = OrganisationFactory.make(name="Comune di Bari")
    one, other = member_with(of=lecce), member_with(of=bari)
    says(one, story, lecce)
    says(other, story, bari)
    suspend_member(member_id=one.id, reason="prova", by=SYSTEM)
    work()
    assert again(story).endorsement_count == 1
    # What changed a page is told, or visitors would go on reading the old number.
    newest = db.session.scalars(select(Event).order_by(Event.id.desc())).first()
    assert newest is not None
    assert (newest.name, newest.object_id) == ("StoryRecounted", story.id)
    reinstate_member(member_id=one.id, by=SYSTEM)
    work()
    assert again(story).endorsement_count == 2
    remove_member(member_id=one.id, by=SYSTEM)
    work()
    assert again(story).endorsement_count == 1
    remove_organisation(organisation_id=bari.id, reason="prova", by=SYSTEM)
    work()
    assert again(story).endorsement_count == 0
    assert endorsements(again(story), Actor()).bodies == ()
    assert miscounted() == []


def test_replaying_what_was_handled_changes_nothing(story: Practice, lecce: Organisation) -> None:
    says(member_with(of=lecce), story, lecce)
    told = db.session.scalar(select(func.max(Event.id)))
    services.recount_endorsements([story.id, story.id])
    assert db.session.scalar(select(func.max(Event.id))) == told


def test_a_wrong_number_is_found_and_counted_again(story: Practice, lecce: Organisation) -> None:
    says(member_with(of=lecce), story, lecce)
    db.session.execute(update(Practice).values(endorsement_count=7))
    db.session.commit()
    assert miscounted() == [(story.id, 7, 1)]
    services.recount_endorsements([story.id])
    assert miscounted() == []


def send_together(app: Flask, member: Member, story: Practice, body: Organisation) -> set[int]:
    """The form of a story's page, sent by one member many times at once."""
    browser = Visitor(app)
    browser.sign_in(member.email)
    path = f"/buone-pratiche/{story.slug}/utile"
    page = browser.page(path)
    data = form_values(page.xpath(f"//form[@action='{path}']")[0])
    data["organisation_id"] = str(body.id)
    cookie = browser._client.get_cookie("gemella")
    assert cookie is not None
    gate = threading.Barrier(AT_ONCE)

    def send() -> int:
        client = app.test_client()
        client.set_cookie("gemella", cookie.value)
        gate.wait(timeout=30)
        return client.post(path, data=data, headers={"Sec-Fetch-Site": "same-origin"}).status_code

    with ThreadPoolExecutor(AT_ONCE) as pool:
        statuses = {one.result() for one in [pool.submit(send) for _ in range(AT_ONCE)]}
    db.session.rollback()
    return statuses


def test_twenty_clicks_at_once_are_one(app: Flask, story: Practice, lecce: Organisation) -> None:
    assert send_together(app, member_with(of=lecce), story, lecce) == {302}
    assert (rows(story), again(story).endorsement_count) == (1, 1)


def test_the_check_above_can_fail(
    app: Flask, story: Practice, lecce: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A service that does not ask what was said before runs into the unique key."""
    monkeypatch.setattr("practices.services.endorsing._of_member", lambda *_: None)
    app.config["PROPAGATE_EXCEPTIONS"] = False
    try:
        assert send_together(app, member_with(of=lecce), story, lecce) != {302}
    finally:
        app.config["PROPAGATE_EXCEPTIONS"] = None
    assert rows(story) == 1


def test_a_member_says_so_on_the_page_and_takes_it_back(
    visitor: Visitor, sign_in: SignIn, story: Practice, lecce: Organisation
) -> None:
    path = f"/buone-pratiche/{story.slug}"
    browser = sign_in(member_with(of=lecce))
    answer = browser.submit(path, {}, action=f"{path}/utile", follow=False)
    assert (answer.status_code, answer.location) == (302, f"{path}#utile")
    assert "Utile per 1 ente" in text_of(visitor.get(path))
    assert "Comune di Lecce" in text_of(visitor.get(path))
    answer = browser.submit(path, {}, action=f"{path}/utile/ritira", follow=False)
    assert answer.location == f"{path}#utile"
    assert "Utile per 1 ente" not in text_of(visitor.get(path))


def test_visitors_find_a_link_and_no_form(
    visitor: Visitor, sign_in: SignIn, story: Practice, lecce: Organisation
) -> None:
    path = f"/buone-pratiche/{story.slug}"
    page = visitor.page(path)
    assert page.xpath("//section[@aria-labelledby='utile']//a/@href") == [f"{path}/utile"]
    assert not page.xpath("//main//form")
    assert visitor.get(f"{path}/utile").location.startswith("/accedi")
    assert visitor.post(f"{path}/utile", {}).status_code in (302, 400)
    registered = sign_in(member_with())
    assert "Si dice a nome di un ente" in text_of(registered.get(f"{path}/utile"))
    own = story.organisation
    assert "Questa storia è vostra" in text_of(sign_in(member_with(of=own)).get(f"{path}/utile"))


def test_who_has_several_bodies_chooses(
    sign_in: SignIn, story: Practice, lecce: Organisation
) -> None:
    member, bari = member_with(of=lecce), OrganisationFactory.make(name="Comune di Bari")
    AffiliationFactory.make(member=member, organisation=bari, role=AffiliationRole.MEMBER)
    browser, path = sign_in(member), f"/buone-pratiche/{story.slug}/utile"
    page = browser.page(path)
    assert len(page.xpath("//input[@name='organisation_id']")) == 2
    answer = browser.submit(path, {}, action=path)
    assert answer.status_code == 422
    assert parse(answer).xpath("//*[@id='organisation_id-error']")
    answer = browser.submit(path, {"organisation_id": str(story.organisation_id)}, action=path)
    assert answer.status_code == 422
    answer = browser.submit(path, {"organisation_id": str(bari.id)}, action=path, follow=False)
    assert answer.status_code == 302
    assert [row.organisation_id for row in db.session.scalars(select(Endorsement))] == [bari.id]


def test_those_who_seek_hear_that_others_do_too(
    visitor: Visitor, sign_in: SignIn, lecce: Organisation
) -> None:
    seek = StoryFactory.make(title="Nidi", kind=PracticeKind.SEEK)
    path = f"/buone-pratiche/{seek.slug}"
    sign_in(member_with(of=lecce)).submit(path, {}, action=f"{path}/utile", follow=False)
    assert "Serve anche a 1 ente" in text_of(visitor.get(path))
