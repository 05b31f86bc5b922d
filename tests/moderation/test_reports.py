"""Anybody tells moderators what is wrong; they decide once, about what they may read."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import select

import moderation.queries.reports as report_queries
from core import outbox
from core.actor import Role
from core.counting import counted
from core.database import db
from core.domain import Refused
from core.events import Event
from core.flags import DEMO, set_flag
from core.mail import TestMail
from core.references import Reference
from core.transactions import transaction
from forum.models import Post, PostState
from members.models import Member
from members.queries import actor_for
from moderation import queries, services
from moderation.models import Decision, Report, ReportReason, ReportState
from notifications import services as notifications
from notifications.queries import unread_count
from tests.factories.forum import PostFactory, ThreadFactory
from tests.factories.members import MemberFactory, member_with
from tests.factories.practices import StoryFactory
from tests.factories.twinning import SpaceFactory, TwinningFactory
from tests.visitor import Visitor, text_of
from twinning.models import TwinningState

SCRIPT = "<script>alert(1)</script>"


@pytest.fixture
def post(app: Flask) -> Post:
    author = MemberFactory.make(first_name="Piero", last_name="Zeni")
    thread = ThreadFactory.make(title="Il soggetto capofila")
    return PostFactory.make(thread=thread, author_id=author.id, html="<p>Un testo aspro</p>")


@pytest.fixture
def moderator(app: Flask) -> Member:
    return member_with(Role.MODERATOR)


@pytest.fixture
def moderating(app: Flask, moderator: Member) -> Visitor:
    browser = Visitor(app)
    browser.sign_in(moderator.email)
    return browser


def path_of(post: Post) -> str:
    return f"/segnala/post/{post.id}"


def reports() -> list[Report]:
    db.session.rollback()
    return list(db.session.scalars(select(Report).order_by(Report.id)))


def report(post: Post, by: Member, text: str = "È offensivo") -> Report:
    return services.file_report(
        reference=Reference("post", post.id),
        reason=ReportReason.OFFENSIVE,
        text=text,
        network="192.0.2.1",
        by=actor_for(by.id),
    )


def decide(post: Post, by: Member, decision: Decision = Decision.DISMISS) -> int:
    return services.decide_reports(
        reference=Reference("post", post.id),
        decision=decision,
        note="Ho letto",
        by=actor_for(by.id),
    )


def test_a_visitor_reports_a_message(visitor: Visitor, post: Post) -> None:
    page = visitor.page(f"/discussioni/{post.thread_id}")
    assert not [form for form in page.forms if form.method == "POST"]
    assert path_of(post) in page.xpath("//a/@href")
    answer = visitor.submit(
        path_of(post),
        {"reason": "offensive", "text": SCRIPT, "email": "a@comune.example"},
        action=path_of(post),
    )
    assert "Grazie della segnalazione" in text_of(answer)
    (made,) = reports()
    assert (made.kind, made.object_id, made.reason) == ("post", post.id, ReportReason.OFFENSIVE)
    assert (made.reporter_id, made.email, made.text) == (None, "a@comune.example", SCRIPT)


def test_the_same_form_makes_one_report(visitor: Visitor, post: Post) -> None:
    page = visitor.page(path_of(post))
    (form,) = (form for form in page.forms if "reason" in form.fields)
    data = {"csrf_token": form.fields["csrf_token"], "reason": "spam"}
    data["submission_key"] = form.fields["submission_key"]
    for _ in range(3):
        assert visitor.post(path_of(post), data).status_code == 303
    assert len(reports()) == 1


def test_programs_that_fill_in_everything_are_not_heard(visitor: Visitor, post: Post) -> None:
    fields = {"reason": "spam", "website": "https://x.example"}
    answer = visitor.submit(path_of(post), fields, action=path_of(post))
    assert "Grazie della segnalazione" in text_of(answer)
    assert reports() == []


def test_wrong_input_comes_back(visitor: Visitor, post: Post) -> None:
    fields = {"text": "Scritto con cura", "email": "nessuna chiocciola"}
    answer = visitor.submit(path_of(post), fields, action=path_of(post))
    assert answer.status_code == 422
    assert "Scritto con cura" in answer.text
    assert "nome@comune.bari.it" in answer.get_data(as_text=True)
    assert reports() == []


def test_reports_are_limited_and_nothing_typed_is_lost(visitor: Visitor, post: Post) -> None:
    for _ in range(30):
        visitor.submit(path_of(post), {"reason": "spam"}, action=path_of(post), follow=False)
    answer = visitor.submit(
        path_of(post), {"reason": "spam", "text": "Ancora"}, action=path_of(post)
    )
    assert answer.status_code == 429
    assert "Ancora" in answer.text
    assert len(reports()) == 30


def test_everything_public_can_be_reported(app: Flask, visitor: Visitor, post: Post) -> None:
    story = StoryFactory.make(state="published")
    twinning = TwinningFactory.make(state=TwinningState.ACTIVE)
    member = MemberFactory.make(slug="piero-zeni")
    for place, path in (
        (f"/discussioni/{post.thread_id}", f"/segnala/thread/{post.thread_id}"),
        (f"/buone-pratiche/{story.slug}", f"/segnala/practice/{story.id}"),
        (f"/gemellaggi/{twinning.slug}", f"/segnala/twinning/{twinning.id}"),
        ("/iscritti/piero-zeni", f"/segnala/member/{member.id}"),
    ):
        assert path in visitor.page(place).xpath("//a/@href"), place
        visitor.submit(path, {"reason": "wrong"}, action=path)
    assert {one.kind for one in reports()} == {"thread", "practice", "twinning", "member"}
    assert visitor.get("/segnala/organisation/1").status_code == 404
    assert visitor.get("/segnala/report/1").status_code == 404
    assert visitor.get("/segnala/post/99999").status_code == 404


def test_the_list_shows_what_is_said_and_runs_nothing(moderating: Visitor, post: Post) -> None:
    teller = member_with(first_name="Lia", last_name="Neri")
    report(post, teller, f"{SCRIPT}\nDavvero")
    report(post, MemberFactory.make())
    page = moderating.page("/moderazione")
    (article,) = page.xpath("//main//article")
    words = " ".join(article.text_content().split())
    assert "Segnalato" in words
    assert "Un testo aspro" in words
    assert "Piero Zeni" in words
    assert "Lia Neri" in words
    assert SCRIPT in words
    assert not article.xpath(".//script")
    tabs = {
        a.text_content().split()[0]: a.text_content().split()[-1]
        for a in page.xpath("//nav[@class='g-sub']//a")
    }
    assert (tabs["Segnalati"], tabs["In"]) == ("1", "0")
    assert not moderating.page("/moderazione?mostra=attesa").xpath("//main//article")
    assert moderating.page("/moderazione?mostra=segnalati").xpath("//main//article")


@pytest.mark.parametrize(
    ("decision", "state", "shown"),
    [
        (Decision.DISMISS, ReportState.DISMISSED, PostState.VISIBLE),
        (Decision.UPHOLD, ReportState.UPHELD, PostState.VISIBLE),
        (Decision.HIDE, ReportState.UPHELD, PostState.HIDDEN),
    ],
)
def test_a_decision_ends_all_reports_of_a_thing(
    moderating: Visitor, post: Post, decision: Decision, state: ReportState, shown: PostState
) -> None:
    for _ in range(2):
        report(post, MemberFactory.make())
    path = f"/moderazione/segnalazioni/post/{post.id}"
    empty = moderating.submit(path, {"decision": decision.value}, action=path)
    assert empty.status_code == 422
    done = {"decision": decision.value, "reason": "Ho letto tutto"}
    assert moderating.submit(path, done, action=path, follow=False).status_code == 303
    assert [one.state for one in reports()] == [state] * 2
    assert {one.note for one in reports()} == {"Ho letto tutto"}
    db.session.refresh(post)
    assert post.state is shown
    facts = db.session.scalars(select(Event).where(Event.name == "ReportDecided")).all()
    assert {fact.reason for fact in facts} == {"Ho letto tutto"}
    assert len(facts) == 2
    assert moderating.get(path).status_code == 404


def test_two_moderators_decide_once(post: Post, moderator: Member) -> None:
    report(post, MemberFactory.make())
    assert decide(post, moderator) == 1
    with pytest.raises(Refused):
        decide(post, moderator, Decision.HIDE)
    db.session.refresh(post)
    assert post.state is PostState.VISIBLE


def test_who_is_no_moderator_decides_nothing(post: Post) -> None:
    report(post, MemberFactory.make())
    for role in (Role.EDITOR, Role.COORDINATOR, Role.EVALUATOR):
        with pytest.raises(Refused):
            decide(post, member_with(role), Decision.HIDE)
    assert [one.state for one in reports()] == [ReportState.OPEN]


@pytest.fixture
def private(moderator: Member) -> Post:
    """A message in a place that the moderator may not enter, with a report."""
    thread = ThreadFactory.make(title="Riservata", space_id=SpaceFactory.make(object_id=1).id)
    post = PostFactory.make(thread=thread, author_id=MemberFactory.make().id)
    db.session.add(
        Report(
            kind="post",
            object_id=post.id,
            reason=ReportReason.OTHER,
            created_at=post.created_at,
            text="Riservato",
        )
    )
    db.session.commit()
    return post


def check_it_is_not_there(browser: Visitor, post: Post, moderator: Member) -> None:
    assert "Riservat" not in text_of(browser.get("/moderazione"))
    assert counted(queries.waiting_counted(actor_for(moderator.id))) == 0
    assert browser.get(f"/moderazione/segnalazioni/post/{post.id}").status_code == 404
    with pytest.raises(Refused):
        decide(post, moderator)


def test_moderators_act_on_what_they_may_read(
    private: Post, moderating: Visitor, moderator: Member
) -> None:
    check_it_is_not_there(moderating, private, moderator)


def test_a_list_of_everything_is_seen(
    private: Post, moderating: Visitor, moderator: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Twin."""
    monkeypatch.setattr(report_queries, "_open_to", lambda _actor: Report.state == ReportState.OPEN)
    with pytest.raises(AssertionError):
        check_it_is_not_there(moderating, private, moderator)


def test_the_reporter_learns_the_outcome(app: Flask, post: Post, moderator: Member) -> None:
    with transaction():
        set_flag(DEMO, "1")
    teller = MemberFactory.make()
    number = report(post, teller).id
    assert report(post, teller).id == number, "the same again while it waits is the same report"
    decide(post, moderator, Decision.HIDE)
    while outbox.drain(notifications.CONSUMER):
        pass
    notifications.run_once()
    letters = {letter.to: letter for letter in db.session.query(TestMail)}
    assert letters[teller.email].subject.startswith("La tua segnalazione è stata accolta")
    assert "Ho letto" in letters[teller.email].text
    assert unread_count(actor_for(teller.id)) == 1
    browser = Visitor(app)
    browser.sign_in(teller.email)
    listed = browser.page("/il-mio-spazio/avvisi")
    assert "La tua segnalazione è stata accolta." in listed.text_content()
    opened = browser.submit("/il-mio-spazio/avvisi", action="/apri", follow=False)
    assert opened.location == f"/il-mio-spazio/segnalazioni#s{number}"
    own = text_of(browser.get("/il-mio-spazio/segnalazioni"))
    assert "Accolta" in own
    assert "Ho letto" in own
    assert "Un testo aspro" not in own
    other = Visitor(app)
    other.sign_in(MemberFactory.make().email)
    assert "Ho letto" not in text_of(other.get("/il-mio-spazio/segnalazioni"))


def test_queries_do_not_grow_with_reports(
    moderating: Visitor, post: Post, count_queries: Callable[[], object]
) -> None:
    report(post, MemberFactory.make())
    moderating.get("/moderazione")
    with count_queries() as few:  # type: ignore[attr-defined]
        moderating.get("/moderazione")
    for _ in range(8):
        other = PostFactory.make(thread=ThreadFactory.make(), author_id=MemberFactory.make().id)
        report(other, MemberFactory.make())
        report(other, MemberFactory.make())
    with count_queries() as many:  # type: ignore[attr-defined]
        moderating.get("/moderazione")
    assert len(many) == len(few) <= 10, many
