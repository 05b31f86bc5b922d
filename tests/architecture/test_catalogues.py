"""The texts of code, templates and mails can be gathered for translation."""

from __future__ import annotations

import pytest
from babel.messages.catalog import Catalog
from flask import Flask

from tests.catalogues import gather


@pytest.fixture(scope="module")
def texts(tmp_path_factory: pytest.TempPathFactory) -> Catalog:
    return gather(tmp_path_factory.mktemp("texts"))


def test_texts_come_from_everywhere(texts: Catalog) -> None:
    places = {place.split("/")[0] for message in texts for place, _line in message.locations}
    assert places == {"platform", "templates"}
    assert texts.get("Enti") is not None, "a lazy text of a menu"
    assert texts.get("Quale intendi?") is not None, "a text of code"
    assert texts.get("Ancora nessuna attività") is not None, "a text of a template"
    assert texts.get("%(num)s ente") is not None, "a singular"
    assert texts.get("E-mail di lavoro") is not None, "a text marked with a short name"
    assert texts.get("Vai al contenuto") is not None, "a text of the frame"
    assert texts.get("Applica i filtri") is not None, "a text of a component"
    assert texts.get("Inizio", "data") is not None, "a text with its context"


def test_texts_are_one_line_with_typographic_apostrophes(texts: Catalog) -> None:
    singulars = [m.id if isinstance(m.id, str) else m.id[0] for m in texts if m.id]
    assert [text for text in singulars if "\n" in text] == []
    assert [text for text in singulars if "l'" in text] == []


def test_pages_look_texts_up_as_they_were_gathered(app: Flask) -> None:
    page = app.jinja_env.from_string("{% trans %}Una\n      riga{% endtrans %}")
    assert page.render() == "Una riga"
