"""Measures and appeals: taken with a reason, told, undone; answered by somebody else."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
import time_machine
from flask import Flask
from sqlalchemy import func, select

from core import clock, outbox, subjects
from core.actor import VISITOR, Role
from core.counting import counted
from core.database import db
from core.domain import Forbidden, Refused
from core.events import Event
from core.flags import DEMO, set_flag
from core.mail import TestMail
from core.references import Reference
from core.transactions import transaction
from forum import services as forum
from forum.models import Post, PostState, ThreadState
from members.models import Member, MemberState
from members.queries import actor_for
from members.services import lifecycle
from moderation import queries, services
from moderation.models import (
    Appeal,
    AppealState,
    Decision,
    Measure,
    MeasureSort,
    ReportReason,
)
from moderation.policies import may_answer_appeal
from notifications import services as notifications
from practices import services as practices
from practices.models import PracticeState
from tests.factories.attachments import attached
from tests.factories.forum import PostFactory, ThreadFactory
from tests.factories.members import member_with
from tests.factories.organisations import OrganisationFactory
from tests.factories.practices import StoryFactory
from tests.factories.twinning import SpaceFactory
from tests.visitor import Visitor, text_of

WEEK = timedelta(days=7)


@pytest.fixture
def author(app: Flask) -> Member:
    return member_with(of=OrganisationFactory.make(), first_name="Piero", last_name="Zeni")


@pytest.fixture
def moderator(app: Flask) -> Member:
    return member_with(Role.MODERATOR)


@pytest.fixture
def other(app: Flask) -> Member:
    return member_with(Role.MODERATOR)


@pytest.fixture
def post(author: Member) -> Post:
    thread = ThreadFactory.make(title="Il soggetto capofila")
    return PostFactory.make(thread=thread, author_id=author.id, html="<p>Un testo aspro</p>")


def to_answer(app: Flask, member: Member) -> list[int]:
    """The appeals in the list of this moderator."""
    with app.test_request_context():
        return [line.id for line in queries.open_appeals(actor_for(member.id))]


def signed_in(app: Flask, member: Member) -> Visitor:
    browser = Visitor(app)
    browser.sign_in(member.email)
    return browser


def hide(post: Post, by: Member, reason: str = "Tono offensivo") -> Measure:
    forum.hide_post(post_id=post.id, reason=reason, by=actor_for(by.id))
    return db.session.scalars(select(Measure).order_by(Measure.id.desc())).first()  # type: ignore[return-value]


def appeal(measure: Measure, text: str = "Era una citazione") -> Appeal:
    return services.make_appeal(measure_id=measure.id, text=text, member_id=measure.member_id)


def letters() -> dict[str, list[TestMail]]:
    while outbox.drain(notifications.CONSUMER):
        pass
    notifications.run_once()
    found: dict[str, list[TestMail]] = {}
    for letter in db.session.query(TestMail).order_by(TestMail.id):
        found.setdefault(letter.to, []).append(letter)
    return found


def test_hiding_leaves_a_measure_and_showing_again_lifts_it(
    post: Post, author: Member, moderator: Member
) -> None:
    measure = hide(post, moderator)
    assert (measure.sort, measure.member_id) == (MeasureSort.HIDDEN, author.id)
    assert (measure.taken_by_id, measure.reason) == (moderator.id, "Tono offensivo")
    services.lift_measure(measure_id=measure.id, reason="Ho letto male", by=actor_for(moderator.id))
    db.session.refresh(post)
    assert post.state is PostState.VISIBLE
    assert measure.lifted_at is not None
    with pytest.raises(Refused):
        services.lift_measure(measure_id=measure.id, reason="x", by=actor_for(moderator.id))


def test_an_appeal_is_answered_by_somebody_else_once(
    app: Flask, post: Post, author: Member, moderator: Member, other: Member
) -> None:
    measure = hide(post, moderator)
    made = appeal(measure)
    assert appeal(measure, "Ancora").id == made.id, "one for each measure"
    assert made.text == "Era una citazione"
    with pytest.raises(Forbidden):
        services.answer_appeal(
            appeal_id=made.id, granted=False, answer="No", by=actor_for(moderator.id)
        )
    assert to_answer(app, moderator) == []
    assert to_answer(app, other) == [made.id]
    with pytest.raises(Refused):
        services.answer_appeal(appeal_id=made.id, granted=True, answer=" ", by=actor_for(other.id))
    services.answer_appeal(
        appeal_id=made.id, granted=True, answer="Hai ragione", by=actor_for(other.id)
    )
    db.session.refresh(post)
    db.session.refresh(measure)
    assert (post.state, made.state) == (PostState.VISIBLE, AppealState.GRANTED)
    assert measure.lifted_by_id == other.id
    with pytest.raises(Refused):
        services.answer_appeal(
            appeal_id=made.id, granted=False, answer="No", by=actor_for(other.id)
        )


def test_who_decided_answers_where_nobody_else_could(
    app: Flask, post: Post, author: Member, moderator: Member
) -> None:
    made = appeal(hide(post, moderator))
    assert to_answer(app, moderator) == [made.id]
    services.answer_appeal(
        appeal_id=made.id, granted=False, answer="Resta", by=actor_for(moderator.id)
    )
    db.session.refresh(post)
    assert (post.state, made.state) == (PostState.HIDDEN, AppealState.REJECTED)


def test_the_list_of_appeals_and_the_policy_agree(
    app: Flask, post: Post, author: Member, moderator: Member, other: Member
) -> None:
    """The condition in SQL against the function, for everybody who could answer."""
    measure = hide(post, moderator)
    made = appeal(measure)
    for member in (moderator, other, author, member_with(Role.EDITOR), member_with()):
        actor = actor_for(member.id)
        listed = to_answer(app, member) == [made.id]
        others = queries.has_other_moderators(measure)
        assert listed is may_answer_appeal(actor, measure, has_others=others), member.id
        assert (counted(queries.waiting_counted(actor)) == 1) is listed


def test_only_whom_it_concerns_objects_and_in_time(
    post: Post, author: Member, moderator: Member, other: Member
) -> None:
    measure = hide(post, moderator)
    with pytest.raises(Refused):
        services.make_appeal(measure_id=measure.id, text="Io no", member_id=other.id)
    with pytest.raises(Refused):
        services.make_appeal(measure_id=measure.id, text="  ", member_id=author.id)
    with time_machine.travel(clock.now() + timedelta(days=181)), pytest.raises(Forbidden):
        appeal(measure)
    assert db.session.scalar(select(func.count()).select_from(Appeal)) == 0


def test_private_places_stay_private(author: Member, moderator: Member, other: Member) -> None:
    """Neither the measure nor what is said against it is there for who may not enter."""
    thread = ThreadFactory.make(title="Riservata", space_id=SpaceFactory.make(object_id=1).id)
    post = PostFactory.make(thread=thread, author_id=author.id)
    with transaction():
        measure = services.record_measure(
            about=Reference("post", post.id),
            member_id=author.id,
            sort=MeasureSort.HIDDEN,
            reason="Riservato",
            by=actor_for(other.id),
        )
    made = appeal(measure)
    actor = actor_for(moderator.id)
    assert queries.measures(actor).items == []
    assert queries.measures_of(author.id, actor) == []
    assert queries.open_appeals(actor) == []
    with pytest.raises(Refused):
        services.lift_measure(measure_id=measure.id, reason="x", by=actor)
    with pytest.raises(Refused):
        services.answer_appeal(appeal_id=made.id, granted=True, answer="x", by=actor)
    assert measure.lifted_at is None


def test_a_suspension_ends_sessions_at_once_and_runs_out_by_itself(
    app: Flask, author: Member, moderator: Member
) -> None:
    browser = signed_in(app, author)
    assert browser.get("/il-mio-spazio").status_code == 200
    ends_at = clock.now() + WEEK
    services.suspend_member(
        member_id=author.id, reason="Insulti", ends_at=ends_at, by=actor_for(moderator.id)
    )
    assert browser.get("/il-mio-spazio").status_code == 302
    assert actor_for(author.id).is_visitor
    assert lifecycle.end_suspensions() == 0
    with time_machine.travel(ends_at + timedelta(seconds=1)):
        assert lifecycle.end_suspensions() == 1
        assert lifecycle.end_suspensions() == 0
    db.session.refresh(author)
    assert (author.state, author.suspended_until) == (MemberState.ACTIVE, None)


def test_who_signs_in_after_the_end_waits_for_nobody(
    app: Flask, author: Member, moderator: Member
) -> None:
    services.suspend_member(
        member_id=author.id,
        reason="Insulti",
        ends_at=clock.now() + WEEK,
        by=actor_for(moderator.id),
    )
    browser = Visitor(app)
    shut = browser.submit(
        "/accedi", {"email": author.email, "password": "una frase di prova"}, action="/accedi"
    )
    assert shut.status_code == 403
    assert "Insulti" in text_of(shut)
    wrong = browser.submit(
        "/accedi", {"email": author.email, "password": "un’altra frase qualsiasi"}, action="/accedi"
    )
    assert "Insulti" not in text_of(wrong), "only who knows the password is told why"
    with time_machine.travel(clock.now() + WEEK + timedelta(seconds=1)):
        assert browser.sign_in_by_page(author.email).status_code in (302, 303)


def test_moderators_shut_out_neither_themselves_nor_their_like(
    moderator: Member, other: Member, author: Member
) -> None:
    by = actor_for(moderator.id)
    for member in (moderator, other, member_with(Role.ADMINISTRATOR)):
        with pytest.raises(Forbidden):
            services.suspend_member(member_id=member.id, reason="x", by=by)
    with pytest.raises(Forbidden):
        services.suspend_member(
            member_id=author.id, reason="x", by=actor_for(member_with(Role.EDITOR).id)
        )
    with pytest.raises(Refused):
        services.suspend_member(member_id=author.id, reason=" ", by=by)
    assert db.session.scalar(select(func.count()).select_from(Measure)) == 0


def test_who_is_shut_out_reads_why_and_objects_by_the_link(
    app: Flask, author: Member, moderator: Member, other: Member
) -> None:
    with transaction():
        set_flag(DEMO, "1")
    services.suspend_member(
        member_id=author.id,
        reason="Insulti <b>veri</b>",
        ends_at=clock.now() + WEEK,
        by=actor_for(moderator.id),
    )
    (letter,) = letters()[author.email]
    assert letter.subject.startswith("Il tuo profilo è sospeso")
    assert "Insulti <b>veri</b>" in letter.text
    path = next(line for line in letter.text.split() if "/ricorso/" in line)
    path = path[path.index("/ricorso/") :]
    browser = Visitor(app)
    page = browser.page(path)
    assert "Insulti <b>veri</b>" in page.text_content()
    assert not page.xpath("//main//b[text()='veri']")
    assert browser.submit(path, {"text": " "}, action=path).status_code == 422
    said = browser.submit(path, {"text": "Ero fuori di me"}, action=path)
    assert "Ero fuori di me" in text_of(said)
    assert browser.get(f"{path}x").status_code == 404
    reading = signed_in(app, other)
    number = db.session.scalars(select(Appeal)).one().id
    answer = f"/moderazione/ricorsi/{number}"
    assert "Ero fuori di me" in text_of(reading.get("/moderazione/ricorsi"))
    reading.submit(answer, {"granted": "yes", "reason": "Basta così"}, action=answer)
    db.session.refresh(author)
    assert author.state is MemberState.ACTIVE
    told = letters()[author.email]
    assert [one.subject.partition(" – ")[0] for one in told[1:]] == [
        "Il tuo ricorso è stato accolto."
    ]
    own = text_of(signed_in(app, author).get("/il-mio-spazio/provvedimenti"))
    assert "Annullato" in own
    assert "Basta così" in own


def test_a_warning_is_told_and_every_action_is_in_the_audit_trail(
    app: Flask, author: Member, moderator: Member
) -> None:
    with transaction():
        set_flag(DEMO, "1")
    browser = signed_in(app, moderator)
    path = f"/moderazione/iscritti/{author.id}"
    assert browser.submit(path, {"sort": "warn"}, action=path).status_code == 422
    browser.submit(path, {"sort": "warn", "reason": "<script>x</script>"}, action=path)
    assert [one.subject.partition(" – ")[0] for one in letters()[author.email]] == [
        "Hai ricevuto un richiamo."
    ]
    event = db.session.scalars(select(Event).where(Event.name == "MeasureTaken")).one()
    assert (event.actor_id, event.reason) == (moderator.id, "<script>x</script>")
    admin = signed_in(app, member_with(Role.ADMINISTRATOR))
    trail = admin.page("/amministrazione/attivita?fatto=MeasureTaken")
    assert "<script>x</script>" in trail.text_content()
    assert not trail.xpath("//main//script")
    decided = browser.page("/moderazione/decisi")
    assert "<script>x</script>" in decided.text_content()


def test_nobody_looks_at_the_own_conduct_as_a_moderator(app: Flask, moderator: Member) -> None:
    browser = signed_in(app, moderator)
    assert browser.get(f"/moderazione/iscritti/{moderator.id}").status_code == 403
    assert browser.get("/moderazione/iscritti/99999").status_code == 404


def test_an_appeal_of_the_one_who_decided_is_seen(
    post: Post, author: Member, moderator: Member, other: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Twin: without the rule the deciding moderator answers."""
    made = appeal(hide(post, moderator))
    monkeypatch.setattr("moderation.policies.may_answer_appeal", lambda *_a, **_k: True)
    with pytest.raises(pytest.fail.Exception), pytest.raises(Forbidden):
        services.answer_appeal(
            appeal_id=made.id, granted=False, answer="No", by=actor_for(moderator.id)
        )


def test_a_double_click_makes_one_appeal(
    app: Flask, post: Post, author: Member, moderator: Member
) -> None:
    path = f"/il-mio-spazio/provvedimenti/{hide(post, moderator).id}/ricorso"
    browser = signed_in(app, author)
    page = browser.page(path)
    (form,) = (one for one in page.forms if "text" in one.fields)
    data = {"csrf_token": form.fields["csrf_token"], "text": "Era una citazione"}
    answers = [browser.post(path, data) for _ in range(2)]
    assert [one.status_code for one in answers] == [303, 303]
    assert answers[0].location == answers[1].location
    assert db.session.scalar(select(func.count()).select_from(Appeal)) == 1
    assert browser.get(path).status_code == 409
    assert signed_in(app, moderator).get(path).status_code == 404


def a_thread(author: Member) -> Reference:
    return Reference("thread", ThreadFactory.make(title="Vendo scarpe", author=author).id)


def a_file(author: Member) -> Reference:
    story = StoryFactory.make(state=PracticeState.PUBLISHED)
    file = attached(Reference("practice", story.id), title="Volantino", author_id=author.id)
    return Reference("attachment", file.id)


def a_story(author: Member) -> Reference:
    story = StoryFactory.make(state=PracticeState.VALIDATED, author_id=author.id)
    return Reference("practice", story.id)


def a_profile(author: Member) -> Reference:
    author.bio, author.bio_html = "Vendo **scarpe**.", "<p>Vendo <b>scarpe</b>.</p>"
    db.session.commit()
    return Reference("member", author.id)


def is_shown(thing: Reference) -> bool:
    """Whether a visitor finds the thing, or what a profile says."""
    if thing.kind == "member":
        return db.session.get_one(Member, thing.id).bio_html != ""
    return subjects.may_open(thing, VISITOR)


@pytest.mark.parametrize("make", [a_thread, a_file, a_story, a_profile])
def test_whatever_is_hidden_is_told_and_comes_back_after_an_appeal(
    app: Flask,
    make: Callable[[Member], Reference],
    author: Member,
    moderator: Member,
    other: Member,
) -> None:
    with transaction():
        set_flag(DEMO, "1")
    thing = make(author)
    reporter = member_with()
    services.file_report(
        reference=thing,
        reason=ReportReason.SPAM,
        text="Pubblicità",
        network="127.0.0.1",
        by=actor_for(reporter.id),
    )
    assert is_shown(thing)
    services.decide_reports(
        reference=thing, decision=Decision.HIDE, note="Pubblicità", by=actor_for(moderator.id)
    )
    assert not is_shown(thing)
    measure = db.session.scalars(select(Measure)).one()
    assert (measure.kind, measure.object_id) == (thing.kind, thing.id)
    assert (measure.member_id, measure.sort) == (author.id, MeasureSort.HIDDEN)
    (letter,) = letters()[author.email]
    assert "Pubblicità" in letter.text
    assert "/ricors" in letter.text
    made = appeal(measure, "È il mio lavoro")
    services.answer_appeal(
        appeal_id=made.id, granted=True, answer="Hai ragione", by=actor_for(other.id)
    )
    assert is_shown(thing)
    db.session.refresh(measure)
    assert measure.lifted_by_id == other.id


def test_who_answers_an_appeal_reads_what_was_taken_of_a_profile(
    app: Flask, author: Member, moderator: Member, other: Member
) -> None:
    thing = a_profile(author)
    measure = services.clean_profile(
        member_id=thing.id, reason="Pubblicità", by=actor_for(moderator.id)
    )
    judging = signed_in(app, other)
    assert "scarpe" not in text_of(judging.get(f"/iscritti/{author.slug}"))
    made = appeal(measure, "È il mio lavoro")
    page = text_of(judging.get(f"/moderazione/ricorsi/{made.id}"))
    assert "Il testo che è stato tolto" in page
    assert "Vendo scarpe." in page


def test_a_profile_that_was_written_anew_stays_as_it_is(author: Member, moderator: Member) -> None:
    thing = a_profile(author)
    services.clean_profile(member_id=thing.id, reason="Pubblicità", by=actor_for(moderator.id))
    author.bio, author.bio_html = "Lavoro in Comune.", "<p>Lavoro in Comune.</p>"
    db.session.commit()
    services.restore_profile(member_id=thing.id, by=actor_for(moderator.id))
    assert db.session.get_one(Member, thing.id).bio == "Lavoro in Comune."


def test_a_hidden_story_comes_back_as_it_was_and_by_moderators_alone(
    app: Flask, author: Member, moderator: Member
) -> None:
    number = a_story(author).id
    by = actor_for(moderator.id)
    with pytest.raises(Refused):
        practices.hide_story(practice_id=number, reason=" ", by=by)
    for other in (actor_for(author.id), actor_for(member_with(Role.EDITOR).id)):
        with pytest.raises(Forbidden):
            practices.hide_story(practice_id=number, reason="No", by=other)
    story = practices.hide_story(practice_id=number, reason="Pubblicità", by=by)
    with pytest.raises(Refused):
        practices.hide_story(practice_id=number, reason="Pubblicità", by=by)
    # No answer of its author leads out of it.
    asked = actor_for(author.id)
    with pytest.raises(Refused):
        practices.outdate_story(practice_id=number, version=None, reason="Vale", by=asked)
    with pytest.raises(Refused):
        practices.confirm_story(practice_id=number, version=None, by=asked)
    assert story.state is PracticeState.HIDDEN
    own = signed_in(app, author)
    for path in ("/il-mio-spazio/storie", f"/buone-pratiche/{story.slug}"):
        said = text_of(own.get(path))
        assert "Pubblicità" in said
        assert "La leggono tutti" not in said
    assert practices.restore_story(practice_id=number, by=by).state is PracticeState.VALIDATED
    assert db.session.scalars(select(Measure)).one().lifted_at is not None


def test_a_discussion_that_was_closed_comes_back_closed(author: Member, moderator: Member) -> None:
    thread = ThreadFactory.make(
        author=author, state=ThreadState.CLOSED, closed_at=clock.now(), closed_by_id=author.id
    )
    by = actor_for(moderator.id)
    forum.hide_thread(thread_id=thread.id, reason="Doppia", by=by)
    with pytest.raises(Forbidden):
        forum.restore_thread(thread_id=thread.id, by=actor_for(author.id))
    assert forum.restore_thread(thread_id=thread.id, by=by).state is ThreadState.CLOSED
    with pytest.raises(Refused):
        forum.restore_thread(thread_id=thread.id, by=by)
    assert db.session.scalars(select(Measure)).one().lifted_at is not None
