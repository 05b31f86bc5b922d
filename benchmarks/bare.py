"""The reference: Flask and nothing else, under the same server as Gemella."""

from __future__ import annotations

import sys

from flask import Flask
from granian.constants import Interfaces
from granian.server import Server

from portal.web import THREADS


def application() -> Flask:
    """One view that says hello."""
    app = Flask("bare")

    @app.get("/")
    def hello() -> str:
        return "hello"

    return app


if __name__ == "__main__":
    Server(
        "benchmarks.bare:application",
        factory=True,
        address="127.0.0.1",
        port=int(sys.argv[1]),
        interface=Interfaces.WSGI,
        workers=2,
        blocking_threads=THREADS,
        websockets=False,
        log_enabled=False,
    ).serve()
