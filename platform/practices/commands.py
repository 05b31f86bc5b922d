"""``gemella import practices``, ``gemella export practices`` and ``gemella matches rebuild``."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

import click
from flask import current_app
from flask.cli import AppGroup, with_appcontext
from rich.console import Console
from rich.progress import track

from core.actor import SYSTEM, VISITOR
from core.csv_export import csv_lines
from core.imports import Reader
from core.listing_commands import field_map, import_options, run_export, run_import
from members.queries import member_id_of
from practices import policies, rules, services
from practices.models import PracticeState
from practices.queries.candidates import count_matched
from practices.queries.export import HEADER, exported_stories
from practices.services.matching import match_everything
from search.queries.likeness import TextStatistics
from search.queries.results import EXTENSION as SEARCHER

matches = AppGroup("matches", help="Find out again which stories suit each other.")


@click.command("practices")
@import_options
@click.option(
    "--state",
    type=click.Choice([PracticeState.PUBLISHED.value, PracticeState.DRAFT.value]),
    default=PracticeState.PUBLISHED.value,
    show_default=True,
    help="What new stories are; those that are here already stay what they are.",
)
@click.option("--author", metavar="EMAIL", help="The member whose stories these are; else nobody.")
@with_appcontext
def import_practices(
    file: Path,
    form: str | None,
    told: tuple[str, ...],
    fixed: tuple[str, ...],
    source: str,
    dry_run: bool,
    report: Path | None,
    state: str,
    author: str | None,
) -> None:
    """Bring the stories of FILE into the catalogue, where search finds them."""
    author_id = member_id_of(author) if author else None
    if author and author_id is None:
        raise click.BadParameter(f"nobody has the address {author}", param_hint="--author")

    def understand(line: int, row: Mapping[str, Any]) -> rules.ImportedStory:
        return rules.read_story(line, row, source=source)

    write = partial(
        services.import_stories,
        by=SYSTEM,
        state=PracticeState(state),
        author_id=author_id,
        dry_run=dry_run,
    )
    # Texts are long: what is rendered and not yet written should be little.
    reader = Reader(field_map(rules.STORY_COLUMNS, told, fixed), understand, write, batch=50)
    run_import(reader, file, form, dry_run=dry_run, report=report)


@click.command("practices")
@click.argument("target", metavar="FILE")
@click.option("--archived", is_flag=True, help="Also what is archived; the column state tells it.")
@with_appcontext
def export_practices(target: str, archived: bool) -> None:
    """Write the catalogue, as visitors have it, to FILE as CSV, or to standard output for "-"."""
    # An archived story has left the catalogue, but everybody may read it.
    conditions = [policies.visible_to(VISITOR)] if archived else None
    run_export(target, lambda: csv_lines(HEADER, exported_stories(VISITOR, conditions)))


@matches.command()
def rebuild() -> None:
    """Compare all stories anew, as after another tree of themes; what people decided stays.

    The site may be running; the worker compares what changes by itself.
    """
    statistics = TextStatistics(current_app.extensions[SEARCHER])
    compared = match_everything(statistics)
    stories = count_matched()
    # Errors and progress go where they do not mix with what a script reads.
    console = Console(stderr=True)
    done = sum(1 for _ in track(compared, total=stories, description="stories", console=console))
    click.echo(f"{done} stories compared")
