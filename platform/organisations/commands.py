"""``gemella import organisations`` and ``gemella export organisations``."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

import click
from flask.cli import with_appcontext

from core.actor import SYSTEM
from core.csv_export import csv_lines
from core.imports import Reader
from core.listing_commands import field_map, import_options, run_export, run_import
from organisations import queries, rules, services


@click.command("organisations")
@import_options
@with_appcontext
def import_organisations(
    file: Path,
    form: str | None,
    told: tuple[str, ...],
    fixed: tuple[str, ...],
    source: str,
    dry_run: bool,
    report: Path | None,
) -> None:
    """Enter the bodies of FILE in the register, such as those of the public index (IPA)."""

    def understand(line: int, row: Mapping[str, Any]) -> rules.ImportedOrganisation:
        return rules.read_row(line, row, source=source)

    write = partial(services.import_organisations, by=SYSTEM, dry_run=dry_run)
    reader = Reader(field_map(rules.COLUMNS, told, fixed), understand, write)
    run_import(reader, file, form, dry_run=dry_run, report=report)


@click.command("organisations")
@click.argument("target", metavar="FILE")
@with_appcontext
def export_organisations(target: str) -> None:
    """Write the register to FILE as CSV, or to standard output for "-"."""
    run_export(
        target,
        lambda: csv_lines(
            queries.HEADER, queries.exported_organisations(queries.RegisterFilters())
        ),
    )
