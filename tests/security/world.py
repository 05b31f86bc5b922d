"""A site with something to hide: the demo, and beside it things in every state.

Each hidden thing carries a word of its own (its *mark*) in title and text, so that a page that
betrays it can be told by that word alone. Everybody who takes part has signed in already: a copy of
the database opens the same sessions.
"""

from __future__ import annotations

import json
import shutil
import sqlite3
from dataclasses import asdict, dataclass, field, replace
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

from flask import Flask
from PIL import Image
from sqlalchemy import select, update

from attachments.models import AttachmentState
from core import clock
from core.actor import SYSTEM, Role
from core.contracts import Concern
from core.database import db
from core.events import Event, OutboxRow, announce
from core.references import Reference
from core.revisions import record_revision
from core.text import Rendered, render_markdown
from core.transactions import transaction
from forum.models import PostMove, PostState, Thread, ThreadState
from forum.signals import ThreadReopened
from members.models import (
    Affiliation,
    AffiliationRole,
    AffiliationState,
    InvitationKind,
    Member,
    MemberState,
    SignInSession,
)
from members.queries import actor_for, invitation_token
from members.services import avatars, lifecycle, registration
from moderation.models import Appeal, Measure, MeasureSort, Report, ReportReason
from moderation.services import appeal_token
from notifications.models import Follow, MailState, Notification
from notifications.services import unsubscribe_token
from organisations.models import Organisation, OrganisationState
from portal.demo import load_demo
from portal.factory import create_app
from portal.setup import prepare_database
from practices.models import (
    Match,
    MatchState,
    Practice,
    PracticeKind,
    PracticeRevision,
    PracticeState,
    PracticeValidation,
)
from practices.rules import values_of
from practices.services import endorse_story
from search.services.indexer import Indexer
from spaces.models import SpaceGrant
from tests.conftest import build_settings
from tests.factories import LONG_AGO
from tests.factories.attachments import attached, picture
from tests.factories.forum import PostFactory, ThreadFactory
from tests.factories.members import (
    AffiliationFactory,
    InvitationFactory,
    MemberFactory,
    member_with,
)
from tests.factories.organisations import OrganisationFactory
from tests.factories.practices import MatchFactory, StoryFactory, content
from tests.factories.twinning import SpaceFactory, TwinningFactory, takes_part
from tests.visitor import Visitor
from twinning.models import (
    ParticipationRole,
    ParticipationState,
    Twinning,
    TwinningState,
    TwinningVisibility,
)

DOMAIN = "demo.gemella.example"
DATABASE = "gemella.sqlite3"

VISITOR = "visitor"
# Who signs in, by the name that the tables use; the mailbox of the account.
ACCOUNTS = {
    "registered": "registrato",
    "verified": "verificato",
    "puglia": "referente.puglia",
    "trento": "referente.trento",
    "former": "ex.trento",
    "coordinator": "coordinatore",
    "other_coordinator": "altro.coordinatore",
    "editor": "redattore",
    "evaluator": "valutatore",
    "moderator": "moderatore",
    "administrator": "admin",
    "suspended": "sospeso",
}
EVERYBODY = (VISITOR, *ACCOUNTS)


@dataclass(frozen=True)
class Thing:
    """Something of the site: how addresses name it, and the word that betrays it."""

    kind: str
    id: int
    slug: str = ""
    mark: str = ""


@dataclass
class World:
    """What was made: things by name, the cookie of everybody who is signed in, links of mails."""

    things: dict[str, Thing] = field(default_factory=dict)
    cookies: dict[str, str] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)

    def dump(self) -> str:
        return json.dumps(asdict(self))

    @classmethod
    def load(cls, text: str) -> World:
        stored = json.loads(text)
        things = {name: Thing(**thing) for name, thing in stored.pop("things").items()}
        return cls(things=things, **stored)


def mark_of(name: str) -> str:
    """``story_draft`` gives ``spiastorydraft``: one word to search for, found nowhere else."""
    return "spia" + name.replace("_", "")


def build(folder: Path) -> World:
    """Make the site in this folder: database, index, files; ``world.json`` says what there is."""
    folder.mkdir(parents=True, exist_ok=True)
    app = create_app(build_settings(folder))
    world = World()
    with app.app_context():
        prepare_database(app)
    with app.test_request_context():
        for _line in load_demo(app.config["GEMELLA"]):
            pass
        _Maker(world).make()
        _index(app)
        db.session.remove()
    with app.app_context():
        _sign_in(app, world)
        _note_session(world)
        _note_mail(world)
        _shut_out()
        db.session.remove()
        with db.engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        db.engine.dispose()
    (folder / "world.json").write_text(world.dump())
    return world


def copy(template: Path, folder: Path) -> None:
    """Lay a copy of the site into an empty folder."""
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(template / DATABASE, folder / DATABASE)
    for name in ("index", "files"):
        if (template / name).is_dir():
            shutil.copytree(template / name, folder / name, dirs_exist_ok=True)


def restore(template: Path, folder: Path) -> None:
    """Bring database and files back to what they were; open connections see it at once."""
    with (
        sqlite3.connect(template / DATABASE) as source,
        sqlite3.connect(folder / DATABASE, timeout=10) as target,
    ):
        source.backup(target)
        # A long run is no pause of those who are signed in: the note that a session was used a
        # quarter of an hour ago would pass for the writing of whatever is asked for next.
        target.execute(
            "UPDATE sign_in_sessions SET last_seen_at = ? WHERE ended_at IS NULL", [_stored_now()]
        )
    source.close()
    target.close()
    for file in (template / "files").rglob("*"):
        there = folder / file.relative_to(template)
        if file.is_file() and not there.exists():
            shutil.copyfile(file, there)


def _stored_now() -> str:
    """The moment as SQLite's driver of SQLAlchemy writes it."""
    return clock.now().strftime("%Y-%m-%d %H:%M:%S.%f")


def _index(app: Flask) -> None:
    indexer = Indexer(app.config["GEMELLA"].index_folder)
    while indexer.step():
        pass
    indexer.close()


def _sign_in(app: Flask, world: World) -> None:
    for name, mailbox in ACCOUNTS.items():
        browser = Visitor(app)
        browser.sign_in(f"{mailbox}@{DOMAIN}")
        cookie = browser._client.get_cookie("gemella")
        assert cookie is not None
        world.cookies[name] = cookie.value


def _note_session(world: World) -> None:
    """A second session of one member, on a device that is somewhere else."""
    member = db.session.scalars(
        select(Member).where(Member.email_key == f"{ACCOUNTS['verified']}@{DOMAIN}")
    ).one()
    row = SignInSession(
        token_hash="0" * 64,
        member_id=member.id,
        started_at=clock.now(),
        last_seen_at=clock.now(),
        device="Firefox, Windows",
    )
    db.session.add(row)
    db.session.commit()
    world.things["session_own"] = Thing("session", row.id)


def _note_mail(world: World) -> None:
    """A mail that could not be sent."""
    event = db.session.scalars(select(Event).order_by(Event.id)).first()
    assert event is not None
    moment = clock.now()
    row = Notification(
        event_id=event.id,
        member_id=world.things["member_suspended"].id,
        rule="members.confirm",
        made_at=moment,
        due_at=moment + timedelta(days=1),
        state=MailState.QUEUED,
        attempts=2,
        error="421 domani",
    )
    db.session.add(row)
    waiting = OutboxRow(event_id=event.id, consumer="search", due_at=row.due_at, attempts=1)
    db.session.add(waiting)
    db.session.commit()
    world.things["mail_queued"] = Thing("mail", row.id)
    world.things["delivery_waiting"] = Thing("delivery", waiting.id)


def _shut_out() -> None:
    """Suspend who is to be suspended, and leave the session open: it must be worth nothing.

    The index knows nothing of it yet, as in the moment after any change of state.
    """
    member = db.session.scalars(select(Member).where(Member.email_key == f"sospeso@{DOMAIN}")).one()
    lifecycle.suspend_member(member_id=member.id, reason="Prova", by=SYSTEM)
    db.session.execute(
        update(SignInSession).where(SignInSession.member_id == member.id).values(ended_at=None)
    )
    db.session.commit()


class _Maker:
    """Makes the things, each by what it is and the state that it is in."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.members = {m.email.partition("@")[0]: m for m in db.session.scalars(select(Member))}
        self.bodies = {o.name: o for o in db.session.scalars(select(Organisation))}

    def make(self) -> None:
        self._people()
        self._bodies()
        self._spaces()
        self._stories()
        self._twinnings()
        self._matches()
        self._threads()
        self._posts()
        self._files()
        self._affiliations()
        self._invitations()
        self._links()
        self._notices()
        self._reports()
        self._measures()

    def _note(self, name: str, kind: str, row: Any, *, slug: str = "", mark: str = "") -> None:
        self.world.things[name] = Thing(kind, row.id, slug, mark)

    def _people(self) -> None:
        trento = self.bodies["Provincia autonoma di Trento"]
        lecce = self.bodies["Comune di Lecce"]
        former = self._member("ex.trento", "Bruna", "Dalpiaz")
        AffiliationFactory.make(
            member=former,
            organisation=trento,
            state=AffiliationState.ENDED,
            ended_at=clock.now(),
        )
        self.members["altro.coordinatore"] = member_with(
            Role.COORDINATOR,
            first_name="Dario",
            last_name="Zanella",
            slug="dario-zanella",
            email=f"altro.coordinatore@{DOMAIN}",
        )
        suspended = self._member("sospeso", "Ombretta", mark_of("member_suspended").title())
        AffiliationFactory.make(member=suspended, organisation=lecce)
        unconfirmed = self._member(
            "nonconfermato",
            "Ignazio",
            mark_of("member_unconfirmed").title(),
            state=MemberState.UNCONFIRMED,
            confirmed_at=None,
        )
        removed = self._member("rimosso", "Saverio", mark_of("member_removed").title())
        lifecycle.remove_member(member_id=removed.id, by=SYSTEM)
        self._picture(self.members["verificato"])
        self._picture(suspended)
        for name, row in (
            ("member_active", self.members["verificato"]),
            ("member_suspended", suspended),
            ("member_unconfirmed", unconfirmed),
        ):
            mark = "" if name == "member_active" else mark_of(name)
            self._note(name, "member", row, slug=row.slug, mark=mark)
        # The address by which a removed member was known.
        self.world.things["member_removed"] = Thing(
            "member", removed.id, mark_of("member_removed"), mark_of("member_removed")
        )

    def _member(self, mailbox: str, first: str, last: str, **values: Any) -> Member:
        made = MemberFactory.make(
            first_name=first,
            last_name=last,
            slug=f"{first}-{last}".lower(),
            email=f"{mailbox}@{DOMAIN}",
            **values,
        )
        self.members[mailbox] = made
        return made

    def _picture(self, member: Member) -> None:
        out = BytesIO()
        Image.new("RGB", (64, 64), (90, 30, 30)).save(out, "PNG")
        member.avatar = avatars._store(avatars.redraw(out.getvalue()))
        db.session.commit()
        name = "picture_active" if member.state is MemberState.ACTIVE else "picture_suspended"
        name = "picture_suspended" if member.email.startswith("sospeso") else name
        self._note(name, "picture", member, slug=member.avatar)

    def _bodies(self) -> None:
        removed = OrganisationFactory.make(
            name=f"Ente {mark_of('body_removed')}",
            slug=f"ente-{mark_of('body_removed')}",
            state=OrganisationState.REMOVED,
        )
        self._note(
            "body_removed", "organisation", removed, slug=removed.slug, mark=mark_of("body_removed")
        )
        active = self.bodies["Comune di Lecce"]
        self._note("body_active", "organisation", active, slug=active.slug)

    def _spaces(self) -> None:
        """A private place that is open to the people of Trento."""
        self.space = SpaceFactory.make(object_id=1)
        self._grant(self.space.id, "Provincia autonoma di Trento")
        self.partners_space = SpaceFactory.make(object_id=2)
        for body in ("Provincia autonoma di Trento", "Regione Puglia"):
            self._grant(self.partners_space.id, body)
        db.session.add(
            SpaceGrant(
                space_id=self.partners_space.id,
                member_id=self.members["coordinatore"].id,
                while_role=Role.COORDINATOR,
                from_at=LONG_AGO,
            )
        )
        db.session.commit()

    def _grant(self, space_id: int, body: str) -> None:
        db.session.add(
            SpaceGrant(
                space_id=space_id,
                organisation_id=self.bodies[body].id,
                from_at=LONG_AGO,
            )
        )
        db.session.commit()

    def _stories(self) -> None:
        author = self.members["registrato"]
        for state in PracticeState:
            name = f"story_{state}"
            self._story(name, state, author, PracticeKind.OFFER)
        self._story("story_seek", PracticeState.PUBLISHED, author, PracticeKind.SEEK)
        self._story("story_seek_draft", PracticeState.DRAFT, author, PracticeKind.SEEK)
        self._story(
            "story_private",
            PracticeState.PUBLISHED,
            self.members["referente.trento"],
            PracticeKind.OFFER,
            space_id=self.space.id,
        )
        self._story("story_declined", PracticeState.PUBLISHED, author, PracticeKind.OFFER)
        self._work_on_stories(author)
        for name, account, body, kind in (
            ("story_seek_body", "referente.puglia", "Regione Puglia", PracticeKind.SEEK),
            (
                "story_offer_body",
                "referente.trento",
                "Provincia autonoma di Trento",
                PracticeKind.OFFER,
            ),
        ):
            number = self.bodies[body].id
            author = self.members[account]
            self._story(name, PracticeState.PUBLISHED, author, kind, organisation_id=number)

    def _work_on_stories(self, author: Member) -> None:
        """What authors, editors and evaluators know of public stories, and nobody else."""
        published = self.world.things["story_published"]
        mark = mark_of("revision_pending")
        # Complete, as whatever waits for the editors is: they can approve it.
        sentence = Rendered(f"Nuova {mark}", f"<p>Nuova {mark}</p>")
        text = content(title=f"Famiglia e {mark}")
        text = replace(text, sections={**text.sections, "solution": sentence})
        revision = PracticeRevision(
            practice_id=published.id,
            author_id=author.id,
            based_on=1,
            version=1,
            title=text.title,
            values=values_of(text),
            html={name: written.html for name, written in text.sections.items()},
            created_at=clock.now(),
            updated_at=clock.now(),
        )
        answer = PracticeValidation(
            practice_id=self.world.things["story_declined"].id,
            evaluator_id=self.members["valutatore"].id,
            granted=False,
            version=1,
            at=clock.now(),
            reason=f"Mancano i dati: {mark_of('answer_declined')}",
        )
        db.session.add_all([revision, answer])
        db.session.commit()
        self._note("revision_pending", "revision", revision, mark=mark)
        self._note("answer_declined", "answer", answer, mark=mark_of("answer_declined"))
        mark = mark_of("version_before")
        self._keep(published.id, 0, PracticeState.SUBMITTED, mark)
        self.world.things["version_before"] = Thing("version", published.id, mark=mark)

    def _keep(self, practice_id: int, version: int, state: PracticeState, mark: str) -> None:
        values = {"title": f"Storia {mark}", "theme_ids": [], "state": state.value}
        record_revision(Reference("practice", practice_id), version, values, None)
        db.session.commit()

    def _matches(self) -> None:
        """Pairs in every state, some with a story that not everybody sees."""
        self.match_space = SpaceFactory.make(kind="match", object_id=1)
        db.session.add_all(
            SpaceGrant(
                space_id=self.match_space.id,
                organisation_id=self.bodies[body].id,
                contacts_only=True,
                from_at=LONG_AGO,
            )
            for body in ("Regione Puglia", "Provincia autonoma di Trento")
        )
        db.session.commit()
        for name, seek, offer, values in (
            ("match_suggested", "story_seek_body", "story_published", {}),
            ("match_draft", "story_seek", "story_draft", {}),
            ("match_private", "story_seek", "story_private", {}),
            ("match_dismissed", "story_seek_body", "story_validated", {"state": "dismissed"}),
            (
                "match_contacted",
                "story_seek_body",
                "story_offer_body",
                {"state": "contacted", "space_id": self.match_space.id},
            ),
            ("match_twinned", "story_seek", "story_offer_body", {"state": "twinned"}),
        ):
            things = self.world.things
            row = MatchFactory.make(
                seek=db.session.get_one(Practice, things[seek].id),
                offer=db.session.get_one(Practice, things[offer].id),
                **{**values, "state": MatchState(values.get("state", "suggested"))},
            )
            self._note(name, "match", row)
        # Nobody wrote yet, and somebody is there on both sides: Trento tells this one in the demo.
        offered = select(Practice).where(Practice.title == "Distretti Famiglia")
        row = MatchFactory.make(
            seek=db.session.get_one(Practice, self.world.things["story_seek_body"].id),
            offer=db.session.scalars(offered).one(),
        )
        self._note("match_reachable", "match", row)

    def _story(
        self, name: str, state: PracticeState, author: Member, kind: PracticeKind, **values: Any
    ) -> None:
        mark = mark_of(name)
        text = f"Famiglia e {mark}."
        row = StoryFactory.make(
            title=f"Storia {mark}",
            kind=kind,
            state=state,
            author=author,
            summary=text,
            contact=f"Ufficio {mark}",
            solution=text,
            solution_html=f"<p>{text}</p>",
            decision_reason=f"Motivo {mark}",
            **values,
        )
        self._note(name, "story", row, slug=row.slug, mark=mark)
        if name == "story_validated":
            endorse_story(
                practice_id=row.id,
                organisation_id=self.bodies["Comune di Lecce"].id,
                by=actor_for(self.members["verificato"].id),
            )
        if state is not PracticeState.DRAFT:
            self._keep(row.id, 1, state, mark)

    def _twinnings(self) -> None:
        coordinator = self.members["coordinatore"]
        for state in TwinningState:
            twinning = self._twinning(f"twinning_{state}", state, coordinator)
            if state in (TwinningState.PROPOSED, TwinningState.REJECTED):
                asked = takes_part(
                    twinning,
                    self.bodies["Regione Puglia"],
                    ParticipationRole.RECEIVER,
                    ParticipationState.INVITED,
                )
            if state is TwinningState.PROPOSED:
                self._note("partner_asked", "participation", asked, slug=twinning.slug)
        private = self._twinning(
            "twinning_private",
            TwinningState.ACTIVE,
            coordinator,
            visibility=TwinningVisibility.PARTNERS,
            space_id=self.partners_space.id,
        )
        takes_part(private, self.bodies["Provincia autonoma di Trento"])
        joined = takes_part(private, self.bodies["Regione Puglia"], ParticipationRole.RECEIVER)
        self._note("partner_private", "participation", joined, slug=private.slug)
        self._proposals()
        self._asked()
        trepu = db.session.scalars(select(Twinning).where(Twinning.acronym == "TrePu")).one()
        self._note("twinning_trepu", "twinning", trepu, slug=trepu.slug)
        self._note("partner_trepu", "participation", trepu.participations[0], slug=trepu.slug)

    def _twinning(
        self, name: str, state: TwinningState, coordinator: Member | None, **values: Any
    ) -> Twinning:
        mark = mark_of(name)
        row = TwinningFactory.make(
            title=f"Gemellaggio {mark}",
            slug=f"gemellaggio-{mark}",
            acronym=mark.title(),
            summary=f"Famiglia e {mark}.",
            solution=mark,
            solution_html=f"<p>{mark}</p>",
            funding=f"Fondo {mark}",
            state=state,
            coordinator=coordinator,
            **values,
        )
        self._note(name, "twinning", row, slug=row.slug, mark=mark)
        return row

    def _proposals(self) -> None:
        """What the contact person of Puglia began: still a draft, and one without coordinator."""
        for name, state in (
            ("twinning_own_draft", TwinningState.DRAFT),
            ("twinning_uncoordinated", TwinningState.PROPOSED),
        ):
            proposed = self._twinning(
                name, state, None, proposer_id=self.members["referente.puglia"].id
            )
            puglia = self.bodies["Regione Puglia"]
            joined = takes_part(proposed, puglia, ParticipationRole.RECEIVER)
            if state is TwinningState.DRAFT:
                self._note("partner_own_draft", "participation", joined, slug=proposed.slug)

    def _asked(self) -> None:
        """A body that was asked to join a public twinning: nobody else's business yet."""
        mark = mark_of("partner_invited")
        body = OrganisationFactory.make(name=f"Ente {mark}", slug=f"ente-{mark}")
        twinning = db.session.get_one(Twinning, self.world.things["twinning_active"].id)
        row = takes_part(twinning, body, state=ParticipationState.INVITED)
        self._note("partner_invited", "participation", row, slug=twinning.slug, mark=mark)

    def _threads(self) -> None:
        things = self.world.things
        subjects = {
            "thread_on_draft": ("practice", things["story_draft"].id),
            "thread_on_twinning_draft": ("twinning", things["twinning_draft"].id),
            "thread_on_private": ("twinning", things["twinning_private"].id),
        }
        self._thread("thread_open", self.members["verificato"])
        self._thread(
            "thread_closed",
            self.members["verificato"],
            state=ThreadState.CLOSED,
            closed_at=LONG_AGO,
            closed_by_id=self.members["moderatore"].id,
        )
        self._thread("thread_held", self.members["registrato"], state=ThreadState.HELD)
        self._thread("thread_hidden", self.members["verificato"], state=ThreadState.HIDDEN)
        self._thread("thread_removed", self.members["verificato"], state=ThreadState.REMOVED)
        self._thread("thread_space", self.members["referente.trento"], space_id=self.space.id)
        self._thread(
            "thread_merged",
            self.members["verificato"],
            state=ThreadState.REMOVED,
            merged_into_id=things["thread_space"].id,
        )
        self._thread(
            "thread_of_partners",
            self.members["referente.puglia"],
            subject_kind="twinning",
            subject_id=things["twinning_private"].id,
            space_id=self.partners_space.id,
        )
        self._thread(
            "thread_of_match",
            self.members["referente.puglia"],
            subject_kind="practice",
            subject_id=things["story_seek_body"].id,
            space_id=self.match_space.id,
        )
        row = db.session.get_one(Match, things["match_contacted"].id)
        row.thread_id = things["thread_of_match"].id
        db.session.commit()
        for name, (kind, number) in subjects.items():
            self._thread(name, self.members["coordinatore"], subject_kind=kind, subject_id=number)

    def _thread(self, name: str, author: Member, **values: Any) -> None:
        mark = mark_of(name)
        row = ThreadFactory.make(
            title=f"Discussione {mark}",
            introduction=f"Famiglia {mark}.",
            introduction_html=f"<p>Famiglia {mark}.</p>",
            author=author,
            **values,
        )
        self._note(name, "thread", row, mark=mark)

    def _posts(self) -> None:
        verified, registered = self.members["verificato"], self.members["registrato"]
        for name, thread, author, state in (
            ("post_visible", "thread_open", verified, PostState.VISIBLE),
            ("post_held", "thread_open", registered, PostState.HELD),
            ("post_hidden", "thread_open", verified, PostState.HIDDEN),
            ("post_removed", "thread_open", verified, PostState.REMOVED),
            ("post_first_held", "thread_held", registered, PostState.HELD),
            ("post_in_space", "thread_space", self.members["referente.trento"], PostState.VISIBLE),
            (
                "post_of_partners",
                "thread_of_partners",
                self.members["referente.puglia"],
                PostState.VISIBLE,
            ),
            (
                "post_of_match",
                "thread_of_match",
                self.members["referente.puglia"],
                PostState.VISIBLE,
            ),
            ("post_on_draft", "thread_on_draft", registered, PostState.VISIBLE),
            ("post_on_private", "thread_on_private", verified, PostState.VISIBLE),
        ):
            self._post(name, self.world.things[thread].id, author, state)
        self._moves()
        # Written just now, so that its author may still change it.
        self._post(
            "post_fresh",
            self.world.things["thread_open"].id,
            verified,
            PostState.VISIBLE,
            created_at=clock.now() + timedelta(minutes=20),
        )

    def _moves(self) -> None:
        """A message that stood in the open once, and in a discussion that is no more."""
        moved = self.world.things["post_in_space"].id
        for thread, number in (("thread_open", 9), ("thread_merged", 1)):
            row = PostMove(
                post_id=moved,
                thread_id=self.world.things[thread].id,
                number=number,
                moved_at=LONG_AGO,
            )
            db.session.add(row)
        db.session.commit()

    def _post(
        self, name: str, thread_id: int, author: Member, state: PostState, **values: Any
    ) -> None:
        mark = mark_of(name)
        rendered = render_markdown(f"Famiglia e **{mark}**.")
        row = PostFactory.make(
            thread=db.session.get_one(Thread, thread_id),
            author_id=author.id,
            text=rendered.source,
            html=rendered.html,
            state=state,
            held_because="unverified" if state is PostState.HELD else "",
            decision_reason=f"Motivo {mark}" if state is PostState.HIDDEN else "",
            **values,
        )
        self._note(name, "post", row, mark=mark)

    def _files(self) -> None:
        """Pictures on things of every sort, all of which have a small copy."""
        for name, kind, thing, mailbox, values in (
            ("file_on_story", "practice", "story_published", "redattore", {}),
            ("file_on_draft", "practice", "story_draft", "registrato", {}),
            ("file_on_private_story", "practice", "story_private", "referente.trento", {}),
            ("file_on_private_twinning", "twinning", "twinning_private", "coordinatore", {}),
            (
                "file_of_partners",
                "twinning",
                "twinning_private",
                "referente.puglia",
                {"space_id": self.partners_space.id},
            ),
            ("file_on_post", "post", "post_fresh", "verificato", {}),
            ("file_on_held_post", "post", "post_held", "registrato", {}),
            ("file_on_post_in_space", "post", "post_in_space", "referente.trento", {}),
            ("file_on_body", "organisation", "body_active", "admin", {}),
            (
                "file_hidden",
                "practice",
                "story_published",
                "redattore",
                {"state": AttachmentState.HIDDEN},
            ),
            (
                "file_removed",
                "practice",
                "story_published",
                "redattore",
                {"state": AttachmentState.REMOVED},
            ),
        ):
            mark = mark_of(name)
            row = attached(
                Reference(kind, self.world.things[thing].id),
                picture(),
                name=f"{mark}.png",
                media_type="image/png",
                thumbnail=picture("WEBP"),
                title=f"Allegato {mark}",
                description=f"Famiglia e {mark}",
                author_id=self.members[mailbox].id,
                **values,
            )
            self._note(name, "attachment", row, mark=mark)

    def _affiliations(self) -> None:
        puglia = self.bodies["Regione Puglia"]
        asked = AffiliationFactory.make(
            member=self.members["registrato"],
            organisation=puglia,
            position=f"Mansione {mark_of('affiliation_requested')}",
            state=AffiliationState.REQUESTED,
            decided_at=None,
        )
        self._note(
            "affiliation_requested",
            "affiliation",
            asked,
            slug=puglia.slug,
            mark=mark_of("affiliation_requested"),
        )
        accepted = db.session.scalars(
            select(Affiliation).where(
                Affiliation.member_id == self.members["v.greco"].id,
                Affiliation.organisation_id == puglia.id,
            )
        ).one()
        self._note("affiliation_accepted", "affiliation", accepted, slug=puglia.slug)

    def _invitations(self) -> None:
        """One to a body of the register, one to a body that nobody else may know of yet."""
        inviter = self.members["referente.trento"]
        trento = self.bodies["Provincia autonoma di Trento"]
        # Without a mark: whoever has the link reads to whom it went.
        colleague = InvitationFactory.make(organisation=trento, invited_by_id=inviter.id)
        self._note("invitation_colleague", "invitation", colleague)
        self.world.tokens["invitation"] = invitation_token(colleague.id)
        former = self.members["ex.trento"]
        again = InvitationFactory.make(
            organisation=trento, invited_by_id=inviter.id, email=former.email
        )
        self.world.tokens["invitation_of_former"] = invitation_token(again.id)
        coordinator = self.members["coordinatore"]
        mark = mark_of("body_awaited")
        awaited = OrganisationFactory.make(
            name=f"Ministero {mark}",
            slug=f"atteso-{mark}",
            state=OrganisationState.AWAITED,
            awaited_by_id=coordinator.id,
            verified_at=None,
        )
        self._note("body_awaited", "organisation", awaited, slug=awaited.slug, mark=mark)
        row = InvitationFactory.make(
            kind=InvitationKind.BODY,
            role=AffiliationRole.CONTACT,
            organisation=awaited,
            invited_by_id=coordinator.id,
            email=f"{mark_of('invitation_body')}@ministero.example",
        )
        self._note("invitation_body", "invitation", row, mark=mark_of("invitation_body"))

    def _notices(self) -> None:
        """A notice of one member; another one follows what may not be opened any more."""
        thread = self.world.things["thread_open"]
        moment = clock.now()
        with transaction():
            event = announce(ThreadReopened(thread_id=thread.id))
        row = Notification(
            event_id=event.id,
            member_id=self.members["verificato"].id,
            rule="forum.introduced",
            about_kind="thread",
            about_id=thread.id,
            place_kind="thread",
            place_id=thread.id,
            made_at=moment,
            due_at=moment,
            state=MailState.NONE,
        )
        things = self.world.things
        for mailbox, name in (
            ("verificato", "thread_open"),
            ("verificato", "thread_space"),
            # Somebody else of the same rights does not follow this one.
            ("ex.trento", "thread_closed"),
        ):
            member, number = self.members[mailbox].id, things[name].id
            db.session.add(Follow(member_id=member, kind="thread", object_id=number, since=moment))
        db.session.add(row)
        db.session.commit()
        self._note("notice", "notice", row)

    def _reports(self) -> None:
        """Two reports; what is said in the second is nobody else's business."""
        mark = mark_of("report")
        for name, text in (("post_visible", "Non va"), ("post_in_space", f"Famiglia {mark}")):
            row = Report(
                kind="post",
                object_id=self.world.things[name].id,
                reason=ReportReason.OFFENSIVE,
                text=text,
                reporter_id=self.members["referente.trento"].id,
                created_at=clock.now(),
            )
            db.session.add(row)
            db.session.commit()
        self._note("report", "report", row, mark=mark)

    def _measures(self) -> None:
        """What moderators did, to whom; one of it where no moderator may enter now."""
        things = self.world.things
        taken = {name: self.members[name].id for name in ("moderatore", "admin")}
        for name, about, member, sort, by in (
            ("measure_hidden", ("post", "post_hidden"), "verificato", "hidden", "moderatore"),
            ("measure_warned", ("member", "member_active"), "verificato", "warned", "admin"),
            ("measure_objected", ("member", "member_active"), "verificato", "warned", "moderatore"),
            ("measure_suspended", ("member", "member_suspended"), "sospeso", "suspended", "admin"),
            ("measure_in_space", ("post", "post_in_space"), "referente.trento", "hidden", None),
        ):
            row = Measure(
                kind=about[0],
                object_id=things[about[1]].id,
                member_id=self.members[member].id,
                sort=MeasureSort(sort),
                reason=f"Motivo {mark_of(name)}",
                taken_at=clock.now(),
                taken_by_id=taken[by] if by else None,
            )
            db.session.add(row)
            db.session.commit()
            self._note(name, "measure", row, mark=mark_of(name))
        for name, measure in (
            ("appeal_to_moderator", "measure_warned"),
            ("appeal_to_administrator", "measure_objected"),
        ):
            appeal = Appeal(
                measure_id=things[measure].id,
                text=f"Non è giusto: {mark_of(name)}",
                made_at=clock.now(),
            )
            db.session.add(appeal)
            db.session.commit()
            self._note(name, "appeal", appeal, mark=mark_of(name))
        suspended = self.members["sospeso"].id
        number = things["measure_suspended"].id
        self.world.tokens["appeal"] = appeal_token(number, suspended)

    def _links(self) -> None:
        unconfirmed = self.world.things["member_unconfirmed"].id
        self.world.tokens["confirm"] = registration.confirmation_token(unconfirmed) or ""
        self.world.tokens["unsubscribe"] = unsubscribe_token(
            self.members["registrato"].id, Concern.REPLY
        )
        self.world.tokens["reset"] = registration.reset_token(self.members["registrato"].id) or ""
