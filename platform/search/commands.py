"""Search on the command line: build the index again, ask it, one question or many."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import click
from flask import current_app
from flask.cli import AppGroup
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bar

from core.actor import VISITOR
from search.models import ForeignIndexer, IndexerRunning
from search.queries.results import EXTENSION, SearchPage, find
from search.queries.searcher import Searcher
from search.services.indexer import Indexer, Progress, ask_for_rebuild

search = AppGroup("search", help="Build the search index again, or ask it.")


@search.command()
def rebuild() -> None:
    """Build the index again from the database; the old one serves meanwhile.

    While the site is running its worker holds the index: it is asked to do the work instead.
    """
    settings = current_app.config["GEMELLA"]
    # Documents hold addresses of the site.
    with current_app.test_request_context(base_url=settings.base_url):
        try:
            _show(_rebuild(settings.index_folder))
        except IndexerRunning:
            click.echo("The site is running: its worker was asked to build the index.", err=True)
            _show(ask_for_rebuild(settings.index_folder))
        except ForeignIndexer as error:
            raise click.ClickException(str(error)) from error


@search.command()
@click.argument("text")
@click.option("--limit", default=10, show_default=True, type=click.IntRange(1, 20))
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a question.")
def query(text: str, limit: int, as_json: bool) -> None:
    """Search for TEXT as a visitor would; "-" reads one question a line from standard input."""
    for question in _questions(text):
        page = _ask(question)
        if as_json:
            click.echo(json.dumps(_as_json(page, limit), ensure_ascii=False))
        else:
            _print(page, limit)


def _rebuild(folder: Path) -> Iterator[Progress]:
    indexer = Indexer(folder)
    try:
        yield from indexer.rebuild()
    finally:
        indexer.close()


def _show(steps: Iterator[Progress]) -> None:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Bar(*columns, TimeRemainingColumn()) as bar:
        task = bar.add_task("documents", total=None)
        for step in steps:
            bar.update(task, completed=step.done, total=step.total)


def _questions(text: str) -> Iterator[str]:
    if text != "-":
        yield text
        return
    for line in sys.stdin:
        if line.strip():
            yield line.strip()


def _ask(question: str) -> SearchPage:
    settings = current_app.config["GEMELLA"]
    searcher: Searcher = current_app.extensions[EXTENSION]
    with current_app.test_request_context(base_url=settings.base_url):
        return find(searcher, settings.index_folder, question, VISITOR, kind=None, page=1)


def _as_json(page: SearchPage, limit: int) -> dict[str, object]:
    return {
        "query": page.query,
        "hits": [
            {
                "kind": found.reference.kind,
                "id": found.reference.id,
                "title": found.title,
                "url": found.url,
                "score": round(found.score, 4),
            }
            for found in page.found[:limit]
        ],
    }


def _print(page: SearchPage, limit: int) -> None:
    if page.degraded:
        click.echo("The index is not there: only titles were searched.", err=True)
    click.echo(f"{page.query}: {page.total}")
    for found in page.found[:limit]:
        click.echo(f"{found.score:8.2f}  {found.reference.kind:<13} {found.title}  {found.url}")
