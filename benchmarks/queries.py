"""Count the SQL statements of pages, against a site's own data."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from sqlalchemy import event
from tests.visitor import Visitor
from tests.whole_site import Site

from core.config import Settings
from core.database import db
from portal.factory import create_app

_CONTROL = ("BEGIN", "COMMIT", "ROLLBACK", "PRAGMA")


def count_queries(site: Site, paths: list[str]) -> Iterator[tuple[str, int, int]]:
    """For each path: the statements of a visitor's page and of a member's."""
    # Without the cache of pages: what a page costs when it is rendered.
    app = create_app(replace(Settings.from_environment(site.environment), page_cache=False))
    statements: list[str] = []

    def note(_c: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if not statement.startswith(_CONTROL):
            statements.append(statement)

    with app.app_context():
        event.listen(db.engine, "before_cursor_execute", note)
        visitor, member = Visitor(app), Visitor(app)
        member.sign_in("verificato@demo.gemella.example")
        for path in paths:
            counts = []
            for browser in (visitor, member):
                browser.get(path)  # what is read once a process does not count
                statements.clear()
                response = browser.get(path)
                assert response.status_code == 200, (path, response.status)
                counts.append(len(statements))
            yield path, counts[0], counts[1]
