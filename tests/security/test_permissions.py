"""Roles × things × routes: who may not see meets nothing, who may not act meets a refusal."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import timedelta
from pathlib import Path

import pytest
import time_machine
from flask import Flask

from core import clock
from core.access import public
from tests.security.browser import Answer as Reply
from tests.security.browser import Browser
from tests.security.conftest import As
from tests.security.crawl import Crawl
from tests.security.permissions import (
    ALL,
    MEMBERS,
    ROUTES,
    SEES,
    Answer,
    Route,
    address_of,
    routes_of,
    things_for,
)
from tests.security.world import DATABASE, EVERYBODY, Thing, World

SORTS = sorted({route.about or "nothing" for route in ROUTES.values()})


def test_every_route_stands_in_the_table(site: Flask) -> None:
    assert missing_routes(site) == set()
    assert set(ROUTES) - set(routes_of(site)) == set(), "gone from the site"


def missing_routes(app: Flask) -> set[str]:
    return set(routes_of(app)) - set(ROUTES)


def test_everything_on_the_site_stands_in_the_table(world: World) -> None:
    assert set(world.things) == set(SEES)


def test_a_new_route_is_seen(site: Flask) -> None:
    app = Flask("seeded")
    app.url_map = site.url_map.__class__(
        [rule.empty() for rule in site.url_map.iter_rules()], converters=site.url_map.converters
    )
    app.add_url_rule("/cantina", "cellar", public(lambda: ""))
    assert missing_routes(app) == {"GET /cantina"}


def met(reply: Reply) -> Answer:
    """What a reply comes to."""
    if reply.status == 404:
        return Answer.UNKNOWN
    if reply.status == 403:
        return Answer.FORBIDDEN
    # With the way back; a redirect to the plain page is what follows a new password.
    if reply.status == 401 or (reply.leads_to_sign_in and "next=" in reply.location):
        return Answer.SIGN_IN
    return Answer.OPEN


# What is typed into a form that is sent where it must not be: enough to change something.
TYPED = [
    ("title", "Titolo cambiato"),
    ("name", "Nome cambiato"),
    ("text", "Testo cambiato"),
    ("reason", "Motivo di prova"),
    ("summary", "In breve"),
    ("role", "contact"),
    ("esito", "modifiche"),
    ("new", "removed"),
]


class Matrix:
    """Asks every question of the table and compares the answers."""

    def __init__(
        self, app: Flask, world: World, browse_as: As, restore: Callable[[], None]
    ) -> None:
        self.app = app
        self.world = world
        self._browse_as = browse_as
        self._restore = restore
        self._watch = sqlite3.connect(app.config["GEMELLA"].data / DATABASE)
        self._browsers: dict[str, tuple[Browser, str, str | None]] = {}
        self.faults: list[str] = []

    def check(self, route: str, rule: Route, name: str, thing: Thing | None, role: str) -> None:
        expected = rule.answer(role, name)
        browser, token, cookie = self._browser(role)
        before = self._version()
        method = route.partition(" ")[0]
        path = address_of(self.app, route, thing, self.world)
        if method == "GET":
            reply = browser.get(path)
        else:
            reply = browser.post(path, [("csrf_token", token), *TYPED])
        got = met(reply)
        has_changed = self._version() != before
        is_fine = got is expected
        if expected is Answer.GIVEN_BACK:
            is_fine = got in (Answer.OPEN, Answer.FORBIDDEN) and not has_changed
        if not is_fine or reply.status >= 500:
            self.faults.append(
                f"{role}: {method} {path} ({name}): {got} ({reply.status}), not {expected}"
            )
        if has_changed and expected is not Answer.OPEN:
            self.faults.append(f"{role}: {method} {path} ({name}): refused, but changed something")
        if has_changed:
            self._restore()
            browser.cookie = cookie

    def _version(self) -> int:
        """A number that every commit of another connection changes."""
        (number,) = self._watch.execute("PRAGMA data_version").fetchone()
        return int(number)

    def close(self) -> None:
        self._watch.close()

    def _browser(self, role: str) -> tuple[Browser, str, str | None]:
        if role not in self._browsers:
            browser = self._browse_as(role)
            token = browser.token()
            self._browsers[role] = (browser, token, browser.cookie)
        return self._browsers[role]


@pytest.fixture
def matrix(
    site: Flask, world: World, browse_as: As, restore: Callable[[], None]
) -> Iterator[Matrix]:
    asked = Matrix(site, world, browse_as, restore)
    yield asked
    asked.close()


def questions(
    sort: str, world: World, *, every: bool
) -> Iterator[tuple[str, Route, str, Thing | None, str]]:
    """Route, thing and role; without ``every`` one role of each kind of answer, in turn.

    Every kind of answer is asked for of each route and of each thing, and of what is left every
    second question: the rules are the same for all things of a sort, and other routes ask the other
    half about a thing. The soak test asks everything.
    """
    asked: set[tuple[str, Answer]] = set()
    for number, (route, rule) in enumerate(sorted(ROUTES.items())):
        if (rule.about or "nothing") != sort or route == "POST /esci":
            continue
        things: Mapping[str, Thing | None] = {"": None}
        if rule.about:
            things = things_for(rule.about, world)
        for place, (name, thing) in enumerate(things.items()):
            turn = number + place
            roles = list(EVERYBODY) if every else _one_of_each(rule, name, turn=turn)
            for index, role in enumerate(roles):
                answer = rule.answer(role, name)
                once = {(route, answer), (name, answer)}
                if every or not once <= asked or (turn // 2 + index) % 2:
                    asked |= once
                    yield route, rule, name, thing, role


def _one_of_each(rule: Route, thing: str, *, turn: int) -> list[str]:
    """The visitor, and for each answer of the table one member who gets it."""
    by_answer: dict[Answer, list[str]] = {}
    for role in sorted(MEMBERS):
        by_answer.setdefault(rule.answer(role, thing), []).append(role)
    picked = [roles[turn % len(roles)] for roles in by_answer.values()]
    guests = ("visitor", "suspended")
    return [guests[turn % 2], *picked]


@pytest.mark.parametrize("sort", SORTS)
def test_everybody_gets_what_the_table_says(sort: str, world: World, matrix: Matrix) -> None:
    for route, rule, name, thing, role in questions(sort, world, every=False):
        matrix.check(route, rule, name, thing, role)
    assert matrix.faults == [], "\n".join(matrix.faults)


@pytest.mark.soak
@pytest.mark.timeout(900)
@pytest.mark.parametrize("sort", SORTS)
def test_everybody_gets_everything_that_the_table_says(
    sort: str, world: World, matrix: Matrix
) -> None:
    for route, rule, name, thing, role in questions(sort, world, every=True):
        matrix.check(route, rule, name, thing, role)
    assert matrix.faults == [], "\n".join(matrix.faults)


def test_a_hole_is_seen(matrix: Matrix, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Twin: a policy that lets everybody edit every story they see."""
    from practices import policies

    monkeypatch.setattr(policies, "may_review", lambda actor: not actor.is_visitor)
    route = "GET /buone-pratiche/<slug:slug>/archivia"
    thing = world.things["story_published"]
    for role in ("visitor", "verified", "editor"):
        matrix.check(route, ROUTES[route], "story_published", thing, role)
    assert [fault.partition(":")[0] for fault in matrix.faults] == ["verified"]


def test_a_long_run_is_no_pause(matrix: Matrix, world: World, restore: Callable[[], None]) -> None:
    """Asked long after the site was built, nobody's session is due for a note of its own."""
    later = clock.now() + timedelta(minutes=20)
    with time_machine.travel(later):
        restore()
        matrix.check("GET /moderazione", ROUTES["GET /moderazione"], "", None, "verified")
        assert matrix.faults == []
    # Twin: the same question without the restoring that comes before every test.
    with time_machine.travel(later + timedelta(minutes=20)):
        matrix.check("GET /moderazione", ROUTES["GET /moderazione"], "", None, "verified")
        assert [fault.rpartition(":")[2] for fault in matrix.faults] == [
            " refused, but changed something"
        ]


UNKNOWN = {
    "int": ("999999", "0", str(2**31), str(2**63), "9" * 60, "-1", "٣", "1e3", "x", "1.0", "%00"),
    "slug": (
        "non-esiste",
        "0",
        "x" * 300,
        "Maiuscole",
        "a--b",
        "-a",
        "a_b",
        "è",
        "a%00",
        "..",
        "%",
    ),
    "token": ("x", "a.b.c", "x" * 401, "è", "%00", "W10.x.x"),
}


def known_after_all(
    site: Flask, browser: Browser, role: str, share: int, routes: Iterable[str]
) -> list[str]:
    """Ids and names that nothing has, and that these routes answer as if something had."""
    token = browser.token()
    faults = []
    for number, route in enumerate(sorted(routes)):
        method, _, rule = route.partition(" ")
        parameters = re.findall(r"<(\w+):\w+>", rule)
        if not parameters or parameters[0] == "path" or "<slug:size>" in rule:
            continue
        # Some of them for each route, in turn: the converters are the same for all.
        known = UNKNOWN[parameters[-1]]
        for value in known[number % min(share, len(known)) :: share]:
            path = re.sub(r"<slug:kind>", "post", rule)
            path = re.sub(r"<\w+:\w+>", value, path)
            reply = (
                browser.get(path)
                if method == "GET"
                else browser.post(path, [("csrf_token", token)])
            )
            allowed = _unknown_answers(ROUTES[route], role)
            if route in GONE_IS_DONE:
                allowed |= {303}
            if reply.status not in allowed:
                faults.append(f"{role}: {method} {path}: {reply.status}")
    return faults


@pytest.mark.parametrize("share", [6, pytest.param(1, marks=pytest.mark.soak)])
@pytest.mark.parametrize("role", ["visitor", "verified", "administrator"])
def test_unknown_ids_and_names_are_unknown(
    role: str, share: int, browse_as: As, site: Flask
) -> None:
    faults = known_after_all(site, browse_as(role), role, share, routes_of(site))
    assert faults == [], "\n".join(faults)


def test_a_page_of_what_is_not_there_is_seen(
    browse_as: As, site: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(site.view_functions, "forum.thread", public(lambda thread_id: "vuota"))
    route = "GET /discussioni/<int:thread_id>"
    faults = known_after_all(site, browse_as("visitor"), "visitor", 1, [route])
    assert "visitor: GET /discussioni/999999: 200" in faults


# A row of the queue that is not there any more has been dealt with: what was asked for is so.
GONE_IS_DONE = {"POST /amministrazione/coda/<int:number>/riprova"}


def _unknown_answers(route: Route, role: str) -> set[int]:
    """Unknown, or whatever comes before the question; a spent link of a mail is gone."""
    # 405: the form of no thing, asked for by POST alone.
    allowed = {404, 405, 308}
    if route.first is not None and role not in route.first:
        allowed |= {302, 401} if role == "visitor" else {403}
    return allowed | ({410} if not route.about else set())


# What must not be told by the way: in lists, feeds, panels, counts, search.


def hidden_marks(world: World, role: str) -> dict[str, str]:
    """The words that this role must meet nowhere, by thing."""
    return {
        name: thing.mark
        for name, thing in world.things.items()
        if thing.mark and role not in SEES[name] and name != "partner_invited"
    }


def betrayed(pages: Mapping[str, Reply], marks: Mapping[str, str]) -> list[str]:
    """Pages that hold a word that they must not."""
    wanted = re.compile("|".join(map(re.escape, marks.values())), re.IGNORECASE)
    faults = []
    for path, reply in pages.items():
        asked = re.sub("[^a-z]", "", path.lower())
        told = {word.lower() for word in wanted.findall(reply.text)}
        faults += [f"{path} tells {word}" for word in sorted(told) if word not in asked]
    return faults


LOOKERS = ("visitor", "registered", "verified", "puglia", "former", "editor", "moderator")
# These walk through the site in every run; the walks of the others are long, and seldom lead to a
# page that these do not come to.
WALKERS = ("visitor", "registered", "puglia")
walking = pytest.mark.parametrize(
    "role",
    [pytest.param(role, marks=() if role in WALKERS else pytest.mark.soak) for role in LOOKERS],
)


@walking
def test_no_page_betrays_what_is_hidden(
    role: str, world: World, crawled: Callable[[str], Crawl]
) -> None:
    pages: Mapping[str, Reply] = crawled(role).pages
    assert betrayed(pages, hidden_marks(world, role)) == []


@pytest.mark.parametrize("role", [*LOOKERS, "trento", "administrator", "suspended"])
def test_search_finds_nothing_that_is_hidden(role: str, world: World, browse_as: As) -> None:
    browser = browse_as(role)
    faults = []
    for mark in hidden_marks(world, role).values():
        reply = browser.get(f"/cerca?q={mark}")
        if "Nessun risultato" not in reply.text:
            faults.append(f"/cerca?q={mark} finds something")
    pages = {path: browser.get(path) for path in ("/cerca?q=famiglia", "/cerca?q=discussione")}
    faults += betrayed(pages, hidden_marks(world, role))
    assert faults == []


def test_search_finds_what_may_be_seen(world: World, browse_as: As) -> None:
    """Twin of the last: the words are in the index, and those who may find them do."""
    public = ("story_published", "thread_open", "post_visible", "twinning_active", "file_on_story")
    for name in public:
        mark = world.things[name].mark
        assert "Nessun risultato" not in browse_as("visitor").get(f"/cerca?q={mark}").text, name
    for role, name in (
        ("registered", "story_draft"),
        ("trento", "story_private"),
        ("trento", "post_in_space"),
        ("puglia", "twinning_private"),
        ("registered", "file_on_draft"),
        ("puglia", "file_of_partners"),
        ("trento", "file_on_post_in_space"),
    ):
        mark = world.things[name].mark
        assert "Nessun risultato" not in browse_as(role).get(f"/cerca?q={mark}").text, name


def test_a_word_that_is_told_is_seen(world: World) -> None:
    marks = hidden_marks(world, "visitor")
    page = Reply("GET", "/gemellaggi", 200, [], b"<li>Discussione SpiaThreadSpace</li>", 0.1)
    assert betrayed({"/gemellaggi": page}, marks) == ["/gemellaggi tells spiathreadspace"]


@walking
def test_only_those_concerned_know_of_an_invitation(
    role: str, world: World, crawled: Callable[[str], Crawl], browse_as: As
) -> None:
    """The body itself is in the register; that it was asked to join is not told."""
    mark = world.things["partner_invited"].mark
    pages: Mapping[str, Reply] = crawled(role).pages
    about = {path: reply for path, reply in pages.items() if path.startswith("/gemellaggi")}
    assert betrayed(about, {"partner_invited": mark}) == []
    path = f"/gemellaggi/{world.things['partner_invited'].slug}/partecipanti"
    assert mark in browse_as("coordinator").get(path).text.lower()


def test_counts_leave_out_what_is_hidden(world: World, browse_as: As) -> None:
    """Two messages of five can be read by everybody, and one person wrote them."""
    assert counts_told(world, browse_as) == {"2 messaggi", "1 partecipante"}


def counts_told(world: World, browse_as: As) -> set[str]:
    page = browse_as("visitor").get(f"/discussioni/{world.things['thread_open'].id}").text
    return set(re.findall(r">\s*(\d+ (?:messagg|partecipant)\w+)\s*<", page))


def test_a_count_of_all_that_there_is_is_seen(site: Flask, world: World, browse_as: As) -> None:
    """Twin: as if the counters were those of the table."""
    with sqlite3.connect(site.config["GEMELLA"].data / "gemella.sqlite3") as connection:
        connection.execute(
            "UPDATE threads SET post_count = (SELECT count(*) FROM posts WHERE thread_id = ?)",
            (world.things["thread_open"].id,),
        )
    connection.close()
    assert counts_told(world, browse_as) == {"5 messaggi", "1 partecipante"}


def test_rights_end_with_what_gave_them(
    site: Flask, world: World, browse_as: As, restore: Callable[[], None]
) -> None:
    """Flip the state in the database: the very next request knows, without index or worker."""
    database = Path(site.config["GEMELLA"].data / "gemella.sqlite3")
    thread, story = world.things["thread_space"].id, world.things["story_published"]
    file, partners, said = (
        f"/allegati/{world.things[name].id}"
        for name in ("file_on_story", "file_of_partners", "file_on_post")
    )
    marked = world.things["file_on_story"].mark
    for role, path, change in (
        ("trento", f"/discussioni/{thread}", "UPDATE space_grants SET to_at = '2020-01-01'"),
        ("trento", f"/discussioni/{thread}", "UPDATE affiliations SET state = 'ended'"),
        ("editor", "/redazione/storie", "DELETE FROM role_grants"),
        ("visitor", f"/buone-pratiche/{story.slug}", "UPDATE practices SET state = 'draft'"),
        ("visitor", f"/cerca?q={story.mark}", "UPDATE practices SET state = 'removed'"),
        ("visitor", f"{file}/versioni/1", "UPDATE practices SET state = 'draft'"),
        ("visitor", f"{file}/versioni/1/miniatura", "UPDATE practices SET state = 'removed'"),
        ("visitor", file, "UPDATE attachments SET state = 'hidden'"),
        ("visitor", f"/cerca?q={marked}", "UPDATE practices SET state = 'draft'"),
        ("puglia", f"{partners}/versioni/1", "UPDATE space_grants SET to_at = '2020-01-01'"),
        ("puglia", f"{partners}/versioni/1", "UPDATE twinnings SET state = 'removed'"),
        ("visitor", f"{said}/versioni/1", "UPDATE posts SET state = 'hidden'"),
        ("visitor", f"{said}/versioni/1", "UPDATE threads SET state = 'removed'"),
        ("visitor", "/iscritti/tommaso-lorusso", "UPDATE members SET state = 'suspended'"),
        ("registered", "/il-mio-spazio", "UPDATE members SET state = 'suspended'"),
        ("registered", "/il-mio-spazio", "UPDATE sign_in_sessions SET ended_at = '2020-01-01'"),
    ):
        restore()
        browser = browse_as(role)
        before = browser.get(path)
        assert before.status == 200, path
        with sqlite3.connect(database, timeout=5) as connection:
            connection.execute(change)
        connection.close()
        after = browser.get(path)
        is_shut = after.status in (404, 403) or after.leads_to_sign_in
        assert is_shut or "Nessun risultato" in after.text, (role, path, change)


def test_who_is_suspended_is_a_visitor(browse_as: As) -> None:
    assert browse_as("suspended").get("/il-mio-spazio").leads_to_sign_in
    assert {"suspended"} <= ALL
