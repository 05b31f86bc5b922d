"""Rows of lists, and the page that documents their columns."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from core.rows import Column, FieldMap, UnknownFormat, format_of, read_rows, value_at
from organisations.queries import HEADER as BODY_HEADER
from organisations.rules import COLUMNS as BODY_COLUMNS
from practices.queries.export import HEADER as STORY_HEADER
from practices.rules import STORY_COLUMNS

DOCUMENTED = Path(__file__).parents[2] / "docs" / "import.md"
COLUMNS = {"organisations": BODY_COLUMNS, "practices": STORY_COLUMNS}


def documented(text: str, name: str) -> list[Column]:
    """The table of columns of one list, as the page has it."""
    section = text.split(f"## Columns of `{name}`")[1].split("\n## ")[0]
    rows = re.findall(r"^\| `(\w+)` \| (.*?) \| (.*?) \|$", section, re.MULTILINE)
    return [Column(name, meaning, tuple(others.split(", "))) for name, others, meaning in rows]


def undocumented(text: str) -> list[str]:
    faults = []
    for name, columns in COLUMNS.items():
        found = documented(text, name)
        faults += [f"{name}: {one.name}" for one in columns if one not in found]
        faults += [f"{name}: {one.name} is none" for one in found if one not in columns]
    return faults


def test_every_column_is_documented_as_it_is() -> None:
    assert undocumented(DOCUMENTED.read_text(encoding="utf-8")) == []


def test_the_check_sees_what_the_page_leaves_out() -> None:
    text = DOCUMENTED.read_text(encoding="utf-8")
    assert undocumented(text.replace("| `acronym` | sigla,", "| `acronym` | nome breve,")) == [
        "organisations: acronym",
        "organisations: acronym is none",
    ]


def test_the_import_knows_what_the_export_writes() -> None:
    text = DOCUMENTED.read_text(encoding="utf-8")
    to_read = set(re.findall(r"`(\w+)`", text.split("and some to read: ")[1].split(". ")[0]))
    assert set(STORY_HEADER) - {one.name for one in STORY_COLUMNS} <= to_read
    assert set(BODY_HEADER) - {one.name for one in BODY_COLUMNS} <= to_read


def test_a_path_leads_into_lists_and_objects() -> None:
    row = {"posts": [{"text": "uno"}, {"text": ""}, {"text": "due"}], "a.b": 1}
    assert value_at(row, "posts.0.text") == "uno"
    assert value_at(row, "posts.*.text") == "uno\n\n---\n\ndue"
    assert value_at(row, "a.b") == 1
    for nowhere in ("posts.9.text", "posts.x", "altro.0", "posts.0.text.0", ""):
        assert value_at(row, nowhere) is None


def test_templates_take_values_and_run_nothing() -> None:
    fields = FieldMap.of((Column("title", ""),), (), ("title=N. {id} {__class__} {a!r} {",))
    assert fields.apply({"id": 7}) == {"title": "N. 7   {"}


@pytest.mark.parametrize("said", ["nome=x", "x", "=", "title"])
def test_an_option_that_names_no_column_is_refused(said: str) -> None:
    with pytest.raises(UnknownFormat):
        FieldMap.of((Column("id", ""),), (said,), ())


def test_the_name_of_a_file_tells_its_format(tmp_path: Path) -> None:
    assert format_of(tmp_path / "A.CSV") == "csv"
    with pytest.raises(UnknownFormat):
        format_of(tmp_path / "a.xlsx")


def test_marks_separators_and_line_ends_do_not_matter(tmp_path: Path) -> None:
    for text in ('a;b\n1;"x;y"\n', '\ufeffa;b\r\n1;"x;y"\r\n', 'a;b\r1;"x;y"\r'):
        (tmp_path / "t.csv").write_bytes(text.encode())
        assert [dict(row.values) for row in read_rows(tmp_path / "t.csv", "csv")] == [
            {"a": "1", "b": "x;y"}
        ]


def test_a_quote_that_is_never_closed_swallows_nothing_silently(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text('a,b\n1,2\n3,"4\n5,6\n', encoding="utf-8")
    good, bad = read_rows(tmp_path / "t.csv", "csv")
    assert good.values == {"a": "1", "b": "2"}
    assert (bad.line, bad.values) == (3, {})
    assert "not CSV" in bad.fault
