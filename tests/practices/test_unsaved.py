"""What is typed and not saved yet: kept for its writer alone, while the story stays as it is."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from core import clock
from core.actor import SYSTEM
from core.database import db
from core.domain import Refused
from core.events import Event
from core.transactions import Busy
from members.models import Member
from members.queries import actor_for
from members.services import lifecycle
from practices import services
from practices.models import Practice, PracticeState, UnsavedPart
from practices.queries import writing as queries
from practices.rules import Part
from practices.services import Basis
from tests.factories.members import member_with
from tests.factories.practices import StoryFactory
from tests.practices.conftest import SignIn
from tests.practices.test_writing import NEW, TELLING, draft_of, opened, sent, standing, stories
from tests.visitor import Visitor, form_values, parse, text_of

OWN_PAGE = {"Sec-Fetch-Site": "same-origin"}


def kept(browser: Visitor, path: str, fields: dict[str, Any]) -> TestResponse:
    """What the script sends while somebody writes."""
    return sent(browser, path, fields, "automatico")


def facts() -> int:
    return db.session.scalar(select(func.count(Event.id))) or 0


def test_what_is_typed_comes_back_and_changes_nothing(
    writing: Visitor, author: Member, sign_in: SignIn
) -> None:
    address = draft_of(author)
    before = facts()
    fields = opened(writing, address + TELLING) | {"problem": "Appena cominciato", "need": "x"}
    answer = kept(writing, address + TELLING, fields)
    assert answer.status_code == 200
    assert answer.json is not None
    assert answer.json["message"].startswith("Bozza salvata alle ")
    assert answer.headers["Cache-Control"] == "no-store"
    [story] = stories()
    assert (story.problem, story.version, facts()) == ("Troppi uffici.", 1, before)
    # The tab is closed; on another day, on another device.
    later = sign_in(author)
    page = later.get(address + TELLING)
    assert standing(page)["problem"] == "Appena cominciato"
    assert "Riprendi da dove eri rimasto" in text_of(page)
    assert later.get(f"{address}/riprendi").location == address + TELLING
    sent(later, address + TELLING, standing(page), "salva")
    [story] = stories()
    assert (story.problem, story.version) == ("Appena cominciato", 2)
    assert db.session.query(UnsavedPart).count() == 0


def test_saving_after_the_script_is_no_conflict(writing: Visitor, author: Member) -> None:
    address = draft_of(author)
    fields = opened(writing, address + TELLING)
    for number in range(3):
        kept(writing, address + TELLING, fields | {"problem": f"Frase {number}"})
    answer = sent(writing, address + TELLING, fields | {"problem": "Frase intera"}, "avanti")
    assert answer.status_code == 302
    assert stories()[0].problem == "Frase intera"


def test_what_was_typed_on_an_older_text_is_a_conflict(
    writing: Visitor, author: Member, sign_in: SignIn
) -> None:
    """Twin: what is kept is known by the text that it was typed on, not by the newest one."""
    address = draft_of(author)
    fields = opened(writing, address + TELLING)
    other = sign_in(author)
    other.submit(address + TELLING, {"problem": "Di un’altra scheda"}, action="/racconto")
    assert kept(writing, address + TELLING, fields | {"problem": "Il mio"}).status_code == 200
    resumed = opened(writing, address + TELLING)
    assert (resumed["problem"], resumed["version"]) == ("Il mio", "1")
    late = sent(writing, address + TELLING, resumed, "salva")
    assert late.status_code == 409
    assert "Di un’altra scheda" in text_of(late)
    assert stories()[0].problem == "Di un’altra scheda"


def test_a_new_story_becomes_a_draft_once_it_has_a_title(writing: Visitor) -> None:
    path = f"{NEW}?tipo=offro"
    fields = opened(writing, path)
    nameless = kept(writing, path, fields | {"summary": "Due righe."})
    assert (nameless.status_code, stories()) == (422, [])
    assert nameless.json is not None
    assert "appena scrivi il titolo" in nameless.json["message"]
    named = fields | {"title": "Nidi aperti", "summary": "Due righe."}
    first, again = kept(writing, path, named), kept(writing, path, named)
    assert first.json is not None
    assert again.json is not None
    assert first.json["action"] == again.json["action"] == "/buone-pratiche/nidi-aperti/modifica"
    assert len(stories()) == 1
    # Its answer was lost, and the author presses the button of the page that is still open.
    answer = sent(writing, path, named | {"summary": "Tre righe."}, "avanti")
    assert answer.location == "/buone-pratiche/nidi-aperti/modifica/racconto"
    assert [(story.title, story.summary) for story in stories()] == [("Nidi aperti", "Tre righe.")]
    # Its answer arrived: the form goes on where it says, from the version that it says.
    followed = named | {name: first.json[name] for name in ("version", "seen")}
    assert kept(writing, first.json["action"], followed).status_code == 200


def test_another_tab_does_not_write_over_it(writing: Visitor, author: Member) -> None:
    address = draft_of(author)
    first, second = opened(writing, address + TELLING), opened(writing, address + TELLING)
    kept(writing, address + TELLING, first | {"problem": "Prima scheda"})
    answer = kept(writing, address + TELLING, second | {"problem": "Seconda scheda"})
    assert answer.status_code == 409
    assert opened(writing, address + TELLING)["problem"] == "Prima scheda"
    # Who opens the form again goes on with it, and may.
    third = opened(writing, address + TELLING)
    assert kept(writing, address + TELLING, third | {"problem": "Ripreso"}).status_code == 200


def test_what_cannot_be_saved_is_kept_as_it_is(writing: Visitor, author: Member) -> None:
    address = draft_of(author)
    odd = {
        "components-0-title": "x" * 300,
        "components-0-text": "con un NUL \x00",
        "links": "\ud7ff",
    }
    odd |= {"web_links-0-url": "htt", "web_links-0-title": "مرحبا"}
    path = f"{address}/modifica/componenti"
    assert kept(writing, path, opened(writing, path) | odd).status_code == 200
    page = writing.get(path)
    assert page.status_code == 200
    values = standing(page)
    assert values["components-0-title"] == "x" * 300
    assert (values["web_links-0-url"], values["web_links-0-title"]) == ("htt", "مرحبا")
    back = sent(writing, path, values, "scarta")
    assert back.location == path
    assert standing(writing.get(path))["web_links-0-url"] == ""


def test_it_is_nobody_elses(author: Member, editor: Member, sign_in: SignIn) -> None:
    story = StoryFactory.make(author_id=author.id, state=PracticeState.SUBMITTED)
    path = f"/buone-pratiche/{story.slug}{TELLING}"
    editing = sign_in(editor)
    secret = "ancora da verificare"
    kept(editing, path, opened(editing, path) | {"problem": secret})
    others = sign_in(member_with()), sign_in(author), Visitor(editing._app)
    for browser in others:
        for page in ("", TELLING, "/rivedi", "/versioni"):
            assert secret not in browser.get(f"/buone-pratiche/{story.slug}{page}").text
    assert secret in editing.get(path).text
    assert queries.typed_in(story, Part.TELLING, actor_for(author.id)) is None
    # It is not public because it was kept: only saving is.
    assert db.session.get_one(Practice, story.id).problem != secret


def test_rights_end_with_what_gave_them(writing: Visitor, author: Member) -> None:
    address = draft_of(author)
    fields = opened(writing, address + TELLING)
    writing.submit(f"{address}/rivedi", action="/invia")
    assert kept(writing, address + TELLING, fields | {"problem": "Tardi"}).status_code == 403
    assert db.session.query(UnsavedPart).count() == 0


def test_there_is_an_end_to_what_is_kept(author: Member) -> None:
    story = StoryFactory.make(author_id=author.id, state=PracticeState.DRAFT)
    with pytest.raises(Refused, match="too much"):
        services.keep_typed(
            practice_id=story.id,
            part=Part.TELLING,
            typed={"problem": ["x" * 500_000]},
            key="",
            basis=Basis(),
            by=actor_for(author.id),
        )


def test_unsaved_text_is_not_sent_by_mistake(writing: Visitor, author: Member) -> None:
    address = draft_of(author)
    kept(writing, address + TELLING, opened(writing, address + TELLING) | {"problem": "Nuovo"})
    refused = writing.submit(f"{address}/rivedi", action="/invia")
    assert refused.status_code == 422
    assert "testo che non hai ancora salvato" in text_of(refused)
    assert stories()[0].state is PracticeState.DRAFT


def test_a_public_story_is_rewritten_without_a_reader_seeing_it(
    writing: Visitor, author: Member, visitor: Visitor
) -> None:
    story = StoryFactory.make(author_id=author.id, title="Nidi di oggi")
    address = f"/buone-pratiche/{story.slug}"
    fields = opened(writing, f"{address}/modifica") | {"title": "Nidi di domani"}
    told = kept(writing, f"{address}/modifica", fields)
    assert told.json is not None
    assert "non ancora inviato" in told.json["message"]
    sent(writing, f"{address}/modifica", fields, "salva")
    rows = opened(writing, f"{address}/modifica/componenti") | {"components-0-title": "Statuto"}
    sent(writing, f"{address}/modifica/componenti", rows, "avanti")
    preview = writing.page(f"{address}/rivedi").xpath("//section[@aria-labelledby='anteprima']")[0]
    assert "Nidi di domani" in preview.text_content()
    assert "Statuto" in preview.text_content()
    public = text_of(visitor.get(address))
    assert "Nidi di oggi" in public
    assert "domani" not in public
    assert "Statuto" not in public


# The session ends, the token is of another page, the database is busy.


def given_back(answer: TestResponse) -> dict[str, Any]:
    """What stands in the form of the page that gives a text back."""
    assert "Il tuo testo è qui" in text_of(answer)
    [form] = parse(answer).xpath("//main//form")
    return form_values(form)


def test_a_session_that_ended_loses_no_word(
    writing: Visitor, author: Member, visitor: Visitor
) -> None:
    address = draft_of(author)
    fields = opened(writing, address + TELLING) | {"problem": "Molte parole"}
    unsigned = form_values(visitor.page("/accedi").forms[-1])["csrf_token"]
    answer = visitor.post(
        address + TELLING, data=fields | {"csrf_token": unsigned}, headers=OWN_PAGE
    )
    assert answer.status_code == 401
    again = given_back(answer)
    assert again["problem"] == "Molte parole"
    # It lay nowhere but on the page; whether there is such a story is not told.
    assert db.session.query(UnsavedPart).count() == 0
    nowhere = visitor.post(
        f"/buone-pratiche/non-esiste{TELLING}",
        data=fields | {"csrf_token": unsigned},
        headers=OWN_PAGE,
    )
    assert nowhere.status_code == 401
    visitor.sign_in(author.email)
    token = opened(visitor, address + TELLING)["csrf_token"]
    sent(visitor, address + TELLING, again | {"csrf_token": token}, "salva")
    assert stories()[0].problem == "Molte parole"


def test_a_page_of_elsewhere_gets_no_text_back(visitor: Visitor, author: Member) -> None:
    """Twin: only a page of ours gets a form with a fresh token."""
    address = draft_of(author)
    token = form_values(visitor.page("/accedi").forms[-1])["csrf_token"]
    answer = visitor.post(
        address + TELLING,
        data={"csrf_token": token, "problem": "Molte parole"},
        headers={"Sec-Fetch-Site": "cross-site"},
    )
    assert answer.status_code == 401
    assert "Molte parole" not in answer.text


def test_a_token_of_another_session_loses_no_word(writing: Visitor, author: Member) -> None:
    address = draft_of(author)
    path = f"{address}/modifica/componenti"
    rows = {"components-0-title": "Statuto", "components-0-text": "Chi fa che cosa."}
    old = opened(writing, path) | rows | {"csrf_token": "of another session", "azione": "avanti"}
    answer = writing.post(path, data=old, headers=OWN_PAGE)
    assert answer.status_code == 400
    labels = [one.text_content() for one in parse(answer).xpath("//main//form//label")]
    assert {"Nome del componente", "In che cosa consiste"} <= set(labels)
    again = writing.post(path, data=given_back(answer), headers=OWN_PAGE)
    assert again.location == f"{address}/rivedi"
    assert [row.title for row in stories()[0].components] == ["Statuto"]


def test_a_busy_database_loses_no_word(
    writing: Visitor, author: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = draft_of(author)
    fields = opened(writing, address + TELLING) | {"problem": "Molte parole"}
    with monkeypatch.context() as patch:

        def busy(**_: object) -> None:
            raise Busy("locked")

        patch.setattr(services, "write_part", busy)
        patch.setattr(services, "keep_typed", busy)
        answer = writing.post(
            address + TELLING, data=fields | {"azione": "salva"}, headers=OWN_PAGE
        )
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
        assert kept(writing, address + TELLING, fields).status_code == 503
    again = given_back(answer)
    assert writing.post(address + TELLING, data=again, headers=OWN_PAGE).status_code == 302
    assert stories()[0].problem == "Molte parole"


def test_what_nobody_comes_back_for_is_forgotten(
    app: Flask, writing: Visitor, author: Member, sign_in: SignIn
) -> None:
    def keep(browser: Visitor, member: Member) -> str:
        address = draft_of(member)
        fields = opened(browser, address + TELLING) | {"problem": "Cominciato"}
        assert kept(browser, address + TELLING, fields).status_code == 200
        return address

    def left() -> int:
        return db.session.query(UnsavedPart).count()

    other = member_with()
    keep(writing, author)
    removed = keep(writing, author).rsplit("/", 1)[1]
    keep(sign_in(other), other)
    assert (services.forget_typed(), left()) == (0, 3)
    lifecycle.remove_member(member_id=other.id, by=SYSTEM)
    assert (services.forget_typed(), left()) == (1, 2)
    story = db.session.query(Practice).filter_by(slug=removed).one()
    services.remove_story(practice_id=story.id, version=None, reason="", by=actor_for(author.id))
    assert (services.forget_typed(), left()) == (1, 1)
    with time_machine.travel(clock.now() + services.KEPT_FOR + timedelta(hours=1), tick=False):
        assert (services.forget_typed(), left()) == (1, 0)
        assert services.forget_typed() == 0
