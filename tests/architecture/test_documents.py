"""What the documents say of the house is what the house does: variables, commands, decisions."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import click
from flask import Flask

from core.config import KNOWN
from portal.commands import Gemella
from tests.conftest import ROOT

_TABLE_ROW = re.compile(r"^\| (.+?) \|", re.MULTILINE)
_CODE = re.compile(r"`([^`]+)`")


def rows(text: str, heading: str) -> str:
    """The part of a document below one heading."""
    return text.split(f"\n## {heading}\n", 1)[1].split("\n## ", 1)[0]


def first_column(text: str) -> list[str]:
    """The first cell of each row of a table, without its head."""
    return [cell for cell in _TABLE_ROW.findall(text) if "`" in cell]


def variables_told(readme: str) -> set[str]:
    cells = first_column(rows(readme, "Configuration"))
    return {name for cell in cells for name in _CODE.findall(cell)}


def commands_told(readme: str) -> set[str]:
    """The commands of the table: `gemella members add`, `list` names two."""
    told = set()
    for cell in first_column(rows(readme, "Command line")):
        group = ""
        for code in _CODE.findall(cell):
            words = [word for word in code.split() if word.islower() and word != "gemella"]
            if code.startswith("gemella "):
                group = words[0] if len(words) > 1 else ""
                told.add(" ".join(words))
            else:
                told.add(" ".join([group, *words]).strip())
    return told


def commands(group: click.Group, path: str = "") -> Iterator[str]:
    """Every command of the program, as it is typed."""
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from commands(command, f"{path}{name} ")
        else:
            yield f"{path}{name}"


def all_commands(app: Flask) -> set[str]:
    """Those of the house, and those that features add."""
    return {*commands(Gemella()), *commands(app.cli)}


def untold(told: set[str], wanted: Iterable[str]) -> set[str]:
    """What the document leaves out; a group that is named stands for its commands."""
    return {one for one in wanted if one not in told and one.split()[0] not in told}


def test_the_readme_tells_of_every_variable() -> None:
    assert variables_told((ROOT / "README.md").read_text()) == set(KNOWN)


def test_the_readme_tells_of_every_command(app: Flask) -> None:
    told = commands_told((ROOT / "README.md").read_text())
    known = all_commands(app)
    assert untold(told, known) == set()
    assert {one for one in told if not any(k.startswith(one) for k in known)} == set()


def test_what_is_left_out_would_be_seen(app: Flask) -> None:
    """Twin: a row less in either table."""
    readme = (ROOT / "README.md").read_text()
    rows_less = r"(?m)^\| `(?:GEMELLA_SMTP_URL|gemella worker)`.*\n"
    without = re.sub(rows_less, "", readme)
    assert set(KNOWN) - variables_told(without) == {"GEMELLA_SMTP_URL"}
    assert untold(commands_told(without), all_commands(app)) == {"worker"}


def broken_links(document: Path) -> set[str]:
    """Links to files of the repository that are not there."""
    found = re.findall(r"\]\((?!https?:|#)([^)#]+)", document.read_text())
    return {link for link in found if not (document.parent / link).exists()}


def test_links_between_documents_lead_somewhere(tmp_path: Path) -> None:
    documents = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), ROOT / "platform/README.md"]
    assert {str(one): broken for one in documents if (broken := broken_links(one))} == {}
    (tmp_path / "one.md").write_text("[ADR 99](adr/0099-nothing.md)")
    assert broken_links(tmp_path / "one.md") == {"adr/0099-nothing.md"}
