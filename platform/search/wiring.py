"""Connect search: its page, its commands, its place among the outbox's consumers."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Flask

from core.contracts import Consumer, Delivery
from core.registry import registry_of
from search import commands, views
from search.models import CONSUMER
from search.queries.documents import wants
from search.queries.results import EXTENSION
from search.queries.searcher import Searcher


def init_app(app: Flask) -> None:
    known = registry_of(app)
    app.register_blueprint(views.blueprint)
    app.cli.add_command(commands.search)
    app.extensions[EXTENSION] = Searcher(app.config["GEMELLA"].index_folder)
    known.add_consumer(
        Consumer(name=CONSUMER, wants=lambda fact: wants(fact, known), handle=_only_the_indexer)
    )


def _only_the_indexer(_deliveries: Sequence[Delivery]) -> None:
    raise RuntimeError("these rows are for the one indexer alone")
