"""``gemella import threads``."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

import click
from flask.cli import with_appcontext

from core.actor import SYSTEM
from core.imports import Reader
from core.listing_commands import field_map, import_options, run_import
from forum import services
from forum.rules.importing import COLUMNS, ImportedThread, read_thread


@click.command("threads")
@import_options
@with_appcontext
def import_threads(
    file: Path,
    form: str | None,
    told: tuple[str, ...],
    fixed: tuple[str, ...],
    source: str,
    dry_run: bool,
    report: Path | None,
) -> None:
    """Bring the discussions of FILE into the general forum, with their authors and dates."""

    def understand(line: int, row: Mapping[str, Any]) -> ImportedThread:
        return read_thread(line, row, source=source)

    write = partial(services.import_threads, by=SYSTEM, dry_run=dry_run)
    reader = Reader(field_map(COLUMNS, told, fixed), understand, write, batch=services.IMPORT_BATCH)
    run_import(reader, file, form, dry_run=dry_run, report=report)
