"""Becoming a member, and getting back in, through the pages and the mails."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
import time_machine
from flask import Flask

from core import clock, tokens
from core.database import db
from core.events import Event
from core.mail import TestMail
from members import queries
from members.models import Member, MemberState
from members.services import registration
from tests.factories.members import MemberFactory
from tests.members.conftest import Post
from tests.visitor import DEMO_PASSWORD, Visitor, parse, text_of

ANNA = {
    "first_name": "Anna",
    "last_name": "Scalera",
    "email": "a.scalera@comune.example",
    "password": "quattro parole a caso",
    "privacy": "y",
}


FORGOTTEN = "/password-dimenticata"


def register(visitor: Visitor, **fields: str) -> Any:
    return visitor.submit("/registrati", {**ANNA, **fields}, action="/registrati")


def link_in(letter: TestMail, part: str) -> str:
    """The path of the link in a mail whose address holds these words."""
    found = re.search(rf"http://localhost(\S*{part}\S*)", letter.text)
    assert found, letter.text
    assert f"http://localhost{found[1]}" in letter.html
    return found[1]


def confirm(visitor: Visitor, path: str, password: str = ANNA["password"]) -> Any:
    return visitor.submit(path, {"password": password}, action=path)


def anna() -> Member:
    return db.session.query(Member).filter_by(email_key=ANNA["email"]).one()


def test_a_domain_of_other_letters_is_written_to_as_mail_servers_know_it(
    visitor: Visitor, post: Post
) -> None:
    register(visitor, email="anna@straße.example")
    letter = post()[-1]
    assert letter.to == "anna@xn--strae-oqa.example"
    confirm(visitor, link_in(letter, "/conferma/"))
    assert db.session.query(Member).filter_by(email_key=letter.to).one().state is MemberState.ACTIVE


def test_a_stranger_chooses_no_words_of_our_mails(visitor: Visitor, post: Post) -> None:
    """Whoever registers somebody else's address would send advertising in our name."""
    register(visitor, first_name="Hai vinto!", last_name="Vai su https://truffa.example")
    letter = post()[-1]
    assert letter.to == ANNA["email"]
    for said in (letter.subject, letter.text, letter.html):
        assert "vinto" not in said
        assert "truffa" not in said
    confirm(visitor, link_in(letter, "/conferma/"))
    visitor.submit(FORGOTTEN, {"email": ANNA["email"]}, action=FORGOTTEN)
    assert "Hai vinto!" in post()[-1].text, "a name is said to whom it belongs"


def test_nobody_registers_without_a_name_that_can_be_read(visitor: Visitor) -> None:
    answer = register(visitor, first_name="\u200b", last_name="\u3164")
    assert answer.status_code == 422
    assert text_of(answer).count("un nome che si possa leggere") >= 2


def test_from_registration_to_sign_in(visitor: Visitor, post: Post) -> None:
    answer = register(visitor)
    assert "Controlla la posta" in text_of(answer)
    assert anna().state is MemberState.UNCONFIRMED
    assert visitor.get(f"/iscritti/{anna().slug}").status_code == 404
    assert "Anna Scalera" not in visitor.get("/iscritti").text
    letter = post()[-1]
    assert letter.to == ANNA["email"]

    path = link_in(letter, "/conferma/")
    assert "Conferma l’indirizzo" in text_of(visitor.get(path))
    assert anna().state is MemberState.UNCONFIRMED, "opening the link proves nothing"
    answer = confirm(visitor, path)
    assert answer.request.path == "/il-mio-spazio", "the password was given: it signs in"
    assert "benvenuto tra gli iscritti" in text_of(answer)
    assert anna().state is MemberState.ACTIVE
    assert anna().last_sign_in_at is not None
    assert "Anna Scalera" in visitor.get("/iscritti").text

    assert visitor.get(path).status_code == 410, "the link is spent"
    assert visitor.post(path).status_code == 400, "and a post without token is refused"


def test_a_known_address_gets_the_same_page_and_another_mail(
    app: Flask, visitor: Visitor, post: Post
) -> None:
    known = MemberFactory.make(email="nota@comune.example")
    fresh = register(visitor)
    second = register(Visitor(app), email="nota@comune.example")
    assert (fresh.status_code, fresh.request.path) == (second.status_code, second.request.path)
    assert fresh.get_data() == second.get_data()
    assert {letter.to: letter.subject for letter in post()} == {
        ANNA["email"]: "Conferma il tuo indirizzo – Gemella",
        known.email: "Hai già un profilo – Gemella",
    }
    db.session.refresh(known)
    assert known.state is MemberState.ACTIVE
    assert not registration.awaited("x")


def test_known_and_unknown_cost_the_same_hash(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    known = MemberFactory.make()
    hashed: list[str] = []
    real = registration.hash_password
    monkeypatch.setattr(
        registration, "hash_password", lambda text: (hashed.append(text), real(text))[1]
    )
    for email in (known.email, "nuova@comune.example"):
        registration.register(
            registration.Newcomer(
                first_name="A", last_name="B", email=email, password="quattro parole"
            ),
            network="n",
        )
    assert len(hashed) == 2


def test_a_double_click_registers_and_mails_once(visitor: Visitor, post: Post) -> None:
    page = visitor.page("/registrati")
    form = next(f for f in page.forms if f.get("action") == "/registrati")
    data = {**dict(form.fields), **ANNA}
    for _ in range(2):
        assert visitor.post("/registrati", data).status_code == 303
    assert len(post()) == 1
    assert db.session.query(Member).count() == 1


def test_who_did_not_confirm_may_start_afresh(visitor: Visitor, post: Post) -> None:
    register(visitor)
    old = link_in(post()[-1], "/conferma/")
    register(visitor, first_name="Annalisa", password="tutt'altra frase")
    assert db.session.query(Member).count() == 1
    assert visitor.get(old).status_code == 410, "it confirmed the earlier name and password"
    confirm(visitor, link_in(post()[-1], "/conferma/"), "tutt'altra frase")
    assert anna().name == "Annalisa Scalera"
    assert anna().slug == "annalisa-scalera"


def test_the_link_can_be_sent_again(visitor: Visitor, post: Post) -> None:
    register(visitor)
    answer = visitor.submit("/registrati/nuovo-collegamento", {"email": ANNA["email"]})
    unknown = visitor.submit("/registrati/nuovo-collegamento", {"email": "x@comune.example"})
    assert answer.get_data() == unknown.get_data()
    letters = post()
    assert [letter.to for letter in letters] == [ANNA["email"]] * 2
    assert letters[0].message_id != letters[1].message_id
    confirm(visitor, link_in(letters[1], "/conferma/"))
    assert anna().state is MemberState.ACTIVE


def test_who_registered_anothers_address_gets_nothing_of_it(
    app: Flask, visitor: Visitor, post: Post
) -> None:
    """The owner of the mailbox opens the link of a registration that somebody else began."""
    register(Visitor(app), password="la frase di un estraneo")
    path = link_in(post()[-1], "/conferma/")
    answer = confirm(visitor, path, "quella che userei io")
    assert answer.status_code == 422
    assert "Non è la password scelta alla registrazione" in text_of(answer)
    assert "quella che userei io" not in answer.text
    assert anna().state is MemberState.UNCONFIRMED

    visitor.submit(FORGOTTEN, {"email": ANNA["email"]}, action=FORGOTTEN)
    visitor.submit(link_in(post()[-1], "/nuova-password/"), {"password": "adesso è mia davvero"})
    assert anna().state is MemberState.ACTIVE
    stranger = Visitor(app).submit(
        "/accedi",
        {"email": ANNA["email"], "password": "la frase di un estraneo"},
        action="/accedi",
    )
    assert stranger.status_code == 422
    assert visitor.get(path).status_code == 410


def test_guesses_at_the_confirmation_are_limited(visitor: Visitor, post: Post) -> None:
    register(visitor)
    path = link_in(post()[-1], "/conferma/")
    answers = [confirm(visitor, path, f"tentativo {number}") for number in range(11)]
    assert [answer.status_code for answer in answers] == [422] * 10 + [429]
    assert "Troppi tentativi" in text_of(answers[-1])
    assert confirm(visitor, path).status_code == 429, "the right one, too"
    assert anna().state is MemberState.UNCONFIRMED


def test_links_age(visitor: Visitor, post: Post) -> None:
    register(visitor)
    path = link_in(post()[-1], "/conferma/")
    with time_machine.travel(clock.now() + timedelta(days=4), tick=False):
        answer = visitor.get(path)
    assert answer.status_code == 410
    assert "nuovo collegamento" in text_of(answer)


@pytest.mark.parametrize(
    "token", ["x", "a" * 400, "..", "WzEsICJ4Il0.awJW6A.k6XP5FG7u7UfGW96EU6h6waylOc"]
)
@pytest.mark.parametrize("path", ["/conferma/", "/nuova-password/"])
def test_forged_links(visitor: Visitor, path: str, token: str) -> None:
    assert visitor.get(path + token).status_code == 410


@pytest.mark.parametrize("payload", [None, 1, [], ["1", "x"], [1], [1, "x"], {"a": 1}])
def test_signed_nonsense(app: Flask, visitor: Visitor, payload: Any) -> None:
    """A token of ours with another content, such as one of another version, is a spent link."""
    MemberFactory.make(state=MemberState.UNCONFIRMED)
    with app.test_request_context():
        token = tokens.sign(registration.CONFIRM, payload)
    assert visitor.get(f"/conferma/{token}").status_code == 410


def test_a_token_is_good_for_one_purpose(app: Flask, visitor: Visitor) -> None:
    member = MemberFactory.make(state=MemberState.UNCONFIRMED)
    with app.test_request_context():
        reset = registration.reset_token(member.id)
        confirm = registration.confirmation_token(member.id)
    assert visitor.get(f"/conferma/{reset}").status_code == 410
    assert visitor.get(f"/nuova-password/{confirm}").status_code == 410


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"first_name": ""}, "Questo campo è necessario"),
        ({"last_name": "x" * 81}, "81 caratteri, ne sono ammessi 80"),
        ({"first_name": "a\x00b"}, "caratteri di controllo"),
        ({"last_name": "a\u202eb"}, "caratteri di controllo"),
        ({"email": "a.scalera@"}, "Manca la parte dopo la @"),
        ({"email": "a.scalera"}, "Manca la @"),
        ({"email": "@comune.example"}, "Manca la parte prima della @"),
        ({"email": "a b@comune.example"}, "non può ricevere posta"),
        ({"email": "a@comune.example\r\nBcc: x@y.it"}, "non può ricevere posta"),
        ({"email": "😀@comune.example"}, "non può ricevere posta"),
        ({"email": "a" * 300 + "@comune.example"}, "ne sono ammessi 254"),
        ({"password": "abcdefg"}, "Ha 7 caratteri, ne servono almeno 12"),
        ({"password": "x" * 129}, "al massimo 128"),
        ({"password": "Anna Scalera"}, "tuo nome"),
        ({"password": "benvenuto1234"}, "più usate"),
    ],
)
def test_wrong_input(visitor: Visitor, fields: dict[str, str], says: str) -> None:
    answer = register(visitor, **fields)
    assert answer.status_code == 422
    page = parse(answer)
    name = next(iter(fields))
    assert says in text_of(answer)
    assert page.xpath(f"//*[@id='{name}-error' or starts-with(@id, '{name}')]")
    kept = page.xpath("//input[@id='first_name']/@value")
    if name != "first_name":
        assert kept == ["Anna"]
    assert ANNA["password"] not in answer.text, "a password is never sent back"
    assert db.session.query(Member).count() == 0


def test_the_notice_must_be_read(visitor: Visitor) -> None:
    page = visitor.page("/registrati")
    form = next(f for f in page.forms if f.get("action") == "/registrati")
    data = {k: v for k, v in {**dict(form.fields), **ANNA}.items() if k != "privacy"}
    answer = visitor.post("/registrati", data)
    assert answer.status_code == 422
    assert "Conferma di averla letta" in text_of(answer)


@pytest.mark.parametrize(
    "name", ["<script>alert(1)</script>", "😀 Ünïçødé", "شركة", "O’Brien-D'Angelo", "{{7*7}}"]
)
def test_names_are_kept_as_they_are_written(visitor: Visitor, post: Post, name: str) -> None:
    register(visitor, last_name=name)
    letter = post()[-1]
    assert "<script>" not in letter.html
    confirm(visitor, link_in(letter, "/conferma/"))
    answer = visitor.get("/iscritti")
    assert f"Anna {name}" in " ".join(text_of(answer).split())
    assert "<script>alert" not in answer.text


def test_two_of_one_name_have_two_addresses(app: Flask, post: Post) -> None:
    for email in ("uno@comune.example", "due@comune.example"):
        visitor = Visitor(app)
        register(visitor, email=email)
        confirm(visitor, link_in(post()[-1], "/conferma/"))
    assert {row.slug for row in db.session.query(Member)} == {"anna-scalera", "anna-scalera-2"}


def test_the_pages_language_becomes_the_mails(visitor: Visitor, post: Post) -> None:
    visitor.submit("/de/registrati", ANNA, action="/de/registrati")
    letter = post()[-1]
    assert anna().language == "de"
    assert "http://localhost/de/conferma/" in letter.text


@pytest.mark.parametrize(
    ("path", "fields"),
    [
        ("/registrati", ANNA),
        ("/registrati/nuovo-collegamento", {"email": ANNA["email"]}),
        ("/password-dimenticata", {"email": ANNA["email"]}),
    ],
)
def test_asking_too_often(visitor: Visitor, path: str, fields: dict[str, str]) -> None:
    for _ in range(5):
        assert visitor.submit(path, fields, action=path).status_code == 200
    answer = visitor.submit(path, fields, action=path)
    assert answer.status_code == 429
    assert parse(answer).xpath("//input[@id='email']/@value") == [ANNA["email"]]
    assert "Troppe richieste" in text_of(answer)
    with time_machine.travel(clock.now() + timedelta(minutes=61), tick=False):
        assert visitor.submit(path, fields, action=path).status_code == 200


def test_a_network_that_asks_too_often(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registration, "_PER_NETWORK", 2)
    for number in range(2):
        registration.ask_for_reset(email=f"{number}@ente.example", network="192.0.2.1")
    with pytest.raises(registration.TooMany):
        registration.ask_for_reset(email="3@ente.example", network="192.0.2.1")


def test_a_forgotten_password(app: Flask, visitor: Visitor, post: Post) -> None:
    member = MemberFactory.make(email=ANNA["email"])
    elsewhere = Visitor(app)
    elsewhere.sign_in(member.email)
    known = visitor.submit("/password-dimenticata", {"email": member.email.upper()})
    unknown = visitor.submit("/password-dimenticata", {"email": "x@comune.example"})
    assert known.get_data() == unknown.get_data()
    letters = post()
    assert [letter.to for letter in letters] == [member.email]

    path = link_in(letters[-1], "/nuova-password/")
    answer = visitor.submit(path, {"password": "corta"})
    assert answer.status_code == 422
    answer = visitor.submit(path, {"password": "una frase tutta nuova"})
    assert answer.request.path == "/accedi"
    assert elsewhere.get("/il-mio-spazio").status_code == 302, "all sessions have ended"
    assert visitor.get(path).status_code == 410, "it works once"
    assert (
        visitor.submit(
            "/accedi", {"email": member.email, "password": DEMO_PASSWORD}, action="/accedi"
        ).status_code
        == 422
    )
    visitor.sign_in(member.email, "una frase tutta nuova")
    assert post()[-1].subject.startswith("La tua password è cambiata")


def test_two_reset_links_are_spent_together(visitor: Visitor, post: Post) -> None:
    MemberFactory.make(email=ANNA["email"])
    for _ in range(2):
        visitor.submit(FORGOTTEN, {"email": ANNA["email"]}, action=FORGOTTEN)
    first, second = (link_in(letter, "/nuova-password/") for letter in post())
    visitor.submit(first, {"password": "una frase tutta nuova"})
    assert visitor.get(second).status_code == 410


def test_a_reset_link_ages(visitor: Visitor, post: Post) -> None:
    MemberFactory.make(email=ANNA["email"])
    visitor.submit(FORGOTTEN, {"email": ANNA["email"]}, action=FORGOTTEN)
    path = link_in(post()[-1], "/nuova-password/")
    with time_machine.travel(clock.now() + timedelta(hours=3), tick=False):
        assert visitor.get(path).status_code == 410


def test_a_reset_proves_the_address_too(visitor: Visitor, post: Post) -> None:
    register(visitor)
    visitor.submit(FORGOTTEN, {"email": ANNA["email"]}, action=FORGOTTEN)
    visitor.submit(link_in(post()[-1], "/nuova-password/"), {"password": "una frase tutta nuova"})
    assert anna().state is MemberState.ACTIVE
    visitor.sign_in(ANNA["email"], "una frase tutta nuova")


def test_the_suspended_get_no_reset_link(visitor: Visitor, post: Post) -> None:
    MemberFactory.make(email=ANNA["email"], state=MemberState.SUSPENDED)
    visitor.submit(FORGOTTEN, {"email": ANNA["email"]}, action=FORGOTTEN)
    assert post() == []


def test_links_never_name_another_host(visitor: Visitor, post: Post) -> None:
    MemberFactory.make(email=ANNA["email"])
    answer = visitor.get("/password-dimenticata", headers={"Host": "evil.example"})
    assert answer.status_code == 400
    visitor.submit(FORGOTTEN, {"email": ANNA["email"]}, action=FORGOTTEN)
    found = re.findall(r"https?://[^\s\"'<>)]+", post()[-1].html)
    assert {urlsplit(address).netloc for address in found} == {"localhost"}


def test_what_registration_leaves_in_the_audit_trail(visitor: Visitor, post: Post) -> None:
    register(visitor)
    confirm(visitor, link_in(post()[-1], "/conferma/"))
    events = db.session.query(Event).order_by(Event.id).all()
    assert [event.name for event in events] == ["MemberRegistered", "MemberConfirmed"]
    assert not any("scalera" in str(event.details).lower() for event in events)


def test_the_new_member_is_the_latest(app: Flask, visitor: Visitor, post: Post) -> None:
    MemberFactory.make()
    register(visitor)
    confirm(visitor, link_in(post()[-1], "/conferma/"))
    with app.test_request_context():
        latest = queries.latest_members(1, queries.actor_for(anna().id))
        assert [line.person.name for line in latest] == ["Anna Scalera"]
        assert latest[0].note.startswith("Iscritto da oggi.")
