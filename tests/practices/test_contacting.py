"""What people do with a match: who may, what the other side is told, and that once is enough."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from itertools import product
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select, update

from core.actor import VISITOR, Actor, Role
from core.database import db
from core.domain import Forbidden, Refused
from core.events import Event, fact_of
from core.outbox import drain
from core.registry import registry
from core.text import render_markdown
from forum.models import Post, Thread
from members.models import Affiliation, AffiliationRole, AffiliationState, Member
from members.queries import actor_for
from notifications.models import Notification
from notifications.services import CONSUMER
from organisations.models import Organisation
from practices import policies, services
from practices.models import Match, MatchState, Practice, PracticeKind, PracticeState
from practices.queries.matches import match, matches_of, own_matches, speakers_of
from practices.services import matching
from spaces.models import Space
from tests.factories.members import AffiliationFactory, member_with
from tests.factories.organisations import OrganisationFactory
from tests.factories.practices import MatchFactory, StoryFactory
from tests.practices.test_matching import statistics
from tests.visitor import Visitor, form_values, parse, text_of
from twinning.models import Participation, ParticipationRole, ParticipationState, Twinning

pytestmark = pytest.mark.usefixtures("in_request")

SignIn = Callable[[Member], Visitor]


class Pair:
    """Two bodies with a contact person and an author each, a story each, and their match."""

    def __init__(self) -> None:
        self.bodies = [OrganisationFactory.make(name=name) for name in ("Chiede", "Offre")]
        self.contacts = [self.of(body, contact=True) for body in self.bodies]
        self.authors = [self.of(body) for body in self.bodies]
        self.seek, self.offer = (
            StoryFactory.make(kind=kind, title=title, author_id=author.id, organisation_id=body.id)
            for kind, title, author, body in zip(
                (PracticeKind.SEEK, PracticeKind.OFFER),
                ("Cerchiamo uno sportello", "Offriamo uno sportello"),
                self.authors,
                self.bodies,
                strict=True,
            )
        )
        self.match = MatchFactory.make(seek=self.seek, offer=self.offer)
        self.url = f"/corrispondenze/{self.match.id}"

    @staticmethod
    def of(body: Organisation, *, contact: bool = False) -> Member:
        member = member_with()
        role = AffiliationRole.CONTACT if contact else AffiliationRole.MEMBER
        AffiliationFactory.make(member=member, organisation=body, role=role)
        return member

    def contact(self, member: Member, text: str = "Ci interessa.", key: str = "k") -> Match:
        return services.contact_match(
            match_id=self.match.id,
            text=render_markdown(text),
            key=key,
            lang="it",
            by=actor_for(member.id),
        )


@pytest.fixture
def pair(app: Flask) -> Pair:
    return Pair()


def form_on(browser: Visitor, path: str, action: str) -> dict[str, Any]:
    """What a browser would send of this form."""
    forms = parse(browser.get(path)).forms
    return form_values(next(f for f in forms if action in (f.get("action") or "")))


def work(*names: str) -> None:
    for name in names or (CONSUMER.name,):
        while drain(registry().consumers[name]):
            pass
    db.session.expire_all()


def state() -> MatchState:
    db.session.expire_all()
    return db.session.scalars(select(Match.state)).one()


def told(member: Member) -> list[str]:
    rows = select(Notification.rule).where(Notification.member_id == member.id)
    return list(db.session.scalars(rows.order_by(Notification.rule)))


# Who sees and decides ----------------------------------------------------------------------------


def actors(pair: Pair) -> dict[str, Actor]:
    stranger = member_with()
    return {
        "visitor": VISITOR,
        "stranger": actor_for(stranger.id),
        "editor": Actor(member_id=stranger.id, roles=frozenset({Role.EDITOR})),
        "author": actor_for(pair.authors[0].id),
        "contact": actor_for(pair.contacts[1].id),
        "colleague": actor_for(pair.of(pair.bodies[0]).id),
    }


# The rules tell matches that were put aside from all others, and nothing else of a match: one of
# the others stands for them beside every state of a story. The soak test takes each with each.
ALL_STATES = tuple(product(MatchState, PracticeState))
SOME_STATES = tuple(
    (one, story)
    for one, story in ALL_STATES
    if one in (MatchState.CONTACTED, MatchState.DISMISSED) or story is PracticeState.PUBLISHED
)


@pytest.mark.parametrize(
    "states",
    [
        pytest.param(SOME_STATES, id="some"),
        pytest.param(ALL_STATES, id="all", marks=pytest.mark.soak),
    ],
)
def test_a_match_is_visible_as_far_as_both_stories_are(
    pair: Pair, states: Iterable[tuple[MatchState, PracticeState]]
) -> None:
    """The policy for one row, the one for SQL, and what a story's page lists."""
    everybody = actors(pair)
    for match_state, story_state in states:
        pair.match.state, pair.offer.state = match_state, story_state
        db.session.commit()
        for name, actor in everybody.items():
            case = (name, match_state, story_state)
            seen = match(pair.match.id, actor) is not None
            assert seen is policies.is_match_visible(actor, pair.match), case
            both = policies.is_visible(actor, pair.seek) and policies.is_visible(actor, pair.offer)
            assert not seen or both, case
            listed = bool(matches_of(pair.seek.id, actor))
            assert listed is (both and match_state is not MatchState.DISMISSED), case
            handled = bool(own_matches(actor, match_state).items)
            assert handled is policies.may_handle(actor, pair.match), case


def test_a_leak_would_be_seen(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    """Twin: a rule that forgets the second story."""
    pair.offer.state = PracticeState.DRAFT
    db.session.commit()
    monkeypatch.setattr(
        policies, "_both_visible_to", lambda actor: Match.seek_id.in_(select(Practice.id))
    )
    assert match(pair.match.id, VISITOR) is not None
    assert not policies.is_match_visible(VISITOR, pair.match)


def test_those_answer_for_a_story_whom_its_body_knows(pair: Pair) -> None:
    assert speakers_of(pair.seek) == {pair.contacts[0].id, pair.authors[0].id}
    for row in db.session.scalars(select(Affiliation)):
        row.state = AffiliationState.ENDED
    db.session.commit()
    assert speakers_of(pair.seek) == frozenset()
    assert not policies.may_handle(actor_for(pair.authors[0].id), pair.match)


# Writing to each other ---------------------------------------------------------------------------


def test_the_first_message_opens_a_discussion_of_the_two_sides(
    pair: Pair, sign_in: SignIn, visitor: Visitor
) -> None:
    writer = sign_in(pair.authors[0])
    page = text_of(writer.get(pair.url))
    assert "Contatta Offre" in page
    answer = writer.submit(
        pair.url, {"text": "Come avete **cominciato**?"}, action="contatta", follow=False
    )
    assert answer.status_code == 302
    thread = db.session.scalars(select(Thread)).one()
    assert answer.location == f"/discussioni/{thread.id}"
    assert state() is MatchState.CONTACTED
    work()
    for member in (*pair.contacts, *pair.authors):
        assert "cominciato" in text_of(sign_in(member).get(answer.location))
    outside = [pair.of(pair.bodies[0]), pair.of(pair.bodies[1]), member_with(Role.ADMINISTRATOR)]
    for member in outside:
        assert sign_in(member).get(answer.location).status_code == 404
    assert visitor.get(answer.location).status_code == 404
    assert told(pair.authors[0]) == []
    for member in (pair.authors[1], *pair.contacts):
        assert told(member) == ["practices.contacted"], "once, and by the most urgent reason"


def test_the_mail_says_who_wrote_and_leads_there(pair: Pair) -> None:
    pair.contact(pair.authors[0])
    work()
    rule = registry().notices["practices.contacted"]
    event = db.session.scalars(select(Event).where(Event.name == "MatchContacted")).one()
    fact = fact_of(event)
    assert rule.build is not None
    notice = rule.build(fact, pair.contacts[1].id)
    assert notice is not None
    assert pair.authors[0].name == notice.context["writer"]
    assert str(notice.context["url"]).endswith(f"/discussioni/{state_row().thread_id}")
    assert rule.build(fact, member_with().id) is None


def state_row() -> Match:
    return db.session.scalars(select(Match)).one()


def test_a_double_click_opens_one_discussion(pair: Pair) -> None:
    for _ in range(2):
        pair.contact(pair.authors[0])
    assert count(Thread) == count(Space) == count(Post) == 1


def test_who_is_second_keeps_the_text(pair: Pair, sign_in: SignIn) -> None:
    late = sign_in(pair.contacts[1])
    form = form_on(late, pair.url, "contatta")
    pair.contact(pair.authors[0])
    answer = late.post(f"{pair.url}/contatta", {**form, "text": "Scrivo anch’io"})
    assert answer.status_code == 409
    assert "Scrivo anch’io" in text_of(answer)
    assert "Vai alla discussione" in text_of(answer)
    assert count(Thread) == 1


def count(model: type) -> int:
    return db.session.scalar(select(func.count()).select_from(model)) or 0


def test_an_empty_message_is_an_error_beside_the_field(pair: Pair, sign_in: SignIn) -> None:
    answer = sign_in(pair.authors[0]).submit(pair.url, {"text": ""}, action="contatta")
    assert answer.status_code == 422
    assert count(Thread) == 0


def test_who_loses_the_affiliation_is_out_at_once(pair: Pair, sign_in: SignIn) -> None:
    pair.contact(pair.authors[0])
    url = f"/discussioni/{state_row().thread_id}"
    for member in (pair.authors[1], pair.contacts[1]):
        browser = sign_in(member)
        assert browser.get(url).status_code == 200
        db.session.execute(
            update(Affiliation)
            .where(Affiliation.member_id == member.id)
            .values(state=AffiliationState.ENDED)
        )
        db.session.commit()
        assert browser.get(url).status_code == 404
    # Who becomes the contact person later has the key of the office.
    later = sign_in(pair.of(pair.bodies[1], contact=True))
    assert later.get(url).status_code == 200


def test_who_is_contact_person_no_more_has_no_key(pair: Pair, sign_in: SignIn) -> None:
    pair.contact(pair.authors[0])
    browser = sign_in(pair.contacts[1])
    url = f"/discussioni/{state_row().thread_id}"
    assert browser.get(url).status_code == 200
    db.session.execute(update(Affiliation).values(role=AffiliationRole.MEMBER))
    db.session.commit()
    assert browser.get(url).status_code == 404


def test_a_key_for_everybody_would_be_seen(
    pair: Pair, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Twin: the office's key handed to all of its people."""
    from practices.services import contacting

    grant = contacting.spaces.grant
    monkeypatch.setattr(
        contacting.spaces, "grant", lambda **given: grant(**{**given, "contacts_only": False})
    )
    pair.contact(pair.authors[0])
    colleague = sign_in(pair.of(pair.bodies[1]))
    assert colleague.get(f"/discussioni/{state_row().thread_id}").status_code == 200


def test_only_those_write_whom_a_body_knows(pair: Pair) -> None:
    for member in (member_with(), member_with(Role.ADMINISTRATOR), pair.of(pair.bodies[0])):
        with pytest.raises(Forbidden):
            pair.contact(member)
    lone = member_with()
    seek = StoryFactory.make(kind=PracticeKind.SEEK, author_id=lone.id)
    made = MatchFactory.make(seek=seek, offer=pair.offer)
    assert policies.may_dismiss(actor_for(lone.id), made)
    assert not policies.may_contact(actor_for(lone.id), made)


def test_nobody_is_written_to_who_could_not_answer(pair: Pair, sign_in: SignIn) -> None:
    lone = StoryFactory.make(author_id=member_with().id, contact="Ufficio nidi, 0999 1")
    made = MatchFactory.make(seek=pair.seek, offer=lone)
    page = text_of(sign_in(pair.authors[0]).get(f"/corrispondenze/{made.id}"))
    assert "Ufficio nidi, 0999 1" in page
    assert "Invia il messaggio" not in page
    pair.match = made
    with pytest.raises(Refused):
        pair.contact(pair.authors[0])


@pytest.mark.parametrize("end", [MatchState.TWINNED, MatchState.DISMISSED])
def test_what_is_over_is_not_begun_again(pair: Pair, end: MatchState) -> None:
    pair.match.state = end
    db.session.commit()
    with pytest.raises(Refused):
        pair.contact(pair.authors[0])


# Putting aside -----------------------------------------------------------------------------------


def test_what_is_put_aside_is_gone_from_both_stories(
    pair: Pair, sign_in: SignIn, visitor: Visitor
) -> None:
    page = f"/buone-pratiche/{pair.offer.slug}"
    assert "Corrispondenze suggerite" in text_of(visitor.get(page))
    browser = sign_in(pair.contacts[1])
    for _ in range(2):
        answer = browser.submit(
            f"{pair.url}/scarta", {"reason": "Già fatto"}, action="/scarta", follow=False
        )
        assert answer.status_code == 302
    assert state() is MatchState.DISMISSED
    assert "Corrispondenze suggerite" not in text_of(visitor.get(page))
    assert visitor.get(pair.url).status_code == 404
    assert pair.seek.title in text_of(browser.get("/il-mio-spazio/corrispondenze?stato=scartate"))
    facts = select(func.count()).select_from(Event).where(Event.name == "MatchDismissed")
    assert db.session.scalar(facts) == 1


# From a match to a twinning ----------------------------------------------------------------------


def test_a_twinning_begins_with_what_the_match_knows(pair: Pair, sign_in: SignIn) -> None:
    pair.contact(pair.authors[0])
    browser = sign_in(pair.contacts[0])
    assert "Proponi il gemellaggio" in text_of(browser.get(pair.url))
    url = f"/gemellaggi/nuovo?corrispondenza={pair.match.id}"
    form = form_on(browser, url, "/gemellaggi/nuovo")
    assert form["title"] == pair.offer.title
    assert form["practice_id"] == str(pair.offer.id)
    assert form["own_body"] == str(pair.bodies[0].id)
    assert form["own_role"] == ParticipationRole.RECEIVER.value
    for _ in range(2):
        answer = browser.post(url, {**form, "azione": "salva"})
        assert answer.status_code == 303
    made = db.session.scalars(select(Twinning)).one()
    assert made.practice_id == pair.offer.id
    assert state() is MatchState.TWINNED
    places = {
        one.organisation_id: (one.role, one.state)
        for one in db.session.scalars(select(Participation))
    }
    assert places == {
        pair.bodies[0].id: (ParticipationRole.RECEIVER, ParticipationState.ACCEPTED),
        pair.bodies[1].id: (ParticipationRole.GIVER, ParticipationState.INVITED),
    }


def test_a_twinning_begins_from_contacts_alone(pair: Pair, sign_in: SignIn) -> None:
    """What is only suggested, or none of the own, fills in nothing."""
    browser = sign_in(pair.contacts[0])
    url = f"/gemellaggi/nuovo?corrispondenza={pair.match.id}"
    assert form_on(browser, url, "/gemellaggi/nuovo")["title"] == ""
    pair.contact(pair.authors[0])
    assert form_on(browser, url, "/gemellaggi/nuovo")["title"] != ""
    other = sign_in(pair.of(OrganisationFactory.make(), contact=True))
    assert form_on(other, url, "/gemellaggi/nuovo")["title"] == ""
    assert "Proponi il gemellaggio" not in text_of(sign_in(pair.authors[1]).get(pair.url))
    for wrong in ("", "x", "٣", "9" * 40, "-1", "999999"):
        assert browser.get(f"/gemellaggi/nuovo?corrispondenza={wrong}").status_code == 200


# Pages -------------------------------------------------------------------------------------------


def test_the_reasons_stand_on_both_pages_and_add_up(pair: Pair, visitor: Visitor) -> None:
    for story, other in ((pair.seek, pair.offer), (pair.offer, pair.seek)):
        page = text_of(visitor.get(f"/buone-pratiche/{story.slug}"))
        assert other.title in page
        for words in ("stesso tema", "0,40", "parole in comune: sportello, famiglie", "0,22"):
            assert words in page
        assert "0,40 + 0,22" in page
        assert "0,62" in page


def test_the_words_of_a_text_that_changed_are_not_shown(pair: Pair, visitor: Visitor) -> None:
    """Until the worker has compared it again: what its author took out must not stay here."""
    pair.offer.version += 1
    db.session.commit()
    page = text_of(visitor.get(pair.url))
    assert "parole in comune" in page
    assert "sportello, famiglie" not in page


def test_a_story_that_flips_takes_its_match_along_at_once(pair: Pair, visitor: Visitor) -> None:
    page = f"/buone-pratiche/{pair.seek.slug}"
    assert pair.offer.title in text_of(visitor.get(page))
    db.session.execute(
        update(Practice).where(Practice.id == pair.offer.id).values(state=PracticeState.DRAFT)
    )
    db.session.commit()
    assert pair.offer.title not in text_of(visitor.get(page))
    assert visitor.get(pair.url).status_code == 404


def test_the_own_space_lists_what_one_decides(pair: Pair, sign_in: SignIn) -> None:
    for member in (*pair.contacts, *pair.authors):
        browser = sign_in(member)
        page = text_of(browser.get("/il-mio-spazio/corrispondenze"))
        assert pair.seek.title in page
        assert "Valuta e contatta" in page
        assert re.search(r"Corrispondenze ?1", text_of(browser.get("/il-mio-spazio")))
    stranger = sign_in(member_with())
    assert "Nessuna corrispondenza" in text_of(stranger.get("/il-mio-spazio/corrispondenze"))
    for code in ("in-contatto", "in-gemellaggio", "scartate", "boh"):
        assert stranger.get(f"/il-mio-spazio/corrispondenze?stato={code}").status_code == 200


def test_a_new_suggestion_is_a_line_in_the_own_list_and_no_mail(pair: Pair) -> None:
    db.session.delete(pair.match)
    db.session.commit()
    assert matching.match_story(pair.seek.id, statistics())
    work()
    for member in (*pair.contacts, *pair.authors):
        assert told(member) == ["practices.suggested"]
    rows = db.session.scalars(select(Notification)).all()
    assert {row.state.value for row in rows} == {"none"}


def test_pages_cost_the_same_however_many_there_are(
    pair: Pair, sign_in: SignIn, count_queries: Callable[..., object]
) -> None:
    browser = sign_in(pair.authors[0])
    paths = (f"/buone-pratiche/{pair.seek.slug}", "/il-mio-spazio/corrispondenze", pair.url)

    def cost() -> list[int]:
        numbers = []
        for path in paths:
            browser.get(path)
            with count_queries() as statements:  # type: ignore[attr-defined]
                assert browser.get(path).status_code == 200
            numbers.append(len(statements))
        return numbers

    one = cost()
    for _ in range(12):
        MatchFactory.make(seek=pair.seek, offer=StoryFactory.make())
    assert cost() == one
    # What else stands on a story's page is counted where it is made.
    assert max(one[1:]) <= 10, dict(zip(paths, one, strict=True))
    with count_queries() as statements:  # type: ignore[attr-defined]
        matches_of(pair.seek.id, actor_for(pair.authors[0].id))
    assert sum("FROM matches" in one for one in statements) == 1
