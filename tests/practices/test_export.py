"""The catalogue as CSV: what its reader may see, whole, harmless, and read back unchanged."""

from __future__ import annotations

import csv
import io
import json
import tracemalloc
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import insert, select

from core.actor import VISITOR
from core.csv_export import csv_lines, harmless
from core.database import db
from core.origins import own_source
from core.rows import read_rows
from members.models import Member
from practices.models import Practice, PracticeComponent, PracticeKind, PracticeState
from practices.queries import export
from practices.queries.export import HEADER
from territory import queries as territory
from tests.factories.organisations import OrganisationFactory
from tests.factories.practices import StoryFactory
from tests.practices.test_importing import everything, reported, run
from tests.visitor import Visitor

PATH = "/buone-pratiche/esporta.csv"


def rows_of(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline=""), strict=True))


def downloaded(browser: Visitor, path: str = PATH) -> list[dict[str, str]]:
    answer = browser.get(path)
    assert answer.status_code == 200
    return rows_of(answer.get_data(as_text=True))


def titles(rows: list[dict[str, str]]) -> set[str]:
    return {row["title"] for row in rows}


def test_the_file_has_what_the_catalogue_has(
    app: Flask, visitor: Visitor, writing: Visitor, author: Member
) -> None:
    body = OrganisationFactory.make(name="Comune di Vinci", ipa_code="c_m059")
    StoryFactory.make(title="Una", organisation=body)
    StoryFactory.make(title="Due", kind=PracticeKind.SEEK)
    StoryFactory.make(title="Validata", state=PracticeState.VALIDATED)
    for state in PracticeState:
        if state not in (PracticeState.PUBLISHED, PracticeState.VALIDATED, PracticeState.OUTDATED):
            StoryFactory.make(title=f"Nascosta {state}", state=state, author=author)
    rows = downloaded(visitor)
    assert titles(rows) == {"Una", "Due", "Validata"}
    assert tuple(rows[0]) == HEADER
    assert (rows[0]["organisation"], rows[0]["organisation_name"]) == ("c_m059", body.name)
    assert rows[0]["origin"] == own_source()
    assert titles(downloaded(writing)) == titles(rows)
    story = db.session.scalars(select(Practice).where(Practice.title == "Una")).one()
    story.state = PracticeState.REMOVED
    db.session.commit()
    assert titles(downloaded(visitor)) == {"Due", "Validata"}


def test_the_filters_of_the_page_hold_for_the_file(visitor: Visitor) -> None:
    body = OrganisationFactory.make(name="Comune di Vinci")
    StoryFactory.make(title="Una", organisation=body)
    StoryFactory.make(title="Altra")
    StoryFactory.make(title="Chi cerca", kind=PracticeKind.SEEK, organisation=body)
    page = visitor.page("/buone-pratiche?tipo=cerco")
    (link,) = [href for href in page.xpath("//main//a/@href") if "esporta.csv" in href]
    assert titles(downloaded(visitor, link)) == {"Chi cerca"}
    assert titles(downloaded(visitor, f"{PATH}?ente={body.slug}")) == {"Una", "Chi cerca"}
    assert titles(downloaded(visitor, f"{PATH}?ente={body.slug}&tipo=offro")) == {"Una"}


def test_nothing_to_export_is_a_header_alone(visitor: Visitor) -> None:
    answer = visitor.get(PATH)
    assert answer.get_data(as_text=True) == ",".join(HEADER) + "\r\n"
    assert answer.content_type == "text/csv; charset=utf-8; header=present"
    assert "attachment" in answer.headers["Content-Disposition"]


def test_a_file_that_breaks_off_says_so(visitor: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(3):
        StoryFactory.make(title=f"Storia {number}")
    whole = visitor.get(PATH).get_data(as_text=True)
    assert len(rows_of(whole)) == 3
    cells = export._cells

    def failing(story: Practice, *rest: Any) -> list[str]:
        if story.title == "Storia 2":
            raise RuntimeError("the disk, say")
        return cells(story, *rest)

    monkeypatch.setattr(export, "_cells", failing)
    monkeypatch.setattr(export, "AT_ONCE", 1)
    broken = visitor.get(PATH).get_data(as_text=True)
    assert "Storia 1" in broken
    assert broken.endswith('"ERRORE: questo file è incompleto. Scaricalo di nuovo.')
    with pytest.raises(csv.Error):
        rows_of(broken)


def test_a_command_that_fails_leaves_the_file_as_it_was(
    app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    StoryFactory.make(title="Una")
    target = tmp_path / "storie.csv"
    export_to(app, target)
    before = target.read_bytes()
    assert b"Una" in before

    def failing(*_: Any) -> list[str]:
        raise RuntimeError("the disk, say")

    monkeypatch.setattr(export, "_cells", failing)
    result = app.test_cli_runner().invoke(args=["export", "practices", str(target)])
    assert result.exit_code != 0
    assert target.read_bytes() == before
    assert list(tmp_path.iterdir()) == [target]


def export_to(app: Flask, target: Path | str) -> bytes:
    result = app.test_cli_runner().invoke(args=["export", "practices", str(target)])
    assert result.exit_code == 0, result.output
    return result.stdout_bytes


def test_the_command_writes_what_a_visitor_downloads(
    app: Flask, tmp_path: Path, visitor: Visitor, author: Member
) -> None:
    StoryFactory.make(title="Una")
    StoryFactory.make(title="Bozza", state=PracticeState.DRAFT, author=author)
    export_to(app, tmp_path / "storie.csv")
    there = (tmp_path / "storie.csv").read_bytes()
    assert there == visitor.get(PATH).get_data()
    assert export_to(app, "-") == there


AWKWARD = (
    "=1+1", "'=1+1", "+39 0461", "-5 °C", "@SUM(A1)", "'solo un apice", "\uff1dSUM", "''", '"', ",",
    "a;b", "riga\nriga", "=cmd|' /C calc'!A0", "– trattino", "à€😀",
)  # fmt: skip


def test_export_then_import_changes_nothing(app: Flask, tmp_path: Path) -> None:
    body = OrganisationFactory.make(name="Comune di Vinci")
    for number, text in enumerate(AWKWARD):
        story = StoryFactory.make(
            title=" ".join(f"{text} {number}".split()),
            summary=text,
            contact=" ".join(text.split()),
            problem=text,
            body=text if number % 2 else "",
            kind=PracticeKind.SEEK if number % 3 == 2 else PracticeKind.OFFER,
            organisation=body if number % 4 else None,
            territory_id=territory.place_called("Vinci (FI)").id if number % 5 else None,  # type: ignore[union-attr]
        )
        if story.kind is PracticeKind.OFFER:
            story.component_rows.append(
                PracticeComponent(key="uno", position=0, title=text[:9].split("\n")[0], text=text)
            )
    db.session.commit()
    run(app, write_rows(tmp_path, {"id": "x", "body_markdown": "# Da fuori\n\nTesto."}))
    before = everything()
    export_to(app, tmp_path / "storie.csv")
    for _ in range(2):
        report = tmp_path / "esito.csv"
        result = run(app, tmp_path / "storie.csv", "--report", report)
        assert [one for one in reported(report) if one["outcome"] != "unchanged"] == []
        assert result.exit_code == 0
        assert everything() == before


def write_rows(folder: Path, *rows: dict[str, Any]) -> Path:
    path = folder / "fuori.jsonl"
    path.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    return path


def test_the_check_sees_a_round_trip_that_loses_a_sign(
    app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The twin: cells that keep the apostrophe are found out."""
    StoryFactory.make(title="Una", contact="+39 0461")
    before = everything()
    export_to(app, tmp_path / "storie.csv")
    monkeypatch.setattr("core.rows._without_guard", lambda cell: cell)
    run(app, tmp_path / "storie.csv")
    assert everything() != before


@pytest.mark.parametrize("text", AWKWARD)
def test_no_cell_is_a_formula_and_all_are_read_back(tmp_path: Path, text: str) -> None:
    cell = harmless(text)
    assert cell.lstrip()[:1] not in tuple("=+-@\t\r\n\uff1d")
    path = tmp_path / "t.csv"
    path.write_bytes(b"".join(csv_lines(["a", "b"], [[text, "fine"]])))
    (row,) = read_rows(path, "csv")
    assert row.values == {"a": text, "b": "fine"}


@pytest.mark.soak
def test_memory_does_not_grow_with_the_rows(app: Flask) -> None:
    """Ten times as many rows take no more memory while they are sent."""
    StoryFactory.make(title="Una")
    peaks = []
    for more in (400, 3_600):
        copy_of_first(more)
        with app.test_request_context():
            lines = csv_lines(HEADER, export.exported_stories(VISITOR))
            tracemalloc.start()
            count = sum(1 for _ in lines)
            peaks.append(tracemalloc.get_traced_memory()[1])
            tracemalloc.stop()
    assert count == 4_002
    assert peaks[1] < peaks[0] * 1.5


def copy_of_first(many: int) -> None:
    first = db.session.execute(select(Practice.__table__).order_by(Practice.id)).mappings().first()
    assert first is not None
    values = {key: value for key, value in first.items() if key != "id"}
    start = db.session.scalar(select(Practice.id).order_by(Practice.id.desc()).limit(1)) or 0
    copies = [
        {**values, "slug": f"copia-{number}", "title": f"Copia {number}"}
        for number in range(start + 1, start + many + 1)
    ]
    db.session.execute(insert(Practice.__table__), copies)
    db.session.commit()


def test_the_archive_comes_along_where_it_is_asked_for(app: Flask, tmp_path: Path) -> None:
    StoryFactory.make(title="In uso")
    StoryFactory.make(title="In archivio", state=PracticeState.ARCHIVED)
    StoryFactory.make(title="In bozza", state=PracticeState.DRAFT)
    target = tmp_path / "tutto.csv"
    for options, expected in (
        ([], {"In uso": "published"}),
        (["--archived"], {"In uso": "published", "In archivio": "archived"}),
    ):
        done = app.test_cli_runner().invoke(args=["export", "practices", str(target), *options])
        assert done.exit_code == 0, done.output
        rows = rows_of(target.read_text("utf-8"))
        assert {row["title"]: row["state"] for row in rows} == expected
