"""The supervisor: keeps the web server and the background worker alive, and ends them together."""

from __future__ import annotations

import subprocess
import sys
import time
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import click
import structlog

from core.config import Settings, is_loopback
from portal import lifeline

log = structlog.get_logger(__name__)

_LOOK_EVERY = 0.2
_FIRST_PAUSE = 0.3
_LONGEST_PAUSE = 10.0
_LONGEST_AFTER_KILL = 1.0
_STEADY_AFTER = 30.0
_GRACE = 15.0


@dataclass
class Child:
    """A process that is to run as long as the site does."""

    name: str
    command: list[str]
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    pause: float = _FIRST_PAUSE
    due: float = field(default=0.0)

    def start(self) -> None:
        # In a session of its own: Ctrl-C in a terminal reaches the whole group at once, and a web
        # server that is told twice to end hangs. We pass it on, and the lifeline holds without us.
        self.process = subprocess.Popen(  # noqa: S603 - our own program
            self.command, start_new_session=True
        )
        self.started = time.monotonic()
        log.info("serve.started", child=self.name, pid=self.process.pid)

    def tend(self) -> None:
        """Start the process again if it ended, after a pause that grows while it keeps ending."""
        moment = time.monotonic()
        if self.process is not None and self.process.poll() is not None:
            log.warning("serve.ended", child=self.name, status=self.process.returncode)
            steady = moment - self.started > _STEADY_AFTER
            # Who was killed from outside has not failed itself and need not wait for better days.
            longest = _LONGEST_PAUSE if self.process.returncode >= 0 else _LONGEST_AFTER_KILL
            self.pause = _FIRST_PAUSE if steady else min(self.pause * 2, longest)
            self.due = moment + self.pause
            self.process = None
        if self.process is None and moment >= self.due:
            self.start()


def supervise(*, host: str, port: int, workers: int, settings: Settings) -> int:
    """Run until SIGTERM or SIGINT; return the exit status."""
    ending = lifeline.Ending()
    lifeline.hold_children()
    children = [
        Child("web", [sys.executable, "-m", "portal.web", host, str(port), str(workers)]),
        Child("worker", [sys.executable, "-m", "portal", "worker"]),
    ]
    try:
        while not ending.asked:
            for child in children:
                child.tend()
            time.sleep(_LOOK_EVERY)
    finally:
        _end(children)
    return 0


def refuse_public_demo(host: str, settings: Settings, *, is_demo: bool) -> None:
    """The demo's passwords are known: it may be reached from this machine only."""
    base_host = urlsplit(settings.base_url).hostname or ""
    if is_demo and not (is_loopback(host) and is_loopback(base_host)):
        raise click.ClickException(
            "this database holds the demo, whose accounts are known to all: "
            f"HOST ({host}) and GEMELLA_BASE_URL ({settings.base_url}) must be loopback"
        )


def shown_host(host: str) -> str:
    """How a person can reach the address that the server listens on."""
    if host in ("0.0.0.0", "::"):  # noqa: S104 - compared, not bound
        return "127.0.0.1"
    return f"[{host}]" if ":" in host else host


def _end(children: list[Child]) -> None:
    running = [child.process for child in children if child.process is not None]
    for process in running:
        if process.poll() is None:
            process.terminate()
    deadline = time.monotonic() + _GRACE
    for process in running:
        try:
            process.wait(timeout=max(deadline - time.monotonic(), 0.1))
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
