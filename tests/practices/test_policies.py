"""Who sees and does what: the table of permissions, and the two forms of ``visible``."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from itertools import product
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import ColumnElement, and_, or_, select

from core.actor import SYSTEM, VISITOR, Actor, Role
from core.database import db
from core.references import Reference
from members.models import AffiliationState, Member
from members.queries import actor_for
from practices import policies
from practices.models import Practice, PracticeKind, PracticeState
from practices.queries.validations import stories_to_validate
from practices.rules import (
    CORRECTED_STATES,
    LISTED_STATES,
    PUBLIC_STATES,
    REVIEWED_STATES,
    WRITING_STATES,
)
from spaces.services import open_space
from tests.factories.members import AffiliationFactory, member_with
from tests.factories.organisations import OrganisationFactory
from tests.factories.practices import StoryFactory

S = PracticeState
ALL = frozenset(PracticeState) - {S.REMOVED}
UNPUBLISHED = REVIEWED_STATES | {S.DRAFT}
REVIEWERS = ("editor", "moderator", "administrator")

Sees = Callable[[Actor, Practice], bool]
Finds = Callable[[Actor], ColumnElement[bool]]


def disagreements(actors: Iterable[Actor], finds: Finds, sees: Sees) -> list[str]:
    """Where the rule for SQL and the rule for rows say different things."""
    stories = db.session.scalars(select(Practice)).all()
    found = []
    for actor in actors:
        ids = set(db.session.scalars(select(Practice.id).where(finds(actor))))
        found += [
            f"{actor.member_id} {sorted(actor.roles)} {story.state} {story.author_id}"
            for story in stories
            if (story.id in ids) != sees(actor, story)
        ]
    return found


@pytest.fixture
def actors(author: Member) -> list[Actor]:
    """Everybody, inside and outside of a private space; and one story of every sort."""
    space = open_space(about=Reference("practice", 1), title="Riservato", by=SYSTEM)
    other = member_with()
    for state, author_id, space_id in product(
        PracticeState, (author.id, other.id, None), (space.id, None)
    ):
        StoryFactory.make(state=state, author_id=author_id, space_id=space_id)
    members = [Actor(member_id=author.id), Actor(member_id=999, organisation_ids=frozenset({1}))]
    members += [Actor(member_id=999, roles=frozenset({role})) for role in Role]
    members += [Actor(member_id=author.id, roles=frozenset({Role.EDITOR}))]
    outside = [VISITOR, SYSTEM, *members]
    return outside + [replace(one, space_ids=frozenset({space.id})) for one in members]


def test_both_forms_of_visible_agree(actors: list[Actor]) -> None:
    assert disagreements(actors, policies.visible_to, policies.is_visible) == []


def test_a_visitor_who_passes_for_a_gone_author_would_be_noticed(actors: list[Actor]) -> None:
    def careless(actor: Actor, story: Practice) -> bool:
        own = story.author_id == actor.member_id and story.state is not S.REMOVED
        return own or policies.is_visible(actor, story)

    assert disagreements(actors, policies.visible_to, careless) != []


def test_a_space_that_leaks_would_be_noticed(actors: list[Actor]) -> None:
    def leaking(actor: Actor) -> ColumnElement[bool]:
        return or_(policies.visible_to(actor), Practice.state.in_(sorted(PUBLIC_STATES)))

    assert disagreements(actors, leaking, policies.is_visible) != []


def test_a_draft_that_editors_read_would_be_noticed(actors: list[Actor]) -> None:
    def curious(actor: Actor) -> ColumnElement[bool]:
        drafts = and_(Practice.state == S.DRAFT, Practice.space_id.is_(None))
        return (
            or_(policies.visible_to(actor), drafts)
            if policies.may_review(actor)
            else (policies.visible_to(actor))
        )

    assert disagreements(actors, curious, policies.is_visible) != []


KEEPERS = ("moderator", "administrator")
# What is hidden from others not even editors see.
SEEN = {
    **dict.fromkeys(REVIEWERS, ALL - {S.DRAFT, S.HIDDEN}),
    **dict.fromkeys(KEEPERS, ALL - {S.DRAFT}),
}
# In which states each may do it, on a story in no private space; whoever is not named: in none.
PERMISSIONS: dict[str, dict[str, frozenset[PracticeState]]] = {
    "is_visible": {
        "visitor": PUBLIC_STATES,
        "member": PUBLIC_STATES,
        "verified": PUBLIC_STATES,
        "contact": PUBLIC_STATES,
        "own evaluator": PUBLIC_STATES,
        "coordinator": PUBLIC_STATES,
        "evaluator": PUBLIC_STATES,
        "author": ALL,
        **SEEN,
    },
    "may_edit": {
        "author": WRITING_STATES | LISTED_STATES,
        **dict.fromkeys(REVIEWERS, CORRECTED_STATES),
    },
    "proposes": {"author": LISTED_STATES},
    "may_withdraw": {"author": ALL},
    "may_read_revision": {"author": ALL, **SEEN},
    "may_read_history": {"author": ALL, **SEEN},
    "may_decide_revision": SEEN,
    "may_validate": {"evaluator": PUBLIC_STATES},
    "may_confirm": {
        "author": ALL,
        "contact": PUBLIC_STATES,
        **SEEN,
    },
    "may_submit": {"author": ALL},
    "may_publish": SEEN,
    "may_send_back": SEEN,
    "may_archive": SEEN,
    "may_hide": dict.fromkeys(KEEPERS, ALL - {S.DRAFT}),
    "may_remove": {
        "author": UNPUBLISHED,
        "moderator": ALL - {S.DRAFT},
        "administrator": ALL - {S.DRAFT},
    },
}
ACTORS = {
    "visitor": VISITOR,
    "member": Actor(member_id=2),
    "verified": Actor(member_id=2, organisation_ids=frozenset({1})),
    "author": Actor(member_id=1),
    "contact": Actor(
        member_id=2,
        organisation_ids=frozenset({5}),
        contact_organisation_ids=frozenset({5}),
    ),
    # Belongs to the body that the story speaks for.
    "own evaluator": Actor(
        member_id=2, roles=frozenset({Role.EVALUATOR}), organisation_ids=frozenset({5})
    ),
    **{str(role): Actor(member_id=2, roles=frozenset({role})) for role in Role},
}


@pytest.mark.parametrize("action", sorted(PERMISSIONS))
@pytest.mark.parametrize("who", sorted(ACTORS))
def test_the_table_of_permissions(action: str, who: str) -> None:
    may = getattr(policies, action)
    allowed = {
        state
        for state in S
        if may(
            ACTORS[who],
            Practice(
                state=state,
                kind=PracticeKind.OFFER,
                author_id=1,
                organisation_id=5,
                space_id=None,
            ),
        )
    }
    assert allowed == PERMISSIONS[action].get(who, frozenset())


def test_what_was_public_is_as_public_as_the_story() -> None:
    """Of versions: visitors read what was public, while the story is; the rest is for few."""
    for now, then in product(S, S):
        story = Practice(state=now, author_id=1, space_id=None)
        readers = {
            who for who, one in ACTORS.items() if policies.may_read_version(one, story, then)
        }
        few = {who for who, one in ACTORS.items() if policies.may_read_history(one, story)}
        everybody = now in PUBLIC_STATES and then in PUBLIC_STATES
        assert readers == (set(ACTORS) if everybody else few), f"{now} {then}"


def test_nobody_validates_for_the_own_body_nor_what_is_sought() -> None:
    judge = Actor(member_id=2, roles=frozenset({Role.EVALUATOR}), organisation_ids=frozenset({1}))

    def offer(**values: Any) -> Practice:
        values = {"kind": PracticeKind.OFFER, "state": S.PUBLISHED, "space_id": None} | values
        return Practice(**values)

    assert policies.may_validate(judge, offer(author_id=1, organisation_id=2))
    assert policies.may_validate(judge, offer(author_id=1, organisation_id=None))
    assert not policies.may_validate(judge, offer(author_id=1, organisation_id=1))
    assert not policies.may_validate(judge, offer(author_id=2, organisation_id=2))
    assert not policies.may_validate(judge, offer(author_id=1, kind=PracticeKind.SEEK))
    assert not policies.may_validate(VISITOR, offer(author_id=1))


def test_nobody_validates_what_a_colleague_tells_in_whatever_name(app: Flask) -> None:
    body, other = OrganisationFactory.make(), OrganisationFactory.make()
    judge, colleague = member_with(Role.EVALUATOR, of=body), member_with(of=body)
    guest = member_with()
    AffiliationFactory.make(member=guest, organisation=body, state=AffiliationState.REQUESTED)
    told = {
        "personal": StoryFactory.make(author_id=colleague.id),
        "elsewhere": StoryFactory.make(author_id=colleague.id, organisation=other),
        "body's": StoryFactory.make(author_id=guest.id, organisation=body),
        "own": StoryFactory.make(author_id=judge.id),
        "guest's": StoryFactory.make(author_id=guest.id),
        "site's": StoryFactory.make(author_id=None),
    }
    actor = actor_for(judge.id)
    allowed = {name for name, story in told.items() if policies.may_validate(actor, story)}
    assert allowed == {"guest's", "site's"}
    rows = set(db.session.scalars(select(Practice.id).where(policies.validated_by(actor))))
    assert rows == {told[name].id for name in allowed}
    assert {line.id for line in stories_to_validate(actor).items} == rows


def test_everybody_but_a_visitor_may_begin_a_story() -> None:
    assert {who for who, actor in ACTORS.items() if policies.may_create(actor)} == (
        ACTORS.keys() - {"visitor"}
    )


def test_nobody_speaks_for_a_body_that_is_not_the_own() -> None:
    actor = Actor(member_id=1, organisation_ids=frozenset({1}))
    assert policies.may_speak_for(actor, 1)
    assert policies.may_speak_for(actor, None)
    assert not policies.may_speak_for(actor, 2)
