"""Drafts of replies and discussions: kept, taken up elsewhere, sent, seen by their writer alone."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from core import outbox
from core.actor import SYSTEM
from core.database import db
from forum import services
from forum.models import Post, PostDraft, Thread, ThreadState
from members.models import Member
from members.queries import actor_for
from members.services import lifecycle
from practices.models import Practice, PracticeState
from tests.factories.practices import StoryFactory
from tests.forum.conftest import SignIn
from tests.visitor import Visitor, form_values, text_of


def form_of(browser: Visitor, path: str) -> dict[str, Any]:
    return form_values(next(f for f in browser.page(path).forms if "text" in f.fields))


def keep(browser: Visitor, thread: Thread, text: str, **fields: Any) -> Any:
    """What the script sends; the answer."""
    values = {**form_of(browser, f"/discussioni/{thread.id}"), "text": text, **fields}
    return browser.post(f"/discussioni/{thread.id}/bozza", {**values, "azione": "automatico"})


def drafts() -> int:
    return db.session.scalar(select(func.count()).select_from(PostDraft)) or 0


def test_a_draft_is_taken_up_in_another_browser(
    thread: Thread, verified: Member, signed_in: SignIn, visitor: Visitor
) -> None:
    one, other = signed_in(verified), signed_in(verified)
    before = db.session.get_one(Thread, thread.id).version
    answer = keep(one, thread, "Una **bozza** \x00 strana")
    assert answer.status_code == 200
    assert answer.get_json()["version"] == 1
    assert db.session.get_one(Thread, thread.id).version == before
    page = other.page(f"/discussioni/{thread.id}")
    assert "Riprendi la tua bozza." in page.text_content()
    assert form_of(other, f"/discussioni/{thread.id}")["draft_version"] == "1"
    assert "Una **bozza**" in form_of(other, f"/discussioni/{thread.id}")["text"]
    assert "bozza" not in visitor.page(f"/discussioni/{thread.id}").text_content().lower()
    other.submit(f"/discussioni/{thread.id}", {"text": "Ecco"}, action=f"/discussioni/{thread.id}")
    assert drafts() == 0
    assert [post.text for post in db.session.scalars(select(Post))] == ["Ecco"]


def test_two_browsers_do_not_write_over_each_other(
    thread: Thread, verified: Member, signed_in: SignIn
) -> None:
    one, other = signed_in(verified), signed_in(verified)
    stale = form_of(other, f"/discussioni/{thread.id}")
    keep(one, thread, "Il primo")
    path = f"/discussioni/{thread.id}/bozza"
    answer = other.post(path, {**stale, "text": "Il secondo", "azione": "automatico"})
    assert answer.status_code == 409
    assert answer.get_json()["message"]
    plain = other.post(path, {**stale, "text": "Il secondo"})
    assert plain.status_code == 409
    assert "Il secondo" in text_of(plain)
    assert "Il primo" in db.session.scalars(select(PostDraft.typed)).one()
    # What was sent from the old form leaves the newer draft where it is.
    other.post(f"/discussioni/{thread.id}", {**stale, "text": "Inviato"})
    assert drafts() == 1


def test_without_script_a_button_keeps_it_and_the_own_space_leads_back(
    thread: Thread, verified: Member, signed_in: SignIn
) -> None:
    browser = signed_in(verified)
    values = {**form_of(browser, f"/discussioni/{thread.id}"), "text": "Più tardi"}
    answer = browser.post(f"/discussioni/{thread.id}/bozza", values, follow_redirects=True)
    assert "Bozza salvata" in text_of(answer)
    space = browser.page("/il-mio-spazio")
    links = [a.get("href") for a in space.iter("a") if thread.title in (a.text_content() or "")]
    assert links == [f"/discussioni/{thread.id}#risposta"]
    values = {**form_of(browser, f"/discussioni/{thread.id}"), "azione": "scarta"}
    browser.post(f"/discussioni/{thread.id}/bozza", values)
    assert drafts() == 0


def test_an_emptied_draft_is_none(thread: Thread, verified: Member, signed_in: SignIn) -> None:
    browser = signed_in(verified)
    keep(browser, thread, "Qualcosa")
    assert keep(browser, thread, "  ").get_json() == {"message": "", "version": 0}
    assert drafts() == 0


def test_a_draft_of_a_discussion_on_a_story(verified: Member, signed_in: SignIn) -> None:
    story = StoryFactory.make(title="Nidi in rete", state=PracticeState.PUBLISHED)
    browser = signed_in(verified)
    path = f"/discussioni/nuova?su=practice:{story.id}"
    values = {**form_of(browser, path), "title": "Come fate?", "text": "Vorrei"}
    answer = browser.post(f"/discussioni/bozza?su=practice:{story.id}", values)
    assert answer.status_code == 302
    assert form_of(browser, path)["title"] == "Come fate?"
    # Another form is another draft.
    assert not form_of(browser, "/discussioni/nuova")["title"]
    assert "Come fate?" in browser.page("/il-mio-spazio").text_content()
    db.session.get_one(Practice, story.id).state = PracticeState.DRAFT
    db.session.commit()
    assert "Come fate?" not in browser.page("/il-mio-spazio").text_content()


def test_a_draft_is_shown_only_where_it_can_be_sent(
    thread: Thread, verified: Member, signed_in: SignIn
) -> None:
    browser = signed_in(verified)
    keep(browser, thread, "Qualcosa")
    db.session.get_one(Thread, thread.id).state = ThreadState.CLOSED
    db.session.commit()
    assert thread.title not in browser.page("/il-mio-spazio").text_content()
    answer = browser.post(
        f"/discussioni/{thread.id}/bozza",
        {**form_of(browser, "/discussioni/nuova"), "text": "Tardi"},
    )
    assert answer.status_code == 409
    assert "Tardi" in text_of(answer)


def test_a_page_that_others_share_never_holds_somebody_s_draft(
    thread: Thread, verified: Member, moderator: Member, signed_in: SignIn
) -> None:
    one, other = signed_in(verified), signed_in(moderator)
    keep(one, thread, "Solo mia")
    assert "Solo mia" in text_of(one.get(f"/discussioni/{thread.id}"))
    assert "Solo mia" not in text_of(other.get(f"/discussioni/{thread.id}"))


def test_who_leaves_leaves_no_draft(app: Flask, thread: Thread, verified: Member) -> None:
    services.keep_reply(
        thread_id=thread.id, typed={"text": "Mio"}, version=None, by=actor_for(verified.id)
    )
    lifecycle.remove_member(member_id=verified.id, by=SYSTEM)
    while outbox.drain(services.FORGETTING):
        pass
    assert drafts() == 0


@pytest.mark.parametrize("size", [60_000, 200_000])
def test_a_huge_draft_is_answered_in_words(
    size: int, thread: Thread, verified: Member, signed_in: SignIn
) -> None:
    answer = keep(signed_in(verified), thread, "x" * size)
    assert answer.status_code == (200 if size < 100_000 else 422)
    assert answer.get_json()["message"]
