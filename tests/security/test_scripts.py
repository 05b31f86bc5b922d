"""Nothing that people type is alive anywhere: in pages, forms, feeds, excerpts, mails."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
from flask import Flask
from lxml import html

from core import mail
from core.actor import Role
from core.database import db
from core.registry import registry
from members.models import Affiliation, AffiliationState, Member, MemberState, RoleGrant
from members.queries import addressee
from practices.models import Practice, PracticeState
from search.services.indexer import Indexer
from tests.factories import LONG_AGO
from tests.security import hostile
from tests.security.alive import alive, alive_in
from tests.security.browser import Answer, Browser
from tests.security.conftest import As
from tests.security.poison import WORD, Poisoned, poison
from tests.security.world import World
from twinning.models import Participation, ParticipationState, Twinning, TwinningState

SAMPLE, ALL = 16, 150
# So many payloads in every run, and many more in the long one.
sampled = pytest.mark.parametrize(
    "payloads",
    [SAMPLE, pytest.param(ALL, marks=[pytest.mark.soak, pytest.mark.timeout(900)])],
    indirect=True,
)
# Each thing is made of one payload; so many things are enough for all kinds of pages.
FULL = 4
# Mails are made of the same templates and filters whatever the payload.
MAILED = 4

LISTS = (
    "/",
    "/gemellaggi",
    "/gemellaggi?stato=attivo",
    "/buone-pratiche",
    "/buone-pratiche?tipo=cerco",
    "/discussioni",
    "/discussioni?su=twinning",
    "/iscritti",
    "/enti",
    f"/enti?q={WORD}",
    f"/cerca?q={WORD}",
    f"/cerca?q={WORD}&tipo=post",
    f"/cerca?q={WORD}&tipo=organisation",
    f"/il-mio-spazio/appartenenze?ente={WORD}",
)
FEEDS = ("/gemellaggi/feed", "/buone-pratiche/feed", "/en/gemellaggi/feed")
DESKS = (
    "/posta-di-prova",
    "/moderazione",
    "/redazione/storie",
    "/il-mio-spazio/richieste",
    "/gemellaggi/nuovo",
)
JUDGING = ("/valutazione/storie",)


@pytest.fixture
def payloads(shared: Path, request: pytest.FixtureRequest) -> list[str]:
    count = getattr(request, "param", SAMPLE)
    published = hostile.sample(hostile.suite(shared, "xss_lists"), count - 7)
    own = [
        hostile.MARKUP,
        '"><svg onload=alert(1)>',
        "]]></title></textarea></script><script>alert(1)</script><!--",
        "javascript:alert(1)",
        "{{7*7}}{% for x in ().__class__.__base__.__subclasses__() %}{{x}}{% endfor %}",
        "</summary><entry><title>x</title></entry>]]>&xxe;",
        "\uffff\ufffe\ufdd0\x01\x0b]]> &amp; 👨‍👩‍👧 <b",
    ]
    return [*own, *hostile.texts(published)]


def index(app: Flask) -> None:
    """Bring the index up to what the database holds."""
    indexer = Indexer(app.config["GEMELLA"].index_folder)
    for _progress in indexer.rebuild():
        pass
    indexer.close()


@pytest.fixture
def poisoned(site: Flask, payloads: list[str]) -> Iterator[list[Poisoned]]:
    with site.test_request_context():
        made = poison(payloads[:FULL])
        index(site)
        db.session.remove()
    yield made
    with site.test_request_context():
        index(site)


def test_nothing_typed_is_alive_on_any_page(poisoned: list[Poisoned], browse_as: As) -> None:
    paths = [*LISTS, *FEEDS, *DESKS]
    for one in poisoned:
        paths += [*one.pages(), *one.feeds(), *one.forms()]
    faults = alive_on(browse_as("administrator"), paths)
    judged = [path for one in poisoned for path in one.judged()]
    faults += alive_on(browse_as("evaluator"), [*JUDGING, *judged])
    assert faults == [], "\n".join(faults[:40])
    found = browse_as("administrator").get(f"/cerca?q={WORD}").text
    assert "risultati" in found, "the poisoned things are not in the index"


def alive_on(browser: Browser, paths: Iterable[str]) -> list[str]:
    """What is alive on pages, all of which this reader may open."""
    faults: list[str] = []
    for path in paths:
        answer = browser.get(path)
        assert answer.status == 200, (path, answer.status)
        faults += alive_in(answer)
    return faults


@sampled
def test_no_payload_is_alive_in_what_is_read_most(
    site: Flask, browse_as: As, payloads: list[str]
) -> None:
    """Every payload of the sample, where all fields of a thing stand together."""
    with site.test_request_context():
        made = poison(payloads[FULL:], address="sorso")
        db.session.remove()
    browser = browse_as("visitor")
    faults: list[str] = []
    for one in made:
        for path in (*one.main_pages(), *one.feeds()):
            answer = browser.get(path)
            assert answer.status == 200, (path, answer.status)
            faults += [f"{one.payload!r}: {fault}" for fault in alive_in(answer)]
    for path in (*LISTS[:-1], *FEEDS):
        faults += alive_in(browser.get(path))
    assert faults == [], "\n".join(faults[:40])


@sampled
def test_what_comes_back_from_forms_is_dead(
    browse_as: As, payloads: list[str], site: Flask, world: World
) -> None:
    """Previews, refused forms, texts given back after the session ended."""
    browser = browse_as("registered")
    token = [("csrf_token", browser.token())]
    faults: list[str] = []
    for payload in payloads:
        names = ("title", "summary", "problem", "solution", "contact", "needed_by", "lang")
        typed = [(name, payload) for name in names]
        story = "/invia-una-storia?tipo=offro"
        draft = f"/buone-pratiche/{world.things['story_draft'].slug}/modifica"
        rows = [("components-0-title", payload), ("components-0-text", payload)]
        rows += [("web_links-0-url", payload), ("web_links-0-title", payload)]
        old = [("version", "0"), ("seen", payload[:60])]
        answers = [
            browser.post("/discussioni/anteprima", [*token, ("text", payload)]),
            browser.post(story, [*token, *typed, ("azione", "avanti")]),
            browser.post(f"{draft}/componenti", [*token, *rows]),
            browser.post(f"{draft}/componenti", [*token, *rows, ("azione", "automatico")]),
            browser.get(f"{draft}/componenti"),
            # Both texts, with what differs.
            browser.post(f"{draft}/racconto", [*token, *typed, *old]),
            browser.post(draft, [*token, ("title", payload[:200] or "x"), *old, ("lang", "it")]),
            browser.post("/discussioni/nuova", [*token, ("title", payload), ("text", "")]),
            browser.post("/profilo", [*token, ("first_name", payload * 9), ("bio", payload)]),
            browser.post("/discussioni/nuova", typed),
            browser.post("/invia-una-storia", [(payload, payload), ("title", payload)]),
            browse_as("visitor").post("/profilo", typed),
        ]
        for answer in answers:
            assert answer.status < 500, (payload, answer)
            faults += [f"{payload!r}: {fault}" for fault in alive_in(_as_page(answer))]
    assert faults == [], "\n".join(faults[:40])


def _as_page(answer: Answer) -> Answer:
    """A fragment is judged like the page that it is put into."""
    if not answer.body.lstrip().lower().startswith(b"<!doctype"):
        answer.headers = [("Content-Type", "text/html")]
        answer.body = b"<main>" + answer.body + b"</main>"
    return answer


# Mails.


def mails(one: Poisoned, payload: str) -> Iterator[tuple[str, str, str]]:
    """Rule, text and HTML of every mail that can be told about these things."""
    numbers = {
        "member_id": [one.member, one.unconfirmed],
        "organisation_id": [one.organisation],
        "by_id": [one.member],
        "practice_id": [one.story],
        "match_id": [one.match],
        "twinning_id": [one.twinning],
        "participation_id": [one.participation],
        "affiliation_id": [one.affiliation],
        "invitation_id": one.invitations,
        "thread_id": [one.thread],
        "post_id": list(one.posts.values()),
        "report_id": [one.report],
        "measure_id": [one.measure, one.lifted],
        "appeal_id": [one.appeal, one.appeal],
    }
    for rule in registry().notices.values():
        if rule.build is None:
            continue
        for fact in _facts(rule.fact, numbers, payload):
            for member_id in (one.member, one.unconfirmed):
                notice = rule.build(fact, member_id)
                if notice is None:
                    continue
                context = {
                    **notice.context,
                    "subject": notice.subject,
                    "addressee": addressee(member_id),
                    "home": "http://localhost",
                }
                yield rule.name, *mail.render(notice.template, context)


def _facts(sort: type, numbers: dict[str, list[int]], payload: str) -> Iterator[object]:
    """Facts of a sort about each of the things that it can be about."""
    fields = {field.name: field for field in dataclasses.fields(sort)}
    wanted = [name for name in fields if name in numbers]
    longest = max((len(numbers[name]) for name in wanted), default=1)
    for turn in range(longest):
        values: dict[str, object] = {n: numbers[n][turn % len(numbers[n])] for n in wanted}
        for name, field in fields.items():
            if name not in values and field.default is dataclasses.MISSING:
                values[name] = _filler(str(field.type))
        yield sort(**values, reason=payload)


def _filler(annotation: str) -> object:
    if "int" in annotation:
        return 1
    return () if "tuple" in annotation else "active"


def test_nothing_typed_is_alive_in_mails(site: Flask, poisoned: list[Poisoned]) -> None:
    told: set[str] = set()
    faults: list[str] = []
    with site.test_request_context():
        for number, one in enumerate(poisoned[:MAILED]):
            for states in STATES if number == 0 else STATES[-1:]:
                bring_into(one, *states)
                for rule, text, page in mails(one, one.payload):
                    told.add(rule)
                    tree = html.document_fromstring(page)
                    faults += [f"{rule}: {fault}" for fault in alive_in_mail(tree)]
                    assert text.strip()
        untold = {name for name, rule in registry().notices.items() if rule.build} - told
        db.session.remove()
    assert faults == [], "\n".join(faults[:40])
    assert untold == set(), "mails that no poisoned thing caused"


# Together they cause every mail: of stories, of twinnings, of those who ask to belong to a body, of
# bodies that are asked to take part. A proposal has nobody yet who coordinates it.
STATES = (
    (
        PracticeState.SUBMITTED,
        TwinningState.PROPOSED,
        AffiliationState.REQUESTED,
        ParticipationState.INVITED,
    ),
    (
        PracticeState.CHANGES_REQUESTED,
        TwinningState.CHANGES_REQUESTED,
        AffiliationState.ACCEPTED,
        ParticipationState.ACCEPTED,
    ),
    (
        PracticeState.REJECTED,
        TwinningState.REJECTED,
        AffiliationState.REFUSED,
        ParticipationState.REFUSED,
    ),
    (
        PracticeState.PUBLISHED,
        TwinningState.SUSPENDED,
        AffiliationState.ENDED,
        ParticipationState.WITHDRAWN,
    ),
    (
        PracticeState.VALIDATED,
        TwinningState.ACTIVE,
        AffiliationState.ENDED,
        ParticipationState.ON_RECORD,
    ),
    (
        PracticeState.OUTDATED,
        TwinningState.ACTIVE,
        AffiliationState.ENDED,
        ParticipationState.ON_RECORD,
    ),
    (
        PracticeState.ARCHIVED,
        TwinningState.ACTIVE,
        AffiliationState.ENDED,
        ParticipationState.ON_RECORD,
    ),
    (
        PracticeState.PUBLISHED,
        TwinningState.ACTIVE,
        AffiliationState.ENDED,
        ParticipationState.ON_RECORD,
    ),
)


def bring_into(
    one: Poisoned,
    story: PracticeState,
    twinning: TwinningState,
    asked: AffiliationState,
    partner: ParticipationState,
) -> None:
    """Let the things be in these states, and their people be whom mails go to."""
    session = db.session
    session.get_one(Practice, one.story).state = story
    row = session.get_one(Twinning, one.twinning)
    row.state = twinning
    row.coordinator_id = None if twinning is TwinningState.PROPOSED else one.member
    session.get_one(Participation, one.participation).state = partner
    session.get_one(Affiliation, one.affiliation).state = asked
    newcomer = session.get_one(Member, one.unconfirmed)
    is_new = asked is AffiliationState.REQUESTED
    newcomer.state = MemberState.UNCONFIRMED if is_new else MemberState.ACTIVE
    session.merge(RoleGrant(member_id=one.member, role=Role.EDITOR, granted_at=LONG_AGO))
    session.commit()


def alive_in_mail(tree: html.HtmlElement) -> list[str]:
    """A mail brings its own style: one, at its head."""
    faults = list(alive(tree))
    assert len(tree.xpath("/html/head/style")) == 1
    faults.remove("<style> is none of our elements")
    return faults


# The twins.


@pytest.mark.parametrize(
    "page",
    [
        "<p><script>alert(1)</script></p>",
        "<script src='https://example.com/x.js'></script>",
        "<p onclick=alert(1)>x</p>",
        "<a href='javascript:alert(1)'>x</a>",
        "<a href='\x01 java\nscript:alert(1)'>x</a>",
        "<a href='data:text/html,x'>x</a>",
        "<form action='https://example.com'><button>x</button></form>",
        "<button formaction='javascript:alert(1)'>x</button>",
        "<iframe src='/x'></iframe>",
        "<img src='https://example.com/x.png'>",
        "<svg><animate attributeName=href values=javascript:alert(1) /></svg>",
        "<math><mtext><img src=x onerror=alert(1)></mtext></math>",
        "<p style='background:url(x)'>x</p>",
        "<link rel=stylesheet href='//example.com/x.css'>",
        "<meta http-equiv=refresh content='0;url=https://example.com'>",
        "<base href='https://example.com/'>",
        "<object data=x></object>",
        "<input autofocus onfocus=alert(1)>",
        "<details ontoggle=alert(1) open>",
        "<noscript><p title='</noscript><img src=x onerror=alert(1)>'></noscript>",
        "<xss contenteditable>x</xss>",
    ],
)
def test_what_is_alive_is_seen(page: str) -> None:
    document = f"<!DOCTYPE html><html><head></head><body>{page}</body></html>"
    assert list(alive(html.document_fromstring(document)))


def test_a_page_that_forgets_to_escape_is_seen(payloads: list[str], shared: Path) -> None:
    """Of all published payloads that are markup, printed as they are, hardly one escapes us."""
    texts = [t for t in hostile.texts(hostile.suite(shared, "xss_lists")) if "<" in t]
    seen = [t for t in texts if list(alive(html.document_fromstring(f"<p>x{t}</p>")))]
    assert len(seen) > 0.85 * len(texts), f"{len(seen)} of {len(texts)}"


def test_the_pages_that_judge_a_text_would_be_caught(
    site: Flask, browse_as: As, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Templates that escape nothing: each page of evaluators, editors and comparisons prints the
    payload, and is found out.
    """
    with site.test_request_context():
        [one] = poison([hostile.MARKUP], address="prova")
        db.session.remove()
    monkeypatch.setattr(site, "jinja_env", site.jinja_env.overlay(autoescape=False))
    pages = {
        "evaluator": [*JUDGING, *one.judged()],
        "editor": [one.comparison(), f"/redazione/storie/{one.story_slug}"],
    }
    for role, paths in pages.items():
        for path in paths:
            faults = alive_on(browse_as(role), [path])
            assert [fault for fault in faults if "onerror='alert(1)'" in fault], path


def test_a_broken_feed_is_seen() -> None:
    feed = (
        '<feed xmlns="http://www.w3.org/2005/Atom"><entry><title>{title}</title>'
        '<summary type="html">{summary}</summary></entry></feed>'
    )

    def judged(title: str, summary: str) -> list[str]:
        body = feed.format(title=title, summary=summary).encode()
        kind = [("Content-Type", "application/atom+xml")]
        return alive_in(Answer("GET", "/feed", 200, kind, body, 0.1))

    assert judged("TrePu &amp; altri", "&lt;p&gt;dalla Puglia&lt;/p&gt;") == []
    assert judged("TrePu & altri", "x")
    assert judged("<b>x</b>", "x")
    assert judged("x", "&lt;script&gt;alert(1)&lt;/script&gt;")
    assert judged("x", "&lt;p onclick=alert(1)&gt;x&lt;/p&gt;")
