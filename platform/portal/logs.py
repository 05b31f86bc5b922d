"""Structured logs: one line a request, with an id that the visitor can quote."""

from __future__ import annotations

import contextlib
import logging
import random
import sys
import time
from typing import Any, TextIO, cast

import structlog
from flask import Flask, Response, g, request

from core.config import Settings

log = structlog.get_logger("gemella.request")


def init_app(app: Flask, settings: Settings) -> None:
    configure(settings)

    @app.before_request
    def begin() -> None:
        # Names a request, guards nothing: it need not be hard to guess.
        g.request_id = f"{random.getrandbits(48):012x}"
        g.started = time.perf_counter()
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=g.request_id)

    @app.after_request
    def end(response: Response) -> Response:
        response.headers["X-Request-Id"] = g.get("request_id", "")
        elapsed = time.perf_counter() - g.started if "started" in g else 0.0
        log.info(
            "request",
            method=request.method,
            path=request.path,
            status=response.status_code,
            ms=round(elapsed * 1000, 1),
        )
        return response


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
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            _renderer(settings),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(file=cast(TextIO, Unfailing(sys.stderr))),
        cache_logger_on_first_use=False,
    )


def _renderer(settings: Settings) -> Any:
    if settings.log_format == "json":
        return structlog.processors.JSONRenderer(ensure_ascii=True)
    return structlog.processors.LogfmtRenderer(bool_as_flag=False)
