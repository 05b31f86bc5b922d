"""Senders whose requests never arrive whole must not stop the site for everybody else.

Granian starts a request's thread once its head is there; what is sent with it is awaited in that
thread, without end. Few senders that stop in the middle, or lose their line, would hold all of them
(its issue 728). So one thread of each worker is kept from waiting: while the others do, what comes
with a body is answered 503 at once, and pages are read as ever. A proxy that takes requests in
whole before it passes them on (``docs/operations.md``) leaves nothing to wait for.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any, Protocol

from werkzeug.exceptions import ServiceUnavailable

from core.places import Full, Places

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment


class Input(Protocol):
    """What a server lets applications read a request's body from."""

    def read(self, size: int = -1, /) -> bytes: ...
    def readline(self, size: int = -1, /) -> bytes: ...


class SlowSenders:
    """WSGI: hands out places to who reads what was sent with a request."""

    def __init__(self, application: WSGIApplication, *, threads: int) -> None:
        self._application = application
        self._places = Places(max(threads - 1, 1))

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if environ["REQUEST_METHOD"] in ("GET", "HEAD"):
            return self._application(environ, start_response)
        body = AwaitedBody(environ["wsgi.input"], _length(environ), self._places)
        environ["wsgi.input"] = body
        try:
            return self._application(environ, start_response)
        finally:
            body.let_go()


class AwaitedBody:
    """A request's body; whoever reads it has a place until all of it is there."""

    def __init__(self, inner: Input, length: int | None, places: Places) -> None:
        self._inner = inner
        self._missing = length
        self._places = places
        self._has_place = False

    def read(self, size: int | None = -1, /) -> bytes:
        wanted = -1 if size is None else size
        return self._noted(self._awaited().read(wanted), wanted)

    def readline(self, size: int | None = -1, /) -> bytes:
        line = self._awaited().readline(-1 if size is None else size)
        return self._noted(line, len(line) if line else -1)

    def readlines(self, hint: int = -1, /) -> list[bytes]:
        return list(self)

    def __iter__(self) -> Iterator[bytes]:
        return iter(self.readline, b"")

    def let_go(self) -> None:
        """Give the place back, however the reading ended."""
        if self._has_place:
            self._has_place = False
            self._places.leave(id(self))

    def _awaited(self) -> Any:
        if not self._has_place and self._missing != 0:
            try:
                self._places.take(id(self))
            except Full as full:
                raise ServiceUnavailable from full
            self._has_place = True
        return self._inner

    def _noted(self, piece: bytes, wanted: int) -> bytes:
        if self._missing is not None:
            self._missing = max(self._missing - len(piece), 0)
        if len(piece) < wanted or wanted < 0 or not piece:
            self._missing = 0
        if self._missing == 0:
            self.let_go()
        return piece


def _length(environ: WSGIEnvironment) -> int | None:
    """What the sender announced; None where it did not, or nonsense."""
    said = environ.get("CONTENT_LENGTH") or ""
    return int(said) if said.isascii() and said.isdigit() and len(said) < 16 else None
