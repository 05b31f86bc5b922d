"""What is taken back is gone with the next request: from every page, list, count, feed and search.

Nothing is indexed in between, and pages are kept in memory, for visitors and for members.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import delete, select

from core.actor import SYSTEM
from core.database import db
from forum.services import hide_post, hide_thread
from members.models import Affiliation, AffiliationState, Member, RoleGrant
from members.queries import actor_for
from members.services.affiliations import end_affiliation
from members.services.lifecycle import remove_member
from organisations.models import Organisation
from organisations.services import remove_organisation
from portal.factory import create_app
from practices.models import Practice
from practices.services import hide_story, remove_story, withdraw_story
from spaces.models import SpaceGrant
from spaces.services import end_grant
from tests.conftest import build_settings
from tests.security import world as worlds
from tests.security.browser import Browser
from tests.security.world import VISITOR, World
from twinning import rules
from twinning.models import Twinning, TwinningState, TwinningVisibility
from twinning.services import change_state, change_twinning

OK = 200
REASON = "Motivo di prova"
EVERYWHERE = (
    "/",
    "/gemellaggi",
    "/gemellaggi/feed",
    "/buone-pratiche",
    "/buone-pratiche?tipo=offro",
    "/buone-pratiche?tipo=cerco",
    "/buone-pratiche/feed",
    "/discussioni",
    "/iscritti",
    "/enti",
    "/enti/provincia-autonoma-di-trento",
    "/enti/regione-puglia",
    "/iscritti/tommaso-lorusso",
    "/cerca?q=famiglia",
)


def number(world: World, name: str) -> int:
    return world.things[name].id


def remove_a_story(world: World) -> None:
    remove_story(
        practice_id=number(world, "story_published"), version=None, reason=REASON, by=SYSTEM
    )


def hide_a_story(world: World) -> None:
    hide_story(practice_id=number(world, "story_published"), reason=REASON, by=SYSTEM)


def remove_a_twinning(world: World) -> None:
    change_state(
        twinning_id=number(world, "twinning_active"),
        new=TwinningState.REMOVED,
        version=None,
        reason=REASON,
        by=SYSTEM,
    )


def reserve_a_twinning(world: World) -> None:
    twinning = db.session.get_one(Twinning, number(world, "twinning_active"))
    content = replace(rules.content_of(twinning), visibility=TwinningVisibility.PARTNERS)
    change_twinning(twinning_id=twinning.id, version=None, content=content, by=SYSTEM)


def hide_a_post(world: World) -> None:
    hide_post(post_id=number(world, "post_visible"), reason=REASON, by=SYSTEM)


def hide_a_thread(world: World) -> None:
    hide_thread(thread_id=number(world, "thread_open"), reason=REASON, by=SYSTEM)


def remove_somebody(_world: World) -> None:
    member = db.session.scalars(select(Member).where(Member.slug == "tommaso-lorusso")).one()
    remove_member(member_id=member.id, reason=REASON, by=SYSTEM)


def remove_a_body(_world: World) -> None:
    body = db.session.scalars(select(Organisation).where(Organisation.name == "Comune di Lecce"))
    remove_organisation(organisation_id=body.one().id, reason=REASON, by=SYSTEM)


def leave_the_body(_world: World) -> None:
    mailbox = f"referente.trento@{worlds.DOMAIN}"
    rows = select(Affiliation).join(Member, Member.id == Affiliation.member_id)
    for row in db.session.scalars(
        rows.where(
            Member.email_key == mailbox,
            Affiliation.state == AffiliationState.ACCEPTED,
        )
    ).all():
        end_affiliation(affiliation_id=row.id, by=SYSTEM)


def close_the_spaces(_world: World) -> None:
    for row in db.session.scalars(select(SpaceGrant)).all():
        end_grant(
            space_id=row.space_id,
            organisation_id=row.organisation_id,
            member_id=row.member_id,
            by=SYSTEM,
        )


@dataclass(frozen=True)
class Flip:
    """What is done, the thing (or the word) that it takes away, and from whom."""

    do: Callable[[World], None]
    of: str
    from_whom: str = VISITOR
    word: str = ""


def take_a_story_back(world: World) -> None:
    """Its author makes a draft again of what lies with the editors."""
    story = db.session.get_one(Practice, number(world, "story_submitted"))
    assert story.author_id is not None
    withdraw_story(practice_id=story.id, version=None, by=actor_for(story.author_id))


def lose_the_role(_world: World) -> None:
    member = select(Member.id).where(Member.email_key == f"redattore@{worlds.DOMAIN}")
    db.session.execute(delete(RoleGrant).where(RoleGrant.member_id.in_(member)))
    db.session.commit()


FLIPS = {
    "a story is removed": Flip(remove_a_story, "story_published"),
    "a story is hidden": Flip(hide_a_story, "story_published"),
    "a story is hidden, for editors": Flip(hide_a_story, "story_published", "editor"),
    "a story is taken back from the editors": Flip(take_a_story_back, "story_submitted", "editor"),
    "an editor is none any more": Flip(lose_the_role, "story_submitted", "editor"),
    "a twinning is removed": Flip(remove_a_twinning, "twinning_active"),
    "a twinning becomes reserved": Flip(reserve_a_twinning, "twinning_active"),
    "a twinning becomes reserved, for members": Flip(
        reserve_a_twinning, "twinning_active", "verified"
    ),
    "a post is hidden": Flip(hide_a_post, "post_visible"),
    "a post is hidden, for members": Flip(hide_a_post, "post_visible", "trento"),
    "a discussion is hidden": Flip(hide_a_thread, "thread_open"),
    "a member is removed": Flip(remove_somebody, "", word="Tommaso Lorusso"),
    "a body is removed": Flip(remove_a_body, "", word="Comune di Lecce"),
    "an official leaves the body": Flip(leave_the_body, "post_in_space", "trento"),
    "an official leaves the body, and its story": Flip(leave_the_body, "story_private", "trento"),
    "a space is closed": Flip(close_the_spaces, "thread_space", "trento"),
    "a space is closed, and its story": Flip(close_the_spaces, "story_private", "trento"),
}


@pytest.fixture(scope="module")
def _keeping(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    folder = tmp_path_factory.mktemp("keeping")
    worlds.copy(template, folder)
    app = create_app(replace(build_settings(folder), page_cache=True))
    yield app
    with app.app_context():
        db.engine.dispose()


@pytest.fixture
def keeping(_keeping: Flask, template: Path) -> Flask:
    """The site, with everything in memory that it keeps, as fresh as its template."""
    worlds.restore(template, _keeping.config["GEMELLA"].data)
    # Going back in time is no event: what is kept would be taken for new.
    _keeping.extensions.pop("gemella.kept_pages", None)
    layer = _keeping.wsgi_app
    while layer is not None:
        if type(layer).__name__ == "PageCache":
            layer._pages.clear()
        layer = getattr(layer, "_application", None) or getattr(layer, "application", None)
    return _keeping


def told(site: Flask, world: World, flip: Flip, only: Iterable[str] | None = None) -> list[str]:
    """The pages, of all or of these, on which this reader meets the word."""
    browser = Browser(site, world.cookies.get(flip.from_whom))
    word = flip.word or world.things[flip.of].mark
    pages = [*EVERYWHERE, f"/cerca?q={word.split()[-1]}"]
    thing = world.things.get(flip.of)
    if thing is not None:
        pages += {
            "story": [
                f"/buone-pratiche/{thing.slug}",
                "/redazione/storie",
                f"/redazione/storie/{thing.slug}",
            ],
            "twinning": [f"/gemellaggi/{thing.slug}", f"/gemellaggi/{thing.slug}/feed"],
            "thread": [f"/discussioni/{thing.id}"],
            "post": [f"/discussioni/{world.things['thread_open'].id}"],
        }[thing.kind]
    if flip.of in ("post_in_space", "thread_space"):
        pages.append(f"/discussioni/{world.things['thread_space'].id}")
    found = []
    for page in dict.fromkeys(pages if only is None else only):
        answer = browser.get(page)
        assert answer.status < 500, page
        # Pages repeat what was asked for: its address, and the words in the box and the heading.
        if answer.status != OK or "Nessun risultato" in answer.text:
            continue
        if word.lower() in answer.text.lower():
            found.append(page)
    return found


# In every run the ones that go through rules of their own; these go through those of another one
# and end in a thing that hangs on it, or are asked by a member instead of a visitor.
IN_THE_LONG_RUN = (", and its story", ", for members")


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=pytest.mark.soak if name.endswith(IN_THE_LONG_RUN) else ())
        for name in FLIPS
    ],
)
def test_what_is_taken_back_is_gone_at_once(name: str, keeping: Flask, world: World) -> None:
    flip = FLIPS[name]
    # Twice, so that the second one comes from memory.
    before = told(keeping, world, flip, told(keeping, world, flip))
    assert len(before) >= 2, "it stands nowhere: nothing is tried"
    with keeping.test_request_context():
        flip.do(world)
        db.session.remove()
    assert told(keeping, world, flip) == []


def test_the_check_above_can_fail(keeping: Flask, world: World) -> None:
    flip = FLIPS["a story is removed"]
    with keeping.test_request_context():
        hide_a_thread(world)
        db.session.remove()
    assert told(keeping, world, flip)
