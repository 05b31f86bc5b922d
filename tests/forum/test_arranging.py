"""Pinning, moving, merging and splitting: addresses lead on, and nobody comes to read more."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from core import outbox
from core.actor import VISITOR, Actor
from core.database import db
from core.domain import Forbidden, Refused
from core.references import Reference
from forum import policies, queries, services
from forum.models import Post, PostState, ReadMark, Thread, ThreadState
from forum.services.rows import next_number
from members.models import Member
from members.queries import actor_for
from notifications import services as notifications
from notifications.models import Follow
from notifications.services import begin_following
from practices.models import Practice, PracticeState
from tests.factories.forum import PostFactory, ThreadFactory
from tests.factories.members import member_with
from tests.factories.practices import StoryFactory
from tests.forum.conftest import SignIn
from tests.visitor import Visitor, text_of


@pytest.fixture
def keeper(moderator: Member) -> Actor:
    return actor_for(moderator.id)


@pytest.fixture
def asked(app: Flask) -> Any:
    with app.test_request_context():
        yield


def filled(title: str, author: Member, count: int, **values: object) -> Thread:
    thread = ThreadFactory.make(title=title, author=author, **values)
    for number in range(1, count + 1):
        PostFactory.make(thread=thread, author=author, html=f"<p>{title} {number}</p>")
    return thread


def test_a_moved_thread_keeps_its_addresses_and_is_found_in_its_new_place(
    verified: Member, moderator: Member, visitor: Visitor, signed_in: SignIn
) -> None:
    story = StoryFactory.make(title="Sportello unico")
    thread = filled("Chi guida?", verified, 2)
    path = f"/discussioni/{thread.id}/sposta"
    address = f"http://localhost/buone-pratiche/{story.slug}"
    said = signed_in(moderator).submit(path, {"where": "subject", "address": address}, action=path)
    assert "La discussione è stata spostata" in text_of(said)
    post = db.session.scalars(select(Post).where(Post.thread_id == thread.id)).first()
    assert post is not None
    assert visitor.get(f"/messaggi/{post.id}").location == f"/discussioni/{thread.id}#m1"
    assert "Buona pratica: Sportello unico" in text_of(visitor.get(f"/discussioni/{thread.id}"))
    assert "Chi guida?" in text_of(visitor.get(f"/buone-pratiche/{story.slug}"))


def test_a_thread_goes_to_the_general_forum_under_a_theme(
    verified: Member, moderator: Member, visitor: Visitor, signed_in: SignIn
) -> None:
    story = StoryFactory.make()
    thread = filled("Chi guida?", verified, 1, subject_kind="practice", subject_id=story.id)
    path = f"/discussioni/{thread.id}/sposta"
    browser = signed_in(moderator)
    page = browser.page(path)
    code = page.xpath("//select[@name='theme']/option[@value!='']/@value")[0]
    browser.submit(path, {"where": "general", "theme": code}, action=path)
    assert "Chi guida?" in text_of(visitor.get(f"/discussioni?su=generale&tema={code}"))
    assert "Chi guida?" not in text_of(visitor.get("/discussioni?su=practice"))


@pytest.mark.parametrize(
    ("where", "address", "words"),
    [
        ("subject", "/buone-pratiche/bozza-riservata", "Si sposta solo tra pagine aperte a tutti"),
        ("subject", "/buone-pratiche/che-non-ce", "Qui non c’è niente"),
        ("subject", "", "Qui non c’è niente"),
        ("subject", "http://[", "Qui non c’è niente"),
        ("subject", "/discussioni/1", "Qui non c’è niente"),
        ("", "", "Dove"),
    ],
)
def test_what_cannot_be_moved_there_says_why_beside_the_field(
    where: str,
    address: str,
    words: str,
    verified: Member,
    moderator: Member,
    signed_in: SignIn,
) -> None:
    StoryFactory.make(slug="bozza-riservata", state=PracticeState.SUBMITTED)
    thread = filled("Chi guida?", verified, 1)
    path = f"/discussioni/{thread.id}/sposta"
    answer = signed_in(moderator).submit(path, {"where": where, "address": address}, action=path)
    assert answer.status_code == 422
    assert words in text_of(answer)
    db.session.refresh(thread)
    assert thread.subject_kind is None


@pytest.mark.usefixtures("asked")
def test_only_public_places_exchange_discussions(keeper: Actor, verified: Member) -> None:
    draft: Practice = StoryFactory.make(state=PracticeState.SUBMITTED)
    public: Practice = StoryFactory.make()
    on_draft = filled("Riservata", verified, 1, subject_kind="practice", subject_id=draft.id)
    general = filled("Aperta", verified, 1)
    for thread, place in (
        (on_draft, None),
        (on_draft, Reference("practice", public.id)),
        (general, Reference("practice", draft.id)),
    ):
        with pytest.raises(Refused):
            services.move_thread(thread_id=thread.id, subject=place, by=keeper)
    for one, other in ((on_draft, general), (general, on_draft)):
        with pytest.raises(Refused):
            services.merge_threads(thread_id=one.id, into_id=other.id, by=keeper)
    services.move_thread(thread_id=general.id, subject=Reference("practice", public.id), by=keeper)
    db.session.refresh(general)
    assert general.subject_id == public.id


@pytest.mark.usefixtures("asked")
def test_without_the_rule_a_draft_would_become_public(
    keeper: Actor, verified: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The twin of the test above: with the rule gone, a visitor reads what nobody may."""
    draft: Practice = StoryFactory.make(state=PracticeState.SUBMITTED)
    thread = filled("Riservata", verified, 1, subject_kind="practice", subject_id=draft.id)
    assert queries.thread_head(thread.id, VISITOR) is None
    monkeypatch.setattr(policies, "same_readers", lambda _one, _other: True)
    services.move_thread(thread_id=thread.id, subject=None, by=keeper)
    assert queries.thread_head(thread.id, VISITOR) is not None


def test_merged_threads_are_one_and_old_addresses_lead_there(
    verified: Member, moderator: Member, visitor: Visitor, signed_in: SignIn
) -> None:
    old, kept = filled("Vecchia", verified, 25), filled("Buona", verified, 3)
    begin_following(Reference("thread", old.id), moderator.id)
    moved = db.session.scalar(select(Post.id).where(Post.thread_id == old.id, Post.number == 24))
    browser = signed_in(moderator)
    path = f"/discussioni/{old.id}/unisci"
    address = f"https://esempio.it/discussioni/{kept.id}?da=1"
    browser.submit(path, {"into": address}, action=path)
    assert visitor.get(f"/messaggi/{moved}").location == f"/discussioni/{kept.id}?da=27#m27"
    for start, home in (("", "?da=4#m4"), ("?da=21", "?da=24#m24"), ("?da=25", "?da=28#m28")):
        answer = visitor.get(f"/discussioni/{old.id}{start}")
        assert (answer.status_code, answer.location) == (301, f"/discussioni/{kept.id}{home}")
    assert "Vecchia 25" in text_of(visitor.get(f"/discussioni/{kept.id}?da=21"))
    assert "Vecchia" not in text_of(visitor.get("/discussioni"))
    db.session.refresh(kept)
    assert (kept.post_count, kept.participant_count) == (28, 1)
    followed = db.session.scalars(select(Follow.object_id).where(Follow.member_id == moderator.id))
    assert kept.id in followed.all()
    # Once is enough: who presses twice finds the discussion gone from there.
    assert browser.get(path).status_code == 404


@pytest.mark.parametrize("into", ["", "boh", "999", "/discussioni/0", "9" * 20])
def test_merging_into_nothing_says_so(
    into: str, verified: Member, moderator: Member, signed_in: SignIn
) -> None:
    thread = filled("Qui", verified, 1)
    path = f"/discussioni/{thread.id}/unisci"
    browser = signed_in(moderator)
    assert browser.submit(path, {"into": into}, action=path).status_code == 422
    same = browser.submit(path, {"into": str(thread.id)}, action=path)
    assert "È la stessa discussione" in text_of(same)


def test_a_split_thread_leaves_a_sign_and_numbers_are_not_given_again(
    verified: Member, moderator: Member, visitor: Visitor, signed_in: SignIn
) -> None:
    thread = filled("Tante cose", verified, 5)
    path = f"/discussioni/{thread.id}/dividi"
    browser = signed_in(moderator)
    data = {"title": "Una cosa sola", "numbers": ["4"], "and_after": "y"}
    browser.submit(path, data, action=path)
    made = db.session.scalars(select(Thread).where(Thread.title == "Una cosa sola")).one()
    assert (made.post_count, made.author_id, made.state) == (2, verified.id, ThreadState.OPEN)
    page = visitor.page(f"/discussioni/{thread.id}")
    sign = page.get_element_by_id("m4")
    moved = db.session.scalar(select(Post.id).where(Post.thread_id == made.id, Post.number == 1))
    assert sign.xpath(".//a/@href") == [f"/messaggi/{moved}"]
    assert visitor.get(f"/messaggi/{moved}").location == f"/discussioni/{made.id}#m1"
    assert next_number(db.session(), thread.id) == 6


@pytest.mark.parametrize(
    "data",
    [
        {"title": "Nuova", "numbers": []},
        {"title": "Nuova", "numbers": ["99"]},
        {"title": "Nuova", "numbers": ["1"], "and_after": "y"},
        {"title": "", "numbers": ["2"]},
    ],
)
def test_a_split_that_makes_no_sense_is_refused_and_forgets_nothing(
    data: dict[str, Any], verified: Member, moderator: Member, signed_in: SignIn
) -> None:
    thread = filled("Due", verified, 2)
    path = f"/discussioni/{thread.id}/dividi"
    answer = signed_in(moderator).submit(path, data, action=path)
    assert answer.status_code == 422
    assert db.session.scalars(select(Thread.id)).all() == [thread.id]


@pytest.mark.usefixtures("asked")
def test_nobody_but_moderators_arranges(verified: Member, keeper: Actor) -> None:
    one, other = filled("Una", verified, 2), filled("Altra", verified, 1)
    author = actor_for(verified.id)
    with pytest.raises(Forbidden):
        services.move_thread(thread_id=one.id, subject=None, by=author)
    with pytest.raises(Forbidden):
        services.merge_threads(thread_id=one.id, into_id=other.id, by=author)
    with pytest.raises(Forbidden):
        services.split_thread(thread_id=one.id, numbers=[2], title="No", by=author)
    with pytest.raises(Forbidden):
        services.pin_thread(thread_id=one.id, pinned=True, by=author)


@pytest.mark.usefixtures("asked")
def test_all_messages_go_along_whatever_their_state(keeper: Actor, verified: Member) -> None:
    one, other = filled("Una", verified, 1), filled("Altra", verified, 1)
    for state in (PostState.HELD, PostState.HIDDEN, PostState.REMOVED):
        PostFactory.make(thread=one, author=verified, state=state)
    services.merge_threads(thread_id=one.id, into_id=other.id, by=keeper)
    there = select(Post.number, Post.state).where(Post.thread_id == other.id)
    assert [tuple(row) for row in db.session.execute(there.order_by(Post.number))] == [
        (1, PostState.VISIBLE),
        (2, PostState.VISIBLE),
        (3, PostState.HELD),
        (4, PostState.HIDDEN),
        (5, PostState.REMOVED),
    ]
    # What nobody sees is not announced at its old place either.
    assert [one.number for one in queries.thread_page(other.id, VISITOR).posts] == [1, 2]  # type: ignore[union-attr]


def test_a_pinned_thread_stands_first_in_its_place_alone(
    verified: Member, moderator: Member, visitor: Visitor, signed_in: SignIn
) -> None:
    pinned, later = filled("Regole", verified, 1), filled("Nuova", verified, 3)
    browser = signed_in(moderator)
    here = f"/discussioni/{pinned.id}"
    browser.submit(here, action=f"{here}/evidenza")

    def titles(path: str) -> list[str]:
        return [h.text_content() for h in visitor.page(path).xpath("//main//li/h2")]

    assert titles("/discussioni?su=generale") == ["Regole", later.title]
    assert titles("/discussioni") == [later.title, "Regole"]
    browser.submit(here, action=f"{here}/evidenza")
    assert titles("/discussioni?su=generale") == [later.title, "Regole"]


def test_a_place_can_be_read_to_its_end(verified: Member, visitor: Visitor) -> None:
    """Lists of one place begin with what is pinned: their pages lead on all the same."""
    titles = {ThreadFactory.make(author=verified, pinned=not n).title for n in range(25)}
    read: list[str] = []
    path: str | None = "/discussioni?su=generale"
    while path is not None:
        page = visitor.page(path)
        read += [h.text_content() for h in page.xpath("//main//li/h2")]
        path = next(iter(page.xpath("//nav//a[contains(@href, 'dopo=')]/@href")), None)
    assert len(read) == 25
    assert set(read) == titles
    back = page.xpath("//nav//a[contains(@href, 'prima=')]/@href")[0]
    assert [h.text_content() for h in visitor.page(back).xpath("//main//li/h2")] == read[:20]


def marks(member: Member) -> dict[int, int]:
    """How far somebody has read, by discussion."""
    db.session.expire_all()
    rows = select(ReadMark.thread_id, ReadMark.number).where(ReadMark.member_id == member.id)
    return dict(db.session.execute(rows).tuples().all())


def read(thread: Thread, number: int, member: Member) -> None:
    services.note_read(thread_id=thread.id, number=number, by=actor_for(member.id))


@pytest.mark.usefixtures("asked")
def test_readers_of_merged_threads_go_on_where_they_stopped(
    keeper: Actor, verified: Member
) -> None:
    old, kept = filled("Vecchia", verified, 4), filled("Buona", verified, 3)
    both, only_old, behind, only_kept = (member_with() for _ in range(4))
    read(old, 3, both)
    read(kept, 3, both)
    read(old, 2, only_old)
    read(old, 4, behind)
    read(kept, 1, behind)
    read(kept, 2, only_kept)
    services.merge_threads(thread_id=old.id, into_id=kept.id, by=keeper)
    assert marks(both) == {kept.id: 6}
    assert marks(only_old) == {kept.id: 5}
    # What is left to read of the other one must not be missed.
    assert marks(behind) == {kept.id: 1}
    assert marks(only_kept) == {kept.id: 2}
    head = queries.thread_head(kept.id, actor_for(both.id))
    assert head is not None
    assert (head.new_from, head.new) == (7, 1)


@pytest.mark.usefixtures("asked")
def test_readers_of_divided_threads_go_on_where_they_stopped(
    keeper: Actor, verified: Member
) -> None:
    whole = filled("Intera", verified, 5)
    some, most = member_with(), member_with()
    read(whole, 1, some)
    read(whole, 4, most)
    made = services.split_thread(thread_id=whole.id, numbers=[2, 4, 5], title="Parte", by=keeper)
    assert marks(some) == {whole.id: 1, made.id: 0}
    assert marks(most) == {whole.id: 4, made.id: 2}


def answered(asker: Member, author: Member, title: str = "Chi guida?") -> Thread:
    """A question, another word of who asked, and the answer that is the best."""
    thread = filled(title, asker, 2)
    answer = PostFactory.make(thread=thread, author=author)
    services.mark_best(post_id=answer.id, best=True, by=actor_for(asker.id))
    return thread


@pytest.mark.usefixtures("asked")
def test_the_best_answer_goes_along_with_who_asked(keeper: Actor, verified: Member) -> None:
    thread = answered(verified, member_with())
    best = thread.best_post_id
    made = services.split_thread(thread_id=thread.id, numbers=[2, 3], title="Parte", by=keeper)
    assert (thread.best_post_id, made.best_post_id) == (None, best)
    other = filled("Altra", verified, 1)
    services.merge_threads(thread_id=made.id, into_id=other.id, by=keeper)
    assert other.best_post_id == best


@pytest.mark.usefixtures("asked")
def test_who_asked_hears_that_the_best_answer_went_elsewhere(
    keeper: Actor, verified: Member, signed_in: SignIn
) -> None:
    """To the discussion of somebody else it goes without its mark."""
    thread, other = answered(verified, member_with()), filled("Altra", member_with(), 1)
    services.merge_threads(thread_id=thread.id, into_id=other.id, by=keeper)
    assert (thread.best_post_id, other.best_post_id) == (None, None)
    while outbox.drain(notifications.CONSUMER):
        pass
    said = text_of(signed_in(verified).get("/il-mio-spazio/avvisi"))
    assert "La risposta migliore alla tua domanda sta ora in un’altra discussione" in said
