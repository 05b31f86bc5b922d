"""Public profiles, the list of members, and editing one's own."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask

from core.actor import SYSTEM, Role
from core.database import db
from core.events import Event
from core.references import Reference
from core.revisions import revisions_of
from members import queries
from members.models import Member, MemberState, Visibility
from members.services import lifecycle
from organisations.models import Organisation
from taxonomy.models import Theme
from tests.factories.members import AffiliationFactory, MemberFactory, member_with
from tests.visitor import DEMO_PASSWORD, Visitor, form_values, parse, text_of

CountQueries = Callable[[], AbstractContextManager[list[str]]]
NOW = datetime(2018, 10, 20, 12, tzinfo=UTC)


@pytest.fixture
def isabella(puglia: Organisation) -> Member:
    """As in seed 001: six months a member, last here on 16 April 2018."""
    member = MemberFactory.make(
        first_name="Isabella",
        last_name="Tisci",
        joined_at=NOW - timedelta(days=185),
        last_sign_in_at=datetime(2018, 4, 16, 9, tzinfo=UTC),
        sign_in_visibility=Visibility.EVERYBODY,
        slug="isabella-tisci",
    )
    AffiliationFactory.make(member=member, organisation=puglia, position="Funzionario")
    return member


@time_machine.travel(NOW, tick=False)
def test_a_row_of_the_list_reads_as_in_the_source(visitor: Visitor, isabella: Member) -> None:
    row = visitor.page("/iscritti").xpath("//main//li[contains(., 'Isabella Tisci')]")[0]
    words = " ".join(row.text_content().split())
    assert "Regione Puglia · Funzionario" in words
    assert "Iscritto da 6 mesi. Ultimo login @ 16 aprile 2018" in words
    assert row.xpath(".//a[@href='/enti/regione-puglia']")


@pytest.mark.parametrize(
    ("visibility", "to_visitors", "to_members"),
    [
        (Visibility.NOBODY, False, False),
        (Visibility.MEMBERS, False, True),
        (Visibility.EVERYBODY, True, True),
    ],
)
def test_the_last_sign_in_is_shown_as_the_member_wants(
    app: Flask,
    visitor: Visitor,
    isabella: Member,
    visibility: Visibility,
    to_visitors: bool,
    to_members: bool,
) -> None:
    isabella.sign_in_visibility = visibility
    db.session.commit()
    other = Visitor(app)
    other.sign_in(MemberFactory.make(last_sign_in_at=None).email)
    for path in ("/iscritti", "/iscritti/isabella-tisci"):
        assert ("16 aprile 2018" in visitor.get(path).text) == to_visitors
        assert ("16 aprile 2018" in other.get(path).text) == to_members


def test_the_profile(visitor: Visitor, isabella: Member) -> None:
    page = visitor.page("/iscritti/isabella-tisci")
    assert page.xpath("//h1/text()") == ["Isabella Tisci"]
    words = " ".join(page.xpath("//main")[0].text_content().split())
    assert "Funzionario – Regione Puglia" in words
    assert isabella.email not in words


@pytest.mark.parametrize(
    "state", [MemberState.UNCONFIRMED, MemberState.SUSPENDED, MemberState.REMOVED]
)
def test_who_is_not_active_has_no_profile(visitor: Visitor, state: MemberState) -> None:
    member = MemberFactory.make(state=state)
    assert visitor.get(f"/iscritti/{member.slug}").status_code == 404
    assert member.name not in visitor.get("/iscritti").text


def test_a_moderator_opens_the_profile_of_the_suspended(app: Flask, visitor: Visitor) -> None:
    member = MemberFactory.make(state=MemberState.SUSPENDED)
    visitor.sign_in(member_with(Role.MODERATOR).email)
    answer = visitor.get(f"/iscritti/{member.slug}")
    assert answer.status_code == 200
    assert "Sospeso" in text_of(answer)


@pytest.mark.parametrize("slug", ["nessuno", "a" * 300, "isabella-tisci-2"])
def test_unknown_profiles(visitor: Visitor, isabella: Member, slug: str) -> None:
    assert visitor.get(f"/iscritti/{slug}").status_code == 404


def test_a_member_without_body_or_words(app: Flask, visitor: Visitor) -> None:
    member = MemberFactory.make()
    assert "Nessun ente ha ancora confermato" in text_of(visitor.get(f"/iscritti/{member.slug}"))
    visitor.sign_in(member.email)
    assert "Presentati ai colleghi" in text_of(visitor.get(f"/iscritti/{member.slug}"))


# The list


def names(page: Any) -> list[str]:
    return [
        " ".join(e.text_content().split())
        for e in page.xpath("//main//ul[contains(@class, 'g-list--lined')]/li//h2")
    ]


def test_pages_of_the_list_hold_everybody_once(visitor: Visitor, app: Flask) -> None:
    members = [
        MemberFactory.make(joined_at=NOW - timedelta(days=number // 2)) for number in range(70)
    ]
    found: list[str] = []
    address: str | None = "/iscritti"
    steps = 0
    while address:
        page = visitor.page(address)
        found += names(page)
        forward = page.xpath("//a[@rel='next']/@href")
        address, last = (forward[0] if forward else None), address
        steps += 1
    assert steps == 3
    assert sorted(found) == sorted(member.name for member in members)
    assert "70 iscritti" in text_of(visitor.last)
    back = visitor.page(visitor.page(last).xpath("//a[@rel='prev']/@href")[0])
    assert names(back) == found[30:60]


@pytest.mark.parametrize("place", ["x", "bm9wZQ", "W10", "a" * 5_000, "\x00", "WzEsMl0"])
@pytest.mark.parametrize("name", ["dopo", "prima"])
def test_places_that_are_not_ours(visitor: Visitor, place: str, name: str) -> None:
    assert visitor.get("/iscritti", query_string={name: place}).status_code == 400


def test_filters_and_their_counts(visitor: Visitor, puglia: Organisation, app: Flask) -> None:
    theme, other = db.session.query(Theme).order_by(Theme.id).limit(2)
    anna = MemberFactory.make(first_name="Anna", last_name="D’Élia")
    anna.themes = [theme]
    AffiliationFactory.make(member=anna, organisation=puglia)
    # A second affiliation that has ended must not count, nor must one count twice.
    AffiliationFactory.make(member=anna, organisation=puglia, state="ended")
    bruno = MemberFactory.make(first_name="Bruno", last_name="Delia")
    bruno.themes = [theme, other]
    db.session.commit()
    MemberFactory.make(first_name="Carla", last_name="Verdi", state=MemberState.SUSPENDED)

    def listed(**query: Any) -> list[str]:
        visitor.get("/iscritti", query_string=query)
        return sorted(names(parse(visitor.last)))

    assert listed() == ["Anna D’Élia", "Bruno Delia"]
    assert listed(q="d'elia") == ["Anna D’Élia"]
    assert listed(q="ELIA anna") == ["Anna D’Élia"]
    assert listed(q="del") == ["Bruno Delia"]
    assert listed(ente="regione-puglia") == ["Anna D’Élia"]
    assert listed(tema=theme.code) == ["Anna D’Élia", "Bruno Delia"]
    assert listed(tema=other.code, ente="regione-puglia") == []
    assert "Nessuno corrisponde" in text_of(visitor.last)
    assert listed(ente="nessuno") == listed(tema="niente") == []
    assert listed(q="' OR 1=1 --") == listed(q="%") == listed(q="_nna") == []
    assert listed(q="\x00") == ["Anna D’Élia", "Bruno Delia"]

    with app.test_request_context():
        found = queries.directory(
            queries.Filters(organisations=("regione-puglia",)), SYSTEM, language="it"
        )
    assert [(one.value, one.count, one.selected) for one in found.organisations] == [
        ("regione-puglia", 1, True)
    ]
    assert {one.value: one.count for one in found.themes} == {theme.code: 1}
    assert found.total == 1


def test_a_filter_can_be_taken_off(visitor: Visitor, isabella: Member) -> None:
    page = visitor.page("/iscritti?q=isabella&ente=regione-puglia")
    off = page.xpath("//ul[contains(@class, 'g-on')]//a/@href")
    assert off == ["/iscritti?ente=regione-puglia", "/iscritti?q=isabella", "/iscritti"]


@pytest.mark.parametrize("count", [1, 40])
def test_the_list_costs_the_same_for_all(
    visitor: Visitor, puglia: Organisation, count: int, count_queries: CountQueries
) -> None:
    for _ in range(count):
        AffiliationFactory.make(member=MemberFactory.make(), organisation=puglia)
    visitor.get("/iscritti")
    with count_queries() as statements:
        visitor.get("/iscritti")
    assert len(statements) == 3, statements


@pytest.mark.parametrize("count", [1, 30])
def test_own_pages_cost_little(
    visitor: Visitor, count: int, app: Flask, count_queries: CountQueries
) -> None:
    from tests.factories.organisations import OrganisationFactory

    member = member_with(Role.ADMINISTRATOR)
    for _ in range(count):
        AffiliationFactory.make(
            member=member, organisation=OrganisationFactory.make(), role="contact"
        )
    visitor.sign_in(member.email)
    for path in ("/il-mio-spazio", "/profilo", f"/iscritti/{member.slug}"):
        visitor.get(path)
        with count_queries() as statements:
            assert visitor.get(path).status_code == 200
        limit = 18 if path == "/il-mio-spazio" else 10
        assert len(statements) <= limit, (path, statements)


def test_people_are_read_in_one_query(
    app: Flask, puglia: Organisation, count_queries: CountQueries
) -> None:
    member = member_with(of=puglia)
    AffiliationFactory.make(
        member=member,
        organisation=_body("Comune di Bari"),
        role="contact",
        position="Referente",
    )
    gone = MemberFactory.make(state=MemberState.REMOVED, name="")
    suspended = MemberFactory.make(state=MemberState.SUSPENDED)
    db.session.rollback()
    with app.test_request_context(), count_queries() as statements:
        found = queries.people([member.id, gone.id, suspended.id, 999, None])
        assert found[member.id].url == f"/iscritti/{member.slug}"
        assert found[member.id].organisation == "Comune di Bari", "as contact person first"
        assert (found[gone.id].name, found[gone.id].url) == ("ex iscritto", None)
        assert found[gone.id].is_former
        assert found[suspended.id].url is None
        assert not found[suspended.id].is_former
    assert set(found) == {member.id, gone.id, suspended.id}
    assert len(statements) == 1


def _body(name: str) -> Organisation:
    from tests.factories.organisations import OrganisationFactory

    return OrganisationFactory.make(name=name)


# Editing


@pytest.fixture
def anna(visitor: Visitor) -> Member:
    member = MemberFactory.make(
        first_name="Anna", last_name="Scalera", slug="anna-scalera", email="anna@ente.example"
    )
    visitor.sign_in(member.email)
    return member


def edit(visitor: Visitor, **fields: Any) -> Any:
    return visitor.submit("/profilo", fields, action="/profilo")


def test_everything_can_be_edited(visitor: Visitor, anna: Member, app: Flask) -> None:
    theme = db.session.query(Theme).first()
    answer = edit(
        visitor,
        first_name="Annalisa",
        bio="Mi occupo di **famiglie**.\n\n<script>alert(1)</script>",
        theme_ids=[str(theme.id)],
        language="de",
        sign_in_visibility="everybody",
    )
    assert answer.status_code == 200
    assert "aggiornato" in text_of(answer)
    db.session.refresh(anna)
    assert anna.name == "Annalisa Scalera"
    assert anna.version == 2
    page = Visitor(app).get("/iscritti/annalisa-scalera")
    assert "<strong>famiglie</strong>" in page.text
    assert "<script>alert" not in page.text
    assert theme.name_it in page.text
    event = db.session.query(Event).filter_by(name="ProfileChanged").one()
    assert event.changed == sorted(
        ["bio", "first_name", "language", "sign_in_visibility", "themes"]
    )
    assert revisions_of(Reference("member", anna.id))[0].values["first_name"] == "Annalisa"


def test_an_old_address_leads_to_the_new_one(visitor: Visitor, anna: Member, app: Flask) -> None:
    edit(visitor, last_name="Scalera Rossi")
    edit(visitor, last_name="Rossi")
    answer = Visitor(app).get("/iscritti/anna-scalera-rossi")
    assert (answer.status_code, answer.location) == (301, "/iscritti/anna-rossi")
    lifecycle.suspend_member(member_id=anna.id, reason="prova", by=SYSTEM)
    assert Visitor(app).get("/iscritti/anna-scalera-rossi").status_code == 404


def test_saving_without_a_change_writes_nothing(visitor: Visitor, anna: Member) -> None:
    edit(visitor)
    db.session.refresh(anna)
    assert anna.version == 1
    assert db.session.query(Event).count() == 0


def test_two_windows(visitor: Visitor, anna: Member) -> None:
    """The second to save is shown both texts, nothing is overwritten, nothing is lost."""
    form = next(f for f in visitor.page("/profilo").forms if f.get("action") == "/profilo")
    mine = {**form_values(form), "bio": "Il testo della seconda finestra."}
    edit(visitor, bio="Il testo della prima finestra.")
    answer = visitor.post("/profilo", mine)
    assert answer.status_code == 409
    assert "Il testo della prima finestra." in text_of(answer)
    area = parse(answer).xpath("//textarea[@id='bio']")[0]
    assert area.text.strip() == "Il testo della seconda finestra."
    db.session.refresh(anna)
    assert anna.bio == "Il testo della prima finestra."
    # Whoever has seen both may send again.
    form = next(f for f in parse(answer).forms if f.get("action") == "/profilo")
    assert visitor.post("/profilo", form_values(form)).status_code == 303
    db.session.refresh(anna)
    assert anna.bio == "Il testo della seconda finestra."


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"first_name": " "}, "Questo campo è necessario"),
        ({"last_name": "x" * 200}, "ne sono ammessi 80"),
        ({"first_name": "a\x00"}, "caratteri di controllo"),
        ({"bio": "x" * 5_001}, "ne sono ammessi 5000"),
        ({"bio": ">" * 50 + " x"}, "troppo intricato"),
        ({"language": "xx"}, ""),
        ({"sign_in_visibility": "spie"}, ""),
        ({"theme_ids": ["999999"]}, ""),
        ({"theme_ids": ["x"]}, ""),
        ({"version": "x"}, ""),
    ],
)
def test_wrong_input(visitor: Visitor, anna: Member, fields: dict[str, Any], says: str) -> None:
    answer = edit(visitor, **fields)
    assert answer.status_code == 422
    assert says in text_of(answer)
    assert parse(answer).xpath("//*[@id='errori']")
    db.session.refresh(anna)
    assert anna.version == 1


@pytest.mark.parametrize("text", ["😀 شركة", "a & b < c > d \" ' `", "{{ 7 * 7 }} {% raw %}"])
def test_what_was_written_comes_back_as_it_was(visitor: Visitor, anna: Member, text: str) -> None:
    edit(visitor, bio=text, last_name=text)
    page = visitor.page("/profilo")
    assert page.xpath("//textarea[@id='bio']")[0].text.strip() == text
    assert page.xpath("//input[@id='last_name']/@value") == [text]


def test_nobody_edits_for_somebody_else(app: Flask, visitor: Visitor, anna: Member) -> None:
    """There is no address for it, and the service refuses it."""
    from core.domain import Forbidden
    from members.rules import ProfileValues
    from members.services import profiles

    with pytest.raises(Forbidden):
        profiles.change_profile(
            member_id=anna.id,
            version=None,
            values=ProfileValues(first_name="X", last_name="Y"),
            by=SYSTEM,
        )


# The password


def change_password(visitor: Visitor, current: str, new: str) -> Any:
    return visitor.submit(
        "/profilo/password", {"current": current, "password": new}, action="/profilo/password"
    )


def test_the_password_can_be_changed(app: Flask, visitor: Visitor, anna: Member) -> None:
    elsewhere = Visitor(app)
    elsewhere.sign_in(anna.email)
    assert change_password(visitor, "sbagliata!!!", "una frase tutta nuova").status_code == 422
    assert change_password(visitor, DEMO_PASSWORD, "anna scalera").status_code == 422
    answer = change_password(visitor, DEMO_PASSWORD, "una frase tutta nuova")
    assert answer.request.path == "/il-mio-spazio", "who changed it stays signed in"
    assert elsewhere.get("/il-mio-spazio").status_code == 302
    elsewhere.sign_in(anna.email, "una frase tutta nuova")


def test_the_present_password_cannot_be_guessed(visitor: Visitor, anna: Member) -> None:
    """A session that was left open must not become a way to the password."""
    for _ in range(9):
        change_password(visitor, "sbagliata!!!", "una frase tutta nuova")
    # Signing in counted, too: it is the same password.
    assert change_password(visitor, "sbagliata!!!", "una frase tutta nuova").status_code == 422
    answer = change_password(visitor, DEMO_PASSWORD, "una frase tutta nuova")
    assert answer.status_code == 429
