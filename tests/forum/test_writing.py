"""Replying, opening, rewriting and taking back, through the pages."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from lxml import html
from sqlalchemy import func, select

from core import clock
from core.actor import Role
from core.database import db
from core.references import Reference
from core.revisions import revisions_of
from forum.models import Post, PostState, Thread, ThreadState
from members.models import Affiliation, AffiliationState, Member
from organisations.models import Organisation
from practices.models import PracticeState
from tests.factories.forum import PostFactory
from tests.factories.members import member_with
from tests.factories.organisations import OrganisationFactory
from tests.factories.practices import StoryFactory
from tests.forum.conftest import SignIn
from tests.visitor import Visitor, parse, text_of

LONG = "parola " * 4_000
INTRICATE = ">" * 30 + " intricato"
HOSTILE_TEXTS = {
    "empty": "",
    "spaces": "   \n  ",
    "too long": LONG,
    "nul": "prima\x00dopo",
    "overridden direction": "prima\u202edopo",
    "too intricate": INTRICATE,
}


def reply(browser: Visitor, thread: Thread, text: str, **fields: str) -> str:
    """Send a reply through the page; the words of the page that answers."""
    response = browser.submit(
        f"/discussioni/{thread.id}", {"text": text, **fields}, action=f"/discussioni/{thread.id}"
    )
    assert response.status_code == 200, text_of(response)
    return text_of(response)


def posts() -> list[Post]:
    return list(db.session.scalars(select(Post).order_by(Post.id)))


def the_thread() -> Thread:
    return db.session.scalars(select(Thread)).one()


def test_a_reply_appears_and_is_counted(
    thread: Thread, verified: Member, visitor: Visitor, signed_in: SignIn
) -> None:
    page = reply(signed_in(verified), thread, "Noi abbiamo **14** organizzazioni.")
    assert "Il tuo messaggio è pubblicato." in page
    seen = visitor.get(f"/discussioni/{thread.id}")
    assert "<strong>14</strong>" in seen.get_data(as_text=True)
    assert "1 partecipante" in text_of(seen)
    assert "1 messaggio" in text_of(seen)
    assert "Giulio Fornaro" in text_of(seen)


def test_a_reply_leads_to_its_own_place(
    thread: Thread, verified: Member, signed_in: SignIn
) -> None:
    for _ in range(22):
        PostFactory.make(thread=thread, author=verified)
    path = f"/discussioni/{thread.id}"
    answer = signed_in(verified).submit(path, {"text": "sì"}, action=path, follow=False)
    assert answer.location == f"{path}?da=23#m23"


def test_a_preview_shows_and_saves_nothing(
    thread: Thread, verified: Member, signed_in: SignIn
) -> None:
    path = f"/discussioni/{thread.id}"
    answer = signed_in(verified).submit(
        path, {"text": "Prova *viva*"}, action=path, button="azione=anteprima"
    )
    page = parse(answer)
    assert answer.status_code == 200
    assert page.get_element_by_id("text-preview").findall(".//em")[0].text == "viva"
    assert page.get_element_by_id("text").text.strip() == "Prova *viva*"
    assert posts() == []


def test_the_preview_for_the_script(
    thread: Thread, verified: Member, visitor: Visitor, signed_in: SignIn
) -> None:
    browser = signed_in(verified)
    form = browser.page(f"/discussioni/{thread.id}").forms
    token = next(f.fields["csrf_token"] for f in form if "text" in f.fields)
    area = parse(browser.last).get_element_by_id("text")  # type: ignore[arg-type]
    headers = {"X-CSRFToken": token, "Sec-Fetch-Site": "same-origin"}

    def preview(text: str) -> str:
        answer = browser.post(area.get("data-preview-url"), {"text": text}, headers=headers)
        assert answer.status_code == 200
        return answer.get_data(as_text=True)

    assert preview("**sì** <script>alert(1)</script>") == "<p><strong>sì</strong> </p>"
    assert "troppo lungo" in preview(LONG)
    assert "troppo intricato" in preview(INTRICATE)
    assert "caratteri di controllo" in preview("a\x00b")
    assert preview("") == ""
    assert visitor.post("/discussioni/anteprima", {"text": "sì"}).status_code in (400, 401)


def test_a_double_click_posts_once(thread: Thread, verified: Member, signed_in: SignIn) -> None:
    browser = signed_in(verified)
    path = f"/discussioni/{thread.id}"
    form = next(f for f in browser.page(path).forms if "text" in f.fields)
    data = {name: value for name, value in form.fields.items() if value} | {"text": "una volta"}
    places = {browser.post(path, data).location for _ in range(3)}
    assert places == {f"{path}#m1"}
    assert len(posts()) == 1
    assert the_thread().post_count == 1


def test_another_members_key_is_another_message(
    thread: Thread, verified: Member, body: Organisation, signed_in: SignIn
) -> None:
    reply(signed_in(verified), thread, "uno", submission_key="la-stessa-chiave")
    other = signed_in(member_with(of=body))
    response = other.submit(
        f"/discussioni/{thread.id}",
        {"text": "due", "submission_key": "altra-chiave"},
        action=f"/discussioni/{thread.id}",
    )
    assert response.status_code == 200
    assert [post.text for post in posts()] == ["uno", "due"]


@pytest.mark.parametrize("name", HOSTILE_TEXTS)
def test_what_was_typed_is_kept_beside_the_error(
    name: str, thread: Thread, verified: Member, signed_in: SignIn
) -> None:
    typed = HOSTILE_TEXTS[name]
    path = f"/discussioni/{thread.id}"
    answer = signed_in(verified).submit(path, {"text": typed}, action=path)
    assert answer.status_code == 422
    page = parse(answer)
    area = page.get_element_by_id("text")
    assert area.get("aria-invalid") == "true"
    assert page.get_element_by_id("text-error").text_content()
    shown = typed.replace("\x00", "\ufffd").strip()
    assert (area.text or "").strip("\n\r") in (shown, typed.strip().replace("\x00", ""))
    assert posts() == []


def test_words_of_all_scripts_are_kept_faithfully(
    thread: Thread, verified: Member, visitor: Visitor, signed_in: SignIn
) -> None:
    words = "Ο δήμος, 市役所, בית העירייה, 👩‍👩‍👧‍👦 e così via"
    reply(signed_in(verified), thread, words)
    assert words in text_of(visitor.get(f"/discussioni/{thread.id}"))


def test_one_speaks_for_a_body_that_has_accepted(
    thread: Thread, verified: Member, body: Organisation, visitor: Visitor, signed_in: SignIn
) -> None:
    reply(signed_in(verified), thread, "ecco", on_behalf_of=str(body.id))
    assert posts()[0].on_behalf_of_id == body.id
    assert "a nome di Comune di Lecce" in text_of(visitor.get(f"/discussioni/{thread.id}"))


@pytest.mark.parametrize("claimed", ["other", "999", "x", "-1", ""])
def test_nobody_speaks_for_another_body(
    claimed: str, thread: Thread, verified: Member, signed_in: SignIn
) -> None:
    other = OrganisationFactory.make()
    path = f"/discussioni/{thread.id}"
    value = str(other.id) if claimed == "other" else claimed
    answer = signed_in(verified).submit(
        path, {"text": "ecco il testo", "on_behalf_of": value}, action=path
    )
    assert answer.status_code == 422
    assert "Non puoi scrivere a nome di questo ente" in text_of(answer)
    assert "ecco il testo" in text_of(answer)
    assert posts() == []


def test_who_left_a_body_loses_its_name_at_once(
    thread: Thread, verified: Member, body: Organisation, signed_in: SignIn
) -> None:
    browser = signed_in(verified)
    path = f"/discussioni/{thread.id}"
    form = next(f for f in browser.page(path).forms if "text" in f.fields)
    data = {name: value for name, value in form.fields.items() if value}
    affiliation = db.session.scalars(select(Affiliation)).one()
    affiliation.state = AffiliationState.ENDED
    db.session.commit()
    answer = browser.post(path, data | {"text": "ultimo saluto", "on_behalf_of": str(body.id)})
    assert answer.status_code == 422
    assert "ultimo saluto" in text_of(answer)


def test_a_reply_names_what_it_answers_and_quotes_it(
    thread: Thread, verified: Member, registered: Member, visitor: Visitor, signed_in: SignIn
) -> None:
    first = PostFactory.make(thread=thread, author=member_with(), text="riga uno\n\nriga due")
    held = PostFactory.make(thread=thread, author=registered, state=PostState.HELD)
    browser = signed_in(verified)
    area = browser.page(f"/discussioni/{thread.id}?cita={first.id}").get_element_by_id("text")
    assert area.text.strip() == (
        f"> [messaggio n. 1](/messaggi/{first.id})\n>\n> riga uno\n>\n> riga due"
    )
    path = f"/discussioni/{thread.id}?rispondi={first.id}"
    browser.submit(path, {"text": "d’accordo"}, action=f"/discussioni/{thread.id}")
    assert posts()[-1].reply_to_id == first.id
    assert "In risposta a" in text_of(visitor.get(f"/discussioni/{thread.id}"))
    for number in (held.id, 999, 10**12):
        page = text_of(browser.get(f"/discussioni/{thread.id}?rispondi={number}"))
        assert "In risposta a Lucia" not in page


def test_a_closed_thread_takes_no_reply_and_gives_the_text_back(
    thread: Thread, verified: Member, signed_in: SignIn
) -> None:
    browser = signed_in(verified)
    path = f"/discussioni/{thread.id}"
    form = next(f for f in browser.page(path).forms if "text" in f.fields)
    data = {name: value for name, value in form.fields.items() if value}
    thread.state, thread.closed_at = ThreadState.CLOSED, clock.now()
    db.session.commit()
    answer = browser.post(path, data | {"text": "il mio lungo testo"})
    assert answer.status_code == 409
    assert "è stata chiusa mentre scrivevi" in text_of(answer)
    assert "il mio lungo testo" in text_of(answer)
    assert posts() == []
    page = browser.page(path)
    assert "Discussione chiusa" in page.text_content()
    assert not [f for f in page.forms if "text" in f.fields]


def test_without_a_session_the_text_comes_back(thread: Thread, visitor: Visitor) -> None:
    answer = visitor.post(
        f"/discussioni/{thread.id}",
        {"text": "non perdermi"},
        headers={"Origin": "http://localhost"},
    )
    assert answer.status_code in (400, 401)
    assert "non perdermi" in answer.get_data(as_text=True)
    assert posts() == []


def test_a_message_of_somebody_unconfirmed_waits(
    thread: Thread, registered: Member, visitor: Visitor, signed_in: SignIn
) -> None:
    browser = signed_in(registered)
    hint = text_of(browser.get(f"/discussioni/{thread.id}"))
    assert "Prima di comparire sarà letto da chi modera." in hint
    page = reply(browser, thread, "Buongiorno a tutti")
    assert "Il tuo messaggio è in attesa." in page
    assert "Buongiorno a tutti" in page
    others = text_of(visitor.get(f"/discussioni/{thread.id}"))
    assert "Buongiorno" not in others
    assert "0 messaggi" in others
    assert posts()[0].held_because == "unverified"
    assert the_thread().version == 1


def test_roles_need_no_body(thread: Thread, visitor: Visitor, signed_in: SignIn) -> None:
    reply(signed_in(member_with(Role.EDITOR)), thread, "Dalla redazione")
    assert "Dalla redazione" in text_of(visitor.get(f"/discussioni/{thread.id}"))


# ---- opening ----


def test_a_confirmed_member_opens_a_thread(
    verified: Member, body: Organisation, visitor: Visitor, signed_in: SignIn
) -> None:
    page = text_of(
        signed_in(verified).submit(
            "/discussioni/nuova",
            {"title": "Carta famiglia", "text": "Chi ce l’ha?", "on_behalf_of": str(body.id)},
            action="/discussioni/nuova",
        )
    )
    assert "Carta famiglia" in page
    assert "Carta famiglia" in text_of(visitor.get("/discussioni"))
    assert the_thread().post_count == the_thread().participant_count == 1
    assert posts()[0].on_behalf_of_id == body.id


def test_a_thread_of_somebody_unconfirmed_waits_with_its_title(
    registered: Member, visitor: Visitor, moderator: Member, signed_in: SignIn
) -> None:
    browser = signed_in(registered)
    page = text_of(
        browser.submit(
            "/discussioni/nuova", {"title": "Prestiti!", "text": "Qui"}, action="/discussioni/nuova"
        )
    )
    assert "Questa discussione è in attesa." in page
    path = f"/discussioni/{the_thread().id}"
    assert visitor.get(path).status_code == 404
    assert "Prestiti!" not in text_of(visitor.get("/discussioni"))
    assert signed_in(moderator).get(path).status_code == 200
    reply(browser, the_thread(), "Aggiungo una cosa")
    assert [post.state for post in posts()] == [PostState.HELD, PostState.HELD]


def test_a_thread_is_opened_once(verified: Member, signed_in: SignIn) -> None:
    browser = signed_in(verified)
    form = next(f for f in browser.page("/discussioni/nuova").forms if "title" in f.fields)
    data = {name: value for name, value in form.fields.items() if value}
    data |= {"title": "Una", "text": "volta"}
    places = {browser.post("/discussioni/nuova", data).location for _ in range(2)}
    assert len(places) == 1
    assert len(posts()) == 1
    assert the_thread().title == "Una"


def test_a_thread_hangs_on_what_its_opener_may_read(
    verified: Member, visitor: Visitor, signed_in: SignIn
) -> None:
    public = StoryFactory.make(title="Sportello unico")
    draft = StoryFactory.make(state=PracticeState.DRAFT, title="Segreta")
    browser = signed_in(verified)
    page = browser.get(f"/discussioni/nuova?su=practice:{public.id}")
    assert "Su: Sportello unico" in text_of(page)
    browser.submit(
        f"/discussioni/nuova?su=practice:{public.id}",
        {"title": "Chi l’ha provato?", "text": "Noi no."},
        action="/discussioni/nuova",
    )
    assert (the_thread().subject_kind, the_thread().subject_id) == ("practice", public.id)
    hidden = browser.get(f"/discussioni/nuova?su=practice:{draft.id}")
    assert hidden.status_code == 404
    assert "Segreta" not in text_of(hidden)


@pytest.mark.parametrize(
    ("about", "status"),
    [
        ("practice:99", 404),
        ("boh:1", 404),
        ("practice", 404),
        ("practice:", 404),
        ("practice:" + "9" * 30, 404),
        ("practice:²", 404),
        ("thread:1", 403),
        ("member:1", 403),
    ],
)
def test_a_thread_about_nothing(
    about: str, status: int, verified: Member, thread: Thread, signed_in: SignIn
) -> None:
    answer = signed_in(verified).get("/discussioni/nuova", query_string={"su": about})
    assert answer.status_code == status


def test_visitors_are_led_through_sign_in(visitor: Visitor) -> None:
    answer = visitor.get("/discussioni/nuova?su=practice:1")
    assert answer.status_code == 302
    assert answer.location == "/accedi?next=/discussioni/nuova?su%3Dpractice:1"


@pytest.mark.parametrize("name", HOSTILE_TEXTS)
def test_a_wrong_title_keeps_everything(name: str, verified: Member, signed_in: SignIn) -> None:
    typed = HOSTILE_TEXTS[name] if name != "too intricate" else "x" * 201
    answer = signed_in(verified).submit(
        "/discussioni/nuova",
        {"title": typed, "text": "il testo resta"},
        action="/discussioni/nuova",
    )
    assert answer.status_code == 422
    page = parse(answer)
    assert page.get_element_by_id("title-error").text_content()
    assert "il testo resta" in page.get_element_by_id("text").text
    assert db.session.scalar(select(func.count()).select_from(Thread)) == 0


# ---- rewriting and taking back ----


def edit(browser: Visitor, post: Post, text: str, status: int = 200) -> html.HtmlElement:
    path = f"/messaggi/{post.id}/modifica"
    answer = browser.submit(path, {"text": text}, action=path)
    assert answer.status_code == status, text_of(answer)
    return parse(answer)


def fresh_post(thread: Thread, author: Member, **values: object) -> Post:
    moment = clock.now()
    return PostFactory.make(
        thread=thread, author=author, created_at=moment, updated_at=moment, **values
    )


def test_an_own_message_is_rewritten_within_half_an_hour(
    thread: Thread, verified: Member, visitor: Visitor, signed_in: SignIn
) -> None:
    post = fresh_post(thread, verified)
    edit(signed_in(verified), post, "Meglio così")
    db.session.refresh(post)
    assert (post.text, post.version, post.state) == ("Meglio così", 2, PostState.VISIBLE)
    assert post.edited_at is not None
    assert [r.values["text"] for r in revisions_of(Reference("post", post.id))] == ["Meglio così"]
    page = text_of(visitor.get(f"/discussioni/{thread.id}"))
    assert "Meglio così" in page
    assert "modificato" in page


def test_after_half_an_hour_it_stays_and_the_text_is_not_lost(
    thread: Thread, verified: Member, signed_in: SignIn
) -> None:
    post = fresh_post(thread, verified)
    browser = signed_in(verified)
    path = f"/messaggi/{post.id}/modifica"
    form = next(f for f in browser.page(path).forms if "text" in f.fields)
    data = {name: value for name, value in form.fields.items() if value} | {"text": "tardi"}
    with time_machine.travel(clock.now() + timedelta(minutes=31), tick=False):
        assert browser.get(path).status_code == 403
        answer = browser.post(path, data)
    assert answer.status_code == 409
    assert "tardi" in parse(answer).get_element_by_id("text").text
    db.session.refresh(post)
    assert post.version == 1


def test_two_windows_of_one_author_are_shown_both_texts(
    thread: Thread, verified: Member, signed_in: SignIn
) -> None:
    post = fresh_post(thread, verified)
    first, second = signed_in(verified), signed_in(verified)
    path = f"/messaggi/{post.id}/modifica"
    form = next(f for f in second.page(path).forms if "text" in f.fields)
    data = {name: value for name, value in form.fields.items() if value}
    edit(first, post, "dalla prima finestra")
    answer = second.post(path, data | {"text": "dalla seconda finestra"})
    assert answer.status_code == 409
    assert "dalla prima finestra" in text_of(answer)
    page = parse(answer)
    assert "dalla seconda finestra" in page.get_element_by_id("text").text
    again = next(f for f in page.forms if "text" in f.fields)
    assert second.post(path, dict(again.fields.items())).status_code == 302
    db.session.refresh(post)
    assert (post.text, post.version) == ("dalla seconda finestra", 3)


def test_clearing_once_does_not_clear_for_ever(
    thread: Thread, registered: Member, visitor: Visitor, signed_in: SignIn
) -> None:
    post = fresh_post(thread, registered, published_at=clock.now())
    assert "1 messaggio" in text_of(visitor.get(f"/discussioni/{thread.id}"))
    edit(signed_in(registered), post, "E adesso la pubblicità")
    page = text_of(visitor.get(f"/discussioni/{thread.id}"))
    assert "pubblicità" not in page
    assert "0 messaggi" in page
    db.session.refresh(post)
    assert (post.state, post.held_because) == (PostState.HELD, "edited")


def test_only_the_author_takes_back_and_rewrites_beside_who_moderates(
    thread: Thread, verified: Member, moderator: Member, body: Organisation, signed_in: SignIn
) -> None:
    post = fresh_post(thread, verified)
    for other, rewrites in ((moderator, 200), (member_with(of=body), 403)):
        browser = signed_in(other)
        for word, answer in (("modifica", rewrites), ("rimuovi", 403)):
            assert browser.get(f"/messaggi/{post.id}/{word}").status_code == answer
            assert browser.get(f"/messaggi/999/{word}").status_code == 404


def test_a_message_is_taken_back(
    thread: Thread, verified: Member, visitor: Visitor, signed_in: SignIn
) -> None:
    post = PostFactory.make(thread=thread, author=verified, html="<p>ci ripenso</p>")
    PostFactory.make(thread=thread, author=verified)
    browser = signed_in(verified)
    path = f"/messaggi/{post.id}/rimuovi"
    assert "ci ripenso" in text_of(browser.get(path))
    page = text_of(browser.submit(path, action=path))
    assert "Hai ritirato il tuo messaggio." in page
    assert "ci ripenso" not in page
    assert "1 messaggio" in text_of(visitor.get(f"/discussioni/{thread.id}"))
    assert browser.get(f"/messaggi/{post.id}").status_code == 404


def test_taking_back_the_first_message_of_a_held_thread_ends_it(
    registered: Member, moderator: Member, signed_in: SignIn
) -> None:
    browser = signed_in(registered)
    browser.submit(
        "/discussioni/nuova", {"title": "Mah", "text": "boh"}, action="/discussioni/nuova"
    )
    path = f"/messaggi/{posts()[0].id}/rimuovi"
    browser.submit(path, action=path)
    assert the_thread().state is ThreadState.REMOVED
    assert signed_in(moderator).get(f"/discussioni/{the_thread().id}").status_code == 404


def test_a_held_message_may_be_rewritten_for_as_long_as_it_waits(
    thread: Thread, registered: Member, signed_in: SignIn
) -> None:
    post = PostFactory.make(thread=thread, author=registered, state=PostState.HELD)
    edit(signed_in(registered), post, "Più gentile")
    db.session.refresh(post)
    assert (post.text, post.state) == ("Più gentile", PostState.HELD)
