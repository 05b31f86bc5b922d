"""Hostile texts told as stories: through every form, and wherever a reader meets them later."""

from __future__ import annotations

import csv
import io
import os
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote

import pytest
from flask import Flask
from lxml import html

from core.actor import Role
from core.database import db
from core.text import has_forbidden_characters
from members.models import Member
from practices.models import Practice, PracticeState
from practices.rules import LONGEST_COMPONENT, LONGEST_SUMMARY, SECTIONS
from search.services.indexer import Indexer
from tests.factories.members import member_with
from tests.factories.practices import typed
from tests.forum.test_hostile import alive
from tests.practices.test_hostile_lists import FORMULAS
from tests.security.alive import alive_in
from tests.security.browser import Answer, Browser, forms_of
from tests.security.hostile import sample, suite
from tests.visitor import Visitor

pytestmark = [pytest.mark.shared_data]

SUITES = (
    "xss_lists", "markdown2_cases", "mistune_fixtures", "bleach_data", "blns", "commonmark_spec",
    "search_box_injection", "path_traversal", "open_redirect", "grapheme_clusters", "csv_spectrum",
)  # fmt: skip
# Of these, each is a line that Markdown makes nothing of: two of them are told in one part.
IN_PAIRS = ("search_box_injection", "path_traversal", "open_redirect", "grapheme_clusters")
TOLD = ("problem", "solution", "results", "resources", "time_scale", "difficulties",
        "transferability")  # fmt: skip
WORD = "velenoso"
PLAIN = "Testo."
OTHER = "Un altro testo."
# The texts that one part of a story tells together.
Part = tuple[str, ...]
SLOWEST_SECONDS = 2.0
TICKS = os.sysconf("SC_CLK_TCK")
NEW = "/invia-una-storia?tipo=offro"


def cpu_seconds() -> float:
    """What this process and its children have used: other work on the machine does not count."""
    children = [Path(task, "children") for task in Path("/proc/self/task").iterdir()]
    spent = 0
    for pid in {pid for file in children for pid in file.read_text().split()}:
        try:
            numbers = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
        except OSError:
            continue  # it ended
        spent += int(numbers[11]) + int(numbers[12])
    return time.process_time() + spent / TICKS


@dataclass
class House:
    """Those through whose hands a story goes, and what of it is wrong."""

    app: Flask
    author: Browser
    editor: Browser
    evaluator: Browser
    reader: Browser
    tokens: dict[int, str] = field(default_factory=dict)
    kept: int = 0
    refused: int = 0
    made: int = 0

    def ask(
        self,
        who: Browser,
        path: str,
        fields: Mapping[str, str] | None = None,
        *,
        statuses: Sequence[int] = (200, 302),
    ) -> Answer:
        """Open a page, or send a form; hold the answer to what every answer must be."""
        before = cpu_seconds()
        if fields is None:
            answer = who.get(path)
        else:
            pairs = [*fields.items(), ("csrf_token", self._token(who))]
            answer = who.post(path, pairs)
        assert cpu_seconds() - before < SLOWEST_SECONDS, (path, fields)
        assert answer.status in statuses, (str(answer), fields)
        # Where links lead is looked at in the stored text, as browsers do.
        faults = [fault for fault in alive_in(answer) if "leads to a scheme" not in fault]
        assert faults == [], fields
        return answer

    def send(self, path: str, fields: dict[str, str], *, instead: str = PLAIN) -> Answer:
        """Send a part of a story; what is refused beside its field is told in plain words."""
        answer = self.ask(self.author, path, fields, statuses=(302, 422))
        if answer.status == 302:
            self.kept += len(fields)
            return answer
        named = answer.page.xpath("//form//p[@class='g-err']/@id")
        wrong = {str(one).removesuffix("-error") for one in named} & fields.keys()
        assert wrong, (str(answer), fields)
        self.refused += len(wrong)
        plain = {name: "https://www.comune.bari.it" if "url" in name else instead for name in wrong}
        again = self.ask(self.author, path, fields | plain, statuses=(302,))
        self.kept += len(fields) - len(wrong)
        return again

    def _token(self, who: Browser) -> str:
        if id(who) not in self.tokens:
            self.tokens[id(who)] = who.token()
        return self.tokens[id(who)]


@pytest.fixture
def house(app: Flask) -> House:
    def browser(member: Member) -> Browser:
        visitor = Visitor(app)
        visitor.sign_in(member.email)
        cookie = visitor._client.get_cookie(app.config["SESSION_COOKIE_NAME"])
        assert cookie is not None
        return Browser(app, cookie.value)

    return House(
        app,
        author=browser(member_with()),
        editor=browser(member_with(Role.EDITOR)),
        evaluator=browser(member_with(Role.EVALUATOR)),
        reader=Browser(app),
    )


def opened(house: House, path: str) -> dict[str, str]:
    """What the form of a part sends untouched."""
    [form] = [one for one in forms_of(house.ask(house.author, path)) if "seen" in one.names]
    return {name: value for name, value in form.untouched() if name != "csrf_token"}


def told_as_stories(parts: Sequence[Part]) -> Iterator[tuple[Part, ...]]:
    """So many at a time as a story has parts."""
    for start in range(0, len(parts), len(TOLD)):
        some = tuple(parts[start : start + len(TOLD)])
        yield some + ((PLAIN,),) * (len(TOLD) - len(some))


def tell(house: House, told: Sequence[Part]) -> None:
    """One story, from its first form to a new text of it that is public, seen on every page."""
    house.made += 1
    texts = [text for part in told for text in part]
    line = " ".join(texts[house.made % len(texts)].split())
    whole = typed()
    basics = opened(house, NEW) | {
        "theme_ids": whole["theme_ids"][0],
        "territory_id": whole["territory_id"],
        "title": f"{WORD} {line}"[:190],
        "summary": f"{line} {WORD}"[:LONGEST_SUMMARY],
        "contact": line[:190] or PLAIN,
        "azione": "salva",
    }
    address = unquote(house.send(NEW, basics).location).partition("/modifica")[0]
    parts = {name: "\n\n".join((*part, WORD)) for name, part in zip(TOLD, told, strict=True)}
    telling = f"{address}/modifica/racconto"
    seen = opened(house, telling)
    house.ask(house.author, telling, seen | parts | {"azione": "automatico"}, statuses=(200, 422))
    house.ask(house.author, telling)
    house.send(telling, seen | parts | {"azione": "salva"})
    pieces = {
        f"components-{number}-{name}": (text.strip() or PLAIN)[:longest]
        for number, text in enumerate(texts)
        for name, longest in (("title", 190), ("text", LONGEST_COMPONENT))
    }
    links = {"web_links-0-url": texts[0][:500], "web_links-0-title": line[:190]}
    path = f"{address}/modifica/componenti"
    house.send(path, opened(house, path) | pieces | links | {"azione": "salva"})
    house.ask(house.author, f"{address}/rivedi")
    hand_in(house, address)
    house.ask(house.editor, _review(address))
    house.ask(house.editor, f"{address}/pubblica", {}, statuses=(302,))
    house.ask(house.reader, address)
    for page in ("valida", "valida/non-ancora"):
        house.ask(house.evaluator, f"{address}/{page}")
    # A new text, in which every part is another one; then the first form again, from before.
    turned = dict(zip(TOLD, (parts[name] for name in (*TOLD[1:], TOLD[0])), strict=True))
    # Where all were refused before, all stood in plain words: these must be others.
    house.send(telling, opened(house, telling) | turned | {"azione": "salva"}, instead=OTHER)
    house.ask(house.editor, _review(address))
    house.ask(house.author, f"{address}/rivedi")
    old = seen | parts | {"azione": "salva"}
    house.ask(house.author, telling, old, statuses=(302, 409, 422))
    house.ask(house.editor, f"/redazione{_story(address)}/approva", {}, statuses=(302,))
    newest = _number(address)
    house.ask(house.reader, f"{address}/versioni")
    compared = house.ask(house.author, f"{address}/versioni").page
    numbers = sorted({int(one) for one in compared.xpath("//input[@name='da']/@value")})
    if len(numbers) > 1:
        house.ask(house.author, f"{address}/confronta?da={numbers[0]}&a={newest}")


def hand_in(house: House, address: str) -> None:
    """Send it to the editors; a part of which the cleaner leaves nothing is told in plain words."""
    answer = house.ask(house.author, f"{address}/invia", {}, statuses=(302, 422))
    if answer.status == 302:
        return
    links = answer.page.xpath("//main//*[@id='errori']//a/@href")
    lacking = [str(one).partition("#")[2] for one in links]
    assert lacking, str(answer)
    assert set(lacking) <= {*TOLD}, lacking
    house.refused += len(lacking)
    telling = f"{address}/modifica/racconto"
    plain = dict.fromkeys(lacking, PLAIN)
    house.send(telling, opened(house, telling) | plain | {"azione": "salva"})
    house.ask(house.author, f"{address}/invia", {}, statuses=(302,))


def look_everywhere(house: House) -> None:
    """Lists, feed, search with its excerpts, the export; and what is stored."""
    for path in ("/", "/buone-pratiche", "/buone-pratiche?ordina=titolo", "/buone-pratiche/feed"):
        house.ask(house.reader, path)
    house.ask(house.evaluator, "/valutazione/storie")
    house.ask(house.editor, "/redazione/storie")
    house.ask(house.author, "/il-mio-spazio/storie")
    with house.app.test_request_context():
        indexer = Indexer(Path(house.app.config["GEMELLA"].index_folder))
        while indexer.step():
            pass
        indexer.close()
    found, path = 0, f"/cerca?q={WORD}"
    while path:
        page = house.ask(house.reader, path).page
        found += len(page.xpath("//main//mark"))
        after = page.xpath("//main//a[@rel='next']/@href")
        path = str(after[0]) if after else ""
    assert found > 0
    exported = house.reader.get("/buone-pratiche/esporta.csv")
    cells = list(csv.reader(io.StringIO(exported.text, newline=""), strict=True))
    assert len(cells) == house.made + 1
    assert not [cell for row in cells for cell in row if cell.startswith(FORMULAS)]
    for story in db.session.query(Practice):
        assert story.state is PracticeState.PUBLISHED
        for section in SECTIONS[story.kind]:
            stored = getattr(story, f"{section.name}_html")
            body = f'<article><div class="g-post__body">{stored}</div></article>'
            assert alive(html.fromstring(body)) == [], (story.title, section.name)


def hold(house: House, parts: Sequence[Part]) -> None:
    for some in told_as_stories(parts):
        tell(house, some)
    look_everywhere(house)
    # Most of it is odd, not forbidden: a form that refuses everything would prove nothing.
    assert house.kept > 8 * house.refused, (house.kept, house.refused)


def cases(shared: Path, count: int) -> list[Part]:
    """So many texts of each suite, as parts of stories."""
    return [
        part
        for name in SUITES
        for part in as_parts([text for _, text in sample(suite(shared, name), count)], name)
    ]


def as_parts(texts: Sequence[str], name: str) -> Iterator[Part]:
    """In pairs, where that changes nothing; what is refused beside its field stands alone."""
    refused = [text for text in texts if has_forbidden_characters(text)]
    taken = [text for text in texts if text not in refused]
    size = 2 if name in IN_PAIRS else 1
    yield from ((text,) for text in refused)
    yield from (tuple(taken[start : start + size]) for start in range(0, len(taken), size))


@pytest.mark.timeout(120)
def test_a_sample_of_hostile_stories(house: House, shared: Path) -> None:
    hold(house, cases(shared, 2)[::2])


@pytest.mark.soak
@pytest.mark.timeout(900)
def test_every_hostile_story(house: House, shared: Path) -> None:
    everyone = cases(shared, 10_000)
    assert sum(map(len, everyone)) > 3_000
    hold(house, everyone)


def test_the_check_sees_a_renderer_that_lets_scripts_through(
    house: House, shared: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The twin: HTML that nobody cleaned is found out."""

    class Careless:
        def ask(self, source: str) -> dict[str, str]:
            return {"html": source}

    monkeypatch.setattr("core.text._sandbox", Careless)
    parts = [(text,) for _, text in sample(suite(shared, "xss_lists"), 7)]
    with pytest.raises(AssertionError, match=r"none of our|of its own|is not ours|leads to"):
        hold(house, parts)


def test_the_check_sees_a_slow_answer(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """The twin: an answer that costs more than it may is found out."""
    monkeypatch.setattr("tests.practices.test_hostile_forms.SLOWEST_SECONDS", 0.0)
    with pytest.raises(AssertionError):
        house.ask(house.reader, "/buone-pratiche")


def _story(address: str) -> str:
    return address.replace("/buone-pratiche/", "/storie/")


def _review(address: str) -> str:
    return f"/redazione{_story(address)}"


def _number(address: str) -> int:
    db.session.rollback()
    slug = address.rsplit("/", 1)[1]
    return db.session.query(Practice).filter_by(slug=slug).one().version
