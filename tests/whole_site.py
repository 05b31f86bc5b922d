"""A whole site for tests: the real server and worker in processes of their own, to be killed."""

from __future__ import annotations

import contextlib
import http.client
import os
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg

PROGRAM = (sys.executable, "-m", "portal")
STARTING_SECONDS = 150
SECRET = "a key for tests alone, never for a site"


def free_port() -> int:
    """A port of the loopback that nobody uses at the moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class Site:
    """``gemella serve`` in a folder of its own."""

    def __init__(
        self,
        folder: Path,
        *,
        demo: bool = True,
        prepared: bool = False,
        workers: int = 2,
        program: tuple[str, ...] = PROGRAM,
        cwd: Path | None = None,
        **extra: str,
    ) -> None:
        self.folder = folder
        self.program = program
        self.cwd = cwd
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.workers = workers
        self.demo = demo
        self.prepared = prepared
        self.environment = {
            **{k: v for k, v in os.environ.items() if not k.startswith("GEMELLA_")},
            "GEMELLA_DATA": str(folder / "data"),
            "GEMELLA_BASE_URL": self.url,
            "GEMELLA_SECRET_KEY": SECRET,
            "GEMELLA_DEMO_PASSWORD": "una frase di prova",
            **extra,
        }
        self.process: subprocess.Popen[bytes] | None = None
        self.log = folder / "serve.log"

    def command(self, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run ``gemella …`` against this site's data."""
        done = subprocess.run(
            [*self.program, *arguments],
            env=self.environment,
            cwd=self.cwd,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        if check and done.returncode:
            raise AssertionError(f"gemella {arguments}: {done.stderr[-2000:]}")
        return done

    def start(self) -> None:
        """Prepare what is not ``prepared``, serve; return when the site answers."""
        self.folder.mkdir(parents=True, exist_ok=True)
        if not self.prepared:
            self.prepare()
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [*self.program, "serve", "--port", str(self.port), "--workers", str(self.workers)],
                env=self.environment,
                cwd=self.cwd,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self.wait_until_ready()

    def prepare(self) -> None:
        """Migrate, and load the demo."""
        self.command("migrate")
        if self.demo:
            self.command("demo", "--if-empty")

    def wait_until_ready(self) -> None:
        deadline = time.monotonic() + STARTING_SECONDS
        while time.monotonic() < deadline:
            if self.process is not None and self.process.poll() is not None:
                raise AssertionError(f"serve ended: {self.log.read_text()[-2000:]}")
            with contextlib.suppress(OSError, http.client.HTTPException):
                if self.fetch("/readyz")[0] == 200:
                    return
            time.sleep(0.1)
        raise AssertionError(f"not ready: {self.log.read_text()[-2000:]}")

    def fetch(self, path: str) -> tuple[int, str]:
        """Open a page as a visitor without cookies: status and text."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        finally:
            connection.close()

    def stop(self) -> int:
        """Ask the site to end, as Ctrl-C does: the whole group hears it; return its exit status."""
        assert self.process is not None
        os.killpg(self.process.pid, signal.SIGINT)
        status = self.process.wait(timeout=12)
        self.process = None
        return status

    def rows(self, statement: str) -> list[tuple[Any, ...]]:
        """What the database of the site says, read beside it."""
        url = self.environment.get("GEMELLA_DATABASE_URL")
        if url:
            with psycopg.connect(url) as connection:
                return list(connection.execute(statement.encode()).fetchall())
        path = Path(self.environment["GEMELLA_DATA"]) / "gemella.sqlite3"
        with contextlib.closing(sqlite3.connect(path, timeout=20)) as database:
            return list(database.execute(statement).fetchall())

    def change(self, statement: str) -> None:
        """Do to the site's database what the site itself never would."""
        url = self.environment.get("GEMELLA_DATABASE_URL")
        if url:
            with psycopg.connect(url) as connection:
                connection.execute(statement.encode())
            return
        path = Path(self.environment["GEMELLA_DATA"]) / "gemella.sqlite3"
        with contextlib.closing(sqlite3.connect(path, timeout=20)) as database, database:
            database.execute(statement)

    def children(self) -> list[int]:
        """Every process below the supervisor."""
        assert self.process is not None
        return _descendants(self.process.pid)

    def web_workers(self) -> list[int]:
        """The web workers: children of the server's main process that serve requests."""
        masters = [p for p in self.children() if "portal.web" in _command_line(p)]
        top = [p for p in masters if _parent(p) == self.process.pid]  # type: ignore[union-attr]
        return [
            child
            for master in top
            for child in _descendants(master)
            if "resource_tracker" not in _command_line(child)
            and "render_child" not in _command_line(child)
        ]

    def background_worker(self) -> int | None:
        """The process that indexes and sends mail."""
        assert self.process is not None
        for child in self.children():
            line = _command_line(child)
            if line.endswith("portal worker") and _parent(child) == self.process.pid:
                return child
        return None


@contextlib.contextmanager
def running(folder: Path, **options: object) -> Iterator[Site]:
    """A site that is ended whatever happens."""
    site = Site(folder, **options)  # type: ignore[arg-type]
    try:
        site.start()
        yield site
    finally:
        if site.process is not None and site.process.poll() is None:
            site.process.terminate()
            try:
                site.process.wait(timeout=20)
            except subprocess.TimeoutExpired:
                os.killpg(site.process.pid, signal.SIGKILL)


def _descendants(pid: int) -> list[int]:
    below: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            below.setdefault(_parent(int(entry.name)), []).append(int(entry.name))
    found: list[int] = []
    waiting = [pid]
    while waiting:
        children = below.get(waiting.pop(), [])
        found.extend(children)
        waiting.extend(children)
    return found


def _parent(pid: int) -> int:
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return -1
    match = re.search(r"^PPid:\s+(\d+)", status, re.MULTILINE)
    return int(match[1]) if match else -1


def _command_line(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode().strip()
    except OSError:
        return ""
