"""The commands that keep an installation whole."""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path

import click
from flask import Flask, current_app
from flask.cli import with_appcontext

from core.config import Settings
from core.events import announce
from core.transactions import transaction
from portal.keeping import consistency
from portal.keeping.backup import back_up
from portal.keeping.backup import restore as bring_back
from portal.keeping.findings import Finding
from portal.setup import is_prepared
from portal.signals import InstallationMended

_MOST_LINES = 20

_archive = click.Path(dir_okay=False, path_type=Path)


@click.command("backup")
@click.argument("file", type=_archive)
@click.option("--force", is_flag=True, help="Replace the file if it exists.")
@with_appcontext
def backup(file: Path, force: bool) -> None:
    """Write database, files and secret key to FILE, while the site serves."""
    if file.exists() and not force:
        raise click.ClickException(f"{file} exists; --force replaces it")
    if not file.absolute().parent.is_dir():
        raise click.ClickException(f"there is no folder {file.absolute().parent}")
    try:
        manifest = back_up(current_app.config["GEMELLA"], file.absolute())
    except OSError as error:
        raise click.ClickException(f"{file} could not be written: {error.strerror}") from error
    click.echo(
        f"{file}: {file.stat().st_size} bytes, {sum(manifest.counts.values())} rows,"
        f" {len(manifest.members)} members, schema {manifest.schema}"
    )


@click.command("restore")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--force", is_flag=True, help="Replace everything that this installation holds.")
@with_appcontext
def restore(file: Path, force: bool) -> None:
    """Bring back what "backup" wrote to FILE; the site may serve meanwhile."""
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
    with app.test_request_context(base_url=app.config["GEMELLA"].base_url):
        for line in bring_back(app, file, force=force):
            click.echo(line)


@click.command("check-consistency")
@click.option("--repair", is_flag=True, help="Mend what can be mended without losing anything.")
@with_appcontext
def check_consistency(repair: bool) -> None:
    """Compare database, index, files, outbox and references; exit 1 where they disagree."""
    settings: Settings = current_app.config["GEMELLA"]
    if not is_prepared():
        raise click.ClickException('the database is not up to date: run "gemella migrate" first')
    with current_app.test_request_context(base_url=settings.base_url):
        found = list(consistency.findings(settings))
        _report(found)
        if not found:
            return
        if repair:
            left = _mend(found)
            sys.exit(1 if left else 0)
        mendable = sum(finding.mend is not None for finding in found)
        if mendable:
            click.echo(f"{mendable} of them can be mended: gemella check-consistency --repair")
        sys.exit(1)


def _mend(found: list[Finding]) -> int:
    """Mend, say what was done, return how many findings need a person."""
    mended = consistency.mend(found)
    if mended:
        with transaction():
            announce(InstallationMended())
    left = len(found) - mended
    click.echo(f"mended: {mended}; left: {left}")
    if any(finding.area == "index" and finding.mend for finding in found):
        click.echo("the worker brings the index up to date; check again when it has run")
    return left


def _report(found: list[Finding]) -> None:
    shown: Counter[str] = Counter()
    for finding in found:
        shown[finding.area] += 1
        if shown[finding.area] <= _MOST_LINES:
            hint = "" if finding.mend is None else " [can be mended]"
            click.echo(f"{finding.area}: {finding.text}{hint}")
    for area, count in shown.items():
        if count > _MOST_LINES:
            click.echo(f"{area}: … and {count - _MOST_LINES} more")
    if not found:
        click.echo("everything agrees")
