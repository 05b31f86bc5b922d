"""``gemella import organisations``: what becomes of each row, again and again."""

from __future__ import annotations

import csv
import json
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy import func, select, update

from core import origins
from core.actor import SYSTEM
from core.database import db
from core.events import Event, OutboxRow
from core.origins import Origin
from core.revisions import Revision
from core.transactions import transaction
from organisations import services
from organisations.models import Level, Nature, Organisation, OrganisationState
from organisations.rules import OrganisationValues, values_of
from organisations.services import importing
from territory import queries as territory
from tests.factories.organisations import OrganisationFactory

HEADER = "id,name,ipa_code,level,istat_code,region,website\n"
VINCI = "1,Comune di Vinci,c_m059,comune,048050,Toscana,www.comune.vinci.fi.it\n"


@pytest.fixture
def folder(tmp_path: Path, app: Flask) -> Path:
    return tmp_path


def run(app: Flask, *arguments: object) -> Result:
    """``gemella import organisations …``, with what it printed."""
    return app.test_cli_runner().invoke(args=["import", "organisations", *map(str, arguments)])


def written(folder: Path, text: str, name: str = "enti.csv") -> Path:
    path = folder / name
    path.write_bytes(text.encode("utf-8", "surrogateescape"))
    return path


def reported(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def everything() -> dict[str, Any]:
    """All that an import could change, by table."""
    db.session.expire_all()
    counts = {
        model.__tablename__: db.session.scalar(select(func.count()).select_from(model))
        for model in (Organisation, Origin, Event, OutboxRow, Revision)
    }
    rows = db.session.execute(
        select(Organisation.id, Organisation.version, Organisation.updated_at)
    ).all()
    return counts | {"rows": [tuple(row) for row in rows]}


def body(name: str) -> Organisation:
    return db.session.scalars(select(Organisation).where(Organisation.name == name)).one()


def test_rows_become_bodies_and_the_same_list_changes_nothing(app: Flask, folder: Path) -> None:
    file = written(folder, HEADER + VINCI + "2,Regione Puglia,r_puglia,,072006,Puglia,\n")
    first = run(app, file)
    assert first.exit_code == 0, first.output
    assert "2 created" in first.output
    vinci = body("Comune di Vinci")
    assert (vinci.level, vinci.nature) == (Level.MUNICIPALITY, Nature.PUBLIC)
    assert vinci.website == "https://www.comune.vinci.fi.it"
    assert vinci.territory_id is not None
    assert territory.full_name(territory.place(vinci.territory_id), "it") == "Vinci (FI)"  # type: ignore[arg-type]
    # A region is where all of it is, not where its seat is.
    assert body("Regione Puglia").territory_id == territory.region("puglia").id  # type: ignore[union-attr]

    before = everything()
    again = run(app, file)
    assert again.exit_code == 0
    assert "2 unchanged" in again.output
    assert everything() == before


def test_the_check_sees_a_second_import_that_writes(
    app: Flask, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The twin: an import that takes every row for a changed one is found out."""
    file = written(folder, "id,name\n1,Comune di Vinci\n")
    run(app, file)
    before = everything()
    monkeypatch.setattr(importing, "differences", lambda *_: ["name"])
    db.session.execute(update(Origin).values(digest=""))
    db.session.commit()
    run(app, file)
    assert everything() != before


def test_a_dry_run_says_the_same_and_writes_nothing(app: Flask, folder: Path) -> None:
    file = written(folder, HEADER + VINCI)
    before = everything()
    told = run(app, file, "--dry-run")
    assert told.exit_code == 0
    assert "1 created" in told.output
    assert "nothing was written" in told.output
    assert everything() == before


def test_a_changed_row_changes_the_body_unless_it_was_changed_here(
    app: Flask, folder: Path
) -> None:
    run(app, written(folder, HEADER + VINCI))
    vinci = body("Comune di Vinci")
    address = vinci.slug
    changed = VINCI.replace("Comune di Vinci", "Città di Vinci")
    assert "1 changed" in run(app, written(folder, HEADER + changed)).output
    assert body("Città di Vinci").id == vinci.id
    assert body("Città di Vinci").slug != address

    here = body("Città di Vinci")
    services.change_organisation(
        organisation_id=here.id,
        version=None,
        values=OrganisationValues(name="Vinci", nature=Nature.PUBLIC, level=Level.MUNICIPALITY),
        by=SYSTEM,
    )
    assert "1 unchanged" in run(app, written(folder, HEADER + changed)).output
    report = folder / "esito.csv"
    kept = run(app, written(folder, HEADER + VINCI), "--report", report)
    assert "1 kept" in kept.output
    assert "changed here" in reported(report)[0]["remarks"]
    assert body("Vinci").id == vinci.id


def test_a_body_that_is_here_by_its_code_is_completed_not_overwritten(
    app: Flask, folder: Path
) -> None:
    known = OrganisationFactory.make(name="Città di Vinci", ipa_code="C_M059")
    result = run(app, written(folder, HEADER + VINCI))
    assert "1 changed" in result.output
    db.session.refresh(known)
    assert known.name == "Città di Vinci"
    assert known.website == "https://www.comune.vinci.fi.it"
    assert "1 unchanged" in run(app, written(folder, HEADER + VINCI)).output


@pytest.mark.parametrize("code", ["118090", "N/D"])
def test_an_unknown_town_is_said_and_kept(app: Flask, folder: Path, code: str) -> None:
    file = written(folder, HEADER + f"7,Comune di Ussana,c_l512,,{code},Sardegna,\n")
    report = folder / "esito.csv"
    result = run(app, file, "--report", report)
    assert result.exit_code == 0
    (line,) = reported(report)
    assert (line["line"], line["outcome"]) == ("2", "created")
    assert f"{code} is not known here; kept, and put in Sardegna" in line["remarks"]
    origin = origins.known_origins("organisation", [("import", "7")])["import", "7"]
    assert origin.unresolved == {"istat_code": code}
    before = everything()
    assert "1 unchanged" in run(app, file).output
    assert everything() == before


BROKEN = (
    ("", "name: missing"),
    ("Comune\x01", "control characters"),
    ("Comune\udcff", "not UTF-8"),
    ("x" * 300, "at most 250"),
    ("Comune di Vinci,troppo", "cells where the header has"),
)


@pytest.mark.parametrize(("name", "reason"), BROKEN)
def test_a_broken_row_stops_no_other(app: Flask, folder: Path, name: str, reason: str) -> None:
    file = written(folder, f"id,name\n1,{name}\n2,Comune di Lecce\n")
    report = folder / "esito.csv"
    result = run(app, file, "--report", report)
    assert result.exit_code == 1
    assert [one["outcome"] for one in reported(report)] == ["refused", "created"]
    assert reason in reported(report)[0]["remarks"]


def test_one_thing_twice_in_a_list_and_codes_of_others_are_refused(
    app: Flask, folder: Path
) -> None:
    rows = "1,Comune di Vinci,c_m059\n1,Altro,\n2,Terzo,C_M059\n"
    report = folder / "esito.csv"
    result = run(app, written(folder, "id,name,ipa_code\n" + rows), "--report", report)
    assert result.exit_code == 1
    said = [one["remarks"] for one in reported(report)]
    assert "the same thing as line 2" in said[1]
    assert "that of Comune di Vinci" in said[2]


def test_what_was_removed_here_stays_removed(app: Flask, folder: Path) -> None:
    file = written(folder, "id,name\n1,Comune di Vinci\n")
    run(app, file)
    services.remove_organisation(
        organisation_id=body("Comune di Vinci").id, reason="doppio", by=SYSTEM
    )
    assert run(app, written(folder, "id,name\n1,Comune di Vinci!\n")).exit_code == 1
    assert body("Comune di Vinci").state is OrganisationState.REMOVED


def test_json_lines_and_other_names_of_columns(app: Flask, folder: Path) -> None:
    rows = [
        {"ente": {"nome": "Comune di Vinci", "cod": 17}, "tipo": "Comuni"},
        {"ente": {"nome": ["a", "b"], "cod": 18}},
        ["nessun oggetto"],
    ]
    text = "\n".join(map(json.dumps, rows)) + "\n{rotto\n" + "[" * 100_000 + "\n"
    file = written(folder, text, "enti.txt")
    assert run(app, file).exit_code == 2
    arguments = ("--format", "jsonl", "--map", "name=ente.nome", "--map", "ente.cod=id")
    report = folder / "esito.csv"
    result = run(app, file, *arguments, "--set", "acronym=N{ente.cod}", "--report", report)
    assert result.exit_code == 1
    assert (body("Comune di Vinci").acronym, body("Comune di Vinci").level) == (
        "N17",
        Level.MUNICIPALITY,
    )
    assert [one["outcome"] for one in reported(report)] == ["created", *["refused"] * 4]
    assert run(app, file, *arguments, "--map", "nome=x").exit_code == 2


def test_an_import_that_was_killed_goes_on_where_it_was(
    app: Flask, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = written(folder, "id,name\n" + "".join(f"{n},Ente {n}\n" for n in range(450)))
    write = services.import_organisations
    calls: list[int] = []

    def dying(*args: Any, **values: Any) -> Any:
        calls.append(1)
        if len(calls) == 2:
            with transaction():
                write(*args, **values)
                raise KeyboardInterrupt
        return write(*args, **values)

    monkeypatch.setattr("organisations.services.import_organisations", dying)
    assert run(app, file).exit_code != 0
    assert Counter(table_states()) == {OrganisationState.ACTIVE: 200}
    monkeypatch.setattr("organisations.services.import_organisations", write)
    result = run(app, file)
    assert result.exit_code == 0
    assert "250 created, 0 changed, 200 unchanged" in result.output


def table_states() -> Iterable[OrganisationState]:
    return db.session.scalars(select(Organisation.state)).all()


@pytest.mark.shared_data
def test_real_bodies_with_their_quirks_enter_and_change_nothing_again(
    app: Flask, folder: Path, shared: Path
) -> None:
    source = shared / "data" / "reference" / "padigitale2026" / "enti_ipa.csv"
    lines = source.read_text(encoding="utf-8").splitlines(keepends=True)
    picked = [line for line in lines[1:] if line.startswith(("p_", "r_"))] + lines[1::60]
    sample = sorted(set(picked), key=lines.index)
    file = written(folder, lines[0] + "".join(sample))
    assert run(app, file).exit_code == 0
    stored = {one.ipa_code: one for one in db.session.scalars(select(Organisation))}
    rows = list(csv.DictReader([lines[0], *sample]))
    assert {row["codice_ipa"] for row in rows} == set(stored)
    for row in rows:
        assert stored[row["codice_ipa"]].name == " ".join(row["denominazione"].split())
        assert stored[row["codice_ipa"]].territory_id is not None
    assert stored["p_TN"].level is Level.AUTONOMOUS_PROVINCE
    before = everything()
    assert run(app, file).exit_code == 0
    assert everything() == before


@pytest.mark.soak
@pytest.mark.shared_data
@pytest.mark.timeout(900)
def test_the_whole_index_enters(
    app: Flask, folder: Path, shared: Path, record_property: Any
) -> None:
    source = shared / "data" / "reference" / "padigitale2026" / "enti_ipa.csv"
    report = folder / "esito.csv"
    result = run(app, source, "--report", report)
    assert result.exit_code == 0
    record_property("import of the whole index", result.output.splitlines()[-1])
    rows = reported(report)
    assert len(rows) == 9_537
    assert sum("is not known here; kept" in row["remarks"] for row in rows) == 432
    before = everything()
    assert run(app, source).exit_code == 0
    assert everything() == before
    assert values_of(body("Comune di Vinci")).territory_id is not None
