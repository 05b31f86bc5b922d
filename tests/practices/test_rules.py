"""States follow each other as the table says, whatever anybody tries; texts must be complete."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.actor import Actor, Role
from core.database import db
from core.domain import Refused, Transitions
from core.text import Rendered
from members.models import Member
from practices import rules, services
from practices.models import Practice, PracticeKind, PracticeState
from practices.rules import REQUIRED_FACTS, SECTIONS, StoryContent, differences, missing
from tests.factories.practices import StoryFactory, content

S = PracticeState
Verb = Callable[[Practice, Actor], Practice]


def _submit(story: Practice, by: Actor) -> Practice:
    stands = rules.content_of(story)
    return services.submit_story(practice_id=story.id, version=None, content=stands, by=by)


def _rewrite(story: Practice, by: Actor) -> Practice:
    new = content(title=f"{story.title[:100]} bis")
    return services.change_story(practice_id=story.id, version=None, content=new, by=by)


VERBS: dict[str, Verb] = {
    "rewrite": _rewrite,
    "submit": _submit,
    "publish": lambda s, by: services.publish_story(practice_id=s.id, version=None, by=by),
    "request_changes": lambda s, by: services.request_changes(
        practice_id=s.id, version=None, reason="Aggiungi i costi.", by=by
    ),
    "reject": lambda s, by: services.reject_story(
        practice_id=s.id, version=None, reason="È pubblicità.", by=by
    ),
    "archive": lambda s, by: services.archive_story(
        practice_id=s.id, version=None, reason="Non è più in uso.", by=by
    ),
    "remove": lambda s, by: services.remove_story(practice_id=s.id, version=None, by=by),
}


def unlisted_edges(
    story: Practice, by: Actor, verbs: list[str], table: Transitions[PracticeState]
) -> list[str]:
    """Walk, and list every step that the table does not have."""
    found = []
    for verb in verbs:
        old = story.state
        try:
            story = VERBS[verb](story, by)
        except Refused:
            story = db.session.get_one(Practice, story.id)
            if story.state is not old:
                found.append(f"{verb} was refused and changed {old} to {story.state}")
        if story.state is not old and not table.allows(old, story.state):
            found.append(f"{verb}: {old} -> {story.state}")
    return found


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    start=st.sampled_from(list(PracticeState)),
    verbs=st.lists(st.sampled_from(sorted(VERBS)), max_size=8),
)
def test_no_walk_leaves_the_table(author: Member, start: PracticeState, verbs: list[str]) -> None:
    mighty = Actor(member_id=author.id, roles=frozenset(Role))
    story = StoryFactory.make(state=start, author_id=author.id)
    assert unlisted_edges(story, mighty, verbs, rules.TRANSITIONS) == []


def test_a_walk_that_leaves_the_table_is_noticed(
    author: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = rules.TRANSITIONS
    everything = Transitions({old: list(PracticeState) for old in PracticeState})
    monkeypatch.setattr(rules, "TRANSITIONS", everything)
    mighty = Actor(member_id=author.id, roles=frozenset(Role))
    story = StoryFactory.make(state=S.ARCHIVED, author_id=author.id)
    found = unlisted_edges(story, mighty, ["publish"], asked)
    assert found == ["publish: archived -> published"]


def test_the_table_is_that_of_the_product() -> None:
    wanted = {
        S.DRAFT: {S.SUBMITTED, S.REMOVED},
        S.SUBMITTED: {S.CHANGES_REQUESTED, S.REJECTED, S.PUBLISHED, S.REMOVED},
        S.CHANGES_REQUESTED: {S.SUBMITTED, S.REMOVED},
        S.REJECTED: {S.REMOVED},
        S.PUBLISHED: {S.VALIDATED, S.ARCHIVED, S.REMOVED},
        S.VALIDATED: {S.OUTDATED, S.ARCHIVED, S.REMOVED},
        S.OUTDATED: {S.ARCHIVED, S.REMOVED},
        S.ARCHIVED: {S.REMOVED},
        S.REMOVED: set(),
    }
    assert {state: set(rules.TRANSITIONS.following(state)) for state in S} == wanted


@pytest.mark.parametrize("kind", list(PracticeKind))
@pytest.mark.usefixtures("app")
def test_each_required_field_is_missed_alone(kind: PracticeKind) -> None:
    whole = content(kind, organisation_id=7)
    assert missing(kind, whole, affiliated=True) == ()
    for name in REQUIRED_FACTS:
        values = {"organisation_id": 7, name: getattr(StoryContent(title=""), name)}
        assert missing(kind, content(kind, **values), affiliated=True) == (name,)
    for section in SECTIONS[kind]:
        left = {n: written for n, written in whole.sections.items() if n != section.name}
        lacking = missing(kind, content(kind, sections=left), affiliated=False)
        assert lacking == ((section.name,) if section.required else ())


@pytest.mark.usefixtures("app")
def test_a_section_without_words_counts_as_missing() -> None:
    sections = dict(content().sections) | {"problem": Rendered("---", "<hr>")}
    assert missing(PracticeKind.OFFER, content(sections=sections), affiliated=False) == ("problem",)


@pytest.mark.usefixtures("app")
def test_only_who_belongs_to_a_body_must_name_one() -> None:
    assert missing(PracticeKind.OFFER, content(), affiliated=False) == ()
    assert missing(PracticeKind.OFFER, content(), affiliated=True) == ("organisation_id",)


@pytest.mark.usefixtures("app")
def test_differences_name_fields_and_compare_what_was_typed() -> None:
    old = content()
    rendered_anew = {n: Rendered(w.source, f"{w.html}\n") for n, w in old.sections.items()}
    new = content(title="Un altro titolo", sections=rendered_anew)
    assert differences(PracticeKind.OFFER, old, new) == ("title",)
    shorter = {n: w for n, w in old.sections.items() if n != "results"}
    assert differences(PracticeKind.OFFER, old, content(sections=shorter)) == ("results",)
