"""What nobody may know: who was only asked, and what partners say among themselves.

Each channel is opened by HTTP, the index brought up to date first, and searched for one word that
stands nowhere else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from flask import Flask

from core import outbox
from core.actor import SYSTEM, Role
from core.database import db
from core.flags import DEMO, set_flag
from core.mail import TestMail
from core.text import render_markdown
from core.transactions import transaction
from forum import services as forum
from members.models import Affiliation, AffiliationState, Member, RoleGrant
from members.queries import actor_for
from notifications import services as notifications
from organisations.models import Organisation
from search.services.indexer import Indexer
from territory import queries as territory
from tests.factories.members import member_with
from tests.factories.practices import StoryFactory
from tests.factories.twinning import region
from tests.visitor import Visitor, form_values
from twinning import policies, rules, services
from twinning.models import Participation, ParticipationRole, ParticipationState, Twinning
from twinning.models import TwinningState as State
from twinning.rules import OwnPart, TwinningContent

MARK = "Zibaldona"
TITLE = "Famiglie che si aiutano"
PRIVATE = f"Accordo {MARK}"
SAME_SITE = {"Sec-Fetch-Site": "same-origin"}


@dataclass
class Scene:
    """A running, public twinning of two bodies; a third one has the marked name."""

    app: Flask
    twinning: Twinning
    giver: Organisation
    receiver: Organisation
    marked: Organisation
    practice_slug: str
    people: dict[str, Member]
    place: int = 0

    def actor(self, name: str) -> object:
        return actor_for(self.people[name].id)

    def deliver(self) -> list[TestMail]:
        """Let the workers do all that waits; the letters so far."""
        with self.app.test_request_context():
            indexer = Indexer(self.app.config["GEMELLA"].index_folder)
            while indexer.step():
                pass
            indexer.close()
        db.session.rollback()
        outbox.drain(notifications.CONSUMER)
        notifications.run_once()
        db.session.expire_all()
        return db.session.query(TestMail).order_by(TestMail.id).all()


@pytest.fixture
def scene(app: Flask) -> Scene:
    with transaction():
        set_flag(DEMO, "1")
    places = {one.code: one.id for one in territory.regions()}
    giver = region("Regione Umbria", territory_id=places["umbria"])
    receiver = region("Regione Puglia", territory_id=places["puglia"])
    marked = region(f"Ente {MARK}", territory_id=places["sicilia"])
    practice = StoryFactory.make(title="Pratica di partenza")
    people = {
        "giver": member_with(of=giver, contact=True, email="offre@example.org"),
        "receiver": member_with(of=receiver, contact=True, email="riceve@example.org"),
        "colleague": member_with(of=receiver, email="collega@example.org"),
        "marked": member_with(of=marked, contact=True, email="marcato@example.org"),
        "marked colleague": member_with(of=marked, email="collega.marcato@example.org"),
        "coordinator": member_with(Role.COORDINATOR, email="coordina@example.org"),
        "other coordinator": member_with(Role.COORDINATOR, email="altra@example.org"),
        "editor": member_with(Role.EDITOR, email="redige@example.org"),
        "moderator": member_with(Role.MODERATOR, email="modera@example.org"),
        "administrator": member_with(Role.ADMINISTRATOR, email="amministra@example.org"),
        "stranger": member_with(email="nessuno@example.org"),
    }
    made = services.create_twinning(
        content=TwinningContent(
            title=TITLE,
            coordinator_id=people["coordinator"].id,
            practice_id=practice.id,
        ),
        own=OwnPart(organisation_id=receiver.id, role=ParticipationRole.RECEIVER),
        by=_with_administration(actor_for(people["receiver"].id)),
    )
    found = Scene(app, made, giver, receiver, marked, practice.slug, people)
    one = _invite(found, giver)
    services.accept_invitation(participation_id=one, by=actor_for(people["giver"].id))
    for state in (State.PROPOSED, State.ACTIVE):
        services.change_state(
            twinning_id=made.id, new=state, version=None, reason="prova", by=SYSTEM
        )
    return found


def _with_administration(actor: object) -> object:
    """The same person with the right to name the coordinator."""
    from dataclasses import replace

    return replace(actor, roles=frozenset({Role.ADMINISTRATOR}))  # type: ignore[type-var]


def _invite(scene: Scene, body: Organisation, role: str = "giver") -> int:
    return services.invite_partner(
        twinning_id=scene.twinning.id,
        organisation_id=body.id,
        role=ParticipationRole(role),
        message="Venite?",
        by=actor_for(scene.people["coordinator"].id),
    ).id


def bring_to(scene: Scene, state: ParticipationState) -> None:
    """The marked body is asked, and has answered or left."""
    scene.place = _invite(scene, scene.marked)
    marked = actor_for(scene.people["marked"].id)
    if state is ParticipationState.REFUSED:
        services.refuse_invitation(participation_id=scene.place, note="No", by=marked)
    elif state is ParticipationState.WITHDRAWN:
        services.accept_invitation(participation_id=scene.place, by=marked)
        services.leave_twinning(participation_id=scene.place, reason="Via", by=marked)


def channels(scene: Scene) -> Iterator[str]:
    """Every address that shows something of twinnings, and none that shows the register."""
    page = f"/gemellaggi/{scene.twinning.slug}"
    for path in ("", "/partecipanti", "/discussioni", "/feed", "/spazio"):
        yield page + path
    yield from ("/", "/en/", "/gemellaggi", "/gemellaggi/feed", "/feed", "/discussioni")
    yield from ("/gemellaggi?regione=sicilia", "/gemellaggi?ruolo=offre&ordina=titolo")
    yield f"/cerca?q={TITLE.replace(' ', '+')}"
    yield from (f"/enti/{scene.giver.slug}", f"/enti/{scene.receiver.slug}")
    yield f"/buone-pratiche/{scene.practice_slug}"
    yield from ("/il-mio-spazio", "/il-mio-spazio/gemellaggi", "/moderazione")


def betrayals(scene: Scene, readers: list[str]) -> list[str]:
    """Where one of these readers learns of the marked body; the index is up to date."""
    found = []
    letters = scene.deliver()
    allowed = {scene.people[one].email for one in ("marked", "coordinator", "administrator")}
    # Who was a partner with it knows that it left.
    if scene.place and _state(scene) is ParticipationState.WITHDRAWN:
        allowed |= {scene.people[one].email for one in ("giver", "receiver")}
    found += [
        f"letter to {one.to}"
        for one in letters
        if one.to not in allowed and MARK in f"{one.subject} {one.text} {one.html}"
    ]
    for name in readers:
        visitor = Visitor(scene.app)
        if name != "visitor":
            visitor.sign_in(scene.people[name].email)
        for path in channels(scene):
            # Whose body it is reads its name in the own space.
            word = TITLE if name == "marked colleague" and path == "/il-mio-spazio" else MARK
            if word in visitor.get(path).text:
                found.append(f"{name} on {path}")
        # Its own page and the search for its name know of no twinning.
        for path in (
            f"/enti/{scene.marked.slug}",
            f"/cerca?q={MARK}",
            "/gemellaggi?regione=sicilia",
        ):
            if TITLE in visitor.get(path).text:
                found.append(f"{name} on {path}: the twinning")
        if "Sicilia" in visitor.get("/gemellaggi").text:
            found.append(f"{name}: the region is counted")
    return found


def _state(scene: Scene) -> ParticipationState:
    return db.session.get_one(Participation, scene.place).state


READERS = [
    "visitor",
    "stranger",
    "giver",
    "receiver",
    "colleague",
    "marked colleague",
    "other coordinator",
    "editor",
    "moderator",
]


@pytest.mark.parametrize(
    "state",
    [
        ParticipationState.INVITED,
        # Like the invited, never accepted; they take as long, and the soak test asks.
        pytest.param(ParticipationState.REFUSED, marks=pytest.mark.soak),
        pytest.param(ParticipationState.WITHDRAWN, marks=pytest.mark.soak),
    ],
)
def test_who_did_not_accept_is_unseen_in_every_channel(
    scene: Scene, state: ParticipationState
) -> None:
    bring_to(scene, state)
    # Who proposed it sees whom it was offered to, and nothing more: here that is Puglia's contact.
    readers = [one for one in READERS if one != "receiver"]
    assert betrayals(scene, readers) == []
    assert betrayals(scene, ["receiver"]) == [
        f"receiver on /gemellaggi/{scene.twinning.slug}/partecipanti"
    ]


def test_who_accepted_is_seen(scene: Scene) -> None:
    """The first twin: the channels show bodies, or the test would be blind."""
    place = _invite(scene, scene.marked)
    services.accept_invitation(participation_id=place, by=actor_for(scene.people["marked"].id))
    told = betrayals(scene, ["visitor"])
    page = f"/gemellaggi/{scene.twinning.slug}"
    for path in (
        page,
        f"{page}/partecipanti",
        f"{page}/feed",
        "/",
        "/gemellaggi",
        "/gemellaggi/feed",
    ):
        assert f"visitor on {path}" in told
    assert f"visitor on /enti/{scene.marked.slug}: the twinning" in told
    assert f"visitor on /cerca?q={MARK}: the twinning" in told
    assert "visitor: the region is counted" in told


def _wrong_in_sql(monkeypatch: pytest.MonkeyPatch) -> None:
    wide = Participation.state.in_(sorted(rules.STANDING | {ParticipationState.INVITED}))
    for place in (policies, "twinning.queries.lines"):
        monkeypatch.setattr(
            f"{place}.standing" if isinstance(place, str) else "twinning.policies.standing",
            lambda: wide,
        )


def _wrong_in_python(monkeypatch: pytest.MonkeyPatch) -> None:
    wide = rules.STANDING | {ParticipationState.INVITED}
    monkeypatch.setattr(rules, "STANDING", wide)


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        (_wrong_in_sql, ["visitor on /gemellaggi", "visitor: the region is counted"]),
        (_wrong_in_python, ["visitor on /cerca?q=Zibaldona: the twinning"]),
    ],
)
def test_a_seeded_fault_is_seen(
    scene: Scene,
    monkeypatch: pytest.MonkeyPatch,
    fault: Callable[[pytest.MonkeyPatch], None],
    told: list[str],
) -> None:
    fault(monkeypatch)
    bring_to(scene, ParticipationState.INVITED)
    found = betrayals(scene, ["visitor"])
    assert set(told) <= set(found)


# The private space


def open_private(scene: Scene, name: str) -> str:
    """A private discussion through the page; the address of it."""
    visitor = Visitor(scene.app)
    visitor.sign_in(scene.people[name].email)
    page = visitor.page(f"/gemellaggi/{scene.twinning.slug}/spazio")
    [address] = {one for one in page.xpath("//main//a/@href") if "/nuova?spazio=" in one}
    data = form_values(visitor.page(address).forms[-1]) | {
        "title": PRIVATE,
        "text": f"Tra noi: {MARK}.",
    }
    answer = visitor.post(address, data, headers=SAME_SITE)
    assert answer.status_code == 302, answer.text[:500]
    return str(answer.location)


def heard(scene: Scene, name: str, thread: str) -> list[str]:
    """Where a reader meets the private discussion."""
    visitor = Visitor(scene.app)
    if name != "visitor":
        visitor.sign_in(scene.people[name].email)
    # The title, since the marked body's people read its name in their own space.
    found = [path for path in channels(scene) if PRIVATE in visitor.get(path).text]
    if visitor.get(thread).status_code == 200:
        found.append(thread)
    if thread in visitor.get(f"/cerca?q={MARK}").text:
        found.append(f"/cerca?q={MARK}")
    return found


def test_only_partners_and_coordinator_hear_of_what_is_private(scene: Scene) -> None:
    thread = open_private(scene, "receiver")
    scene.deliver()
    for name in ("colleague", "giver", "coordinator"):
        found = heard(scene, name, thread)
        assert thread in found, name
        assert f"/gemellaggi/{scene.twinning.slug}/spazio" in found, name
        assert f"/cerca?q={MARK}" in found, name
        assert f"/gemellaggi/{scene.twinning.slug}/discussioni" not in found, name
    for name in (
        "visitor",
        "stranger",
        "marked",
        "other coordinator",
        "editor",
        "moderator",
        "administrator",
    ):
        assert heard(scene, name, thread) == [], name


def _end_affiliation(scene: Scene) -> str:
    one = db.session.query(Affiliation).filter_by(member_id=scene.people["colleague"].id).one()
    one.state = AffiliationState.ENDED
    db.session.commit()
    return "colleague"


def _leave(scene: Scene) -> str:
    [one] = [p for p in _participations(scene) if p.organisation_id == scene.receiver.id]
    services.leave_twinning(
        participation_id=one.id, reason="Via", by=actor_for(scene.people["receiver"].id)
    )
    return "colleague"


def _lose_the_role(scene: Scene) -> str:
    number = scene.people["coordinator"].id
    db.session.delete(db.session.get_one(RoleGrant, (number, Role.COORDINATOR)))
    db.session.commit()
    return "coordinator"


def _participations(scene: Scene) -> list[Participation]:
    return db.session.get_one(Twinning, scene.twinning.id).participations


@pytest.mark.parametrize(
    "leave",
    [
        _end_affiliation,
        pytest.param(_leave, marks=pytest.mark.soak),
        pytest.param(_lose_the_role, marks=pytest.mark.soak),
    ],
)
def test_access_ends_at_once_in_every_channel(scene: Scene, leave: Callable[[Scene], str]) -> None:
    """Before the worker had a chance to do anything; and the letter that was on its way is not
    sent any more."""
    thread = open_private(scene, "colleague")
    number = int(thread.rsplit("/", 1)[1])
    scene.deliver()
    before = len(scene.deliver())
    forum.add_post(
        thread_id=number,
        text=render_markdown(f"Risposta {MARK}."),
        by=actor_for(scene.people["giver"].id),
    )
    name = leave(scene)
    assert heard(scene, name, thread) == []
    letters = scene.deliver()[before:]
    mail = scene.people[name].email
    assert not [one for one in letters if one.to == mail and MARK in f"{one.subject}{one.text}"]


def test_a_key_that_outlives_its_reason_is_seen(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The twin: a body leaves, and nobody takes its key back."""
    monkeypatch.setattr("spaces.services.end_grant", lambda **_given: None)
    thread = open_private(scene, "colleague")
    scene.deliver()
    name = _leave(scene)
    found = heard(scene, name, thread)
    assert {thread, f"/cerca?q={MARK}", f"/gemellaggi/{scene.twinning.slug}/spazio"} <= set(found)


def test_a_reply_among_partners_is_mailed_to_who_may_read_it(scene: Scene) -> None:
    """The twin of the letter that is not sent."""
    thread = open_private(scene, "colleague")
    number = int(thread.rsplit("/", 1)[1])
    before = len(scene.deliver())
    [first] = forum_posts(number)
    forum.add_post(
        thread_id=number,
        text=render_markdown(f"Risposta {MARK}."),
        reply_to_id=first,
        by=actor_for(scene.people["giver"].id),
    )
    letters = scene.deliver()[before:]
    assert [one.to for one in letters] == [scene.people["colleague"].email]
    assert MARK in letters[0].text


def forum_posts(thread_id: int) -> list[int]:
    from forum.models import Post

    return [one.id for one in db.session.query(Post).filter_by(thread_id=thread_id)]


def test_a_space_is_no_way_round_the_thing_that_it_belongs_to(scene: Scene) -> None:
    """Nobody opens a private discussion by the number of a space alone."""
    visitor = Visitor(scene.app)
    number = scene.twinning.space_id
    assert visitor.get(f"/discussioni/nuova?spazio={number}").location.startswith("/accedi")
    visitor.sign_in(scene.people["stranger"].email)
    for asked in (number, 999999, "x", "-1", "9" * 30):
        assert visitor.get(f"/discussioni/nuova?spazio={asked}").status_code == 404, asked
