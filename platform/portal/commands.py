"""The command line ``gemella``: serve, work, migrate, load the demo; features add theirs."""

from __future__ import annotations

import os
import sys

import click
from flask import Flask, current_app
from flask.cli import FlaskGroup, with_appcontext
from sqlalchemy.exc import OperationalError

from core.config import ConfigurationError, Settings
from core.flags import DEMO, flag
from portal import serving, worker
from portal.demo import load_demo
from portal.demo.accounts import announce_accounts
from portal.factory import create_app
from portal.keeping.commands import backup, check_consistency, restore
from portal.setup import is_prepared, prepare_database


class Gemella(FlaskGroup):
    """A group that builds the application once, and says in one line what is wrong with it."""

    def __init__(self) -> None:
        super().__init__(
            name="gemella",
            help="Gemella: knowledge sharing and twinning for public administrations.",
            create_app=create_app,
            add_default_commands=False,
            add_version_option=False,
            load_dotenv=False,
            set_debug_flag=False,
        )
        # The application is this one; Flask's own options to choose another have no place here.
        self.params = []
        for command in (serve, work, migrate, demo, backup, restore, check_consistency):
            self.add_command(command)


@click.command("serve")
@click.option("--host", envvar="HOST", default="127.0.0.1", show_default=True)
@click.option(
    "--port", envvar="PORT", default=8000, show_default=True, type=click.IntRange(1, 65535)
)
@click.option("--workers", default=2, show_default=True, type=click.IntRange(1, 64))
@with_appcontext
def serve(host: str, port: int, workers: int) -> None:
    """Serve the site: web workers and the background worker, until Ctrl-C."""
    # The processes below read their settings anew: links in mails and feeds lead to this port.
    os.environ["PORT"] = str(port)
    settings: Settings = current_app.config["GEMELLA"]
    if not is_prepared():
        raise click.ClickException('the database is not up to date: run "gemella migrate" first')
    is_demo = flag(DEMO) is not None
    serving.refuse_public_demo(host, settings, is_demo=is_demo)
    click.echo(f"Gemella: http://{serving.shown_host(host)}:{port}")
    if is_demo:
        announce_accounts(settings)
    elif settings.smtp is None:
        click.echo("No mail server (GEMELLA_SMTP_URL): mails wait in their queue.", err=True)
    sys.exit(serving.supervise(host=host, port=port, workers=workers, settings=settings))


@click.command("worker")
@with_appcontext
def work() -> None:
    """Run the background worker alone: index, mail. Started by "serve"."""
    sys.exit(worker.run(current_app._get_current_object()))  # type: ignore[attr-defined]


@click.command("migrate")
@with_appcontext
def migrate() -> None:
    """Bring the database to this version and load territories, themes and programmes."""
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
    for line in prepare_database(app):
        click.echo(line)


@click.command("demo")
@click.option("--if-empty", is_flag=True, help="Do nothing where there is any member already.")
@with_appcontext
def demo(if_empty: bool) -> None:
    """Load the demo: TrePu and its neighbours, with accounts to try every role."""
    settings: Settings = current_app.config["GEMELLA"]
    with current_app.test_request_context(base_url=settings.base_url):
        for line in load_demo(settings, if_empty=if_empty):
            click.echo(line)


def main() -> None:
    """The entry point of the console script."""
    try:
        Gemella().main(prog_name="gemella", standalone_mode=True)
    except ConfigurationError as error:
        click.echo(f"gemella: {error}", err=True)
        sys.exit(2)
    except OperationalError as error:
        click.echo(f"gemella: the database cannot be used: {error.orig}", err=True)
        sys.exit(1)
