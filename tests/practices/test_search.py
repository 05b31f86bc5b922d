"""What search knows of a story, who may find it, and when it must be read again."""

from __future__ import annotations

import pytest
from flask import Flask

from core.actor import SYSTEM, VISITOR, Actor, Role
from core.database import db
from core.references import Reference
from members.models import Member
from members.queries import actor_for
from members.signals import ProfileChanged
from organisations.signals import OrganisationChanged
from practices import search, services
from practices.models import Practice, PracticeKind, PracticeState
from practices.rules import PUBLIC_STATES
from practices.search import SOURCE, audience
from practices.signals import ALL, StoryPublished
from search.queries.documents import affected
from search.services.indexer import Indexer
from spaces.services import open_space
from tests.factories.members import member_with
from tests.factories.organisations import OrganisationFactory
from tests.factories.practices import StoryFactory, content
from tests.opening import opened
from tests.visitor import Visitor, parse, text_of

pytestmark = pytest.mark.usefixtures("in_request")


def test_a_document_says_what_the_page_says(author: Member, visitor: Visitor) -> None:
    body = OrganisationFactory.make(name="Regione Puglia", acronym="RP")
    story = StoryFactory.make(author_id=author.id, organisation_id=body.id)
    [document] = SOURCE.documents([story.id])
    assert document.reference == Reference("practice", story.id)
    assert document.url == f"/buone-pratiche/{story.slug}"
    assert visitor.get(document.url).status_code == 200
    for words in (story.summary, "Troppi uffici.", "Meno code."):
        assert words in document.text
    assert "<" not in document.text
    for name in ("Regione Puglia", "RP", author.name, story.contact):
        assert name in document.names
    assert document.keywords
    assert document.keywords[0] in text_of(visitor.get(document.url))
    assert "esempio" not in document.text  # what only a story of the other kind says


@pytest.mark.parametrize("state", list(PracticeState))
def test_the_audience_is_never_wider_than_the_policy(author: Member, state: PracticeState) -> None:
    space = open_space(about=Reference("practice", 1), title="Riservato", by=SYSTEM)
    readers = [VISITOR, Actor(member_id=author.id), Actor(member_id=999)]
    readers += [Actor(member_id=999, roles=frozenset({role})) for role in Role]
    readers += [Actor(member_id=999, space_ids=frozenset({space.id}))]
    for author_id in (author.id, None):
        for space_id in (space.id, None):
            story = StoryFactory.make(state=state, author_id=author_id, space_id=space_id)
            found = list(SOURCE.documents([story.id]))
            gone = state in (PracticeState.HIDDEN, PracticeState.REMOVED)
            assert bool(found) is not gone
            for reader in readers:
                if found and found[0].audience in reader.audience:
                    seen = opened("practice", [story.id], reader) == {story.id}
                    assert seen or (author_id is None and space_id is not None)


def test_everybody_finds_what_everybody_may_read() -> None:
    for state in PracticeState:
        story = Practice(state=state, author_id=1)
        assert (audience(story) == "public") is (state in PUBLIC_STATES)


def test_ids_walk_over_all_that_is_left() -> None:
    made = [StoryFactory.make().id for _ in range(5)]
    db.session.get_one(Practice, made[2]).state = PracticeState.REMOVED
    db.session.commit()
    walked: list[int] = []
    while step := SOURCE.ids(walked[-1] if walked else 0, 2):
        walked += step
    assert walked == [number for number in made if number != made[2]]


def test_facts_lead_to_what_must_be_read_again(author: Member) -> None:
    body = OrganisationFactory.make()
    ours = StoryFactory.make(organisation_id=body.id, kind=PracticeKind.SEEK)
    theirs = StoryFactory.make(author_id=author.id)
    StoryFactory.make(author_id=member_with().id)
    assert set(ALL) <= SOURCE.affected.keys()
    for fact, story in (
        (OrganisationChanged(organisation_id=body.id), ours),
        (ProfileChanged(member_id=author.id), theirs),
        (StoryPublished(practice_id=ours.id), ours),
    ):
        touched = {one for one in affected([fact]) if one.kind == "practice"}
        assert touched == {Reference("practice", story.id)}
    assert search.SOURCE.kind == "practice"


def test_readers_find_what_they_may_and_nothing_more(
    app: Flask, visitor: Visitor, writing: Visitor, author: Member, editor: Member
) -> None:
    by = actor_for(author.id)
    told = content(title="Nidi aperti fino a sera")
    draft = services.draft_story(kind=PracticeKind.OFFER, content=told, key="", by=by)
    indexer = Indexer(app.config["GEMELLA"].index_folder)

    def hits(browser: Visitor) -> int:
        while indexer.step():
            pass
        page = parse(browser.get("/cerca?q=nido+sera"))
        return len(page.xpath("//main//a[starts-with(@href, '/buone-pratiche/nidi-')]"))

    assert (hits(visitor), hits(writing)) == (0, 1)
    services.submit_story(practice_id=draft.id, version=None, content=told, by=by)
    services.publish_story(practice_id=draft.id, version=None, by=actor_for(editor.id))
    assert hits(visitor) == 1
    moderator = Actor(member_id=editor.id, roles=frozenset({Role.MODERATOR}))
    services.remove_story(practice_id=draft.id, version=None, reason="Dati personali", by=moderator)
    # At once, before the index hears of it.
    assert "Nidi aperti" not in text_of(visitor.get("/cerca?q=nido+sera"))
    assert hits(visitor) == 0
    indexer.close()
