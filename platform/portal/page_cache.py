"""Pages for visitors, kept whole and answered before Flask is asked.

A page that was read without any session is the same for everybody who reads it in the same
language and text size, until something happens. Everything that happens is announced, in the
transaction that makes it true, as a row of ``events`` (``core.events``): the number of the newest
one is the version of the whole site. It is read before a page is rendered and again before it is
sent; a page of an older version is rendered anew. One change anywhere makes all kept pages old:
that costs a rendering each, and can never show what was taken back.
"""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from flask import Flask, Request
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.http import parse_cookie

from core import clock
from core.access import Access
from core.database import db
from core.i18n import LANGUAGE_KEY
from portal.pages import TEXT_SIZE_COOKIE, TEXT_SIZES

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

MOST_BYTES = 16 * 1024 * 1024
LARGEST_PAGE = 512 * 1024
# What a page takes beside its body (headers, the entry itself), roughly: without it, hundreds of
# thousands of answers of a few bytes would fit, and no limit of bytes would limit the memory.
BESIDE = 4 * 1024
# No page of ours has a longer address; who asks for one pays for it each time.
LONGEST_ADDRESS = 2_000
# What changes without a fact: the index catches up later, test mails are no facts, health is now;
# and files, which are sent piece by piece.
NOT_KEPT = frozenset(
    {
        "attachments.download",
        "attachments.thumbnail",
        "search.results",
        "notifications.test_mailbox",
        # Sent as they are made, however long they are.
        "organisations.export",
        "practices.export",
        "portal.text_size",
        "portal.alive",
        "portal.ready",
        "members.picture",
        "moderation.report",
        "notifications.unsubscribe",
    }
)
# Asked every few seconds by whoever watches over the site, and never kept.
_PROBES = frozenset({"/healthz", "/readyz"})
_NEWEST_EVENT = "SELECT max(id) FROM events"


@dataclass(frozen=True, slots=True)
class KeptPage:
    """A finished answer and the version of the site that it shows."""

    version: tuple[int, str]
    headers: list[tuple[str, str]]
    body: bytes
    etag: str

    @property
    def size(self) -> int:
        """What it takes of the memory, in bytes and roughly."""
        return len(self.body) + BESIDE


def init_app(app: Flask, *, enabled: bool) -> None:
    """Put the cache in front of the application."""
    if enabled:
        with app.app_context():
            engine = db.engine
        app.wsgi_app = PageCache(app.wsgi_app, engine, app)  # type: ignore[method-assign]


class PageCache:
    """WSGI: answers visitors from memory while nothing has happened."""

    def __init__(self, application: WSGIApplication, engine: Engine, app: Flask) -> None:
        self._application = application
        self._engine = engine
        self._session_cookie = app.config["SESSION_COOKIE_NAME"]
        self._views = app.view_functions
        self._pages: OrderedDict[tuple[str, ...], KeptPage] = OrderedDict()
        self._bytes = 0
        self._lock = threading.Lock()

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        key = self._key(environ)
        version = self._version() if key is not None else None
        if key is None or version is None:
            return self._application(environ, start_response)
        page = self._pages.get(key)
        if page is not None and page.version == version:
            return _send(page, environ, start_response)
        answer = self._render(environ, start_response, key, version)
        if isinstance(answer, KeptPage):
            return _send(answer, environ, start_response)
        return answer

    def _key(self, environ: WSGIEnvironment) -> tuple[str, ...] | None:
        """What a page depends on besides the version; None where it is not a visitor's reading."""
        if environ["REQUEST_METHOD"] not in ("GET", "HEAD"):
            return None
        if environ.get("PATH_INFO") in _PROBES:
            return None
        cookies = environ.get("HTTP_COOKIE", "")
        if self._session_cookie in cookies:
            return None
        path, query = environ.get("PATH_INFO", ""), environ.get("QUERY_STRING", "")
        if len(path) + len(query) > LONGEST_ADDRESS:
            return None
        return (
            environ["REQUEST_METHOD"],
            environ.get("wsgi.url_scheme", ""),
            environ.get("HTTP_HOST", ""),
            environ.get(LANGUAGE_KEY, ""),
            path,
            query,
            _text_size(cookies),
        )

    def _version(self) -> tuple[int, str] | None:
        """The newest event and the day (pages say "6 mesi fa"); None where nobody can tell."""
        try:
            connection = self._engine.raw_connection()
        except SQLAlchemyError:
            return None
        try:
            cursor = connection.cursor()
            cursor.execute(_NEWEST_EVENT)
            row = cursor.fetchone()
            cursor.close()
        except Exception:  # noqa: BLE001 - whatever the driver says, the page itself will tell
            return None
        finally:
            connection.close()
        return (row[0] or 0) if row else 0, clock.today().isoformat()

    def _render(
        self,
        environ: WSGIEnvironment,
        start_response: StartResponse,
        key: tuple[str, ...],
        version: tuple[int, str],
    ) -> KeptPage | Iterable[bytes]:
        """Ask the application; keep its answer where it may be kept, else pass it on."""
        said: list[Any] = []

        def listen(status: str, headers: Any, exc_info: Any = None) -> Callable[[bytes], object]:
            # Flask forgets its request before the answer comes back.
            said[:] = [status, headers, exc_info, self._is_for_all(environ)]
            return lambda _data: None

        answer = self._application(environ, listen)
        status, headers, exc_info, is_for_all = said
        if not is_for_all:
            start_response(status, headers, exc_info)
            return answer
        try:
            body = b"".join(answer)
        finally:
            close = getattr(answer, "close", None)
            if close is not None:
                close()
        if not _may_keep(status, headers, body):
            start_response(status, headers, exc_info)
            return [body]
        etag = f'"{hashlib.sha256(body).hexdigest()[:20]}"'
        kept = [h for h in headers if h[0].lower() not in ("x-request-id", "etag")]
        page = KeptPage(version, [*kept, ("ETag", etag)], body, etag)
        self._keep(key, page)
        return page

    def _is_for_all(self, environ: WSGIEnvironment) -> bool:
        """Whether the view that answered is one whose pages may be kept at all."""
        request: Request | None = environ.get("werkzeug.request")
        endpoint = request.endpoint if request is not None else None
        access: Access | None = getattr(self._views.get(endpoint or ""), "__access__", None)
        return access is not None and access.public and endpoint not in NOT_KEPT

    def _keep(self, key: tuple[str, ...], page: KeptPage) -> None:
        with self._lock:
            before = self._pages.pop(key, None)
            self._bytes += page.size - (before.size if before else 0)
            self._pages[key] = page
            while self._bytes > MOST_BYTES:
                _, oldest = self._pages.popitem(last=False)
                self._bytes -= oldest.size


def _may_keep(status: str, headers: Any, body: bytes) -> bool:
    if not status.startswith("200 ") or len(body) > LARGEST_PAGE:
        return False
    names = {name.lower(): value for name, value in headers}
    return "set-cookie" not in names and "no-store" not in names.get("cache-control", "")


def _send(
    page: KeptPage, environ: WSGIEnvironment, start_response: StartResponse
) -> Iterable[bytes]:
    if page.etag in environ.get("HTTP_IF_NONE_MATCH", ""):
        start_response("304 NOT MODIFIED", _without_body(page.headers))
        return []
    start_response("200 OK", list(page.headers))
    return [page.body]


def _without_body(headers: list[tuple[str, str]]) -> list[tuple[str, str]]:
    return [h for h in headers if h[0].lower() not in ("content-length", "content-type")]


def _text_size(cookies: str) -> str:
    if TEXT_SIZE_COOKIE not in cookies:
        return ""
    chosen = parse_cookie(cookies).get(TEXT_SIZE_COOKIE, "")
    return chosen if chosen in TEXT_SIZES else ""
