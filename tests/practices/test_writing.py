"""The form: nothing is made twice, nothing is overwritten, nothing typed is lost."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest
from werkzeug.test import TestResponse

from core.database import db
from core.forms import LONGEST_LINE
from core.text import LONGEST_TEXT
from members.models import Member
from practices.models import Practice, PracticeKind, PracticeState
from practices.rules import LONGEST_COMPONENT, LONGEST_SUMMARY, MOST_COMPONENTS, Part, fields_of
from tests.factories.members import member_with
from tests.factories.organisations import OrganisationFactory
from tests.factories.practices import StoryFactory, typed
from tests.practices.conftest import SignIn, last_path, tell
from tests.visitor import Visitor, form_values, parse, text_of

NEW = "/invia-una-storia"
TELLING = "/modifica/racconto"
PIECES = "/modifica/componenti"


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


def draft_of(member: Member, **values: Any) -> str:
    """A complete draft; its address."""
    story = StoryFactory.make(author_id=member.id, state=PracticeState.DRAFT, **values)
    return f"/buone-pratiche/{story.slug}"


def mistakes(response: TestResponse) -> set[str]:
    """The names of the fields that have an error beside them."""
    marks = parse(response).xpath("//form//p[@class='g-err']/@id")
    return {mark.removesuffix("-error") for mark in marks}


def standing(response: TestResponse) -> dict[str, Any]:
    """What stands in the form of a page that came back."""
    [form] = [one for one in parse(response).forms if one.get("data-guarded") is not None]
    return form_values(form)


@pytest.mark.parametrize("button", ["salva", "avanti"])
def test_a_double_click_makes_one_story(writing: Visitor, button: str) -> None:
    fields = opened(writing, f"{NEW}?tipo=offro") | typed()
    answers = [sent(writing, f"{NEW}?tipo=offro", fields, button) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [302, 302]
    assert answers[0].location == answers[1].location
    assert len(stories()) == 1


def test_a_double_click_on_an_older_story_changes_it_once(writing: Visitor, author: Member) -> None:
    address = draft_of(author)
    fields = opened(writing, f"{address}/modifica") | typed()
    answers = [sent(writing, f"{address}/modifica", fields, "avanti") for _ in range(2)]
    assert [answer.status_code for answer in answers] == [302, 302]
    assert (stories()[0].title, stories()[0].version) == ("Distretti Famiglia", 2)


def test_a_double_click_sends_once(writing: Visitor, author: Member) -> None:
    address = draft_of(author)
    [form] = [one for one in writing.page(f"{address}/rivedi").forms if "/invia" in one.action]
    answers = [writing.post(f"{address}/invia", data=form_values(form)) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [302, 302]
    assert (stories()[0].state, stories()[0].version) == (PracticeState.SUBMITTED, 2)


def test_the_form_that_began_a_story_goes_on_with_it(writing: Visitor) -> None:
    """Whoever never heard that it was saved presses again, with more text by then."""
    fields = opened(writing, f"{NEW}?tipo=offro") | typed(title="Prima stesura")
    sent(writing, f"{NEW}?tipo=offro", fields, "salva")
    again = sent(writing, f"{NEW}?tipo=offro", fields | {"title": "Seconda stesura"}, "salva")
    assert again.status_code == 302
    assert [story.title for story in stories()] == ["Seconda stesura"]


def test_going_back_to_the_first_form_loses_neither_text(writing: Visitor) -> None:
    fields = opened(writing, f"{NEW}?tipo=offro") | typed(title="Prima stesura")
    sent(writing, f"{NEW}?tipo=offro", fields, "salva")
    writing.submit(
        "/buone-pratiche/prima-stesura/modifica", {"title": "Altrove"}, action="/modifica"
    )
    again = sent(writing, f"{NEW}?tipo=offro", fields | {"title": "Seconda stesura"}, "salva")
    assert again.status_code == 409
    assert standing(again)["title"] == "Seconda stesura"
    assert "Altrove" in text_of(again)
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
    path = f"/buone-pratiche/{story.slug}{TELLING}"
    second = sign_in(editor)
    fields = opened(editing, path)
    theirs = opened(second, path) | {"problem": "Il nido chiude presto.", "solution": "La loro."}
    assert sent(second, path, theirs, "salva").status_code == 302
    mine = fields | {"problem": "Il nido chiude tardi.", "solution": "La mia.", "resources": "Due."}
    answer = sent(editing, path, mine, "salva")
    assert answer.status_code == 409
    assert standing(answer)["problem"] == "Il nido chiude tardi."
    page = parse(answer)
    beside = page.xpath("//div[contains(., 'Salvato nel frattempo')]/div//p/text()")
    assert {"Il nido chiude presto.", "La loro."} <= set(beside)
    assert "presto" in page.xpath("//del")[0].text_content()
    assert "tardi" in page.xpath("//ins")[0].text_content()
    assert stories()[0].problem == "Il nido chiude presto."
    # Sending what is shown now is a decision, field by field: nothing stands in its way.
    merged = standing(answer) | {"usa": ["solution"]}
    assert sent(editing, path, merged, "salva").status_code == 302
    [kept] = stories()
    assert (kept.problem, kept.solution, kept.resources) == (
        "Il nido chiude tardi.",
        "La loro.",
        "Due.",
    )


def test_who_saved_in_between_again_is_shown_again(editing: Visitor, sign_in: SignIn) -> None:
    """Twin: merging is no way around the question."""
    story = StoryFactory.make()
    path = f"/buone-pratiche/{story.slug}{TELLING}"
    fields = opened(editing, path)
    for word in ("Uno.", "Due."):
        editing.submit(path, {"problem": word}, action="/racconto")
        shown = sent(editing, path, fields | {"problem": "Il mio."}, "salva")
        assert (shown.status_code, stories()[0].problem) == (409, word)
    editing.submit(path, {"problem": "Tre."}, action="/racconto")
    assert sent(editing, path, standing(shown), "salva").status_code == 409
    assert stories()[0].problem == "Tre."


def test_different_parts_can_be_written_at_once(writing: Visitor, author: Member) -> None:
    address = draft_of(author)
    basics, telling = opened(writing, f"{address}/modifica"), opened(writing, address + TELLING)
    assert (
        sent(writing, address + TELLING, telling | {"problem": "Nuovo."}, "salva").status_code
        == 302
    )
    assert sent(writing, f"{address}/modifica", basics | {"contact": "Nidi"}, "salva").location
    [story] = stories()
    assert (story.problem, story.contact) == ("Nuovo.", "Nidi")


def test_a_text_that_comes_after_sending_is_given_back(writing: Visitor, author: Member) -> None:
    address = draft_of(author)
    fields = opened(writing, address + TELLING)
    writing.submit(f"{address}/rivedi", action="/invia")
    late = sent(writing, address + TELLING, fields | {"problem": "Un ripensamento."}, "salva")
    assert late.status_code == 409
    assert standing(late)["problem"] == "Un ripensamento."
    assert "non si può più modificare" in text_of(late)
    assert not parse(late).xpath("//button[@name='azione'][@value='salva']")


def test_what_changed_while_it_was_reread_is_not_sent(writing: Visitor, author: Member) -> None:
    address = draft_of(author)
    [form] = [one for one in writing.page(f"{address}/rivedi").forms if "/invia" in one.action]
    writing.submit(address + TELLING, {"problem": "Altro."}, action="/racconto")
    late = writing.post(f"{address}/invia", data=form_values(form))
    assert late.status_code == 409
    assert "è cambiata mentre la rileggevi" in text_of(late)
    assert stories()[0].state is PracticeState.DRAFT


def test_every_button_saves_and_leads_on(writing: Visitor, author: Member) -> None:
    address = draft_of(author)
    way = {
        ("/modifica", "avanti"): TELLING,
        (TELLING, "avanti"): PIECES,
        (PIECES, "avanti"): "/rivedi",
        (PIECES, "indietro"): TELLING,
        (TELLING, "indietro"): "/modifica",
        ("/modifica", "vai-componenti"): PIECES,
        ("/modifica", "vai-rivedi"): "/rivedi",
        (PIECES, "vai-essenziale"): "/modifica",
        (TELLING, "salva"): TELLING,
        (TELLING, "vai-altrove"): TELLING,
    }
    for number, ((start, button), goal) in enumerate(way.items()):
        texts = {"contact": f"Ufficio {number}", "problem": f"Problema {number}."}
        texts["web_links-0-url"] = f"https://www.esempio.it/{number}"
        action = start.rsplit("/", 1)[1]
        writing.submit(address + start, texts, action=action, button=f"azione={button}")
        assert last_path(writing) == address + goal, (start, button)
        [story] = stories()
        assert str(number) in story.contact + story.problem + story.links, (start, button)


def test_the_stepper_says_where_one_is_and_what_is_missing(
    writing: Visitor, author: Member
) -> None:
    address = draft_of(author, problem="", problem_html="", solution="", solution_html="")
    page = writing.page(address + PIECES)
    [steps] = page.xpath("//nav[@aria-label='I passi']")
    assert [one.get("value") for one in steps.iter("button")] == [
        "vai-essenziale",
        "vai-racconto",
        "vai-rivedi",
    ]
    assert "Componenti" in steps.xpath(".//*[@aria-current='step']")[0].text_content()
    assert "mancano 2 campi" in steps.text_content()
    # What pressing Enter means comes first in the form, wherever its buttons stand.
    [form] = [one for one in page.forms if one.get("id") == "storia"]
    first = page.xpath("//form[@id='storia']//button")[0]
    assert (form.get("data-kept"), first.get("value")) == ("", "salva")


def test_where_to_go_on_is_where_something_is_missing(writing: Visitor, author: Member) -> None:
    for gap, goal in (("contact", "/modifica"), ("problem_html", TELLING), ("", "/rivedi")):
        address = draft_of(author, **({gap: ""} if gap else {}))
        assert writing.get(f"{address}/riprendi").location == address + goal


def test_a_draft_needs_a_title_and_sending_needs_all(writing: Visitor) -> None:
    nothing = writing.submit(f"{NEW}?tipo=offro", action=NEW, button="azione=salva")
    assert (nothing.status_code, mistakes(nothing)) == (422, {"title"})
    writing.submit(f"{NEW}?tipo=offro", {"title": "Solo un titolo"}, action=NEW)
    address = "/buone-pratiche/solo-un-titolo"
    refused = writing.submit(f"{address}/rivedi", action="/invia")
    assert refused.status_code == 422
    links = parse(refused).xpath("//div[@id='errori']//a")
    assert len(links) == 7
    for link in links:
        path, _, anchor = link.get("href").partition("#")
        assert writing.page(path).get_element_by_id(anchor) is not None
    assert stories()[0].state is PracticeState.DRAFT


def test_what_editors_correct_stays_complete(editing: Visitor) -> None:
    story = StoryFactory.make()
    answer = editing.submit(
        f"/buone-pratiche/{story.slug}{TELLING}", {"problem": " "}, action="/racconto"
    )
    assert (answer.status_code, mistakes(answer)) == (422, {"problem"})
    nameless = {"components-0-title": "", "components-0-text": "Ogni mese."}
    answer = editing.submit(f"/buone-pratiche/{story.slug}{PIECES}", nameless, action="/componenti")
    assert (answer.status_code, mistakes(answer)) == (422, {"components-0-title"})


def test_who_belongs_to_bodies_speaks_for_one_of_them(sign_in: SignIn) -> None:
    own, foreign = OrganisationFactory.make(name="Comune di Bari"), OrganisationFactory.make()
    browser = sign_in(member_with(of=own))
    page = browser.page(f"{NEW}?tipo=offro")
    assert page.xpath("//select[@name='organisation_id']/option/text()") == ["Comune di Bari"]
    fields = opened(browser, f"{NEW}?tipo=offro")
    assert fields["organisation_id"] == str(own.id)
    forged = sent(
        browser, f"{NEW}?tipo=offro", fields | typed(organisation_id=str(foreign.id)), "salva"
    )
    assert (forged.status_code, mistakes(forged)) == (422, {"organisation_id"})


def test_a_day_that_is_over_cannot_be_met(writing: Visitor) -> None:
    address = tell(writing, PracticeKind.SEEK, needed_by="2020-01-01")
    late = writing.submit(f"{address}/rivedi", action="/invia")
    assert late.status_code == 422
    assert parse(late).xpath("//div[@id='errori']//a/@href") == [f"{address}/modifica#needed_by"]
    odd = writing.submit(
        f"{NEW}?tipo=cerco",
        typed(PracticeKind.SEEK, needed_by="prima possibile"),
        action=NEW,
        button="azione=salva",
    )
    assert (odd.status_code, standing(odd)["needed_by"]) == (422, "prima possibile")


# Rows: components and links.


def components(browser: Visitor, address: str) -> list[tuple[str, str]]:
    """Key and name of the components, as their form has them."""
    values = opened(browser, address + PIECES)
    return [
        (values[f"components-{n}-key"], values[f"components-{n}-title"])
        for n in range(MOST_COMPONENTS)
        if values.get(f"components-{n}-title")
    ]


def test_rows_are_added_moved_and_taken_out_by_buttons(writing: Visitor, author: Member) -> None:
    address = draft_of(author)

    def press(button: str, **typed: str) -> None:
        fields = {name.replace("__", "-"): value for name, value in typed.items()}
        answer = writing.submit(
            address + PIECES + "?altro=components",
            fields,
            action="/componenti",
            button=f"azione={button}",
        )
        assert answer.status_code == 200

    press("aggiungi-componenti", components__0__title="Statuto")
    assert last_path(writing) == address + PIECES
    press("salva", components__1__title="Tavolo", components__1__text="Ogni mese.")
    press("salva", components__2__title="Sportello")
    first, second, third = components(writing, address)
    press("giu-componenti-0")
    assert components(writing, address) == [second, first, third]
    press("su-componenti-2")
    assert components(writing, address) == [second, third, first]
    press("su-componenti-0")
    press("giu-componenti-3")
    press("togli-componenti-99")
    assert components(writing, address) == [second, third, first]
    press("togli-componenti-1")
    assert components(writing, address) == [second, first]
    assert len({row.key for row in stories()[0].component_rows}) == 3


def test_a_row_keeps_its_key_and_forged_keys_are_replaced(writing: Visitor, author: Member) -> None:
    address = draft_of(author)
    fields = opened(writing, address + PIECES)
    key = fields["components-0-key"]
    for forged in (key, "", "x" * 41, "a\0b", "<b>", "è"):
        rows = {"components-0-key": key, "components-0-title": "Uno"}
        rows |= {"components-1-key": forged, "components-1-title": "Due"}
        now = opened(writing, address + PIECES)
        assert sent(writing, address + PIECES, now | rows, "salva").status_code == 302
        (first, _), (second, _) = components(writing, address)
        assert first == key
        assert second not in (key, forged)


def test_there_are_not_more_rows_than_allowed(writing: Visitor, author: Member) -> None:
    address = draft_of(author)
    many = {f"components-{n}-title": f"Numero {n}" for n in range(MOST_COMPONENTS + 5)}
    fields = opened(writing, address + PIECES) | many | {"components-²-title": "x"}
    fields |= {f"components-{'9' * 5000}-title": "x"}
    assert sent(writing, address + PIECES, fields, "salva").status_code == 302
    assert len(stories()[0].components) == MOST_COMPONENTS
    page = writing.page(f"{address}{PIECES}?altro=components")
    assert not page.xpath("//button[@value='aggiungi-componenti']")


BAD_ADDRESSES = (
    "javascript:alert(1)",
    "data:text/html,x",
    "www.comune.bari.it",
    "https://",
    "https://bari",
    "https://a b.it",
    'https://bari.it/"><script>',
    "https://io@bari.it/",
    "//bari.it",
    "https://[::1",
    "https://bari.it/" + "x" * 500,
)


def test_links_are_web_addresses(writing: Visitor, author: Member) -> None:
    address = draft_of(author)
    for bad in BAD_ADDRESSES:
        refused = writing.submit(
            address + PIECES, {"web_links-0-url": bad}, action="/componenti", button="azione=salva"
        )
        assert (refused.status_code, mistakes(refused)) == (422, {"web_links-0-url"}), bad
        assert standing(refused)["web_links-0-url"] == bad
        links = parse(refused).xpath("//div[@id='errori']//a/@href")
        assert set(links) == {"#web_links-0-url"}
    named = {"web_links-0-url": "", "web_links-0-title": "Solo un nome"}
    refused = writing.submit(address + PIECES, named, action="/componenti")
    assert mistakes(refused) == {"web_links-0-url"}
    good = {
        "web_links-0-url": "https://www.bari.it/atti_(1)?n=1&m=*2*",
        "web_links-0-title": "[Delibera] *41* <b>",
    }
    writing.submit(address + PIECES, good, action="/componenti")
    [link] = writing.page(address).xpath("//section[@aria-labelledby='links']//li/a")
    assert (link.get("href"), link.text) == tuple(good.values())
    assert {name: opened(writing, address + PIECES)[name] for name in good} == good


def test_links_of_before_stay(writing: Visitor, author: Member) -> None:
    address = draft_of(
        author, links="Vedi la **delibera**.\n- https://www.bari.it/\n[Sito](http://a.it)"
    )
    fields = opened(writing, address + PIECES)
    assert fields["web_links-0-url"] == "https://www.bari.it/"
    assert (fields["web_links-1-url"], fields["web_links-1-title"]) == ("http://a.it", "Sito")
    assert fields["links"] == "Vedi la **delibera**."
    sent(writing, address + PIECES, fields, "salva")
    assert writing.page(address).xpath("//section[@aria-labelledby='links']//strong[.='delibera']")
    assert opened(writing, address + PIECES)["links"] == fields["links"]
    sent(writing, address + PIECES, opened(writing, address + PIECES) | {"links": ""}, "salva")
    assert "links" not in opened(writing, address + PIECES)


# What is typed.

ROWS = ("components-0-title", "components-0-text", "web_links-0-title")
WRITTEN: list[tuple[PracticeKind, str, list[str]]] = [
    (PracticeKind.OFFER, "/modifica", ["title", "summary", "contact"]),
    (PracticeKind.SEEK, "/modifica", ["title", "summary", "contact"]),
    (
        PracticeKind.OFFER,
        TELLING,
        [n for n in fields_of(PracticeKind.OFFER, Part.TELLING) if n != "body"],
    ),
    (PracticeKind.SEEK, TELLING, ["need", "context"]),
    (PracticeKind.OFFER, PIECES, list(ROWS)),
    (PracticeKind.SEEK, PIECES, ["web_links-0-title"]),
]
PAGES = pytest.mark.parametrize(
    ("kind", "page", "names"), WRITTEN, ids=[f"{kind}{page}" for kind, page, _ in WRITTEN]
)
LIMITS = {
    "title": LONGEST_LINE,
    "contact": LONGEST_LINE,
    "summary": LONGEST_SUMMARY,
    "components-0-title": LONGEST_LINE,
    "components-0-text": LONGEST_COMPONENT,
    "web_links-0-title": LONGEST_LINE,
}
HOSTILE = ("con un NUL \x00 dentro", "\x1b[31mrosso", "al contrario \u202egpj.exe", "\uffff")


@PAGES
def test_what_no_page_can_carry_is_refused_beside_each_field(
    writing: Visitor, author: Member, kind: PracticeKind, page: str, names: list[str]
) -> None:
    path = draft_of(author, kind=kind) + page
    whole = opened(writing, path) | {"web_links-0-url": "https://www.bari.it"}
    for hostile, button in product(HOSTILE, ("salva", "avanti")):
        answer = sent(writing, path, whole | dict.fromkeys(names, hostile), button)
        assert (answer.status_code, mistakes(answer)) == (422, set(names))
        assert answer.get_data(as_text=True).count(hostile) >= len(names)


@PAGES
def test_what_is_too_long_is_refused_beside_each_field_and_kept(
    writing: Visitor, author: Member, kind: PracticeKind, page: str, names: list[str]
) -> None:
    path = draft_of(author, kind=kind) + page
    long = {name: "à" * (LIMITS.get(name, LONGEST_TEXT) + 1) for name in names}
    whole = opened(writing, path) | {"web_links-0-url": "https://www.bari.it"}
    answer = sent(writing, path, whole | long, "salva")
    assert (answer.status_code, mistakes(answer)) == (422, set(long))
    kept = standing(answer)
    assert {name: kept[name] for name in long} == long


@PAGES
def test_every_writing_is_kept_faithfully(
    writing: Visitor, author: Member, kind: PracticeKind, page: str, names: list[str]
) -> None:
    address = draft_of(author, kind=kind)
    for odd in ("🏔️ 𝔉𝔞𝔪𝔦𝔤𝔩𝔦𝔞", "مرحبا بالعائلات", "l’età dell'infanzia"):
        fields = dict.fromkeys(names, odd) | {"web_links-0-url": "https://www.bari.it"}
        action = page.rsplit("/", 1)[1]
        writing.submit(address + page, fields, action=action, button="azione=salva")
        kept = opened(writing, last_path(writing))
        assert {name: kept[name] for name in names} == dict.fromkeys(names, odd)


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
    ("seen", "x" * 65),
]


def test_forged_choices_are_refused(writing: Visitor) -> None:
    path = f"{NEW}?tipo=cerco"
    whole = opened(writing, path) | typed(PracticeKind.SEEK)
    for name, forged in FORGED:
        answer = sent(writing, path, whole | {name: forged}, "avanti")
        assert answer.status_code == 422, (name, forged)
        assert parse(answer).xpath("//div[@id='errori']//li")
    assert stories() == []


def test_privileged_columns_are_no_fields(writing: Visitor, author: Member) -> None:
    fields = opened(writing, f"{NEW}?tipo=offro") | typed()
    fields |= {"state": "published", "author_id": "999", "slug": "mio", "space_id": "1"}
    sent(writing, f"{NEW}?tipo=offro", fields, "salva")
    [story] = stories()
    assert (story.state, story.author_id, story.space_id) == (PracticeState.DRAFT, author.id, None)
    # Nor are the fields of another part.
    assert (story.problem, story.components) == ("", [])


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
    for suffix in ("", "/modifica", TELLING, PIECES, "/rivedi", "/rimuovi", "/archivia"):
        assert writing.get(f"/buone-pratiche/{draft.slug}{suffix}").status_code == 404
    assert writing.get(f"{NEW}?tipo=altro").status_code == 200
    assert writing.post(NEW, data={"csrf_token": token}).status_code == 400
