"""The pages of the register, through HTTP."""

from __future__ import annotations

import re
from typing import Any

import pytest
from lxml.html import HtmlElement
from sqlalchemy import select
from werkzeug.test import TestResponse

from core.actor import Role
from core.database import db
from organisations import queries
from organisations.models import Level, Nature, Organisation, OrganisationState
from territory import queries as territory
from tests.factories.members import member_with
from tests.factories.organisations import OrganisationFactory
from tests.statements import recorded
from tests.visitor import Visitor, parse, text_of

NAUGHTY = {
    "control": "Comune \x07 di Lecce",
    "NUL": "Comune\x00",
    "right to left override": "Comune \u202eecceL",
    "long": "x" * 5_000,
}
FAITHFUL = [
    "<script>alert(1)</script>",
    "🦉 Comune 𝕷𝖊𝖈𝖈𝖊",
    "بلدية ليتشي",
    "O’Brien \"&amp;' {{7*7}} %s %(x)s",
    "../../etc/passwd",
]
FIELDS = {
    "name": "Comune di Lecce",
    "acronym": "CL",
    "nature": "public",
    "level": "municipality",
    "ipa_code": "c_E506",
    "territory": "Lecce",
    "website": "www.comune.lecce.it",
    "country": "IT",
}


def the_body() -> Organisation:
    db.session.rollback()
    return db.session.scalars(select(Organisation)).one()


def send(visitor: Visitor, path: str, fields: dict[str, Any] | None = None) -> TestResponse:
    """Fill in the form of a page that stands at the address it is sent to."""
    return visitor.submit(path, fields, action=path)


def find(page: HtmlElement, path: str) -> list[HtmlElement]:
    """The elements at an XPath."""
    found: list[HtmlElement] = page.xpath(path)
    return found


def titles(page: HtmlElement) -> list[str]:
    return [a.text_content() for a in find(page, "//h3/a")]


def chips(page: HtmlElement) -> list[str]:
    return [
        a.text_content().split("togli")[0].strip() for a in find(page, "//ul[@class='g-on']//a")
    ]


def option(page: HtmlElement, name: str, value: str) -> str:
    """The label and count of a facet's option."""
    [box] = find(page, f"//input[@name='{name}'][@value='{value}']")
    return " ".join(span.text for span in find(box, "following-sibling::span"))


def errors_of(page: HtmlElement, field: str) -> str:
    return " ".join(e.text_content() for e in find(page, f"//*[@id='{field}-error']"))


# The list


def test_the_register_is_in_the_main_menu_and_public(visitor: Visitor) -> None:
    page = visitor.page("/enti")
    assert find(page, "//nav[@class='g-nav']//a[@href='/enti']")[0].text_content() == "Enti"
    response = visitor.get("/enti")
    assert "Set-Cookie" not in response.headers
    assert "csrf_token" not in response.text


def test_an_empty_register_says_what_to_do(visitor: Visitor) -> None:
    assert "Il registro è ancora vuoto" in text_of(visitor.get("/enti"))


def test_filters_counts_and_chips(visitor: Visitor) -> None:
    lecce = territory.find_places("Lecce (LE)")[0].id
    OrganisationFactory.make(name="Comune di Lecce", territory_id=lecce)
    OrganisationFactory.make(name="Scuola di Lecce", territory_id=lecce, level=Level.SCHOOL)
    OrganisationFactory.make(name="Cassa di Lecce", nature=Nature.PRIVATE, level=Level.OTHER)
    OrganisationFactory.make(name="Lecce rimossa", state=OrganisationState.REMOVED)

    page = visitor.page("/enti?regione=puglia&livello=comune&q=LÈCCE")
    assert titles(page) == ["Comune di Lecce"]
    assert chips(page) == ["«LÈCCE»", "Comune", "Puglia"]
    assert "1 ente su 3" in " ".join(page.text_content().split())
    assert option(page, "livello", "scuola") == "Scuola 1"
    assert option(page, "regione", "puglia") == "Puglia 1"
    assert not find(page, "//input[@name='livello'][@value='altro']")

    without_level = find(page, "//ul[@class='g-on']//a")[1].get("href")
    assert titles(visitor.page(without_level)) == ["Comune di Lecce", "Scuola di Lecce"]


def test_labels_speak_the_language(visitor: Visitor) -> None:
    puglia = territory.region("puglia")
    assert puglia is not None
    OrganisationFactory.make(territory_id=puglia.id)
    assert option(visitor.page("/de/enti"), "regione", "puglia") == "Apulien 1"
    assert find(visitor.page("/de/enti"), "//h3/a")[0].get("href").startswith("/de/enti/")


@pytest.mark.parametrize(
    "query",
    ["natura=marziano", "livello=", "regione=trentino", "regione=%00", "q=%00", "q=%E2%80%AE",
     "livello=comune&livello=x", "q=" + "a" * 3_000, "xyz=1", "q=%F0%9F%A6%89"],
)  # fmt: skip
def test_unknown_values_are_ignored(visitor: Visitor, query: str) -> None:
    OrganisationFactory.make()
    assert visitor.get(f"/enti?{query}").status_code == 200


@pytest.mark.parametrize("cursor", ["x", "W10", "WzEsMl0", "\x00", "é"])
def test_a_bad_cursor_is_a_bad_request(visitor: Visitor, cursor: str) -> None:
    assert visitor.get("/enti", query_string={"dopo": cursor}).status_code == 400


def test_pages_lead_on_and_back_with_the_filters(visitor: Visitor) -> None:
    for number in range(25):
        OrganisationFactory.make(name=f"Comune {number:02}")
    OrganisationFactory.make(name="Altro", level=Level.OTHER)
    first = visitor.page("/enti?livello=comune")
    second = visitor.page(find(first, "//a[@rel='next']")[0].get("href"))
    assert titles(second) == [f"Comune {number:02}" for number in range(20, 25)]
    assert chips(second) == ["Comune"]
    back = visitor.page(find(second, "//a[@rel='prev']")[0].get("href"))
    assert titles(back) == titles(first)


def test_the_register_costs_few_queries_whatever_its_length(visitor: Visitor) -> None:
    puglia = territory.region("puglia")
    assert puglia is not None
    OrganisationFactory.make()
    visitor.get("/enti")
    with recorded() as one:
        visitor.get("/enti")
    for _ in range(20):
        OrganisationFactory.make(territory_id=puglia.id)
    visitor.get("/enti")
    with recorded() as many:
        visitor.get("/enti")
    assert len(many) == len(one) <= 10


# One body


def test_a_page_shows_what_is_known(visitor: Visitor) -> None:
    lecce = territory.find_places("Lecce (LE)")[0].id
    body = OrganisationFactory.make(
        name="Comune di Lecce",
        acronym="CL",
        ipa_code="c_E506",
        territory_id=lecce,
        website="https://www.comune.lecce.it/it",
    )
    page = visitor.page(f"/enti/{body.slug}")
    words = " ".join(page.text_content().split())
    for expected in ("Ente verificato", "CL", "Lecce (LE), Puglia", "ISTAT 075035", "c_E506"):
        assert expected in words
    [link] = find(page, "//a[@itemprop='url']")
    assert link.get("href") == "https://www.comune.lecce.it/it"
    assert "sito esterno" in link.text_content()
    [thing] = find(page, "//*[@itemscope]")
    assert thing.get("itemtype") == "https://schema.org/GovernmentOrganization"
    assert not find(page, "//main//form")


@pytest.mark.parametrize("slug", ["non-ce", "1", "a" * 300, "nuovo-ente"])
def test_an_unknown_body_is_not_found(visitor: Visitor, slug: str) -> None:
    assert visitor.get(f"/enti/{slug}").status_code == 404


def test_what_was_removed_is_not_found_by_any_address(administrator: Visitor) -> None:
    send(administrator, "/enti/nuovo", FIELDS)
    send(administrator, "/enti/comune-di-lecce/modifica", {"name": "Città di Lecce"})
    answer = send(administrator, "/enti/citta-di-lecce/elimina", {"reason": "Doppione"})
    assert "non è più nel registro" in text_of(answer)
    for slug in ("comune-di-lecce", "citta-di-lecce"):
        for page in ("", "/modifica", "/elimina"):
            assert administrator.get(f"/enti/{slug}{page}").status_code == 404


def test_an_old_address_leads_to_the_new_one(administrator: Visitor, visitor: Visitor) -> None:
    send(administrator, "/enti/nuovo", FIELDS)
    send(administrator, "/enti/comune-di-lecce/modifica", {"name": "Città di Lecce"})
    answer = visitor.get("/en/enti/comune-di-lecce")
    assert answer.status_code == 301
    assert answer.headers["Location"] == "/en/enti/citta-di-lecce"
    # The old address cannot be taken by another body.
    send(administrator, "/enti/nuovo", {**FIELDS, "ipa_code": ""})
    assert visitor.get("/enti/comune-di-lecce-2").status_code == 200


# Who may


@pytest.mark.parametrize("path", ["/enti/nuovo", "/enti/{}/modifica", "/enti/{}/elimina"])
def test_visitors_sign_in_first_and_members_may_not(
    visitor: Visitor, member: Visitor, path: str
) -> None:
    path = path.format(OrganisationFactory.make().slug)
    answer = visitor.get(path)
    assert answer.status_code == 302
    assert "/accedi" in answer.headers["Location"]
    assert member.get(path).status_code == 403


@pytest.mark.parametrize(
    "path", ["/enti/nuovo", "/enti/{}/modifica", "/enti/{}/elimina", "/enti/{}/verifica"]
)
def test_a_member_cannot_post_even_with_a_token(
    member: Visitor, administrator: Visitor, path: str
) -> None:
    body = OrganisationFactory.make(verified_at=None)
    token = find(member.page("/enti"), "//input[@name='csrf_token']")[0].get("value")
    data = {**FIELDS, "csrf_token": token, "reason": "x"}
    assert member.post(path.format(body.slug), data).status_code == 403
    assert administrator.post(path.format(body.slug), FIELDS).status_code == 400
    assert the_body().verified_at is None


def test_only_administrators_are_offered_the_buttons(
    visitor: Visitor, member: Visitor, administrator: Visitor
) -> None:
    body = OrganisationFactory.make(verified_at=None)
    for reader, offered in ((visitor, False), (member, False), (administrator, True)):
        words = text_of(reader.get(f"/enti/{body.slug}"))
        assert ("Segna come verificato" in words) is offered
        assert ("Aggiungi un ente" in text_of(reader.get("/enti"))) is offered


# Entering and correcting


def test_an_administrator_enters_a_body(administrator: Visitor) -> None:
    answer = send(administrator, "/enti/nuovo", FIELDS)
    assert "L’ente è nel registro" in text_of(answer)
    body = the_body()
    assert body.name == "Comune di Lecce"
    assert body.website == "https://www.comune.lecce.it"
    assert body.ipa_code == "c_E506"
    place = territory.place(body.territory_id or 0)
    assert place is not None
    assert territory.full_name(place, "it") == "Lecce (LE)"

    administrator.submit(f"/enti/{body.slug}", action="/verifica")
    assert the_body().verified_at is not None


def test_a_double_click_makes_one_body(administrator: Visitor) -> None:
    page = administrator.page("/enti/nuovo")
    form = next(f for f in page.forms if find(f, ".//input[@name='submission_key']"))
    data = {**dict(form.fields), **FIELDS}
    first = administrator.post("/enti/nuovo", data)
    second = administrator.post("/enti/nuovo", data)
    assert first.status_code == second.status_code == 303
    assert first.headers["Location"] == second.headers["Location"]
    assert queries.count() == 1


def wrong(administrator: Visitor, **fields: Any) -> HtmlElement:
    """Send the form with these fields; it must come back, and nothing may be written."""
    before = queries.count()
    answer = send(administrator, "/enti/nuovo", {**FIELDS, **fields})
    assert answer.status_code == 422
    db.session.rollback()
    assert queries.count() == before
    page = parse(answer)
    for name, value in fields.items():
        kept = find(page, f"//*[@name='{name}']")[0]
        if kept.tag == "input" and "\x00" not in value:
            assert kept.get("value") == " ".join(value.split()) or kept.get("value") == value
    assert find(page, "//div[@id='errori']//a")
    return page


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("name", "", "necessario"),
        ("name", "   ", "necessario"),
        ("name", "x" * 251, "ne sono ammessi 250"),
        ("acronym", "x" * 41, "ne sono ammessi 40"),
        ("ipa_code", "c e506", "solo lettere"),
        ("ipa_code", "<script>", "solo lettere"),
        ("ipa_code", "x" * 21, "ne sono ammessi 20"),
        ("website", "lecce", "per intero"),
        ("website", "javascript:alert(1)", "per intero"),
        ("website", "https://user:pw@comune.it", "per intero"),
        ("website", "https://[::1", "per intero"),
        ("website", "https://comune.it:99999", "per intero"),
        ("website", "http://" + "x" * 300 + ".it", "ne sono ammessi 300"),
        ("territory", "Atlantide", "Non conosciamo"),
        ("territory", "x" * 121, "ne sono ammessi 120"),
    ],
)
def test_what_is_wrong_is_said_beside_the_field(
    administrator: Visitor, field: str, value: str, words: str
) -> None:
    page = wrong(administrator, **{field: value})
    assert words in errors_of(page, field)


@pytest.mark.parametrize("field", ["nature", "level", "country"])
def test_an_unknown_choice_is_refused(administrator: Visitor, field: str) -> None:
    page = wrong(administrator, **{field: "marte"})
    assert errors_of(page, field)


@pytest.mark.parametrize("text", NAUGHTY.values(), ids=NAUGHTY.keys())
@pytest.mark.parametrize("field", ["name", "acronym", "ipa_code", "territory", "website"])
def test_hostile_input_is_an_error_beside_the_field(
    administrator: Visitor, field: str, text: str
) -> None:
    assert errors_of(wrong(administrator, **{field: text}), field)


@pytest.mark.parametrize("text", FAITHFUL)
def test_odd_names_are_kept_faithfully_and_stay_text(administrator: Visitor, text: str) -> None:
    answer = send(administrator, "/enti/nuovo", {**FIELDS, "name": text, "acronym": text})
    assert answer.status_code == 200, text_of(answer)
    body = the_body()
    assert body.name == text
    page = administrator.page(f"/enti/{body.slug}")
    assert find(page, "//h1")[0].text_content() == text
    assert titles(administrator.page("/enti")) == [text]
    assert not re.search(r"<script(?! type=\"module\" src=)", administrator.get("/enti").text)
    form = administrator.page(f"/enti/{body.slug}/modifica")
    assert find(form, "//*[@id='name']")[0].get("value") == text


def test_a_territory_that_is_not_unique_comes_back_as_a_choice(administrator: Visitor) -> None:
    page = wrong(administrator, level="school")
    assert "scegli il tuo" in errors_of(page, "territory")
    offered = [
        box.get("value") for box in find(page, "//input[@type='radio'][@name='territory-choice']")
    ]
    assert offered == ["Lecce (provincia)", "Lecce (LE)"]

    answer = send(
        administrator,
        "/enti/nuovo",
        {**FIELDS, "level": "school", "territory": "Lecce", "territory-choice": offered[0]},
    )
    assert answer.status_code == 200, text_of(answer)
    place = territory.place(the_body().territory_id or 0)
    assert place is not None
    assert place.kind == "province"


def test_a_body_may_have_no_territory(administrator: Visitor) -> None:
    send(administrator, "/enti/nuovo", {**FIELDS, "territory": "", "country": "AT"})
    body = the_body()
    assert body.territory_id is None
    assert "Austria" in text_of(administrator.get(f"/enti/{body.slug}"))


def test_a_name_twice_is_asked_about_and_a_code_twice_refused(administrator: Visitor) -> None:
    send(administrator, "/enti/nuovo", FIELDS)
    page = wrong(administrator, ipa_code="C_e506", name="Altro")
    assert "Comune di Lecce" in errors_of(page, "ipa_code")

    page = wrong(administrator, ipa_code="", name="COMUNE  di Lecce")
    assert "c’è già un ente" in errors_of(page, "name")
    assert find(page, "//main//form//a[@href='/enti/comune-di-lecce']")
    send(administrator, "/enti/nuovo", {**FIELDS, "ipa_code": "", "same_name": "y"})
    db.session.rollback()
    assert queries.count() == 2


def test_the_form_of_a_body_holds_what_stands_in_the_register(administrator: Visitor) -> None:
    send(administrator, "/enti/nuovo", FIELDS)
    before = the_body()
    answer = send(administrator, "/enti/comune-di-lecce/modifica")
    assert answer.status_code == 200
    after = the_body()
    assert after.version == 1
    assert after.territory_id == before.territory_id


def test_two_editors_are_shown_both_versions(administrator: Visitor) -> None:
    send(administrator, "/enti/nuovo", FIELDS)
    page = administrator.page("/enti/comune-di-lecce/modifica")
    form = next(f for f in page.forms if find(f, ".//input[@name='version']"))
    mine = {**dict(form.fields), "acronym": "Mia", "level": "school", "territory": "Lecce (LE)"}
    mine.pop("same_name", None)
    send(administrator, "/enti/comune-di-lecce/modifica", {"acronym": "Sua"})

    answer = administrator.post("/enti/comune-di-lecce/modifica", mine)
    assert answer.status_code == 409
    page = parse(answer)
    rows = [[cell.text_content() for cell in row] for row in find(page, "//tbody/tr")]
    assert ["Sigla", "Sua", "Mia"] in rows
    assert ["Livello", "Comune", "Scuola"] in rows
    assert len(rows) == 2
    assert find(page, "//*[@id='acronym']")[0].get("value") == "Mia"
    assert the_body().acronym == "Sua"

    mine["version"] = find(page, "//input[@name='version']")[0].get("value")
    assert administrator.post("/enti/comune-di-lecce/modifica", mine).status_code == 303
    assert the_body().acronym == "Mia"


def test_a_removal_needs_a_reason(administrator: Visitor) -> None:
    send(administrator, "/enti/nuovo", FIELDS)
    answer = send(administrator, "/enti/comune-di-lecce/elimina", {"reason": ""})
    assert answer.status_code == 422
    assert "necessario" in errors_of(parse(answer), "reason")
    assert the_body().state is OrganisationState.ACTIVE


def test_rights_end_with_the_body(visitor: Visitor, administrator: Visitor) -> None:
    body = OrganisationFactory.make()
    official = member_with(Role.EDITOR, of=body)
    send(administrator, f"/enti/{body.slug}/elimina", {"reason": "Doppione"})
    from members.queries.identity import actor_for

    db.session.rollback()
    assert actor_for(official.id).organisation_ids == frozenset()
