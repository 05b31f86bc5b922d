"""The web server's process: Granian with its workers, restarted when one dies."""

from __future__ import annotations

import sys

from flask import Flask
from granian.constants import Interfaces
from granian.server import Server

from portal import lifeline
from portal.factory import create_app
from portal.slow_senders import SlowSenders

THREADS = 3


def application() -> Flask:
    """What each web worker loads; it ends when the server's main process does."""
    lifeline.end_with_parent()
    app = create_app()
    app.wsgi_app = SlowSenders(app.wsgi_app, threads=THREADS)  # type: ignore[method-assign]
    return app


def main(host: str, port: int, workers: int) -> None:
    """Serve until told to stop."""
    lifeline.end_with_parent()
    lifeline.hold_children()
    Server(
        "portal.web:application",
        factory=True,
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        workers=workers,
        blocking_threads=THREADS,
        websockets=False,
        respawn_failed_workers=True,
        respawn_interval=0.5,
        # A worker that is told to end while it still starts does not hear it.
        workers_kill_timeout=5,
        log_access=False,
        log_level="warning",  # type: ignore[arg-type]
    ).serve()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
