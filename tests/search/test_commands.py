"""``gemella search``: build the index whether the site runs or not, and ask it."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator

import pytest
from flask import Flask

from search.models import read_pointer
from search.services.indexer import Indexer
from tests.factories.organisations import OrganisationFactory


@pytest.fixture
def body(app: Flask) -> str:
    return str(OrganisationFactory(name="Ambito sociale di Prova Alta").name)


@pytest.fixture
def worker(app: Flask) -> Iterator[None]:
    """An indexer at work, as beside a running site."""
    indexer = Indexer(app.config["GEMELLA"].index_folder)
    stop = threading.Event()

    def work() -> None:
        while not stop.is_set():
            with app.test_request_context():
                indexer.step()
            stop.wait(0.02)

    with app.test_request_context():
        indexer.step()  # from here on it holds the index
    thread = threading.Thread(target=work)
    thread.start()
    yield
    stop.set()
    thread.join(timeout=20)
    indexer.close()


def generation(app: Flask) -> str:
    return read_pointer(app.config["GEMELLA"].index_folder).generation


def test_the_index_is_built_and_asked(app: Flask, body: str) -> None:
    runner = app.test_cli_runner()
    built = runner.invoke(args=["search", "rebuild"])
    assert built.exit_code == 0, built.output
    first = generation(app)
    assert runner.invoke(args=["search", "rebuild"]).exit_code == 0
    assert generation(app) != first
    asked = runner.invoke(args=["search", "query", "prova alta", "--json"])
    assert [hit["title"] for hit in json.loads(asked.output)["hits"]] == [body]


def test_questions_are_read_line_by_line(app: Flask, body: str) -> None:
    runner = app.test_cli_runner()
    runner.invoke(args=["search", "rebuild"])
    asked = runner.invoke(
        args=["search", "query", "-", "--json", "--limit", "1"], input="prova\n\naltrove\n"
    )
    answers = [json.loads(line) for line in asked.output.splitlines()]
    assert [(answer["query"], len(answer["hits"])) for answer in answers] == [
        ("prova", 1),
        ("altrove", 0),
    ]


@pytest.mark.usefixtures("worker")
def test_a_running_worker_is_asked_to_build(app: Flask, body: str) -> None:
    built = app.test_cli_runner().invoke(args=["search", "rebuild"])
    assert built.exit_code == 0, built.output
    assert "its worker was asked" in built.output
    before = generation(app)
    assert app.test_cli_runner().invoke(args=["search", "rebuild"]).exit_code == 0
    assert generation(app) != before
