"""Who is not here yet arrives by a link: once, in time, at the address that was invited."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from importlib import import_module
from typing import Any

import pytest
import time_machine
from flask import Flask

from core import clock
from core.actor import SYSTEM, Role
from core.database import db
from core.domain import Forbidden, Refused
from core.references import Reference
from members import policies, queries, rules
from members.models import (
    Affiliation,
    AffiliationRole,
    AffiliationState,
    Invitation,
    Member,
    MemberState,
)
from members.rules import Invited
from members.services import invitations as services
from members.services import lifecycle
from members.services.affiliations import end_affiliation
from members.services.invitations import InvitationGone
from organisations import queries as organisations
from organisations.models import Level, Nature, Organisation, OrganisationState
from organisations.queries import RegisterFilters
from organisations.rules import OrganisationValues
from organisations.services import remove_organisation
from tests.factories.members import InvitationFactory, MemberFactory, member_with
from tests.factories.organisations import OrganisationFactory
from tests.members.conftest import Post
from tests.statements import recorded
from tests.visitor import Visitor, parse, text_of

NEWCOMER = {
    "first_name": "Ada",
    "last_name": "Serra",
    "position": "Funzionaria",
    "password": "quattro parole di prova insieme",
    "privacy": "y",
}
SENT = "/il-mio-spazio/inviti"
Accept = Callable[[Visitor, str], Any]


@pytest.fixture
def contact(puglia: Organisation) -> Member:
    return member_with(of=puglia, contact=True, first_name="Davide", last_name="Carrisi")


@pytest.fixture
def inviter(app: Flask, contact: Member) -> Visitor:
    browser = Visitor(app)
    browser.sign_in(contact.email)
    return browser


def invite(browser: Visitor, email: str = "ada.serra@regione.example", **more: str) -> Any:
    path = "/enti/regione-puglia/invita"
    return browser.submit(path, {"email": email, **more}, action=path)


def invite_body(browser: Visitor, name: str = "Landkreis Testland", **more: str) -> Any:
    path = f"{SENT}/ente"
    fields = {"name": name, "email": "ute@landkreis.example", "country": "DE", **more}
    return browser.submit(path, fields, action=path)


def link_in(post: Post, to: str = "ada.serra@regione.example") -> str:
    letters = [letter for letter in post() if letter.to == to]
    found = re.search(r"http://localhost((?:/en|/de)?/invito/\S+)", letters[-1].text)
    assert found is not None
    return found[1]


def register(browser: Visitor, link: str, **more: str) -> Any:
    return browser.submit(link, {**NEWCOMER, **more}, action="/registrati")


def the_invitation() -> Invitation:
    return db.session.query(Invitation).one()


def affiliations() -> list[tuple[str, AffiliationState, AffiliationRole]]:
    rows = db.session.query(Affiliation).join(Member).order_by(Affiliation.id)
    return [(row.member.email, row.state, row.role) for row in rows]


def test_a_colleague_registers_by_the_link_and_belongs(
    visitor: Visitor, inviter: Visitor, puglia: Organisation, contact: Member, post: Post
) -> None:
    answer = invite(inviter, message="Ci vediamo <b>qui</b>?")
    assert "Invito inviato a ada.serra@regione.example" in text_of(answer)
    assert "aperto" in text_of(answer)
    link = link_in(post)
    letter = post()[-1]
    assert "Davide Carrisi ti invita su Gemella per Regione Puglia" in letter.subject
    assert "Ci vediamo <b>qui</b>?" in letter.text
    assert "&lt;b&gt;qui" in letter.html

    page = visitor.page(link)
    assert "Lavori per Regione Puglia?" in page.text_content()
    assert "Ci vediamo <b>qui</b>?" in page.text_content()
    assert page.get_element_by_id("indirizzo").get("value") == "ada.serra@regione.example"
    answer = register(visitor, link, email="another@elsewhere.example")
    assert "Benvenuto: ora fai parte di Regione Puglia" in text_of(answer)
    ada = db.session.query(Member).filter_by(email="ada.serra@regione.example").one()
    assert ada.state is MemberState.ACTIVE
    assert queries.actor_for(ada.id).organisation_ids == {puglia.id}
    assert queries.actor_for(ada.id).contact_organisation_ids == frozenset()
    belongs = db.session.query(Affiliation).filter_by(member_id=ada.id).one()
    assert (belongs.position, belongs.decided_by_id) == ("Funzionaria", contact.id)
    # No second mail to prove the address, none that says what she has just done.
    assert [letter.to for letter in post()] == ["ada.serra@regione.example", contact.email]
    assert "Ada Serra ha accettato il tuo invito" in post()[-1].subject
    assert "Ada Serra" in visitor.get("/enti/regione-puglia").text


def test_the_link_is_not_used_up_by_being_opened(
    visitor: Visitor, inviter: Visitor, post: Post
) -> None:
    invite(inviter)
    link = link_in(post)
    for _time in range(3):
        assert visitor.get(link).status_code == 200
    assert the_invitation().used_at is None
    assert register(visitor, link).status_code == 200


def test_it_serves_one_person_once(
    app: Flask, visitor: Visitor, inviter: Visitor, post: Post
) -> None:
    invite(inviter)
    link = link_in(post)
    spare = Visitor(app)
    late = spare.get(link)
    register(visitor, link)
    assert visitor.get(link).location == "/il-mio-spazio", "who came by it is led on"
    assert spare.get(link).status_code == 410
    token = parse(late).xpath("//main//input[@name='csrf_token']/@value")[0]
    answer = spare.post(f"{link}/registrati", {**NEWCOMER, "csrf_token": token})
    assert answer.status_code == 410
    assert len([one for one in affiliations() if one[0].startswith("ada")]) == 1


def test_it_expires(visitor: Visitor, inviter: Visitor, post: Post) -> None:
    invite(inviter)
    link = link_in(post)
    with time_machine.travel(clock.now() + timedelta(days=13, hours=23)):
        assert visitor.get(link).status_code == 200
    with time_machine.travel(clock.now() + timedelta(days=14, minutes=1)):
        answer = visitor.get(link)
        assert answer.status_code == 410
        assert "Questo invito non vale più" in text_of(answer)
        with pytest.raises(InvitationGone):
            come(the_invitation())


def test_it_can_be_taken_back(app: Flask, visitor: Visitor, inviter: Visitor, post: Post) -> None:
    invite(inviter)
    link = link_in(post)
    number = the_invitation().id
    stranger = Visitor(app)
    stranger.sign_in(member_with(Role.COORDINATOR).email)
    token = parse(stranger.get("/profilo/password")).xpath("//input[@name='csrf_token']/@value")[0]
    refused = stranger.post(f"/inviti/{number}/revoca", {"csrf_token": token})
    assert refused.status_code == 404
    answer = inviter.submit(SENT, action=f"/inviti/{number}/revoca")
    assert "ritirato" in text_of(answer)
    assert visitor.get(link).status_code == 410
    with pytest.raises(InvitationGone):
        come(the_invitation())


def come(invitation: Invitation) -> None:
    """Answer an invitation past its page."""
    guest = db.session.query(Member).filter_by(email_key=invitation.email_key).one_or_none()
    guest = guest or MemberFactory.make(email=invitation.email)
    services.accept_invitation(
        invitation_id=invitation.id, position="Funzionaria", by=queries.actor_for(guest.id)
    )


@pytest.mark.parametrize("state", ["revoked", "expired"])
def test_a_link_that_is_worth_something_for_ever_would_be_seen(
    puglia: Organisation, contact: Member, monkeypatch: pytest.MonkeyPatch, state: str
) -> None:
    """Twin: a rule that finds every invitation open."""
    monkeypatch.setattr(
        services, "invitation_state", lambda _one, _at: rules.InvitationState.PENDING
    )
    past = clock.now() - timedelta(days=30)
    values: dict[str, Any] = {"revoked_at": past} if state == "revoked" else {"created_at": past}
    row = InvitationFactory.make(organisation=puglia, invited_by_id=contact.id, **values)
    come(row)
    assert affiliations()[-1][1] is AffiliationState.ACCEPTED


def test_somebody_else_cannot_use_it(
    visitor: Visitor, inviter: Visitor, post: Post, puglia: Organisation
) -> None:
    invite(inviter)
    link = link_in(post)
    other = MemberFactory.make(email="altri@ente.example")
    visitor.sign_in(other.email)
    answer = visitor.get(link)
    assert "L’invito è per un altro indirizzo" in text_of(answer)
    token = parse(answer).xpath("//input[@name='csrf_token']/@value")[0]
    refused = visitor.post(link, {"csrf_token": token, "position": "Sindaco"})
    assert refused.status_code == 403
    with pytest.raises(Forbidden):
        services.accept_invitation(
            invitation_id=the_invitation().id, position="x", by=queries.actor_for(other.id)
        )
    assert queries.actor_for(other.id).organisation_ids == frozenset()
    assert the_invitation().used_at is None


def test_a_foreign_address_would_be_noticed(
    puglia: Organisation, contact: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Twin: a service that does not compare addresses."""
    monkeypatch.setattr(services, "ensure", lambda _allowed: None)
    row = InvitationFactory.make(organisation=puglia, invited_by_id=contact.id)
    other = MemberFactory.make()
    services.accept_invitation(invitation_id=row.id, position="x", by=queries.actor_for(other.id))
    assert queries.actor_for(other.id).organisation_ids == {puglia.id}


def test_a_member_signs_in_and_accepts(
    visitor: Visitor, inviter: Visitor, post: Post, puglia: Organisation
) -> None:
    ada = MemberFactory.make(email="Ada.Serra@regione.example")
    invite(inviter)
    link = link_in(post)
    page = visitor.page(link)
    assert "ha già un profilo" in page.text_content()
    (way,) = page.xpath("//a[contains(., 'Accedi e rispondi')]/@href")
    assert visitor.submit(
        way, {"email": ada.email, "password": "una frase di prova"}, action="/accedi", follow=False
    ).location.endswith(link)
    empty = visitor.submit(link, action=link)
    assert empty.status_code == 422
    assert "Questo campo è necessario" in text_of(empty)
    answer = visitor.submit(link, {"position": "Dirigente"}, action=link)
    assert "ora fai parte di Regione Puglia" in text_of(answer)
    assert queries.actor_for(ada.id).organisation_ids == {puglia.id}
    # Pressed twice, it is accepted once.
    come(the_invitation())
    assert [one for one in affiliations() if one[0] == ada.email] == [
        (ada.email, AffiliationState.ACCEPTED, AffiliationRole.MEMBER)
    ]


def test_who_asked_already_is_taken_further(puglia: Organisation, contact: Member) -> None:
    """An open request is accepted, a colleague can become contact person, nobody goes back."""
    ada = member_with(of=puglia, email="ada.serra@regione.example")
    for role in (AffiliationRole.CONTACT, AffiliationRole.MEMBER):
        come(
            InvitationFactory.make(
                organisation=puglia, invited_by_id=contact.id, email=ada.email, role=role
            )
        )
        assert queries.actor_for(ada.id).contact_organisation_ids == {puglia.id}


def test_who_registered_without_confirming_starts_afresh(
    visitor: Visitor, inviter: Visitor, post: Post
) -> None:
    """Somebody else may have registered the address: name and password are the invited one's."""
    MemberFactory.make(
        email="ada.serra@regione.example",
        first_name="Un",
        last_name="Estraneo",
        state=MemberState.UNCONFIRMED,
        confirmed_at=None,
    )
    invite(inviter)
    register(visitor, link_in(post))
    ada = db.session.query(Member).filter_by(email="ada.serra@regione.example").one()
    assert (ada.name, ada.state) == ("Ada Serra", MemberState.ACTIVE)
    browser = Visitor(visitor._app)
    browser.sign_in(ada.email, NEWCOMER["password"])


@pytest.mark.parametrize("leaves", ["the body", "the site"])
def test_an_inviter_who_left_lets_nobody_in(
    inviter: Visitor, contact: Member, puglia: Organisation, leaves: str
) -> None:
    """Rights end with what gave them: the request waits for who decides now."""
    invite(inviter)
    if leaves == "the body":
        end_affiliation(affiliation_id=db.session.query(Affiliation).one().id, by=SYSTEM)
    else:
        lifecycle.suspend_member(member_id=contact.id, reason="Prova", by=SYSTEM)
    come(the_invitation())
    assert affiliations()[-1][1] is AffiliationState.REQUESTED


def test_rights_that_outlive_their_reason_would_be_seen(
    inviter: Visitor, contact: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Twin: a policy that asks nobody."""
    invite(inviter)
    lifecycle.suspend_member(member_id=contact.id, reason="Prova", by=SYSTEM)
    monkeypatch.setattr(policies, "may_invite_colleague", lambda _actor, _body: True)
    come(the_invitation())
    assert affiliations()[-1][1] is AffiliationState.ACCEPTED


@pytest.mark.parametrize(
    ("email", "words"),
    [
        ("ada@gmail.com", "casella personale"),
        ("ada@GMAIL.com", "casella personale"),
        ("ada@posta.libero.it", "casella personale"),
        ("ada@", "Manca la parte dopo la @"),
        ("", "Questo campo è necessario"),
    ],
)
def test_only_addresses_of_bodies(inviter: Visitor, email: str, words: str) -> None:
    answer = invite(inviter, email, message="Resta qui")
    assert answer.status_code == 422
    page = parse(answer)
    assert words in page.get_element_by_id("email-error").text_content()
    assert "Resta qui" in page.get_element_by_id("message").text
    assert db.session.query(Invitation).count() == 0


def test_the_domain_refuses_private_mailboxes_too(contact: Member, puglia: Organisation) -> None:
    with pytest.raises(Refused, match="personal_address"):
        services.invite_colleague(
            organisation_id=puglia.id,
            invited=Invited(email="ada@hotmail.it"),
            by=queries.actor_for(contact.id),
        )


def test_further_domains_can_be_named() -> None:
    assert not rules.is_personal("ada@posta.example")
    assert rules.is_personal("ada@posta.example", {"posta.example"})
    assert rules.is_personal("ada@it.posta.example", {"posta.example"})
    assert not rules.is_personal("ada@nonposta.example", {"posta.example"})


def test_the_answer_is_the_same_for_every_address(inviter: Visitor, post: Post) -> None:
    """Whether an address is known here is not told to who invites it."""
    for email, state in (
        ("attiva@regione.example", MemberState.ACTIVE),
        ("muta@regione.example", MemberState.UNCONFIRMED),
        ("fuori@regione.example", MemberState.SUSPENDED),
    ):
        MemberFactory.make(email=email, state=state)
    answers = []
    for email in ("attiva", "muta", "fuori", "nuova"):
        db.session.query(Invitation).delete()
        db.session.commit()
        address = f"{email}@regione.example"
        answer = invite(inviter, address)
        text = re.sub(r"(csrf_token[^>]*value=\")[^\"]*|/inviti/\d+/", r"\1", answer.text)
        answers.append((answer.status_code, text.replace(address, "…")))
    assert len(set(answers)) == 1
    assert answers[0][0] == 200


def test_one_open_invitation_an_address(inviter: Visitor) -> None:
    invite(inviter)
    answer = invite(inviter, "ADA.serra@regione.example")
    assert answer.status_code == 422
    assert "già un invito aperto" in text_of(answer)


def test_a_double_click_invites_once(inviter: Visitor) -> None:
    page = inviter.page("/enti/regione-puglia/invita")
    (form,) = (one for one in page.forms if (one.get("action") or "").endswith("/invita"))
    fields = {**dict(form.fields), "email": "ada.serra@regione.example"}
    for _click in range(2):
        assert inviter.post("/enti/regione-puglia/invita", fields).status_code == 303
    assert db.session.query(Invitation).count() == 1


def test_mailboxes_are_not_flooded(inviter: Visitor, contact: Member, puglia: Organisation) -> None:
    for _time in range(3):
        assert invite(inviter).status_code == 200
        services.revoke_invitation(
            invitation_id=db.session.query(Invitation).order_by(Invitation.id.desc()).first().id,
            by=queries.actor_for(contact.id),
        )
    answer = invite(inviter)
    assert answer.status_code == 422
    assert "Troppi inviti" in text_of(answer)
    assert invite(inviter, "altra@regione.example").status_code == 200


def test_only_its_contact_persons_invite_for_a_body(app: Flask, puglia: Organisation) -> None:
    colleague = member_with(of=puglia)
    elsewhere = member_with(of=OrganisationFactory.make(), contact=True)
    for member in (colleague, elsewhere):
        browser = Visitor(app)
        browser.sign_in(member.email)
        assert browser.get("/enti/regione-puglia/invita").status_code == 403
        with pytest.raises(Forbidden):
            services.invite_colleague(
                organisation_id=puglia.id,
                invited=Invited(email="x@ente.example"),
                by=queries.actor_for(member.id),
            )


def test_an_administrator_invites_the_first_contact_person(
    app: Flask, visitor: Visitor, puglia: Organisation, post: Post
) -> None:
    browser = Visitor(app)
    browser.sign_in(member_with(Role.ADMINISTRATOR).email)
    invite(browser, role="contact", language="de")
    link = link_in(post)
    assert link.startswith("/de/"), "in the language of who is invited"
    register(visitor, link)
    ada = db.session.query(Member).filter_by(email="ada.serra@regione.example").one()
    assert queries.actor_for(ada.id).contact_organisation_ids == {puglia.id}
    assert ada.language == "de"


# Bodies that are not here


@pytest.fixture
def administrator(app: Flask) -> Visitor:
    browser = Visitor(app)
    browser.sign_in(member_with(Role.ADMINISTRATOR, first_name="Piera").email)
    return browser


def awaited() -> Organisation:
    return db.session.query(Organisation).filter_by(name="Landkreis Testland").one()


def test_a_body_comes_in_when_an_administrator_confirms_it(
    app: Flask, visitor: Visitor, inviter: Visitor, administrator: Visitor, post: Post
) -> None:
    assert "Invito inviato" in text_of(invite_body(inviter))
    body = awaited()
    assert (body.state, body.country) == (OrganisationState.AWAITED, "DE")
    link = link_in(post, "ute@landkreis.example")
    answer = register(visitor, link, first_name="Ute", last_name="Kern")
    assert "Manca una conferma" in text_of(answer)
    ute = db.session.query(Member).filter_by(email="ute@landkreis.example").one()
    assert queries.actor_for(ute.id).organisation_ids == frozenset()
    assert affiliations()[-1][1] is AffiliationState.REQUESTED

    number = db.session.query(Affiliation).filter_by(member_id=ute.id).one().id
    assert "Ute Kern" in administrator.get("/il-mio-spazio/richieste").text
    page = f"/appartenenze/{number}"
    assert "L’ente non è ancora nel registro" in text_of(administrator.get(page))
    answer = administrator.submit(page, action=page)
    assert answer.status_code == 200
    body = awaited()
    assert (body.state, body.slug) == (OrganisationState.ACTIVE, "landkreis-testland")
    assert queries.actor_for(ute.id).contact_organisation_ids == {body.id}
    assert "Landkreis Testland" in Visitor(app).get("/enti").text
    assert "Landkreis Testland ti ha confermato" in post()[-1].subject


def test_nobody_knows_of_an_awaited_body(
    app: Flask, visitor: Visitor, inviter: Visitor, administrator: Visitor, contact: Member
) -> None:
    """Not in lists, counts, choices or search; its page is for inviter and administrators."""
    invite_body(inviter)
    body = awaited()
    stranger = Visitor(app)
    stranger.sign_in(member_with(Role.COORDINATOR, Role.EDITOR, Role.MODERATOR).email)
    page = f"/enti/{body.slug}"
    assert [who.get(page).status_code for who in (visitor, stranger, inviter, administrator)] == [
        404, 404, 200, 200
    ]  # fmt: skip
    for who in (visitor, stranger, inviter, administrator):
        for path in ("/enti", "/enti?q=landkreis", "/", "/iscritti"):
            assert "Testland" not in who.get(path).text, path
        assert "Testland" not in who.get("/il-mio-spazio/appartenenze?ente=landkreis").text
    for who in (visitor, stranger):
        assert "Testland" not in who.get("/cerca?q=landkreis").text
    assert organisations.find_organisations("landkreis") == []
    assert organisations.lines([body.id]) == {}
    assert organisations.count() == 1
    assert organisations.register_counts(RegisterFilters()).total == 1
    assert body.id not in {line.id for line in organisations.latest()}


def test_an_awaited_body_in_a_list_would_be_seen(
    visitor: Visitor, inviter: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Twin: a register that counts what is awaited, too."""
    invite_body(inviter)
    # Not by its path: the package calls a function by the name of the module.
    monkeypatch.setattr(
        import_module("organisations.queries.register"),
        "standing",
        lambda: Organisation.state != OrganisationState.REMOVED,
    )
    assert "Testland" in visitor.get("/enti").text


def test_its_inventor_cannot_confirm_it(
    app: Flask, inviter: Visitor, contact: Member, visitor: Visitor, post: Post
) -> None:
    """A contact person who invents a ministry and answers for it gets nowhere alone."""
    invite_body(inviter, "Ministero delle Prove", email=contact.email)
    link = link_in(post, contact.email)
    inviter.submit(link, {"position": "Ministro"}, action=link)
    rows = [row for row in db.session.query(Affiliation) if row.state == "requested"]
    assert len(rows) == 1
    assert inviter.get(f"/appartenenze/{rows[0].id}").status_code == 403
    body = db.session.query(Organisation).filter_by(name="Ministero delle Prove").one()
    assert inviter.get(f"/enti/{body.slug}/invita").status_code == 404
    assert inviter.get(f"/enti/{body.slug}/modifica").status_code == 403
    assert body.id not in queries.actor_for(contact.id).organisation_ids
    assert not body.slug.startswith("ministero"), "the address stays free for the real one"


def test_a_body_of_the_register_is_not_invited_anew(inviter: Visitor) -> None:
    answer = invite_body(inviter, "regione PUGLIA")
    assert answer.status_code == 422
    assert "Nel registro c’è già un ente con questo nome" in text_of(answer)
    assert parse(answer).xpath("//main//a[@href='/enti/regione-puglia']")
    assert db.session.query(Invitation).count() == 0


def test_who_may_invite_a_body(app: Flask, puglia: Organisation) -> None:
    for roles, contact, may in (
        ((), True, True),
        ((Role.COORDINATOR,), False, True),
        ((Role.ADMINISTRATOR,), False, True),
        ((Role.EDITOR, Role.MODERATOR, Role.EVALUATOR), False, False),
    ):
        member = member_with(*roles, of=puglia, contact=contact)
        browser = Visitor(app)
        browser.sign_in(member.email)
        answer = browser.get(f"{SENT}/ente")
        assert (answer.status_code == 200) is may, roles


def test_others_can_refer_to_an_invited_body(contact: Member) -> None:
    """What twinning needs: the id of a body, in one transaction with what is about it."""
    made = services.invite_body(
        body=OrganisationValues(name="Ville de Test", nature=Nature.PUBLIC, level=Level.OTHER),
        invited=Invited(email="marie@ville.example", language="en"),
        about=Reference("twinning", 4),
        by=queries.actor_for(contact.id),
    )
    line = queries.invitation(made.id)
    assert line is not None
    assert (line.organisation, line.about) == ("Ville de Test", Reference("twinning", 4))


def test_a_removed_body_takes_its_invitations_along(
    visitor: Visitor, inviter: Visitor, post: Post
) -> None:
    invite_body(inviter)
    link = link_in(post, "ute@landkreis.example")
    remove_organisation(organisation_id=awaited().id, reason="Non esiste", by=SYSTEM)
    assert visitor.get(link).status_code == 410
    assert inviter.get(SENT).status_code == 200
    with pytest.raises(InvitationGone):
        come(the_invitation())


def test_a_revoked_invitation_is_not_mailed(inviter: Visitor, contact: Member, post: Post) -> None:
    invite(inviter)
    services.revoke_invitation(invitation_id=the_invitation().id, by=queries.actor_for(contact.id))
    assert post() == []


def test_pages_ask_the_database_little(
    visitor: Visitor, inviter: Visitor, contact: Member, puglia: Organisation, post: Post
) -> None:
    for number in range(25):
        InvitationFactory.make(
            organisation=puglia, invited_by_id=contact.id, email=f"{number}@regione.example"
        )
    invite(inviter)
    link = link_in(post)
    for browser, path in (
        (inviter, SENT),
        (inviter, "/enti/regione-puglia/appartenenze"),
        (inviter, "/enti/regione-puglia/invita"),
        (visitor, link),
    ):
        browser.get(path)
        with recorded() as statements:
            assert browser.get(path).status_code == 200
        assert len(statements) <= 10, f"{path}: {len(statements)}"
