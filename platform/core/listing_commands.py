"""What the commands ``gemella import …`` and ``gemella export …`` of all features share.

An import shows its progress where a terminal looks on, says what became of every row that needs a
look, and ends with 0 (all is well), 1 (rows were refused) or 2 (the file or the command is wrong).
"""

from __future__ import annotations

import csv
import os
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO, Any, TypeVar

import click
from flask import Flask, current_app
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from core.csv_export import harmless
from core.imports import Outcome, Reader, RowResult
from core.registry import settings
from core.rows import CSV, JSON_LINES, Column, FieldMap, UnknownFormat, format_of, read_rows
from core.transactions import Busy

IMPORTS = "import"
EXPORTS = "export"
_GROUPS = {
    IMPORTS: "Bring in lists that others keep (docs/import.md).",
    EXPORTS: "Write lists as CSV.",
}
MOST_SHOWN = 20
REPORT_HEADER = ("line", "id", "name", "outcome", "remarks")
# Neither is read as a fault by who looks on: nothing changed, or all went in.
_SILENT = (Outcome.CREATED, Outcome.CHANGED, Outcome.UNCHANGED)

F = TypeVar("F", bound=Callable[..., Any])


def add_listing_command(app: Flask, group: str, command: click.Command) -> None:
    """Put a feature's command below ``gemella import`` or ``gemella export``."""
    known = app.cli.commands.get(group)
    if not isinstance(known, click.Group):
        known = click.Group(group, help=_GROUPS[group])
        app.cli.add_command(known)
    known.add_command(command)


_IMPORT_OPTIONS: tuple[Callable[[Any], Any], ...] = (
    click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path)),
    click.option(
        "--format", "form", type=click.Choice([CSV, JSON_LINES]),
        help="What the file is, where its name does not end in .csv or .jsonl.",
    ),
    click.option(
        "--map", "told", multiple=True, metavar="OURS=THEIRS",
        help="A column of another name; can be given again.",
    ),
    click.option(
        "--set", "fixed", multiple=True, metavar="OURS=TEXT",
        help="One text for all rows; {name} stands for a value of the row.",
    ),
    click.option(
        "--origin", "source", default="import", show_default=True,
        help="What the list is called: ids are known again within it.",
    ),
    click.option("--dry-run", is_flag=True, help="Say what would happen; write nothing."),
    click.option(
        "--report", type=click.Path(dir_okay=False, writable=True, path_type=Path),
        help="Write what became of each row to this file, as CSV.",
    ),
)  # fmt: skip


def import_options(command: F) -> F:
    """The arguments that every import takes."""
    for decorate in reversed(_IMPORT_OPTIONS):
        command = decorate(command)
    return command


def field_map(columns: Iterable[Column], told: Iterable[str], fixed: Iterable[str]) -> FieldMap:
    """The columns as the options say; end with 2 where they name one that there is not."""
    try:
        return FieldMap.of(tuple(columns), told, fixed)
    except UnknownFormat as error:
        raise click.UsageError(str(error)) from error


def run_import(
    reader: Reader[Any], file: Path, form: str | None, *, dry_run: bool, report: Path | None
) -> None:
    """Read the file, show how it goes, say what became of the rows; end the process."""
    try:
        form = form or format_of(file)
    except UnknownFormat as error:
        raise click.UsageError(str(error)) from error
    started = time.monotonic()
    counts: Counter[Outcome] = Counter()
    shown = 0
    try:
        with ExitStack() as stack:
            # Documents and facts hold addresses of the site.
            stack.enter_context(current_app.test_request_context(base_url=settings().base_url))
            note = stack.enter_context(_reporting(report)) if report else None
            advance = stack.enter_context(_progress(file))
            for result in reader.results(read_rows(file, form)):
                counts[result.outcome] += 1
                advance(result.read)
                if note:
                    note(result)
                if result.remarks or result.outcome not in _SILENT:
                    shown += 1
                    if shown <= MOST_SHOWN:
                        click.echo(_said(result), err=True)
    except Busy as error:
        raise click.ClickException(
            "the database is busy: nothing of the last rows was kept; run the import again"
        ) from error
    if shown > MOST_SHOWN:
        where = report or "--report FILE"
        click.echo(f"… and {shown - MOST_SHOWN} more remarks: see {where}", err=True)
    _sum_up(counts, time.monotonic() - started, dry_run=dry_run)
    if not counts:
        click.echo("The file has no rows.", err=True)
    sys.exit(1 if counts[Outcome.REFUSED] or not counts else 0)


def _sum_up(counts: Counter[Outcome], seconds: float, *, dry_run: bool) -> None:
    told = ", ".join(f"{counts[outcome]} {outcome}" for outcome in Outcome)
    rows = sum(counts.values())
    click.echo(f"{rows} rows: {told}; {rows / max(seconds, 0.001):.0f} rows/s")
    if dry_run:
        click.echo("A dry run: nothing was written.")


def _said(result: RowResult) -> str:
    named = " ".join(part for part in (result.external_id, result.name) if part)
    remarks = "; ".join(result.remarks)
    return _printable(f"line {result.line}: {result.outcome}: {named[:100]} – {remarks}")


def _printable(text: str) -> str:
    """Without what would move a terminal's cursor or colour."""
    return "".join(c if c.isprintable() else "�" for c in text)


@contextmanager
def _progress(file: Path) -> Iterator[Callable[[int], None]]:
    """A bar by bytes read, on a terminal alone."""
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.percentage:.0f}%"))
    console = Console(stderr=True)
    total = max(file.stat().st_size, 1)
    with Progress(
        *columns,
        TimeRemainingColumn(),
        console=console,
        disable=not console.is_terminal,
        redirect_stdout=False,
        redirect_stderr=False,
    ) as bar:
        task = bar.add_task(file.name, total=total)
        yield lambda read: bar.update(task, completed=read or total)


@contextmanager
def _reporting(path: Path) -> Iterator[Callable[[RowResult], None]]:
    with written_whole(path) as file:
        writer = csv.writer(_Encoding(file))
        writer.writerow(REPORT_HEADER)

        def note(result: RowResult) -> None:
            cells = (str(result.line), result.external_id, result.name, result.outcome.value)
            writer.writerow([harmless(cell) for cell in (*cells, "; ".join(result.remarks))])

        yield note


class _Encoding:
    """What ``csv.writer`` writes to, as UTF-8."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file

    def write(self, text: str) -> None:
        # A name may hold what no text can: then it is marked, and the report goes on.
        self._file.write(text.encode("utf-8", "replace"))


@contextmanager
def written_whole(path: Path) -> Iterator[IO[bytes]]:
    """A file that is there whole or, where something goes wrong, as it was before."""
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        # As any new file would be, and not for its owner alone.
        mask = os.umask(0)
        os.umask(mask)
        Path(temporary).chmod(0o666 & ~mask)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def run_export(target: str, lines: Callable[[], Iterable[bytes]]) -> None:
    """Write the lines to a file, or to standard output for ``-``; say how many rows there are.

    A file is there whole or not at all; where standard output ends too early the exit status says
    so.
    """
    rows = -1  # the header is none
    with current_app.test_request_context(base_url=settings().base_url), ExitStack() as stack:
        if target == "-":
            out: IO[bytes] = sys.stdout.buffer
        else:
            out = stack.enter_context(written_whole(Path(target)))
        for line in lines():
            out.write(line)
            rows += 1
        out.flush()
    click.echo(f"{rows} rows", err=True)
