"""Calling people in a message: by slug or by name, and only who may read it."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import select

from core.database import db
from core.references import Reference
from forum.models import Post, PostMention, Thread
from forum.rules.mentions import calls
from members.models import Member, MemberState
from practices.models import PracticeState
from spaces.models import SpaceGrant
from tests.factories.forum import ThreadFactory
from tests.factories.members import MemberFactory, member_with
from tests.factories.organisations import OrganisationFactory
from tests.factories.practices import StoryFactory
from tests.factories.twinning import SpaceFactory
from tests.forum.conftest import SignIn
from tests.visitor import parse, text_of


@pytest.fixture
def anna(app: Flask) -> Member:
    return MemberFactory.make(first_name="Anna", last_name="De Rossi", slug="anna-de-rossi")


def send(browser: object, thread: Thread, text: str) -> tuple[int, str]:
    answer = browser.submit(  # type: ignore[attr-defined]
        f"/discussioni/{thread.id}", {"text": text}, action=f"/discussioni/{thread.id}"
    )
    return answer.status_code, text_of(answer)


def the_post() -> Post:
    return db.session.scalars(select(Post)).one()


@pytest.mark.parametrize(
    "called",
    ["@Anna De Rossi", "@anna de rossi", "@anna-de-rossi", "@Anna-De-Rossi", "@ANNA DE ROSSI"],
)
def test_a_name_is_understood_without_script(
    called: str, anna: Member, thread: Thread, verified: Member, signed_in: SignIn
) -> None:
    status, page = send(signed_in(verified), thread, f"Chiedo a {called}, se può.")
    assert status == 200
    assert "Chiedo a @Anna De Rossi, se può." in page
    assert the_post().text.lower() == "chiedo a @anna-de-rossi, se può."
    assert db.session.scalars(select(PostMention.member_id)).all() == [anna.id]


def test_an_ambiguous_name_says_so_and_keeps_the_text(
    anna: Member, thread: Thread, verified: Member, signed_in: SignIn
) -> None:
    MemberFactory.make(first_name="Anna", last_name="De Rossi", slug="anna-de-rossi-2")
    text = "Chiedo a @Anna De Rossi"
    status, page = send(signed_in(verified), thread, text)
    assert status == 422
    assert "Più persone si chiamano «Anna De Rossi»" in page
    assert "@anna-de-rossi" in page
    assert "@anna-de-rossi-2" in page
    assert text in page
    assert db.session.scalars(select(Post)).all() == []


def test_an_unknown_name_says_so_and_may_stand_in_code(
    thread: Thread, verified: Member, signed_in: SignIn
) -> None:
    browser = signed_in(verified)
    status, page = send(browser, thread, "Chiedo a @Nessuno Davvero")
    assert status == 422
    assert "Nessuno qui si chiama «@Nessuno Davvero»" in page
    status, _page = send(browser, thread, "Il CSS dice `@Nessuno` e @media, scrivi a x@Nessuno.it")
    assert status == 200
    assert db.session.scalars(select(PostMention)).all() == []


def test_who_may_not_read_cannot_be_called(
    anna: Member, verified: Member, signed_in: SignIn
) -> None:
    draft = StoryFactory.make(state=PracticeState.DRAFT, author_id=verified.id)
    thread = ThreadFactory.make(subject_kind="practice", subject_id=draft.id)
    browser = signed_in(verified)
    status, page = send(browser, thread, "Guarda, @anna-de-rossi")
    assert status == 422
    assert "Anna De Rossi non può leggere questa discussione" in page
    found = browser.get(f"/discussioni/{thread.id}/persone?q=anna").get_json()
    assert found == []


def test_names_are_offered_to_who_types(
    anna: Member, thread: Thread, verified: Member, signed_in: SignIn
) -> None:
    MemberFactory.make(first_name="Anna", last_name="Sospesa", state=MemberState.SUSPENDED)
    browser = signed_in(verified)
    for letters in ("an", "ANNA d", "ross", "de ro"):
        found = browser.get(f"/discussioni/{thread.id}/persone?q={letters}").get_json()
        assert [one["slug"] for one in found] == ["anna-de-rossi"], letters
    assert browser.get(f"/discussioni/{thread.id}/persone?q=%25").get_json() == []
    assert browser.get("/discussioni/persone?q=anna").get_json() != []


def test_in_private_places_names_outside_take_no_places(
    verified: Member, signed_in: SignIn
) -> None:
    """However many others have the same name: who may come in is found, by each sort of key."""
    for number in range(9):
        MemberFactory.make(first_name="Anna", last_name=f"Abate{number}")
    space = SpaceFactory.make(object_id=1)
    body, asked = OrganisationFactory.make(), OrganisationFactory.make()
    colleague = member_with(of=body, first_name="Anna", last_name="Zanetti")
    contact = member_with(of=asked, contact=True, first_name="Anna", last_name="Zeni")
    member_with(of=asked, first_name="Anna", last_name="Zorzi")
    past = MemberFactory.make(first_name="Anna", last_name="Zucca")
    began = space.created_at
    for key in (
        {"member_id": verified.id},
        {"organisation_id": body.id},
        {"organisation_id": asked.id, "contacts_only": True},
        {"member_id": past.id, "to_at": began},
    ):
        db.session.add(SpaceGrant(space_id=space.id, from_at=began, **key))
    db.session.commit()
    thread = ThreadFactory.make(space_id=space.id)
    browser = signed_in(verified)
    found = browser.get(f"/discussioni/{thread.id}/persone?q=anna").get_json()
    assert [one["slug"] for one in found] == [colleague.slug, contact.slug]


def test_who_is_quoted_with_a_name_is_not_told_again(
    anna: Member, thread: Thread, verified: Member, signed_in: SignIn
) -> None:
    status, _page = send(signed_in(verified), thread, "> Lo sa @anna-de-rossi\n\nGrazie")
    assert status == 200
    assert db.session.scalars(select(PostMention)).all() == []


@pytest.mark.timeout(5)
@pytest.mark.parametrize("piece", ["@", "@a ", "@a-", "@A B C ", "`@", "@a'", "> @a\n", "@\u0301"])
def test_hostile_calls_cost_little(piece: str) -> None:
    list(calls(piece * (20_000 // len(piece))))


def test_the_preview_shows_names_and_links(
    anna: Member, thread: Thread, verified: Member, signed_in: SignIn
) -> None:
    browser = signed_in(verified)
    token = parse(browser.get(f"/discussioni/{thread.id}")).xpath("//input[@name='csrf_token']")[0]
    answer = browser.post(
        "/discussioni/anteprima",
        {"text": f"@Anna De Rossi [qui](/discussioni/{thread.id})", "csrf_token": token.value},
    )
    shown = answer.get_data(as_text=True)
    assert 'href="/iscritti/anna-de-rossi">@Anna De Rossi</a>' in shown
    assert thread.title in parse(answer).xpath("//a/@title")[0]
    assert Reference("thread", thread.id)


def test_ten_are_enough(thread: Thread, verified: Member, signed_in: SignIn) -> None:
    many = [member_with(slug=f"persona-{n}") for n in range(11)]
    text = " ".join(f"@{one.slug}" for one in many)
    status, page = send(signed_in(verified), thread, text)
    assert status == 422
    assert "al massimo 10 persone" in page
