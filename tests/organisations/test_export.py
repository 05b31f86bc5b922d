"""The register as CSV: under its filters, whole, and read back unchanged."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from organisations import queries
from organisations.models import Level, OrganisationState
from organisations.queries import HEADER, export
from territory import queries as territory
from tests.factories.organisations import OrganisationFactory
from tests.organisations.test_importing import everything, reported, run, written
from tests.visitor import Visitor

PATH = "/enti/esporta.csv"


def rows_of(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline=""), strict=True))


def names(visitor: Visitor, path: str = PATH) -> list[str]:
    answer = visitor.get(path)
    assert answer.status_code == 200
    return [row["name"] for row in rows_of(answer.get_data(as_text=True))]


def test_the_file_has_what_the_register_has(visitor: Visitor) -> None:
    assert visitor.get(PATH).get_data(as_text=True) == ",".join(HEADER) + "\r\n"
    OrganisationFactory.make(name="Comune di Vinci")
    OrganisationFactory.make(name="=Ente(1)", level=Level.SCHOOL)
    OrganisationFactory.make(name="Atteso", state=OrganisationState.AWAITED)
    OrganisationFactory.make(name="Tolto", state=OrganisationState.REMOVED)
    assert names(visitor) == ["Comune di Vinci", "'=Ente(1)"]
    (link,) = [
        href
        for href in visitor.page("/enti?livello=scuola").xpath("//main//a/@href")
        if "esporta.csv" in href
    ]
    assert names(visitor, link) == ["'=Ente(1)"]
    assert names(visitor, f"{PATH}?q=vinci") == ["Comune di Vinci"]


def test_a_file_that_breaks_off_says_so(visitor: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    OrganisationFactory.make(name="Comune di Vinci")
    OrganisationFactory.make(name="Secondo")
    cells = export._cells

    def failing(body: Any, *rest: Any) -> list[str]:
        if body.name == "Secondo":
            raise RuntimeError("the disk, say")
        return cells(body, *rest)

    monkeypatch.setattr(export, "_cells", failing)
    monkeypatch.setattr(export, "AT_ONCE", 1)
    broken = visitor.get(PATH).get_data(as_text=True)
    assert "Comune di Vinci" in broken
    with pytest.raises(csv.Error):
        rows_of(broken)


def test_export_then_import_changes_nothing(app: Flask, tmp_path: Path) -> None:
    puglia, vinci = territory.region("puglia"), territory.place_called("Vinci (FI)")
    assert puglia is not None
    assert vinci is not None
    OrganisationFactory.make(name="Comune di Vinci", ipa_code="c_M059", territory_id=vinci.id)
    OrganisationFactory.make(name="Regione", level=Level.REGION, territory_id=puglia.id)
    OrganisationFactory.make(name="-Ente", acronym="@E", website="https://www.ente.it")
    run(app, written(tmp_path, "id,name,istat_code,region\n7,Ussana,118090,Sardegna\n"))
    target = tmp_path / "enti.csv"
    before = everything()
    result = app.test_cli_runner().invoke(args=["export", "organisations", str(target)])
    assert result.exit_code == 0, result.output
    lines = rows_of(target.read_text(encoding="utf-8"))
    assert len(lines) == queries.count() == 4
    assert lines[3]["istat_code"] == "118090"
    report = tmp_path / "esito.csv"
    assert run(app, target, "--report", report).exit_code == 0
    assert [one for one in reported(report) if one["outcome"] != "unchanged"] == []
    after = everything()
    assert after == before
