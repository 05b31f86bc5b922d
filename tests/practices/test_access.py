"""Every page of stories to everybody in every state: 404 for what is not theirs to know of."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from flask import Flask

from core.actor import Role
from core.database import db
from core.text import TextRefused, has_forbidden_characters, render_markdown
from members.models import Member
from practices.models import Practice, PracticeKind, PracticeState
from practices.rules import PUBLIC_STATES, SECTIONS
from tests.core.test_text import live_parts
from tests.factories.members import member_with
from tests.factories.organisations import OrganisationFactory
from tests.factories.practices import StoryFactory
from tests.practices.conftest import SignIn
from tests.visitor import Visitor, parse, text_of

S = PracticeState
SIGN_IN = 302


def token_of(browser: Visitor) -> str:
    [token] = browser.page("/invia-una-storia").xpath("//form[@action='/esci']/input/@value")
    return str(token)


# Who gets what, in the order: visitor, member, author, editor, moderator.
DRAFT, WAITING, RETURNED, PUBLIC = S.DRAFT, S.SUBMITTED, S.CHANGES_REQUESTED, S.PUBLISHED
READING = {
    (DRAFT, ""): (404, 404, 200, 404, 404),
    (DRAFT, "/modifica"): (SIGN_IN, 404, 200, 404, 404),
    (DRAFT, "/modifica/racconto"): (SIGN_IN, 404, 200, 404, 404),
    (DRAFT, "/rivedi"): (SIGN_IN, 404, 200, 404, 404),
    (DRAFT, "/riprendi"): (SIGN_IN, 404, 302, 404, 404),
    (DRAFT, "/archivia"): (404, 404, 403, 404, 404),
    (DRAFT, "/rimuovi"): (404, 404, 200, 404, 404),
    (WAITING, ""): (404, 404, 200, 200, 200),
    (WAITING, "/modifica"): (SIGN_IN, 404, 403, 200, 200),
    (WAITING, "/rivedi"): (SIGN_IN, 404, 403, 200, 200),
    (WAITING, "/archivia"): (404, 404, 403, 409, 409),
    (WAITING, "/rimuovi"): (404, 404, 200, 403, 200),
    (RETURNED, "/modifica"): (SIGN_IN, 404, 200, 403, 403),
    (PUBLIC, ""): (200, 200, 200, 200, 200),
    (PUBLIC, "/modifica"): (SIGN_IN, 403, 200, 200, 200),
    (PUBLIC, "/versioni"): (200, 200, 200, 200, 200),
    (WAITING, "/versioni"): (404, 404, 200, 200, 200),
    (PUBLIC, "/vale-ancora"): (SIGN_IN, 403, 200, 200, 200),
    (WAITING, "/vale-ancora"): (404, 404, 409, 409, 409),
    (PUBLIC, "/superata"): (SIGN_IN, 403, 200, 200, 200),
    (S.OUTDATED, "/superata"): (SIGN_IN, 403, 409, 409, 409),
    (PUBLIC, "/valida"): (SIGN_IN, 403, 403, 403, 403),
    (PUBLIC, "/archivia"): (SIGN_IN, 403, 403, 200, 200),
    (PUBLIC, "/rimuovi"): (SIGN_IN, 403, 403, 403, 200),
    (S.REMOVED, ""): (404, 404, 404, 404, 404),
    (S.REMOVED, "/modifica"): (SIGN_IN, 404, 404, 404, 404),
}
# The same without the visitor, who has no token to send anything with.
DECIDING = {
    (DRAFT, "/pubblica"): (404, 403, 404, 404),
    (WAITING, "/pubblica"): (404, 403, 302, 302),
    (WAITING, "/rimanda"): (404, 403, 302, 302),
    (PUBLIC, "/pubblica"): (403, 403, 302, 302),
    (PUBLIC, "/rimanda"): (403, 403, 409, 409),
    (S.REMOVED, "/pubblica"): (404, 404, 404, 404),
    (DRAFT, "/invia"): (404, 302, 404, 404),
    (WAITING, "/invia"): (404, 302, 403, 403),
    (PUBLIC, "/invia"): (403, 409, 403, 403),
}


def test_each_page_to_each_reader(app: Flask, author: Member, sign_in: SignIn) -> None:
    members = [member_with(), author, member_with(Role.EDITOR), member_with(Role.MODERATOR)]
    browsers = [sign_in(member) for member in members]
    for (state, suffix), wanted in READING.items():
        story = StoryFactory.make(author_id=author.id, state=state)
        path = f"/buone-pratiche/{story.slug}{suffix}"
        answers = [one.get(path).status_code for one in (Visitor(app), *browsers)]
        assert tuple(answers) == wanted, f"{state} {suffix}"
    tokens = [token_of(browser) for browser in browsers]
    for (state, suffix), wanted in DECIDING.items():
        answers = []
        for browser, token in zip(browsers, tokens, strict=True):
            story = StoryFactory.make(author_id=author.id, state=state)
            form = {"csrf_token": token, "esito": "modifiche", "reason": "Aggiungi i costi."}
            answer = browser.post(f"/buone-pratiche/{story.slug}{suffix}", data=form)
            answers.append(answer.status_code)
        assert tuple(answers) == wanted, f"{state} {suffix}"


def test_the_review_page_is_for_editors(
    visitor: Visitor, writing: Visitor, editing: Visitor, author: Member
) -> None:
    for state, wanted in ((DRAFT, 404), (WAITING, 200), (PUBLIC, 200), (S.REMOVED, 404)):
        story = StoryFactory.make(author_id=author.id, state=state)
        path = f"/redazione/storie/{story.slug}"
        assert editing.get(path).status_code == wanted
        assert writing.get(path).status_code == 403
        assert visitor.get(path).status_code == SIGN_IN


def test_evaluators_have_a_list_of_their_own(
    visitor: Visitor, editing: Visitor, sign_in: SignIn
) -> None:
    body = OrganisationFactory.make()
    judge = member_with(Role.EVALUATOR, of=body)
    judging = sign_in(judge)
    StoryFactory.make(title="Di un altro ente")
    StoryFactory.make(title="Del mio ente", organisation_id=body.id)
    StoryFactory.make(title="Scritta da me", author_id=judge.id)
    StoryFactory.make(title="Che cerca", kind=PracticeKind.SEEK)
    StoryFactory.make(title="Ancora in attesa", state=WAITING)
    listed = text_of(judging.get("/valutazione/storie"))
    assert "Di un altro ente" in listed
    for title in ("Del mio ente", "Scritta da me", "Che cerca", "Ancora in attesa"):
        assert title not in listed
    assert editing.get("/valutazione/storie").status_code == 403
    assert visitor.get("/valutazione/storie").status_code == SIGN_IN


def test_editors_lists_are_for_editors(
    visitor: Visitor, writing: Visitor, editing: Visitor
) -> None:
    StoryFactory.make(title="In attesa", state=WAITING)
    assert visitor.get("/redazione/storie").status_code == SIGN_IN
    assert writing.get("/redazione/storie").status_code == 403
    assert "In attesa" in text_of(editing.get("/redazione/storie"))
    assert visitor.get("/il-mio-spazio/storie").status_code == SIGN_IN


def test_the_own_space_says_what_waits(writing: Visitor, editing: Visitor, author: Member) -> None:
    StoryFactory.make(title="In attesa", state=WAITING, author_id=author.id)
    StoryFactory.make(title="Da rifare", state=RETURNED, author_id=author.id)
    assert "Storie da rivedere" in text_of(editing.get("/il-mio-spazio"))
    mine = text_of(writing.get("/il-mio-spazio"))
    assert "Storie da modificare" in mine
    assert "Storie da rivedere" not in mine
    assert "In attesa" in mine


def test_pages_of_visitors_hold_no_form_and_set_no_cookie(visitor: Visitor) -> None:
    story = StoryFactory.make()
    for path in ("/buone-pratiche", f"/buone-pratiche/{story.slug}", "/buone-pratiche/feed"):
        answer = visitor.get(path)
        assert "Set-Cookie" not in answer.headers
        assert "csrf_token" not in answer.get_data(as_text=True)


def test_a_state_that_flips_closes_the_page_at_once(visitor: Visitor) -> None:
    story = StoryFactory.make(title="Prima pubblica")
    path = f"/buone-pratiche/{story.slug}"
    assert visitor.get(path).status_code == 200
    for state in sorted(set(S) - PUBLIC_STATES):
        db.session.get_one(Practice, story.id).state = state
        db.session.commit()
        assert visitor.get(path).status_code == 404
        for place in ("/buone-pratiche", "/buone-pratiche/feed"):
            assert "Prima pubblica" not in visitor.get(place).get_data(as_text=True)


def alive(browser: Visitor, path: str) -> list[str]:
    """Whatever on a page could run and is not ours."""
    page = parse(browser.get(path))
    found = [name for one in page.iter() for name in one.attrib if str(name).startswith("on")]
    found += page.xpath("//script[not(@type='module')] | //main//script | //main//style")
    found += page.xpath("//main//iframe | //main//object | //main//embed | //main//img")
    addresses = page.xpath("//@href | //@src | //@action")
    return found + [one for one in addresses if one.strip().lower().startswith(("java", "data:"))]


@pytest.mark.shared_data
def test_hostile_texts_leave_nothing_alive(
    shared: Path, visitor: Visitor, editing: Visitor, editor: Member
) -> None:
    lines = (shared / "data/hostile/xss_lists/xss_lists.jsonl").read_text().splitlines()
    payloads = [json.loads(line)["input"] for line in lines]
    payloads = [one for one in payloads if one and not has_forbidden_characters(one)]
    for payload in payloads[:: len(payloads) // 20]:
        try:
            rendered = render_markdown(payload)
        except TextRefused:
            continue
        assert live_parts(rendered.html) == []
        texts = {one.name: rendered.source for kind in SECTIONS for one in SECTIONS[kind]}
        texts |= {f"{name}_html": rendered.html for name in texts}
        line = " ".join(payload.split())
        story = StoryFactory.make(
            title=line[:200], summary=line[:300], contact=line[:200], author=editor, **texts
        )
        for browser, path in (
            (visitor, f"/buone-pratiche/{story.slug}"),
            (editing, f"/buone-pratiche/{story.slug}/modifica"),
            (editing, f"/buone-pratiche/{story.slug}/modifica/racconto"),
            (editing, f"/buone-pratiche/{story.slug}/modifica/componenti"),
            (editing, f"/buone-pratiche/{story.slug}/rivedi"),
            (editing, f"/buone-pratiche/{story.slug}/archivia"),
        ):
            assert alive(browser, path) == [], payload
    for path in ("/buone-pratiche", "/il-mio-spazio/storie"):
        assert alive(editing, path) == []
    assert b"<script" not in visitor.get("/buone-pratiche/feed").data.lower()
