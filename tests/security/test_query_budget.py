"""No page asks the database more than it may, whoever reads and however much there is to show.

The site is the one that has things in every state; what a story, a twinning and a discussion can
have on their pages is added here, a lot of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import delete, event, select

from core import clock
from core.database import db
from core.events import Event, OutboxRow
from core.references import Reference
from core.submissions import new_key
from forum.models import Post, PostDraft, PostLink, PostMention, Thread
from forum.rules.drafts import reply_place
from members.models import Member
from notifications.models import Follow, MailState, Notification
from organisations.models import Organisation
from practices.models import (
    Criterion,
    Endorsement,
    Practice,
    PracticeComponent,
    PracticeKind,
    PracticeRevision,
    PracticeState,
    PracticeValidation,
    ValidationFinding,
)
from practices.queries.lines import StoryLine
from tests.factories import LONG_AGO
from tests.factories.attachments import attached
from tests.factories.forum import PostFactory, ThreadFactory
from tests.factories.members import AffiliationFactory, MemberFactory
from tests.factories.organisations import OrganisationFactory
from tests.factories.practices import MatchFactory, StoryFactory
from tests.factories.twinning import TwinningFactory, takes_part
from tests.security import world as worlds
from tests.security.conftest import As
from tests.security.permissions import ROUTES, Answer, address_of, things_for
from tests.security.world import ACCOUNTS, DOMAIN, EVERYBODY, VISITOR, World
from twinning.models import ParticipationRole, Twinning

MOST = 10
# Two pages gather something of every feature.
MOST_OF_ALL = 16
GATHERING = ("/", "/il-mio-spazio")
# Whoever signs in has something unread: one query more than most have on most days.
READERS = (
    VISITOR,
    "registered",  # the author of the story
    "verified",  # who wrote in the discussion
    "puglia",  # a contact person
    "coordinator",
    "editor",
    "evaluator",
    "moderator",
    "administrator",
)


LISTS = (
    "/",
    "/buone-pratiche",
    "/buone-pratiche?tipo=cerco",
    "/gemellaggi",
    "/discussioni",
    "/enti",
    "/iscritti",
    "/cerca?q=famiglia",
)
OWN = (
    "/il-mio-spazio",
    "/il-mio-spazio/storie",
    "/il-mio-spazio/storie/valgono-ancora",
    "/il-mio-spazio/corrispondenze",
    "/il-mio-spazio/gemellaggi",
    "/il-mio-spazio/avvisi",
    "/il-mio-spazio/seguiti",
)


@contextmanager
def counted() -> Iterator[list[str]]:
    """The statements that run inside."""
    statements: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if not statement.startswith(("BEGIN", "PRAGMA")):
            statements.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        event.remove(db.engine, "before_cursor_execute", note)


class _Fuller:
    """Puts several of everything on one story, one twinning and one discussion."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.story = self._story("story_validated")
        self.author = self._member("registered")
        self.writer = self._member("verified")

    def _story(self, name: str) -> Practice:
        return db.session.get_one(Practice, self.world.things[name].id)

    def _member(self, name: str) -> Member:
        email = f"{ACCOUNTS[name]}@{DOMAIN}"
        return db.session.scalars(select(Member).where(Member.email_key == email)).one()

    def fill(self, times: int) -> None:
        for _ in range(times):
            self._story_once()
            self._thread_once()
            self._twinning_once()
            self._body_once()
        if db.session.scalars(self._pending()).first() is None:
            self._validations()
        self._notices()
        db.session.commit()

    def _pending(self) -> Any:
        return select(PracticeRevision).where(PracticeRevision.practice_id == self.story.id)

    def _story_once(self) -> None:
        member, body = MemberFactory.make(), OrganisationFactory.make()
        AffiliationFactory.make(member=member, organisation=body)
        number = self.story.id
        db.session.add_all(
            [
                PracticeComponent(
                    practice_id=number, key=new_key(), position=member.id, title="Lo statuto"
                ),
                Endorsement(
                    practice_id=number,
                    member_id=member.id,
                    organisation_id=body.id,
                    created_at=LONG_AGO,
                ),
            ]
        )
        self.story.endorsement_count += 1
        self.story.reuse_count += 1
        seek = StoryFactory.make(kind=PracticeKind.SEEK, author=member)
        MatchFactory.make(seek=seek, offer=self.story)
        attached(Reference("practice", number), author_id=self.author.id)
        reused = TwinningFactory.make(practice_id=number)
        takes_part(reused, body)
        thread = ThreadFactory.make(subject_kind="practice", subject_id=number, author_id=member.id)
        PostFactory.make(thread=thread, author_id=member.id)

    def _validations(self) -> None:
        evaluator = self._member("evaluator").id
        for granted in (True, False):
            db.session.add(
                PracticeValidation(
                    practice_id=self.story.id,
                    evaluator_id=evaluator,
                    granted=granted,
                    version=1,
                    at=clock.now(),
                    reason="" if granted else "Mancano i dati.",
                    findings=[ValidationFinding(criterion=one, note="Visto.") for one in Criterion],
                )
            )
        db.session.add(
            PracticeRevision(
                practice_id=self.story.id,
                author_id=self.author.id,
                based_on=1,
                version=1,
                title="Nuovo",
                values={"title": "Nuovo", "theme_ids": []},
                html={},
                created_at=clock.now(),
                updated_at=clock.now(),
            )
        )

    @property
    def thread(self) -> Thread:
        return db.session.get_one(Thread, self.world.things["thread_open"].id)

    def _thread_once(self) -> None:
        thread = self.thread
        thread.subject_kind, thread.subject_id = "twinning", self.twinning.id
        thread.closed_by_id = self.writer.id
        asked = PostFactory.make(
            thread=thread,
            author_id=MemberFactory.make().id,
            html=f"<p>Grazie, @{self.writer.slug}!</p>",
        )
        told = PostFactory.make(
            thread=thread, author_id=self.writer.id, reply_to_id=asked.id, created_at=clock.now()
        )
        for post in (asked, told):
            attached(Reference("post", post.id), author_id=self.writer.id)
        self._words(asked, told)

    def _words(self, asked: Post, told: Post) -> None:
        """What messages quote, link to and name, and what was typed below them and not sent."""
        db.session.add(
            PostMention(post_id=asked.id, member_id=self.writer.id, slug=self.writer.slug)
        )
        story, body = self.story.slug, self.world.things["body_active"]
        for path, kind, number in (
            (f"/messaggi/{asked.id}", "post", asked.id),
            (f"/buone-pratiche/{story}", "practice", self.story.id),
            (f"/gemellaggi/{self.twinning.slug}", "twinning", self.twinning.id),
            (f"/enti/{body.slug}", "organisation", body.id),
            (f"/discussioni/{self.thread.id}", "thread", self.thread.id),
        ):
            told.html += f'<blockquote><p><a href="{path}">{path}</a></p></blockquote>'
            db.session.add(PostLink(post_id=told.id, path=path, kind=kind, object_id=number))
        for name in ACCOUNTS:
            member = self._member(name)
            db.session.execute(delete(PostDraft).where(PostDraft.member_id == member.id))
            db.session.add(
                PostDraft(
                    member_id=member.id,
                    place=reply_place(told.thread_id),
                    thread_id=told.thread_id,
                    typed='{"text": "Una bozza"}',
                    version=1,
                    at=clock.now(),
                )
            )

    @property
    def twinning(self) -> Twinning:
        return db.session.get_one(Twinning, self.world.things["twinning_active"].id)

    def _twinning_once(self) -> None:
        twinning = self.twinning
        twinning.practice_id = self.story.id
        twinning.proposer_id = self.writer.id
        for role in ParticipationRole:
            member, body = MemberFactory.make(), OrganisationFactory.make()
            AffiliationFactory.make(member=member, organisation=body, role="contact")
            takes_part(twinning, body, role, contact_id=member.id)
        here = Reference("twinning", twinning.id)
        attached(here, author_id=self.writer.id)
        ThreadFactory.make(subject_kind="twinning", subject_id=twinning.id, author=self.writer)
        for story in (PracticeState.DRAFT, PracticeState.CHANGES_REQUESTED):
            StoryFactory.make(state=story, author=self.writer)

    def _body_once(self) -> None:
        """On the page of a body, and on that of a member."""
        body = db.session.get_one(Organisation, self.world.things["body_active"].id)
        AffiliationFactory.make(member=MemberFactory.make(), organisation=body, role="contact")
        StoryFactory.make(author=self.writer, organisation_id=body.id)
        for role in ParticipationRole:
            takes_part(TwinningFactory.make(), body, role)

    def _notices(self) -> None:
        """Everybody follows things of each kind, and has not read of them."""
        event = db.session.scalars(select(Event)).first()
        assert event is not None
        about = (("thread", self.thread.id), ("twinning", self.twinning.id))
        for name in ACCOUNTS:
            member, moment = self._member(name), clock.now()
            known = set(
                db.session.execute(
                    select(Follow.kind, Follow.object_id).where(Follow.member_id == member.id)
                ).tuples()
            )
            for kind, number in set(about) - known:
                db.session.add(
                    Follow(member_id=member.id, kind=kind, object_id=number, since=moment)
                )
            db.session.execute(
                delete(Notification).where(
                    Notification.member_id == member.id, Notification.event_id == event.id
                )
            )
            kind, number = about[0]
            db.session.add(
                Notification(
                    event_id=event.id,
                    member_id=member.id,
                    rule="forum.introduced",
                    about_kind=kind,
                    about_id=number,
                    place_kind=kind,
                    place_id=number,
                    made_at=moment,
                    due_at=moment,
                    state=MailState.NONE,
                )
            )


def pages_of(world: World) -> list[str]:
    """The pages that hold most."""
    things = world.things
    story, twinning = things["story_validated"], things["twinning_active"]
    return [
        *LISTS,
        *OWN,
        f"/buone-pratiche/{story.slug}",
        f"/buone-pratiche/{things['story_seek_body'].slug}",
        f"/gemellaggi/{twinning.slug}",
        f"/gemellaggi/{twinning.slug}/partecipanti",
        f"/gemellaggi/{twinning.slug}/discussioni",
        f"/gemellaggi/{things['twinning_private'].slug}",
        f"/gemellaggi/{things['twinning_private'].slug}/spazio",
        f"/discussioni/{things['thread_open'].id}",
        f"/enti/{things['body_active'].slug}",
        f"/iscritti/{things['member_active'].slug}",
    ]


Measured = Mapping[tuple[str, str], int]


@pytest.fixture
def full(site: Flask, world: World) -> Iterator[Callable[[int], None]]:
    """The site with as many of everything as is asked for, again and again."""
    with site.test_request_context():

        def fill(times: int) -> None:
            _Fuller(world).fill(times)
            # The worker is done: what is not indexed yet costs queries of its own.
            worlds._index(site)
            db.session.execute(delete(OutboxRow))
            db.session.commit()

        yield fill
        db.session.remove()


def measure(site: Flask, browse_as: As, pages: list[str], readers: tuple[str, ...]) -> Measured:
    """How many statements each page takes for each reader who may open it."""
    db.session.remove()
    found: dict[tuple[str, str], int] = {}
    known: set[str] = set()
    for reader in readers:
        browser = browse_as(reader)
        for page in pages:
            if page not in known and browser.get(page).status == 200:
                known.add(page)  # what is read once a process does not count
            with counted() as statements:
                answer = browser.get(page)
            if answer.status == 200:
                found[page, reader] = len(statements)
    return found


def limit_of(page: str) -> int:
    return MOST_OF_ALL if page in GATHERING else MOST


def excesses(found: Measured) -> list[str]:
    """Where a page asks more than it may."""
    return [
        f"{page} for {reader}: {number} queries"
        for (page, reader), number in found.items()
        if number > limit_of(page)
    ]


def growth(few: Measured, many: Measured) -> list[str]:
    """Where a page asks more because there is more to show."""
    return [
        f"{page} for {reader}: {number}, then {many[page, reader]} queries"
        for (page, reader), number in few.items()
        if many[page, reader] > number
    ]


def test_no_page_asks_too_much(
    site: Flask,
    world: World,
    browse_as: As,
    full: Callable[[int], None],
    write_report: Callable[[str, list[str]], None],
) -> None:
    """For any reader, with everything there is, and the same where there is more of it."""
    pages = pages_of(world)
    full(1)
    few = measure(site, browse_as, pages, ("verified",))
    full(2)
    many = measure(site, browse_as, pages, READERS)
    write_report(
        "queries",
        [f"{page} {[many.get((page, reader)) for reader in READERS]}" for page in pages],
    )
    opened = {page for page, _reader in many}
    assert opened == set(pages), "every page was opened by somebody"
    assert excesses(many) == []
    assert growth(few, many) == []


def test_a_query_for_each_row_would_be_seen(
    site: Flask,
    browse_as: As,
    full: Callable[[int], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Twin: a list that asks who speaks in each of its rows."""

    def asked(line: StoryLine) -> str:
        found = db.session.execute(select(Practice.title).where(Practice.id == line.id))
        return found.scalar_one()

    monkeypatch.setattr(StoryLine, "speaker", property(asked))
    full(1)
    few = measure(site, browse_as, ["/buone-pratiche"], (VISITOR,))
    full(2)
    many = measure(site, browse_as, ["/buone-pratiche"], (VISITOR,))
    assert excesses(many)
    assert growth(few, many)


def openings(world: World, *, every: bool) -> Iterator[tuple[str, str, str]]:
    """Every page of the table, by route, as somebody opens it who may: route, thing, role.

    Without ``every`` one thing and one reader of each route, in turn; the soak test opens all of
    them as one of those who may and as a visitor where visitors may.
    """
    for turn, (route, rule) in enumerate(sorted(ROUTES.items())):
        if not route.startswith("GET "):
            continue
        things = sorted(things_for(rule.about, world)) if rule.about else [""]
        found = []
        for place, thing in enumerate(things):
            roles = [role for role in EVERYBODY if rule.answer(role, thing) is Answer.OPEN]
            if not roles:
                continue
            members = [role for role in roles if role != VISITOR] or roles
            found.append((route, thing, members[(turn + place) % len(members)]))
            if every and VISITOR in roles:
                found.append((route, thing, VISITOR))
        yield from found if every else found[turn % len(found) :][:1] if found else ()


def measure_routes(
    site: Flask, world: World, browse_as: As, opened: Iterable[tuple[str, str, str]]
) -> Measured:
    """How many statements each page takes; files, feeds and redirects are no pages."""
    db.session.remove()
    browsers = {role: browse_as(role) for role in EVERYBODY}
    found: dict[tuple[str, str], int] = {}
    for route, name, role in opened:
        thing = world.things[name] if name else None
        path = address_of(site, route, thing, world)
        answer = browsers[role].get(path)
        if answer.status != 200 or "<main" not in answer.text:
            continue
        with counted() as statements:
            browsers[role].get(path)
        found[path, role] = len(statements)
    return found


@pytest.mark.soak
@pytest.mark.timeout(180)
def test_no_page_of_the_table_asks_too_much(
    site: Flask, world: World, browse_as: As, full: Callable[[int], None]
) -> None:
    full(2)
    found = measure_routes(site, world, browse_as, openings(world, every=False))
    assert len(found) > 60, "most routes of the table are pages"
    assert excesses(found) == []


@pytest.mark.soak
@pytest.mark.timeout(900)
def test_no_page_of_anything_asks_too_much(
    site: Flask, world: World, browse_as: As, full: Callable[[int], None]
) -> None:
    full(2)
    found = measure_routes(site, world, browse_as, openings(world, every=True))
    assert excesses(found) == []
