"""Search as a reader has it: current, exact for this reader, there whatever happens to files."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

import pytest
from flask import Flask
from lxml import etree

from core import clock
from core.actor import SYSTEM
from core.database import db
from core.events import OutboxRow, announce
from core.references import Reference
from core.text import Rendered
from core.transactions import transaction
from forum.models import Post, PostState, Thread
from forum.services import edit_post
from forum.signals import PostEdited, ThreadChanged
from members.models import Member
from members.queries import actor_for
from members.signals import ProfileChanged
from organisations.models import Organisation
from organisations.signals import OrganisationChanged
from practices.models import Practice, PracticeState
from practices.services import archive_story
from practices.signals import StoryChanged
from search.models import CURRENT, SUSPECT
from search.queries.results import EXTENSION
from search.queries.searcher import Searcher
from search.services.indexer import Indexer
from tests.factories.attachments import attached
from tests.factories.forum import PostFactory, ThreadFactory
from tests.factories.members import AffiliationFactory, MemberFactory
from tests.factories.organisations import OrganisationFactory
from tests.factories.practices import StoryFactory
from tests.factories.twinning import TwinningFactory, takes_part
from tests.visitor import Visitor, parse, text_of
from twinning.models import Twinning, TwinningState
from twinning.signals import TwinningChanged


class Index:
    """The indexer of a test: does what the worker does, when it is told to."""

    def __init__(self, app: Flask) -> None:
        self._app = app
        self.folder: Path = app.config["GEMELLA"].index_folder
        self._indexer = Indexer(self.folder)

    def catch_up(self) -> None:
        """Work until there is nothing left to do."""
        with self._app.test_request_context(base_url="http://localhost"):
            for _ in range(200):
                if not self._indexer.step():
                    return
        raise AssertionError("the indexer does not come to an end")

    def begin_again(self) -> None:
        """Build the index of what the factories wrote, which announces nothing."""
        shutil.rmtree(self.folder, ignore_errors=True)
        self.catch_up()

    def close(self) -> None:
        self._indexer.close()


@pytest.fixture
def index(app: Flask) -> Index:
    # A searcher remembers for a moment that an index was broken; a test begins without memories.
    app.extensions[EXTENSION] = Searcher(app.config["GEMELLA"].index_folder)
    one = Index(app)
    yield one
    one.close()


def titles(visitor: Visitor, words: str, **more: str) -> list[str]:
    query = "&".join(f"{name}={value}" for name, value in {"q": words, **more}.items())
    page = parse(visitor.get(f"/cerca?{query}"))
    assert visitor.last is not None
    assert visitor.last.status_code == 200
    return [" ".join(a.text_content().split()) for a in page.xpath("//main//li//h2/a")]


def test_what_was_published_is_found_whatever_its_spelling(visitor: Visitor, index: Index) -> None:
    StoryFactory.make(title="Città dell’infanzia, n. 1687/2009")
    index.begin_again()
    for words in ("citta", "CITTÀ", "infanzia", "l'infanzia", "dell’infanzia", "1687", "1687/2009"):
        assert titles(visitor, words) == ["Città dell’infanzia, n. 1687/2009"], words


def test_words_are_marked_and_everything_else_is_escaped(visitor: Visitor, index: Index) -> None:
    StoryFactory.make(title="Nidi <script>alert(1)</script> & scuole")
    index.begin_again()
    response = visitor.get("/cerca?q=nidi")
    html = response.get_data(as_text=True)
    assert "<mark>Nidi</mark> &lt;script&gt;alert(1)&lt;/script&gt; &amp; scuole" in html
    assert "<script>alert" not in html


def test_what_is_taken_back_disappears_before_any_indexing(visitor: Visitor, index: Index) -> None:
    story = StoryFactory.make(title="Orti urbani condivisi")
    index.begin_again()
    assert titles(visitor, "orti") == ["Orti urbani condivisi"]
    archived = db.session.get_one(type(story), story.id)
    archived.state = PracticeState.REMOVED
    db.session.commit()
    assert titles(visitor, "orti") == []
    assert "Nessun risultato" in text_of(visitor.get("/cerca?q=orti"))
    assert "Orti" not in text_of(visitor.get("/cerca?q=orti")).replace("«orti»", "")


def test_the_check_above_can_fail(
    visitor: Visitor, index: Index, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without the last word of the database the index alone would show what was removed."""
    story = StoryFactory.make(title="Orti urbani condivisi")
    index.begin_again()
    story.state = PracticeState.REMOVED
    db.session.commit()
    monkeypatch.setattr("search.queries.results._lines", lambda refs, _actor: dict.fromkeys(refs))
    assert titles(visitor, "orti") == ["Orti urbani condivisi"]


def test_counts_leave_out_what_is_pending_and_hidden(visitor: Visitor, index: Index) -> None:
    stories = [StoryFactory.make(title=f"Mense biologiche {n}") for n in range(23)]
    index.begin_again()
    assert "23 risultati" in text_of(visitor.get("/cerca?q=mense"))
    archive_story(practice_id=stories[0].id, version=None, reason="superata", by=SYSTEM)
    stories[1].state = PracticeState.REMOVED
    db.session.commit()
    found = titles(visitor, "mense", pagina="1") + titles(visitor, "mense", pagina="2")
    assert len(found) == len(set(found)) == 22


def test_an_edited_text_is_shown_as_it_is_now(visitor: Visitor, index: Index) -> None:
    author = MemberFactory.make()
    AffiliationFactory.make(member=author, organisation=OrganisationFactory.make())
    post = PostFactory.make(
        thread=ThreadFactory.make(),
        author=author,
        text="La ludoteca apre il lunedì.",
        created_at=clock.now(),
    )
    index.begin_again()
    assert "lunedì" in text_of(visitor.get("/cerca?q=ludoteca"))
    edit_post(
        post_id=post.id,
        version=post.version,
        text=Rendered("La ludoteca apre sabato.", "<p>La ludoteca apre sabato.</p>"),
        by=actor_for(author.id),
    )
    shown = text_of(visitor.get("/cerca?q=ludoteca"))
    assert "sabato" in shown
    assert "lunedì" not in shown
    post = db.session.get_one(Post, post.id)
    post.state = PostState.HIDDEN
    db.session.commit()
    assert titles(visitor, "ludoteca") == []


def test_a_new_fact_reaches_the_index_and_leaves_the_outbox(visitor: Visitor, index: Index) -> None:
    index.begin_again()
    story = StoryFactory.make(title="Portierato sociale", state=PracticeState.PUBLISHED)
    archive_story(practice_id=story.id, version=None, reason="di prova", by=SYSTEM)
    waiting = db.session.query(OutboxRow).filter_by(consumer="search").count()
    assert waiting == 1
    index.catch_up()
    assert db.session.query(OutboxRow).filter_by(consumer="search").count() == 0
    assert titles(visitor, "portierato") == ["Portierato sociale"]


def test_without_an_index_titles_are_searched_with_a_notice(visitor: Visitor, index: Index) -> None:
    StoryFactory.make(title="Banca del tempo")
    response = visitor.get("/cerca?q=banca")
    assert response.status_code == 200
    assert "si sta ripristinando" in text_of(response)
    assert titles(visitor, "banca") == ["Banca del tempo"]
    index.catch_up()
    assert "si sta ripristinando" not in text_of(visitor.get("/cerca?q=banca"))
    assert titles(visitor, "banca") == ["Banca del tempo"]


def test_titles_of_what_may_not_be_seen_are_not_found_without_an_index(visitor: Visitor) -> None:
    StoryFactory.make(title="Banca segreta", state=PracticeState.DRAFT)
    assert titles(visitor, "banca") == []


@pytest.mark.parametrize("damage", ["cut", "current", "folder"])
def test_a_damaged_index_never_breaks_the_page_and_is_built_again(
    visitor: Visitor, index: Index, app: Flask, damage: str
) -> None:
    StoryFactory.make(title="Pedibus di quartiere")
    index.begin_again()
    generation = next(index.folder.glob("gen-*"))
    if damage == "cut":
        for file in generation.glob("*.seg"):
            file.write_bytes(file.read_bytes()[: file.stat().st_size // 3])
        # Another process, as after a restart: this one may still have the segment in memory.
        app.extensions[EXTENSION] = Searcher(index.folder)
    elif damage == "current":
        (index.folder / CURRENT).write_text("nonsense")
    else:
        shutil.rmtree(index.folder)
    assert visitor.get("/cerca?q=pedibus").status_code == 200
    if damage == "cut":
        assert (index.folder / SUSPECT).exists()
    index.catch_up()
    app.extensions[EXTENSION] = Searcher(index.folder)
    assert titles(visitor, "pedibus") == ["Pedibus di quartiere"]
    assert "si sta ripristinando" not in text_of(visitor.get("/cerca?q=pedibus"))


def test_drafts_and_held_posts_are_found_by_nobody(visitor: Visitor, index: Index) -> None:
    StoryFactory.make(title="Bozza riservata", state=PracticeState.DRAFT)
    author = MemberFactory.make()
    PostFactory.make(
        thread=ThreadFactory.make(), author=author, text="Parola trattenuta", state=PostState.HELD
    )
    index.begin_again()
    assert titles(visitor, "riservata") == []
    assert titles(visitor, "trattenuta") == []


def test_kinds_narrow_the_results_and_have_counts(visitor: Visitor, index: Index) -> None:
    StoryFactory.make(title="Carsharing rurale")
    ThreadFactory.make(title="Chi ha provato il carsharing rurale?", introduction_html="<p>x</p>")
    index.begin_again()
    assert len(titles(visitor, "carsharing")) == 2
    assert titles(visitor, "carsharing", tipo="practice") == ["Carsharing rurale"]
    tabs = [" ".join(a.text_content().split()) for a in parse(visitor.last).xpath("//nav//ul/li/a")]
    assert "Tutto 2" in tabs
    assert "Buone pratiche 1" in tabs


@pytest.mark.parametrize(
    "query", ["q=", "q=%00", "q=%ff%fe", "q=a&pagina=-1", "q=a&pagina=x", "q=a&tipo=nulla", ""]
)
def test_odd_questions_get_a_page(visitor: Visitor, index: Index, query: str) -> None:
    index.begin_again()
    assert visitor.get(f"/cerca?{query}").status_code == 200


def test_hostile_questions_get_a_page(visitor: Visitor, index: Index, shared: Path) -> None:
    index.begin_again()
    lines: list[str] = []
    for suite in ("search_box_injection", "blns"):
        path = shared / "data" / "hostile" / suite / f"{suite}.jsonl"
        for line in path.read_text(encoding="utf-8").splitlines():
            lines.extend(v for v in json.loads(line).values() if isinstance(v, str))
    assert len(lines) > 200
    for words in lines[::12]:
        assert visitor.get("/cerca", query_string={"q": words}).status_code == 200, words


def test_in_another_language_results_keep_its_prefix(visitor: Visitor, index: Index) -> None:
    StoryFactory.make(title="Biblioteca diffusa")
    index.begin_again()
    page = parse(visitor.get("/en/cerca?q=biblioteca"))
    assert page.xpath("//main//li//h2/a/@href") == ["/en/buone-pratiche/biblioteca-diffusa"]


def test_a_page_of_results_costs_few_queries(
    visitor: Visitor, index: Index, count_queries: Callable[[], AbstractContextManager[list[str]]]
) -> None:
    for number in range(25):
        StoryFactory.make(title=f"Taxi sociale {number}")
        ThreadFactory.make(title=f"Taxi sociale {number}?", introduction_html="<p>x</p>")
    index.begin_again()
    visitor.get("/cerca?q=taxi")
    with count_queries() as statements:
        visitor.get("/cerca?q=taxi")
    assert len(statements) <= 6, statements


@dataclass(frozen=True)
class Neighbours:
    """Things of every kind that speak of the same word and hang on each other."""

    body: Organisation
    member: Member
    story: Practice
    twinning: Twinning
    thread: Thread
    post: Post

    @classmethod
    def make(cls, word: str) -> Neighbours:
        body = OrganisationFactory.make(name=f"{word} S.p.A.")
        member = MemberFactory.make(last_name=word)
        AffiliationFactory.make(member=member, organisation=body)
        story = StoryFactory.make(title=f"{word}: una storia", author=member, organisation=body)
        twinning = TwinningFactory.make(title=f"{word}: un gemellaggio")
        takes_part(twinning, body)
        thread = ThreadFactory.make(
            title=f"{word}?", introduction_html="<p>x</p>",
            subject_kind="twinning", subject_id=twinning.id,
        )  # fmt: skip
        post = PostFactory.make(thread=thread, author=member, text=word, html=f"<p>{word}</p>")
        attached(Reference("post", post.id), author_id=member.id, title=f"{word}, un allegato")
        return cls(body, member, story, twinning, thread, post)

    def change(self) -> None:
        """Have everything of it wait for the index."""
        with transaction():
            announce(OrganisationChanged(organisation_id=self.body.id))
            announce(ProfileChanged(member_id=self.member.id))
            announce(StoryChanged(practice_id=self.story.id))
            announce(TwinningChanged(twinning_id=self.twinning.id))
            announce(ThreadChanged(thread_id=self.thread.id))
            announce(PostEdited(post_id=self.post.id, thread_id=self.thread.id))


@pytest.mark.parametrize("is_closed", [False, True])
def test_what_waits_for_the_index_costs_few_queries(
    app: Flask, visitor: Visitor, index: Index,
    count_queries: Callable[[], AbstractContextManager[list[str]]], is_closed: bool,
) -> None:  # fmt: skip
    """With everything changed at once, and where what others hang on is not public any more."""
    made = [Neighbours.make("Monopattino") for _ in range(3)]
    index.begin_again()
    reader = Visitor(app)
    reader.sign_in(MemberFactory.make().email)
    counts = []
    for changed, one in enumerate(made, start=1):
        one.change()
        if is_closed:
            for twinning in (other.twinning for other in made[:changed]):
                db.session.get_one(Twinning, twinning.id).state = TwinningState.DRAFT
            db.session.commit()
        reader.get("/cerca?q=monopattino")
        with count_queries() as statements:
            shown = text_of(reader.get("/cerca?q=monopattino"))
        counts.append(len(statements))
        left = 3 - changed if is_closed else 3
        assert shown.count("un gemellaggio") == left
        assert shown.count("un allegato") == left
    assert max(counts) <= 10
    assert counts[1] == counts[2]


def test_browsers_can_learn_the_search(visitor: Visitor) -> None:
    response = visitor.get("/opensearch.xml")
    tree = etree.fromstring(response.get_data())
    template = tree.find("{*}Url").get("template")
    assert template == "http://localhost/cerca?q={searchTerms}"
