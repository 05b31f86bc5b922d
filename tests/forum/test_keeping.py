"""Keeping order: closing, naming, hiding, taking away, and who may."""

from __future__ import annotations

import pytest

from core.actor import Role
from core.database import db
from forum.models import Post, PostState, Thread, ThreadState
from members.models import Member
from organisations.models import Organisation
from tests.factories.forum import PostFactory
from tests.factories.members import member_with
from tests.forum.conftest import SignIn
from tests.visitor import Visitor, parse, text_of


@pytest.fixture
def post(thread: Thread, verified: Member) -> Post:
    return PostFactory.make(thread=thread, author=verified, html="<p>da nascondere</p>")


def test_a_thread_is_closed_for_a_body_and_opened_again(
    thread: Thread, verified: Member, body: Organisation, visitor: Visitor, signed_in: SignIn
) -> None:
    thread.author_id = verified.id
    db.session.commit()
    browser = signed_in(verified)
    path = f"/discussioni/{thread.id}/chiudi"
    page = text_of(browser.submit(path, {"on_behalf_of": str(body.id)}, action=path))
    assert "La discussione è chiusa" in page
    seen = text_of(visitor.get(f"/discussioni/{thread.id}"))
    assert "Discussione chiusa" in seen
    assert "Giulio Fornaro a nome di Comune di Lecce" in seen
    assert "Accedi per rispondere" not in seen
    assert "Chiusa" in text_of(visitor.get("/discussioni"))
    again = browser.submit(f"/discussioni/{thread.id}", action=f"/discussioni/{thread.id}/riapri")
    assert "di nuovo aperta" in text_of(again)
    assert "Accedi per rispondere" in text_of(visitor.get(f"/discussioni/{thread.id}"))


def test_closing_keeps_what_was_typed(thread: Thread, moderator: Member, signed_in: SignIn) -> None:
    path = f"/discussioni/{thread.id}/chiudi"
    answer = signed_in(moderator).submit(path, {"reason": "x" * 501}, action=path)
    assert answer.status_code == 422
    assert "x" * 501 in parse(answer).get_element_by_id("reason").text
    db.session.refresh(thread)
    assert thread.state is ThreadState.OPEN


PATHS = (
    "/discussioni/{thread}/chiudi",
    "/discussioni/{thread}/titolo",
    "/discussioni/{thread}/rimuovi",
    "/messaggi/{post}/nascondi",
)


@pytest.mark.parametrize("path", PATHS)
def test_who_keeps_order(
    path: str, thread: Thread, post: Post, visitor: Visitor, signed_in: SignIn, body: Organisation
) -> None:
    here = path.format(thread=thread.id, post=post.id)
    gone = path.format(thread=999, post=999)
    assert visitor.get(here).status_code == 302
    for role in Role:
        keeps = role in (Role.MODERATOR, Role.ADMINISTRATOR)
        browser = signed_in(member_with(role))
        assert browser.get(here).status_code == (200 if keeps else 403)
        assert browser.get(gone).status_code == 404
    assert signed_in(member_with(of=body)).get(here).status_code == 403


def test_a_title_is_changed_and_never_overwritten_unseen(
    thread: Thread, moderator: Member, signed_in: SignIn
) -> None:
    browser = signed_in(moderator)
    path = f"/discussioni/{thread.id}/titolo"
    form = next(f for f in browser.page(path).forms if "seen_title" in f.fields)
    data = {name: value for name, value in form.fields.items() if value}
    browser.submit(path, {"title": "Primo"}, action=path)
    answer = browser.post(path, data | {"title": "Secondo"})
    assert answer.status_code == 409
    assert "Adesso è «Primo»" in text_of(answer)
    page = parse(answer)
    assert page.get_element_by_id("title").get("value") == "Secondo"
    again = next(f for f in page.forms if "seen_title" in f.fields)
    assert browser.post(path, dict(again.fields.items())).status_code == 302
    db.session.refresh(thread)
    assert thread.title == "Secondo"


def test_hiding_and_bringing_back(
    thread: Thread,
    post: Post,
    verified: Member,
    moderator: Member,
    visitor: Visitor,
    signed_in: SignIn,
) -> None:
    browser = signed_in(moderator)
    path = f"/messaggi/{post.id}/nascondi"
    assert browser.submit(path, {"reason": ""}, action=path).status_code == 422
    browser.submit(path, {"reason": "Dati personali"}, action=path)
    assert "da nascondere" not in text_of(visitor.get(f"/discussioni/{thread.id}"))
    own = text_of(signed_in(verified).get(f"/discussioni/{thread.id}"))
    assert "Questo messaggio non è visibile agli altri. Motivo: Dati personali" in own
    again = browser.submit(f"/discussioni/{thread.id}", action=f"/messaggi/{post.id}/ripubblica")
    assert "Il messaggio si vede di nuovo." in text_of(again)
    assert "da nascondere" in text_of(visitor.get(f"/discussioni/{thread.id}"))
    db.session.refresh(post)
    assert post.state is PostState.VISIBLE


def test_a_thread_is_taken_away(
    thread: Thread, post: Post, moderator: Member, visitor: Visitor, signed_in: SignIn
) -> None:
    path = f"/discussioni/{thread.id}/rimuovi"
    browser = signed_in(moderator)
    assert browser.submit(path, {"reason": " "}, action=path).status_code == 422
    page = text_of(browser.submit(path, {"reason": "Doppia"}, action=path))
    assert "La discussione non si vede più." in page
    assert visitor.get(f"/discussioni/{thread.id}").status_code == 404
    assert visitor.get(f"/messaggi/{post.id}").status_code == 404
    # Who moderates still reads what there may be an appeal about.
    shown = text_of(browser.get(f"/discussioni/{thread.id}"))
    assert "Questa discussione è nascosta." in shown
    assert "Togli la discussione" not in shown


def test_an_old_page_does_no_harm(
    thread: Thread, post: Post, moderator: Member, signed_in: SignIn
) -> None:
    """Two moderators decide the same thing: the second is told that it is done."""
    first, second = signed_in(moderator), signed_in(member_with(Role.ADMINISTRATOR))
    path = f"/messaggi/{post.id}/nascondi"
    form = next(f for f in second.page(path).forms if "reason" in f.fields)
    data = {name: value for name, value in form.fields.items() if value} | {"reason": "Altro"}
    first.submit(path, {"reason": "Uno"}, action=path)
    assert second.post(path, data).status_code == 302
    db.session.refresh(post)
    assert post.decision_reason == "Uno"
