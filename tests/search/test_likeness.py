"""The port for features that compare texts: public documents alone, from the last commit."""

from __future__ import annotations

import pytest
from flask import Flask, current_app

from core.actor import SYSTEM
from core.references import Reference
from practices.models import PracticeState
from search.models import CURRENT
from search.queries.likeness import IndexUnavailable, TextStatistics
from search.queries.results import EXTENSION
from search.rules.likeness import words_of
from search.services.indexer import Indexer
from spaces.services import open_space
from tests.factories.practices import StoryFactory

SOUGHT = words_of("", "Un trasporto a chiamata per le valli", "it")


@pytest.fixture
def statistics(app: Flask) -> TextStatistics:
    return TextStatistics(current_app.extensions[EXTENSION])


def index() -> None:
    indexer = Indexer(current_app.config["GEMELLA"].index_folder)
    while indexer.step():
        pass
    indexer.close()


def test_it_knows_how_rare_words_are_and_who_has_them(
    app: Flask, statistics: TextStatistics
) -> None:
    with app.test_request_context():
        found = StoryFactory.make(solution_html="<p>Il trasporto a chiamata delle valli.</p>")
        other = StoryFactory.make(solution_html="<p>Un trasporto scolastico.</p>")
        for _ in range(8):
            StoryFactory.make()
        index()
    around = statistics.around(SOUGHT, "practice")
    assert set(around.likeness) == {found.id, other.id}
    assert around.likeness[found.id] > around.likeness[other.id]
    rare, common = around.rarities["vall"], around.rarities["trasport"]
    assert 1 >= rare > common > 0
    assert around.average > 1
    assert statistics.around(SOUGHT, "thread").likeness == {}


def test_what_not_everybody_may_find_is_not_among_them(
    app: Flask, statistics: TextStatistics
) -> None:
    text = "<p>Il trasporto a chiamata delle valli.</p>"
    with app.test_request_context():
        space = open_space(about=Reference("practice", 1), title="Riservato", by=SYSTEM)
        shown = StoryFactory.make(solution_html=text)
        StoryFactory.make(solution_html=text, state=PracticeState.DRAFT)
        StoryFactory.make(solution_html=text, space_id=space.id)
        StoryFactory.make()
        index()
    assert set(statistics.around(SOUGHT, "practice").likeness) == {shown.id}


def test_without_an_index_it_says_so(app: Flask, statistics: TextStatistics) -> None:
    assert not statistics.is_available()
    with pytest.raises(IndexUnavailable):
        statistics.around(SOUGHT, "practice")
    with app.test_request_context():
        StoryFactory.make()
        index()
    assert statistics.is_available()
    (current_app.config["GEMELLA"].index_folder / CURRENT).write_text("{")
    assert not statistics.is_available()
