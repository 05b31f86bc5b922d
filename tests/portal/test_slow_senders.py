"""Whoever sends half a request and stops holds up others who send, at most; never who reads."""

from __future__ import annotations

import io
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as NotYet
from contextlib import contextmanager
from typing import Any

import pytest
from flask import Flask
from tests.visitor import Visitor
from werkzeug.test import EnvironBuilder, run_wsgi_app

from core.places import USUAL, Places
from portal.slow_senders import AwaitedBody, SlowSenders

THREADS = 3
LENGTH = 100


class Half:
    """A body of which the second half does not come before somebody lets it."""

    def __init__(self) -> None:
        self.rest = threading.Event()

    def read(self, _size: int = -1) -> bytes:
        assert self.rest.wait(20)
        return b"email=nessuno%40example.it".ljust(LENGTH, b"x")

    readline = read


@contextmanager
def half_sent(application: Any, app: Flask) -> Iterator[tuple[list[Future[int]], Any]]:
    """A server's threads, all of them with a form of which half is there."""
    halves = [Half() for _ in range(THREADS)]
    # The first answer of an application looks after much that later ones find.
    assert status_of(application, "GET", None) == 200
    with ThreadPoolExecutor(THREADS) as threads:
        try:
            yield [threads.submit(status_of, application, "POST", half) for half in halves], threads
        finally:
            for half in halves:
                half.rest.set()


def status_of(application: Any, method: str, body: Any) -> int:
    builder = EnvironBuilder("/accedi", method=method, base_url="http://localhost:8000")
    environ = builder.get_environ()
    if body is not None:
        environ |= {
            "wsgi.input": body,
            "CONTENT_LENGTH": str(LENGTH),
            "CONTENT_TYPE": "application/x-www-form-urlencoded",
        }
    _, status, _ = run_wsgi_app(application, environ)
    return int(status[:3])


def reads_meanwhile(threads: ThreadPoolExecutor, application: Any) -> int:
    return threads.submit(status_of, application, "GET", None).result(timeout=USUAL + 3)


def test_pages_are_read_while_forms_are_awaited(app: Flask) -> None:
    application = SlowSenders(app.wsgi_app, threads=THREADS)
    with half_sent(application, app) as (forms, threads):
        assert reads_meanwhile(threads, application) == 200
        assert sorted(form.result() for form in forms if form.done()) == [503]
    # Without a token: what matters is that they were read to their ends.
    assert sorted(form.result(timeout=10) for form in forms) == [400, 400, 503]
    assert status_of(application, "POST", io.BytesIO(b"x" * LENGTH)) == 400


def test_without_places_all_threads_wait(app: Flask) -> None:
    with half_sent(app.wsgi_app, app) as (_forms, threads), pytest.raises(NotYet):
        threads.submit(status_of, app.wsgi_app, "GET", None).result(timeout=USUAL + 0.5)


@pytest.mark.parametrize(
    "reading",
    [
        lambda body: body.read(),
        lambda body: b"".join(iter(lambda: body.read(7), b"")),
        b"".join,
        lambda body: b"".join(body.readlines()),
    ],
)
@pytest.mark.parametrize("length", [None, 26, 27])
def test_a_place_is_free_when_all_is_read(
    reading: Callable[[AwaitedBody], bytes], length: int | None
) -> None:
    places = Places(1)
    body = AwaitedBody(io.BytesIO(b"one line\nanother one\nrest."), length, places)
    assert reading(body) == b"one line\nanother one\nrest."
    began = time.monotonic()
    places.take(0)
    assert time.monotonic() - began < USUAL


def test_a_form_is_read_through_it(
    app: Flask, visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(app, "wsgi_app", SlowSenders(app.wsgi_app, threads=THREADS))
    answer = visitor.submit("/accedi", {"email": "nessuno@example.it", "password": "sbagliata"})
    assert answer.status_code == 422
