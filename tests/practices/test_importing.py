"""``gemella import practices``: stories from lists that others keep, again and again."""

from __future__ import annotations

import csv
import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy import func, select

from core.actor import SYSTEM, Role
from core.database import db
from core.events import Event, OutboxRow
from core.origins import Origin
from core.outbox import drain
from core.registry import registry
from core.revisions import Revision
from core.sandbox import Sandbox, TooLong
from core.text import has_forbidden_characters, normalise
from members.models import Member
from notifications.models import Notification
from practices import services
from practices.models import Practice, PracticeKind, PracticeState
from practices.rules import content_of, read_story
from practices.services import importing
from search.models import CONSUMER
from search.services.indexer import Indexer
from tests.factories.organisations import OrganisationFactory
from tests.visitor import Visitor, text_of

PLAIN = {"id": "1", "body_markdown": "# Sportello *unico*\n\nUn solo ufficio per le famiglie."}
OFFER = {
    "id": "2",
    "kind": "offro",
    "title": "Pannolini a domicilio",
    "problem": "Troppi viaggi.",
    "solution": "Un **furgone**.",
    "results": "Meno 30 % di viaggi.",
    "themes": ["family-policy", "Sconosciuto"],
    "territory": "Vinci (FI)",
    "date": "2021-05-31",
    "lang": "it",
    "components": [{"title": "Il furgone", "text": "Elettrico."}],
}
SEEK = {"id": "3", "title": "Nidi", "need": "Un esempio.", "context": "Piccolo.", "date": "2020"}


def run(app: Flask, *arguments: object) -> Result:
    """``gemella import practices …``, with what it printed."""
    return app.test_cli_runner().invoke(args=["import", "practices", *map(str, arguments)])


def written(folder: Path, *rows: Any, name: str = "storie.jsonl") -> Path:
    path = folder / name
    lines = [one if isinstance(one, str) else json.dumps(one) for one in rows]
    path.write_bytes("\n".join(lines).encode("utf-8", "surrogatepass"))
    return path


def reported(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def everything() -> dict[str, Any]:
    """All that an import could change, by table."""
    db.session.expire_all()
    counts = {
        model.__tablename__: db.session.scalar(select(func.count()).select_from(model))
        for model in (Practice, Origin, Event, OutboxRow, Revision)
    }
    rows = db.session.execute(select(Practice.id, Practice.version, Practice.updated_at)).all()
    return counts | {"rows": sorted(tuple(row) for row in rows)}


def by_title() -> dict[str, Practice]:
    return {story.title: story for story in db.session.scalars(select(Practice))}


def index_all(app: Flask) -> None:
    """What the worker does of its own."""
    indexer = Indexer(app.config["GEMELLA"].index_folder)
    try:
        while indexer.step():
            pass
    finally:
        indexer.close()


def test_rows_become_stories_that_search_finds_and_nobody_is_told_of(
    app: Flask, tmp_path: Path, visitor: Visitor
) -> None:
    body = OrganisationFactory.make(name="Comune di Vinci", ipa_code="c_m059")
    file = written(tmp_path, PLAIN, OFFER | {"organisation": "C_M059"}, SEEK)
    report = tmp_path / "esito.csv"
    result = run(app, file, "--report", report)
    assert result.exit_code == 0, result.output
    assert "themes: Sconosciuto is not known here; kept" in reported(report)[1]["remarks"]
    stories = by_title()
    plain, offer, seek = (
        stories[title] for title in ("Sportello unico", "Pannolini a domicilio", "Nidi")
    )
    assert (plain.kind, plain.summary) == (PracticeKind.OFFER, "Un solo ufficio per le famiglie.")
    assert (seek.kind, seek.state) == (PracticeKind.SEEK, PracticeState.PUBLISHED)
    assert offer.organisation_id == body.id
    assert offer.territory is not None
    assert offer.territory.name_it == "Vinci"
    assert [one.title for one in offer.components] == ["Il furgone"]
    assert offer.published_at is not None
    assert offer.published_at.date().isoformat() == "2021-05-30"  # midnight in Rome
    assert db.session.scalar(select(func.count()).select_from(Notification)) == 0

    page = visitor.page(f"/buone-pratiche/{plain.slug}")
    assert "Un solo ufficio" in page.text_content()
    with app.test_request_context():
        index_all(app)
        for consumer in registry().consumers.values():
            while consumer.name != CONSUMER and drain(consumer):
                pass
    assert db.session.scalar(select(func.count()).select_from(Notification)) == 0
    assert "Pannolini a domicilio" in visitor.page("/cerca?q=furgone").text_content()


def test_the_same_list_changes_nothing(app: Flask, tmp_path: Path) -> None:
    rows = [PLAIN, OFFER, SEEK, {"body_markdown": "Senza numero."}]
    run(app, written(tmp_path, *rows))
    before = everything()
    assert before["practices"] == 4
    again = run(app, written(tmp_path, *rows, name="altro.jsonl"))
    assert "4 unchanged" in again.output
    assert everything() == before


def test_the_check_sees_a_second_import_that_writes(
    app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The twin: an import that takes every row for another text is found out."""
    run(app, written(tmp_path, PLAIN))
    before = everything()
    monkeypatch.setattr(importing._Known, "settled", lambda *_: None)
    monkeypatch.setattr("practices.rules.differences", lambda *_: ("body",))
    run(app, written(tmp_path, PLAIN))
    assert everything() != before


def test_drafts_and_dry_runs_are_not_published(
    app: Flask, tmp_path: Path, visitor: Visitor, author: Member
) -> None:
    before = everything()
    assert "1 created" in run(app, written(tmp_path, PLAIN), "--dry-run").output
    assert everything() == before
    run(app, written(tmp_path, PLAIN), "--state", "draft", "--author", author.email)
    (draft,) = by_title().values()
    assert (draft.state, draft.published_at, draft.author_id) == (
        PracticeState.DRAFT,
        None,
        author.id,
    )
    assert visitor.get(f"/buone-pratiche/{draft.slug}").status_code == 404
    assert run(app, written(tmp_path, PLAIN), "--author", "nessuno@example.it").exit_code == 2


def test_editors_finish_the_drafts_of_nobody(
    app: Flask, tmp_path: Path, visitor: Visitor, writing: Visitor, editing: Visitor
) -> None:
    body = OrganisationFactory.make(name="Comune di Vinci", ipa_code="c_m059")
    run(app, written(tmp_path, OFFER | {"organisation": "c_m059"}), "--state", "draft")
    (draft,) = by_title().values()
    path = f"/buone-pratiche/{draft.slug}"
    assert [one.get(path).status_code for one in (visitor, writing)] == [404, 404]
    assert writing.get(f"{path}/modifica").status_code == 404
    assert editing.get(f"{path}/rivedi").status_code == 200
    answer = editing.submit(
        f"{path}/modifica", {"contact": "Ufficio"}, action="/modifica", follow=False
    )
    assert answer.status_code == 302
    sent = editing.submit(f"{path}/rivedi", action="/invia")
    assert sent.status_code == 200, text_of(sent)
    db.session.expire_all()
    assert (draft.state, draft.organisation_id) == (PracticeState.SUBMITTED, body.id)
    # The form offers regions; a town that the list named stays where it is.
    assert draft.territory is not None
    assert draft.territory.name_it == "Vinci"


def test_only_administrators_import(app: Flask, author: Member) -> None:
    from core.actor import Actor
    from core.domain import Forbidden

    row = read_story(1, PLAIN, source="import")
    for roles in (frozenset(), frozenset({Role.EDITOR})):
        with pytest.raises(Forbidden):
            services.import_stories([row], by=Actor(member_id=author.id, roles=roles))


def test_another_text_is_taken_over_unless_it_was_changed_here(app: Flask, tmp_path: Path) -> None:
    run(app, written(tmp_path, PLAIN))
    story = by_title()["Sportello unico"]
    other = {"id": "1", "body_markdown": "# Sportello *unico*\n\nDue uffici."}
    assert "1 changed" in run(app, written(tmp_path, other)).output
    db.session.expire_all()
    assert (story.version, story.body) == (2, other["body_markdown"])
    assert "<p>Due uffici.</p>" in story.body_html

    story.version = 3
    db.session.commit()
    assert "1 unchanged" in run(app, written(tmp_path, other)).output
    assert "1 kept" in run(app, written(tmp_path, PLAIN)).output
    story.state = PracticeState.REMOVED
    db.session.commit()
    assert run(app, written(tmp_path, PLAIN)).exit_code == 1


def test_what_a_kind_has_no_place_for_ends_its_text(app: Flask, tmp_path: Path) -> None:
    run(app, written(tmp_path, SEEK | {"kind": "cerco", "solution": "Un'idea."}))
    story = by_title()["Nidi"]
    assert content_of(story).sections["body"].source == "## La soluzione\n\nUn'idea."


BROKEN = (
    {"id": "9", "title": "Solo un titolo"},
    {"id": "9", "body_markdown": "a\x00b"},
    {"id": "9", "body_markdown": "a\ud800b"},
    {"id": "9", "body_markdown": "x" * 200_001},
    {"id": "9", "body_markdown": ["a"]},
    {"id": "9", "body_markdown": ">" * 2_000 + " x"},
    {"id": "9", "body_markdown": "x", "title": "x" * 201},
    {"id": "9", "body_markdown": "x", "summary": "x" * 301},
    {"id": "9", "body_markdown": "x", "kind": "vendo"},
    {"id": "9", "body_markdown": "x", "components": "{"},
    {"id": "9", "body_markdown": "x", "components": [{"text": "senza titolo"}]},
    {"id": "1", "body_markdown": "due volte"},
)


def test_broken_rows_stop_no_other(app: Flask, tmp_path: Path) -> None:
    report = tmp_path / "esito.csv"
    result = run(app, written(tmp_path, PLAIN, *BROKEN, SEEK), "--report", report)
    assert result.exit_code == 1
    lines = reported(report)
    outcomes = [line["outcome"] for line in lines]
    assert outcomes == ["created", *["refused"] * len(BROKEN), "created"]
    assert all(line["remarks"] for line in lines[1:-1])


def test_a_text_that_never_ends_is_refused_and_the_rest_goes_in(
    app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask = Sandbox.ask

    def slow(self: Sandbox, question: Any) -> Any:
        if "infinito" in question:
            raise TooLong("no answer")
        return ask(self, question)

    monkeypatch.setattr(Sandbox, "ask", slow)
    report = tmp_path / "esito.csv"
    rows = (PLAIN, {"id": "8", "body_markdown": "infinito"}, SEEK)
    assert run(app, written(tmp_path, *rows), "--report", report).exit_code == 1
    assert [line["outcome"] for line in reported(report)] == ["created", "refused", "created"]
    assert "too intricate" in reported(report)[1]["remarks"]


def test_a_summary_that_is_derived_can_be_kept(app: Flask, tmp_path: Path) -> None:
    """The renderer leaves control characters of its own in this one."""
    run(
        app,
        written(tmp_path, {"id": "1", "title": "x", "body_markdown": "<foo\\+@bar.example.com>"}),
    )
    assert not has_forbidden_characters(by_title()["x"].summary)


def test_a_document_longer_than_a_form_takes_is_kept_whole(app: Flask, tmp_path: Path) -> None:
    long = "# Manuale\n\n" + "Una frase che si ripete. " * 5_000
    run(app, written(tmp_path, {"id": "1", "body_markdown": long}))
    assert by_title()["Manuale"].body == normalise(long)


def documents(shared: Path) -> list[Path]:
    """Every list of documents or passages that lies beside the checkout."""
    folder = shared / "data" / "content"
    return sorted([*folder.glob("*/docs.jsonl"), *folder.glob("*/passages.jsonl")])


def imported_faithfully(app: Flask, files: list[Path], tmp_path: Path, every: int) -> int:
    """Import each file; hold what is kept against what was given; return how many rows."""
    count = 0
    for file in files:
        rows = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()][::every]
        sample = written(tmp_path, *rows, name=f"{file.parent.name}.jsonl")
        result = run(app, sample, "--origin", file.parent.name)
        assert result.exit_code == 0, (file, result.output[-1_000:])
        kept = dict(
            db.session.execute(
                select(Origin.external_id, Practice.body)
                .join(Practice, Practice.id == Origin.object_id)
                .where(Origin.source == file.parent.name)
            ).all()
        )
        assert kept == {row["id"]: normalise(row["body_markdown"]) for row in rows}
        before = everything()
        assert run(app, sample, "--origin", file.parent.name).exit_code == 0
        assert everything() == before
        count += len(rows)
    return count


@pytest.mark.shared_data
def test_real_documents_are_kept_to_the_letter(app: Flask, shared: Path, tmp_path: Path) -> None:
    assert imported_faithfully(app, documents(shared), tmp_path, every=25) > 40


@pytest.mark.soak
@pytest.mark.shared_data
@pytest.mark.timeout(900)
def test_all_real_documents_are_kept_and_found(
    app: Flask, shared: Path, tmp_path: Path, visitor: Visitor, record_property: Any
) -> None:
    count = imported_faithfully(app, documents(shared), tmp_path, every=1)
    record_property("documents imported", count)
    assert count == 1_251
    with app.test_request_context():
        index_all(app)
    page = visitor.page("/cerca?q=Comunità+energetiche+rinnovabili+riuso+software")
    assert "risultat" in page.text_content()
    threads = shared / "data" / "content" / "coffee_stackexchange_threads" / "threads.jsonl"
    names = ("--map", "id=thread_id", "--map", "date=created_at")
    posts = ("--map", "body_markdown=posts.*.body_markdown", "--set", "lang=en")
    assert run(app, threads, *names, *posts).exit_code == 0
    states = Counter(db.session.scalars(select(Practice.state)))
    assert states == {PracticeState.PUBLISHED: 1_251 + 116}


def test_an_actor_without_number_imports(app: Flask) -> None:
    row = read_story(1, PLAIN, source="import")
    (result,) = services.import_stories([row], by=SYSTEM)
    assert result.outcome == "created"
    event = db.session.scalars(select(Event).where(Event.name == "StoryImported")).one()
    assert event.actor_id is None
