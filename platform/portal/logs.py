"""Structured logs: one line a request, with an id that the visitor can quote."""

from __future__ import annotations

import contextlib
import json
import logging
import random
import re
import sys
import time
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any, TextIO, cast

import structlog
from flask import Flask, has_request_context, request

from core.config import Settings

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

REQUEST_ID = "gemella.request_id"
# What needs no quotation marks in a line of ``key=value``.
_PLAIN = re.compile(r"[!#-<>-\[\]-~]+")
# The signed part of a link in a mail (``core.tokens``): who may read logs must not be let in by it.
_SHORTEST_SIGNED = 36
_SIGNED = re.compile(r"[\w.-]+\.[\w-]{6}\.[\w-]{27}", re.ASCII)


def init_app(app: Flask, settings: Settings) -> None:
    configure(settings)
    app.wsgi_app = RequestLog(app.wsgi_app, settings)  # type: ignore[method-assign]


class RequestLog:
    """WSGI: name each request, and write one line when its answer begins.

    Below Flask, and without the processors of other lines: every request pays for this.
    """

    def __init__(self, application: WSGIApplication, settings: Settings) -> None:
        self._application = application
        self._stream = None if settings.testing else Unfailing(sys.stderr)
        self._line = _json_line if settings.log_format == "json" else _logfmt_line

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        # Names a request, guards nothing: it need not be hard to guess.
        number = environ[REQUEST_ID] = f"{random.getrandbits(48):012x}"
        began = time.perf_counter()

        def start(status: str, headers: Any, exc_info: Any = None) -> Callable[[bytes], object]:
            if self._stream is not None:
                elapsed = (time.perf_counter() - began) * 1000
                self._stream.write(self._line(environ, status[:3], elapsed, number))
            return start_response(status, [*headers, ("X-Request-Id", number)], exc_info)

        return self._application(environ, start)


def request_id() -> str:
    """The name of the request that is being answered."""
    return str(request.environ.get(REQUEST_ID, "-"))


def _path(environ: WSGIEnvironment) -> str:
    path: str = environ.get("PATH_INFO", "")
    if not path.isascii():
        path = path.encode("latin-1").decode("utf-8", "replace")
    return _SIGNED.sub("***", path) if len(path) > _SHORTEST_SIGNED else path


def _logfmt_line(environ: WSGIEnvironment, status: str, ms: float, number: str) -> str:
    path = _path(environ)
    # JSON's marks hold whatever would break a line: nobody writes a line of their own.
    shown = path if _PLAIN.fullmatch(path) else json.dumps(path)
    return (
        f"method={environ['REQUEST_METHOD']} path={shown} status={status} ms={ms:.1f}"
        f" event=request request_id={number} level=info timestamp={_now()}\n"
    )


def _json_line(environ: WSGIEnvironment, status: str, ms: float, number: str) -> str:
    line = {
        "method": environ["REQUEST_METHOD"],
        "path": _path(environ),
        "status": int(status),
        "ms": round(ms, 1),
        "event": "request",
        "request_id": number,
        "level": "info",
        "timestamp": _now(),
    }
    return json.dumps(line) + "\n"


def _now() -> str:
    moment = time.time()
    return f"{_second(int(moment))}.{int(moment % 1 * 1000):03d}Z"


@lru_cache(maxsize=2)
def _second(second: int) -> str:
    """Most lines share theirs with the line before."""
    return datetime.fromtimestamp(second, UTC).strftime("%Y-%m-%dT%H:%M:%S")


class Unfailing:
    """A stream for logs: a line that cannot be written (a full disk) must not cost an answer."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        with contextlib.suppress(OSError, ValueError):
            return self._stream.write(text)
        return len(text)

    def flush(self) -> None:
        with contextlib.suppress(OSError, ValueError):
            self._stream.flush()


def configure(settings: Settings) -> None:
    """Send all logs to standard error, as text or as JSON lines (which no input can break)."""
    level = logging.WARNING if settings.testing else logging.INFO
    logging.basicConfig(level=level, stream=sys.stderr, format="%(message)s")
    structlog.configure(
        processors=[
            _name_request,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            _renderer(settings),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(file=cast(TextIO, Unfailing(sys.stderr))),
        cache_logger_on_first_use=False,
    )


def _name_request(_logger: Any, _method: str, line: Any) -> Any:
    if has_request_context():
        line["request_id"] = request_id()
    return line


def _renderer(settings: Settings) -> Any:
    if settings.log_format == "json":
        return structlog.processors.JSONRenderer(ensure_ascii=True)
    return structlog.processors.LogfmtRenderer(bool_as_flag=False)
