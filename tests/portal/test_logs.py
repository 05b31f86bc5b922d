"""Logs say what happened; they never decide it."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from tests.conftest import build_settings
from werkzeug.test import EnvironBuilder, run_wsgi_app

from core import tokens
from portal.logs import REQUEST_ID, RequestLog, Unfailing, request_id

FULL = Path("/dev/full")


@pytest.mark.skipif(not FULL.exists(), reason="this system has no /dev/full")
def test_a_line_that_finds_no_room_costs_nothing() -> None:
    stream = FULL.open("w", buffering=1)
    unfailing = Unfailing(stream)
    unfailing.write("a line\n")
    unfailing.flush()
    with pytest.raises(OSError, match="No space left"):
        stream.write("another line\n")
    with pytest.raises(OSError, match="No space left"):
        stream.close()


HOSTILE = '/cerca\nmethod=POST path=/amministrazione status=200 "x" \u2028\x1b[31m'


def line_of(path: str, log_format: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> str:
    """What the log says of one request for this path."""

    def answer(_environ: Any, start_response: Any) -> list[bytes]:
        start_response("404 NOT FOUND", [])
        return [b""]

    settings = replace(build_settings(tmp_path), testing=False, log_format=log_format)
    log = RequestLog(answer, settings)
    # As a server decodes it; the builder would drop the line breaks.
    environ = EnvironBuilder().get_environ() | {"PATH_INFO": path.encode().decode("latin-1")}
    _, _, headers = run_wsgi_app(log, environ)
    said = capsys.readouterr().err
    assert headers["X-Request-Id"] in said
    return said


def test_a_request_is_a_line_of_words(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    said = line_of("/gemellaggi/trepu", "text", tmp_path, capsys)
    assert re.fullmatch(
        r"method=GET path=/gemellaggi/trepu status=404 ms=\d+\.\d event=request"
        r" request_id=[0-9a-f]{12} level=info timestamp=\S+Z\n",
        said,
    )


@pytest.mark.parametrize("log_format", ["text", "json"])
def test_nobody_writes_a_line_of_their_own(
    log_format: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    said = line_of(HOSTILE, log_format, tmp_path, capsys)
    assert said.count("\n") == 1
    assert said.endswith("\n")
    assert said.isascii()
    assert said[:-1].isprintable()
    if log_format == "json":
        line = json.loads(said)
        assert (line["path"], line["status"]) == (HOSTILE, 404)
    else:
        # One value in quotation marks: whoever reads the line finds one path and one status.
        assert re.sub(r'"(?:[^"\\]|\\.)*"', "…", said).count("status=") == 1


def test_the_page_of_a_fault_names_the_request(app: Flask) -> None:
    with app.test_request_context(environ_overrides={REQUEST_ID: "abc"}):
        assert request_id() == "abc"


@pytest.mark.parametrize("log_format", ["text", "json"])
@pytest.mark.parametrize("payload", ["x", [1, "0123456789abcdef01234567"], "long and even " * 30])
def test_a_link_that_lets_somebody_in_is_not_written_down(
    app: Flask, payload: Any, log_format: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Who may read logs must not be able to set somebody's password by them."""
    token = tokens.sign("reset", payload)
    said = line_of(f"/en/nuova-password/{token}/x", log_format, tmp_path, capsys)
    assert "/en/nuova-password/***/x" in said
    assert not any(part and part in said for part in token.split("."))


def test_other_long_addresses_are_written_as_they_are(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = "/static/vendor/bootstrap-italia.0123456789ab.min.css"
    assert f"path={path} " in line_of(path, "text", tmp_path, capsys)
