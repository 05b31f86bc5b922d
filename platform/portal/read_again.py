"""Pages that a member reads again, answered before Flask is asked.

Such a page came from memory (``core.kept``), and all that was asked of the database for it went
through ``core.statements``: who reads, with what rights, what is newest, what the reader has to do
with it. The same questions are asked again each time. As long as every answer is the same to the
letter, so is the page, but for the key of its form; whatever differs, or cannot be asked, goes to
Flask.

Once a minute Flask is asked in any case: it looks after the age of cookies and notes the use of
sessions.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from flask import Flask
from sqlalchemy import Engine

from core import clock
from core.database import db
from core.i18n import LANGUAGE_KEY
from core.kept import RECIPE, Recipe, kept_pages
from core.statements import NOTES, Asked

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

HOLDS_FOR = timedelta(minutes=1)
MOST = 2_000
LONGEST_COOKIES = 2_000
LONGEST_ADDRESS = 2_000


@dataclass(frozen=True, slots=True)
class Known:
    """An answer that may be given again: how it is made, and what was asked before it was."""

    recipe: Recipe
    asked: Asked
    headers: list[tuple[str, str]]
    until: datetime


def init_app(app: Flask) -> None:
    app.wsgi_app = ReadAgain(app.wsgi_app, app)  # type: ignore[method-assign]


class ReadAgain:
    """WSGI: below what is said of every answer and the log, above Flask."""

    def __init__(self, application: WSGIApplication, app: Flask) -> None:
        self._application = application
        self._app = app
        self._session_cookie = app.config["SESSION_COOKIE_NAME"]
        self._engine: Engine | None = None
        self._known: OrderedDict[tuple[str, ...], Known] = OrderedDict()
        self._lock = threading.Lock()

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        key = self._key(environ)
        if key is None:
            return self._application(environ, start_response)
        known = self._known.get(key)
        page = None if known is None else self._again(known)
        if known is not None and page is not None:
            body = page.encode()
            start_response("200 OK", [*known.headers, ("Content-Length", str(len(body)))])
            return [body]
        return self._ask(environ, start_response, key)

    def _key(self, environ: WSGIEnvironment) -> tuple[str, ...] | None:
        """All of a request that a page may depend on; None where nobody has signed in."""
        cookies = environ.get("HTTP_COOKIE", "")
        if (
            self._session_cookie not in cookies
            or environ["REQUEST_METHOD"] != "GET"
            or len(cookies) > LONGEST_COOKIES
            or len(environ.get("PATH_INFO", "") + environ.get("QUERY_STRING", "")) > LONGEST_ADDRESS
            or not self._app.config["GEMELLA"].page_cache
        ):
            return None
        return (
            environ.get("wsgi.url_scheme", ""),
            environ.get("HTTP_HOST", ""),
            environ.get("SCRIPT_NAME", ""),
            environ.get(LANGUAGE_KEY, ""),
            environ.get("PATH_INFO", ""),
            environ.get("QUERY_STRING", ""),
            cookies,
        )

    def _again(self, known: Known) -> str | None:
        """The page, where everything is answered as it was."""
        if clock.now() >= known.until:
            return None
        if self._engine is None:
            with self._app.app_context():
                self._engine = db.engine
        # Who listens to statements is told of them by Flask's way.
        if self._engine.dispatch.before_cursor_execute:
            return None
        try:
            connection = self._engine.raw_connection()
            try:
                alike = known.asked.is_answered_alike(connection)
            finally:
                connection.close()
        except Exception:  # noqa: BLE001 - whatever the driver says, the page itself will tell
            return None
        return known.recipe.page(kept_pages(self._app)) if alike else None

    def _ask(
        self, environ: WSGIEnvironment, start_response: StartResponse, key: tuple[str, ...]
    ) -> Iterable[bytes]:
        """Ask Flask; remember the answer where it came from memory, and nothing else was asked."""
        recipes: list[Recipe] = []
        asked = Asked()
        environ[RECIPE], environ[NOTES] = recipes, asked

        def start(status: str, headers: Any, exc_info: Any = None) -> Callable[[bytes], object]:
            if status.startswith("200 ") and len(recipes) == 1 and asked.all_of_it:
                self._keep(key, recipes[0], asked, headers)
            return start_response(status, headers, exc_info)

        return self._application(environ, start)

    def _keep(
        self, key: tuple[str, ...], recipe: Recipe, asked: Asked, headers: list[tuple[str, str]]
    ) -> None:
        said = {name.lower() for name, _ in headers}
        if "set-cookie" in said:
            return
        kept = [header for header in headers if header[0].lower() != "content-length"]
        with self._lock:
            self._known[key] = Known(recipe, asked, kept, clock.now() + HOLDS_FOR)
            self._known.move_to_end(key)
            while len(self._known) > MOST:
                self._known.popitem(last=False)
