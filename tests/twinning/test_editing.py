"""Beginning and writing a twinning: who may, what comes back, what is never lost."""

from __future__ import annotations

import re
from typing import Any

import pytest
from lxml.html import HtmlElement
from sqlalchemy import func, select

from core.actor import SYSTEM, Actor, Role
from core.database import db
from core.domain import Forbidden, Refused
from core.events import Event
from core.references import Reference
from core.revisions import revisions_of
from core.text import Rendered
from core.versions import Conflict
from forum.models import Thread
from members.models import Member
from practices.models import PracticeState
from spaces.models import Space, SpaceGrant
from spaces.queries import open_space_ids
from tests.factories.members import member_with
from tests.factories.practices import StoryFactory
from tests.factories.taxonomy import ProgrammeFactory, ThemeFactory
from tests.factories.twinning import TwinningFactory, region, takes_part
from tests.visitor import Visitor, form_values, parse
from twinning import rules, services
from twinning.models import ParticipationRole, Twinning, TwinningState, TwinningVisibility
from twinning.rules import TwinningContent

NEW = "/gemellaggi/nuovo"


@pytest.fixture
def coordinator(visitor: Visitor) -> Member:
    member = member_with(Role.COORDINATOR)
    visitor.sign_in(member.email)
    return member


@pytest.fixture
def draft(coordinator: Member) -> Twinning:
    return TwinningFactory.make(
        title="Prima stesura",
        slug="prima-stesura",
        state=TwinningState.DRAFT,
        coordinator_id=coordinator.id,
        solution="vecchia",
        solution_html="<p>vecchia</p>",
        published_at=None,
    )


def only() -> Twinning:
    db.session.rollback()
    return db.session.scalars(select(Twinning)).one()


def field_of(page: HtmlElement, name: str) -> HtmlElement:
    return page.xpath(f"//main//*[@name='{name}']")[0]


def error_beside(page: HtmlElement, name: str) -> str:
    """The error that is wired to a field."""
    field = field_of(page, name)
    holder = field if field.get("aria-describedby") else field.xpath("ancestor::fieldset")[0]
    texts = [
        page.get_element_by_id(one).text_content()
        for one in holder.get("aria-describedby").split()
        if one.endswith("-error")
    ]
    return " ".join(" ".join(texts).split())


def test_a_coordinator_begins_a_draft(visitor: Visitor, coordinator: Member) -> None:
    theme, programme = ThemeFactory.make(), ProgrammeFactory.make()
    practice = StoryFactory.make(title="Distretti Famiglia")

    answer = visitor.submit(
        NEW,
        {
            "title": "TrePu: servizi per le famiglie",
            "acronym": "TrePu",
            "summary": "In breve.",
            "solution": "Un **modello** a rete.",
            "objectives": "- uno\n- due",
            "theme_ids": [str(theme.id)],
            "programme_id": str(programme.id),
            "practice_id": str(practice.id),
            "starts_on": "2012-09-01",
            "ends_on": "2015-09-30",
            "funding": "FESR",
            "visibility": "partners",
        },
        action="/nuovo",
    )

    assert answer.status_code == 200
    assert "La bozza è salvata" in answer.text
    made = only()
    assert made.slug == "trepu-servizi-per-le-famiglie"
    assert made.state is TwinningState.DRAFT
    assert made.coordinator_id == coordinator.id
    assert made.visibility is TwinningVisibility.PARTNERS
    assert made.solution_html == "<p>Un <strong>modello</strong> a rete.</p>"
    assert [one.id for one in made.themes] == [theme.id]
    assert (made.programme_id, made.practice_id) == (programme.id, practice.id)
    assert str(made.starts_on) == "2012-09-01"
    [revision] = revisions_of(Reference("twinning", made.id))
    assert revision.values["title"] == made.title
    assert revision.values["state"] == "draft"


def test_a_draft_has_its_discussion_and_its_private_space(
    visitor: Visitor, coordinator: Member
) -> None:
    visitor.submit(NEW, {"title": "Con tutto"}, action="/nuovo")
    made = only()
    thread = db.session.scalars(select(Thread)).one()
    assert (thread.subject_kind, thread.subject_id) == ("twinning", made.id)
    assert thread.title == "Con tutto"
    assert thread.introduction == rules.GENERAL_INTRODUCTION
    space = db.session.scalars(select(Space)).one()
    assert (space.kind, space.object_id) == ("twinning", made.id)
    assert made.space_id == space.id
    assert open_space_ids(coordinator.id, []) == {space.id}
    names = set(db.session.scalars(select(Event.name)))
    assert {"TwinningCreated", "ThreadOpened", "SpaceOpened", "SpaceGranted"} <= names


def test_nothing_is_kept_of_a_twinning_whose_discussion_fails(
    app: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One transaction: where the last part fails, nothing stands."""

    def fail(**_: Any) -> None:
        raise RuntimeError("no discussion")

    monkeypatch.setattr("twinning.services.texts.forum.open_thread", fail)
    with pytest.raises(RuntimeError):
        services.create_twinning(content=TwinningContent(title="Mai"), by=SYSTEM)
    for table in (Twinning, Space, SpaceGrant, Event):
        assert db.session.scalar(select(func.count()).select_from(table)) == 0


@pytest.mark.parametrize("role", [None, Role.EDITOR, Role.EVALUATOR, Role.MODERATOR])
def test_others_begin_nothing(visitor: Visitor, role: Role | None) -> None:
    assert visitor.get(NEW).location.startswith("/accedi")
    visitor.sign_in(member_with(*([role] if role else [])).email)
    assert visitor.get(NEW).status_code == 403


def test_a_double_click_makes_one_twinning(visitor: Visitor, coordinator: Member) -> None:
    page = visitor.page(NEW)
    form = next(one for one in page.forms if one.get("action") == NEW)
    data = form_values(form)
    data |= {"title": "Una volta sola", "azione": "salva"}
    first = visitor.post(NEW, data, headers={"Sec-Fetch-Site": "same-origin"})
    second = visitor.post(NEW, data, headers={"Sec-Fetch-Site": "same-origin"})
    assert first.status_code == second.status_code == 303
    assert first.location == second.location
    assert db.session.scalar(select(func.count()).select_from(Twinning)) == 1
    assert db.session.scalar(select(func.count()).select_from(Thread)) == 1

    third = visitor.post(
        NEW, {**data, "summary": "E altro ancora"}, headers={"Sec-Fetch-Site": "same-origin"}
    )
    assert third.status_code == 409, "the same form with another text is an edit of what it made"
    assert "E altro ancora" in third.text
    assert only().summary == ""


HOSTILE = {
    "empty": "",
    "blank": " \u00a0\n ",
    "NUL": "TrePu\x00",
    "override": "TrePu \u202e rovesciato",
    "control": "TrePu\x1b[31m",
}


@pytest.mark.parametrize("title", HOSTILE.values(), ids=HOSTILE)
def test_titles_that_cannot_be_kept_come_back(
    visitor: Visitor, coordinator: Member, title: str
) -> None:
    answer = visitor.submit(
        NEW, {"title": title, "solution": "Il lungo testo che ho scritto."}, action="/nuovo"
    )
    assert answer.status_code == 422
    page = parse(answer)
    assert error_beside(page, "title")
    assert field_of(page, "solution").text.strip() == "Il lungo testo che ho scritto."
    assert page.xpath("//*[@id='errori']//a[@href='#title']")
    assert db.session.scalar(select(func.count()).select_from(Twinning)) == 0


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("title", "x" * 201),
        ("summary", "x" * 501),
        ("solution", "x" * 20_001),
        ("results", "> " * 40 + "giù"),
        ("acronym", "x" * 41),
        ("funding", "€\x00"),
        ("starts_on", "ieri"),
        ("practice_id", "999999"),
        ("programme_id", "9" * 40),
        ("theme_ids", ["999999"]),
        ("visibility", "tutti"),
        ("lang", "fr"),
    ],
)
def test_each_field_says_what_is_wrong_with_it(
    visitor: Visitor, coordinator: Member, name: str, value: Any
) -> None:
    answer = visitor.submit(NEW, {"title": "Va bene", name: value}, action="/nuovo")
    assert answer.status_code == 422
    assert error_beside(parse(answer), name)
    assert not re.search("Not a valid|Invalid", answer.text), "errors are in the reader's language"


def test_words_of_all_scripts_are_kept_as_they_are(visitor: Visitor, coordinator: Member) -> None:
    title = "Distretti 🏡 – עברית, العربية, 𝔊emella"
    visitor.submit(NEW, {"title": title, "summary": "<script>alert(1)</script>"}, action="/nuovo")
    made = only()
    assert made.title == title
    answer = visitor.get(f"/gemellaggi/{made.slug}")
    assert parse(answer).xpath("//h1")[0].text == title
    assert "<script>alert" not in answer.text


def test_a_preview_keeps_nothing(visitor: Visitor, coordinator: Member) -> None:
    answer = visitor.submit(
        NEW,
        {"title": "Prova", "solution": "Molto **forte**"},
        action="/nuovo",
        button="azione=anteprima",
    )
    assert answer.status_code == 200
    page = parse(answer)
    preview = page.get_element_by_id("solution-preview")
    assert preview.xpath(".//strong")[0].text == "forte"
    assert field_of(page, "title").get("value") == "Prova"
    assert db.session.scalar(select(func.count()).select_from(Twinning)) == 0


def test_the_end_does_not_come_before_the_beginning(visitor: Visitor, coordinator: Member) -> None:
    answer = visitor.submit(
        NEW,
        {"title": "Al contrario", "starts_on": "2015-01-01", "ends_on": "2012-01-01"},
        action="/nuovo",
    )
    assert answer.status_code == 422
    assert error_beside(parse(answer), "ends_on") == "Errore: La fine viene prima dell’inizio."


def test_editing_renames_and_keeps_the_old_address(visitor: Visitor, coordinator: Member) -> None:
    visitor.submit(NEW, {"title": "Nome vecchio"}, action="/nuovo")
    answer = visitor.submit(
        "/gemellaggi/nome-vecchio/modifica",
        {"title": "Nome nuovo", "results": "Fatto."},
        action="/modifica",
    )
    assert answer.status_code == 200
    assert "Le modifiche sono salvate" in answer.text
    made = only()
    assert (made.slug, made.version) == ("nome-nuovo", 2)
    assert made.results_html == "<p>Fatto.</p>"
    assert visitor.get("/gemellaggi/nome-vecchio").location == "/gemellaggi/nome-nuovo"
    [event] = db.session.scalars(select(Event).where(Event.name == "TwinningChanged"))
    assert event.changed == ["title", "results"]
    assert [one.version for one in revisions_of(Reference("twinning", made.id))] == [2, 1]


def test_the_same_text_again_changes_nothing(visitor: Visitor, draft: Twinning) -> None:
    visitor.submit("/gemellaggi/prima-stesura/modifica", action="/modifica")
    assert only().version == 1
    assert not db.session.scalars(select(Event).where(Event.name == "TwinningChanged")).all()


def test_two_editors_are_both_shown_their_texts(
    app: Any, visitor: Visitor, draft: Twinning
) -> None:
    path = "/gemellaggi/prima-stesura/modifica"
    other = Visitor(app)
    other.sign_in(member_with(Role.ADMINISTRATOR).email)
    page = visitor.page(path)
    form = next(one for one in page.forms if (one.get("action") or "").endswith("/modifica"))
    mine = form_values(form)
    mine["solution"] = "la mia"
    other.submit(path, {"solution": "la loro", "funding": "FESR"}, action="/modifica")

    answer = visitor.post(path, mine, headers={"Sec-Fetch-Site": "same-origin"})

    assert answer.status_code == 409
    page = parse(answer)
    assert field_of(page, "solution").text.strip() == "la mia"
    theirs = [
        " ".join(one.text_content().split())
        for one in page.xpath("//main//*[contains(@class, 'g-note--warm')]")
    ]
    assert any("la loro" in one for one in theirs)
    assert any("FESR" in one for one in theirs)
    assert only().solution == "la loro"

    form = next(one for one in page.forms if (one.get("action") or "").endswith("/modifica"))
    again = form_values(form)
    answer = visitor.post(path, again, headers={"Sec-Fetch-Site": "same-origin"})
    assert answer.status_code == 303
    assert only().solution == "la mia"


def test_a_step_taken_meanwhile_is_said_too(visitor: Visitor, draft: Twinning) -> None:
    path = "/gemellaggi/prima-stesura/modifica"
    form = next(
        one for one in visitor.page(path).forms if (one.get("action") or "").endswith("/modifica")
    )
    mine = form_values(form) | {"solution": "la mia"}
    takes_part(draft, region("Uno"))
    takes_part(draft, region("Due"), ParticipationRole.RECEIVER)
    services.change_state(
        twinning_id=draft.id, new=TwinningState.PROPOSED, version=None, reason="x", by=SYSTEM
    )
    answer = visitor.post(path, mine, headers={"Sec-Fetch-Site": "same-origin"})
    assert answer.status_code == 409
    assert "qualcun altro ha salvato" in answer.text.lower()
    assert field_of(parse(answer), "solution").text.strip() == "la mia"


def test_who_may_edit(visitor: Visitor, draft: Twinning) -> None:
    path = "/gemellaggi/prima-stesura/modifica"
    assert visitor.get(path).status_code == 200
    visitor.submit("/gemellaggi", action="/esci")
    visitor.sign_in(member_with(Role.COORDINATOR).email)
    assert visitor.get(path).status_code == 404, "another coordinator does not know of the draft"


@pytest.mark.parametrize("state", [TwinningState.ARCHIVED, TwinningState.REJECTED])
def test_what_is_closed_is_not_edited(
    visitor: Visitor, coordinator: Member, state: TwinningState
) -> None:
    made = TwinningFactory.make(state=state, coordinator_id=coordinator.id)
    assert visitor.get(f"/gemellaggi/{made.slug}/modifica").status_code == 403


def test_a_concluded_twinning_keeps_results(visitor: Visitor, coordinator: Member) -> None:
    made = TwinningFactory.make(
        state=TwinningState.CONCLUDED, coordinator_id=coordinator.id, results="Fatto."
    )
    answer = visitor.submit(
        f"/gemellaggi/{made.slug}/modifica", {"results": ""}, action="/modifica"
    )
    assert answer.status_code == 422
    assert error_beside(parse(answer), "results")


def test_an_administrator_names_the_coordinator_who_gets_the_key(visitor: Visitor) -> None:
    first, second = member_with(Role.COORDINATOR), member_with(Role.COORDINATOR)
    visitor.sign_in(member_with(Role.ADMINISTRATOR).email)
    visitor.submit(NEW, {"title": "Affidato", "coordinator_id": str(first.id)}, action="/nuovo")
    space = only().space_id
    assert open_space_ids(first.id, []) == {space}

    path = "/gemellaggi/affidato/modifica"
    visitor.submit(path, {"coordinator_id": str(second.id)}, action="/modifica")

    assert only().coordinator_id == second.id
    assert open_space_ids(first.id, []) == frozenset()
    assert open_space_ids(second.id, []) == {space}
    answer = visitor.submit(path, {"coordinator_id": str(member_with().id)}, action="/modifica")
    assert answer.status_code == 422, "only coordinators can be named"


def test_a_coordinator_cannot_give_the_twinning_away(
    visitor: Visitor, coordinator: Member, draft: Twinning
) -> None:
    other = member_with(Role.COORDINATOR)
    page = visitor.page("/gemellaggi/prima-stesura/modifica")
    assert not page.xpath("//*[@name='coordinator_id']")
    visitor.submit(
        "/gemellaggi/prima-stesura/modifica", {"coordinator_id": str(other.id)}, action="/modifica"
    )
    assert only().coordinator_id == coordinator.id


def test_the_services_refuse_what_the_form_does_not_offer(app: Any) -> None:
    mine = member_with(Role.COORDINATOR)
    other = member_with(Role.COORDINATOR)
    hidden = StoryFactory.make(state=PracticeState.DRAFT)
    me = Actor(mine.id, frozenset({Role.COORDINATOR}))
    made = services.create_twinning(
        content=TwinningContent(title="Uno", coordinator_id=mine.id), by=me
    )

    def change(version: int | None = None, **values: Any) -> None:
        content = TwinningContent(**{"title": "Uno", "coordinator_id": mine.id, **values})
        services.change_twinning(twinning_id=made.id, version=version, content=content, by=me)

    with pytest.raises(Forbidden):
        change(coordinator_id=other.id)
    with pytest.raises(Forbidden):
        services.create_twinning(
            content=TwinningContent(title="Due", coordinator_id=other.id), by=me
        )
    with pytest.raises(Forbidden):
        services.create_twinning(content=TwinningContent(title="Tre"), by=Actor(other.id))
    for values in (
        {"title": ""},
        {"practice_id": 999},
        {"practice_id": hidden.id},
        {"programme_id": 999},
        {"theme_ids": frozenset({999})},
    ):
        with pytest.raises(Refused):
            change(**values)
    with pytest.raises(Conflict):
        change(version=7, solution=Rendered("x", "<p>x</p>"))
    db.session.rollback()
    assert db.session.get_one(Twinning, made.id).version == 1
