"""Signing in and out, as a browser does it."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask

from core import clock
from core.actor import SYSTEM, Role
from core.database import db
from members import queries
from members.models import Member, MemberState, SignInSession
from members.queries import hash_token
from members.services import lifecycle, passwords, sessions
from tests.factories.members import MemberFactory, member_with
from tests.factories.organisations import OrganisationFactory
from tests.visitor import DEMO_PASSWORD, Visitor, parse, text_of

ACTION = "/accedi"


def try_in(visitor: Visitor, email: str, password: str) -> Any:
    return visitor.submit(ACTION, {"email": email, "password": password}, action=ACTION)


def body(answer: Any, *private: str) -> str:
    """What a page says, without its token, its address and its colours."""
    text = re.sub(r'name="csrf_token"[^>]*', "", answer.get_data(as_text=True))
    for word in private:
        text = text.replace(word, "…")
    return text


def test_a_member_signs_in_and_out(visitor: Visitor) -> None:
    member = member_with(Role.EDITOR)
    answer = visitor.sign_in_by_page(member.email.upper())
    assert answer.location == "/il-mio-spazio"
    assert member.name in visitor.get("/privacy").text

    visitor.submit("/privacy", action="/esci")
    assert member.name not in visitor.get("/privacy").text
    assert visitor.get("/il-mio-spazio").status_code == 302
    db.session.refresh(member)
    assert member.last_sign_in_at is not None


def test_wrong_password_and_unknown_address_answer_alike(visitor: Visitor) -> None:
    known = MemberFactory.make(email="aaaa@ente.example")
    wrong = try_in(visitor, known.email, "non è questa la password")
    unknown = try_in(visitor, "bbbb@ente.example", "non è questa la password")
    assert wrong.status_code == unknown.status_code == 422
    assert body(wrong, known.email) == body(unknown, "bbbb@ente.example")
    assert "non sono giusti" in wrong.text
    assert 'value="aaaa@ente.example"' in wrong.text, "the address is kept"
    assert "non è questa la password" not in wrong.text, "the password is not"


def test_an_unknown_address_costs_a_comparison_too(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    compared: list[str | None] = []
    real = passwords.is_right

    def count(password_hash: str | None, password: str) -> bool:
        compared.append(password_hash)
        return real(password_hash, password)

    monkeypatch.setattr(sessions, "is_right", count)
    sessions.sign_in(email="nobody@ente.example", password="x" * 12, network="n")
    assert compared == [None]
    assert not passwords.is_right(None, "nobody has this password"), "not even the dummy's own"


@pytest.mark.parametrize(
    ("state", "says"),
    [(MemberState.UNCONFIRMED, "non è ancora confermato"), (MemberState.SUSPENDED, "sospeso")],
)
def test_only_who_knows_the_password_learns_the_state(
    visitor: Visitor, state: MemberState, says: str
) -> None:
    member = MemberFactory.make(state=state)
    right = try_in(visitor, member.email, DEMO_PASSWORD)
    assert right.status_code == 403
    assert says in text_of(right)
    wrong = try_in(visitor, member.email, "un'altra password")
    assert wrong.status_code == 422
    assert says not in text_of(wrong)


def test_too_many_tries_at_one_account(visitor: Visitor) -> None:
    member = MemberFactory.make()
    for _ in range(10):
        assert try_in(visitor, member.email, "sbagliata sbagliata").status_code == 422
    answer = try_in(visitor, member.email, DEMO_PASSWORD)
    assert answer.status_code == 429
    assert parse(answer).xpath("//input[@id='email']/@value") == [member.email]
    # Somebody else is not held up, and after the quarter of an hour nobody is.
    other = MemberFactory.make()
    assert try_in(Visitor(visitor._app), other.email, DEMO_PASSWORD).status_code == 200
    with time_machine.travel(clock.now() + timedelta(minutes=16), tick=False):
        assert try_in(visitor, member.email, DEMO_PASSWORD).status_code == 200


def test_too_many_tries_from_one_network(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sessions, "_TRIES_PER_NETWORK", 3)
    for number in range(3):
        sessions.sign_in(email=f"{number}@ente.example", password="x", network="192.0.2.1")
    attempted = sessions.sign_in(email="9@ente.example", password="x", network="192.0.2.1")
    assert attempted.outcome is sessions.Outcome.TOO_MANY
    elsewhere = sessions.sign_in(email="9@ente.example", password="x", network="192.0.2.2")
    assert elsewhere.outcome is sessions.Outcome.WRONG


def test_every_sign_in_has_a_fresh_token_and_only_its_hash_is_kept(visitor: Visitor) -> None:
    member = MemberFactory.make()
    tokens = []
    for _ in range(2):
        visitor.sign_in(member.email)
        with visitor._client.session_transaction() as cookie:
            tokens.append(cookie["_user_id"])
            assert cookie.permanent
        visitor.submit("/privacy", action="/esci")
    assert tokens[0] != tokens[1]
    kept = {row.token_hash for row in db.session.query(SignInSession)}
    assert kept == {hash_token(token) for token in tokens}
    assert queries.identity_of(tokens[0]) is None, "signed out"


def test_a_planted_session_is_worth_nothing(visitor: Visitor) -> None:
    """Fixation: what stood in the cookie before signing in is gone afterwards."""
    member = MemberFactory.make()
    visitor.get("/accedi")
    with visitor._client.session_transaction() as cookie:
        cookie["_user_id"] = "planted by somebody else"
        cookie["planted"] = "yes"
    assert visitor.get("/il-mio-spazio").status_code == 302
    visitor.sign_in(member.email)
    with visitor._client.session_transaction() as cookie:
        assert cookie["_user_id"] != "planted by somebody else"
        assert "planted" not in cookie


@pytest.mark.parametrize("end", ["suspend", "remove", "password"])
def test_a_session_ends_at_once(visitor: Visitor, end: str) -> None:
    member = MemberFactory.make()
    visitor.sign_in(member.email)
    assert visitor.get("/il-mio-spazio").status_code == 200
    if end == "suspend":
        lifecycle.suspend_member(member_id=member.id, reason="prova", by=SYSTEM)
    elif end == "remove":
        lifecycle.remove_member(member_id=member.id, by=SYSTEM)
    else:
        from members.services import profiles

        profiles.change_password(
            member_id=member.id,
            current=DEMO_PASSWORD,
            new="un'altra frase lunga",
            by=queries.actor_for(member.id),
        )
    assert visitor.get("/il-mio-spazio").status_code == 302


def test_an_idle_session_ends(visitor: Visitor) -> None:
    member = MemberFactory.make()
    visitor.sign_in(member.email)
    with time_machine.travel(clock.now() + timedelta(days=13), tick=False):
        assert visitor.get("/il-mio-spazio").status_code == 200
    with time_machine.travel(clock.now() + timedelta(days=28), tick=False):
        assert visitor.get("/il-mio-spazio").status_code == 302


def test_who_comes_every_day_stays_signed_in(visitor: Visitor) -> None:
    visitor.sign_in(MemberFactory.make().email)
    begun = clock.now()
    for days in (10, 20, 30):
        with time_machine.travel(begun + timedelta(days=days), tick=False):
            assert visitor.get("/il-mio-spazio").status_code == 200, days
    # Twin: two weeks later nobody knows the cookie any more.
    with time_machine.travel(begun + timedelta(days=45), tick=False):
        assert visitor.get("/il-mio-spazio").status_code == 302


def test_old_devices_are_forgotten(visitor: Visitor) -> None:
    member = MemberFactory.make()
    visitor.sign_in(member.email)
    with time_machine.travel(clock.now() + timedelta(days=91), tick=False):
        visitor.sign_in(member.email)
        assert db.session.query(SignInSession).count() == 1


def test_use_is_noted_at_most_once_in_a_quarter_of_an_hour(visitor: Visitor) -> None:
    visitor.sign_in(MemberFactory.make().email)

    def seen() -> Any:
        return db.session.query(SignInSession.last_seen_at).scalar()

    first = seen()
    with time_machine.travel(first + timedelta(minutes=14), tick=False):
        visitor.get("/privacy")
        assert seen() == first
    with time_machine.travel(first + timedelta(minutes=16), tick=False):
        visitor.get("/privacy")
        assert seen() == clock.now()


@pytest.mark.database("sqlite")
def test_no_get_waits_for_another_writer(visitor: Visitor) -> None:
    """The note of a session's use is given up where the database is busy."""
    visitor.sign_in(MemberFactory.make().email)
    seen = db.session.query(SignInSession.last_seen_at).scalar()
    db.session.rollback()
    other = sqlite3.connect(str(db.engine.url.database), isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with time_machine.travel(seen + timedelta(hours=1), tick=True):
        before = clock.now()
        assert visitor.get("/privacy").status_code == 200
        assert clock.now() - before < timedelta(seconds=2)
    other.rollback()
    other.close()
    assert db.session.query(SignInSession.last_seen_at).scalar() == seen


def test_a_visitor_costs_no_query_and_gets_no_cookie(
    visitor: Visitor, count_queries: Callable[[], AbstractContextManager[list[str]]]
) -> None:
    with count_queries() as statements:
        answer = visitor.get("/privacy")
    assert statements == []
    assert "Set-Cookie" not in answer.headers


def test_a_reader_costs_three_queries(
    visitor: Visitor, count_queries: Callable[[], AbstractContextManager[list[str]]]
) -> None:
    member = member_with(Role.EDITOR, Role.MODERATOR, of=OrganisationFactory.make(), contact=True)
    visitor.sign_in(member.email)
    with count_queries() as statements:
        visitor.get("/privacy")
    # Who it is, which spaces are open, how many notices there are to read.
    assert len(statements) <= 3, statements


@pytest.mark.parametrize(
    ("asked", "led_to"),
    [
        ("/iscritti", "/iscritti"),
        ("/en/iscritti?q=a", "/en/iscritti?q=a"),
        ("https://altrove.example/", "/il-mio-spazio"),
        ("//altrove.example", "/il-mio-spazio"),
        ("/\\altrove.example", "/il-mio-spazio"),
    ],
)
def test_next_never_leads_away(visitor: Visitor, asked: str, led_to: str) -> None:
    member = MemberFactory.make()
    visitor.get("/accedi", query_string={"next": asked})
    form = parse(visitor.last).xpath("//main//form")[0]
    token = form.xpath(".//input[@name='csrf_token']/@value")[0]
    answer = visitor.post(
        form.get("action"),
        {"csrf_token": token, "email": member.email, "password": DEMO_PASSWORD},
    )
    assert answer.location == led_to


def test_a_members_page_leads_through_sign_in_and_back(visitor: Visitor) -> None:
    answer = visitor.get("/profilo?x=1")
    assert answer.status_code == 302
    assert answer.location == "/accedi?next=/profilo?x%3D1"


def test_signing_out_needs_a_token_and_post(visitor: Visitor) -> None:
    member = MemberFactory.make()
    visitor.sign_in(member.email)
    assert visitor.post("/esci").status_code == 400
    assert visitor.get("/esci").status_code == 405
    assert visitor.get("/il-mio-spazio").status_code == 200


def test_other_sessions_can_be_ended(app: Flask, visitor: Visitor) -> None:
    member = MemberFactory.make()
    elsewhere = Visitor(app)
    visitor.sign_in(member.email)
    elsewhere.sign_in(member.email)
    page = visitor.page("/il-mio-spazio")
    assert len(page.xpath("//section[@aria-labelledby='accessi']//li")) == 2
    forms = page.xpath("//form[contains(@action, 'esci-ovunque')]")
    token = forms[0].xpath(".//input[@name='csrf_token']/@value")[0]
    visitor.post("/il-mio-spazio/esci-ovunque", {"csrf_token": token})
    assert elsewhere.get("/il-mio-spazio").status_code == 302
    assert visitor.get("/il-mio-spazio").status_code == 200
    visitor.post("/il-mio-spazio/esci-ovunque", {"csrf_token": token, "anche_qui": "1"})
    assert visitor.get("/il-mio-spazio").status_code == 302


def test_a_hash_of_yesterday_is_renewed_at_sign_in(
    visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    member = MemberFactory.make()
    before = member.password_hash
    monkeypatch.setattr(sessions, "is_outdated", lambda _hash: True)
    visitor.sign_in(member.email)
    db.session.refresh(member)
    assert member.password_hash != before
    visitor.submit("/privacy", action="/esci")
    visitor.sign_in(member.email)


@pytest.mark.parametrize(
    "text", ["", "a" * 5_000, "a\x00b@ente.example", "😀@ente.example", "\u202ex"]
)
def test_hostile_addresses(visitor: Visitor, text: str) -> None:
    answer = try_in(visitor, text, "una password qualsiasi")
    assert answer.status_code == 422


def test_a_very_long_password_is_wrong_and_quick(visitor: Visitor) -> None:
    member = MemberFactory.make()
    assert try_in(visitor, member.email, "a" * 400_000).status_code == 422


def test_roles_and_affiliations_make_the_actor(app: Flask) -> None:
    here, gone = OrganisationFactory.make(), OrganisationFactory.make(state="removed")
    member = member_with(Role.EDITOR, Role.EVALUATOR, of=here, contact=True)
    from tests.factories.members import AffiliationFactory

    AffiliationFactory.make(member=member, organisation=gone)
    AffiliationFactory.make(member=member, organisation=OrganisationFactory.make(), state="ended")
    actor = queries.actor_for(member.id)
    assert actor.roles == {Role.EDITOR, Role.EVALUATOR}
    assert actor.organisation_ids == actor.contact_organisation_ids == {here.id}
    assert queries.actor_for(999).is_visitor
    assert db.session.get(Member, member.id) is not None


def test_sign_in_leads_back_into_the_readers_language(visitor: Visitor) -> None:
    member = MemberFactory.make()
    answer = visitor.get("/en/profilo")
    assert answer.location == "/en/accedi?next=/en/profilo"
    answer = visitor.submit(
        answer.location,
        {"email": member.email, "password": DEMO_PASSWORD},
        action="/en/accedi",
        follow=False,
    )
    assert answer.location == "/en/profilo"
