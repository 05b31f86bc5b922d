"""Validation by criteria, and stories that are asked after: once, by whom, with which answers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
import time_machine

from core import clock, outbox
from core.actor import SYSTEM, VISITOR, Role
from core.contracts import Round
from core.counting import counted
from core.database import db
from core.domain import Forbidden, Refused
from core.events import Event
from core.registry import registry
from core.text import Rendered
from core.versions import Conflict
from members.models import Member
from members.queries import actor_for
from members.services import lifecycle
from notifications.models import Notification
from portal.calendar import Calendar
from practices import rules, services
from practices.models import Criterion, Practice, PracticeKind, PracticeState
from practices.queries.answers import validation_of
from practices.queries.upkeep import who_answers_for
from practices.queries.validations import to_validate_counted
from tests.factories.members import member_with
from tests.factories.organisations import OrganisationFactory
from tests.factories.practices import StoryFactory
from tests.practices.conftest import SignIn
from tests.visitor import Visitor, text_of

pytestmark = pytest.mark.usefixtures("app")
S = PracticeState
FINDINGS = {Criterion.RESULTS: "Ottanta ragazzi in più.", Criterion.TRANSFERABILITY: "Poco serve."}


@pytest.fixture
def evaluator() -> Member:
    return member_with(Role.EVALUATOR)


def told(name: str) -> int:
    return db.session.query(Event).filter_by(name=name).count()


def told_to() -> set[tuple[int, str]]:
    """Who has a notice, by the rule that made it."""
    while any(outbox.drain(one) for one in registry().consumers.values() if one.name != "search"):
        pass
    return {(one.member_id, one.rule) for one in db.session.query(Notification)}


def test_a_validation_stands_on_the_page_with_its_findings(
    author: Member, evaluator: Member, visitor: Visitor
) -> None:
    story = StoryFactory.make(author_id=author.id)
    by = actor_for(evaluator.id)
    assert counted(to_validate_counted(by)) == 1
    services.validate_story(practice_id=story.id, version=1, findings=FINDINGS, by=by)
    page = text_of(visitor.get(f"/buone-pratiche/{story.slug}"))
    for words in ("Storia validata", evaluator.name, *FINDINGS.values()):
        assert words in page
    assert counted(to_validate_counted(by)) == 0
    assert (author.id, "practices.validated") in told_to()


def test_each_criterion_needs_a_finding(author: Member, evaluator: Member, sign_in: SignIn) -> None:
    story, judging = StoryFactory.make(author_id=author.id), sign_in(evaluator)
    with pytest.raises(Refused, match="criterion"):
        services.validate_story(
            practice_id=story.id,
            version=None,
            findings={Criterion.RESULTS: "Bene."},
            by=actor_for(evaluator.id),
        )
    path = f"/buone-pratiche/{story.slug}/valida"
    bare = judging.submit(path, {"results": "Bene."}, action="/valida")
    assert bare.status_code == 422
    assert "Bene." in bare.get_data(as_text=True)
    done = judging.submit(path, {"results": "Bene.", "transferability": "Sì."}, action="/valida")
    assert "La storia è validata" in text_of(done)


def test_a_no_is_read_by_the_author_and_by_no_reader(
    author: Member, evaluator: Member, sign_in: SignIn, visitor: Visitor, writing: Visitor
) -> None:
    story, judging = StoryFactory.make(author_id=author.id), sign_in(evaluator)
    path = f"/buone-pratiche/{story.slug}"
    judging.submit(f"{path}/valida/non-ancora", {"reason": "Mancano i dati."}, action="/non-ancora")
    assert "Mancano i dati." in text_of(writing.get(path))
    assert "Mancano i dati." not in text_of(visitor.get(path))
    assert counted(to_validate_counted(actor_for(evaluator.id))) == 0
    with time_machine.travel(clock.now() + timedelta(hours=1)):
        services.change_story(
            practice_id=story.id,
            version=None,
            content=replace(rules.content_of(story), title="Con i dati"),
            by=actor_for(member_with(Role.EDITOR).id),
        )
    assert counted(to_validate_counted(actor_for(evaluator.id))) == 1


def test_rewriting_what_was_judged_ends_the_validation(
    author: Member, editor: Member, evaluator: Member
) -> None:
    story = StoryFactory.make(author_id=author.id)
    services.validate_story(
        practice_id=story.id, version=None, findings=FINDINGS, by=actor_for(evaluator.id)
    )
    by = actor_for(editor.id)
    stands = rules.content_of(story)
    services.change_story(
        practice_id=story.id, version=None, content=replace(stands, title="Un altro"), by=by
    )
    assert story.state is S.VALIDATED
    sections = dict(stands.sections) | {"results": Rendered("Più code.", "<p>Più code.</p>")}
    services.change_story(
        practice_id=story.id, version=None, content=replace(stands, sections=sections), by=by
    )
    assert story.state is S.PUBLISHED
    assert validation_of(story) is None
    assert told("ValidationLapsed") == 1
    assert (author.id, "practices.lapsed") in told_to()


@pytest.fixture
def old_story(author: Member) -> Iterator[Practice]:
    """A story whose time is over."""
    story = StoryFactory.make(author_id=author.id)
    with time_machine.travel(rules.due_at(story) + timedelta(minutes=1), tick=False):
        yield story


def test_a_story_is_asked_after_once_a_period(old_story: Practice, author: Member) -> None:
    for _ in range(3):
        services.ask_after_stories()
    assert told("ConfirmationAsked") == 1
    assert (author.id, "practices.asked") in told_to()
    services.confirm_story(practice_id=old_story.id, version=None, by=actor_for(author.id))
    services.ask_after_stories()
    assert told("ConfirmationAsked") == 1
    with time_machine.travel(clock.now() + rules.HOLDS_FOR[PracticeKind.OFFER], tick=False):
        services.ask_after_stories()
        services.ask_after_stories()
    assert told("ConfirmationAsked") == 2


def test_without_an_answer_the_page_says_so_until_there_is_one(
    old_story: Practice, author: Member, visitor: Visitor, sign_in: SignIn
) -> None:
    path = f"/buone-pratiche/{old_story.slug}"
    services.ask_after_stories()
    assert "Non sappiamo se vale ancora" not in text_of(visitor.get(path))
    with time_machine.travel(clock.now() + rules.ANSWER_WITHIN, tick=False):
        services.ask_after_stories()
        services.ask_after_stories()
        assert told("ConfirmationMissed") == 1
        assert "Non sappiamo se vale ancora" in text_of(visitor.get(path))
        assert "Non confermata" in text_of(visitor.get("/buone-pratiche"))
        answering = sign_in(author)
        assert "dire se valgono ancora" in text_of(answering.get("/il-mio-spazio"))
        done = answering.submit(f"{path}/vale-ancora", action="/vale-ancora")
        assert "vale ancora" in text_of(done)
        assert "Non sappiamo se vale ancora" not in text_of(visitor.get(path))


def test_a_story_that_does_not_hold_says_so_and_can_come_back(
    author: Member, writing: Visitor, visitor: Visitor
) -> None:
    story = StoryFactory.make(author_id=author.id)
    path = f"/buone-pratiche/{story.slug}"
    writing.submit(f"{path}/superata", {"reason": "Servizio chiuso."}, action="/superata")
    assert "Servizio chiuso." in text_of(visitor.get(path))
    writing.submit(f"{path}/vale-ancora", action="/vale-ancora")
    assert db.session.get_one(Practice, story.id).state is S.PUBLISHED


def test_where_the_author_is_gone_the_contact_persons_are_asked(author: Member) -> None:
    body = OrganisationFactory.make()
    contact = member_with(of=body, contact=True)
    story = StoryFactory.make(author_id=author.id, organisation_id=body.id)
    alone = StoryFactory.make(author_id=author.id)
    assert list(who_answers_for(story.id)) == [author.id]
    lifecycle.remove_member(member_id=author.id, by=SYSTEM)
    assert list(who_answers_for(story.id)) == [contact.id]
    assert list(who_answers_for(alone.id)) == []
    services.confirm_story(practice_id=story.id, version=None, by=actor_for(contact.id))
    for stranger in (VISITOR, actor_for(member_with(of=body).id)):
        with pytest.raises(Forbidden):
            services.confirm_story(practice_id=story.id, version=None, by=stranger)


def test_whoever_is_asked_finds_the_stories_in_one_list(
    old_story: Practice, author: Member, sign_in: SignIn
) -> None:
    body = OrganisationFactory.make()
    contact, colleague = member_with(of=body, contact=True), member_with(of=body)
    db.session.get_one(Practice, old_story.id).organisation_id = body.id
    db.session.commit()
    services.ask_after_stories()
    page = "/il-mio-spazio/storie/valgono-ancora"
    assert old_story.title in text_of(sign_in(author).get(page))
    assert old_story.title not in text_of(sign_in(contact).get(page))
    lifecycle.remove_member(member_id=author.id, by=SYSTEM)
    answering = sign_in(contact)
    assert "dire se valgono ancora" in text_of(answering.get("/il-mio-spazio"))
    assert old_story.title in text_of(answering.get(page))
    assert old_story.title not in text_of(sign_in(colleague).get(page))
    answering.submit(f"/buone-pratiche/{old_story.slug}/vale-ancora", action="/vale-ancora")
    assert old_story.title not in text_of(answering.get(page))


def test_yes_sent_twice_is_one_yes(old_story: Practice, author: Member, editor: Member) -> None:
    by, seen = actor_for(author.id), old_story.version
    for _ in range(2):
        services.confirm_story(practice_id=old_story.id, version=seen, by=by)
    assert told("StoryConfirmed") == 1
    # Twins: what somebody else said meanwhile, and another text, were not seen.
    with pytest.raises(Conflict):
        services.confirm_story(practice_id=old_story.id, version=seen, by=actor_for(editor.id))
    stands = rules.content_of(db.session.get_one(Practice, old_story.id))
    services.change_story(
        practice_id=old_story.id,
        version=None,
        content=replace(stands, title="Altro"),
        by=actor_for(editor.id),
    )
    with pytest.raises(Conflict):
        services.confirm_story(practice_id=old_story.id, version=seen, by=by)


def test_what_is_sought_is_asked_after_sooner() -> None:
    assert rules.HOLDS_FOR[PracticeKind.SEEK] < rules.HOLDS_FOR[PracticeKind.OFFER]


def test_a_round_rests_only_when_nothing_is_left() -> None:
    left, gone = [3, 2, 0, 0], []

    def go() -> int:
        gone.append(1)
        return left.pop(0)

    calendar = Calendar([Round(name="x", every=timedelta(minutes=1), go=go)])
    assert [calendar.go(second) for second in (0, 1, 2, 3, 62)] == [3, 2, 0, 0, 0]
    assert len(gone) == 4
