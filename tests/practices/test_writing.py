"""The form: nothing is made twice, nothing is overwritten, nothing typed is lost."""

from __future__ import annotations

from itertools import product
from typing import Any
from unittest.mock import ANY

import pytest
from werkzeug.test import TestResponse

from core.database import db
from core.forms import LONGEST_LINE
from core.text import LONGEST_TEXT
from members.models import Member
from practices.models import Practice, PracticeKind, PracticeState
from practices.rules import BODY, LONGEST_SUMMARY, SECTIONS
from tests.factories.members import member_with
from tests.factories.organisations import OrganisationFactory
from tests.factories.practices import StoryFactory, typed
from tests.practices.conftest import SignIn
from tests.visitor import Visitor, form_values, parse, text_of

NEW = "/invia-una-storia"


def opened(browser: Visitor, path: str) -> dict[str, Any]:
    """What the form on a page would send, as it is now."""
    forms = [form for form in browser.page(path).forms if form.get("data-guarded") is not None]
    assert len(forms) == 1
    return form_values(forms[0])


def sent(browser: Visitor, path: str, fields: dict[str, Any], button: str) -> TestResponse:
    """Send a form that was opened before."""
    return browser.post(path, data=fields | {"azione": button})


def stories() -> list[Practice]:
    return db.session.query(Practice).order_by(Practice.id).all()


def mistakes(response: TestResponse) -> set[str]:
    """The names of the fields that have an error beside them."""
    marks = parse(response).xpath("//form//p[@class='g-err']/@id")
    return {mark.removesuffix("-error") for mark in marks}


def standing(response: TestResponse) -> dict[str, Any]:
    """What stands in the form of a page that came back."""
    [form] = [one for one in parse(response).forms if one.get("data-guarded") is not None]
    return form_values(form)


@pytest.mark.parametrize("button", ["salva", "invia"])
def test_a_double_click_makes_one_story(writing: Visitor, button: str) -> None:
    fields = opened(writing, f"{NEW}?tipo=offro") | typed()
    answers = [sent(writing, f"{NEW}?tipo=offro", fields, button) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [302, 302]
    assert answers[0].location == answers[1].location
    assert len(stories()) == 1


@pytest.mark.parametrize("button", ["salva", "invia"])
def test_a_double_click_on_an_older_story_changes_it_once(
    writing: Visitor, author: Member, button: str
) -> None:
    story = StoryFactory.make(author_id=author.id, state=PracticeState.DRAFT)
    path = f"/buone-pratiche/{story.slug}/modifica"
    fields = opened(writing, path) | typed()
    answers = [sent(writing, path, fields, button) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [302, 302]
    assert stories()[0].title == "Distretti Famiglia"


def test_going_back_after_saving_loses_neither_text(writing: Visitor) -> None:
    fields = opened(writing, f"{NEW}?tipo=offro") | typed(title="Prima stesura")
    sent(writing, f"{NEW}?tipo=offro", fields, "salva")
    again = sent(writing, f"{NEW}?tipo=offro", fields | {"title": "Seconda stesura"}, "salva")
    assert again.status_code == 409
    assert standing(again)["title"] == "Seconda stesura"
    assert "Prima stesura" in text_of(again)
    [form] = [one for one in parse(again).forms if one.get("data-guarded") is not None]
    kept = sent(writing, form.get("action"), form_values(form), "salva")
    assert kept.status_code == 302
    assert [story.title for story in stories()] == ["Seconda stesura"]


def test_a_form_whose_draft_was_deleted_begins_another(writing: Visitor) -> None:
    fields = opened(writing, f"{NEW}?tipo=offro") | typed()
    sent(writing, f"{NEW}?tipo=offro", fields, "salva")
    slug = stories()[0].slug
    writing.submit(f"/buone-pratiche/{slug}/rimuovi", action="/rimuovi")
    sent(writing, f"{NEW}?tipo=offro", fields, "salva")
    assert [story.state for story in stories()] == [PracticeState.REMOVED, PracticeState.DRAFT]


def test_of_two_who_edit_the_second_is_shown_both_texts(
    editing: Visitor, sign_in: SignIn, editor: Member
) -> None:
    story = StoryFactory.make(title="Orari dei nidi")
    path = f"/buone-pratiche/{story.slug}/modifica"
    second = sign_in(editor)
    fields = opened(editing, path)
    assert (
        sent(second, path, opened(second, path) | {"problem": "Loro."}, "salva").status_code == 302
    )
    mine = fields | {"problem": "Il mio.", "title": "Orari lunghi dei nidi"}
    answer = sent(editing, path, mine, "salva")
    assert answer.status_code == 409
    assert standing(answer)["problem"] == "Il mio."
    beside = parse(answer).xpath("//div[contains(., 'Salvato nel frattempo')]/div//p/text()")
    assert {"Loro.", "Orari dei nidi"} <= set(beside)
    db.session.expire_all()
    assert stories()[0].problem == "Loro."
    # Sending what is shown now is a decision: nothing stands in its way.
    assert sent(editing, path, standing(answer), "salva").status_code == 302
    assert stories()[0].problem == "Il mio."


def test_a_text_that_comes_after_sending_is_given_back(writing: Visitor, author: Member) -> None:
    story = StoryFactory.make(author_id=author.id, state=PracticeState.DRAFT)
    path = f"/buone-pratiche/{story.slug}/modifica"
    fields = opened(writing, path) | typed(title=story.title)
    sent(writing, path, fields, "invia")
    late = sent(writing, path, fields | {"problem": "Un ripensamento."}, "salva")
    assert late.status_code == 409
    assert standing(late)["problem"] == "Un ripensamento."
    assert "non si può più modificare" in text_of(late)
    assert not parse(late).xpath("//button[@name='azione']")


def test_the_preview_keeps_everything_and_writes_nothing(writing: Visitor) -> None:
    fields = opened(writing, f"{NEW}?tipo=cerco") | typed(
        PracticeKind.SEEK, need="Serve **ora**.", needed_by="30/06/2040"
    )
    shown = sent(writing, f"{NEW}?tipo=cerco", fields, "anteprima")
    assert shown.status_code == 200
    assert parse(shown).xpath("//section[@aria-labelledby='anteprima']//strong[.='ora']")
    # The token carries the second in which it was made.
    expected = fields | {"needed_by": "2040-06-30", "csrf_token": ANY}
    assert standing(shown) == expected
    assert stories() == []


def test_a_draft_needs_a_title_and_sending_needs_all(writing: Visitor) -> None:
    nothing = writing.submit(f"{NEW}?tipo=offro", action=NEW, button="azione=salva")
    assert (nothing.status_code, mistakes(nothing)) == (422, {"title"})
    bare = writing.submit(
        f"{NEW}?tipo=offro", {"title": "Solo un titolo"}, action=NEW, button="azione=invia"
    )
    wanted = {"summary", "theme_ids", "territory_id", "contact", "problem", "solution", "results"}
    assert (bare.status_code, mistakes(bare)) == (422, wanted)
    for link in parse(bare).xpath("//div[@id='errori']//a/@href"):
        assert parse(bare).get_element_by_id(link[1:]) is not None
    assert standing(bare)["title"] == "Solo un titolo"
    assert stories() == []


def test_who_belongs_to_bodies_speaks_for_one_of_them(sign_in: SignIn) -> None:
    own, foreign = OrganisationFactory.make(name="Comune di Bari"), OrganisationFactory.make()
    browser = sign_in(member_with(of=own))
    page = browser.page(f"{NEW}?tipo=offro")
    assert page.xpath("//select[@name='organisation_id']/option/text()") == ["Comune di Bari"]
    fields = opened(browser, f"{NEW}?tipo=offro")
    assert fields["organisation_id"] == str(own.id)
    forged = sent(
        browser, f"{NEW}?tipo=offro", fields | typed(organisation_id=str(foreign.id)), "invia"
    )
    assert (forged.status_code, mistakes(forged)) == (422, {"organisation_id"})


def test_long_texts_have_room(writing: Visitor) -> None:
    page = writing.page(f"{NEW}?tipo=offro")
    assert page.xpath("//textarea[@name='problem']/@rows") == ["8"]
    [more] = page.xpath("//details[.//textarea[@name='resources']]")
    assert "open" not in more.attrib


def test_a_day_that_is_over_cannot_be_met(writing: Visitor) -> None:
    late = writing.submit(
        f"{NEW}?tipo=cerco",
        typed(PracticeKind.SEEK, needed_by="2020-01-01"),
        action=NEW,
        button="azione=invia",
    )
    assert (late.status_code, mistakes(late)) == (422, {"needed_by"})
    odd = writing.submit(
        f"{NEW}?tipo=cerco",
        typed(PracticeKind.SEEK, needed_by="prima possibile"),
        action=NEW,
        button="azione=salva",
    )
    assert (odd.status_code, standing(odd)["needed_by"]) == (422, "prima possibile")


WRITTEN = {
    kind: [
        "title",
        "summary",
        "contact",
        *(section.name for section in SECTIONS[kind] if section is not BODY),
    ]
    for kind in PracticeKind
}
CODES = {PracticeKind.OFFER: "offro", PracticeKind.SEEK: "cerco"}
LIMITS = {"title": LONGEST_LINE, "contact": LONGEST_LINE, "summary": LONGEST_SUMMARY}


HOSTILE = ("con un NUL \x00 dentro", "\x1b[31mrosso", "al contrario \u202egpj.exe", "\uffff")


@pytest.mark.parametrize("kind", list(PracticeKind))
def test_what_no_page_can_carry_is_refused_beside_each_field(
    writing: Visitor, kind: PracticeKind
) -> None:
    path = f"{NEW}?tipo={CODES[kind]}"
    whole = opened(writing, path) | typed(kind)
    for hostile, button in product(HOSTILE, ("salva", "anteprima", "invia")):
        fields = whole | dict.fromkeys(WRITTEN[kind], hostile)
        answer = sent(writing, path, fields, button)
        assert (answer.status_code, mistakes(answer)) == (422, set(WRITTEN[kind]))
        assert answer.get_data(as_text=True).count(hostile) == len(WRITTEN[kind])


@pytest.mark.parametrize("kind", list(PracticeKind))
def test_what_is_too_long_is_refused_beside_each_field_and_kept(
    writing: Visitor, kind: PracticeKind
) -> None:
    path = f"{NEW}?tipo={CODES[kind]}"
    long = {name: "à" * (LIMITS.get(name, LONGEST_TEXT) + 1) for name in WRITTEN[kind]}
    answer = sent(writing, path, opened(writing, path) | typed(kind) | long, "salva")
    assert (answer.status_code, mistakes(answer)) == (422, set(long))
    kept = standing(answer)
    assert {name: kept[name] for name in long} == long
    assert "301 caratteri, ne sono ammessi 300" in text_of(answer)


@pytest.mark.parametrize("kind", list(PracticeKind))
def test_every_writing_is_kept_faithfully(writing: Visitor, kind: PracticeKind) -> None:
    path = f"{NEW}?tipo={CODES[kind]}"
    for odd in ("🏔️ 𝔉𝔞𝔪𝔦𝔤𝔩𝔦𝔞", "مرحبا بالعائلات", "l’età dell'infanzia"):
        fields = typed(kind) | dict.fromkeys(WRITTEN[kind], odd)
        answer = writing.submit(path, fields, action=NEW, button="azione=invia")
        assert answer.status_code == 200
        kept = {name: getattr(stories()[-1], name) for name in WRITTEN[kind]}
        assert kept == dict.fromkeys(WRITTEN[kind], odd)


FORGED: list[tuple[str, Any]] = [
    ("theme_ids", ["999999999999999999999"]),
    ("theme_ids", ["uno"]),
    ("territory_id", "99999999999999999999999"),
    ("territory_id", "Puglia"),
    ("organisation_id", "1 OR 1=1"),
    ("lang", "../../etc"),
    ("needed_by", "31/02/2040"),
    ("needed_by", "9" * 5000),
    ("version", "quattro"),
    ("submission_key", "x" * 65),
    ("submission_key", "\x00"),
]


def test_forged_choices_are_refused(writing: Visitor) -> None:
    path = f"{NEW}?tipo=cerco"
    whole = opened(writing, path) | typed(PracticeKind.SEEK)
    for name, forged in FORGED:
        answer = sent(writing, path, whole | {name: forged}, "invia")
        assert answer.status_code == 422, (name, forged)
        assert parse(answer).xpath("//div[@id='errori']//li")
    assert stories() == []


def test_privileged_columns_are_no_fields(writing: Visitor, author: Member) -> None:
    fields = opened(writing, f"{NEW}?tipo=offro") | typed()
    fields |= {"state": "published", "author_id": "999", "slug": "mio", "space_id": "1"}
    sent(writing, f"{NEW}?tipo=offro", fields, "salva")
    [story] = stories()
    assert (story.state, story.author_id, story.space_id) == (PracticeState.DRAFT, author.id, None)


def test_who_may_not_write_is_kept_out(visitor: Visitor, writing: Visitor, sign_in: SignIn) -> None:
    story = StoryFactory.make()
    path = f"/buone-pratiche/{story.slug}/modifica"
    assert visitor.get(NEW).location == "/accedi?next=/invia-una-storia"
    assert visitor.get(path).location.startswith("/accedi?next=")
    assert writing.get(path).status_code == 403
    token = opened(writing, f"{NEW}?tipo=offro")["csrf_token"]
    assert writing.post(path, data={"csrf_token": token, "title": "Mia"}).status_code == 403
    assert writing.post(path, data={"title": "Mia"}).status_code == 400
    draft = StoryFactory.make(state=PracticeState.DRAFT, author_id=member_with().id)
    for suffix in ("", "/modifica", "/rimuovi", "/archivia"):
        assert writing.get(f"/buone-pratiche/{draft.slug}{suffix}").status_code == 404
    assert writing.get(f"{NEW}?tipo=altro").status_code == 200
    assert writing.post(NEW, data={"csrf_token": token}).status_code == 400
