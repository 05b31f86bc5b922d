"""What each use case leaves behind: row, audit, revision, address; and what the domain refuses."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from sqlalchemy import select

from core.actor import VISITOR, Actor, Role
from core.database import db
from core.domain import Forbidden, Refused
from core.events import Event
from core.references import Reference
from core.revisions import revisions_of
from core.submissions import remember
from core.transactions import transaction
from core.versions import Conflict
from members.models import Member
from members.queries import actor_for
from practices import rules, services
from practices.models import Practice, PracticeComponent, PracticeKind, PracticeState
from practices.queries import story
from practices.rules import Component
from practices.signals import KIND
from tests.factories.members import AffiliationFactory, member_with
from tests.factories.organisations import OrganisationFactory
from tests.factories.practices import StoryFactory, content

pytestmark = pytest.mark.usefixtures("app")
S = PracticeState
SEEK = PracticeKind.SEEK


def told() -> list[str]:
    """The names of all facts, oldest first."""
    return list(db.session.scalars(select(Event.name).order_by(Event.id)))


def last_event() -> Event:
    return db.session.scalars(select(Event).order_by(Event.id.desc()).limit(1)).one()


def test_a_draft_leaves_an_event_and_no_revision(author: Member) -> None:
    by = actor_for(author.id)
    draft = services.draft_story(kind=PracticeKind.SEEK, content=content(), key="", by=by)
    assert (draft.author_id, draft.state, draft.version) == (author.id, S.DRAFT, 1)
    services.change_story(
        practice_id=draft.id, version=1, content=content(title="Un altro titolo"), by=by
    )
    assert told() == ["StoryDrafted", "StoryChanged"]
    assert last_event().changed == ["title"]
    assert revisions_of(Reference(KIND, draft.id)) == []


def test_sending_and_publishing_keep_revisions_and_say_for_whom(editor: Member) -> None:
    body = OrganisationFactory.make()
    author = member_with(of=body)
    by = actor_for(author.id)
    told_story = content(organisation_id=body.id)
    sent = services.send_story(kind=PracticeKind.OFFER, content=told_story, key="", by=by)
    assert told() == ["StoryDrafted", "StorySubmitted"]
    assert last_event().on_behalf_of_id == body.id
    services.publish_story(practice_id=sent.id, version=sent.version, by=actor_for(editor.id))
    assert last_event().name == "StoryPublished"
    assert last_event().on_behalf_of_id is None
    kept = revisions_of(Reference(KIND, sent.id))
    assert [(one.values["state"], one.by_id) for one in kept] == [
        ("published", editor.id),
        ("submitted", author.id),
    ]
    assert kept[0].values["problem"] == "Testo di problem."
    assert [one["title"] for one in kept[0].values["components"]] == ["Lo statuto"]
    assert sent.published_at is not None


def test_a_component_keeps_its_row_whatever_becomes_of_it(author: Member) -> None:
    by = actor_for(author.id)
    first, second = Component("uno", "Lo statuto"), Component("due", "Il tavolo", "Ogni mese.")
    draft = services.draft_story(
        kind=PracticeKind.OFFER, content=content(components=(first, second)), key="", by=by
    )
    rows = {row.key: row.id for row in draft.components}

    def rewrite(*components: Component) -> list[tuple[int, str]]:
        services.change_story(
            practice_id=draft.id, version=None, content=content(components=components), by=by
        )
        return [(row.id, row.title) for row in draft.components]

    moved = rewrite(second, replace(first, title="Lo statuto tipo"))
    assert moved == [(rows["due"], "Il tavolo"), (rows["uno"], "Lo statuto tipo")]
    assert last_event().changed == ["components"]
    assert rewrite(second) == [(rows["due"], "Il tavolo")]
    assert db.session.query(PracticeComponent).count() == 2
    assert rewrite(first, second) == [(rows["uno"], "Lo statuto"), (rows["due"], "Il tavolo")]


def test_a_component_without_a_name_reaches_no_editor(author: Member) -> None:
    nameless = content(components=(Component("uno", "", "Ogni mese."),))
    by = actor_for(author.id)
    with pytest.raises(Refused, match="incomplete: components"):
        services.send_story(kind=PracticeKind.OFFER, content=nameless, key="", by=by)
    sought = services.send_story(kind=PracticeKind.SEEK, content=content(SEEK), key="", by=by)
    assert (sought.state, sought.components) == (S.SUBMITTED, [])


def test_the_same_text_again_changes_nothing(editor: Member) -> None:
    made = StoryFactory.make()
    stands = rules.content_of(made)
    same = services.change_story(
        practice_id=made.id, version=None, content=stands, by=actor_for(editor.id)
    )
    assert same.version == 1
    assert told() == []


def test_the_address_follows_the_title_and_old_ones_stay(author: Member, editor: Member) -> None:
    by = actor_for(author.id)
    draft = services.draft_story(
        kind=PracticeKind.OFFER, content=content(title="Primo"), key="", by=by
    )
    for title in ("Secondo", "Primo"):
        services.change_story(
            practice_id=draft.id, version=None, content=content(title=title), by=by
        )
        assert draft.slug == title.lower()
    other = services.draft_story(
        kind=PracticeKind.OFFER, content=content(title="Secondo"), key="", by=by
    )
    assert other.slug == "secondo-2"
    found = story("secondo", by)
    assert found is not None
    assert found.slug == "primo"
    assert story("secondo", VISITOR) is None
    assert story("secondo", actor_for(editor.id)) is None


@pytest.mark.parametrize("title", ["feed", "modifica", "???", "家庭", "a" * 200])
def test_no_title_makes_an_address_that_leads_elsewhere(author: Member, title: str) -> None:
    made = services.draft_story(
        kind=PracticeKind.OFFER, content=content(title=title), key="", by=actor_for(author.id)
    )
    assert made.slug not in ("feed", "modifica")
    assert 0 < len(made.slug) <= 100


def test_an_older_version_is_refused_and_nothing_is_written(editor: Member) -> None:
    made = StoryFactory.make(title="Loro", version=3, state=S.SUBMITTED)
    by = actor_for(editor.id)
    for attempt in (
        lambda: services.change_story(practice_id=made.id, version=2, content=content(), by=by),
        lambda: services.publish_story(practice_id=made.id, version=2, by=by),
        lambda: services.request_changes(practice_id=made.id, version=2, reason="Perché", by=by),
        lambda: services.reject_story(practice_id=made.id, version=2, reason="Perché", by=by),
    ):
        with pytest.raises(Conflict):
            attempt()
    stands = db.session.get_one(Practice, made.id)
    assert (stands.title, stands.state, stands.version) == ("Loro", S.SUBMITTED, 3)
    assert told() == []


def test_what_editors_know_of_stays_complete(author: Member, editor: Member) -> None:
    by = actor_for(author.id)
    half = content(sections={})
    with pytest.raises(Refused, match="incomplete: problem, solution, results"):
        services.send_story(kind=PracticeKind.OFFER, content=half, key="", by=by)
    assert db.session.query(Practice).count() == 0
    public = StoryFactory.make()
    with pytest.raises(Refused, match="incomplete"):
        services.change_story(
            practice_id=public.id, version=None, content=half, by=actor_for(editor.id)
        )


def test_a_decision_needs_a_reason(editor: Member) -> None:
    made, by = StoryFactory.make(state=S.SUBMITTED), actor_for(editor.id)
    for decide in (services.request_changes, services.reject_story):
        with pytest.raises(Refused, match="no reason"):
            decide(practice_id=made.id, version=None, reason="", by=by)
    moderator = Actor(member_id=editor.id, roles=frozenset({Role.MODERATOR}))
    with pytest.raises(Refused, match="no reason"):
        services.remove_story(practice_id=made.id, version=None, by=moderator)


@pytest.mark.parametrize("decide", [services.request_changes, services.reject_story])
def test_a_double_click_decides_once(editor: Member, decide: Callable[..., Practice]) -> None:
    made, by = StoryFactory.make(state=S.SUBMITTED), actor_for(editor.id)
    for _ in range(2):
        decide(practice_id=made.id, version=1, reason="Mancano i costi.", by=by)
    published = StoryFactory.make(state=S.SUBMITTED)
    for _ in range(2):
        services.publish_story(practice_id=published.id, version=1, by=by)
    assert len(told()) == 2


def test_rights_end_with_what_gave_them(editor: Member) -> None:
    body = OrganisationFactory.make()
    author = member_with()
    affiliation = AffiliationFactory.make(member=author, organisation=body)
    ours = content(organisation_id=body.id)
    draft = services.draft_story(
        kind=PracticeKind.OFFER, content=ours, key="", by=actor_for(author.id)
    )
    affiliation.state = "ended"
    db.session.commit()
    by = actor_for(author.id)
    # The words can still be saved, but no longer be sent in the name of the body.
    services.change_story(
        practice_id=draft.id,
        version=None,
        content=content(organisation_id=body.id, title="Ancora"),
        by=by,
    )
    with pytest.raises(Forbidden):
        services.submit_story(
            practice_id=draft.id,
            version=None,
            content=content(organisation_id=body.id, title="Ancora"),
            by=by,
        )
    alone = content(title="Ancora")
    services.submit_story(practice_id=draft.id, version=None, content=alone, by=by)
    with pytest.raises(Forbidden):
        services.draft_story(kind=PracticeKind.OFFER, content=ours, key="", by=by)
    # An editor's correction leaves the name that the story stands under.
    with pytest.raises(Forbidden):
        services.change_story(
            practice_id=draft.id, version=None, content=ours, by=actor_for(editor.id)
        )


def test_an_unknown_theme_is_refused(author: Member) -> None:
    with pytest.raises(Refused, match="unknown theme"):
        services.draft_story(
            kind=PracticeKind.OFFER,
            content=content(theme_ids=frozenset({999_999})),
            key="",
            by=actor_for(author.id),
        )


def test_a_visitor_writes_nothing() -> None:
    with pytest.raises(Forbidden):
        services.draft_story(kind=PracticeKind.OFFER, content=content(), key="", by=VISITOR)


def test_a_key_counts_for_its_form_and_its_member_alone(author: Member) -> None:
    by = actor_for(author.id)

    def drafted(key: str, actor: Actor) -> Practice:
        return services.draft_story(kind=PracticeKind.OFFER, content=content(), key=key, by=actor)

    assert drafted("one", by).id == drafted("one", by).id != drafted("two", by).id
    with transaction():
        remember("three", author.id, Reference("post", drafted("one", by).id))
    assert drafted("three", by).id != drafted("one", by).id
